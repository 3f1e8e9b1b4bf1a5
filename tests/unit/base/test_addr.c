#include "base/addr.h"
#include "base/err.h"
#include "unit/runner.h"

TEST(addresses_survive_text)
{
    static const char *const texts[] = {"192.0.2.1:80", "[2001:db8::1]:65535", "[::1]:1"};
    char text[ADDR_TEXT_MAX];
    struct addr addr;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        REQUIRE_OK(addr_parse(texts[i], &addr));
        CHECK_STR(addr_format(&addr, text), texts[i]);
    }
    CHECK(addr_is_loopback(&addr));
out:;
}

TEST(malformed_addresses_are_refused)
{
    static const char *const texts[] = {"",         "192.0.2.1",  ":80",     "192.0.2.1:65536",
                                        "::1:80",   "[::1]",      "host:80", "192.0.2.256:1",
                                        "[::1]:-1", "1.2.3.4:80x"};
    struct addr addr = {.port = 7};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CHECK_INT(addr_parse(texts[i], &addr), ERR_MALFORMED);
    }
    REQUIRE_INT(addr.port, 7);
out:;
}

TEST(mapped_ipv6_is_ipv4)
{
    struct addr mapped;
    struct addr plain;
    REQUIRE_OK(addr_parse_ip("::ffff:192.0.2.7", 9, &mapped));
    REQUIRE_OK(addr_parse_ip("192.0.2.7", 9, &plain));
    CHECK(addr_equal(&mapped, &plain));
    plain.port = 10;
    CHECK(!addr_equal(&mapped, &plain));
    CHECK(addr_same_host(&mapped, &plain));
out:;
}

TEST(special_ranges_are_known)
{
    struct addr addr;
    REQUIRE_OK(addr_parse_ip("169.254.1.1", 0, &addr));
    CHECK(addr_is_link_local(&addr));
    REQUIRE_OK(addr_parse_ip("fe80::1", 0, &addr));
    CHECK(addr_is_link_local(&addr));
    REQUIRE_OK(addr_parse_ip("127.8.9.1", 0, &addr));
    CHECK(addr_is_loopback(&addr) && !addr_is_any(&addr));
    REQUIRE_OK(addr_parse_ip("::", 0, &addr));
    CHECK(addr_is_any(&addr));
out:;
}

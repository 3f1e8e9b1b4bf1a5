#include "relay/app/candidates.h"
#include "unit/runner.h"

TEST(orders_and_sifts_addresses)
{
    static const char *const found[] = {"127.0.0.1",   "::1",       "fe80::1",     "2001:db8::5",
                                        "169.254.1.1", "192.0.2.1", "2001:db8::6", "192.0.2.1",
                                        "0.0.0.0",     "10.0.0.1"};
    static const char *const want[] = {"192.0.2.1",   "10.0.0.1",  "2001:db8::5",
                                       "2001:db8::6", "127.0.0.1", "::1"};
    struct addr list[10];
    char text[ADDR_TEXT_MAX];
    for (size_t i = 0; i < 10; i++) {
        REQUIRE_OK(addr_parse_ip(found[i], 0, &list[i]));
    }
    REQUIRE_INT(candidates_order(list, 10), 6);
    for (size_t i = 0; i < 6; i++) {
        CHECK_STR(addr_format_ip(&list[i], text), want[i]);
    }
out:;
}

TEST(finds_loopback_at_least)
{
    struct addr list[32];
    size_t count = candidates_find(list, 32);
    REQUIRE(count > 0);
    bool loopback = false;
    for (size_t i = 0; i < count; i++) {
        loopback = loopback || addr_is_loopback(&list[i]);
        CHECK(!addr_is_link_local(&list[i]));
    }
    CHECK(loopback);
out:;
}

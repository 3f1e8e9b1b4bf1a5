#include "relay/transport/source_limit.h"
#include "unit/runner.h"

TEST(fifty_failures_a_second_and_then_the_host_waits)
{
    static struct source_limit limit;
    struct addr bad;
    struct addr good;
    REQUIRE_OK(addr_parse("192.0.2.1:1000", &bad));
    REQUIRE_OK(addr_parse("192.0.2.2:1000", &good));
    source_limit_init(&limit, 42);
    for (int i = 0; i < SOURCE_LIMIT_PER_SECOND; i++) {
        CHECK(source_limit_allows(&limit, &bad, i));
        source_limit_fail(&limit, &bad, i);
    }
    CHECK(!source_limit_allows(&limit, &bad, 999999));
    bad.port = 2000; /* of the host, whatever the port */
    CHECK(!source_limit_allows(&limit, &bad, 999999));
    CHECK(source_limit_allows(&limit, &good, 999999));
    CHECK(source_limit_allows(&limit, &bad, 1000000));
    source_limit_fail(&limit, &bad, 1000000);
    CHECK(source_limit_allows(&limit, &bad, 1000001));
out:
    return;
}

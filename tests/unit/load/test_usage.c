#include <unistd.h>

#include "load/usage.h"
#include "unit/runner.h"

TEST(stat_line_is_read_whatever_the_name_holds)
{
    struct usage usage = {0};
    const char *stat = "42 (a) 9 (b) S 1 42 42 0 -1 4194560 100 0 5 0 250 50 0 0 20 0 4 0 "
                       "12345 1000000 321 18446744073709551615 1 1";
    REQUIRE(usage_parse(&usage, stat, 100, 4096));
    CHECK_INT(usage.cpu_us, 3000000);
    CHECK_INT(usage.resident_bytes, 321 * 4096);
    CHECK(!usage_parse(&usage, "42 (cut) S 1 42", 100, 4096));
    CHECK(!usage_parse(&usage, "", 100, 4096));
out:
    return;
}

TEST(own_process_is_found)
{
    struct usage usage = {0};
    CHECK(usage_read(&usage, getpid()));
    CHECK(usage.resident_bytes > 0);
    CHECK(usage_own_us() > 0);
    CHECK(!usage_read(&usage, -5));
    goto out;
out:
    return;
}

#include <math.h>

#include "base/err.h"
#include "load/quantity.h"
#include "unit/runner.h"

static double read(const char *text, enum quantity_kind kind)
{
    double value = -1;
    return quantity_read(text, kind, &value) == 0 ? value : -1;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

TEST(units_are_those_of_the_kind)
{
    CHECK(near(read("30", QUANTITY_SECONDS), 30) && near(read("2m", QUANTITY_SECONDS), 120));
    CHECK(near(read("20ms", QUANTITY_SECONDS), 0.02) && near(read("5us", QUANTITY_SECONDS), 5e-6));
    CHECK(near(read("10%", QUANTITY_SHARE), 0.1) && near(read(".25", QUANTITY_SHARE), 0.25));
    CHECK(near(read("50/s", QUANTITY_RATE), 50) && near(read("30/min", QUANTITY_RATE), 0.5));
    CHECK(near(read("1.5M", QUANTITY_BITS), 1500000) && near(read("32k", QUANTITY_BITS), 32000));
    CHECK(near(read("60k", QUANTITY_BYTES), 60000));
}

TEST(anything_else_is_refused)
{
    static const char *const bad[] = {"",    "-1",  "+1",  " 1", "1 ",
                                      "1ss", "nan", "inf", "x",  "1e999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(read(bad[i], QUANTITY_SECONDS) == -1);
    }
    CHECK(read("10ms", QUANTITY_SHARE) == -1 && read("10%", QUANTITY_PLAIN) == -1);
}

TEST(counts_are_whole_and_in_range)
{
    uint32_t count = 0;
    CHECK(quantity_count("12", 1, 100, &count) == 0 && count == 12);
    CHECK(quantity_count("1.5", 1, 100, &count) == ERR_MALFORMED);
    CHECK(quantity_count("0", 1, 100, &count) == ERR_INVALID);
    CHECK(quantity_count("101", 1, 100, &count) == ERR_INVALID && count == 12);
}

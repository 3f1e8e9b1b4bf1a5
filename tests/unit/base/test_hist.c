#include "base/hist.h"
#include "unit/runner.h"

TEST(permilles_are_at_most_an_eighth_off)
{
    struct hist hist = {.sum = 0};
    for (int64_t value = 1; value <= 100000; value++) {
        hist_add(&hist, value);
    }
    REQUIRE(hist_count(&hist) == 100000);
    for (unsigned permille = 1; permille <= 1000; permille++) {
        int64_t exact = permille * 100;
        int64_t got = hist_permille(&hist, permille);
        CHECK(got > exact && got <= exact + exact / 8 + 1);
    }
    CHECK_INT(hist.sum, INT64_C(5000050000));
out:;
}

TEST(small_values_have_steps_of_their_own)
{
    struct hist hist = {.sum = 0};
    CHECK_INT(hist_permille(&hist, 500), 0);
    hist_add(&hist, -5);
    CHECK_INT(hist_permille(&hist, 1000), 1);
    for (int64_t value = 1; value <= 9; value++) {
        hist_add(&hist, value);
    }
    REQUIRE(hist_count(&hist) == 10);
    CHECK_INT(hist_permille(&hist, 500), 5);
    CHECK_INT(hist_permille(&hist, 1000), 10);
    CHECK_INT(hist_count_to(&hist, 3), 4);
out:;
}

TEST(permilles_between_steps_are_closer)
{
    struct hist hist = {.sum = 0};
    CHECK(hist_permille_even(&hist, 990) == 0);
    for (int64_t value = 1; value <= 100000; value++) {
        hist_add(&hist, value);
    }
    REQUIRE(hist_count(&hist) == 100000);
    for (unsigned permille = 1; permille <= 1000; permille++) {
        double exact = permille * 100;
        double got = hist_permille_even(&hist, permille);
        CHECK(got >= exact * 0.98 && got <= (permille < 980 ? exact * 1.02 : 106496));
    }
out:;
}

TEST(what_is_beyond_counts_as_the_last)
{
    struct hist hist = {.sum = 0};
    hist_add(&hist, INT64_MAX);
    hist_add(&hist, (1 << HIST_OCTAVES) - 1);
    REQUIRE(hist_count(&hist) == 2);
    CHECK_INT(hist.counts[HIST_STEPS - 1], 2);
    CHECK_INT(hist_permille(&hist, 1), 1 << HIST_OCTAVES);
out:;
}

TEST(joined_ones_are_as_if_all_had_been_added_to_one)
{
    struct hist all = {.sum = 0};
    struct hist parts[2] = {{.sum = 0}, {.sum = 0}};
    for (int64_t value = 0; value < 3000; value++) {
        hist_add(&all, value * value);
        hist_add(&parts[value % 3 == 0], value * value);
    }
    hist_join(&parts[0], &parts[1]);
    CHECK(memcmp(parts[0].counts, all.counts, sizeof(all.counts)) == 0);
    CHECK_INT(parts[0].sum, all.sum);
    CHECK_INT(hist_count(&parts[1]), 1000); /* it stays as it is */
}

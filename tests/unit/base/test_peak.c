#include "base/peak.h"
#include "unit/runner.h"

TEST(the_highest_counts_until_all_noted_with_it_are_old)
{
    struct peak peak = {0};
    CHECK_INT(peak_highest(&peak, 1), 0);
    peak_note(&peak, 5, 10);
    peak_note(&peak, 9, 11);
    peak_note(&peak, 3, 12);
    CHECK_INT(peak_highest(&peak, 10), 9);
    peak_note(&peak, 7, 13);
    CHECK_INT(peak_highest(&peak, 12), 9);
    CHECK_INT(peak_highest(&peak, 13), 7);
    CHECK_INT(peak_highest(&peak, 14), 0);
    goto out;
out:;
}

/** However often one looks, nothing is forgotten too soon, and nothing stays for long. */
TEST(notes_without_end_are_forgotten_all_the_same)
{
    enum { LATELY = 50 };
    struct peak peak = {0};
    for (int64_t now = 1; now < 1000; now++) {
        peak_note(&peak, now % 100 == 0 ? 1000 : 1, now);
        int64_t highest = peak_highest(&peak, now - LATELY + 1);
        CHECK(now < 100 || now % 100 >= LATELY || highest == 1000);
    }
    for (int64_t now = 1000; now < 1000 + 3 * LATELY; now++) {
        peak_note(&peak, 1, now);
        (void)peak_highest(&peak, now - LATELY + 1);
    }
    CHECK_INT(peak_highest(&peak, 1000 + 2 * LATELY), 1);
    goto out;
out:;
}

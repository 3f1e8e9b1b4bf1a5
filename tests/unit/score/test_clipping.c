#include <math.h>

#include "score/clipping.h"
#include "unit/runner.h"

enum { COUNT = 48000 };

static float voices[COUNT];

/** Two tones whose sum has a peak of so much, wrapped as 16-bit sums do or cut. */
static void add(double peak, bool wrapped)
{
    for (size_t i = 0; i < COUNT; i++) {
        double at = (double)i / COUNT;
        double sum = peak / 2 * (sin(6.2832 * 220 * at) + sin(6.2832 * 347 * at));
        if (wrapped) {
            sum -= 2 * floor((sum + 1) / 2);
        }
        voices[i] = (float)(sum > 1 ? 1 : sum < -1 ? -1 : sum);
    }
}

TEST(what_fits_is_neither)
{
    struct clipping found = {.jumps = 0};
    add(0.95, true);
    clipping_count(voices, COUNT, &found);
    CHECK(found.jumps == 0 && found.cut == 0);
}

TEST(sums_that_wrap_jump)
{
    struct clipping found = {.jumps = 0};
    add(1.6, true);
    clipping_count(voices, COUNT, &found);
    CHECK(found.jumps > 100);
}

TEST(sums_that_are_cut_stay_at_the_end)
{
    struct clipping found = {.jumps = 0};
    add(1.6, false);
    clipping_count(voices, COUNT, &found);
    CHECK(found.jumps == 0 && found.cut > 1000);
}

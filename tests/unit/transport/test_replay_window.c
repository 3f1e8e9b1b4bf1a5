#include <stdlib.h>

#include "base/rand.h"
#include "relay/transport/replay_window.h"
#include "unit/runner.h"

TEST(numbers_mean_the_index_nearest_to_the_highest)
{
    struct replay_window window = {.highest = 0};
    CHECK_INT(replay_window_index(&window, 65535), 65535); /* no round before the first */
    window.highest = 0x8000;
    CHECK_INT(replay_window_index(&window, 0), 0);
    window.highest = 0xfff0;
    CHECK_INT(replay_window_index(&window, 5), 0x10005);
    CHECK_INT(replay_window_index(&window, 0xfff5), 0xfff5);
    CHECK_INT(replay_window_index(&window, 0x7ff0), 0x7ff0);  /* just half a round back */
    CHECK_INT(replay_window_index(&window, 0x7fef), 0x17fef); /* nearer ahead */
    window.highest = 0x10005;
    CHECK_INT(replay_window_index(&window, 0xfffe), 0xfffe);
    CHECK_INT(replay_window_index(&window, 0x8005), 0x18005);
    CHECK_INT(replay_window_index(&window, 0x8006), 0x8006);
}

TEST(each_index_is_admitted_once_while_the_window_reaches)
{
    struct replay_window window = {.highest = 0};
    CHECK(replay_window_admits(&window, 0));
    replay_window_note(&window, 0);
    CHECK(!replay_window_admits(&window, 0));
    replay_window_note(&window, 5000);
    CHECK(!replay_window_admits(&window, 5000));
    CHECK(replay_window_admits(&window, 5000 - REPLAY_WINDOW_PACKETS + 1));
    CHECK(!replay_window_admits(&window, 5000 - REPLAY_WINDOW_PACKETS));
    replay_window_note(&window, 5000 - REPLAY_WINDOW_PACKETS + 1);
    CHECK(!replay_window_admits(&window, 5000 - REPLAY_WINDOW_PACKETS + 1));
    replay_window_note(&window, 5001);
    CHECK(!replay_window_admits(&window, 5000 - REPLAY_WINDOW_PACKETS + 1));
    CHECK(replay_window_admits(&window, 5000 - REPLAY_WINDOW_PACKETS + 2));
}

/** Beside a table of all that has come. */
static void compare(uint64_t seed, uint32_t step, uint32_t back)
{
    enum { INDICES = 400000, PACKETS = 20000 };
    struct replay_window window = {.highest = 0};
    struct rand rand;
    bool *come = calloc(INDICES, 1);
    REQUIRE(come != NULL);
    rand_init(&rand, seed);
    uint64_t highest = 0;
    for (int i = 0; i < PACKETS && highest + step < INDICES; i++) {
        uint64_t late = rand_below(&rand, 3) == 0 ? rand_below(&rand, back) : 0;
        uint64_t index = highest + rand_below(&rand, step);
        index = late < index ? index - late : index;
        bool fits = index + REPLAY_WINDOW_PACKETS > highest && !come[index];
        REQUIRE_INT(replay_window_admits(&window, index), fits);
        if (fits) {
            come[index] = true;
            replay_window_note(&window, index);
            highest = index > highest ? index : highest;
        }
        REQUIRE_INT(window.highest, highest);
    }
out:
    free(come);
}

TEST(the_window_is_exact_for_small_and_great_steps)
{
    compare(1, 3, 100);
    compare(2, 20, 1100);
    compare(3, 200, 2000);
    compare(4, 3000, 1500);
}

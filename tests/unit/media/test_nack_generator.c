#include "base/err.h"
#include "base/rand.h"
#include "media/nack_generator.h"
#include "unit/runner.h"

static struct nack_generator gen;
static int64_t asked[NACK_MAX_MISSING];

static size_t poll_at(int64_t now_us, int *result)
{
    size_t count = 0;
    int err = nack_generator_poll(&gen, now_us, asked, NACK_MAX_MISSING, &count);
    if (result != NULL) {
        *result = err;
    }
    return count;
}

TEST(asks_after_the_reordering_tolerance)
{
    nack_generator_init(&gen, true);
    CHECK_INT(nack_generator_receive(&gen, 65535, 0), 0);
    CHECK_INT(nack_generator_next_deadline(&gen), INT64_MAX);
    CHECK_INT(nack_generator_receive(&gen, 65539, 1000), 0);
    CHECK_INT(nack_generator_next_deadline(&gen), 1000 + NACK_REORDER_US);
    CHECK_INT(poll_at(1000 + NACK_REORDER_US - 1, NULL), 0);
    /* One of the three was only late. */
    CHECK_INT(nack_generator_receive(&gen, 65537, 5000), 0);
    CHECK_INT(poll_at(1000 + NACK_REORDER_US, NULL), 2);
    CHECK_INT(asked[0], 65536);
    CHECK_INT(asked[1], 65538);
    nack_generator_deinit(&gen);
}

TEST(repeats_each_rtt_until_it_comes)
{
    nack_generator_init(&gen, true);
    nack_generator_rtt(&gen, 40000, 5000);
    (void)nack_generator_receive(&gen, 1, 0);
    (void)nack_generator_receive(&gen, 3, 0);
    CHECK_INT(poll_at(10000, NULL), 1);
    CHECK_INT(nack_generator_next_deadline(&gen), 70000);
    CHECK_INT(poll_at(69999, NULL), 0);
    CHECK_INT(poll_at(70000, NULL), 1);
    CHECK_INT(nack_generator_receive(&gen, 2, 90000), 0);
    CHECK_INT(nack_generator_next_deadline(&gen), INT64_MAX);
    CHECK_INT(poll_at(200000, NULL), 0);
    CHECK_INT(gen.asked, 2);
    /* A short RTT does not make it a storm. */
    nack_generator_rtt(&gen, 100, 10);
    (void)nack_generator_receive(&gen, 5, 300000);
    CHECK_INT(poll_at(310000, NULL), 1);
    CHECK_INT(nack_generator_next_deadline(&gen), 310000 + NACK_MIN_REPEAT_US);
    nack_generator_deinit(&gen);
}

TEST(repairs_tell_the_round_trip_until_reports_do)
{
    nack_generator_init(&gen, true);
    int64_t now_us = 0;
    for (int64_t i = 0; i < 40; i++) {
        (void)nack_generator_receive(&gen, 2 * i, now_us);
        CHECK_INT(poll_at(now_us + 10000, NULL), i == 0 ? 0 : 1);
        (void)nack_generator_receive(&gen, 2 * i - 1, now_us + 40000); /* 30 ms after the request */
        now_us += 50000;
    }
    CHECK(gen.rtt_us >= 29000 && gen.rtt_us <= 31000);
    CHECK(gen.rtt_var_us < 2000);
    nack_generator_rtt(&gen, 80000, 1000);
    (void)nack_generator_receive(&gen, 90, now_us);
    CHECK(poll_at(now_us + 10000, NULL) > 0);
    (void)nack_generator_receive(&gen, 89, now_us + 20000);
    CHECK_INT(gen.rtt_us, 80000);
    nack_generator_deinit(&gen);
}

TEST(gives_up_and_says_so)
{
    nack_generator_init(&gen, true);
    nack_generator_rtt(&gen, 20000, 0);
    (void)nack_generator_receive(&gen, 1, 0);
    (void)nack_generator_receive(&gen, 3, 0);
    size_t tries = 0;
    int result = 0;
    while (result == 0) {
        int64_t deadline = nack_generator_next_deadline(&gen);
        REQUIRE(deadline <= NACK_GIVE_UP_VIDEO_US);
        tries += poll_at(deadline, &result);
        if (result != 0) {
            CHECK_INT(deadline, NACK_GIVE_UP_VIDEO_US);
        }
    }
    CHECK_INT(result, ERR_NEED_KEYFRAME);
    CHECK_INT(tries, NACK_MAX_TRIES);
    CHECK_INT(gen.given_up, 1);
    CHECK_INT(nack_generator_next_deadline(&gen), INT64_MAX);
out:
    nack_generator_deinit(&gen);
    return;
}

TEST(asks_at_least_once_on_slow_paths)
{
    nack_generator_init(&gen, true);
    nack_generator_rtt(&gen, 600000, 100000);
    (void)nack_generator_receive(&gen, 1, 0);
    (void)nack_generator_receive(&gen, 3, 0);
    CHECK_INT(poll_at(10000, NULL), 1);
    int result = 0;
    CHECK_INT(nack_generator_next_deadline(&gen), NACK_GIVE_UP_VIDEO_US);
    CHECK_INT(poll_at(NACK_GIVE_UP_VIDEO_US, &result), 0);
    CHECK_INT(result, ERR_NEED_KEYFRAME);
    nack_generator_deinit(&gen);
}

TEST(audio_is_given_up_quietly)
{
    nack_generator_init(&gen, false);
    nack_generator_rtt(&gen, 30000, 0);
    (void)nack_generator_receive(&gen, 1, 0);
    (void)nack_generator_receive(&gen, 3, 0);
    CHECK_INT(poll_at(10000, NULL), 1);
    int result = -1;
    CHECK_INT(poll_at(NACK_GIVE_UP_AUDIO_US, &result), 0);
    CHECK_INT(result, 0);
    CHECK_INT(gen.count, 0);
    CHECK_INT(nack_generator_receive(&gen, 2000, 200000), 0);
    CHECK_INT(gen.count, 0);
    nack_generator_deinit(&gen);
}

TEST(keyframe_ends_older_wants_and_lengthens_its_own)
{
    nack_generator_init(&gen, true);
    nack_generator_rtt(&gen, 400000, 0);
    (void)nack_generator_receive(&gen, 1, 0);
    (void)nack_generator_receive(&gen, 5, 0);
    nack_generator_keyframe(&gen, 5, 0);
    CHECK_INT(gen.count, 0);
    CHECK_INT(nack_generator_next_deadline(&gen), INT64_MAX);
    (void)nack_generator_receive(&gen, 7, 1000);
    (void)nack_generator_receive(&gen, 8, 400000);
    (void)nack_generator_receive(&gen, 10, 400000);
    int result = 0;
    (void)poll_at(11000, &result);
    (void)poll_at(NACK_GIVE_UP_VIDEO_US + 1000, &result);
    CHECK_INT(result, 0);
    CHECK_INT(gen.count, 2);
    /* An older keyframe, come late, changes nothing. */
    nack_generator_keyframe(&gen, 2, 600000);
    CHECK_INT(gen.count, 2);
    (void)poll_at(400000 + NACK_GIVE_UP_VIDEO_US, &result);
    CHECK_INT(result, ERR_NEED_KEYFRAME);
    CHECK_INT(gen.count, 1);
    nack_generator_deinit(&gen);
}

TEST(hole_beyond_repair_needs_a_keyframe)
{
    nack_generator_init(&gen, true);
    (void)nack_generator_receive(&gen, 1, 0);
    CHECK_INT(nack_generator_receive(&gen, 2 + NACK_MAX_MISSING, 0), 0);
    CHECK_INT(gen.count, NACK_MAX_MISSING);
    CHECK_INT(nack_generator_receive(&gen, 4 + NACK_MAX_MISSING, 0), ERR_NEED_KEYFRAME);
    CHECK_INT(gen.count, 0);
    CHECK_INT(nack_generator_next_deadline(&gen), INT64_MAX);
    CHECK_INT(nack_generator_receive(&gen, INT64_C(1) << 40, 0), ERR_NEED_KEYFRAME);
    nack_generator_reset(&gen);
    CHECK_INT(nack_generator_receive(&gen, 7, 0), 0);
    nack_generator_deinit(&gen);
}

TEST(requests_are_bounded_by_what_comes)
{
    nack_generator_init(&gen, true);
    nack_generator_rtt(&gen, 20000, 0);
    /* A sender that leaves nine of ten out for ten seconds. */
    size_t requests = 0;
    size_t packets = 0;
    for (int64_t ms = 0; ms < 10000; ms++) {
        (void)nack_generator_receive(&gen, ms * 10, ms * 1000);
        packets++;
        requests += poll_at(ms * 1000, NULL);
    }
    CHECK(requests <= NACK_MAX_MISSING + packets / 2 + 1);
    nack_generator_deinit(&gen);
}

TEST(output_smaller_than_the_list_is_filled_in_turns)
{
    nack_generator_init(&gen, true);
    (void)nack_generator_receive(&gen, 0, 0);
    (void)nack_generator_receive(&gen, 101, 0);
    int64_t out[30];
    size_t count = 0;
    int64_t next = 1;
    do {
        CHECK_INT(nack_generator_poll(&gen, 10000, out, 30, &count), 0);
        for (size_t i = 0; i < count; i++) {
            CHECK_INT(out[i], next);
            next++;
        }
    } while (count == 30);
    CHECK_INT(next, 101);
    CHECK(nack_generator_next_deadline(&gen) > 10000);
    nack_generator_deinit(&gen);
}

/** Ten per cent loss each way, 40 ms RTT: what is left after a second. */
TEST(random_loss_is_nearly_all_repaired)
{
    enum { COUNT = 20000, RTT_MS = 40 };
    static int64_t repair_at[COUNT];
    struct rand rand;
    rand_init(&rand, 7);
    memset(repair_at, 0, sizeof(repair_at));
    nack_generator_init(&gen, true);
    nack_generator_rtt(&gen, RTT_MS * 1000, 2000);
    size_t lost = 0;
    for (int64_t ms = 0; ms < COUNT + 600; ms++) {
        int64_t now_us = ms * 1000;
        for (int64_t seq = ms > 700 ? ms - 700 : 0; seq < ms && seq < COUNT; seq++) {
            if (repair_at[seq] == now_us && now_us != 0) {
                (void)nack_generator_receive(&gen, seq, now_us);
            }
        }
        if (ms < COUNT) {
            if (rand_below(&rand, 10) != 0) {
                (void)nack_generator_receive(&gen, ms, now_us);
            } else {
                lost++;
            }
        }
        size_t count = poll_at(now_us, NULL);
        for (size_t i = 0; i < count; i++) {
            if (rand_below(&rand, 100) < 81) {
                repair_at[asked[i]] = now_us + RTT_MS * 1000;
            }
        }
    }
    CHECK(lost > COUNT / 12);
    CHECK(gen.given_up < COUNT / 2000);
    CHECK(gen.asked < lost * 3 / 2);
    nack_generator_deinit(&gen);
}

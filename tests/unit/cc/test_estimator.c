/** The whole estimator against a small link: a bottleneck with a queue, and feedback by our own
 * recorder. */
#include "cc/estimator.h"
#include "cc/twcc_recorder.h"
#include "rtp/rtcp.h"
#include "unit/runner.h"

enum {
    MAX_FLYING = 4096,
    STEP_US = 1000,
    DELAY_US = 40000,
    QUEUE_US = 300000,
    PACKET_BYTES = 1200
};

struct flying {
    int64_t arrival_us;
    uint16_t number;
};

/** One sender, its link, and the receiver. */
static struct {
    struct estimator *estimator;
    struct twcc_recorder recorder;
    struct flying flying[MAX_FLYING];
    size_t first;
    size_t count;
    uint64_t link_bps;
    uint64_t source_bps; /* most that the source sends; it follows the target below that */
    int64_t free_us;
    int64_t now_us;
    double owed_bytes;
    uint16_t number;
    uint64_t arrived_bytes;
    bool deaf; /* no feedback comes back */
    uint8_t feedback[8][TWCC_MAX_BYTES];
    size_t feedback_bytes[8];
    int64_t feedback_us[8];
    size_t feedback_first;
    size_t feedback_count;
} path;

static int path_open(uint64_t link_bps, uint64_t source_bps)
{
    static const struct estimator_config config = {.start_bps = ESTIMATOR_START_BPS,
                                                   .min_bps = ESTIMATOR_MIN_BPS,
                                                   .max_bps = ESTIMATOR_MAX_BPS,
                                                   .twcc = true};
    memset(&path, 0, sizeof(path));
    path.now_us = 1000000;
    path.link_bps = link_bps;
    path.source_bps = source_bps;
    twcc_recorder_init(&path.recorder);
    return estimator_new(&path.estimator, &config, path.now_us);
}

static void path_close(void)
{
    estimator_free(&path.estimator);
    twcc_recorder_deinit(&path.recorder);
}

static void send(uint32_t bytes, enum send_kind kind, uint32_t probe)
{
    uint16_t number = path.number++;
    estimator_sent(path.estimator, number, bytes, kind, probe, path.now_us);
    int64_t from_us = path.free_us > path.now_us ? path.free_us : path.now_us;
    if (from_us - path.now_us > QUEUE_US || path.count == MAX_FLYING) {
        return;
    }
    path.free_us = from_us + (int64_t)((uint64_t)bytes * 8000000 / path.link_bps);
    path.arrived_bytes += bytes;
    path.flying[(path.first + path.count++) % MAX_FLYING] =
        (struct flying){.arrival_us = path.free_us + DELAY_US, .number = number};
}

static void feedback_take(const uint8_t *data, size_t bytes)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_fb fb;
    struct rtcp_twcc twcc;
    rtcp_reader_init(&reader, data, bytes);
    if (CHECK(rtcp_reader_next(&reader, &packet) == 1 && rtcp_fb_parse(&packet, &fb) == 0 &&
              rtcp_twcc_parse(&fb, &twcc) == 0)) {
        estimator_twcc(path.estimator, &twcc, path.now_us);
    }
}

static void receiver_step(void)
{
    while (path.count > 0 && path.flying[path.first].arrival_us <= path.now_us) {
        const struct flying *packet = &path.flying[path.first];
        twcc_recorder_receive(&path.recorder, packet->number, 1, PACKET_BYTES, false,
                              packet->arrival_us, path.now_us);
        path.first = (path.first + 1) % MAX_FLYING;
        path.count--;
    }
    size_t at = (path.feedback_first + path.feedback_count) % 8;
    size_t bytes =
        twcc_recorder_poll(&path.recorder, 7, path.now_us, path.feedback[at], TWCC_MAX_BYTES);
    if (bytes > 0 && !path.deaf && path.feedback_count < 8) {
        path.feedback_bytes[at] = bytes;
        path.feedback_us[at] = path.now_us + DELAY_US;
        path.feedback_count++;
    }
    if (path.feedback_count > 0 && path.feedback_us[path.feedback_first] <= path.now_us) {
        feedback_take(path.feedback[path.feedback_first], path.feedback_bytes[path.feedback_first]);
        path.feedback_first = (path.feedback_first + 1) % 8;
        path.feedback_count--;
    }
}

static void sender_step(void)
{
    uint64_t target_bps = estimator_target_bps(path.estimator);
    uint64_t rate_bps = target_bps < path.source_bps ? target_bps : path.source_bps;
    path.owed_bytes += (double)rate_bps * STEP_US / 8e6;
    for (; path.owed_bytes >= PACKET_BYTES; path.owed_bytes -= PACKET_BYTES) {
        send(PACKET_BYTES, SEND_VIDEO, 0);
    }
    if (path.now_us >= estimator_next_deadline(path.estimator)) {
        estimator_timeout(path.estimator, path.now_us);
    }
    struct estimator_burst burst;
    while (estimator_probe(path.estimator, path.now_us, &burst)) {
        for (uint32_t left = burst.bytes; left > 0;) {
            uint32_t bytes = left < 255 ? left : 255;
            send(bytes, SEND_PADDING, burst.probe);
            left -= bytes;
        }
    }
}

static void run(int64_t ms)
{
    for (int64_t end_us = path.now_us + ms * 1000; path.now_us < end_us; path.now_us += STEP_US) {
        uint64_t target_bps = estimator_target_bps(path.estimator);
        struct estimator_demand demand = {.used_bps = target_bps,
                                          .next_bps =
                                              target_bps < path.source_bps ? target_bps * 3 / 2 : 0,
                                          .ideal_bps = path.source_bps};
        estimator_demand(path.estimator, &demand, path.now_us);
        sender_step();
        receiver_step();
    }
}

static struct estimator_view view(void)
{
    struct estimator_view out;
    estimator_view(path.estimator, &out);
    return out;
}

TEST_NO_OOM(fast_link_is_found_within_a_second)
{
    REQUIRE_OK(path_open(10000000, 5000000));
    run(1000);
    CHECK(estimator_target_bps(path.estimator) >= 4000000);
    run(5000);
    CHECK(estimator_target_bps(path.estimator) >= 4900000);
    CHECK_INT(view().unmatched, 0);
    CHECK(view().rtt_us >= 2 * DELAY_US && view().rtt_us < 2 * DELAY_US + 100000);
out:
    path_close();
}

TEST_NO_OOM(slow_link_is_filled_and_not_flooded)
{
    REQUIRE_OK(path_open(500000, 5000000));
    run(10000);
    path.arrived_bytes = 0;
    run(20000);
    CHECK(path.arrived_bytes * 8 / 20 > 400000);
    CHECK(path.arrived_bytes * 8 / 20 < 510000);
    CHECK(view().queue_us < 100000);
out:
    path_close();
}

TEST_NO_OOM(drop_of_the_link_is_answered_within_a_second)
{
    REQUIRE_OK(path_open(2500000, 2500000));
    run(10000);
    CHECK(estimator_target_bps(path.estimator) > 2000000);
    path.link_bps = 600000;
    run(1000);
    CHECK(estimator_target_bps(path.estimator) < 600000);
    run(10000);
    CHECK(estimator_target_bps(path.estimator) > 450000);
    path.link_bps = 2500000;
    run(8000);
    CHECK(estimator_target_bps(path.estimator) > 2000000);
out:
    path_close();
}

TEST_NO_OOM(silence_of_feedback_brings_the_rate_down)
{
    REQUIRE_OK(path_open(5000000, 2000000));
    run(5000);
    uint64_t before_bps = estimator_target_bps(path.estimator);
    path.deaf = true;
    run(2500);
    CHECK_INT(estimator_target_bps(path.estimator), before_bps);
    run(30000);
    CHECK(estimator_target_bps(path.estimator) < before_bps / 100);
    path.deaf = false;
    run(8000);
    CHECK(estimator_target_bps(path.estimator) > 1000000);
out:
    path_close();
}

TEST(receiver_without_feedback_is_limited_by_its_words_only)
{
    struct estimator *estimator = NULL;
    const struct estimator_config config = {
        .start_bps = 1000000, .min_bps = 30000, .max_bps = 10000000, .twcc = false};
    REQUIRE_OK(estimator_new(&estimator, &config, 1));
    CHECK(estimator_target_bps(estimator) == UINT64_MAX);
    CHECK(estimator_next_deadline(estimator) == INT64_MAX);
    estimator_remb(estimator, 700000, 2);
    CHECK_INT(estimator_target_bps(estimator), 700000);
    estimator_remb(estimator, UINT64_MAX, 3);
    CHECK_INT(estimator_target_bps(estimator), 10000000);
    estimator_remb(estimator, 0, 4);
    CHECK_INT(estimator_target_bps(estimator), 30000);
    estimator_remb(estimator, 5000000, 5);
    estimator_report(estimator, 100, 50, 60000, 6);
    CHECK(estimator_target_bps(estimator) < 10000000);
out:
    estimator_free(&estimator);
}

/** Time alone passes. @return how often there was something to do */
static int idle(int64_t ms)
{
    int turns = 0;
    for (int64_t end_us = path.now_us + ms * 1000; path.now_us < end_us; path.now_us += STEP_US) {
        if (path.now_us >= estimator_next_deadline(path.estimator)) {
            estimator_timeout(path.estimator, path.now_us);
            turns++;
        }
        receiver_step();
    }
    return turns;
}

TEST(probe_that_nobody_can_send_is_given_up)
{
    static const struct estimator_demand met = {.used_bps = 100000};
    static const struct estimator_demand unmet = {
        .used_bps = 100000, .next_bps = 2000000, .ideal_bps = 8000000};
    REQUIRE_OK(path_open(10000000, 0));
    estimator_demand(path.estimator, &met, path.now_us);
    send(PACKET_BYTES, SEND_VIDEO, 0);
    idle(1000);
    CHECK_INT(estimator_next_deadline(path.estimator), INT64_MAX);
    estimator_demand(path.estimator, &unmet, path.now_us);
    idle(1100);
    estimator_demand(path.estimator, &unmet, path.now_us);
    CHECK_INT(view().probes, 1);
    CHECK(estimator_is_probing(path.estimator));
    CHECK(idle(3000) > 0);
    CHECK(!estimator_is_probing(path.estimator));
    CHECK_INT(estimator_next_deadline(path.estimator), INT64_MAX);
out:
    path_close();
}

TEST(moved_path_begins_like_a_new_one_or_keeps_half)
{
    struct estimator *estimator = NULL;
    const struct estimator_config config = {
        .start_bps = 1000000, .min_bps = 30000, .max_bps = 10000000, .twcc = true};
    REQUIRE_OK(estimator_new(&estimator, &config, 1));
    CHECK_INT(estimator_target_bps(estimator), 1000000);
    estimator_path_moved(estimator, 2);
    CHECK_INT(estimator_target_bps(estimator), 1000000);
    estimator_remb(estimator, 400000, 3);
    estimator_path_moved(estimator, 4);
    CHECK_INT(estimator_target_bps(estimator), 400000);
out:
    estimator_free(&estimator);
}

TEST_NO_OOM(outage_of_the_link_is_no_congestion)
{
    REQUIRE_OK(path_open(5000000, 3000000));
    run(8000);
    uint64_t before_bps = estimator_target_bps(path.estimator);
    CHECK(before_bps >= 3000000);
    /* nothing gets through for 2.5 s; what the queue holds comes at its end */
    path.free_us = path.now_us + 2500000;
    run(2500);
    CHECK_INT(estimator_target_bps(path.estimator), before_bps);
    run(1500);
    CHECK(estimator_target_bps(path.estimator) > 2400000);
out:
    path_close();
}

TEST_NO_OOM(thin_link_is_known_before_the_first_picture)
{
    REQUIRE_OK(path_open(150000, 1000));
    estimator_sound(path.estimator, 0, path.now_us);
    CHECK(estimator_is_probing(path.estimator));
    CHECK(estimator_pace_bps(path.estimator) <= 1000);
    run(100);
    CHECK(estimator_pace_bps(path.estimator) <= 1000);
    run(400);
    CHECK(path.number <= 10); /* a few small packets told it */
    CHECK(estimator_target_bps(path.estimator) > 90000);
    CHECK(estimator_target_bps(path.estimator) < 150000);
    CHECK_INT(estimator_pace_bps(path.estimator), estimator_target_bps(path.estimator));
    CHECK(!estimator_has_room(path.estimator));
    send(PACKET_BYTES, SEND_VIDEO, 0);
    CHECK(!estimator_is_probing(path.estimator)); /* no clusters of three and six times the start */
out:
    path_close();
}

TEST_NO_OOM(usual_link_is_sounded_once_and_then_probed)
{
    REQUIRE_OK(path_open(10000000, 4000000));
    estimator_sound(path.estimator, 0, path.now_us);
    for (int waited_ms = 0; estimator_pace_bps(path.estimator) < 1000000; waited_ms++) {
        REQUIRE(waited_ms < 2 * DELAY_US / 1000 + 60);
        path.source_bps = 1000;
        run(1);
    }
    path.source_bps = 4000000;
    CHECK(estimator_has_room(path.estimator));
    run(1000);
    CHECK(estimator_target_bps(path.estimator) > 3000000);
out:
    path_close();
}

TEST_NO_OOM(path_that_is_silent_at_first_begins_carefully_until_it_is_heard)
{
    REQUIRE_OK(path_open(10000000, 4000000));
    estimator_sound(path.estimator, 2 * DELAY_US, path.now_us);
    path.free_us = path.now_us + 400000; /* nothing gets through for so long */
    run(2 * DELAY_US / 1000 + 140);
    CHECK(estimator_pace_bps(path.estimator) <= 1000);
    run(20);
    CHECK(estimator_pace_bps(path.estimator) >= 100000);
    CHECK(estimator_pace_bps(path.estimator) <= 200000);
    CHECK(!estimator_has_room(path.estimator));
    estimator_path_moved(path.estimator, path.now_us);
    CHECK_INT(estimator_target_bps(path.estimator),
              1000000); /* what was put off is not forgotten */
    estimator_sound(path.estimator, 2 * DELAY_US, path.now_us);
    run(400);
    CHECK(estimator_target_bps(path.estimator) >= 1000000);
    run(1000);
    CHECK(estimator_target_bps(path.estimator) > 3000000);
out:
    path_close();
}

TEST(path_without_feedback_is_not_sounded)
{
    struct estimator *estimator = NULL;
    struct estimator_burst burst;
    const struct estimator_config config = {
        .start_bps = 1000000, .min_bps = 30000, .max_bps = 10000000, .twcc = false};
    REQUIRE_OK(estimator_new(&estimator, &config, 1));
    estimator_sound(estimator, 0, 2);
    CHECK(!estimator_probe(estimator, 2, &burst));
    CHECK(estimator_pace_bps(estimator) == UINT64_MAX);
    CHECK(estimator_next_deadline(estimator) == INT64_MAX);
out:
    estimator_free(&estimator);
}

TEST(sounding_that_nobody_sends_holds_nothing_up)
{
    REQUIRE_OK(path_open(10000000, 0));
    estimator_sound(path.estimator, 0, path.now_us);
    CHECK(estimator_pace_bps(path.estimator) <= 1000);
    CHECK(idle(65) > 0);
    CHECK_INT(estimator_pace_bps(path.estimator), 1000000);
    CHECK_INT(estimator_next_deadline(path.estimator), INT64_MAX);
out:
    path_close();
}

#include "base/rand.h"
#include "cc/twcc_recorder.h"
#include "rtp/rtcp_twcc.h"
#include "unit/runner.h"

static struct twcc_recorder recorder;
static uint8_t wire[1500];

enum { OURS = 0x11111111, THEIRS = 0x22222222 };

/** Parses what poll wrote; false when it is no valid feedback. */
static bool parse(size_t len, struct rtcp_twcc *out)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_fb fb;
    rtcp_reader_init(&reader, wire, len);
    return rtcp_reader_next(&reader, &packet) == 1 && rtcp_fb_parse(&packet, &fb) == 0 &&
           fb.kind == RTCP_FB_TWCC && fb.sender_ssrc == OURS && fb.media_ssrc == THEIRS &&
           rtcp_twcc_parse(&fb, out) == 0;
}

static void receive(uint16_t number, int64_t now_us)
{
    twcc_recorder_receive(&recorder, number, THEIRS, 1200, false, now_us, now_us);
}

/** Feedback now, parsed; returns its number of statuses, 0 and empty feedback when none is due. */
static uint16_t poll_at(int64_t now_us, struct rtcp_twcc *out)
{
    *out = (struct rtcp_twcc){0};
    size_t len = twcc_recorder_poll(&recorder, OURS, now_us, wire, sizeof(wire));
    if (len == 0 || !CHECK(len <= TWCC_MAX_BYTES) || !CHECK(parse(len, out))) {
        return 0;
    }
    return out->status_count;
}

TEST(reports_arrivals_and_losses_after_50_ms)
{
    twcc_recorder_init(&recorder);
    struct rtcp_twcc twcc;
    struct rtcp_twcc_status status;
    CHECK_INT(twcc_recorder_next_deadline(&recorder), INT64_MAX);
    receive(65534, 1000000);
    receive(65535, 1001000);
    receive(1, 1004250);
    CHECK_INT(twcc_recorder_next_deadline(&recorder), 1000000 + TWCC_INTERVAL_US);
    CHECK_INT(poll_at(1049999, &twcc), 0);
    CHECK_INT(poll_at(1050000, &twcc), 4);
    CHECK_INT(twcc.base_seq, 65534);
    CHECK_INT(twcc.feedback_count, 0);
    static const int64_t after_us[] = {0, 1000, INT64_MIN, 4250};
    int64_t first_us = 0;
    for (uint16_t i = 0; i < 4; i++) {
        CHECK_INT(rtcp_twcc_next(&twcc, &status), 1);
        CHECK_INT(status.seq, (uint16_t)(65534 + i));
        if (i == 0) {
            first_us = status.arrival_us;
        }
        CHECK_INT(status.arrival_us == RTCP_TWCC_LOST ? INT64_MIN : status.arrival_us - first_us,
                  after_us[i]);
    }
    CHECK_INT(twcc_recorder_next_deadline(&recorder), INT64_MAX);
    CHECK_INT(poll_at(9000000, &twcc), 0);
    receive(2, 9000000);
    CHECK_INT(poll_at(9000000, &twcc), 1); /* long since the last: at once */
    CHECK_INT(twcc.feedback_count, 1);
    twcc_recorder_deinit(&recorder);
}

TEST(marker_brings_it_forward)
{
    twcc_recorder_init(&recorder);
    struct rtcp_twcc twcc;
    receive(1, 1000000);
    CHECK_INT(poll_at(1050000, &twcc), 1);
    receive(2, 1055000);
    twcc_recorder_receive(&recorder, 3, THEIRS, 1200, true, 1056000, 1056000);
    CHECK_INT(twcc_recorder_next_deadline(&recorder), 1050000 + TWCC_MARKER_INTERVAL_US);
    CHECK_INT(poll_at(1070000, &twcc), 2);
    twcc_recorder_deinit(&recorder);
}

TEST(thin_streams_get_thin_feedback)
{
    twcc_recorder_init(&recorder);
    struct rtcp_twcc twcc;
    size_t bytes_in = 0;
    size_t bytes_out = 0;
    size_t count = 0;
    /* Audio alone: 50 packets of 100 bytes a second. */
    for (int64_t i = 0; i < 500; i++) {
        int64_t now_us = 1000000 + i * 20000;
        twcc_recorder_receive(&recorder, (uint16_t)i, THEIRS, 100, true, now_us, now_us);
        bytes_in += 100;
        if (now_us >= twcc_recorder_next_deadline(&recorder)) {
            size_t len = twcc_recorder_poll(&recorder, OURS, now_us, wire, sizeof(wire));
            CHECK(parse(len, &twcc));
            bytes_out += len + 48;
            count++;
        }
    }
    CHECK(count >= 36); /* at least each 250 ms or so */
    CHECK(bytes_out * 12 < bytes_in);
    twcc_recorder_deinit(&recorder);
}

TEST(late_packet_reported_missing_is_reported_again)
{
    twcc_recorder_init(&recorder);
    struct rtcp_twcc twcc;
    struct rtcp_twcc_status status;
    receive(10, 1000000);
    receive(13, 1000000);
    CHECK_INT(poll_at(1050000, &twcc), 4);
    receive(11, 1060000);
    receive(11, 1061000); /* a duplicate says nothing */
    CHECK_INT(poll_at(1200000, &twcc), 3);
    CHECK_INT(twcc.base_seq, 11);
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 1);
    int64_t late_us = status.arrival_us;
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 1);
    CHECK_INT(status.arrival_us, RTCP_TWCC_LOST);
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 1);
    CHECK_INT(late_us - status.arrival_us, 60000);
    /* Long after, nobody is interested. */
    receive(12, 1000000 + TWCC_MAX_AGE_US + 1);
    CHECK_INT(poll_at(9000000, &twcc), 0);
    twcc_recorder_deinit(&recorder);
}

TEST(wide_spread_of_time_takes_several_feedbacks)
{
    twcc_recorder_init(&recorder);
    struct rtcp_twcc twcc;
    /* A kernel stamp that is 20 s off does not fit 16 bits of 250 us. */
    twcc_recorder_receive(&recorder, 1, THEIRS, 1200, false, 1000000, 1000000);
    twcc_recorder_receive(&recorder, 2, THEIRS, 1200, false, 21000000, 1000000);
    CHECK_INT(poll_at(1050000, &twcc), 1);
    CHECK(twcc_recorder_next_deadline(&recorder) <= 1050000);
    CHECK_INT(poll_at(1050000, &twcc), 1);
    CHECK_INT(twcc.base_seq, 2);
    CHECK_INT(twcc.feedback_count, 1);
    CHECK_INT(twcc_recorder_next_deadline(&recorder), INT64_MAX);
    twcc_recorder_deinit(&recorder);
}

TEST(dense_seconds_take_several_feedbacks)
{
    twcc_recorder_init(&recorder);
    struct rtcp_twcc twcc;
    for (uint16_t i = 0; i < 1500; i++) {
        receive((uint16_t)(65000 + i), 1000000 + i * 20);
    }
    uint32_t told = 0;
    for (int i = 0; i < 10; i++) {
        uint16_t count = poll_at(1050000, &twcc);
        if (count == 0) {
            break;
        }
        CHECK_INT(twcc.base_seq, (uint16_t)(65000 + told));
        told += count;
    }
    CHECK_INT(told, 1500);
    CHECK_INT(twcc_recorder_next_deadline(&recorder), INT64_MAX);
    twcc_recorder_deinit(&recorder);
}

TEST(huge_jump_starts_afresh)
{
    twcc_recorder_init(&recorder);
    struct rtcp_twcc twcc;
    receive(10, 1000000);
    receive(20010, 1000100);
    CHECK_INT(poll_at(1050000, &twcc), 1);
    CHECK_INT(twcc.base_seq, 20010);
    receive(10, 1060000); /* far behind */
    CHECK_INT(poll_at(1200000, &twcc), 0);
    /* A hole wider than one feedback. */
    receive(20010 + 1500, 1300000);
    CHECK(poll_at(1300000, &twcc) >= 1);
    CHECK_INT((uint16_t)(twcc.base_seq + twcc.status_count - 1), 20010 + 1500);
    twcc_recorder_deinit(&recorder);
}

TEST(hostile_numbers_give_valid_feedback_within_bounds)
{
    twcc_recorder_init(&recorder);
    struct rand rand;
    struct rtcp_twcc twcc;
    rand_init(&rand, 99);
    size_t bytes_in = 0;
    size_t bytes_out = 0;
    int64_t now_us = 1000000;
    for (int i = 0; i < 50000; i++) {
        now_us += 300;
        uint16_t number = (uint16_t)rand_u32(&rand);
        if (i % 3 == 0) {
            number = (uint16_t)(recorder.highest + rand_below(&rand, 3000) - 1500);
        }
        int64_t arrival_us = now_us + (rand_below(&rand, 100) == 0 ? rand_u32(&rand) : 0);
        twcc_recorder_receive(&recorder, number, THEIRS, 100, i % 2 == 0, arrival_us, now_us);
        bytes_in += 100;
        for (int turn = 0; turn < 2000 && now_us >= twcc_recorder_next_deadline(&recorder);
             turn++) {
            size_t len = twcc_recorder_poll(&recorder, OURS, now_us, wire, sizeof(wire));
            if (len > 0) {
                CHECK(len <= TWCC_MAX_BYTES && parse(len, &twcc));
                bytes_out += len;
            }
        }
    }
    /* Nobody gets more out than he puts in. */
    CHECK(bytes_out < bytes_in / 4);
    twcc_recorder_deinit(&recorder);
}

TEST(window_follows_the_rate_and_what_is_missing)
{
    struct rtcp_twcc twcc;
    twcc_recorder_init(&recorder);
    for (uint16_t i = 0; i < 500; i++) {
        receive(i, i * INT64_C(20000));
        (void)poll_at(i * INT64_C(20000), &twcc);
    }
    REQUIRE(recorder.window > 0);
    CHECK_INT(recorder.window, TWCC_FIRST_WINDOW);
    receive(800, 10000000); /* 300 are told missing */
    CHECK_INT(recorder.window, 512);
    CHECK(poll_at(10250000, &twcc) >= 301);
out:
    twcc_recorder_deinit(&recorder);
}

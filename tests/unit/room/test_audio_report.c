#include <math.h>

#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp.h"
#include "support/call.h"
#include "unit/runner.h"

/** 300 packets of participant 1, of which each of three in a row are lost at 100 and 200. */
static void talk(struct call *call)
{
    for (uint16_t i = 0; i < 300; i++) {
        if (i % 100 > 2 || i < 100) {
            call_audio(call, 1, i, 30);
            call_turn(call);
        }
        call_run(call, 20000);
        call_clear(call);
    }
}

/** Participant 2 says what he got in his first slot. */
static void report(struct call *call, uint32_t highest, int32_t lost)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report answer = {.ssrc = call_track_ssrc(2, MEDIA_AUDIO)};
    struct rtcp_report_block block = {.ssrc = call_slot_ssrc(2, 0),
                                      .highest_seq = highest,
                                      .cumulative_lost = lost,
                                      .jitter = 480};
    (void)rtcp_write_report(&out, &answer, &block, 1);
    call_rtcp(call, 2, data, bytes_out_len(&out));
    call_turn(call);
}

TEST(report_says_what_became_of_audio)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    talk(&call);
    call_command(&call, COMMAND_REPORT, 1);
    const struct event *event = call_event(&call, EVENT_REPORT, 1);
    REQUIRE(event != NULL);
    const struct event_audio *audio = &event->report.audio_received;
    CHECK_INT(audio->expected, 250);
    CHECK(fabs(audio->lost - 6.0 / 250) < 1e-9);
    CHECK(fabs(audio->burst - 3 * (1 - 6.0 / 250)) < 1e-9);
    CHECK(fabs(event->report.received_lost - 6.0 / 300) < 1e-9);
    CHECK_INT(event->report.audio_sent.expected, 0); /* he gets nothing */
    report(&call, 1000, 10);
    call_command(&call, COMMAND_REPORT, 2);
    report(&call, 1250, 15);
    call_command(&call, COMMAND_REPORT, 2);
    event = call_event(&call, EVENT_REPORT, 2);
    REQUIRE(event != NULL);
    audio = &event->report.audio_sent;
    CHECK_INT(audio->expected, 250);
    CHECK(fabs(audio->lost - 5.0 / 250) < 1e-9);
    CHECK_INT(audio->jitter_us, 10000);
    CHECK_INT(event->report.audio_received.expected, 0);
out:
    call_deinit(&call);
}

/** Who is silent for long says nothing about his way. */
TEST(silence_is_not_judged)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    talk(&call);
    call_run(&call, 2000000);
    call_command(&call, COMMAND_REPORT, 1);
    const struct event *event = call_event(&call, EVENT_REPORT, 1);
    REQUIRE(event != NULL);
    CHECK_INT(event->report.audio_received.expected, 0);
out:
    call_deinit(&call);
}

/**
 * Speech that the relay forwards, on lines that lose packets: to be held against QUALITY.md 3.1.
 */
#include "quality/case.h"
#include "quality/hearing.h"
#include "sim/scenario.h"

enum { SPEECH_S = 20, MEAN_BURST = 3 };

/** A way down, and how long its receiver waits. */
struct line {
    double loss;
    bool bursts; /* of MEAN_BURST packets */
    int64_t rtt_us;
    int64_t buffer_us;
};

static struct link_config way_down(const struct line *line)
{
    struct link_config down = {.delay_us = line->rtt_us / 2, .jitter_us = 5000};
    if (line->bursts && line->loss > 0) {
        down.burst_leave = 1.0 / MEAN_BURST;
        down.burst_enter = down.burst_leave * line->loss / (1 - line->loss);
    } else {
        down.loss = line->loss;
    }
    return down;
}

static int hear_line(struct quality_run *run, const struct line *line, struct hearing *hearing)
{
    static const struct peer_config talker = {.audio_sources = 1, .audio_nack = true};
    static const struct peer_config page = {
        .audio_slots = 1, .audio_nack = true, .audio_red = true};
    const struct link_config up = {.delay_us = line->rtt_us / 2};
    const struct link_config down = way_down(line);
    const struct ear_buffer buffer = {.us = line->buffer_us};
    struct hearing_person *speaks = NULL;
    struct hearing_person *listens = NULL;
    int err = hearing_init(hearing, run->seed, SPEECH_S);
    if (err == 0) {
        err = hearing_join(hearing, &talker, NULL, NULL, &speaks);
    }
    if (err == 0) {
        err = hearing_join(hearing, &page, NULL, &up, &listens);
    }
    if (err == 0) {
        world_set_link(hearing->world, listens->peer, NULL, &down);
        hearing_begin(hearing);
        hearing_finish(hearing);
        hearing_expect(hearing, listens);
        err = hearing_judge(hearing, listens, &buffer);
    }
    return err;
}

static int run_line(struct quality_run *run, const struct line *line,
                    const struct hearing_bars *bars)
{
    struct hearing hearing;
    run->to_us = SPEECH_S * SECOND_US;
    int err = hear_line(run, line, &hearing);
    if (err == 0) {
        hearing_report(&hearing, &run->report);
        hearing_hold_against(&hearing, bars, &run->report);
        hearing_draw(&hearing, &run->trace);
    }
    hearing_deinit(&hearing);
    return err;
}

#define NACK_LINE(case_name, about_loss, share, in_bursts, ...)                                    \
    QUALITY_CASE(case_name, "listening", "forwarded, RTT 40 ms, buffer 100 ms, loss " about_loss)  \
    {                                                                                              \
        return run_line(run, &(struct line){(share), (in_bursts), 40000, 100000},                  \
                        &(struct hearing_bars){__VA_ARGS__});                                      \
    }

#define RED_LINE(case_name, about_loss, share, in_bursts, ...)                                     \
    QUALITY_CASE(case_name, "listening", "forwarded, RTT 150 ms, buffer 120 ms, loss " about_loss) \
    {                                                                                              \
        return run_line(run, &(struct line){(share), (in_bursts), 150000, 120000},                 \
                        &(struct hearing_bars){__VA_ARGS__});                                      \
    }

NACK_LINE(forward_0, "0", 0, false, .98, 2.5, 0)
NACK_LINE(forward_5, "5 %", .05, false, .978, 2.5, .7)
NACK_LINE(forward_10, "10 %", .10, false, .97, 2.5, 2)
NACK_LINE(forward_20, "20 %", .20, false, .945, 2.7, 6)
NACK_LINE(forward_b5, "5 % in bursts of three", .05, true, .94, 2.6, 4)
NACK_LINE(forward_b10, "10 % in bursts of three", .10, true, .93, 2.8, 7)
NACK_LINE(forward_b20, "20 % in bursts of three", .20, true, .87, 3.2, 14)
RED_LINE(far_5, "5 %", .05, false, .978, 2.5, .7)
RED_LINE(far_10, "10 %", .10, false, .975, 2.5, 1)
RED_LINE(far_20, "20 %", .20, false, .965, 2.6, 2.5)
RED_LINE(far_b5, "5 % in bursts of three", .05, true, .945, 2.7, 4)
RED_LINE(far_b20, "20 % in bursts of three", .20, true, .87, 3.2, 13)

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cc/estimator.h"
#include "cc/pacer.h"
#include "cpu_clock.h"
#include "kernels.h"
#include "rtp/rtcp_twcc.h"

enum {
    GROUPS = 600,
    GROUP_PACKETS = 15, /**< told by one feedback: 50 ms of 300 packets a second */
    GROUP_US = 50000,
    DELAY_US = 20000,
    PACKET_BYTES = 1240,
    FEEDBACK_BYTES = 128
};

/** One leg at 3 Mbit/s on a path with room. */
struct leg {
    struct estimator *estimator;
    struct pacer pacer;
    uint16_t number;
    int64_t now_us;
    struct feedback {
        uint8_t data[FEEDBACK_BYTES];
        size_t len;
    } feedbacks[GROUPS];
};

static void leg_close(void *state)
{
    struct leg *leg = state;
    if (leg != NULL) {
        estimator_free(&leg->estimator);
        free(leg);
    }
}

static int leg_open(void **state, const void *argument)
{
    (void)argument;
    struct leg *leg = calloc(1, sizeof(*leg));
    if (leg == NULL) {
        return ERR_NO_MEMORY;
    }
    const struct estimator_config config = {.start_bps = 10000000,
                                            .min_bps = ESTIMATOR_MIN_BPS,
                                            .max_bps = ESTIMATOR_MAX_BPS,
                                            .twcc = true};
    leg->now_us = 1000000;
    pacer_init(&leg->pacer);
    if (estimator_new(&leg->estimator, &config, leg->now_us) != 0) {
        leg_close(leg);
        return ERR_NO_MEMORY;
    }
    pacer_target(&leg->pacer, config.start_bps, true, leg->now_us);
    *state = leg;
    return 0;
}

/** What the receiver will say about the packets of this round; not timed. */
static int prepare(struct leg *leg)
{
    for (size_t i = 0; i < GROUPS; i++) {
        struct rtcp_twcc_status statuses[GROUP_PACKETS];
        size_t covered;
        for (size_t j = 0; j < GROUP_PACKETS; j++) {
            statuses[j] = (struct rtcp_twcc_status){
                .seq = (uint16_t)(leg->number + 1 + i * GROUP_PACKETS + j),
                .arrival_us = leg->now_us + (int64_t)i * GROUP_US + DELAY_US + (int64_t)j * 250};
        }
        leg->feedbacks[i].len = rtcp_twcc_write(leg->feedbacks[i].data, FEEDBACK_BYTES, 1, 2,
                                                (uint8_t)i, statuses, GROUP_PACKETS, &covered);
        if (leg->feedbacks[i].len == 0 || covered != GROUP_PACKETS) {
            return ERR_INVALID;
        }
    }
    return 0;
}

static bool group_send(struct leg *leg)
{
    bool passed = true;
    for (size_t j = 0; j < GROUP_PACKETS; j++) {
        passed = pacer_passes(&leg->pacer, leg->now_us) && passed;
        pacer_sent(&leg->pacer, PACKET_BYTES);
        estimator_sent(leg->estimator, ++leg->number, PACKET_BYTES, SEND_VIDEO, 0, leg->now_us);
    }
    leg->now_us += GROUP_US;
    return passed;
}

static int group_hear(struct leg *leg, const struct feedback *feedback)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_fb fb;
    struct rtcp_twcc twcc;
    rtcp_reader_init(&reader, feedback->data, feedback->len);
    if (rtcp_reader_next(&reader, &packet) != 1 || rtcp_fb_parse(&packet, &fb) != 0 ||
        rtcp_twcc_parse(&fb, &twcc) != 0) {
        return ERR_MALFORMED;
    }
    estimator_twcc(leg->estimator, &twcc, leg->now_us);
    estimator_timeout(leg->estimator, leg->now_us);
    pacer_target(&leg->pacer, estimator_target_bps(leg->estimator), true, leg->now_us);
    return 0;
}

/** What each packet costs when it leaves. */
static double send_round(void *state)
{
    struct leg *leg = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < GROUPS; i++) {
        (void)group_send(leg);
    }
    return (double)(cpu_clock_ns() - start) / (GROUPS * GROUP_PACKETS);
}

/** The same with its share of the feedback about it. */
static double whole_round(void *state)
{
    struct leg *leg = state;
    bool passed = true;
    if (prepare(leg) != 0) {
        return -1;
    }
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < GROUPS; i++) {
        passed = group_send(leg) && passed;
        if (group_hear(leg, &leg->feedbacks[i]) != 0) {
            return -1;
        }
    }
    return passed ? (double)(cpu_clock_ns() - start) / (GROUPS * GROUP_PACKETS) : -1;
}

const struct kernel *cc_kernels(size_t *count)
{
    static const struct kernel kernels[] = {
        {"cc/pacer+history", "packet", NULL, leg_open, send_round, leg_close},
        {"cc/pacer+estimator", "packet", NULL, leg_open, whole_round, leg_close},
    };
    *count = sizeof(kernels) / sizeof(kernels[0]);
    return kernels;
}

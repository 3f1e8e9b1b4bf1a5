/**
 * A receiver that answers with anything at all: feedback of arbitrary bytes about what was sent and
 * what was not, REMB, reports, at arbitrary times. The target stays within its bounds, deadlines
 * move on, and a probe never asks for more than its rate.
 *
 * Each step is one byte that says what, one how much, and what follows it.
 */
#include <string.h>

#include "cc/estimator.h"
#include "fuzz/fuzz.h"

enum { MIN_BPS = 30000, MAX_BPS = 20000000, MAX_FEEDBACK = 250, MAX_BURSTS = 64 };

static struct estimator *estimator;
static int64_t now_us;
static uint16_t number;
static bool twcc_agreed;

static void check(void)
{
    uint64_t target_bps = estimator_target_bps(estimator);
    FUZZ_CHECK((target_bps >= MIN_BPS && target_bps <= MAX_BPS) ||
               (!twcc_agreed && target_bps == UINT64_MAX));
    FUZZ_CHECK(estimator_pace_bps(estimator) <= target_bps);
    struct estimator_view view;
    estimator_view(estimator, &view);
    FUZZ_CHECK(view.loss >= 0 && view.loss <= 1);
    FUZZ_CHECK(view.delay_bps >= MIN_BPS && view.delay_bps <= MAX_BPS);
    FUZZ_CHECK(view.loss_bps >= MIN_BPS);
    FUZZ_CHECK(view.rtt_us >= 0 && view.queue_us >= 0);
}

static void send_some(uint32_t count, uint32_t kind)
{
    for (uint32_t i = 0; i < count; i++) {
        estimator_sent(estimator, number++, 40 + count * 5, (enum send_kind)(kind % 4), 0, now_us);
        now_us += 500;
    }
}

/** Well-formed feedback about the latest numbers, so that what it says is reached at all. */
static void tell(const uint8_t *data, size_t len)
{
    struct rtcp_twcc_status statuses[MAX_FEEDBACK];
    int64_t arrival_us = now_us;
    for (size_t i = 0; i < len; i++) {
        arrival_us += ((int64_t)data[i] - 96) * 250;
        statuses[i] = (struct rtcp_twcc_status){.seq = (uint16_t)(number - len + i),
                                                .arrival_us = data[i] % 16 == 15 ? RTCP_TWCC_LOST
                                                                                 : arrival_us};
    }
    uint8_t wire[1500];
    size_t covered = 0;
    size_t bytes = rtcp_twcc_write(wire, sizeof(wire), 1, 2, 3, statuses, len, &covered);
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_fb fb;
    struct rtcp_twcc twcc;
    rtcp_reader_init(&reader, wire, bytes);
    if (bytes > 0 && rtcp_reader_next(&reader, &packet) == 1 && rtcp_fb_parse(&packet, &fb) == 0 &&
        rtcp_twcc_parse(&fb, &twcc) == 0) {
        estimator_twcc(estimator, &twcc, now_us);
    }
}

/** Feedback of the input's bytes as they are. */
static void tell_raw(const uint8_t *data, size_t len)
{
    struct rtcp_fb fb = {.kind = RTCP_FB_TWCC, .fci = data, .fci_bytes = len};
    struct rtcp_twcc twcc;
    if (rtcp_twcc_parse(&fb, &twcc) == 0) {
        estimator_twcc(estimator, &twcc, now_us);
    }
}

static void probe(void)
{
    struct estimator_burst burst;
    for (uint32_t i = 0; i < MAX_BURSTS && estimator_probe(estimator, now_us, &burst); i++) {
        FUZZ_CHECK(burst.probe != 0 && burst.bytes > 0);
        FUZZ_CHECK(burst.bytes <= MAX_BPS / 8 / 10); /* 100 ms, the longest probe */
        for (uint32_t left = burst.bytes; left > 0;) {
            uint32_t bytes = left < 1200 ? left : 1200;
            left -= bytes;
            estimator_sent(estimator, number++, bytes, SEND_PADDING, burst.probe, now_us);
        }
    }
}

static void wish(uint8_t amount)
{
    struct estimator_demand demand = {.used_bps = UINT64_C(10000) * amount,
                                      .next_bps = UINT64_C(20000) * amount,
                                      .ideal_bps = UINT64_C(50000) * amount};
    estimator_demand(estimator, &demand, now_us);
}

/** @return bytes of data used */
static size_t step(uint8_t what, uint8_t amount, const uint8_t *data, size_t len)
{
    size_t told = amount < len ? amount : len;
    told = told < MAX_FEEDBACK ? told : MAX_FEEDBACK;
    switch (what % 10) {
    case 0:
        send_some(amount, what / 10);
        return 0;
    case 1:
        now_us += (int64_t)amount * amount * 400;
        return 0;
    case 2:
        tell(data, told);
        return told;
    case 3:
        tell_raw(data, told);
        return told;
    case 4:
        estimator_remb(estimator, UINT64_C(1) << amount % 64, now_us);
        return 0;
    case 5:
        estimator_report(estimator, amount, what, (int64_t)what * 1000, now_us);
        return 0;
    case 6:
        wish(amount);
        return 0;
    case 7:
        probe();
        return 0;
    case 8:
        if (amount == 0) {
            estimator_path_moved(estimator, now_us);
        } else if (amount % 4 == 1) {
            estimator_sound(estimator, INT64_C(1000) * amount, now_us);
        }
        return 0;
    default: {
        int64_t due_us = estimator_next_deadline(estimator);
        if (due_us > now_us && due_us < now_us + 10000000) {
            now_us = due_us;
        }
        estimator_timeout(estimator, now_us);
        probe();
        FUZZ_CHECK(estimator_next_deadline(estimator) > now_us);
        return 0;
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0) {
        return 0;
    }
    now_us = 1000000;
    number = (uint16_t)(data[len - 1] * 257);
    twcc_agreed = data[len - 1] % 8 != 7;
    const struct estimator_config config = {
        .start_bps = 1000000, .min_bps = MIN_BPS, .max_bps = MAX_BPS, .twcc = twcc_agreed};
    if (estimator_new(&estimator, &config, now_us) != 0) {
        return 0;
    }
    for (size_t at = 0; at + 2 < len;) {
        uint8_t what = data[at];
        uint8_t amount = data[at + 1];
        at += 2;
        at += step(what, amount, data + at, len - 1 - at);
        check();
    }
    estimator_free(&estimator);
    return 0;
}

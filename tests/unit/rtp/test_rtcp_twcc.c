#include "base/err.h"
#include "base/rand.h"
#include "rtp/rtcp_twcc.h"
#include "support/vectors.h"
#include "unit/runner.h"

#define LOST RTCP_TWCC_LOST

enum { MAX_STATUSES = 40000 };

static int parse(const uint8_t *data, size_t len, struct rtcp_twcc *twcc)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_fb fb;
    rtcp_reader_init(&reader, data, len);
    if (rtcp_reader_next(&reader, &packet) != 1 || rtcp_fb_parse(&packet, &fb) != 0) {
        return ERR_MALFORMED;
    }
    return rtcp_twcc_parse(&fb, twcc);
}

static int parse_hex(const char *hex, uint8_t data[128], struct rtcp_twcc *twcc)
{
    return parse(data, vectors_hex(hex, data, 128), twcc);
}

TEST(twcc_reads_the_chunks_of_the_draft)
{
    /*
     * The four examples of draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1.3 and 3.1.4, with
     * deltas: run of 221 lost; run of 24 (small, here: 20 ff); one-bit vector 0 11111 000 111 00;
     * two-bit vector 00 11.. is reserved for us, so 00 10 01 01 01 00 00.
     */
    uint8_t data[128];
    struct rtcp_twcc twcc;
    struct rtcp_twcc_status status;
    REQUIRE_OK(parse_hex("8fcd000e 00000001 00000002 fff0 0102 ffffff 07"
                         "00dd 2010 9f1c c950"
                         "01010101010101010101010101010101 0202020202020202 ff9c 030303 000000",
                         data, &twcc));
    CHECK_INT(twcc.base_seq, 0xfff0);
    CHECK_INT(twcc.status_count, 258);
    CHECK_INT(twcc.reference, -1);
    CHECK_INT(twcc.feedback_count, 7);
    for (int i = 0; i < 221; i++) {
        REQUIRE_INT(rtcp_twcc_next(&twcc, &status), 1);
        CHECK_INT(status.seq, (uint16_t)(0xfff0 + i));
        CHECK(status.arrival_us == LOST);
    }
    int64_t time_us = -64000;
    for (int i = 0; i < 16; i++) {
        REQUIRE_INT(rtcp_twcc_next(&twcc, &status), 1);
        time_us += 250;
        CHECK_INT(status.arrival_us, time_us);
    }
    static const int vector[14] = {0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0};
    for (int i = 0; i < 14; i++) {
        REQUIRE_INT(rtcp_twcc_next(&twcc, &status), 1);
        time_us += vector[i] * 500;
        CHECK_INT(status.arrival_us, vector[i] ? time_us : LOST);
    }
    static const int64_t two[7] = {0, -25000, 750, 750, 750, 0, 0};
    for (int i = 0; i < 7; i++) {
        REQUIRE_INT(rtcp_twcc_next(&twcc, &status), 1);
        time_us += two[i];
        CHECK_INT(status.arrival_us, two[i] != 0 ? time_us : LOST);
    }
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 0);
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 0);
out:
    return;
}

TEST(twcc_refuses_hostile_feedback)
{
    uint8_t data[128];
    struct rtcp_twcc twcc;
    /* no statuses; no chunks; chunk short of statuses; missing deltas; reserved symbols */
    CHECK_INT(parse_hex("8fcd0005 00000001 00000002 0001 0000 000001 00 2001 0000", data, &twcc),
              ERR_MALFORMED);
    CHECK_INT(parse_hex("8fcd0004 00000001 00000002 0001 0001 000001 00", data, &twcc),
              ERR_MALFORMED);
    CHECK_INT(parse_hex("8fcd0003 00000001 00000002 0001 0001", data, &twcc), ERR_MALFORMED);
    CHECK_INT(parse_hex("8fcd0005 00000001 00000002 0001 0009 000001 00 0001 0002", data, &twcc),
              ERR_MALFORMED);
    CHECK_INT(parse_hex("8fcd0005 00000001 00000002 0001 0009 000001 00 0000 0000", data, &twcc),
              ERR_MALFORMED); /* runs of nothing never end */
    CHECK_INT(parse_hex("8fcd0005 00000001 00000002 0001 0003 000001 00 2003 0101", data, &twcc),
              ERR_MALFORMED);
    CHECK_INT(parse_hex("8fcd0005 00000001 00000002 0001 0002 000001 00 4002 0101", data, &twcc),
              ERR_MALFORMED);
    CHECK_INT(
        parse_hex("8fcd0006 00000001 00000002 0001 0002 000001 00 6002 0101 01010101", data, &twcc),
        ERR_MALFORMED);
    CHECK_INT(
        parse_hex("8fcd0006 00000001 00000002 0001 0002 000001 00 f000 0101 01010101", data, &twcc),
        ERR_MALFORMED);
    goto out;
out:
    return;
}

TEST(twcc_ignores_symbols_past_the_count)
{
    uint8_t data[128];
    struct rtcp_twcc twcc;
    struct rtcp_twcc_status status;
    /* the reserved symbol is the third, the count is two */
    REQUIRE_OK(parse_hex("8fcd0005 00000001 00000002 0001 0002 000001 00 d700 0102", data, &twcc));
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 1);
    CHECK_INT(status.arrival_us, 64000 + 250);
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 1);
    CHECK_INT(status.arrival_us, 64000 + 750);
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 0);
    /* a run longer than the count, its deltas only for the count */
    REQUIRE_OK(parse_hex("8fcd0005 00000001 00000002 0001 0002 000001 00 3fff 0102", data, &twcc));
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 1);
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 1);
    CHECK_INT(rtcp_twcc_next(&twcc, &status), 0);
out:
    return;
}

TEST(twcc_reference_unwraps_both_ways)
{
    CHECK_INT(rtcp_twcc_unwrap_reference(5, 7), 7);
    CHECK_INT(rtcp_twcc_unwrap_reference(0x7fffff, -0x800000), 0x800000);
    CHECK_INT(rtcp_twcc_unwrap_reference(0x800000, 0x7fffff), 0x7fffff);
    CHECK_INT(rtcp_twcc_unwrap_reference(INT64_C(0x5000001), -1), INT64_C(0x4ffffff));
    goto out;
out:
    return;
}

TEST(twcc_writes_known_bytes)
{
    /* laid out by hand: a two-bit vector, and a run of one */
    uint8_t data[64];
    uint8_t want[64];
    size_t covered = 0;
    const struct rtcp_twcc_status statuses[] = {
        {.seq = 10, .arrival_us = 3 * 64000 + 1000},
        {.seq = 11, .arrival_us = LOST},
        {.seq = 12, .arrival_us = 3 * 64000 + 1249}, /* the same tick as 1000 */
        {.seq = 13, .arrival_us = 3 * 64000 + 750},  /* before: large */
    };
    size_t bytes = rtcp_twcc_write(data, sizeof(data), 1, 2, 9, statuses, 4, &covered);
    size_t len = vectors_hex("8fcd0006 00000001 00000002 000a 0004 000003 09 d180 04 00 ffff 0000",
                             want, 64);
    CHECK_INT(covered, 4);
    REQUIRE_INT(bytes, len);
    CHECK_MEM(data, want, len);
    bytes = rtcp_twcc_write(data, sizeof(data), 1, 2, 9, statuses, 1, &covered);
    REQUIRE_INT(bytes, 24);
    len = vectors_hex("8fcd0005 00000001 00000002 000a 0001 000003 09 2001 04 00", want, 64);
    CHECK_MEM(data, want, len);
out:
    return;
}

/** Reads feedback back and compares it with what was to be said. */
static bool says(const uint8_t *data, size_t bytes, const struct rtcp_twcc_status *statuses,
                 size_t count)
{
    struct rtcp_twcc twcc;
    struct rtcp_twcc_status status;
    if (parse(data, bytes, &twcc) != 0 || twcc.status_count != count) {
        return false;
    }
    int64_t base_us = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        if (rtcp_twcc_next(&twcc, &status) != 1 || status.seq != statuses[i].seq ||
            (status.arrival_us == LOST) != (statuses[i].arrival_us == LOST)) {
            return false;
        }
        if (status.arrival_us == LOST) {
            continue;
        }
        if (base_us == INT64_MIN) {
            /* the reference is known modulo 2^24 * 64 ms only */
            base_us = statuses[i].arrival_us - status.arrival_us;
            int64_t turn_us = (INT64_C(1) << 24) * 64000;
            int64_t rest = base_us % turn_us;
            if (rest < 0 || rest >= 250) {
                return false;
            }
            base_us -= rest;
        }
        int64_t error_us = statuses[i].arrival_us - base_us - status.arrival_us;
        if (error_us < 0 || error_us >= 250) {
            return false; /* rounding must not add up */
        }
    }
    return rtcp_twcc_next(&twcc, &status) == 0;
}

static struct rtcp_twcc_status many[MAX_STATUSES];

TEST_NO_OOM(twcc_says_what_it_was_told)
{
    struct rand rand;
    rand_init(&rand, 7);
    for (int round = 0; round < 300; round++) {
        size_t count = 1 + rand_below(&rand, round % 10 == 0 ? 3000 : 200);
        uint32_t loss = rand_below(&rand, 4) * 300;
        uint32_t spread = 1U << (8 + rand_below(&rand, 14));
        int64_t now_us = (int64_t)(rand_u64(&rand) >> 16);
        uint16_t seq = (uint16_t)rand_u32(&rand);
        for (size_t i = 0; i < count; i++) {
            bool sticky = i > 0 && rand_below(&rand, 3) != 0;
            bool lost = sticky ? many[i - 1].arrival_us == LOST : rand_below(&rand, 1000) < loss;
            now_us += rand_below(&rand, spread);
            int64_t jump_us = rand_below(&rand, 20) == 0 ? -20000 : 0;
            many[i] = (struct rtcp_twcc_status){.seq = seq++,
                                                .arrival_us = lost ? LOST : now_us + jump_us};
        }
        size_t cap = 24 + rand_below(&rand, 1200);
        size_t told = 0;
        while (told < count) {
            uint8_t data[1300];
            memset(data, 0xee, sizeof(data));
            size_t covered = 0;
            size_t bytes = rtcp_twcc_write(data, cap, 1, 2, 0, many + told, count - told, &covered);
            if (bytes == 0) {
                for (; told < count; told++) {
                    CHECK(many[told].arrival_us == LOST);
                }
                break;
            }
            CHECK(bytes <= cap);
            CHECK_INT(data[cap], 0xee);
            REQUIRE(covered > 0);
            REQUIRE(says(data, bytes, many + told, covered));
            told += covered;
        }
    }
out:
    return;
}

TEST(twcc_starts_anew_when_a_delta_does_not_fit)
{
    const struct rtcp_twcc_status statuses[] = {
        {.seq = 65535, .arrival_us = 0},
        {.seq = 0, .arrival_us = LOST},
        {.seq = 1, .arrival_us = 9000000},
    };
    uint8_t data[64];
    size_t covered = 0;
    size_t bytes = rtcp_twcc_write(data, sizeof(data), 1, 2, 0, statuses, 3, &covered);
    CHECK_INT(covered, 2);
    CHECK(says(data, bytes, statuses, 2));
    bytes = rtcp_twcc_write(data, sizeof(data), 1, 2, 0, statuses + 2, 1, &covered);
    CHECK_INT(covered, 1);
    CHECK(says(data, bytes, statuses + 2, 1));
    goto out;
out:
    return;
}

TEST(twcc_writes_nothing_about_nothing)
{
    const struct rtcp_twcc_status lost[2] = {{.seq = 1, .arrival_us = LOST},
                                             {.seq = 2, .arrival_us = LOST}};
    const struct rtcp_twcc_status one = {.seq = 1, .arrival_us = 5};
    uint8_t data[64];
    size_t covered = 7;
    CHECK_INT(rtcp_twcc_write(data, sizeof(data), 1, 2, 0, lost, 2, &covered), 0);
    CHECK_INT(covered, 0);
    CHECK_INT(rtcp_twcc_write(data, 23, 1, 2, 0, &one, 1, &covered), 0);
    CHECK_INT(rtcp_twcc_write(data, 24, 1, 2, 0, &one, 1, &covered), 24);
    goto out;
out:
    return;
}

TEST(twcc_long_runs_take_few_bytes)
{
    for (size_t i = 0; i < MAX_STATUSES; i++) {
        many[i] = (struct rtcp_twcc_status){.seq = (uint16_t)i, .arrival_us = LOST};
    }
    many[0].arrival_us = 64000;
    many[MAX_STATUSES - 1].arrival_us = 65000;
    uint8_t data[64];
    size_t covered = 0;
    size_t bytes = rtcp_twcc_write(data, sizeof(data), 1, 2, 0, many, MAX_STATUSES, &covered);
    CHECK_INT(covered, MAX_STATUSES);
    CHECK(bytes <= 40);
    CHECK(says(data, bytes, many, covered));
    goto out;
out:
    return;
}

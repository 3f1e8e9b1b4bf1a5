/** Transport-wide feedback: what is accepted can be walked, and what is written says what it was
 * told. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "rtp/rtcp_twcc.h"

enum { MAX_STATUSES = 4096 };

/** Writes statuses as feedback after feedback and reads each back. */
static void write_and_read_back(const struct rtcp_twcc_status *statuses, size_t count, size_t cap)
{
    size_t told = 0;
    while (told < count) {
        uint8_t data[1500];
        size_t covered = 0;
        size_t bytes = rtcp_twcc_write(data, cap, 1, 2, 3, statuses + told, count - told, &covered);
        if (bytes == 0) {
            return;
        }
        FUZZ_CHECK(bytes <= cap && covered > 0 && covered <= count - told);
        struct rtcp_reader reader;
        struct rtcp_packet packet;
        struct rtcp_fb fb;
        struct rtcp_twcc twcc;
        struct rtcp_twcc_status status;
        rtcp_reader_init(&reader, data, bytes);
        FUZZ_CHECK(rtcp_reader_next(&reader, &packet) == 1);
        FUZZ_CHECK(rtcp_fb_parse(&packet, &fb) == 0 && rtcp_twcc_parse(&fb, &twcc) == 0);
        FUZZ_CHECK(twcc.status_count == covered);
        for (size_t i = 0; i < covered; i++) {
            FUZZ_CHECK(rtcp_twcc_next(&twcc, &status) == 1);
            FUZZ_CHECK(status.seq == statuses[told + i].seq);
            FUZZ_CHECK((status.arrival_us == RTCP_TWCC_LOST) ==
                       (statuses[told + i].arrival_us == RTCP_TWCC_LOST));
        }
        told += covered;
    }
}

/** Reads the input as feedback, and writes what it says again. */
static void parse(const uint8_t *data, size_t len, size_t cap)
{
    static struct rtcp_twcc_status statuses[MAX_STATUSES];
    struct rtcp_fb fb = {.kind = RTCP_FB_TWCC, .fci = data, .fci_bytes = len};
    struct rtcp_twcc twcc;
    size_t count = 0;
    if (rtcp_twcc_parse(&fb, &twcc) != 0) {
        return;
    }
    struct rtcp_twcc_status status;
    while (rtcp_twcc_next(&twcc, &status) == 1) {
        if (count < MAX_STATUSES) {
            statuses[count] = status;
        }
        count++;
    }
    FUZZ_CHECK(count == twcc.status_count);
    write_and_read_back(statuses, count < MAX_STATUSES ? count : MAX_STATUSES, cap);
}

/** Reads the input as a list of arrival gaps, 0xff for lost, and writes them. */
static void write(const uint8_t *data, size_t len, size_t cap)
{
    static struct rtcp_twcc_status statuses[MAX_STATUSES];
    size_t count = len < MAX_STATUSES ? len : MAX_STATUSES;
    int64_t now_us = 0;
    for (size_t i = 0; i < count; i++) {
        now_us += (int64_t)(data[i] & 0x1f) * (1 << 2 * (data[i] >> 5)) * 100 - 900;
        statuses[i] = (struct rtcp_twcc_status){
            .seq = (uint16_t)(i - 5), .arrival_us = data[i] == 0xff ? RTCP_TWCC_LOST : now_us};
    }
    if (count > 0) {
        write_and_read_back(statuses, count, cap);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0) {
        return 0;
    }
    size_t cap = RTCP_TWCC_MIN_BYTES + (size_t)data[len - 1] * 5;
    parse(data, len - 1, cap);
    write(data, len - 1, cap);
    return 0;
}

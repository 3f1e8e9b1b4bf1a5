#include "capture_time.h"

#include "base/bytes.h"
#include "packet_facts.h"

enum { TIME_BYTES = 8, TIME_AND_OFFSET_BYTES = 16 };

static const int64_t ntp_unix_offset_us = 2208988800LL * 1000000;

/** Microseconds as a signed number of seconds with 32 bits of fraction, modulo 2^64. */
static uint64_t fixed_point(int64_t us)
{
    int64_t seconds = us / 1000000;
    int64_t rest_us = us % 1000000;
    return ((uint64_t)seconds << 32) + (uint64_t)(rest_us * (1LL << 32) / 1000000);
}

void capture_time_restate(struct packet *packet, const struct timeline_clock *clock,
                          int64_t wall_offset_us)
{
    struct packet_facts *facts = packet_facts(packet);
    for (uint8_t i = 0; i < facts->passed_count; i++) {
        struct passed_ext *ext = &facts->passed[i];
        if (ext->kind != RTP_EXT_ABS_CAPTURE_TIME || ext->bytes < TIME_AND_OFFSET_BYTES) {
            continue;
        }
        if (!clock->known) {
            ext->bytes = TIME_BYTES;
            continue;
        }
        uint8_t *offset = packet->data + ext->offset + TIME_BYTES;
        int64_t ours_us = clock->offset_us + wall_offset_us + ntp_unix_offset_us;
        bytes_put_u64(offset, bytes_get_u64(offset) + fixed_point(ours_us));
    }
}

#include "media/red_fill.h"

#include "rtp/opus_payload.h"

/** Samples of one packet between the two, or 0 when they do not share the time evenly. */
static uint32_t step_between(const struct red_fill_place *before,
                             const struct red_fill_place *present)
{
    int64_t packets = present->ext_seq - before->ext_seq;
    uint32_t samples = present->timestamp - before->timestamp;
    if (packets < 2 || packets > INT16_MAX || samples % (uint32_t)packets != 0) {
        return 0;
    }
    uint32_t step = samples / (uint32_t)packets;
    return step <= RTP_OPUS_MAX_SAMPLES ? step : 0;
}

size_t red_fill_find(const struct red_fill_place *before, const struct red_fill_place *present,
                     uint8_t pt, const uint8_t *payload, size_t len,
                     struct red_fill out[RED_FILL_MAX])
{
    struct red_block blocks[RED_MAX_BLOCKS];
    uint32_t step = step_between(before, present);
    int parsed = step == 0 ? 0 : red_parse(payload, len, blocks);
    size_t count = 0;
    int64_t last = before->ext_seq;
    for (int i = 0; i + 1 < parsed && count < RED_FILL_MAX; i++) {
        const struct red_block *block = &blocks[i];
        struct rtp_opus opus;
        int64_t ext_seq = present->ext_seq - block->timestamp_offset / step;
        /* Oldest first (RFC 2198 3); what goes back, or repeats, is a lie. */
        if (block->pt != pt || block->timestamp_offset == 0 ||
            block->timestamp_offset % step != 0 || ext_seq <= last ||
            rtp_opus_parse(payload + block->offset, block->bytes, &opus) != 0 ||
            opus.duration_samples != step) {
            continue;
        }
        last = ext_seq;
        out[count++] = (struct red_fill){.ext_seq = ext_seq,
                                         .timestamp = present->timestamp - block->timestamp_offset,
                                         .offset = block->offset,
                                         .bytes = block->bytes};
    }
    return count;
}

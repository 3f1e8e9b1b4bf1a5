#include "redundancy.h"

#include "rtp/red.h"

/** Opus by itself, or the primary of a RED packet. */
static bool is_opus(const struct layer *layer, const struct packet_facts *facts)
{
    enum codec_kind kind = layer->media->codecs[facts->codec].kind;
    return kind == CODEC_OPUS || kind == CODEC_RED;
}

static bool is_worth_a_copy(const struct packet_facts *facts, uint32_t timestamp)
{
    uint32_t ago = timestamp - facts->timestamp;
    return facts->voice && facts->primary_bytes > 0 &&
           facts->primary_bytes <= RED_MAX_BLOCK_BYTES && ago > 0 &&
           ago <= RED_MAX_TIMESTAMP_OFFSET;
}

/** Not of neighbours: what takes one packet often takes the next. */
static const int64_t steps_back[AUDIO_REPAIR_MAX_DISTANCE] = {1, 3};

static struct packet *packet_before(const struct sending *sending, const struct layer *layer,
                                    uint8_t step, int64_t from)
{
    int64_t ext_seq = packet_facts(sending->packet)->ext_seq - steps_back[step];
    return ext_seq < from ? NULL : rtx_cache_find(layer->cache, ext_seq, layer->context->now_us);
}

uint8_t redundancy_add(struct sending *sending, const struct layer *layer, uint8_t distance,
                       int64_t from)
{
    const struct packet_facts *present = packet_facts(sending->packet);
    size_t bytes = present->primary_bytes;
    uint8_t copied = 0;
    sending->copies = 0;
    if (!is_opus(layer, present)) {
        return 0;
    }
    for (uint8_t i = distance; i > 0; i--) {
        struct packet *packet = packet_before(sending, layer, i - 1, from);
        if (packet == NULL) {
            continue;
        }
        const struct packet_facts *facts = packet_facts(packet);
        if (is_opus(layer, facts) && is_worth_a_copy(facts, present->timestamp) &&
            bytes + facts->primary_bytes + RED_BLOCK_HEADER_BYTES < SENDING_MAX_MADE_PAYLOAD) {
            bytes += facts->primary_bytes + RED_BLOCK_HEADER_BYTES;
            sending->before[sending->copies++] = packet;
            copied |= (uint8_t)(1U << (i - 1));
        }
    }
    return copied;
}

bool redundancy_repeat(struct sending *sending, const struct layer *layer, uint8_t copied)
{
    sending->copies = 0;
    for (uint8_t i = AUDIO_REPAIR_MAX_DISTANCE; i > 0; i--) {
        if ((copied & 1U << (i - 1)) == 0) {
            continue;
        }
        struct packet *packet = packet_before(sending, layer, i - 1, INT64_MIN);
        if (packet == NULL) {
            return false;
        }
        sending->before[sending->copies++] = packet;
    }
    return true;
}

#include "slot_mix.h"

#include <stdlib.h>

#include "rtp/opus_payload.h"
#include "rtp/seq.h"

enum {
    USUAL_SAMPLES = 960, /**< of a packet of which nothing is known */
    PAUSE_PACKETS = 3    /**< the feed has sent nothing for so long: time tells where it is */
};

bool slot_mix_is_forwarded(const struct slot *slot)
{
    return slot->feed != NULL && !layer_is_made(slot->feed) && !slot->fresh;
}

uint32_t slot_mix_samples(const struct slot *slot)
{
    const struct layer *feed = slot->feed;
    struct packet *packet = feed == NULL || slot->fresh
                                ? NULL
                                : rtx_cache_find(feed->cache, stream_rewrite_newest(slot->rewrite),
                                                 slot->egress->context->now_us);
    struct rtp_opus opus;
    if (packet != NULL) {
        const struct packet_facts *facts = packet_facts(packet);
        const uint8_t *payload = packet->data + facts->payload_offset + facts->primary_offset;
        if (rtp_opus_parse(payload, facts->primary_bytes, &opus) == 0) {
            return opus.duration_samples;
        }
    }
    return USUAL_SAMPLES;
}

void slot_mix_enter(struct slot *slot, struct layer *layer, uint32_t step)
{
    slot_feed(slot, layer);
    if (step != 0) {
        slot->step = (struct slot_step){.kind = SLOT_STEP_BY, .ticks = step};
    }
}

/** From the newest packet that went out to what is due now: a mix goes on while it is silent and
 * sends nothing, what was forwarded is taken up where it was left. */
static uint32_t step_to_now(const struct slot *slot)
{
    uint32_t samples = slot_mix_samples(slot);
    if (!slot->sent_made) {
        return samples;
    }
    int64_t since_us = slot->egress->context->now_us - slot->stats.sent_us;
    int64_t since = since_us * RTP_OPUS_CLOCK_HZ / 1000000;
    if (since < (int64_t)PAUSE_PACKETS * samples) {
        return samples;
    }
    return (uint32_t)((since + samples / 2) / samples * samples);
}

static bool is_pending(const struct layer *layer, const struct packet *packet)
{
    for (size_t i = 0; i < layer->pending_count; i++) {
        if (layer->pending[i] == packet) {
            return true;
        }
    }
    return false;
}

static struct packet *find(const struct layer *layer, int64_t seq)
{
    return rtx_cache_find(layer->cache, seq, layer->context->now_us);
}

/** Number of the packet nearest to a timestamp among those that are kept, and not before it by half
 * of what was heard last; one behind the newest when none is. */
static int64_t find_nearest(const struct layer *layer, uint32_t timestamp, uint32_t samples)
{
    int64_t newest = layer_passed(layer);
    int64_t nearest = newest + 1;
    int32_t least = INT32_MAX;
    for (int64_t seq = newest; seq > newest - RTX_CACHE_AUDIO_SLOTS; seq--) {
        struct packet *packet = find(layer, seq);
        if (packet == NULL) {
            continue;
        }
        int32_t off = seq_diff32(packet_facts(packet)->timestamp, timestamp);
        if (2 * (int64_t)off > -(int64_t)samples && abs(off) <= least) {
            least = abs(off);
            nearest = seq;
        }
    }
    return nearest;
}

/** Half of a packet away at most. */
static bool is_within(uint32_t a, uint32_t b, uint32_t samples)
{
    return 2 * (int64_t)abs(seq_diff32(a, b)) <= (int64_t)samples;
}

void slot_mix_leave(struct slot *slot, struct layer *layer, uint32_t timestamp)
{
    struct slot_step step = {
        .kind = SLOT_STEP_TO, .ticks = step_to_now(slot), .timestamp = timestamp};
    uint32_t samples = slot_mix_samples(slot);
    slot_feed(slot, layer);
    slot->step = step;
    int64_t newest = layer_passed(layer);
    int64_t nearest = find_nearest(layer, timestamp, samples);
    struct packet *first = find(layer, nearest);
    if (first != NULL && is_within(packet_facts(first)->timestamp, timestamp, samples)) {
        slot->step.timestamp = packet_facts(first)->timestamp;
    }
    for (int64_t seq = nearest; seq <= newest; seq++) {
        struct packet *packet = find(layer, seq);
        if (packet != NULL && !is_pending(layer, packet) && slot->egress->connected) {
            slot_forward(slot, packet);
        }
    }
}

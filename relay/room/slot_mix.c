#include "slot_mix.h"

#include <stdlib.h>

#include "rtp/opus_payload.h"
#include "rtp/seq.h"

enum {
    USUAL_SAMPLES = 960 /**< of a packet of which nothing is known */
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

void slot_mix_enter(struct slot *slot, struct layer *layer, const struct bridge_seam *seam)
{
    struct slot_step before = slot->step;
    bool goes_on = slot->feed != NULL && slot->fresh && layer_is_made(slot->feed);
    slot_feed(slot, layer);
    if (goes_on && seam == NULL) { /* all mixes have one clock */
        slot->step = before;
    } else if (seam != NULL) {
        slot->step =
            (struct slot_step){.told = true, .ticks = seam->step, .timestamp = seam->timestamp};
    }
}

/** From the newest packet that went out to what is due at this time of the mix, which may have
 * been silent since; what was forwarded is taken up where it was left. */
static struct slot_step step_to(const struct slot *slot, const struct bridge_return *at)
{
    struct slot_step step = {.told = true, .timestamp = at->timestamp};
    if (slot->feed != NULL && slot->fresh) { /* nothing of the mix went out */
        step.told = slot->step.told;
        step.ticks = slot->step.ticks + (at->clock - slot->step.timestamp);
    } else if (slot->feed != NULL && slot->sent_made) {
        step.ticks = at->clock - stream_rewrite_source_timestamp(slot->rewrite);
    } else {
        step.ticks = slot_mix_samples(slot);
    }
    return step;
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

bool slot_mix_find(const struct layer *layer, uint32_t timestamp, uint32_t *begin)
{
    int64_t newest = layer_passed(layer);
    bool found = false;
    for (int64_t seq = newest; seq > newest - RTX_CACHE_AUDIO_SLOTS; seq--) {
        struct packet *packet = find(layer, seq);
        uint32_t at = packet != NULL ? packet_facts(packet)->timestamp : 0;
        if (packet != NULL && seq_diff32(at, timestamp) >= 0 &&
            (!found || seq_diff32(at, *begin) < 0)) {
            *begin = at;
            found = true;
        }
    }
    return found;
}

/** Half of a packet away at most. */
static bool is_within(uint32_t a, uint32_t b, uint32_t samples)
{
    return 2 * (int64_t)abs(seq_diff32(a, b)) <= (int64_t)samples;
}

void slot_mix_leave(struct slot *slot, struct layer *layer, const struct bridge_return *at)
{
    struct slot_step step = step_to(slot, at);
    uint32_t samples = slot_mix_samples(slot);
    slot_feed(slot, layer);
    slot->step = step;
    int64_t newest = layer_passed(layer);
    int64_t nearest = find_nearest(layer, at->timestamp, samples);
    struct packet *first = find(layer, nearest);
    if (first != NULL && is_within(packet_facts(first)->timestamp, at->timestamp, samples)) {
        slot->step.timestamp = packet_facts(first)->timestamp;
    }
    for (int64_t seq = nearest; seq <= newest; seq++) {
        struct packet *packet = find(layer, seq);
        if (packet != NULL && !is_pending(layer, packet) && slot->egress->connected) {
            slot_forward(slot, packet);
        }
    }
}

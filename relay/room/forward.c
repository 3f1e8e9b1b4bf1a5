#include "forward.h"

#include "base/list.h"
#include "frame_padding.h"
#include "slot.h"

/** First pending packet that starts a keyframe, or pending_count. */
static size_t find_keyframe(const struct layer *layer)
{
    size_t i = 0;
    while (i < layer->pending_count && !packet_facts(layer->pending[i])->keyframe_start) {
        i++;
    }
    return i;
}

/**
 * A slot goes over to this layer at its keyframe. When that packet was repaired, the rest of the
 * frame came before it and is taken from the cache.
 */
static void enter_at_keyframe(struct layer *layer, struct slot *slot, size_t keyframe)
{
    struct packet *packet = layer->pending[keyframe];
    const struct packet_facts *facts = packet_facts(packet);
    slot_take_next(slot, packet);
    if (!facts->late) {
        for (size_t i = keyframe; i < layer->pending_count; i++) {
            slot_forward(slot, layer->pending[i]);
        }
        return;
    }
    for (int64_t seq = facts->ext_seq; seq <= layer_passed(layer); seq++) {
        struct packet *kept = rtx_cache_find(layer->cache, seq, layer->context->now_us);
        if (kept != NULL) {
            slot_forward(slot, kept);
        }
    }
}

static void forward_pending(struct layer *layer, struct slot *slot)
{
    for (size_t i = 0; i < layer->pending_count; i++) {
        slot_forward(slot, layer->pending[i]);
    }
}

/** Slots that this layer feeds: all its packets to one, then to the next. */
static void forward_to_slots(struct layer *layer)
{
    LIST_FOR_EACH_SAFE(link, after, &layer->slots)
    {
        struct slot *slot = LIST_ENTRY(link, struct slot, feed_link);
        __builtin_prefetch(after);
        if (slot->life != layer->life) {
            slot_follow_restart(slot);
        }
        if (slot->feed == layer && slot->egress->connected) {
            forward_pending(layer, slot);
        }
    }
}

/** Slots that wait for this layer's keyframe. */
static void forward_to_waiting(struct layer *layer)
{
    if (list_empty(&layer->waiting)) {
        return;
    }
    size_t keyframe = find_keyframe(layer);
    if (keyframe == layer->pending_count) {
        return;
    }
    LIST_FOR_EACH_SAFE(link, after, &layer->waiting)
    {
        enter_at_keyframe(layer, LIST_ENTRY(link, struct slot, next_link), keyframe);
    }
    /* The need may have come after the keyframe, in the same loop turn: it is met all the same. */
    keyframe_request_received(&layer->keyframes);
}

void forward_layer(struct layer *layer)
{
    if (layer->media->kind == MEDIA_VIDEO) {
        frame_padding_plan(layer->pending, layer->pending_count);
    }
    /* In this order: whoever enters at a keyframe has had its packets, and a slot that follows a
     * restart waits. */
    forward_to_slots(layer);
    forward_to_waiting(layer);
    layer_clear_pending(layer);
}

void forward_all(struct room_context *context)
{
    while (!list_empty(&context->layers)) {
        forward_layer(LIST_ENTRY(context->layers.next, struct layer, pending_link));
    }
}

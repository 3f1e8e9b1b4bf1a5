#include "forward.h"

#include "base/list.h"
#include "frame_padding.h"
#include "keeping_need.h"
#include "slot.h"

enum {
    RECENT_US = 100000,  /**< a keyframe no older serves who asks for one, with what came since */
    PATIENCE_US = 60000, /**< the present feed may end its frame meanwhile */
    SLOT_LINES = 4,      /**< cache lines of a slot that every packet reads, behind its first */
    EGRESS_LINES = 2,    /**< of an egress */
    NUMBER_LINES = 3,    /**< of the numbers of a stream */
    STEPS = 5            /**< from one pointer to the next, until all of a receiver is there */
};

/** Receivers whose turn comes next, the nearest one first: each turn fetches a step more of each,
 * since what one step fetches tells where the next one is. */
struct ahead {
    struct list *link; /**< of the one behind them */
    struct slot *slots[STEPS];
};

/** A slot goes over to this layer at its newest keyframe, of which some may have gone by already.
 */
static void enter_at_keyframe(struct layer *layer, struct slot *slot)
{
    int64_t now_us = layer->context->now_us;
    struct packet *first = rtx_cache_find(layer->cache, layer->keyframe.first, now_us);
    /* A source that leaps on and on may leave its keyframe far behind in the cache. */
    if (first == NULL || layer_passed(layer) - layer->keyframe.first >= RTX_CACHE_VIDEO_SLOTS) {
        return;
    }
    egress_note_wait(slot->egress, first);
    slot_take_next(slot, first);
    for (int64_t seq = layer->keyframe.first; seq <= layer_passed(layer); seq++) {
        struct packet *packet = rtx_cache_find(layer->cache, seq, now_us);
        if (packet != NULL) {
            slot_forward(slot, packet);
        } else if (recv_stats_has(&layer->stats, seq)) {
            slot_close_up(slot, seq); /* padding */
        }
    }
}

/** Is it time for a slot to go over to this layer, whose keyframe comes or has come? */
static bool may_enter(const struct layer *layer, const struct slot *slot)
{
    const struct layer_keyframe *keyframe = &layer->keyframe;
    if (slot_knows(slot, layer, keyframe->first)) {
        return false;
    }
    if (slot_hurries(slot) && keyframe->state == LAYER_KEYFRAME_COMES) {
        return true;
    }
    int64_t since_us = layer->context->now_us - keyframe->ended_us;
    if (keyframe->state != LAYER_KEYFRAME_ENDED ||
        (slot->next_since_us > keyframe->ended_us && since_us > RECENT_US)) {
        return false; /* too much has come since, for one who wants it only now */
    }
    return slot_hurries(slot) || slot_is_between_frames(slot) || since_us >= PATIENCE_US;
}

static void forward_pending(struct layer *layer, struct slot *slot)
{
    for (size_t i = 0; i < layer->pending_count; i++) {
        slot_forward(slot, layer->pending[i]);
    }
}

static void prefetch_lines(const void *at, size_t lines)
{
    for (size_t i = 0; i < lines; i++) {
        __builtin_prefetch((const char *)at + i * 64);
    }
}

static void prefetch_slot(const struct slot *slot)
{
    prefetch_lines(&slot->temporal, SLOT_LINES);
    prefetch_lines(slot->rewrite, NUMBER_LINES);
    prefetch_lines(slot->egress, EGRESS_LINES);
    if (slot->vp8 != NULL) { /* a prefetch of NULL is slow: it walks the page table in vain */
        __builtin_prefetch(slot->vp8);
    } else {
        __builtin_prefetch(&slot->repair);
    }
}

void forward_prefetch(const struct layer *layer)
{
    if (!list_empty(&layer->slots)) {
        prefetch_slot(LIST_ENTRY(layer->slots.next, struct slot, feed_link));
    }
}

static inline void ahead_step(struct ahead *ahead, const struct list *head)
{
    struct slot **slots = ahead->slots;
    slots[0] = slots[1];
    slots[1] = slots[2];
    slots[2] = slots[3];
    slots[3] = slots[4];
    slots[4] = NULL;
    if (ahead->link != head) {
        slots[4] = LIST_ENTRY(ahead->link, struct slot, feed_link);
        ahead->link = ahead->link->next;
        __builtin_prefetch(ahead->link);
    }
    if (slots[3] != NULL) {
        prefetch_slot(slots[3]);
    }
    if (slots[2] != NULL) {
        transport_prefetch(slots[2]->egress->transport);
    }
    if (slots[1] != NULL) {
        transport_prefetch_keys(slots[1]->egress->transport);
    }
    if (slots[0] != NULL) {
        transport_prefetch_cipher(slots[0]->egress->transport);
    }
}

/** Behind the first one, who is not waited for. */
static void ahead_begin(struct ahead *ahead, const struct list *head)
{
    *ahead = (struct ahead){.link = head->next->next};
    for (int i = 1; i < STEPS && ahead->link != head; i++) {
        ahead_step(ahead, head);
    }
}

/** Slots that this layer feeds: all its packets to one, then to the next. */
static void forward_to_slots(struct layer *layer)
{
    struct ahead ahead;
    ahead_begin(&ahead, &layer->slots);
    LIST_FOR_EACH_SAFE(link, after, &layer->slots)
    {
        struct slot *slot = LIST_ENTRY(link, struct slot, feed_link);
        if (after != &layer->slots) {
            ahead_step(&ahead, &layer->slots);
        }
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
    if (layer->keyframe.state == LAYER_KEYFRAME_NONE) {
        return;
    }
    LIST_FOR_EACH_SAFE(link, after, &layer->waiting)
    {
        struct slot *slot = LIST_ENTRY(link, struct slot, next_link);
        if (may_enter(layer, slot)) {
            enter_at_keyframe(layer, slot);
        }
    }
    if (list_empty(&layer->waiting)) {
        /* The need may have come after the keyframe, in the same loop turn: it is met all the same.
         */
        keyframe_request_received(&layer->keyframes);
    }
}

/** Looks now and then how long what has gone on is to be kept. */
static void check_keeping(struct layer *layer)
{
    int64_t now_us = layer->context->now_us;
    if (layer->pending_count > 0) { /* none, when the codecs change */
        peak_note(&layer->keeping.turns, now_us - layer->pending[0]->arrival_us, now_us);
    }
    if (now_us >= layer->keeping.check_us) {
        struct keeping_need need;
        keeping_need_find(layer, now_us, &need);
        rtx_cache_let_go(layer->cache, keeping_update(&layer->keeping, &need, now_us));
    }
}

/** What is kept may be asked for: its slots remember where it went. */
static void follow_cache(struct layer *layer)
{
    uint32_t size = rtx_cache_size(layer->cache);
    if (size == layer->remembered) {
        return;
    }
    layer->remembered = size;
    LIST_FOR_EACH(link, &layer->slots)
    {
        slot_remember(LIST_ENTRY(link, struct slot, feed_link), size);
    }
}

void forward_layer(struct layer *layer)
{
    follow_cache(layer);
    if (layer->media->kind == MEDIA_VIDEO) {
        frame_padding_plan(layer->pending, layer->pending_count);
        check_keeping(layer);
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

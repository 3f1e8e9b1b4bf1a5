#include "send_queue.h"

struct waiting {
    struct pacer_item item;
    struct sending sending;
};

enum { PER_SLAB = 64 };

static struct waiting *waiting_of(struct pacer_item *item)
{
    return LIST_ENTRY(item, struct waiting, item);
}

static struct pacer_item *item_of(struct list *link)
{
    return LIST_ENTRY(link, struct pacer_item, link);
}

int send_queue_pool_new(struct pool **out)
{
    return pool_new(out, sizeof(struct waiting), PER_SLAB, SEND_QUEUE_POOL_MAX);
}

void send_queue_init(struct send_queue *queue, struct pool *memory)
{
    pacer_init(&queue->pacer);
    queue->memory = memory;
}

bool send_queue_push(struct send_queue *queue, struct pacer_flow *flow, enum allocator_class class,
                     const struct sending *sending, uint32_t bytes, int64_t now_us)
{
    if (queue->pacer.count == SEND_QUEUE_MAX) {
        return false;
    }
    struct waiting *waiting = pool_take(queue->memory);
    if (waiting == NULL) {
        return false;
    }
    waiting->sending = *sending;
    (void)packet_ref(sending->packet);
    pacer_push(&queue->pacer, flow, class, &waiting->item, bytes, sending->kind == SEND_RTX,
               now_us);
    return true;
}

/** Moves what was taken out of the pacer to the caller. */
static void hand_over(struct send_queue *queue, struct pacer_item *item, struct sending *out)
{
    struct waiting *waiting = waiting_of(item);
    *out = waiting->sending;
    pool_give(queue->memory, waiting);
}

bool send_queue_pop(struct send_queue *queue, int64_t now_us, struct sending *out)
{
    struct pacer_item *item = pacer_pop(&queue->pacer, now_us);
    if (item == NULL) {
        return false;
    }
    hand_over(queue, item, out);
    return true;
}

bool send_queue_take(struct send_queue *queue, struct pacer_flow *flow, struct sending *out)
{
    struct list *items = list_empty(&flow->repeats) ? &flow->firsts : &flow->repeats;
    if (list_empty(items)) {
        return false;
    }
    struct pacer_item *item = item_of(items->next);
    pacer_remove(&queue->pacer, item);
    hand_over(queue, item, out);
    return true;
}

void send_queue_forget(struct send_queue *queue, struct pacer_flow *flow)
{
    struct sending sending;
    while (send_queue_take(queue, flow, &sending)) {
        packet_unref(&sending.packet);
    }
}

/** The newest keyframe of a stream that waits, from its first packet on; the list's head when there
 * is none. */
static struct list *newest_keyframe(struct pacer_flow *flow)
{
    struct list *link = flow->firsts.prev;
    while (link != &flow->firsts &&
           !packet_facts(waiting_of(item_of(link))->sending.packet)->keyframe_start) {
        link = link->prev;
    }
    return link;
}

void send_queue_drop(struct send_queue *queue, struct pacer_flow *flow,
                     struct send_queue_dropped *out)
{
    struct list *end = newest_keyframe(flow);
    if (end == flow->firsts.next) {
        end = &flow->firsts; /* stale itself */
    }
    *out = (struct send_queue_dropped){.keyframe = end != &flow->firsts};
    if (out->keyframe) {
        out->restart = waiting_of(item_of(end))->sending.seq;
    }
    while (flow->firsts.next != end) {
        struct pacer_item *item = item_of(flow->firsts.next);
        struct sending sending;
        pacer_remove(&queue->pacer, item);
        hand_over(queue, item, &sending);
        out->packets++;
        out->octets += (uint32_t)sending_payload_bytes(&sending);
        packet_unref(&sending.packet);
    }
}

struct pacer_flow *send_queue_stale(const struct send_queue *queue, int64_t now_us)
{
    struct pacer_flow *flow = pacer_stale(&queue->pacer, now_us);
    if (flow == NULL && queue->pacer.count == SEND_QUEUE_MAX) {
        flow = pacer_stale(&queue->pacer, INT64_MAX);
    }
    return flow;
}

void send_queue_deinit(struct send_queue *queue)
{
    while (!list_empty(&queue->pacer.flows)) {
        send_queue_forget(queue, LIST_ENTRY(queue->pacer.flows.next, struct pacer_flow, link));
    }
}

#include "cc/pacer.h"

/** Debts that would take longer than this to pay are forgotten. */
static const int64_t forget_us = 1000000;

void pacer_init(struct pacer *pacer)
{
    *pacer = (struct pacer){.target_bps = UINT64_MAX};
    list_init(&pacer->flows);
}

void pacer_flow_init(struct pacer_flow *flow)
{
    list_init(&flow->link);
    list_init(&flow->repeats);
    list_init(&flow->firsts);
    flow->class = ALLOCATOR_SPARE;
    flow->patient_us = INT64_MIN;
}

static bool bounded(const struct pacer *pacer)
{
    return pacer->target_bps != UINT64_MAX;
}

/** What leaves in a second while packets wait. */
static uint64_t rate_bps(const struct pacer *pacer)
{
    return pacer->target_bps / 100 * (pacer->roomy ? PACER_ROOMY_PERCENT : PACER_RATE_PERCENT);
}

/** Debt up to which packets may leave. */
static int64_t burst(const struct pacer *pacer)
{
    return (int64_t)(pacer->target_bps * PACER_BURST_US);
}

/** Debt below which a packet may begin to leave. Where a whole one takes longer than a burst may,
 * the link never holds two: sound behind them would be late by both. */
static int64_t start_limit(const struct pacer *pacer)
{
    int64_t limit = burst(pacer);
    return limit >= INT64_C(8000000) * PACER_PACKET_BYTES ? limit : 1;
}

/** Lets time pay. */
static void update(struct pacer *pacer, int64_t now_us)
{
    int64_t elapsed_us = now_us - pacer->updated_us;
    if (elapsed_us <= 0) {
        return;
    }
    int64_t rate = (int64_t)rate_bps(pacer);
    int64_t most = burst(pacer) + rate * forget_us;
    int64_t debt = pacer->debt < most ? pacer->debt : most; /* sound alone may exceed the rate */
    int64_t paid = elapsed_us > forget_us ? debt : rate * elapsed_us;
    pacer->debt = paid < debt ? debt - paid : 0;
    pacer->updated_us = now_us;
}

void pacer_target(struct pacer *pacer, uint64_t target_bps, bool roomy, int64_t now_us)
{
    if (target_bps == pacer->target_bps && roomy == pacer->roomy) {
        return;
    }
    if (bounded(pacer)) {
        update(pacer, now_us);
    } else {
        pacer->debt = 0;
        pacer->updated_us = now_us;
    }
    pacer->target_bps = target_bps;
    pacer->roomy = roomy;
}

bool pacer_may_leave(struct pacer *pacer, int64_t now_us)
{
    if (!bounded(pacer)) {
        return true;
    }
    update(pacer, now_us);
    return pacer->debt < start_limit(pacer);
}

void pacer_push(struct pacer *pacer, struct pacer_flow *flow, enum allocator_class class,
                struct pacer_item *item, uint32_t bytes, bool repeat, int64_t now_us)
{
    int64_t age_us = now_us < flow->patient_us ? PACER_PATIENT_AGE_US : PACER_MAX_AGE_US;
    *item = (struct pacer_item){.flow = flow,
                                .queued_us = now_us,
                                .stale_us = now_us + age_us,
                                .bytes = bytes,
                                .repeat = repeat};
    flow->class = class;
    if (list_empty(&flow->repeats) && list_empty(&flow->firsts)) {
        list_append(&pacer->flows, &flow->link);
    }
    list_append(repeat ? &flow->repeats : &flow->firsts, &item->link);
    pacer->count++;
    pacer->bytes += bytes;
}

static struct pacer_item *head_of(const struct list *items)
{
    return list_empty(items) ? NULL : LIST_ENTRY(items->next, struct pacer_item, link);
}

/** Does `a` go before `b`? Both are the first of their flows; either may be NULL. */
static bool goes_before(const struct pacer_item *a, const struct pacer_item *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL;
    }
    if (a->repeat != b->repeat) {
        return a->repeat;
    }
    if (!a->repeat && a->flow->class != b->flow->class) {
        return a->flow->class < b->flow->class;
    }
    return a->queued_us < b->queued_us;
}

/** Whose turn it is; something waits. */
static struct pacer_item *next_item(const struct pacer *pacer)
{
    struct pacer_item *best = NULL;
    LIST_FOR_EACH(link, &pacer->flows)
    {
        const struct pacer_flow *flow = LIST_ENTRY(link, struct pacer_flow, link);
        struct pacer_item *repeat = head_of(&flow->repeats);
        struct pacer_item *item = repeat != NULL ? repeat : head_of(&flow->firsts);
        best = goes_before(item, best) ? item : best;
    }
    return best;
}

struct pacer_item *pacer_pop(struct pacer *pacer, int64_t now_us)
{
    if (pacer->count == 0 || !pacer_may_leave(pacer, now_us)) {
        return NULL;
    }
    struct pacer_item *item = next_item(pacer);
    pacer_remove(pacer, item);
    pacer->released_us = now_us;
    return item;
}

void pacer_remove(struct pacer *pacer, struct pacer_item *item)
{
    struct pacer_flow *flow = item->flow;
    list_remove(&item->link);
    pacer->count--;
    pacer->bytes -= item->bytes;
    if (list_empty(&flow->repeats) && list_empty(&flow->firsts)) {
        list_remove(&flow->link);
    }
}

struct pacer_flow *pacer_stale(const struct pacer *pacer, int64_t now_us)
{
    LIST_FOR_EACH(link, &pacer->flows)
    {
        struct pacer_flow *flow = LIST_ENTRY(link, struct pacer_flow, link);
        const struct pacer_item *oldest = head_of(&flow->firsts);
        if (oldest != NULL && now_us > oldest->stale_us) {
            return flow;
        }
    }
    return NULL;
}

int64_t pacer_next_deadline(const struct pacer *pacer)
{
    if (pacer->count == 0) {
        return INT64_MAX;
    }
    if (!bounded(pacer)) {
        return pacer->updated_us;
    }
    int64_t over = pacer->debt - start_limit(pacer);
    int64_t earned_us = pacer->updated_us;
    if (over >= 0) {
        earned_us += over / (int64_t)rate_bps(pacer) + 1;
    }
    int64_t tick_us = pacer->released_us + PACER_TICK_US;
    return earned_us > tick_us ? earned_us : tick_us;
}

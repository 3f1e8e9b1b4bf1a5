#include "load/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rand.h"

enum { DATAGRAMS_PER_SLAB = 16 };

struct link {
    struct link_config config;
    struct link_counts counts;
    int64_t free_us; /* when the bottleneck has sent all that is queued */
    int64_t last_arrival_us;
    int64_t stall_us; /* beginning and end of the next stall, or of the present one */
    int64_t stall_end_us;
    bool in_burst;
};

struct slab {
    struct slab *next;
    struct network_datagram datagrams[DATAGRAMS_PER_SLAB];
};

struct network {
    struct rand rand;
    struct link *links;
    size_t link_count;
    struct network_datagram **heap; /* earliest first */
    size_t heap_count;
    struct network_datagram **idle;
    size_t idle_count;
    size_t capacity; /* of heap and idle */
    struct slab *slabs;
    uint64_t order;
    void (*watch)(void *owner, const struct network_passage *passage);
    void *watch_owner;
};

static bool chance(struct network *network, double share)
{
    return share > 0 && rand_below(&network->rand, 1000000) < (uint32_t)(share * 1000000);
}

static bool before(const struct network_datagram *a, const struct network_datagram *b)
{
    return a->arrival_us != b->arrival_us ? a->arrival_us < b->arrival_us : a->order < b->order;
}

static void heap_push(struct network *network, struct network_datagram *datagram)
{
    size_t at = network->heap_count++;
    while (at > 0 && before(datagram, network->heap[(at - 1) / 2])) {
        network->heap[at] = network->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    network->heap[at] = datagram;
}

static struct network_datagram *heap_pop(struct network *network)
{
    struct network_datagram *top = network->heap[0];
    struct network_datagram *last = network->heap[--network->heap_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= network->heap_count) {
            break;
        }
        if (child + 1 < network->heap_count &&
            before(network->heap[child + 1], network->heap[child])) {
            child++;
        }
        if (!before(network->heap[child], last)) {
            break;
        }
        network->heap[at] = network->heap[child];
        at = child;
    }
    network->heap[at] = last;
    return top;
}

/** More room for datagrams under way. @return 0 or ERR_NO_MEMORY */
static int grow(struct network *network)
{
    size_t capacity = network->capacity + DATAGRAMS_PER_SLAB;
    struct network_datagram **heap = realloc(network->heap, capacity * sizeof(void *));
    if (heap == NULL) {
        return ERR_NO_MEMORY;
    }
    network->heap = heap;
    struct network_datagram **idle = realloc(network->idle, capacity * sizeof(void *));
    if (idle == NULL) {
        return ERR_NO_MEMORY;
    }
    network->idle = idle;
    struct slab *slab = malloc(sizeof(*slab));
    if (slab == NULL) {
        return ERR_NO_MEMORY;
    }
    slab->next = network->slabs;
    network->slabs = slab;
    network->capacity = capacity;
    for (size_t i = 0; i < DATAGRAMS_PER_SLAB; i++) {
        network->idle[network->idle_count++] = &slab->datagrams[i];
    }
    return 0;
}

int network_new(struct network **out, uint64_t seed)
{
    struct network *network = calloc(1, sizeof(*network));
    if (network == NULL) {
        return ERR_NO_MEMORY;
    }
    rand_init(&network->rand, seed);
    *out = network;
    return 0;
}

int network_add_link(struct network *network, const struct link_config *config, size_t *link)
{
    struct link *links = realloc(network->links, (network->link_count + 1) * sizeof(*links));
    if (links == NULL) {
        return ERR_NO_MEMORY;
    }
    network->links = links;
    links[network->link_count] = (struct link){.config = *config};
    *link = network->link_count++;
    return 0;
}

void network_set_link(struct network *network, size_t link, const struct link_config *config)
{
    network->links[link].config = *config;
}

const struct link_config *network_link(const struct network *network, size_t link)
{
    return &network->links[link].config;
}

void network_set_watch(struct network *network,
                       void (*watch)(void *owner, const struct network_passage *passage),
                       void *owner)
{
    network->watch = watch;
    network->watch_owner = owner;
}

const struct link_counts *network_counts(const struct network *network, size_t link)
{
    return &network->links[link].counts;
}

static bool is_lost(struct network *network, struct link *link)
{
    if (link->config.burst_leave > 0) {
        link->in_burst = link->in_burst ? !chance(network, link->config.burst_leave)
                                        : chance(network, link->config.burst_enter);
    } else {
        link->in_burst = false;
    }
    return link->in_burst || chance(network, link->config.loss);
}

static bool has_bottleneck(const struct link_config *config)
{
    return config->rate_bps != 0 || config->schedule_count != 0;
}

/** Rate at a time; *until_us is when it changes. */
static uint64_t rate_at(const struct link_config *config, int64_t at_us, int64_t *until_us)
{
    uint64_t rate_bps = config->rate_bps;
    size_t i = 0;
    while (i < config->schedule_count && config->schedule[i].at_us <= at_us) {
        rate_bps = config->schedule[i++].rate_bps;
    }
    *until_us = i < config->schedule_count ? config->schedule[i].at_us : INT64_MAX;
    return rate_bps;
}

/** The rate that measures the queue: in an outage, the one before it. */
static uint64_t nominal_rate(const struct link_config *config, int64_t at_us)
{
    uint64_t rate_bps = config->rate_bps;
    for (size_t i = 0; i < config->schedule_count && config->schedule[i].at_us <= at_us; i++) {
        if (config->schedule[i].rate_bps != 0) {
            rate_bps = config->schedule[i].rate_bps;
        }
    }
    return rate_bps;
}

/** When so many bits are through that begin at from_us; INT64_MAX = never. */
static int64_t serve(const struct link_config *config, int64_t from_us, double bits)
{
    for (;;) {
        int64_t until_us;
        double rate = (double)rate_at(config, from_us, &until_us);
        if (rate > 0) {
            double need_us = bits * 1e6 / rate;
            if (until_us == INT64_MAX || need_us <= (double)(until_us - from_us)) {
                return from_us + (int64_t)need_us;
            }
            bits -= rate * (double)(until_us - from_us) / 1e6;
        } else if (until_us == INT64_MAX) {
            return INT64_MAX;
        }
        from_us = until_us;
    }
}

/** Bits that go through between two times. */
static double carried(const struct link_config *config, int64_t from_us, int64_t to_us)
{
    double bits = 0;
    while (from_us < to_us) {
        int64_t until_us;
        double rate = (double)rate_at(config, from_us, &until_us);
        until_us = until_us < to_us ? until_us : to_us;
        bits += rate * (double)(until_us - from_us) / 1e6;
        from_us = until_us;
    }
    return bits;
}

/**
 * Waits for its turn at the bottleneck.
 *
 * @param queue_us out: how long the wait is
 * @return when it is through, or -1 when the queue is full
 */
static int64_t pass_bottleneck(struct link *link, size_t len, int64_t now_us, int64_t *queue_us)
{
    const struct link_config *config = &link->config;
    *queue_us = 0;
    if (!has_bottleneck(config)) {
        return now_us;
    }
    int64_t from_us = link->free_us > now_us ? link->free_us : now_us;
    double queued_bytes = carried(config, now_us, from_us) / 8;
    double room_bytes = config->queue_us > 0
                            ? (double)nominal_rate(config, now_us) * (double)config->queue_us / 8e6
                            : (double)config->queue_bytes;
    *queue_us = from_us - now_us;
    if (queued_bytes + (double)len > room_bytes) {
        return -1;
    }
    int64_t through_us = serve(config, from_us, (double)len * 8);
    if (through_us == INT64_MAX) {
        return -1;
    }
    link->free_us = through_us;
    return through_us;
}

/** Draws the next stall, so that stalls fill their share of the time. */
static void plan_stall(struct network *network, struct link *link, int64_t after_us)
{
    const struct link_config *config = &link->config;
    int64_t spread_us = config->stall_max_us - config->stall_min_us + 1;
    double mean_us = (double)(config->stall_min_us + config->stall_max_us) / 2;
    double gap_us = mean_us * (1 - config->stall) / config->stall;
    link->stall_us =
        after_us + (int64_t)(gap_us / 2) + rand_below(&network->rand, (uint32_t)gap_us + 1);
    link->stall_end_us =
        link->stall_us + config->stall_min_us + rand_below(&network->rand, (uint32_t)spread_us);
}

/** A datagram that comes out in a stall comes out at its end. */
static int64_t wait_for_stall(struct network *network, struct link *link, int64_t at_us)
{
    if (link->config.stall <= 0) {
        return at_us;
    }
    while (at_us >= link->stall_end_us) {
        int64_t after_us = link->stall_end_us == 0 ? at_us : link->stall_end_us;
        plan_stall(network, link, after_us);
    }
    return at_us < link->stall_us ? at_us : link->stall_end_us;
}

static void deliver_at(struct network *network, const struct network_datagram *what,
                       const uint8_t *data, int64_t arrival_us)
{
    if (network->idle_count == 0 && grow(network) != 0) {
        return;
    }
    struct network_datagram *datagram = network->idle[--network->idle_count];
    datagram->arrival_us = arrival_us;
    datagram->order = network->order++;
    datagram->link = what->link;
    datagram->from = what->from;
    datagram->to = what->to;
    datagram->len = what->len;
    memcpy(datagram->data, data, what->len);
    heap_push(network, datagram);
}

/** Delay, stalls, jitter, reordering. @return when it arrives */
static int64_t travel(struct network *network, struct link *link, int64_t through_us)
{
    int64_t arrival_us = wait_for_stall(network, link, through_us) + link->config.delay_us;
    if (link->config.jitter_us > 0) {
        arrival_us += rand_below(&network->rand, (uint32_t)link->config.jitter_us);
    }
    if (arrival_us < link->last_arrival_us) {
        arrival_us = link->last_arrival_us;
    }
    link->last_arrival_us = arrival_us;
    if (chance(network, link->config.reorder)) {
        arrival_us += link->config.reorder_us; /* the ones behind overtake it */
    }
    return arrival_us;
}

/** Loss and the bottleneck. @return when it is through, for PASSED */
static int64_t enter(struct network *network, struct link *link, struct network_passage *passage)
{
    if (passage->len > NETWORK_MAX_DATAGRAM + NETWORK_OVERHEAD_BYTES || is_lost(network, link)) {
        passage->fate = NETWORK_LOST;
        link->counts.lost++;
        return -1;
    }
    size_t through = link->config.through;
    struct link *bottleneck = through > 0 ? &network->links[through - 1] : link;
    int64_t through_us =
        pass_bottleneck(bottleneck, passage->len, passage->sent_us, &passage->queue_us);
    if (through_us < 0) {
        passage->fate = NETWORK_QUEUE_FULL;
        link->counts.queue_full++;
    }
    return through_us;
}

static void tell(const struct network *network, const struct network_passage *passage)
{
    if (network->watch != NULL) {
        network->watch(network->watch_owner, passage);
    }
}

void network_send(struct network *network, size_t link_number, const struct addr *from,
                  const struct addr *to, const uint8_t *data, size_t len, int64_t now_us)
{
    struct link *link = &network->links[link_number];
    struct network_passage passage = {
        .fate = NETWORK_PASSED,
        .link = link_number,
        .len = len + NETWORK_OVERHEAD_BYTES,
        .sent_us = now_us,
    };
    link->counts.sent++;
    int64_t through_us = enter(network, link, &passage);
    if (passage.fate != NETWORK_PASSED) {
        tell(network, &passage);
        return;
    }
    passage.arrival_us = travel(network, link, through_us);
    tell(network, &passage);
    struct network_datagram what;
    what.link = link_number;
    what.from = *from;
    what.to = *to;
    what.len = len;
    deliver_at(network, &what, data, passage.arrival_us);
    if (chance(network, link->config.duplicate)) {
        link->counts.duplicated++;
        deliver_at(network, &what, data, passage.arrival_us + rand_below(&network->rand, 20000));
    }
}

uint64_t network_rate_bps(const struct network *network, size_t link_number, int64_t at_us)
{
    size_t through = network->links[link_number].config.through;
    const struct link_config *config =
        &network->links[through > 0 ? through - 1 : link_number].config;
    int64_t until_us;
    return has_bottleneck(config) ? rate_at(config, at_us, &until_us) : UINT64_MAX;
}

int64_t network_next_arrival(const struct network *network)
{
    return network->heap_count == 0 ? INT64_MAX : network->heap[0]->arrival_us;
}

struct network_datagram *network_take(struct network *network, int64_t now_us)
{
    return network_next_arrival(network) <= now_us ? heap_pop(network) : NULL;
}

void network_give_back(struct network *network, struct network_datagram *datagram)
{
    network->idle[network->idle_count++] = datagram;
}

void network_free(struct network **network)
{
    struct network *gone = *network;
    if (gone == NULL) {
        return;
    }
    while (gone->slabs != NULL) {
        struct slab *slab = gone->slabs;
        gone->slabs = slab->next;
        free(slab);
    }
    free(gone->links);
    free(gone->heap);
    free(gone->idle);
    free(gone);
    *network = NULL;
}

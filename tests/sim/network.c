#include "sim/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rand.h"

enum { DATAGRAMS_PER_SLAB = 64 };

struct link {
    struct link_config config;
    struct link_counts counts;
    int64_t free_us; /* when the bottleneck has sent all that is queued */
    int64_t last_arrival_us;
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
    struct network_datagram **heap = realloc(network->heap, capacity * sizeof(*heap));
    if (heap == NULL) {
        return ERR_NO_MEMORY;
    }
    network->heap = heap;
    struct network_datagram **idle = realloc(network->idle, capacity * sizeof(*idle));
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

/** Waits for its turn at the bottleneck. @return when it is through, or -1 when the queue is full
 */
static int64_t pass_bottleneck(struct link *link, size_t len, int64_t now_us)
{
    if (link->config.rate_bps == 0) {
        return now_us;
    }
    int64_t from_us = link->free_us > now_us ? link->free_us : now_us;
    double queued_bytes = (double)(from_us - now_us) * (double)link->config.rate_bps / 8e6;
    if (queued_bytes + (double)len > (double)link->config.queue_bytes) {
        return -1;
    }
    link->free_us = from_us + (int64_t)((double)len * 8e6 / (double)link->config.rate_bps);
    return link->free_us;
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

void network_send(struct network *network, size_t link_number, const struct addr *from,
                  const struct addr *to, const uint8_t *data, size_t len, int64_t now_us)
{
    struct link *link = &network->links[link_number];
    link->counts.sent++;
    if (len > NETWORK_MAX_DATAGRAM || is_lost(network, link)) {
        link->counts.lost++;
        return;
    }
    int64_t through_us = pass_bottleneck(link, len, now_us);
    if (through_us < 0) {
        link->counts.queue_full++;
        return;
    }
    int64_t arrival_us = through_us + link->config.delay_us;
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
    struct network_datagram what;
    what.link = link_number;
    what.from = *from;
    what.to = *to;
    what.len = len;
    deliver_at(network, &what, data, arrival_us);
    if (chance(network, link->config.duplicate)) {
        link->counts.duplicated++;
        deliver_at(network, &what, data, arrival_us + rand_below(&network->rand, 20000));
    }
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

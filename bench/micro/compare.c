#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cpu_clock.h"
#include "publisher.h"

enum {
    ROUND_NS = 40 * 1000 * 1000, /**< CPU time of one side in one round, about */
    WARM_CHUNKS = 20,
    CHECKED_CHUNKS = 3,
    START_US = 1000000,
    MAX_ARRIVALS = CHUNK_DATAGRAMS
};

/** One forwarder with publishers of its own, which make the same packets for each side. */
struct side {
    const struct forwarder *forwarder;
    void *state;
    const struct workload *workload;
    struct publisher **publishers; /**< by room */
    struct audience **audiences;   /**< by room, while it is checked */
    int64_t *watched_from;         /**< by room: first packet that the audience is to see */
    struct datagram *datagrams;    /**< CHUNK_DATAGRAMS */
    int64_t now_us;
    size_t next_room;
};

static void side_close(struct side *side)
{
    if (side->state != NULL) {
        side->forwarder->close(side->state);
    }
    for (size_t i = 0; i < side->workload->rooms; i++) {
        if (side->audiences != NULL) {
            audience_free(&side->audiences[i]);
        }
        if (side->publishers != NULL) {
            publisher_free(&side->publishers[i]);
        }
    }
    free(side->publishers);
    free(side->audiences);
    free(side->watched_from);
    free(side->datagrams);
}

static int make_publishers(struct side *side)
{
    const struct workload *workload = side->workload;
    int err = 0;
    for (size_t i = 0; i < workload->rooms && err == 0; i++) {
        uint8_t key[AUDIENCE_KEY_BYTES];
        forwarder_publisher_key(i, key);
        const struct publisher_config config = {.video = workload->video,
                                                .burst = workload->burst,
                                                .ssrc = PUBLISHER_SSRC + (uint32_t)i,
                                                .packet_bytes = workload->packet_bytes,
                                                .shorter = workload->shorter,
                                                .profile = workload->profile,
                                                .key = key};
        err = publisher_new(&side->publishers[i], &config);
    }
    return err;
}

static int side_open(struct side *side, const struct forwarder *forwarder,
                     const struct workload *workload, const struct sink *sink)
{
    *side = (struct side){.forwarder = forwarder, .workload = workload, .now_us = START_US};
    side->publishers = calloc(workload->rooms, sizeof(struct publisher *));
    side->audiences = calloc(workload->rooms, sizeof(struct audience *));
    side->watched_from = calloc(workload->rooms, sizeof(int64_t));
    side->datagrams = aligned_alloc(64, CHUNK_DATAGRAMS * sizeof(side->datagrams[0]));
    if (side->publishers == NULL || side->audiences == NULL || side->watched_from == NULL ||
        side->datagrams == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = make_publishers(side);
    const struct forwarder_setup setup = {
        .workload = workload, .sink = sink, .publishers = side->publishers, .now_us = side->now_us};
    return err == 0 ? forwarder->open(&side->state, &setup) : err;
}

/** Publishes and forwards one chunk. @return CPU ns of the forwarding, negative on error */
static int64_t side_chunk(struct side *side)
{
    struct arrival arrivals[MAX_ARRIVALS];
    size_t bursts = CHUNK_DATAGRAMS / side->workload->burst;
    for (size_t i = 0; i < bursts; i++) {
        struct publisher *publisher = side->publishers[side->next_room];
        arrivals[i] = (struct arrival){.datagrams = side->datagrams + i * side->workload->burst,
                                       .count = side->workload->burst,
                                       .room = side->next_room,
                                       .now_us = side->now_us};
        if (publisher_burst(publisher, side->now_us, arrivals[i].datagrams) != 0) {
            return -1;
        }
        side->now_us += publisher_interval_us(publisher) / (int64_t)side->workload->rooms;
        side->next_room = (side->next_room + 1) % side->workload->rooms;
    }
    if (side->forwarder->load(side->state, arrivals, bursts) != 0) {
        return -1;
    }
    int64_t start = cpu_clock_ns();
    side->forwarder->run(side->state);
    return cpu_clock_ns() - start;
}

/** Forwards some chunks while the receivers decrypt and look at everything. */
static int side_check(struct side *side)
{
    const struct workload *workload = side->workload;
    int err = 0;
    for (size_t i = 0; i < workload->rooms && err == 0; i++) {
        side->watched_from[i] = publisher_count(side->publishers[i]);
        err = audience_new(&side->audiences[i], workload->receivers, workload->profile,
                           side->publishers[i]);
    }
    if (err != 0) {
        return err;
    }
    side->forwarder->watch(side->state, side->audiences);
    size_t chunks = CHECKED_CHUNKS + workload->rooms * workload->burst / CHUNK_DATAGRAMS;
    for (size_t i = 0; i < chunks && err == 0; i++) {
        err = side_chunk(side) < 0 ? ERR_INVALID : 0;
    }
    side->forwarder->watch(side->state, NULL);
    for (size_t i = 0; i < workload->rooms; i++) {
        int64_t from = side->watched_from[i];
        if (err == 0) {
            err = audience_verify(side->audiences[i], side->forwarder->name, from,
                                  publisher_count(side->publishers[i]) - from);
        }
        audience_free(&side->audiences[i]);
    }
    return err;
}

/** @return CPU ns per forwarded packet over some chunks, negative on error */
static double side_measure(struct side *side, size_t chunks)
{
    int64_t spent = 0;
    for (size_t i = 0; i < chunks; i++) {
        int64_t chunk = side_chunk(side);
        if (chunk < 0) {
            return -1;
        }
        spent += chunk;
    }
    const struct workload *workload = side->workload;
    size_t published = chunks * (CHUNK_DATAGRAMS / workload->burst) * workload->burst;
    return (double)spent / (double)(published * workload->receivers);
}

/** Chunks that make a round about as long as it should be. */
static size_t chunks_of_round(struct side *side)
{
    int64_t spent = 0;
    for (size_t i = 0; i < WARM_CHUNKS; i++) {
        int64_t chunk = side_chunk(side);
        spent += chunk > 0 ? chunk : 0;
    }
    size_t chunks = (size_t)(ROUND_NS * (int64_t)WARM_CHUNKS / (spent + 1));
    return chunks < 2 ? 2 : chunks;
}

void comparison_of(struct comparison *out, double *ideal_ns, double *tandem_ns, size_t rounds)
{
    double ratios[COMPARE_MAX_ROUNDS];
    for (size_t i = 0; i < rounds; i++) {
        ratios[i] = tandem_ns[i] / ideal_ns[i];
    }
    out->ideal_ns = cpu_clock_median(ideal_ns, rounds);
    out->tandem_ns = cpu_clock_median(tandem_ns, rounds);
    out->ratio = cpu_clock_median(ratios, rounds);
    out->ratio_low = ratios[0];
    out->ratio_high = ratios[rounds - 1];
}

static int measure(struct side *ideal, struct side *tandem, size_t rounds, struct comparison *out)
{
    double ideal_ns[COMPARE_MAX_ROUNDS];
    double tandem_ns[COMPARE_MAX_ROUNDS];
    size_t chunks = chunks_of_round(ideal);
    (void)chunks_of_round(tandem);
    for (size_t i = 0; i < rounds; i++) {
        bool ideal_first = i % 2 == 0; /* who goes second may find the processor warmer */
        if (ideal_first) {
            ideal_ns[i] = side_measure(ideal, chunks);
        }
        tandem_ns[i] = side_measure(tandem, chunks);
        if (!ideal_first) {
            ideal_ns[i] = side_measure(ideal, chunks);
        }
        if (ideal_ns[i] <= 0 || tandem_ns[i] <= 0) {
            return ERR_INVALID;
        }
    }
    comparison_of(out, ideal_ns, tandem_ns, rounds);
    return 0;
}

static int check_lost(const struct side *side)
{
    uint64_t lost = side->forwarder->lost(side->state);
    if (lost > 0) {
        (void)fprintf(stderr, "%s: %llu datagrams were lost\n", side->forwarder->name,
                      (unsigned long long)lost);
    }
    return lost > 0 ? ERR_INVALID : 0;
}

int compare(const struct workload *workload, const struct sink *sink, size_t rounds,
            struct comparison *out)
{
    struct side ideal;
    struct side tandem;
    int err = side_open(&ideal, &forwarder_ideal, workload, sink);
    int err_tandem = side_open(&tandem, &forwarder_tandem, workload, sink);
    err = err == 0 ? err_tandem : err;
    if (err == 0) {
        err = side_check(&ideal);
    }
    if (err == 0) {
        err = side_check(&tandem);
    }
    if (err == 0) {
        err = measure(&ideal, &tandem, rounds, out);
    }
    /* and once more at the end: nothing may have stopped half-way */
    if (err == 0) {
        err = side_check(&tandem);
    }
    if (err == 0) {
        err = check_lost(&ideal);
    }
    if (err == 0) {
        err = check_lost(&tandem);
    }
    side_close(&ideal);
    side_close(&tandem);
    return err;
}

/**
 * Packets that left together, compared with those before: how much longer or shorter the way took
 * (QUALITY.md 1.2.1; the inter-arrival filter of draft-ietf-rmcat-gcc-02 5.2).
 */
#ifndef CC_ARRIVAL_GROUP_H
#define CC_ARRIVAL_GROUP_H

#include <stdbool.h>
#include <stdint.h>

/** Packets sent within 5 ms, or that arrived in one burst. */
struct packet_group {
    int64_t first_sent_us;
    int64_t last_sent_us;
    int64_t first_arrival_us;
    int64_t last_arrival_us;
    int64_t told_us; /**< our time of the feedback about its last packet */
    bool known;
};

struct arrival_group {
    struct packet_group present;
    struct packet_group previous;
    uint8_t reordered; /**< groups in a row that arrived before the one before them */
};

/** Between the last two whole groups. */
struct arrival_delta {
    int64_t sent_us;
    int64_t arrived_us;
    int64_t at_us; /**< arrival of the later one, receiver's clock */
};

void arrival_group_init(struct arrival_group *group);

/**
 * A packet was received; in order of arrival.
 *
 * @param now_us our time of the feedback
 * @return true when a group is whole and out is filled in
 */
bool arrival_group_add(struct arrival_group *group, int64_t sent_us, int64_t arrival_us,
                       int64_t now_us, struct arrival_delta *out);

#endif

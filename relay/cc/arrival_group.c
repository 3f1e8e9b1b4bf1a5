#include "arrival_group.h"

enum {
    GROUP_US = 5000,
    BURST_GAP_US = 5000,
    BURST_US = 100000,
    CLOCK_JUMP_US = 3000000,
    MAX_REORDERED = 3
};

void arrival_group_init(struct arrival_group *group)
{
    *group = (struct arrival_group){0};
}

/** True when a packet arrived in the wake of the group: a link that sleeps between bursts. */
static bool is_burst(const struct packet_group *group, int64_t sent_us, int64_t arrival_us)
{
    int64_t sent_delta_us = sent_us - group->last_sent_us;
    if (sent_delta_us == 0) {
        return true;
    }
    int64_t arrival_delta_us = arrival_us - group->last_arrival_us;
    return arrival_delta_us - sent_delta_us < 0 && arrival_delta_us <= BURST_GAP_US &&
           arrival_us - group->first_arrival_us < BURST_US;
}

/** What lies between the two whole groups. @return false when they are not comparable */
static bool compare(struct arrival_group *group, struct arrival_delta *out)
{
    const struct packet_group *present = &group->present;
    const struct packet_group *previous = &group->previous;
    out->sent_us = present->last_sent_us - previous->last_sent_us;
    out->arrived_us = present->last_arrival_us - previous->last_arrival_us;
    out->at_us = present->last_arrival_us;
    int64_t told_delta_us = present->told_us - previous->told_us;
    if (out->arrived_us - told_delta_us >= CLOCK_JUMP_US) {
        arrival_group_init(group);
        return false;
    }
    if (out->arrived_us < 0) {
        if (++group->reordered >= MAX_REORDERED) {
            arrival_group_init(group);
        }
        return false;
    }
    group->reordered = 0;
    return true;
}

bool arrival_group_add(struct arrival_group *group, int64_t sent_us, int64_t arrival_us,
                       int64_t now_us, struct arrival_delta *out)
{
    bool whole = false;
    struct packet_group *present = &group->present;
    if (present->known && sent_us < present->first_sent_us) {
        return false;
    }
    if (present->known &&
        (sent_us - present->first_sent_us <= GROUP_US || is_burst(present, sent_us, arrival_us))) {
        if (sent_us > present->last_sent_us) {
            present->last_sent_us = sent_us;
        }
        if (arrival_us > present->last_arrival_us) {
            present->last_arrival_us = arrival_us;
        }
        present->told_us = now_us;
        return false;
    }
    if (present->known) {
        whole = group->previous.known && compare(group, out);
        group->previous = *present;
    }
    group->present = (struct packet_group){.first_sent_us = sent_us,
                                           .last_sent_us = sent_us,
                                           .first_arrival_us = arrival_us,
                                           .last_arrival_us = arrival_us,
                                           .told_us = now_us,
                                           .known = true};
    return whole;
}

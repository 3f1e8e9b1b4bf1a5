/**
 * What a client says of what it hears and sees (`stats`, API.md 2): believed within bounds, for a
 * while, and only about itself.
 */
#ifndef SIGNAL_CLIENT_STATS_H
#define SIGNAL_CLIENT_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

enum { CLIENT_STATS_FRESH_US = 15000000 /**< a client's word counts for so long */ };

/** Since it said so last. */
struct client_stats {
    bool told;
    int64_t told_us;
    uint32_t jitter_buffer_ms;
    double concealed; /**< share of the samples played, 0..1; negative = nothing was played */
    uint32_t freezes;
    uint32_t freeze_ms;
};

/** Reads a `stats` message. @return false when it is not as it should be; stats stay then */
bool client_stats_read(struct client_stats *stats, const json_t *message, int64_t now_us);

#endif

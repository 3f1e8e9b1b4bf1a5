/**
 * The `quality` message (API.md 2): how the call sounds, each way between a participant and the
 * relay, from what the worker measures and what the client says of itself.
 *
 *     {"type": "quality", "version": "G.107.2/opus-1", "rtt_ms": 40,
 *      "receive": {"mos": 4.3, "r": 134.1, "loss": 0.01, "residual": 0.001, "jitter_ms": 5,
 *                  "available_bps": 2500000, "freezes": 0, "freeze_ms": 0},
 *      "send": {"mos": 4.4, "r": 137.8, "loss": 0, "residual": 0, "jitter_ms": 3}}
 *
 * `receive` is what comes to the participant, `send` what it sends. loss is the share of packets
 * lost under way, residual the share of speech that no repair brought back; mos and r are for one
 * leg, as if the rest of the way were perfect. What is not known is left out.
 */
#ifndef SIGNAL_QUALITY_MESSAGE_H
#define SIGNAL_QUALITY_MESSAGE_H

#include <stdint.h>

#include <jansson.h>

#include "client_stats.h"
#include "room/event.h"

/** @return a new reference, NULL without memory */
json_t *quality_message(const struct event_report *report, const struct client_stats *stats,
                        int64_t now_us);

#endif

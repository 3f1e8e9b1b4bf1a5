/**
 * A call (support/call.h) with one room whose sound is mixed: real Opus goes in, what the listeners
 * are sent can be read.
 */
#ifndef TESTS_SUPPORT_MIXED_CALL_H
#define TESTS_SUPPORT_MIXED_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/audio_bridge.h"
#include "support/call.h"
#include "support/opus_source.h"

struct mixed_call {
    struct call call;
    struct audio_bridge *bridge;
    struct opus_source speech;
    uint16_t seq; /**< of everybody's packets */
};

/** @return 0 or an error of what it makes; mixed_call_deinit in any case */
int mixed_call_init(struct mixed_call *mixed, struct audio_bridge_options options);

/** One with a single slot "a", who wants the mix in it. @return false without memory */
bool mixed_call_join(struct mixed_call *mixed, uint32_t number, bool sends);

/** 20 ms of one talker: the payload, or speech. */
void mixed_call_say(struct mixed_call *mixed, uint32_t number, int level, const uint8_t *payload,
                    size_t bytes);

/** The same, of another track or at another time. @param mid of the track */
void mixed_call_send(struct mixed_call *mixed, uint32_t number, const char *mid, uint32_t timestamp,
                     int level, const uint8_t *payload, size_t bytes);

/** 20 ms pass. */
void mixed_call_pass(struct mixed_call *mixed);

void mixed_call_deinit(struct mixed_call *mixed);

#endif

/**
 * What clients say on the events WebSocket (API.md 2): pins, views, mutes, messages to others,
 * hands, numbers of their own.
 */
#ifndef SIGNAL_WISHES_H
#define SIGNAL_WISHES_H

#include <stddef.h>
#include <stdint.h>

#include "events.h"

enum {
    EVENTS_MAX_PAYLOAD_BYTES = 4096,     /**< of chat, hand and data, as JSON text */
    EVENTS_MAX_MESSAGES_PER_SECOND = 100 /**< from one participant; more close the socket */
};

/** A message of the client; what is wrong with it is answered by `error`. */
void wishes_receive(struct events *events, struct directory_participant *participant,
                    const char *text, size_t len, int64_t now_us);

#endif

/**
 * When to ask a source layer for a keyframe (PLI, RFC 4585 6.3.1), whoever of its receivers needs
 * one.
 *
 * All needs are merged: one request in flight, at least 500 ms between two, 4 per 10 s; unanswered
 * ones are repeated, from the third on with back-off to 4 s (QUALITY.md 1.11, SECURITY.md 2).
 * `keyframe_limit` bounds what one receiver may cause: 3 per 10 s.
 */
#ifndef MEDIA_KEYFRAME_REQUEST_H
#define MEDIA_KEYFRAME_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/token_bucket.h"

enum { KEYFRAME_SPACING_US = 500000, KEYFRAME_BACK_OFF_MAX_US = 4000000 };

enum keyframe_state {
    KEYFRAME_IDLE,   /**< nobody waits */
    KEYFRAME_WANTED, /**< somebody waits, the request may not go out yet */
    KEYFRAME_ASKED   /**< in flight */
};

struct keyframe_request {
    enum keyframe_state state;
    int64_t due_us;   /**< WANTED: when to ask; ASKED: when to ask again; IDLE: INT64_MAX */
    int64_t asked_us; /**< last request, INT64_MIN = never */
    int64_t wait_us;  /**< present back-off */
    uint32_t tries;   /**< requests for the present need */
    int64_t rtt_us;
    struct token_bucket bucket;
};

struct keyframe_limit {
    struct token_bucket bucket;
};

const char *keyframe_state_name(enum keyframe_state state);

void keyframe_request_init(struct keyframe_request *request);

/** RTT to the source, for the time an answer takes. */
void keyframe_request_rtt(struct keyframe_request *request, int64_t rtt_us);

/** A receiver needs a keyframe. Idempotent while one is wanted or in flight. */
void keyframe_request_want(struct keyframe_request *request, int64_t now_us);

/** A keyframe's first packet came: all needs are met. */
void keyframe_request_received(struct keyframe_request *request);

/** Nobody waits any more (feed left, layer not needed). */
void keyframe_request_cancel(struct keyframe_request *request);

/** True when a request is to be sent now; counts it as sent. Call after _want and at the deadline.
 */
bool keyframe_request_poll(struct keyframe_request *request, int64_t now_us);

/** INT64_MAX = none. */
int64_t keyframe_request_next_deadline(const struct keyframe_request *request);

void keyframe_limit_init(struct keyframe_limit *limit);

/** May this receiver's PLI or FIR count as a need? False: ignore it. */
bool keyframe_limit_take(struct keyframe_limit *limit, int64_t now_us);

/** When the next need can count: now_us or later. */
int64_t keyframe_limit_next(const struct keyframe_limit *limit, int64_t now_us);

#endif

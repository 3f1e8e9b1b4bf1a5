/**
 * Decodes and scores what sampled callers got, on a thread of its own, at its own pace.
 *
 * What comes is kept in windows of ten seconds; a window that is full is handed to the thread.
 * Memory is bounded: when more windows wait than the thread can take, new ones are left out. Of
 * pictures, clips of two seconds are watched.
 */
#ifndef LOAD_LISTENING_DESK_H
#define LOAD_LISTENING_DESK_H

#include "load/caller.h"
#include "load/content.h"
#include "load/endpoint.h"
#include "load/tally.h"

struct listening_desk;

enum {
    LISTENING_DESK_WAITING = 96,          /**< windows and clips */
    LISTENING_DESK_PATIENCE_US = 30000000 /**< of listening_desk_score, in all; then the window or
                                             clip that is worked on is ended (some 20 ms) */
};

/**
 * @param content borrowed
 * @param echo    the server is to send callers their own voice: that is not wrong
 * @return 0, ERR_NO_MEMORY or ERR_IO (no thread)
 */
int listening_desk_new(struct listening_desk **out, struct content *content, bool echo);

/**
 * A place at the desk for one caller: what its endpoints are to be tapped with. Who is not sampled
 * (config.listens) only tells what it says, for those who listen in its room. NULL without memory.
 */
const struct endpoint_tap *listening_desk_seat(struct listening_desk *desk,
                                               const struct caller_config *caller);

/** The caller of this place has gone or failed: nobody is to hear it any more. The tap stays. */
void listening_desk_leave(struct listening_desk *desk, const struct endpoint_tap *tap,
                          int64_t at_us);

/** Everything after this is judged, what came before is warm-up. */
void listening_desk_begin(struct listening_desk *desk, int64_t at_us);

/** A sampled caller is up from now on, or not any more: in between, windows in which nothing comes
 * are judged too. */
void listening_desk_attend(struct listening_desk *desk, uint32_t caller, bool up, int64_t now_us);

/** Nothing comes any more. Waits, bounded, until all is scored; what was found for one caller.
 * @return false when it was not sampled or nothing came */
bool listening_desk_score(struct listening_desk *desk, uint32_t caller, struct heard_score *out);

/** After all endpoints that were tapped. */
void listening_desk_free(struct listening_desk **desk);

#endif

/**
 * Decodes and scores what sampled callers got, on a thread of its own, at its own pace.
 */
#ifndef LOAD_LISTENING_DESK_H
#define LOAD_LISTENING_DESK_H

#include "load/caller.h"
#include "load/content.h"
#include "load/endpoint.h"
#include "load/tally.h"

struct listening_desk;

/** @return 0, ERR_NO_MEMORY or ERR_IO (no thread) */
int listening_desk_new(struct listening_desk **out, struct content *content);

/** A place at the desk for one caller: what its endpoint is to be tapped with. NULL without memory.
 * Memory per caller is bounded: of a long run the last minute is scored. */
const struct endpoint_tap *listening_desk_seat(struct listening_desk *desk,
                                               const struct caller_config *caller);

/** What a caller has sent is told too, so that it is known who spoke when in which room. */
void listening_desk_spoke(struct listening_desk *desk, const struct caller_config *caller,
                          bool speaking, uint64_t place, int64_t at_us);

/** Everything after this is judged, what came before is warm-up. */
void listening_desk_begin(struct listening_desk *desk, int64_t at_us);

/** Waits until all is scored; what was found for one caller. @return false when it had no seat */
bool listening_desk_score(struct listening_desk *desk, uint32_t caller, struct heard_score *out);

void listening_desk_free(struct listening_desk **desk);

#endif

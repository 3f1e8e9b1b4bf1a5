/**
 * One run: callers come by the ramp, speak, churn, are measured, and leave.
 */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "load/agent.h"
#include "load/content.h"
#include "load/dial.h"
#include "load/tally.h"

/** Rooms of one kind. */
struct scenario_group {
    uint32_t rooms;
    uint32_t callers;  /**< in each, watchers not counted: they send */
    uint32_t watchers; /**< in each: they only receive */
    uint32_t speakers; /**< of the callers, who speak in spurts; UINT32_MAX = all */
    bool video;
    bool simulcast;
    bool video_only;        /**< nobody sends sound, or gets it; needs video */
    bool all_at_once;       /**< speakers speak all the time */
    unsigned receive_audio; /**< 0 = by the room: 1 to 3 */
    unsigned receive_video; /**< 0 = by the room: 1 to 9 */
    const char *room;       /**< "load-{room}"; NULL = that */
    const char *profile;    /**< of every caller, NULL = none */
    double profile_share;   /**< of the callers have it, 0 = all */
};

struct scenario {
    struct scenario_group *groups; /**< owned with what they hold by who made it */
    size_t group_count;
    double ramp_per_s;
    int64_t duration_us; /**< measured, from when all have come */
    double churn_per_s;  /**< callers who leave and come again */
    double listen;       /**< share of callers who are sampled, at least one of each group */
    uint64_t seed;
};

struct run_config {
    const struct scenario *scenario;
    struct dial_target target;
    enum agent_kind agent;
    struct content_config content;
    bool audio_nack; /**< callers offer Generic NACK for Opus */
    bool audio_red;  /**< and RED */
    pid_t server;    /**< 0 = its CPU is not asked for */
    /** Once a second; false ends the run early (Ctrl-C). May be NULL. */
    bool (*moment)(void *owner, const struct tally_moment *moment, const struct tally *sofar);
    void *owner;
};

/** @return 0 (callers may have failed: see the tally), ERR_NO_MEMORY, ERR_IO, ERR_INVALID, ERR_FULL
 * (descriptors), ERR_CLOSED (ended before anybody called); *reason says what */
int run(struct tally *out, const struct run_config *config, const char **reason);

#endif

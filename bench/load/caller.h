/**
 * One person of a run: one or more legs, a voice, a place in a room, a life from the first request
 * to the hang-up.
 */
#ifndef LOAD_CALLER_H
#define LOAD_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "load/agent.h"
#include "load/cause.h"
#include "load/content.h"
#include "load/dial.h"
#include "load/endpoint.h"
#include "load/stats.h"
#include "load/turn.h"

enum { CALLER_ROOM_BYTES = 65, CALLER_NAME_BYTES = 65 };

/** What a caller is to be; made by the scenario. */
struct caller_config {
    uint32_t number; /**< from 1, in the whole run */
    uint32_t room;   /**< number of the room, from 0 */
    unsigned place;  /**< in the room, from 0: chooses the tone */
    char room_name[CALLER_ROOM_BYTES];
    char name[CALLER_NAME_BYTES];
    bool send_audio;
    bool send_video;
    bool simulcast;
    unsigned receive_audio;
    unsigned receive_video;
    bool speaks; /**< in talk spurts; else its microphone is quiet */
    bool speaks_always;
    bool listens;        /**< sampled: what it gets is decoded and scored */
    const char *profile; /**< impairment, NULL = none */
    uint64_t seed;
};

/** When it came how far, monotonic; 0 = not. */
struct caller_times {
    int64_t begin_us;
    int64_t answer_us; /**< HTTP done, all legs; so below */
    int64_t path_us;   /**< ICE */
    int64_t keys_us;   /**< DTLS */
    int64_t sound_us;  /**< first audio packet received, earlier by as long as nobody sent any
                          (caller_expect); as of the last caller_stats, so below */
    int64_t frame_us;  /**< first picture received, so too */
};

enum caller_state { CALLER_JOINING, CALLER_UP, CALLER_FAILED, CALLER_LEFT };

struct caller;

struct caller_kit {
    struct turn *turn;
    struct agent_kit *agents;
    struct dialer *dialer;
    struct content *content;
    struct listening_desk *desk; /**< NULL = nobody is sampled */
    bool audio_nack;             /**< offered; so below */
    bool audio_red;
    int64_t media_timeout_us; /**< from when media is due (caller_expect) to its first packet */
};

/** @param changed is told of every change of state, from the turn */
int caller_new(struct caller **out, const struct caller_kit *kit,
               const struct caller_config *config,
               void (*changed)(void *owner, struct caller *caller), void *owner);

const struct caller_config *caller_config(const struct caller *caller);
enum caller_state caller_state(const struct caller *caller);
enum load_cause caller_cause(const struct caller *caller);

/** The server's first words about a failure, or "". */
const char *caller_message(const struct caller *caller);
const struct caller_times *caller_times(const struct caller *caller);

/** Of all legs, streams one after the other. Only what there is is written to out. */
void caller_stats(struct caller *caller, struct stats *out);
void caller_agent_counts(const struct caller *caller, struct agent_counts *out);

void caller_speak(struct caller *caller, bool on);

/** Media that is due from now on (others send), of what the legs can receive: what does not come
 * within the time-out, each kind by itself, is LOAD_NO_MEDIA. Of one that is up; may be told again
 * and again. */
void caller_expect(struct caller *caller, bool audio, bool video);

/** Hangs up; state becomes LEFT, without a word; of one that failed it stays. Stats stay. */
void caller_leave(struct caller *caller);

/** Not inside `changed`. */
void caller_free(struct caller **caller);

#endif

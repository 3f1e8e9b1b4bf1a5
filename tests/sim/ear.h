/**
 * Somebody who listens to a slot: keeps all sound that comes, and plays it afterwards as a receiver
 * with a play-out buffer would have. Frames that are not there in time are made up from the LBRR of
 * the next, or by the decoder.
 *
 * A fixed buffer plays everything at the time of the first packets that are listened to plus the
 * buffer. A waiting one, when
 * nothing at all is left to play, makes up sound until something comes, and is later from then on:
 * so do browsers; but not after an announced pause (DTX).
 */
#ifndef TESTS_SIM_EAR_H
#define TESTS_SIM_EAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/sink.h"

struct ear_sound {
    int64_t ext_seq;
    int64_t timestamp; /**< unwrapped, 0 = the first that came */
    int64_t arrival_us;
    size_t offset; /**< of its payload in bytes */
    size_t bytes;
};

struct ear {
    struct ear_sound *sounds; /**< owned; in order of arrival */
    size_t count;
    size_t capacity;
    uint8_t *bytes; /**< owned */
    size_t used;
    size_t room;
    uint32_t first_timestamp;
    bool failed; /**< memory was short */
};

struct ear_buffer {
    int64_t us; /**< between the earliest arrival and play-out */
    bool waits;
};

/** What was played. */
struct ear_account {
    size_t played;        /**< packets */
    size_t recovered;     /**< from the LBRR of the next */
    size_t late;          /**< came, and not in time */
    size_t misplaced;     /**< have timestamps of what was played already */
    int64_t concealed_us; /**< sound made up; of it: */
    int64_t paused_us;    /**< nothing was sent: timestamps go on, numbers do not */
    int64_t waited_us;    /**< beyond the timestamps, by a buffer that waits */
    int64_t longest_concealed_us;
    int64_t delay_us; /**< of play-out against the earliest arrival, at the end */
};

void ear_init(struct ear *ear);

/** Listens to a slot from its beginning. */
void ear_attach(struct ear *ear, struct sink *sink);

/**
 * Plays what came.
 *
 * @param from_us time of out[0]; what came before does not set the time of play-out
 * @param out     48 kHz mono
 * @param account out, may be NULL
 * @return 0, ERR_NO_MEMORY, or ERR_NOT_FOUND when nothing came
 */
int ear_play(const struct ear *ear, const struct ear_buffer *buffer, int64_t from_us, float *out,
             size_t count, struct ear_account *account);

void ear_deinit(struct ear *ear);

#endif

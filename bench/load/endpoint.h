/**
 * The media of one leg: sends what the agreement says that we send, receives what comes, RTCP both
 * ways. Sans I/O: plain packets in and out, time as an argument.
 *
 * A sender of pictures is honest: keyframes when PLI or FIR ask, its rate by a send-side estimate
 * from transport-wide feedback (or REMB), lost packets again by RTX when NACKed, paced. A receiver
 * is as a browser: NACK, transport-wide feedback, receiver reports, PLI, an adaptive playout
 * buffer.
 */
#ifndef LOAD_ENDPOINT_H
#define LOAD_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "load/agreement.h"
#include "load/content.h"
#include "load/stats.h"

struct endpoint;

/** What a sampled caller got, for who decodes it (listening_desk). Called in order of arrival; each
 * may be NULL. */
struct endpoint_tap {
    /* stream: number of the receiving stream, as in stats.received */
    /** An Opus packet, repaired or not, as it came into the playout buffer. */
    void (*sound)(void *owner, unsigned stream, const struct stats_sound *sound,
                  const uint8_t *payload, size_t len);
    /** A whole VP8 frame, in order of decoding. */
    void (*frame)(void *owner, unsigned stream, const struct stats_frame *frame,
                  const uint8_t *data, size_t len);
    /** What this caller says itself changes: packets that are sent from at_us on, each 20 ms, are
     * speech from `place` of its loop on, or quiet. */
    void (*spoke)(void *owner, bool speaking, uint64_t place, int64_t at_us);
    void *owner;
};

struct endpoint_output {
    /** Plain RTP or RTCP; AGENT_TRAILER_BYTES are free behind it. */
    void (*rtp)(void *owner, uint8_t *data, size_t len);
    void (*rtcp)(void *owner, uint8_t *data, size_t len);
    void *owner;
};

struct endpoint_config {
    const struct agreement *agreement; /**< copied */
    const struct content *content;     /**< borrowed */
    uint32_t caller;                   /**< for marks */
    unsigned tone;
    const struct endpoint_tap *tap; /**< NULL = not sampled */
    uint64_t seed;
};

/** Sends from now_us on. @return 0 or ERR_NO_MEMORY */
int endpoint_new(struct endpoint **out, const struct endpoint_config *config,
                 const struct endpoint_output *output, int64_t now_us);

/** The session has grown: streams at its end are new, the others as before. */
int endpoint_grow(struct endpoint *endpoint, const struct agreement *agreement, int64_t now_us);

void endpoint_receive_rtp(struct endpoint *endpoint, uint8_t *data, size_t len, int64_t arrived_us,
                          int64_t now_us);
void endpoint_receive_rtcp(struct endpoint *endpoint, const uint8_t *data, size_t len,
                           int64_t arrived_us, int64_t now_us);
void endpoint_timeout(struct endpoint *endpoint, int64_t now_us);
int64_t endpoint_next_deadline(const struct endpoint *endpoint);

/** Speech goes out from now on, or what a quiet microphone sends. Begins with false. */
void endpoint_speak(struct endpoint *endpoint, bool on, int64_t now_us);

/**
 * The next packet of the voice: its place in the speaking loop, whether it speaks now or not, and
 * when it goes out; packets follow each other by one place each 20 ms of speaking.
 * @return false when no sound is sent
 */
bool endpoint_voice(const struct endpoint *endpoint, uint64_t *place, int64_t *at_us);

/** BYE. */
void endpoint_end(struct endpoint *endpoint, int64_t now_us);

/** What was measured as of now; counts go on from the beginning. */
void endpoint_stats(const struct endpoint *endpoint, int64_t now_us, struct stats *out);

void endpoint_free(struct endpoint **endpoint);

#endif

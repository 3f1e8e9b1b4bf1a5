/**
 * Signalling: an offer of ours becomes an agreement, or a cause with the server's words.
 *
 * Targets differ in how many legs a caller has: at Tandem's /call one leg does all; WHIP and WHEP
 * are one leg to send and one to receive, and so is Janus' VideoRoom, where the second one has a
 * stream for each other publisher; its EchoTest and AudioBridge (sound only) have one leg.
 */
#ifndef LOAD_DIAL_H
#define LOAD_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/agreement.h"
#include "load/cause.h"
#include "load/turn.h"

enum dial_kind {
    DIAL_HTTP, /**< POST an offer, get an answer: Tandem, WHIP, WHEP */
    DIAL_JANUS_ECHO,
    DIAL_JANUS_VIDEOROOM,
    DIAL_JANUS_AUDIOBRIDGE
};

enum { DIAL_MAX_HEADERS = 16, DIAL_MESSAGE_BYTES = 256 };

/** Strings are borrowed for the dialer's life. URLs may hold {room}, {caller} (number) and {name}.
 */
struct dial_target {
    enum dial_kind kind;
    const char
        *url; /**< both ways in one session (Tandem), or Janus' HTTP root; NULL with the two */
    const char *whip;                      /**< to send; NULL = none */
    const char *whep;                      /**< to receive; NULL = none */
    const char *bearer;                    /**< NULL = none */
    const char *headers[DIAL_MAX_HEADERS]; /**< "Name: value" */
    size_t header_count;
    int64_t timeout_us; /**< of one request */
    bool insecure;      /**< certificates of https are not verified */
};

/** One leg's part in the call. */
struct dial_wish {
    const char *room; /**< borrowed until the call returns */
    const char *name;
    uint32_t caller;
    bool send_audio;
    bool send_video;
    bool simulcast;         /**< three layers, "q" "h" "f" */
    bool audio_nack;        /**< Generic NACK is offered for Opus */
    bool red;               /**< RED (RFC 2198) is offered with Opus */
    unsigned receive_audio; /**< m-lines; the first of each kind are those that send too, where the
                               target allows it */
    unsigned receive_video;
};

struct dialer;
struct dial;

/** Called from the turn. The dial may be hung up inside. */
struct dial_handler {
    /** Once; again when the server has changed the session (Janus: more publishers): then remote is
     * as before and streams have grown at their end. */
    void (*agreed)(void *owner, const struct agreement *agreement);
    /** message: the server's first words about it, or "" */
    void (*failed)(void *owner, enum load_cause cause, const char *message);
    /** The server ended the session (Janus' events); may be NULL. */
    void (*ended)(void *owner, const char *message);
    void *owner;
};

/** @return 0, ERR_NO_MEMORY, ERR_INVALID (URL; *reason says what) */
int dialer_new(struct dialer **out, struct turn *turn, const struct dial_target *target,
               const char **reason);

/** How many legs a caller of this target has, and what each does of the wish (out: legs[0..n-1]).
 */
enum { DIAL_MAX_LEGS = 2 };
size_t dialer_legs(const struct dialer *dialer, const struct dial_wish *whole,
                   struct dial_wish legs[static DIAL_MAX_LEGS]);

/** Begins; local is copied. @return 0 or ERR_NO_MEMORY */
int dial_new(struct dial **out, struct dialer *dialer, const struct dial_wish *wish,
             const struct agreement_local *local, const struct dial_handler *handler);

/** Ends the session at the server (DELETE, or Janus' hangup) without waiting for it; frees. */
void dial_hang_up(struct dial **dial);

/** Waits, bounded, until all hang-ups have gone out. */
void dialer_free(struct dialer **dialer);

#endif

/**
 * The values that negotiation takes and gives (signal/negotiate.h).
 */
#ifndef SIGNAL_NEGOTIATE_TYPES_H
#define SIGNAL_NEGOTIATE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "room/session.h"

enum { NEGOTIATE_MAX_CANDIDATES = 32, NEGOTIATE_MAX_OFFER_BYTES = 256 * 1024 };

/** What the endpoint accepts: API.md 1. */
enum negotiate_kind { NEGOTIATE_CALL, NEGOTIATE_WHIP, NEGOTIATE_WHEP };

/** Why an offer is refused: an HTTP status and sentences for the problem document (RFC 9457). */
struct negotiate_problem {
    int status;       /**< 400 malformed, 406 cannot be served, 422 breaks WHIP/WHEP rules, 500 */
    unsigned line;    /**< line of the SDP, 1-based, 0 when it is about the whole */
    char title[80];   /**< "The offer is malformed" */
    char detail[200]; /**< what was wrong and where, and what was expected */
};

/** The relay's side: the same for all calls on one worker, but for what is said of the room. */
struct negotiate_config {
    struct addr
        candidates[NEGOTIATE_MAX_CANDIDATES]; /**< with the worker's port; most preferred first */
    size_t candidate_count;
    bool udp;                /**< offer UDP candidates */
    bool tcp;                /**< offer passive TCP candidates on the same ports */
    const char *fingerprint; /**< "AB:CD:.." of SHA-256 */
    bool mix_dtx;            /**< ask for pauses in sound that is mixed (negotiate_dtx.h) */

    enum slot_policy audio; /**< what this client hears */
    size_t voices;          /**< others in its room who send sound; SESSION_MIX_SLOTS + 1 stand for
                               all that is more */
};

/** A trickle-ice-sdpfrag (RFC 8840, RFC 9725 4.3): the client's credentials when it holds any. */
struct negotiate_fragment {
    char ufrag[SESSION_UFRAG_BYTES]; /**< "" when absent */
    char pwd[SESSION_PWD_BYTES];
    char mid[SESSION_MID_BYTES];
    size_t candidates; /**< counted, checked for form, not kept */
};

#endif

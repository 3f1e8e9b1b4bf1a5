/**
 * One peer's ICE state as the lite, controlled agent (RFC 8445 2.5, RFC 7675): credentials,
 * validated paths, which of them is selected, and consent.
 *
 * Selection. A nominating check (USE-CANDIDATE) selects at once, except that within the first
 * seconds, when old clients nominate every pair, a path of lower priority (or equal, unless it is
 * the same host behind another port) waits until the selected one has gone quiet. Without
 * nomination the first valid path is used, and a valid path moves us when media that authenticates
 * comes over it, if it was checked after the present one was selected. Media from an address
 * without a check earns that address one check of ours; the right answer makes it the selected
 * path.
 *
 * Proof. Whoever holds the credentials can send checks under a false address, and so turn his media
 * on somebody else. So a path to another host than those that have proved to hear us is on trial:
 * it is used at once, asked each 250 ms, and given up for the one before when no right answer has
 * come within a second. After one such failure, paths are used only after they have answered. DTLS
 * that completes proves its path, too.
 *
 * Consent is renewed by valid checks of the peer and by right answers to ours. libre and libnice
 * stop checking once they are connected, so after 15 s without a check we ask.
 */
#ifndef RELAY_TRANSPORT_ICE_LITE_H
#define RELAY_TRANSPORT_ICE_LITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rand.h"
#include "base/str.h"
#include "ice_stun.h"

enum {
    ICE_MAX_PATHS = 4,
    ICE_MAX_PROBES = 4,
    ICE_MAX_UFRAG = 63, /**< of ours; the RFC allows 256 characters, and we choose them */
    ICE_CONSENT_US = 30000000,
    ICE_ASK_AFTER_US = 15000000,
    ICE_ASK_EVERY_US = 2500000,
    ICE_PROBE_SPACING_US = 50000, /**< RFC 8445 14.2 */
    ICE_PROBE_LIFE_US = 5000000,
    ICE_SETTLING_US = 5000000, /**< after the first selection: nominations of lower priority wait */
    ICE_QUIET_US = 1000000,    /**< a selected path without a check for that long may be left */
    ICE_TRIAL_US = 1000000,    /**< for a path to a new host to answer */
    ICE_TRIAL_EVERY_US = 250000 /**< all answers of a trial are known: ICE_MAX_PROBES */
};

/** What a call has changed, for the owner's tables. */
struct ice_change {
    bool added; /**< the tuple in question is now one of our paths */
    bool moved; /**< the selected path is another one than before */
    bool first; /**< with moved: there was none before */
    bool lost;  /**< lost_tuple was given up for it */
    struct five_tuple lost_tuple;
    bool retired; /**< the credentials of before the restart are done with: ice_lite_retire */
};

struct ice_generation;

struct ice_path {
    struct five_tuple tuple;
    const struct ice_generation *generation;
    uint32_t priority;
    int64_t checked_us;
    int64_t nominated_us; /**< INT64_MIN: never */
    bool proven;          /**< what we send there arrives at the peer */
};

/** A check of ours under way. */
struct ice_probe {
    struct five_tuple tuple;
    uint8_t transaction[ICE_STUN_TRANSACTION_BYTES];
    const struct ice_generation *generation;
    int64_t sent_us; /**< INT64_MIN: free */
};

/** Embedded in its owner. */
struct ice_lite {
    size_t selected; /**< ICE_MAX_PATHS: none */
    struct ice_path paths[ICE_MAX_PATHS];
    size_t path_count;
    struct ice_generation *present;
    struct ice_generation
        *before; /**< of before a restart, until a path of the present one is selected */
    int64_t selected_us;
    int64_t trial_us;         /**< since when the selected path is on trial; INT64_MIN: it is not */
    struct five_tuple former; /**< with a trial: where to go back to */
    bool strict;              /**< a trial has failed: no more of them */
    int64_t first_selected_us;
    int64_t consent_us; /**< last proof that the peer wants our data */
    int64_t asked_us;
    int64_t probed_us;
    struct ice_probe probes[ICE_MAX_PROBES];
    int64_t rtt_us; /**< of our last answered check, 0 = unknown */
    uint64_t tie_breaker;
    uint32_t id;
    struct rand *rand;
};

struct ice_credentials {
    const char *local_ufrag;
    const char *local_pwd;
    const char *remote_ufrag; /**< NULL or "": we can not ask */
    const char *remote_pwd;
};

/**
 * @param id stands in the transactions of our checks, so that the owner can tell whose an answer is
 * @param rand borrowed for life
 * @return 0, ERR_NO_MEMORY, or ERR_INVALID when the local ufrag is empty or longer than
 * ICE_MAX_UFRAG
 */
int ice_lite_init(struct ice_lite *ice, const struct ice_credentials *credentials, uint32_t id,
                  struct rand *rand);

/** Same errors; on failure nothing has changed. Credentials of before a former restart must have
 * been retired. */
int ice_lite_restart(struct ice_lite *ice, const struct ice_credentials *credentials);

const char *ice_lite_ufrag(const struct ice_lite *ice);
/** Of before a restart, or NULL. */
const char *ice_lite_old_ufrag(const struct ice_lite *ice);
/** Forgets the credentials of before the restart. */
void ice_lite_retire(struct ice_lite *ice);

/**
 * A Binding request for one of our ufrags.
 *
 * @param may_add false when the tuple belongs to somebody else: the check is then not taken
 * @param out, out_len the answer, to be sent back over the tuple
 * @return 0; ERR_AUTH (integrity; no answer); ERR_UNSUPPORTED or ERR_BAD_STATE (answered by 420 or
 * 487, nothing moved); ERR_FULL when may_add is false (no answer)
 */
int ice_lite_receive_request(struct ice_lite *ice, struct ice_stun_codec *codec,
                             const struct ice_stun *request, const struct five_tuple *tuple,
                             bool may_add, int64_t now_us, uint8_t out[static ICE_STUN_MAX_BYTES],
                             size_t *out_len, struct ice_change *change);

/** The id of whoever asked for this response. */
uint32_t ice_lite_id_of(const struct ice_stun *response);

/**
 * An answer to one of our checks. Refreshes consent, and makes the tuple the selected path.
 * @return 0, ERR_NOT_FOUND (nothing asked there) or ERR_AUTH
 */
int ice_lite_receive_response(struct ice_lite *ice, const struct ice_stun *response,
                              const struct five_tuple *tuple, int64_t now_us,
                              struct ice_change *change);

/** Media or DTLS that authenticated has come over the tuple. Cheap for the selected path. */
void ice_lite_media(struct ice_lite *ice, const struct five_tuple *tuple, int64_t now_us,
                    struct ice_change *change);

/** True when the tuple is one of the paths. */
bool ice_lite_has_path(const struct ice_lite *ice, const struct five_tuple *tuple);

/**
 * Writes a check for a tuple that is no path yet.
 * @param max_len the check is written only when not longer
 * @return its bytes; 0 when it is too long, too soon, or the peer's credentials are not known
 */
size_t ice_lite_probe(struct ice_lite *ice, struct ice_stun_codec *codec,
                      const struct five_tuple *tuple, size_t max_len, int64_t now_us,
                      uint8_t out[static ICE_STUN_MAX_BYTES]);

/** The peer has heard us over this path (DTLS is complete). */
void ice_lite_prove(struct ice_lite *ice, const struct five_tuple *tuple, int64_t now_us);

/** True when a check over the tuple calls for one of ours before the path is used. */
bool ice_lite_wants_proof(const struct ice_lite *ice, const struct five_tuple *tuple);

/** Ends a trial that has failed: back to the path before, when it is still there. */
void ice_lite_timeout(struct ice_lite *ice, int64_t now_us, struct ice_change *change);

/** A path selected from outside, without a check (keys adopted). */
void ice_lite_adopt(struct ice_lite *ice, const struct five_tuple *tuple, int64_t now_us,
                    struct ice_change *change);

/** Gives up the paths over a closed TCP connection. One call for each path lost, until
 * !change->lost. */
void ice_lite_tcp_closed(struct ice_lite *ice, uint32_t tcp, struct ice_change *change);

/** Gives a path up that another peer has proved to own. */
void ice_lite_remove(struct ice_lite *ice, const struct five_tuple *tuple);

/** The selected path, or NULL. Looked at for every packet. */
static inline const struct five_tuple *ice_lite_selected(const struct ice_lite *ice)
{
    return ice->selected == ICE_MAX_PATHS ? NULL : &ice->paths[ice->selected].tuple;
}

/** When the tuple was last checked; INT64_MIN when it is no path. */
int64_t ice_lite_checked_us(const struct ice_lite *ice, const struct five_tuple *tuple);

bool ice_lite_has_consent(const struct ice_lite *ice, int64_t now_us);

/** When consent ends unless it is renewed; INT64_MAX before there was any. */
int64_t ice_lite_consent_deadline(const struct ice_lite *ice);

/** When consent or proof is to be asked for, or a trial ends; INT64_MAX without a path. */
int64_t ice_lite_ask_deadline(const struct ice_lite *ice);

/** Writes the check that asks for consent or proof over the selected path when it is due. @return
 * its bytes, 0 for none */
size_t ice_lite_ask(struct ice_lite *ice, struct ice_stun_codec *codec, int64_t now_us,
                    uint8_t out[static ICE_STUN_MAX_BYTES]);

void ice_lite_deinit(struct ice_lite *ice);

#endif

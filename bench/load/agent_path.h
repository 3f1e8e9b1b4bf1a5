/**
 * What is under an agent: the way of its datagrams, found by ICE. Two kinds behind one table of
 * verbs: agent_light (checks of our own on a socket) and agent_full (NiceAgent).
 *
 * A path tells what happens through its handler, from the turn only and never from inside one of
 * its verbs; it is not freed inside its handler. DTLS, SRTP, states and deadlines are the agent's.
 */
#ifndef LOAD_AGENT_PATH_H
#define LOAD_AGENT_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "load/agent.h"

struct agent_path_handler {
    /** Once: `local` is complete. */
    void (*ready)(void *owner);
    /** Once, after connect: a check was answered and its pair nominated; what is sent goes there.
     */
    void (*found)(void *owner);
    /** A datagram that is not ICE's own, 4-byte aligned; it may be changed in place until return.
     * @param arrived_us as in agent_handler */
    void (*datagram)(void *owner, uint8_t *data, size_t len, int64_t arrived_us);
    /** Once, nothing follows: LOAD_ICE_TIMEOUT (all candidates failed), LOAD_DROPPED (silent for
     * consent, RFC 7675), LOAD_NO_RESOURCES. */
    void (*lost)(void *owner, enum load_cause cause);
    void *owner;
};

struct agent_path_kind;

/** First member of what a kind makes. */
struct agent_path {
    const struct agent_path_kind *kind;
    struct agent_path_handler handler;
    struct agreement_local local; /**< the kind's, but the fingerprint, which is the agent's */
    struct agent_counts counts;   /**< the kind's, ICE included, but auth_failed */
};

struct agent_path_kind {
    const char *name; /**< "light" */

    /** What all paths of a run share; *shared may stay NULL. @return 0 or an error as of
     * agent_kit_new */
    int (*open)(void **shared, const struct agent_kit_config *config);
    void (*close)(void **shared);

    /** Begins to gather. @param impairment NULL = none; used through `impairment`, copied
     * @return 0 or an error as of agent_new */
    int (*make)(struct agent_path **out, void *shared, const struct agent_impairment *impairment,
                const struct agent_path_handler *handler);

    /** As agent_connect. */
    int (*connect)(struct agent_path *path, const struct agreement_remote *remote);

    /** To the best address known; lost before connect. */
    void (*send)(struct agent_path *path, const uint8_t *data, size_t len);

    void (*free)(struct agent_path **path);
};

extern const struct agent_path_kind agent_light;
extern const struct agent_path_kind agent_full;

#endif

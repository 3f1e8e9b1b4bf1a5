/**
 * A caller's path to the server: ICE, DTLS-SRTP, and the impairment between. Plain RTP and RTCP go
 * in and come out.
 *
 * Two kinds with one face: the light one makes checks to the best candidate only and costs little,
 * for thousands; the full one is libnice's NiceAgent. DTLS and SRTP are the same for both.
 */
#ifndef LOAD_AGENT_H
#define LOAD_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/agreement.h"
#include "load/cause.h"
#include "load/network.h"
#include "load/turn.h"

struct agent;
struct agent_kit;

enum agent_kind { AGENT_LIGHT, AGENT_FULL };

enum agent_state {
    AGENT_GATHERING,
    AGENT_READY,     /**< agent_local is complete */
    AGENT_CHECKING,  /**< agent_connect was called; not told */
    AGENT_HANDSHAKE, /**< a check was answered */
    AGENT_CONNECTED, /**< keys are there */
    AGENT_CLOSED,    /**< by the server: close_notify, or it fell silent for ICE */
    AGENT_FAILED
};

/** What all agents of a run share: certificate, SRTP contexts, GLib's loop for full ones. */
struct agent_kit_config {
    struct turn *turn; /**< borrowed */
    enum agent_kind kind;
    struct addr bind;        /**< family ADDR_NONE: as the system chooses toward the server */
    int64_t ice_timeout_us;  /**< from agent_connect to a first answer */
    int64_t dtls_timeout_us; /**< from there to keys */
};

/** @return 0, ERR_NO_MEMORY, ERR_CRYPTO or ERR_IO */
int agent_kit_new(struct agent_kit **out, const struct agent_kit_config *config);
void agent_kit_free(struct agent_kit **kit);

/** Called from the turn. The agent must not be freed inside (use agent_close, free later). */
struct agent_handler {
    void (*state)(void *owner, enum agent_state state, enum load_cause cause);
    /** data may be changed in place until return; arrived_us is the kernel's receive time in
     * monotonic time where there is one, after the impairment if there is any. */
    void (*rtp)(void *owner, uint8_t *data, size_t len, int64_t arrived_us);
    void (*rtcp)(void *owner, uint8_t *data, size_t len, int64_t arrived_us);
    void *owner;
};

/** Impairment of one caller; NULL links = none. */
struct agent_impairment {
    const struct link_config *up;
    const struct link_config *down;
    uint64_t seed;
};

/** Begins to gather; READY is told from the turn, never from inside. @return 0 or an error */
int agent_new(struct agent **out, struct agent_kit *kit, const struct agent_impairment *impairment,
              const struct agent_handler *handler);

/** Valid from READY on. */
const struct agreement_local *agent_local(const struct agent *agent);

/** @return 0 or ERR_INVALID (no candidate of a family that we have) */
int agent_connect(struct agent *agent, const struct agreement_remote *remote);

enum { AGENT_TRAILER_BYTES = 64 /**< room that must be behind what is sent */ };

/** Protects in place and sends; before CONNECTED it is dropped. */
void agent_send_rtp(struct agent *agent, uint8_t *data, size_t len);
void agent_send_rtcp(struct agent *agent, uint8_t *data, size_t len);

struct agent_times {
    int64_t connect_us; /**< agent_connect; 0 = not yet, as below */
    int64_t path_us;    /**< first answer to a check */
    int64_t keys_us;    /**< DTLS done */
};

struct agent_counts {
    uint64_t sent; /**< datagrams */
    uint64_t received;
    uint64_t sent_bytes;
    uint64_t received_bytes;
    uint64_t auth_failed;
    uint64_t send_failed; /**< the kernel did not take it */
    uint64_t impaired;    /**< lost by our own impairment, both ways */
};

enum { AGENT_REASON_BYTES = 128 };

/** Of CLOSED or FAILED: what is known beside the cause, for people, or "". */
const char *agent_reason(const struct agent *agent);

const struct agent_times *agent_times(const struct agent *agent);
const struct agent_counts *agent_counts(const struct agent *agent);

/** Sends close_notify; nothing is told any more. */
void agent_close(struct agent *agent);
void agent_free(struct agent **agent);

#endif

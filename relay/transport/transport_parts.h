/**
 * What hub (whose datagram is this?) and transport (one peer) share.
 */
#ifndef RELAY_TRANSPORT_TRANSPORT_PARTS_H
#define RELAY_TRANSPORT_TRANSPORT_PARTS_H

#include "base/outbox.h"
#include "base/token_bucket.h"
#include "dtls.h"
#include "ice_lite.h"
#include "ice_stun.h"
#include "peer_table.h"
#include "source_limit.h"
#include "srtp_session.h"
#include "transport/transport_state.h"

enum { TRANSPORT_KNOWN_SSRCS = 2 * TRANSPORT_MAX_SSRCS };

struct transport_hub {
    struct dtls_context *dtls_context;
    struct ice_stun_codec *codec;
    struct peer_table *peers;
    struct outbox *outbox;
    struct drop_counts *drops;
    struct rand *rand;
    struct source_limit limit;
    size_t handshakes; /**< transports with a DTLS attempt under way */
    uint64_t path_moves;
};

struct transport {
    struct token_bucket rate; /**< of media that comes in; to path_moves: for each of its packets */
    void *owner;
    int64_t heard_us;  /**< last media that authenticated over one of its paths */
    size_t ssrcs_seen; /**< of the session, when they were last looked at */
    uint32_t path_moves;
    struct transport_hub *hub; /* from here to the first path: for every packet, both ways */
    struct srtp_session *srtp; /**< NULL until keys are there */
    enum transport_state state;
    uint32_t id;
    struct outbox_place place; /**< of the selected path in the outbox */
    struct ice_lite ice;
    const char *cause;
    struct dtls *dtls;
    bool shaking;                 /**< counted in hub->handshakes */
    int64_t asked_us;             /**< last flight of ours that waits for an answer, 0 = none */
    bool deaf;                    /**< for transport_was_deaf */
    int64_t answer_us;            /**< how long the last answer took, 0 = not known */
    struct five_tuple dtls_tuple; /**< where the peer's DTLS came from last */
    int64_t limit_us;             /**< when the present state is left: NEW, CHECKED, SILENT */
    struct ssrc_user ssrcs[TRANSPORT_KNOWN_SSRCS]; /**< in hub->peers */
    size_t ssrc_next;                              /**< place of the next one, of the oldest when
                                                      all are taken */
};

/** After every call on the association but close: sends what it has written, and follows its state.
 */
void transport_follow_dtls(struct transport *transport, int64_t now_us);

/** A valid check or answer: the peer is there. */
void transport_proved(struct transport *transport, int64_t now_us);

/** Brings the tables in line with what ICE has decided about a tuple. */
void transport_follow_ice(struct transport *transport, const struct five_tuple *tuple,
                          const struct ice_change *change);

#endif

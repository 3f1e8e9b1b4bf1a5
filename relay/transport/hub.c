#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "rtp/rtp.h"
#include "transport/srtp_ciphers.h"
#include "transport/transport.h"
#include "transport_parts.h"

enum {
    TUPLE_HELD_US = 5000000,  /**< a path checked within this is not given to another peer */
    ADDRESS_PROBE_FACTOR = 3, /**< bytes that an authenticated byte earns an unproven address */
    MAX_USERS_SEEN = 256,     /**< of one SSRC, for one packet from nobody's address */
    MAX_KEYS_TRIED = 4
};

int transport_hub_new(struct transport_hub **out, const struct certificate *certificate,
                      struct outbox *outbox, struct drop_counts *drops, struct rand *rand,
                      int64_t now_us)
{
    (void)now_us;
    struct transport_hub *hub = calloc(1, sizeof(*hub));
    if (hub == NULL) {
        return ERR_NO_MEMORY;
    }
    hub->outbox = outbox;
    hub->drops = drops;
    hub->rand = rand;
    source_limit_init(&hub->limit, rand_u64(rand));
    int err = srtp_ciphers_ensure();
    err = err != 0 ? err : dtls_context_new(&hub->dtls_context, certificate);
    err = err != 0 ? err : ice_stun_codec_new(&hub->codec);
    err = err != 0 ? err : peer_table_new(&hub->peers, rand);
    if (err != 0) {
        transport_hub_free(&hub);
        return err;
    }
    *out = hub;
    return 0;
}

void transport_hub_free(struct transport_hub **hub)
{
    struct transport_hub *gone = *hub;
    if (gone == NULL) {
        return;
    }
    peer_table_free(&gone->peers);
    ice_stun_codec_free(&gone->codec);
    dtls_context_free(&gone->dtls_context);
    free(gone);
    *hub = NULL;
}

uint64_t transport_hub_path_moves(const struct transport_hub *hub)
{
    return hub->path_moves;
}

static enum transport_verdict dropped(struct transport_hub *hub, enum drop_reason reason)
{
    drop_count(hub->drops, reason);
    return TRANSPORT_DROPPED;
}

/* ---- DTLS ---- */

static enum transport_verdict hub_receive_dtls(struct transport_hub *hub, struct packet *packet,
                                               int64_t now_us, struct transport **who)
{
    struct transport *transport = peer_table_find_tuple(hub->peers, &packet->from);
    if (transport == NULL) {
        return dropped(hub, DROP_NO_TUPLE);
    }
    if (dtls_state(transport->dtls) == DTLS_IDLE && hub->handshakes >= TRANSPORT_MAX_HANDSHAKES &&
        dtls_is_client_hello(packet->data, packet->len)) {
        return dropped(hub, DROP_DTLS_BUSY);
    }
    enum drop_reason reason = dtls_receive(transport->dtls, packet->data, packet->len, now_us);
    if (reason != DROP_NONE) {
        transport_follow_dtls(transport, now_us); /* what it refuses may have ended it */
        return dropped(hub, reason);
    }
    transport->dtls_tuple = packet->from;
    transport_follow_dtls(transport, now_us);
    *who = transport;
    return TRANSPORT_CONSUMED;
}

/* ---- ICE ---- */

/** False when another peer has proved not long ago that the tuple is its own. */
static bool tuple_may_be_taken(const struct transport *transport, const struct five_tuple *tuple,
                               int64_t now_us)
{
    const struct transport *owner = peer_table_find_tuple(transport->hub->peers, tuple);
    if (owner == NULL || owner == transport) {
        return true;
    }
    int64_t checked_us = ice_lite_checked_us(&owner->ice, tuple);
    const struct five_tuple *selected = ice_lite_selected(&owner->ice);
    bool speaks = selected != NULL && five_tuple_equal(selected, tuple) &&
                  now_us - owner->heard_us < TUPLE_HELD_US;
    return !speaks && (checked_us == INT64_MIN || now_us - checked_us >= TUPLE_HELD_US);
}

/**
 * What authenticates from an address that has not answered yet earns it a check of ours, at most
 * three times as long (RFC 9000 8.1): the reports of a client that only receives are shorter than a
 * check.
 */
static void address_probe(struct transport *transport, const struct packet *packet, size_t wire_len,
                          int64_t now_us)
{
    uint8_t check[ICE_STUN_MAX_BYTES];
    size_t len = ice_lite_probe(&transport->ice, transport->hub->codec, &packet->from,
                                ADDRESS_PROBE_FACTOR * wire_len, now_us, check);
    if (len > 0) {
        outbox_push(transport->hub->outbox, &packet->from, check, len);
    }
}

static enum transport_verdict hub_receive_request(struct transport_hub *hub,
                                                  const struct packet *packet,
                                                  const struct ice_stun *request, int64_t now_us,
                                                  struct transport **who)
{
    struct transport *transport = peer_table_find_ufrag(hub->peers, request->local_ufrag);
    if (transport == NULL) {
        return dropped(hub, DROP_STUN_UNKNOWN_UFRAG);
    }
    const struct five_tuple *tuple = &packet->from;
    if (!ice_lite_has_path(&transport->ice, tuple) &&
        !source_limit_allows(&hub->limit, &tuple->remote, now_us)) {
        return dropped(hub, DROP_STUN_RATE);
    }
    uint8_t answer[ICE_STUN_MAX_BYTES];
    size_t answer_len = 0;
    struct ice_change change = {0};
    bool may_add = tuple_may_be_taken(transport, tuple, now_us);
    int err = ice_lite_receive_request(&transport->ice, hub->codec, request, tuple, may_add, now_us,
                                       answer, &answer_len, &change);
    if (err == ERR_AUTH) {
        source_limit_fail(&hub->limit, &tuple->remote, now_us);
        return dropped(hub, DROP_STUN_BAD_INTEGRITY);
    }
    if (answer_len > 0) {
        outbox_push(hub->outbox, tuple, answer, answer_len);
    }
    if (err == ERR_FULL) {
        return dropped(hub, DROP_STUN_RATE);
    }
    transport_follow_ice(transport, tuple, &change);
    if (err == 0 && ice_lite_wants_proof(&transport->ice, tuple)) {
        address_probe(transport, packet, packet->len, now_us);
    }
    if (err == 0) {
        transport_proved(transport, now_us);
    }
    *who = transport;
    return TRANSPORT_CONSUMED;
}

static enum transport_verdict hub_receive_response(struct transport_hub *hub,
                                                   const struct packet *packet,
                                                   const struct ice_stun *response, int64_t now_us,
                                                   struct transport **who)
{
    struct transport *transport = peer_table_find_id(hub->peers, ice_lite_id_of(response));
    struct ice_change change = {0};
    int err = transport == NULL ? ERR_NOT_FOUND
                                : ice_lite_receive_response(&transport->ice, response,
                                                            &packet->from, now_us, &change);
    if (err != 0) {
        return dropped(hub,
                       err == ERR_AUTH ? DROP_STUN_BAD_INTEGRITY : DROP_STUN_UNEXPECTED_RESPONSE);
    }
    transport_follow_ice(transport, &packet->from, &change);
    dtls_set_rtt(transport->dtls, transport->ice.rtt_us);
    if (response->class == ICE_STUN_SUCCESS) {
        transport_proved(transport, now_us);
    }
    *who = transport;
    return TRANSPORT_CONSUMED;
}

static enum transport_verdict hub_receive_stun(struct transport_hub *hub, struct packet *packet,
                                               int64_t now_us, struct transport **who)
{
    struct ice_stun message;
    int err = ice_stun_read(hub->codec, packet->data, packet->len, &message);
    if (err != 0) {
        return dropped(hub, err == ERR_UNSUPPORTED ? DROP_STUN_NOT_REQUEST : DROP_STUN_MALFORMED);
    }
    switch (message.class) {
    case ICE_STUN_REQUEST:
        return hub_receive_request(hub, packet, &message, now_us, who);
    case ICE_STUN_SUCCESS:
    case ICE_STUN_ERROR:
        return hub_receive_response(hub, packet, &message, now_us, who);
    case ICE_STUN_INDICATION: /* keep-alive of the peer's NAT (RFC 8445 11): proves nothing */
        break;
    }
    *who = peer_table_find_tuple(hub->peers, &packet->from);
    return *who == NULL ? dropped(hub, DROP_STUN_NOT_REQUEST) : TRANSPORT_CONSUMED;
}

/* ---- media ---- */

static enum drop_reason media_open(struct transport *transport, struct packet *packet, bool rtcp)
{
    size_t len = packet->len;
    enum drop_reason reason = rtcp
                                  ? srtp_session_unprotect_rtcp(transport->srtp, packet->data, &len)
                                  : srtp_session_unprotect_rtp(transport->srtp, packet->data, &len);
    if (reason == DROP_NONE) {
        packet->len = (uint32_t)len;
    }
    return reason;
}

/** An SSRC that has authenticated lets the peer be recognised behind another address. */
static void ssrc_note(struct transport *transport, const struct packet *packet)
{
    transport->ssrcs_seen = srtp_session_ssrc_count(transport->srtp);
    transport_expect_ssrc(transport, rtp_peek_ssrc(packet->data, packet->len));
}

/** May this transport's key be tried on a packet that came from nobody's address? */
static bool may_try(struct transport *transport, int64_t now_us, enum drop_reason *reason)
{
    if (transport->srtp == NULL) {
        return false;
    }
    if (token_bucket_next(&transport->rate, now_us) > now_us) {
        *reason = DROP_RATE;
        return false;
    }
    return true;
}

static bool has_few_users(const struct peer_table *peers, struct ssrc_user *user)
{
    size_t count = 0;
    while (user != NULL && count <= MAX_KEYS_TRIED) {
        user = peer_table_next_ssrc(peers, user);
        count++;
    }
    return count <= MAX_KEYS_TRIED;
}

/**
 * Tries the keys of those who use the packet's SSRC: all when they are few, else those who were at
 * this host last (a NAT changes the port, seldom the host).
 * @return the transport whose key opened the packet, or NULL with the reason
 */
static struct transport *media_try(struct transport_hub *hub, struct packet *packet, bool rtcp,
                                   int64_t now_us, enum drop_reason *reason)
{
    uint32_t ssrc = rtp_peek_ssrc(packet->data, packet->len);
    struct ssrc_user *user = peer_table_find_ssrc(hub->peers, ssrc);
    bool few = has_few_users(hub->peers, user);
    size_t len = packet->len;
    uint8_t sealed[OUTBOX_MAX_DATAGRAM];
    if (user == NULL || len > sizeof(sealed)) {
        return NULL;
    }
    memcpy(sealed, packet->data, len); /* a key that does not fit leaves rubbish */
    size_t tries = 0;
    for (size_t i = 0; user != NULL && i < MAX_USERS_SEEN && tries < MAX_KEYS_TRIED; i++) {
        struct transport *transport = user->peer;
        const struct five_tuple *path = ice_lite_selected(&transport->ice);
        bool near = few || (path != NULL && addr_same_host(&path->remote, &packet->from.remote));
        if (near && may_try(transport, now_us, reason)) {
            tries++;
            *reason = media_open(transport, packet, rtcp);
            if (*reason == DROP_NONE) {
                return transport;
            }
            memcpy(packet->data, sealed, len);
        }
        user = peer_table_next_ssrc(hub->peers, user);
    }
    if (tries > 0) {
        source_limit_fail(&hub->limit, &packet->from.remote, now_us);
    }
    return NULL;
}

/** @return the transport whose key opened a packet from nobody's address, or NULL with the reason
 */
static struct transport *media_by_ssrc(struct transport_hub *hub, struct packet *packet, bool rtcp,
                                       int64_t now_us, enum drop_reason *reason)
{
    *reason = DROP_NO_TUPLE;
    if (!source_limit_allows(&hub->limit, &packet->from.remote, now_us)) {
        return NULL;
    }
    size_t wire_len = packet->len;
    struct transport *transport = media_try(hub, packet, rtcp, now_us, reason);
    if (transport != NULL) {
        /* Only now, so that strangers cannot use up the peer's rate. */
        (void)token_bucket_take(&transport->rate, now_us);
        address_probe(transport, packet, wire_len, now_us);
    }
    return transport;
}

/** Whoever gets the packet comes into the cache while it is deciphered. */
static inline void prefetch_owner(const struct transport *transport)
{
    enum { LINES = 5, LINE_BYTES = 64 };
    if (transport->owner == NULL) {
        return;
    }
    for (size_t i = 0; i < LINES; i++) {
        __builtin_prefetch((const char *)transport->owner + i * LINE_BYTES);
    }
}

static enum transport_verdict hub_receive_media(struct transport_hub *hub, struct packet *packet,
                                                int64_t now_us, struct transport **who)
{
    if (packet->len < 8) {
        return dropped(hub, DROP_RTP_MALFORMED);
    }
    bool rtcp = rtp_is_rtcp(packet->data, packet->len);
    struct transport *transport = peer_table_find_tuple(hub->peers, &packet->from);
    enum drop_reason reason = DROP_NONE;
    if (transport == NULL) {
        transport = media_by_ssrc(hub, packet, rtcp, now_us, &reason);
    } else if (transport->srtp == NULL) {
        reason = DROP_NOT_SECURE;
    } else if (!token_bucket_take(&transport->rate, now_us)) {
        reason = DROP_RATE;
    } else {
        prefetch_owner(transport);
        reason = media_open(transport, packet, rtcp);
        if (reason == DROP_NONE) {
            transport->heard_us = now_us;
            struct ice_change change = {0};
            ice_lite_media(&transport->ice, &packet->from, now_us, &change);
            if (change.moved || change.retired) {
                transport_follow_ice(transport, &packet->from, &change);
            }
        }
    }
    if (reason != DROP_NONE) {
        return dropped(hub, reason);
    }
    if (srtp_session_ssrc_count(transport->srtp) != transport->ssrcs_seen) {
        ssrc_note(transport, packet);
    }
    *who = transport;
    return rtcp ? TRANSPORT_RTCP : TRANSPORT_RTP;
}

void transport_hub_prefetch(const struct transport_hub *hub, const struct packet *packet)
{
    peer_table_prefetch_tuple(hub->peers, &packet->from);
}

const struct transport *transport_hub_expect(struct transport_hub *hub, const struct packet *packet)
{
    const struct transport *transport = peer_table_find_tuple(hub->peers, &packet->from);
    if (transport != NULL) {
        __builtin_prefetch(transport);
    }
    return transport;
}

enum transport_verdict transport_hub_receive(struct transport_hub *hub, struct packet *packet,
                                             int64_t now_us, struct transport **who)
{
    *who = NULL;
    if (packet->len == 0) {
        return dropped(hub, DROP_EMPTY);
    }
    uint8_t first = packet->data[0]; /* RFC 7983 7; DTLS up to 63 by RFC 9443 */
    if (first >= 128 && first <= 191) {
        return hub_receive_media(hub, packet, now_us, who);
    }
    if (first <= 3) {
        return hub_receive_stun(hub, packet, now_us, who);
    }
    if (first >= 20 && first <= 63) {
        return hub_receive_dtls(hub, packet, now_us, who);
    }
    return dropped(hub, DROP_UNKNOWN_FIRST_BYTE);
}

void transport_hub_tcp_closed(struct transport_hub *hub, uint32_t tcp)
{
    struct transport *transport = NULL;
    size_t cursor = 0;
    while ((transport = peer_table_next(hub->peers, &cursor)) != NULL) {
        struct ice_change change = {.lost = true};
        while (change.lost) {
            change = (struct ice_change){0};
            ice_lite_tcp_closed(&transport->ice, tcp, &change);
            if (change.lost) {
                peer_table_remove_tuple(hub->peers, &change.lost_tuple);
            }
        }
    }
}

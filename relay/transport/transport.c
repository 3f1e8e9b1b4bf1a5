#include "transport/transport.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/grid.h"
#include "base/log.h"
#include "base/minmax.h"
#include "transport_parts.h"

enum {
    CHECK_LIMIT_US = 15000000, /**< NEW: an unproven session is gone after this (SECURITY.md 2) */
    HANDSHAKE_LIMIT_US = 10000000, /**< CHECKED */
    GRACE_US = 15000000,           /**< SILENT */
    UDP_OVERHEAD_BYTES = 8,
    TCP_OVERHEAD_BYTES = 20 + 2 /**< with the length of RFC 4571 */
};

_Static_assert((int)SRTP_SESSION_MAX_RTP_SSRCS == (int)TRANSPORT_MAX_SSRCS, "one bound");
_Static_assert((int)ICE_MAX_PATHS == (int)TRANSPORT_MAX_TUPLES, "one bound");

/* ---- state ---- */

const char *transport_state_name(enum transport_state state)
{
    switch (state) {
    case TRANSPORT_NEW:
        return "new";
    case TRANSPORT_CHECKED:
        return "checked";
    case TRANSPORT_CONNECTED:
        return "connected";
    case TRANSPORT_SILENT:
        return "silent";
    case TRANSPORT_CLOSED:
        return "closed";
    }
    return "?";
}

/** After this no datagram finds the transport any more. */
static void transport_unlist(struct transport *transport)
{
    struct peer_table *peers = transport->hub->peers;
    if (transport->ice.present == NULL) {
        return;
    }
    peer_table_remove_ufrag(peers, ice_lite_ufrag(&transport->ice));
    if (ice_lite_old_ufrag(&transport->ice) != NULL) {
        peer_table_remove_ufrag(peers, ice_lite_old_ufrag(&transport->ice));
    }
    for (size_t i = 0; i < transport->ice.path_count; i++) {
        peer_table_remove_tuple(peers, &transport->ice.paths[i].tuple);
    }
    for (size_t i = 0; i < TRANSPORT_KNOWN_SSRCS; i++) {
        peer_table_remove_ssrc(peers, &transport->ssrcs[i]);
    }
    peer_table_remove_id(peers, transport->id);
}

/** The only place where a state is assigned. */
static void transport_set_state(struct transport *transport, enum transport_state state,
                                const char *cause, int64_t now_us)
{
    if (transport->state == state || transport->state == TRANSPORT_CLOSED) {
        return;
    }
    log_debug("transport", "id=%08x state=%s->%s cause=%s", (unsigned)transport->id,
              transport_state_name(transport->state), transport_state_name(state), cause);
    transport->state = state;
    transport->limit_us = INT64_MAX;
    switch (state) {
    case TRANSPORT_NEW:
    case TRANSPORT_CONNECTED:
        break;
    case TRANSPORT_CHECKED:
        transport->limit_us = now_us + HANDSHAKE_LIMIT_US;
        break;
    case TRANSPORT_SILENT:
        transport->limit_us = now_us + GRACE_US;
        break;
    case TRANSPORT_CLOSED:
        transport->cause = cause;
        transport_unlist(transport);
        if (transport->shaking) {
            transport->shaking = false;
            transport->hub->handshakes--;
        }
        break;
    }
}

/* ---- DTLS ---- */

static void keys_take(struct transport *transport, int64_t now_us)
{
    uint8_t send_key[SRTP_SESSION_MAX_KEY];
    uint8_t receive_key[SRTP_SESSION_MAX_KEY];
    enum srtp_profile profile = dtls_keys(transport->dtls, send_key, receive_key);
    int err = srtp_session_new(&transport->srtp, profile, send_key, receive_key);
    explicit_bzero(send_key, sizeof(send_key));
    explicit_bzero(receive_key, sizeof(receive_key));
    if (err != 0) {
        transport_set_state(transport, TRANSPORT_CLOSED, err_name(err), now_us);
        return;
    }
    ice_lite_prove(&transport->ice, &transport->dtls_tuple, now_us);
    transport_set_state(transport, TRANSPORT_CONNECTED, "DTLS complete", now_us);
}

/** Sends what the association has written to where the peer's DTLS comes from. @return whether
 * there was anything */
static bool dtls_flush(struct transport *transport)
{
    const struct five_tuple *to = ice_lite_has_path(&transport->ice, &transport->dtls_tuple)
                                      ? &transport->dtls_tuple
                                      : ice_lite_selected(&transport->ice);
    const uint8_t *data = NULL;
    size_t len = 0;
    bool any = false;
    while ((data = dtls_poll(transport->dtls, &len)) != NULL) {
        any = true;
        if (to != NULL) {
            outbox_push(transport->hub->outbox, to, data, len);
        }
    }
    return any;
}

/** When our last flight goes out again: the peer has no keys, unless the first copy was still under
 * way to it, or its own repetition to us. */
static bool is_deaf(const struct transport *transport, int64_t repeated_after_us)
{
    int64_t rtt_us = transport_rtt_us(transport);
    return transport->srtp != NULL && repeated_after_us > rtt_us + rtt_us / 4;
}

void transport_follow_dtls(struct transport *transport, int64_t now_us)
{
    enum dtls_state state = dtls_state(transport->dtls);
    int64_t asked_us = transport->asked_us;
    if (dtls_flush(transport)) {
        transport->asked_us = now_us;
        transport->deaf |= is_deaf(transport, now_us - asked_us);
    }
    if ((state == DTLS_HANDSHAKE) != transport->shaking) {
        transport->shaking = !transport->shaking;
        transport->hub->handshakes += transport->shaking ? 1U : (size_t)-1;
    }
    if (state == DTLS_CONNECTED && transport->state == TRANSPORT_CHECKED) {
        transport->answer_us = asked_us != 0 ? now_us - asked_us : 0;
        keys_take(transport, now_us);
    } else if (state == DTLS_CLOSED) {
        transport_set_state(transport, TRANSPORT_CLOSED, "closed by the peer", now_us);
    } else if (state == DTLS_FAILED) {
        transport_set_state(transport, TRANSPORT_CLOSED, dtls_failure(transport->dtls), now_us);
    }
}

/* ---- ICE ---- */

void transport_proved(struct transport *transport, int64_t now_us)
{
    if (transport->state == TRANSPORT_NEW) {
        transport_set_state(transport, TRANSPORT_CHECKED, "valid check", now_us);
        if (dtls_start(transport->dtls, now_us) == 0) { /* as server it waits for the hello */
            transport_follow_dtls(transport, now_us);
        }
    } else if (transport->state == TRANSPORT_SILENT) {
        transport_set_state(transport, TRANSPORT_CONNECTED, "consent again", now_us);
    }
}

void transport_follow_ice(struct transport *transport, const struct five_tuple *tuple,
                          const struct ice_change *change)
{
    struct transport_hub *hub = transport->hub;
    if (change->lost) {
        peer_table_remove_tuple(hub->peers, &change->lost_tuple);
    }
    if (change->added) {
        struct transport *before = peer_table_find_tuple(hub->peers, tuple);
        if (before != NULL && before != transport) {
            ice_lite_remove(&before->ice, tuple);
        }
        if (peer_table_set_tuple(hub->peers, tuple, transport) != 0) {
            ice_lite_remove(&transport->ice, tuple);
        }
    }
    if (change->moved && !change->first) {
        hub->path_moves++;
        transport->path_moves++;
        log_debug("transport", "id=%08x path moved", (unsigned)transport->id);
    }
    if (change->retired) {
        peer_table_remove_ufrag(hub->peers, ice_lite_old_ufrag(&transport->ice));
        ice_lite_retire(&transport->ice);
    }
}

/* ---- one transport ---- */

static uint32_t unused_id(struct transport_hub *hub)
{
    uint32_t id = rand_u32(hub->rand);
    while (peer_table_find_id(hub->peers, id) != NULL) {
        id++;
    }
    return id;
}

int transport_new(struct transport **out, struct transport_hub *hub,
                  const struct transport_config *config, void *owner, int64_t now_us)
{
    struct transport *transport = calloc(1, sizeof(*transport));
    if (transport == NULL) {
        return ERR_NO_MEMORY;
    }
    transport->hub = hub;
    token_bucket_init(&transport->rate, 1000000 / TRANSPORT_MAX_PACKETS_PER_S,
                      TRANSPORT_MAX_PACKETS_PER_S);
    transport->owner = owner;
    transport->cause = "";
    transport->limit_us = now_us + CHECK_LIMIT_US;
    transport->id = unused_id(hub);
    const struct ice_credentials credentials = {.local_ufrag = config->local_ufrag,
                                                .local_pwd = config->local_pwd,
                                                .remote_ufrag = config->remote_ufrag,
                                                .remote_pwd = config->remote_pwd};
    int err = ice_lite_init(&transport->ice, &credentials, transport->id, hub->rand);
    err = err != 0 ? err
                   : dtls_new(&transport->dtls, hub->dtls_context, config->dtls_client,
                              config->fingerprints, config->fingerprint_count);
    err = err != 0 ? err : peer_table_add_id(hub->peers, transport->id, transport);
    if (err == 0) {
        err = peer_table_add_ufrag(hub->peers, config->local_ufrag, transport);
        if (err != 0) { /* the ufrag may be another's: only what is ours is taken back */
            peer_table_remove_id(hub->peers, transport->id);
        }
    }
    if (err != 0) {
        dtls_free(&transport->dtls);
        ice_lite_deinit(&transport->ice);
        free(transport);
        return err;
    }
    *out = transport;
    return 0;
}

void *transport_owner(const struct transport *transport)
{
    return transport->owner;
}

enum transport_state transport_state(const struct transport *transport)
{
    return transport->state;
}

bool transport_was_deaf(struct transport *transport)
{
    bool deaf = transport->deaf;
    transport->deaf = false;
    return deaf;
}

uint32_t transport_path_moves(const struct transport *transport)
{
    return transport->path_moves;
}

const char *transport_close_cause(const struct transport *transport)
{
    return transport->cause;
}

int transport_restart_ice(struct transport *transport, const char *local_ufrag,
                          const char *local_pwd, const char *remote_ufrag, const char *remote_pwd,
                          int64_t now_us)
{
    (void)now_us;
    struct peer_table *peers = transport->hub->peers;
    if (transport->state == TRANSPORT_CLOSED) {
        return ERR_BAD_STATE;
    }
    if (peer_table_find_ufrag(peers, str_view_text(local_ufrag)) != NULL) {
        return ERR_FULL;
    }
    const struct ice_credentials credentials = {.local_ufrag = local_ufrag,
                                                .local_pwd = local_pwd,
                                                .remote_ufrag = remote_ufrag,
                                                .remote_pwd = remote_pwd};
    int err = peer_table_add_ufrag(peers, local_ufrag, transport);
    if (err != 0) {
        return err;
    }
    if (ice_lite_old_ufrag(&transport->ice) !=
        NULL) { /* two restarts in a row: the middle one goes */
        peer_table_remove_ufrag(peers, ice_lite_old_ufrag(&transport->ice));
        ice_lite_retire(&transport->ice);
    }
    err = ice_lite_restart(&transport->ice, &credentials);
    if (err != 0) {
        peer_table_remove_ufrag(peers, local_ufrag);
    }
    return err;
}

int transport_adopt(struct transport *transport, const struct five_tuple *tuple,
                    enum srtp_profile profile, const uint8_t *send_key, const uint8_t *receive_key,
                    int64_t now_us)
{
    if (transport->state == TRANSPORT_CLOSED || transport->srtp != NULL) {
        return ERR_BAD_STATE;
    }
    int err = srtp_session_new(&transport->srtp, profile, send_key, receive_key);
    if (err != 0) {
        return err;
    }
    struct ice_change change = {0};
    ice_lite_adopt(&transport->ice, tuple, now_us, &change);
    transport_follow_ice(transport, tuple, &change);
    if (ice_lite_selected(&transport->ice) == NULL) {
        srtp_session_free(&transport->srtp);
        return ERR_NO_MEMORY;
    }
    transport_set_state(transport, TRANSPORT_CONNECTED, "keys adopted", now_us);
    return 0;
}

void transport_expect_ssrc(struct transport *transport, uint32_t ssrc)
{
    struct peer_table *peers = transport->hub->peers;
    if (transport->state == TRANSPORT_CLOSED) {
        return;
    }
    for (size_t i = 0; i < TRANSPORT_KNOWN_SSRCS; i++) {
        if (transport->ssrcs[i].peer != NULL && transport->ssrcs[i].ssrc == ssrc) {
            return;
        }
    }
    struct ssrc_user *user = &transport->ssrcs[transport->ssrc_next];
    peer_table_remove_ssrc(peers, user);
    if (peer_table_add_ssrc(peers, user, ssrc, transport) == 0) {
        transport->ssrc_next = (transport->ssrc_next + 1) % TRANSPORT_KNOWN_SSRCS;
    }
}

bool transport_can_send(const struct transport *transport)
{
    return transport->state == TRANSPORT_CONNECTED && transport->ice.selected != ICE_MAX_PATHS;
}

size_t transport_overhead(const struct transport *transport)
{
    if (!transport_can_send(transport)) {
        return 0;
    }
    const struct five_tuple *path = ice_lite_selected(&transport->ice);
    size_t ip = path->remote.family == ADDR_IPV6 ? 40 : 20;
    size_t carrier = path->tcp != 0 ? TCP_OVERHEAD_BYTES : UDP_OVERHEAD_BYTES;
    return ip + carrier + srtp_session_tag_bytes(transport->srtp);
}

int64_t transport_rtt_us(const struct transport *transport)
{
    return transport->ice.rtt_us != 0 ? transport->ice.rtt_us : transport->answer_us;
}

void transport_prefetch(const struct transport *transport)
{
    __builtin_prefetch(&transport->hub);
    __builtin_prefetch(&transport->ice.paths[0].tuple.local);
}

void transport_prefetch_keys(const struct transport *transport)
{
    if (transport->srtp != NULL) { /* a prefetch of NULL is slow */
        __builtin_prefetch(transport->srtp);
    }
}

void transport_prefetch_cipher(const struct transport *transport)
{
    if (transport->srtp != NULL) {
        srtp_session_prefetch(transport->srtp);
    }
}

void transport_near_receiving(const struct transport *transport, struct near *near)
{
    near_add(near, transport, offsetof(struct transport, ssrcs));
    if (transport->srtp != NULL) {
        srtp_session_near(transport->srtp, near, false);
    }
}

void transport_near_sending(const struct transport *transport, struct near *near)
{
    near_add(near, &transport->hub,
             offsetof(struct transport, ice) - offsetof(struct transport, hub));
    near_add(near, &transport->ice,
             offsetof(struct ice_lite, paths) + sizeof(transport->ice.paths[0]));
    if (transport->srtp != NULL) {
        srtp_session_near(transport->srtp, near, true);
    }
}

uint8_t *transport_reserve(struct transport *transport)
{
    return outbox_reserve(transport->hub->outbox, OUTBOX_MAX_DATAGRAM);
}

/** A packet has been protected, or not. */
static int send_protected(struct transport *transport, int err, size_t len)
{
    if (err == 0) {
        outbox_commit(transport->hub->outbox, ice_lite_selected(&transport->ice), len,
                      &transport->place);
    } else {
        drop_count(transport->hub->drops, DROP_SRTP_SEND);
    }
    return err;
}

int transport_send_rtp(struct transport *transport, uint8_t *data, size_t len)
{
    if (!transport_can_send(transport)) {
        return ERR_BAD_STATE;
    }
    int err = srtp_session_protect_rtp(transport->srtp, data, &len);
    return send_protected(transport, err, len);
}

int transport_send_rtcp(struct transport *transport, uint8_t *data, size_t len)
{
    if (!transport_can_send(transport)) {
        return ERR_BAD_STATE;
    }
    int err = srtp_session_protect_rtcp(transport->srtp, data, &len);
    return send_protected(transport, err, len);
}

static void consent_timeout(struct transport *transport, int64_t now_us)
{
    struct ice_change change = {0};
    ice_lite_timeout(&transport->ice, now_us, &change);
    if (change.lost) {
        log_debug("transport", "id=%08x path did not answer", (unsigned)transport->id);
        transport_follow_ice(transport, &change.lost_tuple, &change);
    }
    if (!ice_lite_has_consent(&transport->ice, now_us)) {
        transport_set_state(transport, TRANSPORT_SILENT, "consent expired", now_us);
    }
    uint8_t check[ICE_STUN_MAX_BYTES];
    size_t len = ice_lite_ask(&transport->ice, transport->hub->codec, now_us, check);
    if (len > 0) {
        outbox_push(transport->hub->outbox, ice_lite_selected(&transport->ice), check, len);
    }
}

void transport_timeout(struct transport *transport, int64_t now_us)
{
    switch (transport->state) {
    case TRANSPORT_NEW:
        if (now_us >= transport->limit_us) {
            transport_set_state(transport, TRANSPORT_CLOSED, "no valid check", now_us);
        }
        break;
    case TRANSPORT_CHECKED:
        dtls_timeout(transport->dtls, now_us);
        transport_follow_dtls(transport, now_us);
        if (now_us >= transport->limit_us) {
            const char *failure = dtls_failure(transport->dtls);
            transport_set_state(transport, TRANSPORT_CLOSED,
                                failure[0] == '\0' ? "DTLS timeout" : failure, now_us);
        }
        break;
    case TRANSPORT_CONNECTED:
        consent_timeout(transport, now_us);
        break;
    case TRANSPORT_SILENT:
        if (now_us >= transport->limit_us) {
            transport_set_state(transport, TRANSPORT_CLOSED, "consent expired", now_us);
        } else {
            consent_timeout(transport, now_us);
        }
        break;
    case TRANSPORT_CLOSED:
        break;
    }
}

int64_t transport_next_deadline(const struct transport *transport)
{
    switch (transport->state) {
    case TRANSPORT_NEW:
        return transport->limit_us;
    case TRANSPORT_CHECKED:
        return min_i64(transport->limit_us, dtls_next_deadline(transport->dtls));
    case TRANSPORT_CONNECTED:
        return grid_up(min_i64(ice_lite_consent_deadline(&transport->ice),
                               ice_lite_ask_deadline(&transport->ice)));
    case TRANSPORT_SILENT:
        return min_i64(transport->limit_us, ice_lite_ask_deadline(&transport->ice));
    case TRANSPORT_CLOSED:
        break;
    }
    return INT64_MAX;
}

void transport_close(struct transport *transport, const char *cause)
{
    if (transport_can_send(transport)) {
        dtls_close(transport->dtls);
        (void)dtls_flush(transport);
    }
    transport_set_state(transport, TRANSPORT_CLOSED, cause, 0);
}

void transport_free(struct transport **transport)
{
    struct transport *gone = *transport;
    if (gone == NULL) {
        return;
    }
    transport_set_state(gone, TRANSPORT_CLOSED, "freed", 0);
    srtp_session_free(&gone->srtp);
    dtls_free(&gone->dtls);
    ice_lite_deinit(&gone->ice);
    free(gone);
    *transport = NULL;
}

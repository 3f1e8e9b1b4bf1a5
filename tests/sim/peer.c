#include "sim/peer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/minmax.h"
#include "rtp/rtp.h"
#include "sim/peer_parts.h"

enum { REPORT_INTERVAL_US = 1000000, TRAILER_ROOM = 160 };

void peer_send_datagram(void *owner, const uint8_t *data, size_t len)
{
    struct peer *peer = owner;
    if (!peer->silent) {
        peer->output.send(peer->output.owner, &peer->addr, data, len);
    }
}

/** Protects and sends RTP or RTCP; dropped until there are keys. */
void peer_send_media(struct peer *peer, const uint8_t *data, size_t len, bool rtcp)
{
    uint8_t protected[1600 + TRAILER_ROOM];
    if (!peer->connected || len > 1600) {
        return;
    }
    memcpy(protected, data, len);
    if (peer->dtls != NULL) {
        len = dtls_client_protect(peer->dtls, protected, len, rtcp);
    }
    if (len > 0) {
        peer_send_datagram(peer, protected, len);
    }
}

void peer_send_rtp(void *owner, uint8_t *rtp, size_t len)
{
    peer_send_media(owner, rtp, len, false);
}

int peer_new(struct peer **out, const struct peer_config *config, const struct peer_output *output,
             struct rand *rand, uint32_t number, const struct addr *addr,
             const char *relay_fingerprint, int64_t now_us)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    if (peer == NULL) {
        return ERR_NO_MEMORY;
    }
    peer->config = *config;
    peer->output = *output;
    peer->addr = *addr;
    rand_init(&peer->rand, rand_u64(rand));
    peer->report_ssrc = config->report_ssrc != 0 ? config->report_ssrc : rand_u32(&peer->rand) | 1;
    peer->checks_on = true;
    peer->check_us = INT64_MAX;
    peer->report_us = INT64_MAX;
    peer->wanted_us = INT64_MAX;
    twcc_recorder_init(&peer->twcc_recorder);
    int err = peer_make_session(peer, number);
    if (err == 0) {
        err = peer_make_streams(peer, now_us);
    }
    if (err == 0) {
        err = peer_make_security(peer, relay_fingerprint);
    }
    if (err != 0) {
        peer_free(&peer);
        return err;
    }
    *out = peer;
    return 0;
}

struct session *peer_session(const struct peer *peer)
{
    return session_copy(peer->session);
}

static void connected(struct peer *peer, int64_t now_us)
{
    if (peer->connected) {
        return;
    }
    peer->connected = true;
    peer->connected_us = now_us;
    peer->report_us = now_us + rand_below(&peer->rand, 200000);
    if (peer->audio != NULL) {
        source_set_on(peer->audio, true);
    }
    for (size_t i = 0; i < peer->layer_count; i++) {
        source_set_on(peer->video[i], true);
        source_request_keyframe(peer->video[i]);
    }
}

void peer_start(struct peer *peer, int64_t now_us)
{
    peer->check_us = now_us;
    if (peer->dtls == NULL) {
        connected(peer, now_us);
    }
}

void peer_vanish(struct peer *peer)
{
    peer->silent = true;
}

void peer_leave(struct peer *peer, int64_t now_us)
{
    peer->now_us = now_us;
    peer_send_bye(peer);
    if (peer->dtls != NULL) {
        peer_clock_set(now_us);
        dtls_client_close(peer->dtls);
    }
    peer->silent = true;
}

void peer_move(struct peer *peer, const struct addr *addr)
{
    peer->addr = *addr;
}

struct session *peer_restart_ice(struct peer *peer, int64_t now_us)
{
    peer_make_credentials(peer);
    if (peer_make_stun(peer) != 0) {
        return NULL;
    }
    peer->counts.check_answers = 0;
    peer->check_us = now_us;
    return peer_session(peer);
}

void peer_set_checks(struct peer *peer, bool on)
{
    peer->checks_on = on;
}

void peer_check(struct peer *peer, bool use_candidate, int64_t now_us)
{
    uint8_t data[ICE_CALLER_MAX_BYTES];
    size_t len = ice_caller_check(peer->stun, use_candidate, now_us, data);
    peer_send_datagram(peer, data, len);
}

void peer_restart_source(struct peer *peer, enum media_kind kind)
{
    struct source *source = peer_source(peer, kind);
    uint32_t rtx_ssrc = kind == MEDIA_VIDEO ? rand_u32(&peer->rand) | 1 : 0;
    source_restart(source, rand_u32(&peer->rand) | 1, rtx_ssrc, &peer->rand);
}

struct sink *peer_sink_by_ssrc(const struct peer *peer, uint32_t ssrc)
{
    for (size_t i = 0; i < peer->media_count; i++) {
        if (peer->sinks[i].entries != NULL && sink_owns(&peer->sinks[i], ssrc)) {
            return &peer->sinks[i];
        }
    }
    return NULL;
}

/** For transport-wide feedback. */
static void note_arrival(struct peer *peer, const uint8_t *data, size_t len)
{
    struct rtp_header header;
    uint8_t bytes = 0;
    if (peer->config.no_twcc || rtp_parse(data, len, &header) != 0) {
        return;
    }
    const uint8_t *number = rtp_ext_find(data, &header, PEER_TRANSPORT_CC_ID, &bytes);
    if (number != NULL && bytes == 2) {
        twcc_recorder_receive(&peer->twcc_recorder, bytes_get_u16(number), header.ssrc,
                              (uint32_t)len, header.marker, peer->now_us, peer->now_us);
    }
}

/** How long nothing came but padding. */
static void note_media(struct peer *peer, const uint8_t *data, size_t len)
{
    struct peer_counts *counts = &peer->counts;
    struct rtp_header header;
    counts->rtp_received++;
    if (rtp_parse(data, len, &header) != 0 || header.payload_bytes == 0) {
        return;
    }
    if (counts->last_media_us > 0 &&
        peer->now_us - counts->last_media_us > counts->longest_silence_us) {
        counts->longest_silence_us = peer->now_us - counts->last_media_us;
    }
    counts->last_media_us = peer->now_us;
}

static void receive_media(struct peer *peer, const uint8_t *data, size_t len)
{
    uint8_t plain[2000];
    bool rtcp = rtp_is_rtcp(data, len);
    if (!peer->connected || len > sizeof(plain)) {
        return;
    }
    memcpy(plain, data, len);
    if (peer->dtls != NULL) {
        len = dtls_client_unprotect(peer->dtls, plain, len, rtcp);
        if (len == 0) {
            peer->counts.auth_failed++;
            return;
        }
    }
    if (rtcp) {
        peer_receive_rtcp(peer, plain, len);
        return;
    }
    note_arrival(peer, plain, len);
    note_media(peer, plain, len);
    struct peer_counts *counts = &peer->counts;
    struct sink *sink = peer_sink_by_ssrc(peer, rtp_peek_ssrc(plain, len));
    if (sink == NULL) {
        counts->unknown_ssrc++;
        return;
    }
    sink_receive(sink, plain, len, peer->now_us);
}

static void receive_stun(struct peer *peer, const uint8_t *data, size_t len)
{
    uint8_t reply[ICE_CALLER_MAX_BYTES];
    size_t reply_len = 0;
    struct ice_caller_answer answer = {0};
    enum ice_caller_verdict verdict = ice_caller_receive(peer->stun, data, len, &peer->addr,
                                                         peer->now_us, reply, &reply_len, &answer);
    if (verdict == ICE_CALLER_REQUEST) {
        peer->counts.relay_checks++;
        peer_send_datagram(peer, reply, reply_len);
    } else if (verdict == ICE_CALLER_ANSWER) {
        peer->rtt_us = answer.rtt_us;
        if (peer->counts.check_answers++ == 0) {
            peer->check_us = peer->now_us + PEER_CHECK_INTERVAL_US;
        }
        if (peer->dtls != NULL) {
            peer_clock_set(peer->now_us);
            dtls_client_start(peer->dtls, peer->now_us);
        }
    }
}

void peer_receive(struct peer *peer, const struct addr *to, const uint8_t *data, size_t len,
                  int64_t now_us)
{
    if (peer->silent || len == 0 || !addr_equal(to, &peer->addr)) {
        return;
    }
    peer->now_us = now_us;
    if (data[0] < 4) {
        receive_stun(peer, data, len);
    } else if (data[0] < 64 && peer->dtls != NULL) {
        peer_clock_set(now_us);
        dtls_client_receive(peer->dtls, data, len, now_us);
        if (dtls_client_state(peer->dtls) == DTLS_CLIENT_CONNECTED) {
            connected(peer, now_us);
        }
    } else if (data[0] >= 128) {
        receive_media(peer, data, len);
    }
}

/** Layers go off and on as the relay wished a moment ago; one that comes back begins afresh. */
static void follow_wishes(struct peer *peer)
{
    for (size_t i = 0; i < peer->layer_count; i++) {
        if (peer->wanted[i] && !source_is_on(peer->video[i])) {
            source_request_keyframe(peer->video[i]);
        }
        source_set_on(peer->video[i], peer->wanted[i]);
    }
    peer->wanted_us = INT64_MAX;
}

void peer_layer_wanted(struct peer *peer, const struct event_layer *layer, int64_t now_us)
{
    for (size_t i = 0; peer->config.dynacast && i < peer->layer_count; i++) {
        if (strcmp(peer_layers[i].rid, layer->rid) == 0) {
            peer->wanted[i] = layer->wanted;
            peer->wanted_us = now_us + PEER_SIGNALLING_US;
        }
    }
}

void peer_slot_told(struct peer *peer, const struct event_slot *slot, int64_t now_us)
{
    bool paused = slot->paused == PAUSE_NETWORK;
    for (size_t i = 0; i < peer->media_count; i++) {
        struct sink *sink = &peer->sinks[i];
        if (sink->entries != NULL && strcmp(peer->session->media[i].mid, slot->mid) == 0 &&
            sink->playback.paused != paused) {
            peer->counts.pauses_told += paused;
            peer->counts.resumes_told += !paused;
            playback_pause(&sink->playback, paused, now_us);
        }
    }
}

void peer_timeout(struct peer *peer, int64_t now_us)
{
    peer->now_us = now_us;
    if (now_us >= peer->check_us) {
        bool answered = peer->counts.check_answers > 0;
        if (peer->checks_on) {
            peer_check(peer, !answered || peer->config.always_nominates, now_us);
        }
        peer->check_us = now_us + (answered ? PEER_CHECK_INTERVAL_US : PEER_FIRST_CHECKS_US);
    }
    if (peer->dtls != NULL) {
        peer_clock_set(now_us);
        dtls_client_timeout(peer->dtls, now_us);
    }
    if (peer->audio != NULL) {
        source_timeout(peer->audio, now_us);
    }
    if (now_us >= peer->wanted_us) {
        follow_wishes(peer);
    }
    for (size_t i = 0; i < peer->layer_count; i++) {
        source_timeout(peer->video[i], now_us);
    }
    if (now_us >= peer->report_us) {
        peer_send_reports(peer);
        peer->report_us = now_us + REPORT_INTERVAL_US;
    }
    if (now_us >= twcc_recorder_next_deadline(&peer->twcc_recorder)) {
        peer_send_twcc(peer);
    }
    peer_send_requests(peer);
}

int64_t peer_next_deadline(const struct peer *peer)
{
    if (peer->silent) {
        return INT64_MAX;
    }
    int64_t deadline = min_i64(peer->check_us, peer->report_us);
    if (peer->dtls != NULL) {
        deadline = min_i64(deadline, dtls_client_next_deadline(peer->dtls));
    }
    if (peer->audio != NULL) {
        deadline = min_i64(deadline, source_next_deadline(peer->audio));
    }
    for (size_t i = 0; i < peer->layer_count; i++) {
        deadline = min_i64(deadline, source_next_deadline(peer->video[i]));
    }
    deadline = min_i64(deadline, peer->wanted_us);
    deadline = min_i64(deadline, twcc_recorder_next_deadline(&peer->twcc_recorder));
    for (size_t i = 0; i < peer->media_count; i++) {
        if (peer->sinks[i].entries != NULL) {
            deadline = min_i64(deadline, sink_next_deadline(&peer->sinks[i]));
        }
    }
    return deadline;
}

const struct addr *peer_addr(const struct peer *peer)
{
    return &peer->addr;
}

uint32_t peer_number(const struct peer *peer)
{
    return peer->session->number;
}

bool peer_connected(const struct peer *peer)
{
    return peer->connected;
}

int64_t peer_connected_us(const struct peer *peer)
{
    return peer->connected_us;
}

const struct peer_counts *peer_counts(const struct peer *peer)
{
    return &peer->counts;
}

struct source *peer_source(const struct peer *peer, enum media_kind kind)
{
    return kind == MEDIA_AUDIO ? peer->audio : peer->video[0];
}

struct source *peer_video_layer(const struct peer *peer, size_t n)
{
    return n < peer->layer_count ? peer->video[n] : NULL;
}

struct sink *peer_sink(const struct peer *peer, enum media_kind kind, size_t n)
{
    for (size_t i = 0; i < peer->media_count; i++) {
        if (peer->sinks[i].entries != NULL && peer->sinks[i].kind == kind && n-- == 0) {
            return &peer->sinks[i];
        }
    }
    return NULL;
}

struct sink_counts peer_sum(const struct peer *peer, enum media_kind kind)
{
    struct sink_counts sum = {0};
    struct sink *sink = NULL;
    for (size_t n = 0; (sink = peer_sink(peer, kind, n)) != NULL; n++) {
        const struct sink_counts *counts = &sink->counts;
        sum.packets += counts->packets;
        sum.repaired += counts->repaired;
        sum.copied += counts->copied;
        sum.made += counts->made;
        sum.duplicates += counts->duplicates;
        sum.probes += counts->probes;
        sum.delivered += counts->delivered;
        sum.unrepaired += counts->unrepaired;
        sum.nacks += counts->nacks;
        sum.plis += counts->plis;
        sum.frames_decoded += counts->frames_decoded;
        sum.frames_broken += counts->frames_broken;
        sum.feeds += counts->feeds;
        sum.errors += counts->errors;
        sum.error = sum.error == NULL ? counts->error : sum.error;
        sum.reports += counts->reports;
        if (counts->worst_switch_us > sum.worst_switch_us) {
            sum.worst_switch_us = counts->worst_switch_us;
        }
        if (counts->longest_freeze_us > sum.longest_freeze_us) {
            sum.longest_freeze_us = counts->longest_freeze_us;
        }
    }
    return sum;
}

void peer_free(struct peer **peer)
{
    struct peer *gone = *peer;
    if (gone == NULL) {
        return;
    }
    for (size_t i = 0; gone->sinks != NULL && i < gone->media_count; i++) {
        sink_deinit(&gone->sinks[i]);
    }
    free(gone->sinks);
    source_free(&gone->audio);
    for (size_t i = 0; i < gone->layer_count; i++) {
        source_free(&gone->video[i]);
    }
    ice_caller_free(&gone->stun);
    dtls_client_free(&gone->dtls);
    dtls_identity_free(&gone->identity);
    twcc_recorder_deinit(&gone->twcc_recorder);
    free(gone->session);
    free(gone);
    *peer = NULL;
}

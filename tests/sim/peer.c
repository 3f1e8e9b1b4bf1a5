#include "sim/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "cc/twcc_recorder.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_fb.h"
#include "rtp/rtcp_twcc.h"
#include "rtp/rtp.h"
#include "sim/peer_dtls.h"
#include "sim/peer_stun.h"

enum {
    RED_PT = 63,
    OPUS_PT = 111,
    VP8_PT = 96,
    VP8_RTX_PT = 97,
    TRANSPORT_CC_ID = 3,
    REPORT_INTERVAL_US = 1000000,
    TRAILER_ROOM = 160
};

const struct peer_layer peer_layers[PEER_LAYERS] = {
    {"q", 320, 180, 150000}, {"h", 640, 360, 500000}, {"f", 1280, 720, 1700000}};

/** Seconds from 1900 to 1970. */
static const uint64_t ntp_epoch_s = 2208988800U;

struct peer {
    struct peer_config config;
    struct peer_output output;
    struct peer_counts counts;
    struct rand rand;
    struct session *session;
    struct addr addr;
    struct peer_stun *stun;
    struct peer_dtls *dtls; /* NULL with null security */
    struct source *audio;
    struct source *video[SESSION_MAX_LAYERS];
    size_t layer_count;
    bool wanted[SESSION_MAX_LAYERS]; /* by the relay, as told */
    int64_t wanted_us;               /* when that takes effect; INT64_MAX = it has */
    struct twcc_recorder twcc_recorder;
    struct sink *sinks; /* media_count, unused ones without entries */
    size_t media_count;
    uint16_t twcc;
    uint32_t report_ssrc;
    bool silent;
    bool checks_on;
    bool connected;
    int64_t connected_us;
    int64_t rtt_us;
    int64_t check_us;
    int64_t report_us;
    int64_t now_us; /* of the call under way, for callbacks */
};

static void send_datagram(void *owner, const uint8_t *data, size_t len)
{
    struct peer *peer = owner;
    if (!peer->silent) {
        peer->output.send(peer->output.owner, &peer->addr, data, len);
    }
}

/** Protects and sends RTP or RTCP; dropped until there are keys. */
static void send_media(struct peer *peer, const uint8_t *data, size_t len, bool rtcp)
{
    uint8_t protected[1600 + TRAILER_ROOM];
    if (!peer->connected || len > 1600) {
        return;
    }
    memcpy(protected, data, len);
    if (peer->dtls != NULL) {
        len = peer_dtls_protect(peer->dtls, protected, len, rtcp);
    }
    if (len > 0) {
        send_datagram(peer, protected, len);
    }
}

static void send_rtp(void *owner, uint8_t *rtp, size_t len)
{
    send_media(owner, rtp, len, false);
}

static void set_exts(const struct peer *peer, struct rtp_ext_map *exts, enum media_kind kind)
{
    exts->id[RTP_EXT_MID] = 4;
    exts->id[RTP_EXT_TRANSPORT_CC] = peer->config.no_twcc ? 0 : TRANSPORT_CC_ID;
    if (kind == MEDIA_VIDEO && peer->config.simulcast) {
        exts->id[RTP_EXT_RID] = 10;
        exts->id[RTP_EXT_RRID] = 11;
    }
    exts->id[RTP_EXT_ABS_SEND_TIME] = 2;
    if (kind == MEDIA_AUDIO) {
        exts->id[RTP_EXT_AUDIO_LEVEL] = 1;
    }
}

static bool has_rtx(const struct peer *peer, enum media_kind kind)
{
    return kind == MEDIA_VIDEO && !peer->config.without_rtx && !peer->config.without_nack;
}

static void add_media(struct peer *peer, enum media_kind kind, bool sends, bool receives)
{
    struct session_media *media = &peer->session->media[peer->session->media_count];
    *media = (struct session_media){
        .kind = kind, .client_sends = sends, .client_receives = receives, .codec_count = 1};
    (void)snprintf(media->mid, sizeof(media->mid), "%zu", peer->session->media_count);
    (void)snprintf(media->source, sizeof(media->source), "%s",
                   kind == MEDIA_AUDIO ? "microphone" : "camera");
    set_exts(peer, &media->exts, kind);
    media->codecs[0] = kind == MEDIA_AUDIO
                           ? (struct session_codec){.kind = CODEC_OPUS,
                                                    .pt = OPUS_PT,
                                                    .clock_rate = 48000,
                                                    .transport_cc = !peer->config.no_twcc,
                                                    .inband_fec = true}
                           : (struct session_codec){.kind = CODEC_VP8,
                                                    .pt = VP8_PT,
                                                    .clock_rate = 90000,
                                                    .nack_pli = true,
                                                    .ccm_fir = true,
                                                    .goog_remb = true,
                                                    .transport_cc = !peer->config.no_twcc};
    struct session_codec *codec = &media->codecs[0];
    if (kind == MEDIA_AUDIO) {
        codec->nack = peer->config.audio_nack;
        media->codecs[1] =
            (struct session_codec){.kind = CODEC_RED, .pt = RED_PT, .clock_rate = 48000};
        media->codec_count = peer->config.audio_red ? 2 : 1;
    } else {
        codec->nack = !peer->config.without_nack;
        codec->rtx_pt = has_rtx(peer, kind) ? VP8_RTX_PT : 0;
    }
    if (receives) {
        media->slot_ssrc = rand_u32(&peer->rand) | 1;
        media->slot_rtx_ssrc = has_rtx(peer, kind) ? rand_u32(&peer->rand) | 1 : 0;
    }
    peer->session->media_count++;
}

static void make_credentials(struct peer *peer)
{
    struct session *session = peer->session;
    rand_ice_chars(&peer->rand, session->local_ufrag, 8);
    rand_ice_chars(&peer->rand, session->local_pwd, 24);
    rand_ice_chars(&peer->rand, session->remote_ufrag, 4);
    rand_ice_chars(&peer->rand, session->remote_pwd, 24);
}

static int make_session(struct peer *peer, uint32_t number)
{
    struct session *session = calloc(1, sizeof(*session));
    peer->session = session;
    if (session == NULL) {
        return ERR_NO_MEMORY;
    }
    const struct peer_config *config = &peer->config;
    (void)snprintf(session->room, sizeof(session->room), "%s",
                   config->room != NULL ? config->room : "r");
    (void)snprintf(session->participant, sizeof(session->participant), "p%u", number);
    (void)snprintf(session->name, sizeof(session->name), "Peer %u", number);
    (void)snprintf(session->cname, sizeof(session->cname), "c%u", number);
    session->number = number;
    make_credentials(peer);
    session->bundle = true;
    session->rtcp_rsize = true;
    session->extmap_allow_mixed = true;
    for (uint32_t i = 0; i < config->audio_sources || i < config->audio_slots; i++) {
        add_media(peer, MEDIA_AUDIO, i < config->audio_sources, i < config->audio_slots);
    }
    for (uint32_t i = 0; i < config->video_sources || i < config->video_slots; i++) {
        add_media(peer, MEDIA_VIDEO, i < config->video_sources, i < config->video_slots);
    }
    return 0;
}

/** What a stream of an m-line is; numbers are drawn. */
static struct source_config describe_source(struct peer *peer, const struct session_media *media)
{
    const struct peer_config *config = &peer->config;
    bool video = media->kind == MEDIA_VIDEO;
    struct source_config source = {
        .kind = media->kind,
        .publisher = peer->session->number,
        .ssrc = rand_u32(&peer->rand) | 1,
        .rtx_ssrc = has_rtx(peer, media->kind) ? rand_u32(&peer->rand) | 1 : 0,
        .pt = media->codecs[0].pt,
        .rtx_pt = media->codecs[0].rtx_pt,
        .exts = media->exts,
        .key_packets = config->key_packets != 0 ? config->key_packets : 10,
        .delta_packets = config->delta_packets != 0 ? config->delta_packets : 3,
        .payload_bytes = !video                       ? 80
                         : config->payload_bytes != 0 ? config->payload_bytes
                                                      : 1000,
        .temporal = video && config->temporal,
    };
    memcpy(source.mid, media->mid, sizeof(source.mid));
    return source;
}

static int start_source(struct peer *peer, const struct source_config *config, int64_t now_us,
                        struct source **out)
{
    const struct source_output output = {.send = send_rtp, .owner = peer, .twcc = &peer->twcc};
    int err = source_new(out, config, &output, &peer->rand, now_us);
    if (err == 0) {
        source_set_on(*out, false);
        source_set_level(*out, 20);
    }
    return err;
}

static int make_source(struct peer *peer, struct session_media *media, int64_t now_us)
{
    struct source_config source = describe_source(peer, media);
    if (!peer->config.hide_ssrcs) {
        media->ssrcs[0] = source.ssrc;
        media->rtx_ssrcs[0] = source.rtx_ssrc;
        media->ssrc_count = 1;
    }
    bool video = media->kind == MEDIA_VIDEO;
    peer->layer_count = video ? 1 : peer->layer_count;
    return start_source(peer, &source, now_us, video ? &peer->video[0] : &peer->audio);
}

/** As Chromium: RIDs in the packets, no SSRCs announced. */
static int make_layers(struct peer *peer, struct session_media *media, int64_t now_us)
{
    int err = 0;
    while (peer->layer_count < PEER_LAYERS && err == 0) {
        size_t i = peer->layer_count;
        struct source_config source = describe_source(peer, media);
        source.layer = (uint8_t)i;
        source.bitrate_bps = peer_layers[i].bps;
        source.width = peer_layers[i].width;
        source.height = peer_layers[i].height;
        (void)snprintf(source.rid, sizeof(source.rid), "%s", peer_layers[i].rid);
        memcpy(media->rids[i], source.rid, sizeof(source.rid));
        media->rid_count++;
        peer->wanted[i] = true;
        err = start_source(peer, &source, now_us, &peer->video[i]);
        peer->layer_count += err == 0;
    }
    return err;
}

static int make_streams(struct peer *peer, int64_t now_us)
{
    peer->media_count = peer->session->media_count;
    peer->sinks = calloc(peer->media_count + 1, sizeof(*peer->sinks));
    if (peer->sinks == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < peer->media_count; i++) {
        struct session_media *media = &peer->session->media[i];
        bool layered = peer->config.simulcast && media->kind == MEDIA_VIDEO;
        int err = !media->client_sends ? 0
                  : layered            ? make_layers(peer, media, now_us)
                                       : make_source(peer, media, now_us);
        if (err == 0 && media->client_receives) {
            err = sink_init(&peer->sinks[i], media, peer->config.keep);
            peer->sinks[i].may_resume = peer->config.may_resume;
        }
        if (err != 0) {
            return err;
        }
    }
    return 0;
}

static int make_stun(struct peer *peer)
{
    const struct session *session = peer->session;
    const struct peer_stun_credentials credentials = {.own_ufrag = session->remote_ufrag,
                                                      .own_pwd = session->remote_pwd,
                                                      .relay_ufrag = session->local_ufrag,
                                                      .relay_pwd = session->local_pwd};
    peer_stun_free(&peer->stun);
    return peer_stun_new(&peer->stun, &credentials, &peer->rand);
}

static int make_security(struct peer *peer, const char *relay_fingerprint)
{
    struct session *session = peer->session;
    const struct peer_dtls_output output = {.send = send_datagram, .owner = peer};
    int err = make_stun(peer);
    if (err == 0 && peer->config.real_security) {
        err = peer_dtls_new(&peer->dtls, &output, relay_fingerprint, &session->fingerprints[0]);
    }
    session->fingerprint_count = 1;
    return err;
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
    int err = make_session(peer, number);
    if (err == 0) {
        err = make_streams(peer, now_us);
    }
    if (err == 0) {
        err = make_security(peer, relay_fingerprint);
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
    struct session *copy = malloc(sizeof(*copy));
    if (copy != NULL) {
        *copy = *peer->session;
    }
    return copy;
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

static uint64_t ntp_of(int64_t now_us)
{
    /* A clock of its own: nothing may depend on the peers' clocks being right. */
    uint64_t us = (uint64_t)now_us + 777777777;
    return ((us / 1000000 + ntp_epoch_s) << 32) | ((us % 1000000) << 32) / 1000000;
}

void peer_leave(struct peer *peer, int64_t now_us)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report report = {.ssrc = peer->report_ssrc};
    peer->now_us = now_us;
    (void)rtcp_write_report(&out, &report, NULL, 0);
    (void)rtcp_write_bye(&out, &peer->report_ssrc, 1);
    send_media(peer, data, bytes_out_len(&out), true);
    if (peer->dtls != NULL) {
        peer_dtls_close(peer->dtls, now_us);
    }
    peer->silent = true;
}

void peer_move(struct peer *peer, const struct addr *addr)
{
    peer->addr = *addr;
}

struct session *peer_restart_ice(struct peer *peer, int64_t now_us)
{
    make_credentials(peer);
    if (make_stun(peer) != 0) {
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
    uint8_t data[PEER_STUN_MAX_BYTES];
    size_t len = peer_stun_check(peer->stun, use_candidate, now_us, data);
    send_datagram(peer, data, len);
}

void peer_restart_source(struct peer *peer, enum media_kind kind)
{
    struct source *source = peer_source(peer, kind);
    uint32_t rtx_ssrc = kind == MEDIA_VIDEO ? rand_u32(&peer->rand) | 1 : 0;
    source_restart(source, rand_u32(&peer->rand) | 1, rtx_ssrc, &peer->rand);
}

static struct source *source_by_ssrc(const struct peer *peer, uint32_t ssrc)
{
    if (peer->audio != NULL && source_ssrc(peer->audio) == ssrc) {
        return peer->audio;
    }
    for (size_t i = 0; i < peer->layer_count; i++) {
        if (source_ssrc(peer->video[i]) == ssrc) {
            return peer->video[i];
        }
    }
    return NULL;
}

static struct sink *sink_by_ssrc(const struct peer *peer, uint32_t ssrc)
{
    for (size_t i = 0; i < peer->media_count; i++) {
        if (peer->sinks[i].entries != NULL && sink_owns(&peer->sinks[i], ssrc)) {
            return &peer->sinks[i];
        }
    }
    return NULL;
}

static void receive_twcc(struct peer *peer, const struct rtcp_fb *fb)
{
    struct rtcp_twcc twcc;
    struct rtcp_twcc_status status;
    peer->counts.twcc_received++;
    if (rtcp_twcc_parse(fb, &twcc) != 0) {
        peer->counts.twcc_malformed++;
        return;
    }
    while (rtcp_twcc_next(&twcc, &status) == 1) {
        peer->counts.twcc_statuses += status.arrival_us != RTCP_TWCC_LOST;
    }
}

static void request_keyframe(struct peer *peer, uint32_t ssrc)
{
    struct source *source = source_by_ssrc(peer, ssrc);
    if (source != NULL) {
        peer->counts.plis_received++;
        source_request_keyframe(source);
    }
}

static void receive_feedback(struct peer *peer, const struct rtcp_fb *fb)
{
    size_t cursor = 0;
    uint16_t seq = 0;
    struct rtcp_fir fir;
    struct source *source = source_by_ssrc(peer, fb->media_ssrc);
    switch (fb->kind) {
    case RTCP_FB_NACK:
        while (source != NULL && rtcp_fb_nack_next(fb, &cursor, &seq)) {
            peer->counts.nacks_received++;
            source_repair(source, seq);
        }
        break;
    case RTCP_FB_PLI:
        request_keyframe(peer, fb->media_ssrc);
        break;
    case RTCP_FB_FIR:
        while (rtcp_fb_fir_next(fb, &cursor, &fir)) {
            request_keyframe(peer, fir.ssrc);
        }
        break;
    case RTCP_FB_TWCC:
        receive_twcc(peer, fb);
        break;
    case RTCP_FB_REMB:
        peer->counts.rembs_received++;
        break;
    case RTCP_FB_UNKNOWN:
        break;
    }
}

static void receive_rtcp(struct peer *peer, const uint8_t *data, size_t len)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_report report;
    struct rtcp_fb fb;
    peer->counts.rtcp_received++;
    rtcp_reader_init(&reader, data, len);
    int more = 0;
    while ((more = rtcp_reader_next(&reader, &packet)) > 0) {
        if (rtcp_report_parse(&packet, &report) == 0) {
            struct sink *sink = sink_by_ssrc(peer, report.ssrc);
            if (report.is_sender && sink != NULL) {
                sink_sender_report(sink, &report, peer->now_us);
            }
        } else if (rtcp_fb_parse(&packet, &fb) == 0) {
            receive_feedback(peer, &fb);
        }
        peer->counts.byes_received += packet.type == RTCP_BYE;
    }
    peer->counts.rtcp_malformed += more < 0;
}

/** For transport-wide feedback. */
static void note_arrival(struct peer *peer, const uint8_t *data, size_t len)
{
    struct rtp_header header;
    uint8_t bytes = 0;
    if (peer->config.no_twcc || rtp_parse(data, len, &header) != 0) {
        return;
    }
    const uint8_t *number = rtp_ext_find(data, &header, TRANSPORT_CC_ID, &bytes);
    if (number != NULL && bytes == 2) {
        twcc_recorder_receive(&peer->twcc_recorder, bytes_get_u16(number), header.ssrc,
                              (uint32_t)len, header.marker, peer->now_us, peer->now_us);
    }
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
        len = peer_dtls_unprotect(peer->dtls, plain, len, rtcp);
        if (len == 0) {
            peer->counts.auth_failed++;
            return;
        }
    }
    if (rtcp) {
        receive_rtcp(peer, plain, len);
        return;
    }
    note_arrival(peer, plain, len);
    struct peer_counts *counts = &peer->counts;
    if (counts->rtp_received++ > 0 &&
        peer->now_us - counts->last_media_us > counts->longest_silence_us) {
        counts->longest_silence_us = peer->now_us - counts->last_media_us;
    }
    counts->last_media_us = peer->now_us;
    struct sink *sink = sink_by_ssrc(peer, rtp_peek_ssrc(plain, len));
    if (sink == NULL) {
        counts->unknown_ssrc++;
        return;
    }
    sink_receive(sink, plain, len, peer->now_us);
}

static void receive_stun(struct peer *peer, const uint8_t *data, size_t len)
{
    uint8_t reply[PEER_STUN_MAX_BYTES];
    size_t reply_len = 0;
    enum peer_stun_verdict verdict = peer_stun_receive(
        peer->stun, data, len, &peer->addr, peer->now_us, reply, &reply_len, &peer->rtt_us);
    if (verdict == PEER_STUN_REQUEST) {
        peer->counts.relay_checks++;
        send_datagram(peer, reply, reply_len);
    } else if (verdict == PEER_STUN_ANSWER) {
        if (peer->counts.check_answers++ == 0) {
            peer->check_us = peer->now_us + PEER_CHECK_INTERVAL_US;
        }
        if (peer->dtls != NULL) {
            peer_dtls_start(peer->dtls, peer->now_us);
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
        peer_dtls_receive(peer->dtls, data, len, now_us);
        if (peer_dtls_connected(peer->dtls)) {
            connected(peer, now_us);
        }
    } else if (data[0] >= 128) {
        receive_media(peer, data, len);
    }
}

/** Blocks about all that is received, at the end of the first report that goes out. */
static size_t report_blocks(struct peer *peer, struct rtcp_report_block blocks[RTCP_MAX_BLOCKS])
{
    size_t count = 0;
    for (size_t i = 0; i < peer->media_count && count < RTCP_MAX_BLOCKS; i++) {
        struct sink *sink = &peer->sinks[i];
        if (sink->entries != NULL && sink_report(sink, peer->now_us, &blocks[count])) {
            count++;
        }
    }
    return count;
}

static void write_report(const struct peer *peer, const struct source *source,
                         struct bytes_out *out, const struct rtcp_report_block *blocks,
                         size_t count)
{
    const struct source_counts *counts = source_counts(source);
    const struct rtcp_report report = {.ssrc = source_ssrc(source),
                                       .is_sender = true,
                                       .ntp = ntp_of(peer->now_us),
                                       .timestamp = source_timestamp_at(source, peer->now_us),
                                       .packets = (uint32_t)counts->packets,
                                       .octets = (uint32_t)counts->octets};
    (void)rtcp_write_report(out, &report, blocks, count);
}

static void send_reports(struct peer *peer)
{
    uint8_t data[1400];
    struct rtcp_report_block blocks[RTCP_MAX_BLOCKS];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    size_t count = report_blocks(peer, blocks);
    bool reported = false;
    if (peer->audio != NULL) {
        write_report(peer, peer->audio, &out, blocks, count);
        reported = true;
    }
    for (size_t i = 0; i < peer->layer_count; i++) {
        write_report(peer, peer->video[i], &out, blocks, reported ? 0 : count);
        reported = true;
    }
    if (!reported) {
        struct rtcp_report report = {.ssrc = peer->report_ssrc};
        (void)rtcp_write_report(&out, &report, blocks, count);
    }
    (void)rtcp_write_cname(&out, peer->report_ssrc, peer->session->participant);
    send_media(peer, data, bytes_out_len(&out), true);
}

static void timeout_sinks(struct peer *peer)
{
    uint8_t data[1400];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    for (size_t i = 0; i < peer->media_count; i++) {
        struct sink *sink = &peer->sinks[i];
        uint16_t seqs[SINK_MAX_NACK];
        bool pli = false;
        if (sink->entries == NULL) {
            continue;
        }
        size_t count = sink_timeout(sink, peer->now_us, peer->rtt_us, seqs, &pli);
        if (count > 0) {
            (void)rtcp_write_nack(&out, peer->report_ssrc, sink->ssrc, seqs, count);
        }
        if (pli) {
            (void)rtcp_write_pli(&out, peer->report_ssrc, sink->ssrc);
        }
    }
    if (bytes_out_len(&out) > 0) {
        send_media(peer, data, bytes_out_len(&out), true);
    }
}

static void send_twcc(struct peer *peer)
{
    uint8_t data[TWCC_MAX_BYTES];
    size_t len = 0;
    while ((len = twcc_recorder_poll(&peer->twcc_recorder, peer->report_ssrc, peer->now_us, data,
                                     sizeof(data))) > 0) {
        send_media(peer, data, len, true);
        peer->counts.twcc_sent++;
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
        peer_dtls_timeout(peer->dtls, now_us);
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
        send_reports(peer);
        peer->report_us = now_us + REPORT_INTERVAL_US;
    }
    if (now_us >= twcc_recorder_next_deadline(&peer->twcc_recorder)) {
        send_twcc(peer);
    }
    timeout_sinks(peer);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t peer_next_deadline(const struct peer *peer)
{
    if (peer->silent) {
        return INT64_MAX;
    }
    int64_t deadline = earlier(peer->check_us, peer->report_us);
    if (peer->dtls != NULL) {
        deadline = earlier(deadline, peer_dtls_next_deadline(peer->dtls));
    }
    if (peer->audio != NULL) {
        deadline = earlier(deadline, source_next_deadline(peer->audio));
    }
    for (size_t i = 0; i < peer->layer_count; i++) {
        deadline = earlier(deadline, source_next_deadline(peer->video[i]));
    }
    deadline = earlier(deadline, peer->wanted_us);
    deadline = earlier(deadline, twcc_recorder_next_deadline(&peer->twcc_recorder));
    for (size_t i = 0; i < peer->media_count; i++) {
        if (peer->sinks[i].entries != NULL) {
            deadline = earlier(deadline, sink_next_deadline(&peer->sinks[i]));
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
    peer_stun_free(&gone->stun);
    peer_dtls_free(&gone->dtls);
    free(gone->session);
    free(gone);
    *peer = NULL;
}

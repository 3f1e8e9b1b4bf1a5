#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "sim/peer_parts.h"

enum { RED_PT = 63, OPUS_PT = 111, VP8_PT = 96, VP8_RTX_PT = 97 };

const struct peer_layer peer_layers[PEER_LAYERS] = {
    {"q", 320, 180, 150000}, {"h", 640, 360, 500000}, {"f", 1280, 720, 1700000}};

static void set_exts(const struct peer *peer, struct rtp_ext_map *exts, enum media_kind kind)
{
    exts->id[RTP_EXT_MID] = 4;
    exts->id[RTP_EXT_TRANSPORT_CC] = peer->config.no_twcc ? 0 : PEER_TRANSPORT_CC_ID;
    if (kind == MEDIA_VIDEO && peer->config.simulcast) {
        exts->id[RTP_EXT_RID] = 10;
        exts->id[RTP_EXT_RRID] = 11;
    }
    exts->id[RTP_EXT_ABS_SEND_TIME] = 2;
    exts->id[RTP_EXT_VIDEO_ORIENTATION] = kind == MEDIA_VIDEO ? 12 : 0;
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
        codec->whole_frames = peer->config.whole_frames;
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

void peer_make_credentials(struct peer *peer)
{
    struct session *session = peer->session;
    rand_ice_chars(&peer->rand, session->local_ufrag, 8);
    rand_ice_chars(&peer->rand, session->local_pwd, 24);
    rand_ice_chars(&peer->rand, session->remote_ufrag, 4);
    rand_ice_chars(&peer->rand, session->remote_pwd, 24);
}

int peer_make_session(struct peer *peer, uint32_t number)
{
    struct session *session = session_new(SESSION_MAX_MEDIA);
    peer->session = session;
    if (session == NULL) {
        return ERR_NO_MEMORY;
    }
    const struct peer_config *config = &peer->config;
    (void)snprintf(session->room, sizeof(session->room), "%s",
                   config->room != NULL ? config->room : "r");
    (void)snprintf(session->participant, sizeof(session->participant), "p%u", number);
    session->video_policy = peer->config.grid ? SLOT_POLICY_GRID : SLOT_POLICY_AUTO;
    (void)snprintf(session->name, sizeof(session->name), "Peer %u", number);
    (void)snprintf(session->cname, sizeof(session->cname), "c%u", number);
    session->number = number;
    peer_make_credentials(peer);
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
        .red_pt = RED_PT,
        .red_copies = video ? 0 : config->red_copies,
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
    const struct source_output output = {.send = peer_send_rtp, .owner = peer, .twcc = &peer->twcc};
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

int peer_make_streams(struct peer *peer, int64_t now_us)
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

int peer_make_stun(struct peer *peer)
{
    const struct session *session = peer->session;
    const struct ice_caller_credentials credentials = {.own_ufrag = session->remote_ufrag,
                                                       .own_pwd = session->remote_pwd,
                                                       .remote_ufrag = session->local_ufrag,
                                                       .remote_pwd = session->local_pwd};
    ice_caller_free(&peer->stun);
    return ice_caller_new(&peer->stun, &credentials, &peer->rand);
}

/** DTLS client with a certificate of its own, which the session names. */
static int make_dtls(struct peer *peer, const char *relay_fingerprint)
{
    const struct dtls_client_output output = {.send = peer_send_datagram, .owner = peer};
    struct sdp_fingerprint relay;
    char text[128];
    (void)snprintf(text, sizeof(text), "sha-256 %s", relay_fingerprint);
    int err = sdp_fingerprint_parse(str_view_text(text), &relay);
    if (err == 0) {
        err = dtls_identity_new(&peer->identity);
    }
    if (err == 0) {
        err = dtls_client_new(&peer->dtls, peer->identity, &output, &relay, true);
    }
    if (err == 0) {
        const struct sdp_fingerprint *own = dtls_identity_fingerprint(peer->identity);
        struct session_fingerprint *named = &peer->session->fingerprints[0];
        memcpy(named->hash, own->hash, sizeof(named->hash));
        memcpy(named->value, own->value, sizeof(named->value));
        named->bytes = own->bytes;
    }
    return err;
}

int peer_make_security(struct peer *peer, const char *relay_fingerprint)
{
    int err = peer_make_stun(peer);
    if (err == 0 && peer->config.real_security) {
        err = make_dtls(peer, relay_fingerprint);
    }
    peer->session->fingerprint_count = 1;
    return err;
}

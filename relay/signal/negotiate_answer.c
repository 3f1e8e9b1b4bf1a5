#include "negotiate_answer.h"

#include "base/err.h"
#include "negotiate_dtx.h"
#include "sdp/sdp_write.h"

/**
 * Rejected m-lines repeat what the offer says, 256 KiB at most; of an accepted one we write about 2
 * KiB of our own.
 */
enum { ANSWER_MAX_BYTES = 512 * 1024 };

/** True when the offer has an attribute with this word in its value, at any level. */
static bool offer_says(const struct sdp *sdp, const char *name, const char *word)
{
    const struct sdp_section *section = &sdp->session;
    for (size_t i = 0; i <= sdp->media_count; i++) {
        const struct sdp_attr *attr = sdp_section_find(section, name);
        struct str_view rest = attr == NULL ? str_view_of(NULL, 0) : attr->value;
        struct str_view part = {0};
        while (sdp_next_word(&rest, &part)) {
            while (part.len > 0) { /* libdatachannel separates by comma */
                if (str_view_equal(str_view_cut(&part, ','), word)) {
                    return true;
                }
            }
        }
        section = &sdp->media[i == sdp->media_count ? 0 : i];
    }
    return false;
}

/** Accepted mids in the order of the offer's group (RFC 9143 7.3.2). */
static void write_group(struct str *out, const struct plan *plan)
{
    const struct session *session = plan->session;
    bool written[SESSION_MAX_MEDIA] = {false};
    struct str_view rest = plan->group->value;
    struct str_view word = {0};
    (void)sdp_next_word(&rest, &word);
    str_append(out, "a=group:BUNDLE");
    while (sdp_next_word(&rest, &word)) {
        for (size_t i = 0; i < session->media_count; i++) {
            const struct session_media *media = &session->media[i];
            if (!media->rejected && plan->media[i].bundled && !written[i] &&
                str_view_equal(word, media->mid)) {
                str_printf(out, " %s", media->mid);
                written[i] = true;
            }
        }
    }
    str_append(out, "\r\n");
}

static void write_session_part(struct str *out, const struct plan *plan)
{
    const struct session *session = plan->session;
    sdp_write_line(out, 'v', "0");
    sdp_write_line(out, 'o', "- %llu %u IN IP4 127.0.0.1", (unsigned long long)session->origin_id,
                   (unsigned)session->origin_version);
    sdp_write_line(out, 's', "-");
    sdp_write_line(out, 't', "0 0");
    if (session->bundle) {
        write_group(out, plan);
    }
    if (sdp_section_has(&plan->sdp->session, "extmap-allow-mixed")) {
        sdp_write_attr(out, "extmap-allow-mixed");
    }
    if (sdp_section_has(&plan->sdp->session, "msid-semantic")) {
        sdp_write_attr(out, "msid-semantic: WMS *");
    }
    sdp_write_attr(out, "ice-lite");
    if (offer_says(plan->sdp, "ice-options", "trickle")) {
        sdp_write_attr(out, "ice-options:trickle");
    }
}

static void write_m_line(struct str *out, const struct sdp_section *offer, unsigned port)
{
    str_append(out, "m=");
    str_append_view(out, offer->media);
    str_printf(out, " %u ", port);
    str_append_view(out, offer->proto);
}

void answer_write_credentials(struct str *out, const struct session *session)
{
    sdp_write_attr(out, "ice-ufrag:%s", session->local_ufrag);
    sdp_write_attr(out, "ice-pwd:%s", session->local_pwd);
}

/** In every m-line: the bundled ones need not have it (RFC 9143 7.1.3), older clients look there.
 */
static void write_transport(struct str *out, const struct plan *plan)
{
    const struct session *session = plan->session;
    answer_write_credentials(out, session);
    sdp_write_attr(out, "fingerprint:sha-256 %s", plan->config->fingerprint);
    sdp_write_attr(out, "setup:%s", session->dtls_client ? "active" : "passive");
}

/**
 * Port 0, protocol and formats as offered (RFC 3264 6). The transport says nothing here, but aiortc
 * refuses an answer in which any m-line lacks it.
 */
static void write_rejected(struct str *out, const struct plan *plan, size_t i)
{
    const struct session_media *media = &plan->session->media[i];
    const struct sdp_section *offer = plan->media[i].offer;
    write_m_line(out, offer, 0);
    str_append(out, " ");
    str_append_view(out, offer->formats);
    str_append(out, "\r\n");
    sdp_write_line(out, 'c', "IN IP4 0.0.0.0");
    if (media->mid[0] != '\0') {
        sdp_write_attr(out, "mid:%s", media->mid);
    }
    if (!media->is_data) {
        sdp_write_attr(out, "inactive");
        sdp_write_attr(out, "rtcp-mux");
    }
    write_transport(out, plan);
}

/** The default address and port are real: libre takes port 9 or 0.0.0.0 for "no ICE". */
static void write_default(struct str *out, const struct plan *plan, size_t i)
{
    const struct session_media *media = &plan->session->media[i];
    const struct negotiate_config *config = plan->config;
    bool some = config->candidate_count > 0;
    write_m_line(out, plan->media[i].offer, some ? config->candidates[0].port : 9);
    for (size_t k = 0; k < media->codec_count; k++) {
        str_printf(out, " %u", (unsigned)media->codecs[k].pt);
        if (media->codecs[k].rtx_pt != 0) {
            str_printf(out, " %u", (unsigned)media->codecs[k].rtx_pt);
        }
    }
    str_append(out, "\r\n");
    if (some) {
        sdp_write_connection(out, &config->candidates[0]);
    } else {
        sdp_write_line(out, 'c', "IN IP4 0.0.0.0");
    }
}

void answer_write_candidates(struct str *out, const struct negotiate_config *config)
{
    for (uint32_t i = 0; i < config->candidate_count && config->udp; i++) {
        sdp_write_candidate_udp(out, &config->candidates[i], i);
    }
    for (uint32_t i = 0; i < config->candidate_count && config->tcp; i++) {
        sdp_write_candidate_tcp(out, &config->candidates[i], i);
    }
    sdp_write_attr(out, "end-of-candidates");
}

static void write_exts(struct str *out, const struct plan *plan, size_t i)
{
    const struct session_media *media = &plan->session->media[i];
    for (size_t k = 0; k < RTP_EXT_COUNT; k++) {
        enum sdp_direction direction = plan->media[i].exts[k];
        if (media->exts.id[k] != 0) {
            sdp_write_attr(out, "extmap:%u%s%s %s", (unsigned)media->exts.id[k],
                           direction == SDP_SENDRECV ? "" : "/",
                           direction == SDP_SENDRECV ? "" : sdp_direction_name(direction),
                           rtp_ext_uri((enum rtp_ext_kind)k));
        }
    }
}

static void write_feedback(struct str *out, const struct session_codec *codec)
{
    const struct {
        bool on;
        const char *name;
    } all[] = {
        {codec->goog_remb, "goog-remb"}, {codec->transport_cc, "transport-cc"},
        {codec->ccm_fir, "ccm fir"},     {codec->nack, "nack"},
        {codec->nack_pli, "nack pli"},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i].on) {
            sdp_write_attr(out, "rtcp-fb:%u %s", (unsigned)codec->pt, all[i].name);
        }
    }
}

/**
 * What names a configuration, and what we receive: as offered, since any of it is passed on. Not
 * what describes the offerer's own stream (sprop-parameter-sets).
 */
static const char *const h264_kept[] = {"level-asymmetry-allowed", "packetization-mode",
                                        "profile-level-id", NULL};
static const char *const vp9_kept[] = {"profile-id", NULL};
static const char *const av1_kept[] = {"level-idx", "profile", "tier", NULL};

static void write_kept(struct str *out, unsigned pt, struct str_view params,
                       const char *const *names)
{
    bool any = false;
    for (; *names != NULL; names++) {
        struct str_view value = {0};
        if (sdp_fmtp_param(params, *names, &value) && value.len > 0) {
            if (any) {
                str_append(out, ";");
            } else {
                str_printf(out, "a=fmtp:%u ", pt);
            }
            str_printf(out, "%s=", *names);
            str_append_view(out, value);
            any = true;
        }
    }
    str_append(out, any ? "\r\n" : "");
}

/** fmtp say what we want to be sent (RFC 7587 6.1): FEC always, stereo from those who can. */
static void write_params(struct str *out, const struct plan *plan, size_t i,
                         const struct session_codec *codec, const struct plan_codec *more)
{
    const struct session_media *media = &plan->session->media[i];
    unsigned pt = codec->pt;
    switch (codec->kind) {
    case CODEC_OPUS: {
        bool stereo = codec->stereo || sdp_fmtp_param_is(more->params, "sprop-stereo", "1");
        bool dtx = dtx_is_wanted(plan, i, more->params);
        sdp_write_attr(out, "fmtp:%u minptime=10;useinbandfec=1%s%s", pt, stereo ? ";stereo=1" : "",
                       dtx ? ";usedtx=1" : "");
        break;
    }
    case CODEC_RED: {
        const struct session_codec *opus = session_codec_by_kind(media, CODEC_OPUS);
        sdp_write_attr(out, "fmtp:%u %u/%u", pt, (unsigned)opus->pt, (unsigned)opus->pt);
        break;
    }
    case CODEC_TELEPHONE_EVENT:
        if (str_view_starts(more->params, "0-1")) {
            sdp_write_attr(out, "fmtp:%u 0-15", pt);
        }
        break;
    case CODEC_H264:
        write_kept(out, pt, more->params, h264_kept);
        break;
    case CODEC_VP9:
        write_kept(out, pt, more->params, vp9_kept);
        break;
    case CODEC_AV1:
        write_kept(out, pt, more->params, av1_kept);
        break;
    case CODEC_VP8:
        break;
    }
    if (codec->rtx_pt != 0) {
        sdp_write_attr(out, "rtpmap:%u rtx/%u", (unsigned)codec->rtx_pt,
                       (unsigned)codec->clock_rate);
        sdp_write_attr(out, "fmtp:%u apt=%u", (unsigned)codec->rtx_pt, pt);
    }
}

/** The encoding name as the offer spells it (GStreamer's is in capitals). */
static void write_codecs(struct str *out, const struct plan *plan, size_t i)
{
    const struct session_media *media = &plan->session->media[i];
    for (size_t k = 0; k < media->codec_count; k++) {
        const struct session_codec *codec = &media->codecs[k];
        const struct plan_codec *more = &plan->media[i].codecs[k];
        str_printf(out, "a=rtpmap:%u ", (unsigned)codec->pt);
        str_append_view(out, more->map.name);
        str_printf(out, "/%u", (unsigned)codec->clock_rate);
        if (more->map.channels > 1) {
            str_printf(out, "/%u", (unsigned)more->map.channels);
        }
        str_append(out, "\r\n");
        write_feedback(out, codec);
        write_params(out, plan, i, codec, more);
    }
}

/** `pt=96,98` with what the answer takes of it, which is something (RFC 8851 5). */
static void write_restricted_pts(struct str *out, const struct session_media *media,
                                 struct str_view list)
{
    bool first = true;
    while (list.len > 0) {
        uint8_t pt = 0;
        if (sdp_pt_parse(str_view_cut(&list, ','), &pt) == 0 &&
            session_codec_by_pt(media, pt) != NULL) {
            str_printf(out, "%s%u", first ? "pt=" : ",", (unsigned)pt);
            first = false;
        }
    }
}

/** Restrictions are repeated. */
static void write_restrictions(struct str *out, const struct session_media *media,
                               struct str_view restrictions)
{
    struct str_view rest = restrictions;
    bool first = true;
    while (rest.len > 0) {
        struct str_view part = str_view_cut(&rest, ';');
        struct str_view value = part;
        str_append(out, first ? " " : ";");
        first = false;
        if (str_view_equal(str_view_cut(&value, '='), "pt")) {
            write_restricted_pts(out, media, value);
        } else {
            str_append_view(out, part);
        }
    }
}

/** Every offered layer is received, in the offer's order, paused ones stay paused (RFC 8853 5.3.2).
 */
static void write_layers(struct str *out, const struct plan *plan, size_t i)
{
    const struct session_media *media = &plan->session->media[i];
    for (size_t k = 0; k < media->rid_count; k++) {
        str_printf(out, "a=rid:%s recv", media->rids[k]);
        write_restrictions(out, media, plan->media[i].rids[k].restrictions);
        str_append(out, "\r\n");
    }
    for (size_t k = 0; k < media->rid_count; k++) {
        str_printf(out, "%s%s%s", k == 0 ? "a=simulcast:recv " : ";",
                   plan->media[i].rids[k].paused ? "~" : "", media->rids[k]);
    }
    if (media->rid_count > 0) {
        str_append(out, "\r\n");
    }
}

static void write_ssrc(struct str *out, const struct session *session,
                       const struct session_media *media, uint32_t ssrc)
{
    sdp_write_attr(out, "ssrc:%u cname:%s", (unsigned)ssrc, session->cname);
    sdp_write_attr(out, "ssrc:%u msid:tandem-%08x slot-%08x", (unsigned)ssrc,
                   (unsigned)media->slot_stream, (unsigned)media->slot_ssrc);
}

static void write_slot(struct str *out, const struct session *session,
                       const struct session_media *media)
{
    sdp_write_attr(out, "msid:tandem-%08x slot-%08x", (unsigned)media->slot_stream,
                   (unsigned)media->slot_ssrc);
    if (media->slot_rtx_ssrc != 0) {
        sdp_write_attr(out, "ssrc-group:FID %u %u", (unsigned)media->slot_ssrc,
                       (unsigned)media->slot_rtx_ssrc);
    }
    write_ssrc(out, session, media, media->slot_ssrc);
    if (media->slot_rtx_ssrc != 0) {
        write_ssrc(out, session, media, media->slot_rtx_ssrc);
    }
}

static void write_accepted(struct str *out, const struct plan *plan, size_t i)
{
    const struct session *session = plan->session;
    const struct session_media *media = &session->media[i];
    write_default(out, plan, i);
    if (media->mid[0] != '\0') {
        sdp_write_attr(out, "mid:%s", media->mid);
    }
    /* The mirror of what was offered: Firefox refuses recvonly for a line that does not send. */
    sdp_write_attr(
        out, "%s",
        sdp_direction_name(sdp_direction_of(media->client_receives, media->client_sends)));
    sdp_write_attr(out, "rtcp-mux"); /* never rtcp-mux-only (RFC 8858 4) */
    if (plan->media[i].rsize) {
        sdp_write_attr(out, "rtcp-rsize");
    }
    write_transport(out, plan);
    if (plan->media[i].allow_mixed) {
        sdp_write_attr(out, "extmap-allow-mixed");
    }
    write_exts(out, plan, i);
    write_codecs(out, plan, i);
    write_layers(out, plan, i);
    if (media->client_receives) {
        write_slot(out, session, media);
    }
    if (i == plan->tag) {
        answer_write_candidates(out, plan->config);
    }
}

int answer_write(const struct plan *plan, char **answer)
{
    struct str out;
    str_init(&out, ANSWER_MAX_BYTES);
    write_session_part(&out, plan);
    for (size_t i = 0; i < plan->session->media_count; i++) {
        if (plan->session->media[i].rejected) {
            write_rejected(&out, plan, i);
        } else {
            write_accepted(&out, plan, i);
        }
    }
    int err = str_take(&out, answer);
    str_deinit(&out);
    return err;
}

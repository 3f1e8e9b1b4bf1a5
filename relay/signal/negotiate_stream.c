#include "negotiate_stream.h"

#include <string.h>

#include "base/err.h"
#include "negotiate_problem.h"

/** Extensions that a forwarder can write, rewrite or pass on without changing what they mean. */
static bool is_handled(enum rtp_ext_kind kind)
{
    switch (kind) {
    case RTP_EXT_MID:
    case RTP_EXT_RID:
    case RTP_EXT_RRID:
    case RTP_EXT_AUDIO_LEVEL:
    case RTP_EXT_CSRC_LEVEL:
    case RTP_EXT_ABS_SEND_TIME:
    case RTP_EXT_TRANSPORT_CC:
    case RTP_EXT_PLAYOUT_DELAY:
    case RTP_EXT_VIDEO_ORIENTATION:
    case RTP_EXT_VIDEO_CONTENT_TYPE:
    case RTP_EXT_COLOR_SPACE:
    case RTP_EXT_ABS_CAPTURE_TIME:
    case RTP_EXT_DEPENDENCY_DESCRIPTOR:
        return true;
    case RTP_EXT_VIDEO_TIMING: /* would hold our times, which we do not measure */
    case RTP_EXT_VIDEO_LAYERS: /* speaks of layers that a receiver does not get */
    case RTP_EXT_TOFFSET:      /* wrong as soon as we resend */
    case RTP_EXT_COUNT:
        break;
    }
    return false;
}

static bool id_is_taken(const struct rtp_ext_map *map, uint32_t id)
{
    for (size_t k = 0; k < RTP_EXT_COUNT; k++) {
        if (map->id[k] == id) {
            return true;
        }
    }
    return false;
}

/**
 * True when an earlier m-line gave the id another meaning. The ids of a bundle are one space (RFC
 * 9143 12); aiortc offers 2 as audio level and as send time, reads both by one table, and hears
 * nothing more after the first packet that has the other length.
 */
static bool id_means_other(const struct plan *plan, size_t i, uint32_t id, enum rtp_ext_kind kind)
{
    for (size_t earlier = 0; earlier < i; earlier++) {
        const struct session_media *media = &plan->session->media[earlier];
        for (size_t k = 0; k < RTP_EXT_COUNT && !media->rejected; k++) {
            if (media->exts.id[k] == id && k != (size_t)kind) {
                return true;
            }
        }
    }
    return false;
}

/** Ids 1 to 14; above only where two-byte headers are allowed, never 15 (RFC 8285 4.2, 4.3). */
static bool id_is_usable(const struct plan *plan, size_t i, uint32_t id)
{
    bool two_byte = plan->session->extmap_allow_mixed || plan->media[i].allow_mixed;
    return id >= 1 && id != 15 && id <= (two_byte ? 255 : 14);
}

/**
 * The dependency descriptor is good for streams that go on whole. From a client that may send VP8
 * it is not taken: Chromium then leaves PictureID, TL0PICIDX and TID out of the payload, by which
 * its layers are told apart and its pictures numbered. It needs two-byte headers (keyframes).
 */
static bool descriptor_is_usable(const struct plan *plan, size_t i)
{
    const struct session_media *media = &plan->session->media[i];
    bool two_byte = plan->session->extmap_allow_mixed || plan->media[i].allow_mixed;
    return two_byte && !(media->client_sends && session_codec_by_kind(media, CODEC_VP8) != NULL);
}

static int plan_ext(struct plan *plan, size_t i, const struct sdp_attr *attr)
{
    struct session_media *media = &plan->session->media[i];
    struct sdp_extmap ext;
    if (sdp_extmap_parse(attr->value, &ext) != 0) {
        return problem_malformed(plan->problem, attr->line, "expected a=extmap:<id> <uri>");
    }
    int kind = rtp_ext_kind_of(ext.uri.at, ext.uri.len);
    if (kind < 0 || !is_handled((enum rtp_ext_kind)kind) || media->exts.id[kind] != 0 ||
        id_is_taken(&media->exts, ext.id) || !id_is_usable(plan, i, ext.id) ||
        id_means_other(plan, i, ext.id, (enum rtp_ext_kind)kind)) {
        return 0;
    }
    if (kind == RTP_EXT_MID && media->mid[0] == '\0') {
        return 0;
    }
    if (kind == RTP_EXT_DEPENDENCY_DESCRIPTOR && !descriptor_is_usable(plan, i)) {
        return 0;
    }
    enum sdp_direction answer = sdp_direction_mirror(ext.direction);
    bool used = (sdp_direction_sends(answer) && media->client_receives) ||
                (sdp_direction_receives(answer) && media->client_sends);
    bool inactive = !media->client_receives && !media->client_sends;
    if (used || (inactive && ext.direction != SDP_INACTIVE)) {
        media->exts.id[kind] = (uint8_t)ext.id;
        plan->media[i].exts[kind] = answer;
    }
    return 0;
}

static int plan_exts(struct plan *plan, size_t i)
{
    struct session_media *media = &plan->session->media[i];
    const struct sdp_section *offer = plan->media[i].offer;
    const struct sdp_attr *attr = sdp_section_find(offer, "extmap");
    for (; attr != NULL; attr = sdp_section_next(offer, attr, "extmap")) {
        int err = plan_ext(plan, i, attr);
        if (err != 0) {
            return err;
        }
    }
    /* Transport-wide numbers and their feedback make sense together only. */
    bool feedback = false;
    for (size_t k = 0; k < media->codec_count; k++) {
        struct session_codec *codec = &media->codecs[k];
        codec->transport_cc = codec->transport_cc && media->exts.id[RTP_EXT_TRANSPORT_CC] != 0;
        feedback = feedback || codec->transport_cc;
    }
    if (!feedback) {
        media->exts.id[RTP_EXT_TRANSPORT_CC] = 0;
    }
    return 0;
}

/** Lines looked at in one section: no client needs a quarter of it, and the work stays bounded. */
enum { MAX_SSRC_LINES = 128, MAX_GROUP_LINES = 32 };

static void add_ssrc(struct session_media *media, uint32_t ssrc)
{
    for (size_t i = 0; i < media->ssrc_count; i++) {
        if (media->ssrcs[i] == ssrc || media->rtx_ssrcs[i] == ssrc) {
            return;
        }
    }
    if (media->ssrc_count < SESSION_MAX_SSRCS) {
        media->ssrcs[media->ssrc_count++] = ssrc;
    }
}

static void add_pair(struct session_media *media, uint32_t ssrc, uint32_t rtx_ssrc)
{
    add_ssrc(media, ssrc);
    for (size_t k = 0; k < media->ssrc_count; k++) {
        if (media->ssrcs[k] == ssrc) {
            media->rtx_ssrcs[k] = rtx_ssrc;
        }
    }
}

/** FID groups name a stream and its RTX (RFC 4588 8.8). */
static int plan_groups(struct plan *plan, size_t i)
{
    struct session_media *media = &plan->session->media[i];
    const struct sdp_section *offer = plan->media[i].offer;
    const struct sdp_attr *attr = sdp_section_find(offer, "ssrc-group");
    for (size_t n = 0; attr != NULL && n < MAX_GROUP_LINES; n++) {
        struct sdp_ssrc_group group;
        if (sdp_ssrc_group_parse(attr->value, &group) != 0) {
            return problem_malformed(plan->problem, attr->line,
                                     "expected a=ssrc-group:<semantics> <ssrc> ...");
        }
        if (str_view_equal(group.semantics, "FID") && group.count == 2) {
            add_pair(media, group.ssrcs[0], group.ssrcs[1]);
        }
        attr = sdp_section_next(offer, attr, "ssrc-group");
    }
    return 0;
}

/** True when an SSRC is the repair stream of a pair, in a=ssrc-group of FID or FEC-FR. */
static bool is_repair(const struct sdp_section *offer, uint32_t ssrc)
{
    const struct sdp_attr *attr = sdp_section_find(offer, "ssrc-group");
    for (size_t n = 0; attr != NULL && n < MAX_GROUP_LINES; n++) {
        struct sdp_ssrc_group group;
        if (sdp_ssrc_group_parse(attr->value, &group) == 0 && group.count == 2 &&
            group.ssrcs[1] == ssrc &&
            (str_view_equal(group.semantics, "FID") || str_view_equal(group.semantics, "FEC-FR"))) {
            return true;
        }
        attr = sdp_section_next(offer, attr, "ssrc-group");
    }
    return false;
}

static int plan_ssrcs(struct plan *plan, size_t i)
{
    struct session_media *media = &plan->session->media[i];
    const struct sdp_section *offer = plan->media[i].offer;
    int err = plan_groups(plan, i);
    const struct sdp_attr *attr = sdp_section_find(offer, "ssrc");
    for (size_t n = 0; attr != NULL && err == 0 && n < MAX_SSRC_LINES; n++) {
        struct sdp_ssrc line;
        if (sdp_ssrc_parse(attr->value, &line) != 0) {
            return problem_malformed(plan->problem, attr->line, "expected a=ssrc:<ssrc> ...");
        }
        if (!is_repair(offer, line.ssrc)) {
            add_ssrc(media, line.ssrc);
        }
        attr = sdp_section_next(offer, attr, "ssrc");
    }
    return err;
}

/** Restrictions of RFC 8851 5 that we can grant by repeating them; pt= must include what we chose.
 */
static bool can_grant(struct str_view restrictions, const struct session_media *media)
{
    static const char *const known[] = {"max-width", "max-height", "max-fps", "max-fs",
                                        "max-br",    "max-pps",    "max-bpp"};
    struct str_view rest = restrictions;
    while (rest.len > 0) {
        struct str_view value = str_view_cut(&rest, ';');
        struct str_view name = str_view_cut(&value, '=');
        bool good = false;
        if (str_view_equal(name, "pt")) {
            while (value.len > 0 && !good) {
                uint8_t pt = 0;
                good = sdp_pt_parse(str_view_cut(&value, ','), &pt) == 0 &&
                       session_codec_by_pt(media, pt) != NULL;
            }
        }
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            good = good || str_view_equal(name, known[i]);
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

/** The a=rid line with this id that sends, or NULL. */
static const struct sdp_attr *find_rid(const struct sdp_section *offer, struct str_view id,
                                       struct sdp_rid *out)
{
    const struct sdp_attr *attr = sdp_section_find(offer, "rid");
    for (; attr != NULL; attr = sdp_section_next(offer, attr, "rid")) {
        if (sdp_rid_parse(attr->value, out) == 0 && out->send && out->id.len == id.len &&
            memcmp(out->id.at, id.at, id.len) == 0) {
            return attr;
        }
    }
    return NULL;
}

static void plan_layer(struct plan *plan, size_t i, const struct sdp_simulcast_stream *stream)
{
    struct session_media *media = &plan->session->media[i];
    struct sdp_rid rid;
    if (media->rid_count == SESSION_MAX_LAYERS || stream->rid.len >= SESSION_RID_BYTES ||
        find_rid(plan->media[i].offer, stream->rid, &rid) == NULL ||
        !can_grant(rid.restrictions, media)) {
        return; /* an answer may leave layers out (RFC 8853 5.3.2) */
    }
    for (size_t k = 0; k < media->rid_count; k++) {
        if (str_view_equal(stream->rid, media->rids[k])) {
            return;
        }
    }
    plan->media[i].rids[media->rid_count] =
        (struct plan_rid){.paused = stream->paused, .restrictions = rid.restrictions};
    (void)str_view_copy(stream->rid, media->rids[media->rid_count], SESSION_RID_BYTES);
    media->rid_count++;
}

static int plan_simulcast(struct plan *plan, size_t i)
{
    const struct session_media *media = &plan->session->media[i];
    const struct sdp_attr *attr = sdp_section_find(plan->media[i].offer, "simulcast");
    if (attr == NULL) {
        return 0;
    }
    struct sdp_simulcast simulcast;
    if (sdp_simulcast_parse(attr->value, &simulcast) != 0) {
        return problem_malformed(plan->problem, attr->line,
                                 "expected a=simulcast:send <rid>;<rid> ...");
    }
    if (media->kind != MEDIA_VIDEO || media->exts.id[RTP_EXT_RID] == 0) {
        return 0; /* without the RID extension nobody could tell the layers apart */
    }
    for (size_t k = 0; k < simulcast.send_count; k++) {
        plan_layer(plan, i, &simulcast.send[k]);
    }
    return 0;
}

int stream_plan(struct plan *plan, size_t i)
{
    const struct session_media *media = &plan->session->media[i];
    bool paused = !media->client_sends && !media->client_receives;
    int err = plan_exts(plan, i);
    if (err == 0 && media->client_sends) {
        err = plan_ssrcs(plan, i);
    }
    if (err == 0 && (media->client_sends || paused)) {
        /* Of a paused m-line too: layers that an answer leaves out are gone for Chromium, and it
         * offers them as "~" ever after. */
        err = plan_simulcast(plan, i);
    }
    return err;
}

static bool ssrc_is_taken(const struct session *session, uint32_t ssrc)
{
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        if (media->slot_ssrc == ssrc || media->slot_rtx_ssrc == ssrc) {
            return true;
        }
        for (size_t k = 0; k < media->ssrc_count; k++) {
            if (media->ssrcs[k] == ssrc || media->rtx_ssrcs[k] == ssrc) {
                return true;
            }
        }
    }
    return ssrc == 0;
}

static uint32_t draw_ssrc(struct plan *plan)
{
    uint32_t ssrc = rand_u32(plan->rand);
    while (ssrc_is_taken(plan->session, ssrc)) {
        ssrc++; /* ends: a session names far fewer than 2^32 */
    }
    return ssrc;
}

/** The same m-line of the session before, or NULL when it is new or recycled. */
static const struct session_media *earlier(const struct plan *plan, size_t i)
{
    if (plan->before == NULL || i >= plan->before->media_count) {
        return NULL;
    }
    const struct session_media *was = &plan->before->media[i];
    return was->rejected || strcmp(was->mid, plan->session->media[i].mid) != 0 ? NULL : was;
}

/** First slot of a kind, or NULL. */
static struct session_media *first_slot(struct session *session, enum media_kind kind)
{
    for (size_t i = 0; i < session->media_count; i++) {
        struct session_media *media = &session->media[i];
        if (!media->rejected && media->client_receives && media->kind == kind) {
            return media;
        }
    }
    return NULL;
}

/**
 * The first audio and the first video slot make one stream: between two people, and for WHEP
 * players, they show the same person and want lip sync, and simple players look at the first stream
 * only. Every other slot is a stream of its own, since it changes feeds by itself.
 */
static void number_streams(struct plan *plan)
{
    struct session *session = plan->session;
    struct session_media *audio = first_slot(session, MEDIA_AUDIO);
    struct session_media *video = first_slot(session, MEDIA_VIDEO);
    if (audio != NULL && video != NULL) {
        uint32_t stream = audio->slot_stream != 0   ? audio->slot_stream
                          : video->slot_stream != 0 ? video->slot_stream
                                                    : audio->slot_ssrc;
        audio->slot_stream = audio->slot_stream != 0 ? audio->slot_stream : stream;
        video->slot_stream = video->slot_stream != 0 ? video->slot_stream : stream;
    }
    for (size_t i = 0; i < session->media_count; i++) {
        struct session_media *media = &session->media[i];
        if (!media->rejected && media->slot_stream == 0) {
            media->slot_stream = media->slot_ssrc;
        }
    }
}

void stream_number_slots(struct plan *plan)
{
    struct session *session = plan->session;
    for (size_t i = 0; i < session->media_count; i++) {
        struct session_media *media = &session->media[i];
        const struct session_media *was = earlier(plan, i);
        if (was != NULL && !media->rejected) {
            media->slot_ssrc = was->slot_ssrc;
            media->slot_rtx_ssrc = was->slot_rtx_ssrc;
            media->slot_stream = was->slot_stream;
        }
    }
    for (size_t i = 0; i < session->media_count; i++) {
        struct session_media *media = &session->media[i];
        if (media->rejected) {
            continue;
        }
        bool rtx = false;
        for (size_t k = 0; k < media->codec_count; k++) {
            rtx = rtx || media->codecs[k].rtx_pt != 0;
        }
        if (media->client_receives && media->slot_ssrc == 0) {
            media->slot_ssrc = draw_ssrc(plan);
        }
        if (!rtx) {
            media->slot_rtx_ssrc = 0;
        } else if (media->client_receives && media->slot_rtx_ssrc == 0) {
            media->slot_rtx_ssrc = draw_ssrc(plan);
        }
    }
    number_streams(plan);
}

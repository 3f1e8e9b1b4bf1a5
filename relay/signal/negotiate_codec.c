#include "negotiate_codec.h"

#include "base/err.h"
#include "negotiate_problem.h"
#include "rtp/rtp.h"
#include "sdp/sdp_profile.h"

enum { OPUS_MIN_BPS = 6000, OPUS_MAX_BPS = 510000 };

enum {
    FEEDBACK_NACK = 1,
    FEEDBACK_PLI = 2,
    FEEDBACK_FIR = 4,
    FEEDBACK_REMB = 8,
    FEEDBACK_TRANSPORT_CC = 16
};

/** All that the offer says about one payload type. */
struct format {
    bool listed; /**< on the m-line */
    bool mapped;
    struct sdp_rtpmap map;
    struct str_view params;
    unsigned feedback;
};

struct formats {
    struct format at[SDP_MAX_PT + 1];
    uint8_t order[SDP_MAX_PT + 1];
    size_t count;
    unsigned any_feedback; /**< of "*" */
};

static unsigned feedback_bit(const struct sdp_rtcp_fb *fb)
{
    static const struct {
        const char *type;
        const char *param;
        unsigned bit;
    } known[] = {
        {"nack", "", FEEDBACK_NACK},
        {"nack", "pli", FEEDBACK_PLI},
        {"ccm", "fir", FEEDBACK_FIR},
        {"goog-remb", "", FEEDBACK_REMB},
        {"transport-cc", "", FEEDBACK_TRANSPORT_CC},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        bool same_param = known[i].param[0] == '\0' ? fb->param.len == 0
                                                    : str_view_equal(fb->param, known[i].param);
        if (same_param && str_view_equal(fb->type, known[i].type)) {
            return known[i].bit;
        }
    }
    return 0;
}

static int read_list(struct plan *plan, const struct sdp_section *offer, struct formats *formats)
{
    struct str_view rest = offer->formats;
    struct str_view word = {0};
    while (sdp_next_word(&rest, &word)) {
        uint8_t pt = 0;
        if (sdp_pt_parse(word, &pt) != 0) {
            return problem_malformed(plan->problem, offer->line,
                                     "expected payload types of 0 to 127 on the m-line");
        }
        if (!formats->at[pt].listed) {
            formats->at[pt].listed = true;
            formats->order[formats->count++] = pt;
        }
    }
    return 0;
}

static int read_attr(struct plan *plan, const struct sdp_attr *attr, struct formats *formats)
{
    if (str_view_equal(attr->name, "rtpmap")) {
        struct sdp_rtpmap map;
        if (sdp_rtpmap_parse(attr->value, &map) != 0) {
            return problem_malformed(plan->problem, attr->line,
                                     "expected a=rtpmap:<payload type> <name>/<clock rate>");
        }
        if (!formats->at[map.pt].mapped) {
            formats->at[map.pt].mapped = true;
            formats->at[map.pt].map = map;
        }
    } else if (str_view_equal(attr->name, "fmtp")) {
        struct sdp_fmtp fmtp;
        if (sdp_fmtp_parse(attr->value, &fmtp) != 0) {
            return problem_malformed(plan->problem, attr->line,
                                     "expected a=fmtp:<payload type> <parameters>");
        }
        if (formats->at[fmtp.pt].params.len == 0) {
            formats->at[fmtp.pt].params = fmtp.params;
        }
    } else if (str_view_equal(attr->name, "rtcp-fb")) {
        struct sdp_rtcp_fb fb;
        if (sdp_rtcp_fb_parse(attr->value, &fb) != 0) {
            return problem_malformed(plan->problem, attr->line,
                                     "expected a=rtcp-fb:<payload type or *> <type>");
        }
        unsigned *bits = fb.any_pt ? &formats->any_feedback : &formats->at[fb.pt].feedback;
        *bits |= feedback_bit(&fb);
    }
    return 0;
}

/** Usable: on the m-line, named, and no payload type that looks like RTCP when muxed (RFC 5761 4).
 */
static bool is_usable(const struct formats *formats, uint8_t pt)
{
    const struct format *format = &formats->at[pt];
    return format->listed && format->mapped && (pt < 64 || pt > 95);
}

static bool matches(const struct format *format, const char *name, uint32_t clock_rate,
                    uint32_t channels)
{
    return str_view_equal_nocase(format->map.name, name) && format->map.clock_rate == clock_rate &&
           format->map.channels == channels;
}

/** `111/111`: blocks of RED that are all this payload type (RFC 2198 5). */
static bool red_holds(struct str_view params, uint8_t pt)
{
    struct str_view rest = params;
    size_t blocks = 0;
    while (rest.len > 0) {
        uint8_t block = 0;
        if (sdp_pt_parse(str_view_trim(str_view_cut(&rest, '/')), &block) != 0 || block != pt) {
            return false;
        }
        blocks++;
    }
    return blocks > 0;
}

/** Payload type of the retransmissions of another one (RFC 4588 8.1), or 0. */
static uint8_t find_rtx(const struct formats *formats, uint8_t pt)
{
    for (size_t k = 0; k < formats->count; k++) {
        const struct format *format = &formats->at[formats->order[k]];
        struct str_view text = {0};
        uint8_t apt = 0;
        if (is_usable(formats, formats->order[k]) &&
            matches(format, "rtx", formats->at[pt].map.clock_rate, 1) &&
            sdp_fmtp_param(format->params, "apt", &text) && sdp_pt_parse(text, &apt) == 0 &&
            apt == pt) {
            return formats->order[k];
        }
    }
    return 0;
}

static struct session_codec *add(struct plan *plan, size_t i, const struct formats *formats,
                                 enum codec_kind kind, uint8_t pt)
{
    struct session_media *media = &plan->session->media[i];
    const struct format *format = &formats->at[pt];
    unsigned feedback = format->feedback | formats->any_feedback;
    size_t index = media->codec_count++;
    plan->media[i].codecs[index] =
        (struct plan_codec){.map = format->map, .params = format->params};
    media->codecs[index] = (struct session_codec){
        .kind = kind,
        .pt = pt,
        .rtx_pt = find_rtx(formats, pt),
        .clock_rate = format->map.clock_rate,
        .nack = (feedback & FEEDBACK_NACK) != 0,
        .nack_pli = (feedback & FEEDBACK_PLI) != 0 && media->kind == MEDIA_VIDEO,
        .ccm_fir = (feedback & FEEDBACK_FIR) != 0 && media->kind == MEDIA_VIDEO,
        .goog_remb = (feedback & FEEDBACK_REMB) != 0,
        .transport_cc = (feedback & FEEDBACK_TRANSPORT_CC) != 0,
    };
    return &media->codecs[index];
}

/** First usable payload type of a codec in the offer's order, or -1. */
static int find_codec(const struct formats *formats, const char *name, uint32_t clock_rate,
                      uint32_t channels)
{
    for (size_t i = 0; i < formats->count; i++) {
        uint8_t pt = formats->order[i];
        if (is_usable(formats, pt) && matches(&formats->at[pt], name, clock_rate, channels)) {
            return pt;
        }
    }
    return -1;
}

/** RFC 7587 6.1: 6000 to 510000; what is beyond counts as not said. */
static uint32_t opus_max_bps(struct str_view params)
{
    struct str_view text;
    uint64_t bps = 0;
    bool said = sdp_fmtp_param(params, "maxaveragebitrate", &text) &&
                str_view_u64(text, OPUS_MAX_BPS, &bps) == 0 && bps >= OPUS_MIN_BPS;
    return said ? (uint32_t)bps : 0;
}

static void plan_audio(struct plan *plan, size_t i, const struct formats *formats)
{
    int opus = find_codec(formats, "opus", 48000, 2); /* always /2 (RFC 7587 7) */
    if (opus < 0) {
        plan_reject(plan, i, 406, "no common audio codec, expected opus/48000/2");
        return;
    }
    struct session_codec *codec = add(plan, i, formats, CODEC_OPUS, (uint8_t)opus);
    struct str_view params = formats->at[opus].params;
    codec->stereo = sdp_fmtp_param_is(params, "stereo", "1");
    codec->inband_fec = sdp_fmtp_param_is(params, "useinbandfec", "1");
    codec->whole_frames = params.len == 0;
    codec->max_bps = opus_max_bps(params);
    for (size_t k = 0; k < formats->count; k++) {
        uint8_t pt = formats->order[k];
        if (is_usable(formats, pt) && matches(&formats->at[pt], "red", 48000, 2) &&
            red_holds(formats->at[pt].params, (uint8_t)opus)) {
            (void)add(plan, i, formats, CODEC_RED, pt);
            break;
        }
    }
    /* Only at the clock of the audio beside it, with which it shares timestamps (RFC 4733 2.1). */
    int events = find_codec(formats, "telephone-event", 48000, 1);
    if (events >= 0) {
        (void)add(plan, i, formats, CODEC_TELEPHONE_EVENT, (uint8_t)events);
    }
}

/** The codecs that are forwarded, by their names in SDP. */
static const struct video_codec {
    const char *name;
    enum codec_kind kind;
    int (*profile)(struct str_view params, struct sdp_profile *out); /**< NULL: it has none */
} video_codecs[] = {
    {"VP8", CODEC_VP8, NULL},
    {"H264", CODEC_H264, sdp_profile_h264},
    {"VP9", CODEC_VP9, sdp_profile_vp9},
    {"AV1", CODEC_AV1, sdp_profile_av1},
};

static const struct video_codec *video_codec_of(const struct formats *formats, uint8_t pt)
{
    for (size_t i = 0; i < sizeof(video_codecs) / sizeof(video_codecs[0]); i++) {
        if (is_usable(formats, pt) &&
            matches(&formats->at[pt], video_codecs[i].name, RTP_VIDEO_CLOCK_HZ, 1)) {
            return &video_codecs[i];
        }
    }
    return NULL;
}

/** Adds one payload type of video unless its parameters make no sense, or its configuration is
 * there already. */
static void add_video(struct plan *plan, size_t i, const struct formats *formats, uint8_t pt,
                      const struct video_codec *known)
{
    struct session_media *media = &plan->session->media[i];
    struct sdp_profile profile = {0};
    if (media->codec_count == SESSION_MAX_CODECS ||
        (known->profile != NULL && known->profile(formats->at[pt].params, &profile) != 0)) {
        return;
    }
    for (size_t k = 0; k < media->codec_count; k++) {
        const struct session_codec *other = &media->codecs[k];
        if (other->kind == known->kind && other->profile == profile.profile &&
            other->mode == profile.mode) {
            return;
        }
    }
    struct session_codec *codec = add(plan, i, formats, known->kind, pt);
    codec->profile = profile.profile;
    codec->mode = profile.mode;
}

/**
 * VP8 stands first wherever it is offered, since of it layers can be chosen: browsers send what the
 * answer names first. The rest follows in the offer's order.
 */
static void plan_video(struct plan *plan, size_t i, const struct formats *formats)
{
    for (int vp8 = 1; vp8 >= 0; vp8--) {
        for (size_t k = 0; k < formats->count; k++) {
            const struct video_codec *known = video_codec_of(formats, formats->order[k]);
            if (known != NULL && (known->kind == CODEC_VP8) == (vp8 == 1)) {
                add_video(plan, i, formats, formats->order[k], known);
            }
        }
    }
    if (plan->session->media[i].codec_count == 0) {
        plan_reject(plan, i, 406, "no common video codec, expected VP8, H264, VP9 or AV1");
    }
}

int codec_plan(struct plan *plan, size_t i)
{
    const struct sdp_section *offer = plan->media[i].offer;
    struct formats formats = {0};
    int err = read_list(plan, offer, &formats);
    for (size_t k = 0; k < offer->attr_count && err == 0; k++) {
        err = read_attr(plan, &offer->attrs[k], &formats);
    }
    if (err != 0) {
        return err;
    }
    if (plan->session->media[i].kind == MEDIA_AUDIO) {
        plan_audio(plan, i, &formats);
    } else {
        plan_video(plan, i, &formats);
    }
    return 0;
}

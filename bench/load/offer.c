#include "load/offer.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "load/path_lines.h"
#include "sdp/sdp_parse.h"
#include "sdp/sdp_stream.h"
#include "sdp/sdp_write.h"

/* Chromium's numbers (INTEROP 5.1), so that servers meet what they know. */
enum { OPUS_PT = 111, RED_PT = 63, VP8_PT = 96, RTX_PT = 97 };

static const struct rtp_ext_map audio_exts = {.id = {[RTP_EXT_AUDIO_LEVEL] = 1,
                                                     [RTP_EXT_ABS_SEND_TIME] = 2,
                                                     [RTP_EXT_TRANSPORT_CC] = 3,
                                                     [RTP_EXT_MID] = 4,
                                                     [RTP_EXT_CSRC_LEVEL] = 5,
                                                     [RTP_EXT_ABS_CAPTURE_TIME] = 6}};
static const struct rtp_ext_map video_exts = {.id = {[RTP_EXT_ABS_SEND_TIME] = 2,
                                                     [RTP_EXT_TRANSPORT_CC] = 3,
                                                     [RTP_EXT_MID] = 4,
                                                     [RTP_EXT_ABS_CAPTURE_TIME] = 6,
                                                     [RTP_EXT_RID] = 10,
                                                     [RTP_EXT_RRID] = 11}};

/** Not 0, which stands for "not announced". */
static uint32_t draw_ssrc(struct rand *rand)
{
    uint32_t ssrc = rand_u32(rand);
    return ssrc == 0 ? 1 : ssrc;
}

static void plan_layers(struct agreement_stream *stream, bool simulcast, struct rand *rand)
{
    static const char *const rids[AGREEMENT_MAX_LAYERS] = {"q", "h", "f"};
    stream->layer_count = simulcast ? AGREEMENT_MAX_LAYERS : 1;
    for (size_t i = 0; i < AGREEMENT_MAX_LAYERS && i < stream->layer_count; i++) {
        stream->ssrcs[i] = draw_ssrc(rand);
        stream->rtx_ssrcs[i] = stream->rtx_pt != 0 ? draw_ssrc(rand) : 0;
        if (simulcast) {
            (void)snprintf(stream->rids[i], sizeof(stream->rids[i]), "%s", rids[i]);
        }
    }
}

static void plan_stream(struct agreement *plan, const struct dial_wish *wish, enum load_kind kind,
                        unsigned index, struct rand *rand)
{
    bool audio = kind == LOAD_AUDIO;
    struct agreement_stream *stream = &plan->streams[plan->stream_count];
    *stream = (struct agreement_stream){
        .kind = kind,
        .sends = index == 0 && (audio ? wish->send_audio : wish->send_video),
        .receives = index < (audio ? wish->receive_audio : wish->receive_video),
        .pt = audio ? OPUS_PT : VP8_PT,
        .rtx_pt = audio ? 0 : RTX_PT,
        .red_pt = audio && wish->red ? RED_PT : 0,
        .nack = !audio || wish->audio_nack,
        .pli = !audio,
        .remb = !audio,
        .transport_cc = true,
        .exts = audio ? audio_exts : video_exts,
    };
    (void)snprintf(stream->mid, sizeof(stream->mid), "%zu", plan->stream_count);
    if (stream->sends) {
        plan_layers(stream, !audio && wish->simulcast, rand);
    }
    plan->stream_count++;
}

void offer_plan_init(struct agreement *plan, struct rand *rand)
{
    memset(plan, 0, sizeof(*plan));
    plan->report_ssrc = draw_ssrc(rand);
    (void)snprintf(plan->cname, sizeof(plan->cname), "%08x%08x", (unsigned)rand_u32(rand),
                   (unsigned)rand_u32(rand));
}

static unsigned lines_of(bool sends, unsigned receives)
{
    return sends && receives == 0 ? 1 : receives;
}

void offer_write_session(struct str *out, uint64_t session, uint64_t version, const char *bundle)
{
    sdp_write_line(out, 'v', "0");
    sdp_write_line(out, 'o', "- %llu %llu IN IP4 127.0.0.1",
                   (unsigned long long)(session >> 1), /* must fit 63 bits (RFC 9429 5.2.1) */
                   (unsigned long long)version);
    sdp_write_line(out, 's', "-");
    sdp_write_line(out, 't', "0 0");
    if (bundle[0] != '\0') {
        sdp_write_attr(out, "group:BUNDLE%s", bundle);
    }
    sdp_write_attr(out, "extmap-allow-mixed");
    sdp_write_attr(out, "msid-semantic: WMS");
}

static void write_audio_codecs(struct str *out, const struct agreement_stream *stream)
{
    sdp_write_attr(out, "rtpmap:%u opus/48000/2", stream->pt);
    if (stream->transport_cc) {
        sdp_write_attr(out, "rtcp-fb:%u transport-cc", stream->pt);
    }
    if (stream->nack) {
        sdp_write_attr(out, "rtcp-fb:%u nack", stream->pt);
    }
    sdp_write_attr(out, "fmtp:%u minptime=10;useinbandfec=1", stream->pt);
    if (stream->red_pt != 0) {
        sdp_write_attr(out, "rtpmap:%u red/48000/2", stream->red_pt);
        sdp_write_attr(out, "fmtp:%u %u/%u", stream->red_pt, stream->pt, stream->pt);
    }
}

static void write_video_codecs(struct str *out, const struct agreement_stream *stream)
{
    sdp_write_attr(out, "rtpmap:%u VP8/90000", stream->pt);
    if (stream->remb) {
        sdp_write_attr(out, "rtcp-fb:%u goog-remb", stream->pt);
    }
    if (stream->transport_cc) {
        sdp_write_attr(out, "rtcp-fb:%u transport-cc", stream->pt);
    }
    if (stream->nack) {
        sdp_write_attr(out, "rtcp-fb:%u nack", stream->pt);
    }
    if (stream->pli) {
        sdp_write_attr(out, "rtcp-fb:%u ccm fir", stream->pt);
        sdp_write_attr(out, "rtcp-fb:%u nack pli", stream->pt);
    }
    if (stream->rtx_pt != 0) {
        sdp_write_attr(out, "rtpmap:%u rtx/90000", stream->rtx_pt);
        sdp_write_attr(out, "fmtp:%u apt=%u", stream->rtx_pt, stream->pt);
    }
}

void offer_write_stream(struct str *out, const struct agreement_stream *stream)
{
    sdp_write_attr(out, "mid:%s", stream->mid);
    for (int kind = 0; kind < RTP_EXT_COUNT; kind++) {
        if (stream->exts.id[kind] != 0) {
            sdp_write_attr(out, "extmap:%u %s", stream->exts.id[kind],
                           rtp_ext_uri((enum rtp_ext_kind)kind));
        }
    }
    sdp_write_attr(out, "%s",
                   sdp_direction_name(sdp_direction_of(stream->sends, stream->receives)));
    sdp_write_attr(out, "rtcp-mux");
    sdp_write_attr(out, "rtcp-rsize");
    if (stream->kind == LOAD_AUDIO) {
        write_audio_codecs(out, stream);
    } else {
        write_video_codecs(out, stream);
    }
}

/** a=rid and a=simulcast, or a=ssrc: who is to come on this m-line. */
static void write_sources(struct str *out, const struct agreement_stream *stream, const char *cname)
{
    if (stream->layer_count == 0) {
        return;
    }
    if (stream->layer_count > 1) {
        for (size_t i = 0; i < stream->layer_count; i++) {
            sdp_write_attr(out, "rid:%s send", stream->rids[i]);
        }
        sdp_write_attr(out, "simulcast:send %s;%s;%s", stream->rids[0], stream->rids[1],
                       stream->rids[2]);
        return;
    }
    if (stream->rtx_pt != 0) {
        sdp_write_attr(out, "ssrc-group:FID %u %u", (unsigned)stream->ssrcs[0],
                       (unsigned)stream->rtx_ssrcs[0]);
        sdp_write_attr(out, "ssrc:%u cname:%s", (unsigned)stream->rtx_ssrcs[0], cname);
    }
    sdp_write_attr(out, "ssrc:%u cname:%s", (unsigned)stream->ssrcs[0], cname);
}

const struct rtp_ext_map *offer_exts(enum load_kind kind)
{
    return kind == LOAD_AUDIO ? &audio_exts : &video_exts;
}

void offer_write_media(struct str *out, const struct agreement_stream *stream, unsigned port)
{
    const char *media = stream->kind == LOAD_AUDIO ? "audio" : "video";
    unsigned second = stream->kind == LOAD_AUDIO ? stream->red_pt : stream->rtx_pt;
    if (second != 0) {
        sdp_write_line(out, 'm', "%s %u UDP/TLS/RTP/SAVPF %u %u", media, port, stream->pt, second);
    } else {
        sdp_write_line(out, 'm', "%s %u UDP/TLS/RTP/SAVPF %u", media, port, stream->pt);
    }
}

static void write_section(struct str *out, const struct agreement *plan, size_t index,
                          const struct agreement_local *local)
{
    const struct agreement_stream *stream = &plan->streams[index];
    /* The bundle's own m-line has the default address, the others need none (RFC 9143 7.1.3). */
    if (index == 0) {
        offer_write_media(out, stream, local->candidates[0].port);
        sdp_write_connection(out, &local->candidates[0]);
    } else {
        offer_write_media(out, stream, OFFER_NO_PORT);
        sdp_write_line(out, 'c', OFFER_NO_ADDRESS);
    }
    path_lines_write(out, local, "actpass");
    if (index == 0) {
        path_lines_write_candidates(out, local);
    }
    offer_write_stream(out, stream);
    if (stream->sends) {
        sdp_write_attr(out, "msid:%s %s%zu", plan->cname,
                       stream->kind == LOAD_AUDIO ? "audio" : "video", index);
    }
    write_sources(out, stream, plan->cname);
}

int offer_write(const struct dial_wish *wish, const struct agreement_local *local,
                struct rand *rand, struct agreement *plan, char **text)
{
    unsigned audio = lines_of(wish->send_audio, wish->receive_audio);
    unsigned video = lines_of(wish->send_video, wish->receive_video);
    if (audio > AGREEMENT_MAX_STREAMS || video > AGREEMENT_MAX_STREAMS - audio ||
        audio + video == 0 || local->candidate_count == 0) {
        return ERR_INVALID;
    }
    offer_plan_init(plan, rand);
    struct str mids;
    struct str out;
    str_init(&mids, SDP_MAX_LINE_BYTES);
    str_init(&out, SDP_MAX_BYTES);
    for (unsigned i = 0; i < audio; i++) {
        plan_stream(plan, wish, LOAD_AUDIO, i, rand);
    }
    for (unsigned i = 0; i < video; i++) {
        plan_stream(plan, wish, LOAD_VIDEO, i, rand);
    }
    for (size_t i = 0; i < plan->stream_count; i++) {
        str_printf(&mids, " %s", plan->streams[i].mid);
    }
    if (mids.err == 0) {
        offer_write_session(&out, rand_u64(rand), 1, mids.at);
        for (size_t i = 0; i < plan->stream_count; i++) {
            write_section(&out, plan, i, local);
        }
    }
    int err = mids.err != 0 ? mids.err : str_take(&out, text);
    str_deinit(&mids);
    str_deinit(&out);
    return err;
}

/**
 * A room whose participants send whatever they like: RTP, RTCP and commands through the whole
 * exchange, without cipher.
 *
 * Each step begins with a byte: two bits what, two bits who, the rest says more. Checked: what goes
 * out is well-formed RTP and RTCP, and no SSRC ever sends two texts under one number, since that
 * would break the cipher (RFC 3711 9.1).
 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "rtp/rtcp.h"
#include "support/call.h"

enum {
    PEOPLE = 3,
    MAX_STEPS = 600,
    STREAMS = 64,
    NUMBERS = 4096, /**< remembered; several times what a slot can repeat */
    H264_PT = 102,
    H264_RTX_PT = 103,
    VP9_PT = 104,
    AV1_PT = 45,
    EXT_DESCRIPTOR = 12,
    EXT_CAPTURE_TIME = 13
};

/** What was sent under each number of one SSRC. */
struct stream {
    uint32_t ssrc;
    int64_t highest;
    struct {
        int64_t ext_seq;
        uint64_t hash;
    } sent[NUMBERS];
};

static struct stream streams[STREAMS];
static size_t stream_count;

static uint64_t hash_of(const uint8_t *data, size_t len)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ data[i]) * 1099511628211u;
    }
    return hash;
}

static struct stream *find_stream(uint32_t ssrc)
{
    for (size_t i = 0; i < stream_count; i++) {
        if (streams[i].ssrc == ssrc) {
            return &streams[i];
        }
    }
    FUZZ_CHECK(stream_count < STREAMS);
    struct stream *stream = &streams[stream_count++];
    memset(stream, 0, sizeof(*stream));
    stream->ssrc = ssrc;
    return stream;
}

static void check_rtp(const struct call_sent *sent)
{
    struct rtp_header header;
    FUZZ_CHECK(rtp_parse(sent->data, sent->len, &header) == 0);
    FUZZ_CHECK(header.payload_bytes > 0);
    FUZZ_CHECK(header.csrc_count == 1);
    struct stream *stream = find_stream(header.ssrc);
    int64_t ext_seq = header.seq;
    if (stream->highest != 0) {
        ext_seq = stream->highest + (int16_t)(uint16_t)(header.seq - (uint16_t)stream->highest);
    }
    stream->highest = ext_seq > stream->highest ? ext_seq : stream->highest;
    uint64_t hash = hash_of(sent->data, sent->len);
    FUZZ_CHECK(stream->sent[header.seq % NUMBERS].hash == 0 ||
               stream->sent[header.seq % NUMBERS].ext_seq != ext_seq ||
               stream->sent[header.seq % NUMBERS].hash == hash);
    stream->sent[header.seq % NUMBERS].ext_seq = ext_seq;
    stream->sent[header.seq % NUMBERS].hash = hash;
}

static void check_sent(struct call *call)
{
    for (size_t i = 0; i < call->sent_count; i++) {
        const struct call_sent *sent = &call->sent[i];
        if (sent->data[0] < 128) {
            continue; /* STUN or DTLS (RFC 7983) */
        }
        if (rtp_is_rtcp(sent->data, sent->len)) {
            FUZZ_CHECK(rtcp_check(sent->data, sent->len) == 0);
        } else {
            check_rtp(sent);
        }
    }
    call_clear(call);
}

/** Whoever has video takes and sends all its codecs, and what belongs to them. */
static void add_codecs(struct session_media *video, bool rtx)
{
    static const struct session_codec more[] = {
        {.kind = CODEC_H264, .pt = H264_PT, .rtx_pt = H264_RTX_PT, .profile = 0x42e0},
        {.kind = CODEC_VP9, .pt = VP9_PT},
        {.kind = CODEC_AV1, .pt = AV1_PT},
    };
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        struct session_codec *codec = &video->codecs[video->codec_count++];
        *codec = more[i];
        codec->clock_rate = 90000;
        codec->nack = true;
        codec->nack_pli = true;
        codec->rtx_pt = rtx ? codec->rtx_pt : 0;
    }
    video->exts.id[RTP_EXT_DEPENDENCY_DESCRIPTOR] = EXT_DESCRIPTOR;
    video->exts.id[RTP_EXT_ABS_CAPTURE_TIME] = EXT_CAPTURE_TIME;
}

/** 1: as a browser. 2: no RTX, RED, three layers by RID. 3: no extensions, other payload types. */
static struct session *session_of(uint32_t number)
{
    struct session *session = call_session(number, "room");
    FUZZ_CHECK(session != NULL);
    struct session_media *audio = call_add(session, MEDIA_AUDIO, "a", true, true);
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", true, true);
    audio->ssrcs[0] = call_track_ssrc(number, MEDIA_AUDIO);
    audio->ssrc_count = 1;
    if (number != 3) {
        audio->codecs[1] =
            (struct session_codec){.kind = CODEC_RED, .pt = CALL_RED, .clock_rate = 48000};
        audio->codec_count = 2;
    }
    session->extmap_allow_mixed = number != 3;
    add_codecs(video, number != 2);
    if (number == 2) {
        memcpy(video->rids[0], "l", 2);
        memcpy(video->rids[1], "h", 2);
        video->rid_count = 2;
        video->codecs[0].rtx_pt = 0;
        video->slot_rtx_ssrc = 0;
        audio->codecs[0].nack = true;
    } else {
        video->ssrcs[0] = call_track_ssrc(number, MEDIA_VIDEO);
        video->rtx_ssrcs[0] = call_track_ssrc(number, MEDIA_VIDEO) + 500;
        video->ssrc_count = 1;
    }
    if (number == 3) {
        audio->codecs[0].pt = 96;
        video->codecs[0].pt = 97;
        video->codecs[0].rtx_pt = 98;
        memset(&audio->exts, 0, sizeof(audio->exts));
        memset(&video->exts, 0, sizeof(video->exts));
        session->rtcp_rsize = false;
    }
    call_add(session, MEDIA_AUDIO, "a1", false, true);
    return session;
}

/** A packet of known streams with numbers, marks and payload from the input. */
static void step_rtp(struct call *call, uint32_t from, uint8_t how, struct bytes *in)
{
    static const uint8_t pts[] = {CALL_OPUS, CALL_VP8, CALL_VP8_RTX, CALL_RED, 98, 13};
    static const uint8_t more[] = {13, H264_PT, H264_RTX_PT, VP9_PT, AV1_PT};
    static const uint8_t ids[] = {0, EXT_DESCRIPTOR, EXT_CAPTURE_TIME};
    uint8_t what = bytes_u8(in);
    size_t len = bytes_u8(in) % 64;
    uint8_t pt = pts[what % sizeof(pts)];
    struct call_rtp rtp = {.from = from,
                           .pt = pt == 13 ? more[what / 6 % sizeof(more)] : pt,
                           .seq = bytes_u16(in),
                           .timestamp = bytes_u16(in) * 480U,
                           .marker = (how & 1) != 0,
                           .level = (how & 2) != 0 ? what & 0x7F : -1,
                           .twcc = (how & 4) != 0 ? what * 7 : -1,
                           .padding = (how & 8) != 0 ? 9 : 0};
    bool rtx = rtp.pt == CALL_VP8_RTX || rtp.pt == H264_RTX_PT;
    bool video = pt == CALL_VP8 || pt == 13 || rtx;
    rtp.ssrc = call_track_ssrc(from, video ? MEDIA_VIDEO : MEDIA_AUDIO) + (rtx ? 500 : 0) +
               ((what & 0x80) != 0 ? 7U : 0U);
    if ((what & 0x40) != 0) {
        rtp.mid = video ? "v" : "a";
        rtp.rid = (what & 0x20) != 0 ? "l" : "h";
    }
    if (len > bytes_left(in)) {
        len = bytes_left(in);
    }
    rtp.payload = bytes_take(in, len);
    rtp.payload_bytes = rtp.payload == NULL ? 0 : len;
    if (pt == 13 && rtp.payload_bytes > 0) {
        rtp.more = (struct rtp_ext_element){
            .id = ids[len % sizeof(ids)], .bytes = (uint8_t)len, .at = rtp.payload};
    }
    call_rtp(call, &rtp);
}

/** Raw bytes, made RTP or RTCP by the kind of step only. */
static void step_raw(struct call *call, uint32_t from, uint8_t how, struct bytes *in)
{
    size_t len = bytes_u8(in) + (how == 0 ? 0U : 40U * how);
    uint8_t data[1200];
    if (len > bytes_left(in)) {
        len = bytes_left(in);
    }
    const uint8_t *raw = bytes_take(in, len);
    if (raw != NULL && len > 0) {
        memcpy(data, raw, len);
        data[0] = (uint8_t)(0x80 | (data[0] & 0x3F));
        call_rtcp(call, from, data, len);
    }
}

static void step_command(struct call *call, uint32_t number, uint8_t how)
{
    static const char *const mids[] = {"a", "v", "a1", "?"};
    static const enum command_kind kinds[] = {COMMAND_PIN,   COMMAND_VIEW,   COMMAND_MUTE,
                                              COMMAND_LEAVE, COMMAND_REPORT, COMMAND_UPDATE};
    enum command_kind kind = kinds[how % 6];
    if (kind == COMMAND_LEAVE) {
        call_command(call, COMMAND_LEAVE, number);
        check_sent(call);
        /* keyed anew, so numbers may begin anew */
        stream_count = 0;
        FUZZ_CHECK(call_join(call, session_of(number)));
        return;
    }
    struct command *command = call_command_new(kind, number);
    FUZZ_CHECK(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "%s", mids[how % 4]);
    command->target = how % 5;
    command->on = (how & 8) != 0;
    command->media_kind = (how & 4) != 0 ? MEDIA_VIDEO : MEDIA_AUDIO;
    command->height = how & 8;
    if (kind == COMMAND_UPDATE) {
        command->session = session_of(number);
        command->session->media[0].client_receives = (how & 8) == 0;
        command->session->media[1].client_sends = (how & 4) == 0;
    }
    call_submit(call, command);
}

static void run(struct call *call, struct bytes *in)
{
    for (int step = 0; step < MAX_STEPS && bytes_left(in) > 0; step++) {
        uint8_t first = bytes_u8(in);
        uint32_t number = 1 + (uint32_t)(first >> 2 & 3) % PEOPLE;
        uint8_t how = first >> 4;
        switch (first & 3) {
        case 0:
            step_rtp(call, number, how, in);
            break;
        case 1:
            step_raw(call, number, how, in);
            break;
        case 2:
            call_turn(call);
            call_run(call, 1000 << how);
            break;
        default:
            step_command(call, number, how);
            break;
        }
        if (call->sent_count > CALL_MAX_SENT / 2) {
            check_sent(call);
        }
    }
    call_turn(call);
    call_run(call, 200000);
    check_sent(call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct call call = {0};
    stream_count = 0;
    FUZZ_CHECK(call_init(&call) == 0);
    for (uint32_t number = 1; number <= PEOPLE; number++) {
        FUZZ_CHECK(call_join(&call, session_of(number)));
    }
    struct bytes in = bytes_over(data, len);
    run(&call, &in);
    call_deinit(&call);
    return 0;
}

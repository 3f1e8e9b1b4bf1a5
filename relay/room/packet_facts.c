#include "packet_facts.h"

#include <string.h>

#include "base/bytes.h"
#include "media/audio_level.h"
#include "rtp/av1_payload.h"
#include "rtp/h264_payload.h"
#include "rtp/opus_payload.h"
#include "rtp/red.h"
#include "rtp/vp9_payload.h"

enum {
    ONE_BYTE_EXT_MAX_BYTES = 16,
    DESCRIPTOR_BYTES = 3 /**< flags and template, frame number: in every packet */
};

/** What receivers may be told as the sender said it. Not: send times, numbers and layers, which are
 * ours. */
static const enum rtp_ext_kind passed_kinds[] = {
    RTP_EXT_AUDIO_LEVEL, RTP_EXT_VIDEO_ORIENTATION,  RTP_EXT_ABS_CAPTURE_TIME,
    RTP_EXT_COLOR_SPACE, RTP_EXT_VIDEO_CONTENT_TYPE, RTP_EXT_PLAYOUT_DELAY,
};

enum { VOICE_FROM_DBOV = 50 /**< louder than -50 dBov counts as voice, whatever the V bit says */ };

static void pass_ext(struct packet_facts *facts, const struct packet *packet,
                     const struct rtp_exts *exts, enum rtp_ext_kind kind)
{
    if (facts->passed_count < FACTS_MAX_PASSED) {
        facts->passed[facts->passed_count++] = (struct passed_ext){
            .kind = (uint8_t)kind,
            .bytes = exts->bytes[kind],
            .offset = (uint16_t)(exts->at[kind] - packet->data),
        };
        facts->long_exts = facts->long_exts || exts->bytes[kind] > ONE_BYTE_EXT_MAX_BYTES;
    }
}

/**
 * Goes on with whole streams only. VP8's says which layers there are, and Chromium leaves the
 * picture numbers out of the payload when it is agreed on.
 */
static void read_descriptor(struct packet_facts *facts, const struct packet *packet,
                            const struct rtp_exts *exts, enum codec_kind codec)
{
    const uint8_t *at = exts->at[RTP_EXT_DEPENDENCY_DESCRIPTOR];
    bool whole = codec == CODEC_H264 || codec == CODEC_VP9 || codec == CODEC_AV1;
    if (whole && exts->bytes[RTP_EXT_DEPENDENCY_DESCRIPTOR] >= DESCRIPTOR_BYTES &&
        facts->passed_count < FACTS_MAX_PASSED) {
        pass_ext(facts, packet, exts, RTP_EXT_DEPENDENCY_DESCRIPTOR);
        facts->described = true;
        facts->frame_number = bytes_get_u16(at + 1);
    }
}

static void read_exts(struct packet_facts *facts, const struct packet *packet,
                      const struct rtp_exts *exts)
{
    facts->passed_count = 0;
    facts->long_exts = false;
    facts->described = false;
    facts->level = AUDIO_LEVEL_SILENCE;
    facts->voice = true;
    for (size_t i = 0; i < sizeof(passed_kinds) / sizeof(passed_kinds[0]); i++) {
        enum rtp_ext_kind kind = passed_kinds[i];
        if (exts->bytes[kind] > 0) {
            pass_ext(facts, packet, exts, kind);
        }
    }
    if (exts->bytes[RTP_EXT_AUDIO_LEVEL] > 0) {
        uint8_t level = exts->at[RTP_EXT_AUDIO_LEVEL][0];
        facts->level = level & 0x7F;
        facts->voice = (level & 0x80) != 0 || facts->level < VOICE_FROM_DBOV;
    }
}

static enum drop_reason read_vp8(struct packet_facts *facts, const uint8_t *payload)
{
    if (vp8_payload_parse(payload, facts->payload_bytes, &facts->vp8) != 0) {
        return DROP_VP8_MALFORMED;
    }
    facts->keyframe_start = facts->vp8.keyframe;
    facts->tid = facts->vp8.tid;
    if (facts->keyframe_start) {
        (void)vp8_payload_size(payload, facts->payload_bytes, &facts->vp8, &facts->width,
                               &facts->height);
    }
    return DROP_NONE;
}

static enum drop_reason read_h264(struct packet_facts *facts, const uint8_t *payload)
{
    struct h264_payload h264;
    if (h264_payload_parse(payload, facts->payload_bytes, &h264) != 0) {
        return DROP_VIDEO_MALFORMED;
    }
    facts->keyframe_start = h264.sps || h264.idr;
    facts->bare_idr = h264.idr && !h264.sps;
    facts->parameters = h264.sps;
    facts->width = h264.width;
    facts->height = h264.height;
    return DROP_NONE;
}

/** PictureID and TL0PICIDX mean what they mean in VP8, and are rewritten by the same rules. */
static enum drop_reason read_vp9(struct packet_facts *facts, const uint8_t *payload)
{
    struct vp9_payload vp9;
    if (vp9_payload_parse(payload, facts->payload_bytes, &vp9) != 0) {
        return DROP_VIDEO_MALFORMED;
    }
    facts->keyframe_start = vp9.keyframe;
    facts->width = vp9.keyframe ? vp9.width : 0;
    facts->height = vp9.keyframe ? vp9.height : 0;
    facts->vp8 = (struct vp8_payload){.picture_id_bits = vp9.picture_id_bits,
                                      .picture_id_offset = vp9.picture_id_offset,
                                      .picture_id = vp9.picture_id,
                                      .tl0picidx_offset = vp9.tl0picidx_offset,
                                      .tl0picidx = vp9.tl0picidx};
    return DROP_NONE;
}

static enum drop_reason read_av1(struct packet_facts *facts, const uint8_t *payload)
{
    struct av1_payload av1;
    if (av1_payload_parse(payload, facts->payload_bytes, &av1) != 0) {
        return DROP_VIDEO_MALFORMED;
    }
    facts->keyframe_start = av1_payload_keyframe(&av1);
    facts->width = facts->keyframe_start ? av1.width : 0;
    facts->height = facts->keyframe_start ? av1.height : 0;
    return DROP_NONE;
}

static enum drop_reason read_red(struct packet_facts *facts, const uint8_t *payload)
{
    struct red_block primary;
    if (red_find_primary(payload, facts->payload_bytes, &primary) != 0 || primary.bytes == 0) {
        return DROP_RTP_MALFORMED;
    }
    facts->primary_offset = primary.offset;
    facts->primary_bytes = primary.bytes;
    return DROP_NONE;
}

static enum drop_reason read_payload(struct packet_facts *facts, enum codec_kind kind,
                                     const uint8_t *payload)
{
    switch (kind) {
    case CODEC_VP8:
        return read_vp8(facts, payload);
    case CODEC_H264:
        return read_h264(facts, payload);
    case CODEC_VP9:
        return read_vp9(facts, payload);
    case CODEC_AV1:
        return read_av1(facts, payload);
    case CODEC_RED:
        return read_red(facts, payload);
    case CODEC_OPUS:
    case CODEC_TELEPHONE_EVENT:
        break;
    }
    return DROP_NONE;
}

enum drop_reason packet_facts_read(struct packet *packet, const struct rtp_header *header,
                                   const struct rtp_exts *exts, const struct session_media *media)
{
    struct packet_facts *facts = packet_facts(packet);
    facts->timestamp = header->timestamp;
    facts->payload_offset = header->payload_offset;
    facts->payload_bytes = header->payload_bytes;
    facts->codec = FACTS_NO_CODEC;
    facts->marker = header->marker;
    facts->keyframe_start = false;
    facts->bare_idr = false;
    facts->parameters = false;
    facts->tid = 0;
    facts->padding = 0;
    facts->width = 0;
    facts->height = 0;
    facts->primary_offset = 0; /* a note holds what the buffer's last packet was */
    facts->primary_bytes = header->payload_bytes;
    read_exts(facts, packet, exts);
    if (header->payload_bytes == 0) {
        return DROP_RTP_PADDING_ONLY;
    }
    const struct session_codec *codec = session_codec_by_pt(media, header->pt);
    if (codec == NULL) {
        return DROP_RTP_PAYLOAD_TYPE;
    }
    enum drop_reason reason =
        read_payload(facts, codec->kind, packet->data + header->payload_offset);
    facts->voice = facts->voice && facts->primary_bytes > RTP_OPUS_DTX_MAX_BYTES;
    if (reason == DROP_NONE) {
        facts->codec = (uint8_t)(codec - media->codecs);
        read_descriptor(facts, packet, exts, codec->kind);
    }
    return reason;
}

#include "packet_facts.h"

#include <string.h>

#include "media/audio_level.h"
#include "rtp/red.h"

/** What receivers may be told as the sender said it. Not: send times, numbers and layers, which are
 * ours. */
static const enum rtp_ext_kind passed_kinds[] = {
    RTP_EXT_AUDIO_LEVEL, RTP_EXT_VIDEO_ORIENTATION,  RTP_EXT_ABS_CAPTURE_TIME,
    RTP_EXT_COLOR_SPACE, RTP_EXT_VIDEO_CONTENT_TYPE, RTP_EXT_PLAYOUT_DELAY,
};

static void read_exts(struct packet_facts *facts, const struct packet *packet,
                      const struct rtp_exts *exts)
{
    facts->passed_count = 0;
    facts->level = AUDIO_LEVEL_SILENCE;
    for (size_t i = 0; i < sizeof(passed_kinds) / sizeof(passed_kinds[0]); i++) {
        enum rtp_ext_kind kind = passed_kinds[i];
        if (exts->at[kind] == NULL || exts->bytes[kind] == 0 ||
            facts->passed_count == FACTS_MAX_PASSED) {
            continue;
        }
        facts->passed[facts->passed_count++] = (struct passed_ext){
            .kind = (uint8_t)kind,
            .bytes = exts->bytes[kind],
            .offset = (uint16_t)(exts->at[kind] - packet->data),
        };
    }
    if (exts->at[RTP_EXT_AUDIO_LEVEL] != NULL && exts->bytes[RTP_EXT_AUDIO_LEVEL] > 0) {
        facts->level = exts->at[RTP_EXT_AUDIO_LEVEL][0] & 0x7F;
    }
}

static enum drop_reason read_vp8(struct packet_facts *facts, const uint8_t *payload)
{
    if (vp8_payload_parse(payload, facts->payload_bytes, &facts->vp8) != 0) {
        return DROP_VP8_MALFORMED;
    }
    facts->keyframe_start = facts->vp8.keyframe;
    if (facts->keyframe_start) {
        (void)vp8_payload_size(payload, facts->payload_bytes, &facts->vp8, &facts->width,
                               &facts->height);
    }
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
    const uint8_t *payload = packet->data + header->payload_offset;
    enum drop_reason reason = DROP_NONE;
    if (codec->kind == CODEC_VP8) {
        reason = read_vp8(facts, payload);
    } else if (codec->kind == CODEC_RED) {
        reason = read_red(facts, payload);
    }
    if (reason == DROP_NONE) {
        facts->codec = (uint8_t)(codec - media->codecs);
    }
    return reason;
}

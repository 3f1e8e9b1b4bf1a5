#include "room/session.h"

#include <stdlib.h>
#include <string.h>

#include "rtp/opus_payload.h"
#include "rtp/rtp.h"

static size_t session_bytes(size_t media_room)
{
    return sizeof(struct session) + media_room * sizeof(struct session_media);
}

struct session *session_new(size_t media_room)
{
    return calloc(1, session_bytes(media_room));
}

struct session *session_copy(const struct session *session)
{
    size_t bytes = session_bytes(session->media_count);
    struct session *copy = malloc(bytes);
    if (copy != NULL) {
        memcpy(copy, session, bytes);
    }
    return copy;
}

const struct session_codec *session_codec_by_pt(const struct session_media *media, uint8_t pt)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].pt == pt) {
            return &media->codecs[i];
        }
    }
    return NULL;
}

const struct session_codec *session_codec_by_rtx_pt(const struct session_media *media, uint8_t pt)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        if (pt != 0 && media->codecs[i].rtx_pt == pt) {
            return &media->codecs[i];
        }
    }
    return NULL;
}

const struct session_codec *session_codec_by_kind(const struct session_media *media,
                                                  enum codec_kind kind)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].kind == kind) {
            return &media->codecs[i];
        }
    }
    return NULL;
}

bool session_codec_carries(const struct session_codec *from, const struct session_codec *to)
{
    return from->kind == to->kind && from->clock_rate == to->clock_rate &&
           from->profile == to->profile && from->mode <= to->mode;
}

const struct session_codec *session_codec_match(const struct session_media *media,
                                                const struct session_codec *from)
{
    const struct session_codec *best = NULL;
    for (size_t i = 0; i < media->codec_count; i++) {
        const struct session_codec *codec = &media->codecs[i];
        if (session_codec_carries(from, codec)) {
            if (codec->mode == from->mode) {
                return codec;
            }
            best = best == NULL ? codec : best;
        }
    }
    return best;
}

uint32_t session_clock_rate(const struct session_media *media)
{
    if (media->codec_count > 0 && media->codecs[0].clock_rate > 0) {
        return media->codecs[0].clock_rate;
    }
    return media->kind == MEDIA_AUDIO ? RTP_OPUS_CLOCK_HZ : RTP_VIDEO_CLOCK_HZ;
}

const char *codec_kind_name(enum codec_kind kind)
{
    static const char *const names[] = {
        [CODEC_OPUS] = "Opus", [CODEC_RED] = "RED",   [CODEC_TELEPHONE_EVENT] = "telephone-event",
        [CODEC_VP8] = "VP8",   [CODEC_H264] = "H264", [CODEC_VP9] = "VP9",
        [CODEC_AV1] = "AV1",
    };
    return names[kind];
}

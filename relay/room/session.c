#include "room/session.h"

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

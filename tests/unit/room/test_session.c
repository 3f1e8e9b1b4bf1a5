#include "room/session.h"
#include "unit/runner.h"

static const struct session_media media = {
    .codecs = {{.kind = CODEC_VP8, .pt = 96, .rtx_pt = 97}, {.kind = CODEC_OPUS, .pt = 111}},
    .codec_count = 2,
};

TEST(finds_codec_by_payload_type)
{
    CHECK(session_codec_by_pt(&media, 96) == &media.codecs[0]);
    CHECK(session_codec_by_pt(&media, 111) == &media.codecs[1]);
    CHECK(session_codec_by_pt(&media, 97) == NULL);
}

TEST(finds_codec_by_rtx_payload_type_but_never_for_zero)
{
    CHECK(session_codec_by_rtx_pt(&media, 97) == &media.codecs[0]);
    CHECK(session_codec_by_rtx_pt(&media, 96) == NULL);
    CHECK(session_codec_by_rtx_pt(&media, 0) == NULL);
}

TEST(finds_first_codec_of_a_kind)
{
    CHECK(session_codec_by_kind(&media, CODEC_OPUS) == &media.codecs[1]);
    CHECK(session_codec_by_kind(&media, CODEC_RED) == NULL);
}

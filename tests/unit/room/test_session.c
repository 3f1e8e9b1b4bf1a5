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

/** A codec of video. */
static struct session_codec video(enum codec_kind kind, uint8_t pt, uint16_t profile, uint8_t mode)
{
    return (struct session_codec){
        .kind = kind, .pt = pt, .profile = profile, .mode = mode, .clock_rate = 90000};
}

TEST(a_codec_fits_by_profile_and_packetization_mode)
{
    struct session_media have = {.codec_count = 5};
    have.codecs[0] = video(CODEC_VP8, 96, 0, 0);
    have.codecs[1] = video(CODEC_H264, 102, 0x42e0, 1);
    have.codecs[2] = video(CODEC_H264, 104, 0x42e0, 0);
    have.codecs[3] = video(CODEC_H264, 106, 0x6400, 1);
    have.codecs[4] = video(CODEC_VP9, 98, 0, 0);
    struct session_codec from = video(CODEC_H264, 35, 0x42e0, 0);
    CHECK(session_codec_match(&have, &from) ==
          &have.codecs[2]); /* the same before what includes it */
    from.mode = 1;
    CHECK(session_codec_match(&have, &from) == &have.codecs[1]);
    from = video(CODEC_H264, 35, 0x6400, 0);
    CHECK(session_codec_match(&have, &from) == &have.codecs[3]); /* mode 0 goes as mode 1 */
    have.codecs[3].mode = 0;
    from.mode = 1;
    CHECK(session_codec_match(&have, &from) == NULL); /* but not the other way */
    from = video(CODEC_H264, 35, 0x4d00, 1);
    CHECK(session_codec_match(&have, &from) == NULL);
    from = video(CODEC_VP9, 35, 0, 0);
    CHECK(session_codec_match(&have, &from) == &have.codecs[4]);
    from = video(CODEC_VP9, 35, 2, 0);
    CHECK(session_codec_match(&have, &from) == NULL);
    from = video(CODEC_AV1, 35, 0, 0);
    CHECK(session_codec_match(&have, &from) == NULL);
    CHECK_STR(codec_kind_name(CODEC_AV1), "AV1");
}

TEST(an_m_line_without_codecs_has_the_clock_that_is_usual)
{
    struct session_media line = {.kind = MEDIA_AUDIO};
    CHECK_INT(session_clock_rate(&line), 48000);
    line.kind = MEDIA_VIDEO;
    CHECK_INT(session_clock_rate(&line), 90000);
    line.codec_count = 1;
    line.codecs[0].clock_rate = 8000;
    CHECK_INT(session_clock_rate(&line), 8000);
}

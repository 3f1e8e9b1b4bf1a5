#include <stdio.h>

#include "../relay/room/agreement.h"
#include "unit/runner.h"

static struct session_media make_media(const char *mid, uint8_t pt)
{
    struct session_media media = {.kind = MEDIA_VIDEO, .codec_count = 2, .slot_ssrc = 7};
    (void)snprintf(media.mid, sizeof(media.mid), "%s", mid);
    media.codecs[0] = (struct session_codec){.kind = CODEC_VP8, .pt = pt, .nack = true};
    media.codecs[1] = (struct session_codec){.kind = CODEC_H264, .pt = 100, .profile = 0x42e0};
    media.exts.id[RTP_EXT_MID] = 4;
    return media;
}

TEST(slots_that_agreed_on_the_same_share_it)
{
    struct list agreements;
    struct agreement *held[3] = {NULL};
    struct session_media a = make_media("0", 96);
    struct session_media b = make_media("1", 96);
    struct session_media c = make_media("2", 97);
    list_init(&agreements);
    b.slot_ssrc = 8;
    held[0] = agreement_take(&agreements, &a);
    REQUIRE(held[0] != NULL);
    held[1] = agreement_take(&agreements, &b);
    REQUIRE(held[1] != NULL);
    held[2] = agreement_take(&agreements, &c);
    REQUIRE(held[2] != NULL);
    CHECK(held[0] == held[1] && held[0] != held[2]);
    CHECK_INT(held[0]->media.codec_count, 2);
    CHECK_INT(held[0]->media.codecs[0].pt, 96);
    CHECK_INT(held[2]->media.codecs[0].pt, 97);
    CHECK_INT(held[0]->media.exts.id[RTP_EXT_MID], 4);
    CHECK(held[0]->media.mid[0] == 0 && held[0]->media.slot_ssrc == 0);
    agreement_give(&held[0]);
    CHECK(held[0] == NULL);
    CHECK_INT(held[1]->media.codecs[0].pt, 96); /* one still holds it */
    agreement_give(&held[1]);
    agreement_give(&held[2]);
    CHECK(list_empty(&agreements));
    agreement_give(&held[2]);
out:
    for (size_t i = 0; i < 3; i++) {
        agreement_give(&held[i]);
    }
}

/** The n-th thing in which an agreement may differ from the first. */
static struct session_media make_other(size_t n)
{
    struct session_media media = make_media("0", 96);
    struct session_codec *codec = &media.codecs[1];
    media.kind = n == 1 ? MEDIA_AUDIO : MEDIA_VIDEO;
    media.codec_count = n == 2 ? 1 : 2;
    media.exts.id[RTP_EXT_RID] = n == 3 ? 5 : 0;
    codec->kind = n == 4 ? CODEC_VP9 : codec->kind;
    codec->pt = n == 5 ? 101 : codec->pt;
    codec->rtx_pt = n == 6;
    codec->mode = n == 7;
    codec->profile = n == 8 ? 0x4d00 : codec->profile;
    codec->clock_rate = n == 9;
    codec->nack = n == 10;
    codec->nack_pli = n == 11;
    codec->ccm_fir = n == 12;
    codec->goog_remb = n == 13;
    codec->transport_cc = n == 14;
    codec->stereo = n == 15;
    codec->inband_fec = n == 16;
    codec->whole_frames = n == 17;
    codec->max_bps = n == 18;
    return media;
}

TEST(each_difference_parts_them)
{
    enum { COUNT = 19 };
    struct list agreements;
    struct agreement *held[COUNT] = {NULL};
    list_init(&agreements);
    for (size_t i = 0; i < COUNT; i++) {
        struct session_media media = make_other(i);
        held[i] = agreement_take(&agreements, &media);
        REQUIRE(held[i] != NULL);
        for (size_t j = 0; j < i; j++) {
            CHECK(held[i] != held[j]);
        }
    }
out:
    for (size_t i = 0; i < COUNT; i++) {
        agreement_give(&held[i]);
    }
}

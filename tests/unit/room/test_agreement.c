#include <string.h>

#include "../relay/room/agreement.h"
#include "unit/runner.h"

static struct session_media make_media(const char *mid, uint8_t pt)
{
    struct session_media media = {.kind = MEDIA_VIDEO, .codec_count = 2, .slot_ssrc = 7};
    (void)strcpy(media.mid, mid);
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

TEST(each_difference_parts_them)
{
    struct list agreements;
    struct agreement *held[6] = {NULL};
    struct session_media media[6];
    list_init(&agreements);
    for (size_t i = 0; i < 6; i++) {
        media[i] = make_media("0", 96);
    }
    media[1].codecs[0].nack = false;
    media[2].exts.id[RTP_EXT_RID] = 5;
    media[3].codec_count = 1;
    media[4].kind = MEDIA_AUDIO;
    media[5].codecs[1].profile = 0x4d00;
    for (size_t i = 0; i < 6; i++) {
        held[i] = agreement_take(&agreements, &media[i]);
        REQUIRE(held[i] != NULL);
        for (size_t j = 0; j < i; j++) {
            CHECK(held[i] != held[j]);
        }
    }
out:
    for (size_t i = 0; i < 6; i++) {
        agreement_give(&held[i]);
    }
}

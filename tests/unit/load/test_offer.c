#include <stdlib.h>

#include "base/err.h"
#include "load/offer.h"
#include "sdp/sdp_parse.h"
#include "sdp/sdp_stream.h"
#include "unit/load/load_kit.h"
#include "unit/runner.h"

struct written {
    struct agreement plan;
    char *text;
    struct sdp *sdp;
};

static int write_offer(const struct dial_wish *wish, struct written *out)
{
    struct rand rand;
    struct sdp_error error;
    struct agreement_local local = load_kit_local();
    rand_init(&rand, 5);
    int err = offer_write(wish, &local, &rand, &out->plan, &out->text);
    return err != 0 ? err : sdp_parse(out->text, strlen(out->text), &out->sdp, &error);
}

static void written_free(struct written *written)
{
    sdp_free(&written->sdp);
    free(written->text);
    written->text = NULL;
}

static bool has(const struct sdp_section *section, const char *name, const char *value)
{
    const struct sdp_attr *attr = sdp_section_find(section, name);
    while (attr != NULL && !str_view_equal(attr->value, value)) {
        attr = sdp_section_next(section, attr, name);
    }
    return attr != NULL;
}

TEST(an_offer_to_send_and_receive_has_one_line_of_each_kind)
{
    struct written offer = {.text = NULL};
    struct dial_wish wish = load_kit_wish();
    REQUIRE_OK(write_offer(&wish, &offer));
    REQUIRE_INT(offer.sdp->media_count, 2);
    const struct sdp_section *audio = &offer.sdp->media[0];
    const struct sdp_section *video = &offer.sdp->media[1];
    CHECK(has(&offer.sdp->session, "group", "BUNDLE 0 1"));
    CHECK(str_view_equal(audio->formats, "111"));
    CHECK_INT(audio->port, 5000);
    CHECK(has(audio, "setup", "actpass"));
    CHECK(has(audio, "candidate", "1 1 udp 2130706431 192.0.2.7 5000 typ host"));
    CHECK(has(audio, "fmtp", "111 minptime=10;useinbandfec=1"));
    CHECK(sdp_section_has(audio, "sendrecv") && sdp_section_has(audio, "rtcp-mux"));
    CHECK(has(audio, "fingerprint",
              "sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:"
              "19:1A:1B:1C:1D:1E:1F"));
    CHECK(str_view_equal(video->formats, "96 97"));
    CHECK(has(video, "rtcp-fb", "96 nack pli") && has(video, "rtcp-fb", "96 transport-cc"));
    CHECK(has(video, "fmtp", "97 apt=96"));
    CHECK(!sdp_section_has(video, "candidate") && !sdp_section_has(video, "simulcast"));
    const struct agreement_stream *sent = &offer.plan.streams[1];
    struct sdp_ssrc_group group;
    REQUIRE(sdp_section_has(video, "ssrc-group"));
    REQUIRE_OK(sdp_ssrc_group_parse(sdp_section_find(video, "ssrc-group")->value, &group));
    CHECK_INT(group.ssrcs[0], sent->ssrcs[0]);
    CHECK_INT(group.ssrcs[1], sent->rtx_ssrcs[0]);
    CHECK(sent->sends && sent->receives && sent->layer_count == 1);
out:
    written_free(&offer);
}

TEST(simulcast_goes_out_as_three_rids_without_ssrcs)
{
    struct written offer = {.text = NULL};
    struct dial_wish wish = load_kit_wish();
    wish.simulcast = true;
    wish.red = true;
    REQUIRE_OK(write_offer(&wish, &offer));
    const struct sdp_section *video = &offer.sdp->media[1];
    CHECK(has(video, "simulcast", "send q;h;f"));
    CHECK(has(video, "rid", "q send") && has(video, "rid", "f send"));
    CHECK(!sdp_section_has(video, "ssrc"));
    CHECK_INT(offer.plan.streams[1].layer_count, 3);
    CHECK_STR(offer.plan.streams[1].rids[2], "f");
    CHECK_INT(offer.plan.streams[0].layer_count, 1);
    CHECK(str_view_equal(offer.sdp->media[0].formats, "111 63"));
    CHECK(has(&offer.sdp->media[0], "fmtp", "63 111/111"));
out:
    written_free(&offer);
}

TEST(lost_sound_may_be_asked_for)
{
    struct written offer = {.text = NULL};
    struct dial_wish wish = load_kit_wish();
    REQUIRE_OK(write_offer(&wish, &offer));
    CHECK(!has(&offer.sdp->media[0], "rtcp-fb", "111 nack"));
    written_free(&offer);
    wish.audio_nack = true;
    REQUIRE_OK(write_offer(&wish, &offer));
    CHECK(has(&offer.sdp->media[0], "rtcp-fb", "111 nack"));
out:
    written_free(&offer);
}

TEST(slots_beyond_the_first_only_receive)
{
    struct written offer = {.text = NULL};
    struct dial_wish wish = load_kit_wish();
    wish.send_video = false;
    wish.receive_audio = 3;
    wish.receive_video = 9;
    REQUIRE_OK(write_offer(&wish, &offer));
    REQUIRE_INT(offer.sdp->media_count, 12);
    CHECK(sdp_section_has(&offer.sdp->media[0], "sendrecv"));
    for (size_t i = 1; i < 12; i++) {
        CHECK(sdp_section_has(&offer.sdp->media[i], "recvonly"));
        CHECK(!offer.plan.streams[i].sends && offer.plan.streams[i].layer_count == 0);
    }
    CHECK(str_view_equal(offer.sdp->media[3].media, "video"));
out:
    written_free(&offer);
}

TEST(a_wish_for_nothing_or_too_much_is_refused)
{
    struct written offer = {.text = NULL};
    struct dial_wish nothing = {.room = "room"};
    CHECK_INT(write_offer(&nothing, &offer), ERR_INVALID);
    struct dial_wish much = load_kit_wish();
    much.receive_audio = AGREEMENT_MAX_STREAMS;
    CHECK_INT(write_offer(&much, &offer), ERR_INVALID);
    written_free(&offer);
}

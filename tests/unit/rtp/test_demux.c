#include <stdio.h>

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/demux.h"
#include "unit/runner.h"

/** What a packet carries besides its fixed header. */
struct labels {
    uint8_t mid_id;
    const char *mid;
    uint8_t rid_id;
    const char *rid;
};

/** Resolves one packet with these labels. */
static int resolve(struct demux *demux, uint32_t ssrc, uint8_t pt, const struct labels *labels,
                   struct demux_target *out)
{
    uint8_t data[64] = {0x80, pt};
    size_t len = RTP_HEADER_BYTES;
    bytes_put_u32(data + 8, ssrc);
    if (labels != NULL) {
        struct rtp_ext_element elements[2] = {{0}};
        size_t count = 0;
        if (labels->mid != NULL) {
            elements[count++] = (struct rtp_ext_element){.id = labels->mid_id,
                                                         .bytes = (uint8_t)strlen(labels->mid),
                                                         .at = (const uint8_t *)labels->mid};
        }
        if (labels->rid != NULL) {
            elements[count++] = (struct rtp_ext_element){.id = labels->rid_id,
                                                         .bytes = (uint8_t)strlen(labels->rid),
                                                         .at = (const uint8_t *)labels->rid};
        }
        data[0] |= 0x10;
        len += rtp_ext_write(data + len, sizeof(data) - len, elements, count, true);
    }
    struct rtp_header header;
    int err = rtp_parse(data, len, &header);
    return err != 0 ? err : demux_resolve(demux, data, &header, out);
}

/** True when the packet goes to this section and layer. */
static bool goes_to(struct demux *demux, uint32_t ssrc, uint8_t pt, const struct labels *labels,
                    int section, int layer, bool is_rtx)
{
    struct demux_target target;
    return resolve(demux, ssrc, pt, labels, &target) == 0 && target.section == section &&
           target.layer == layer && target.is_rtx == is_rtx;
}

static struct demux_section section(const char *mid, uint8_t mid_id, uint8_t pt, uint8_t rtx_pt)
{
    struct demux_section section = {.sends = true, .pts = {pt}, .pt_count = 1, .rtx_pts = {rtx_pt}};
    section.rtx_pt_count = rtx_pt != 0;
    section.exts.id[RTP_EXT_MID] = mid_id;
    (void)snprintf(section.mid, sizeof(section.mid), "%s", mid);
    return section;
}

static struct demux_section simulcast(const char *mid)
{
    struct demux_section video = section(mid, 4, 96, 97);
    static const char *const rids[] = {"q", "h", "f"};
    video.exts.id[RTP_EXT_RID] = 10;
    video.exts.id[RTP_EXT_RRID] = 11;
    video.rid_count = 3;
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(video.rids[i], sizeof(video.rids[i]), "%s", rids[i]);
    }
    return video;
}

TEST(demux_goes_by_announced_ssrc)
{
    struct demux *demux = NULL;
    struct demux_section sections[2] = {section("0", 4, 111, 0), section("1", 4, 96, 97)};
    sections[0].ssrcs[0] = 1000;
    sections[0].ssrc_count = 1;
    sections[1].ssrcs[0] = 2000;
    sections[1].rtx_ssrcs[0] = 2001;
    sections[1].ssrc_count = 1;
    REQUIRE_OK(demux_new(&demux, sections, 2));
    struct demux_target target;
    REQUIRE_OK(resolve(demux, 1000, 111, NULL, &target));
    CHECK_INT(target.section, 0);
    CHECK(!target.is_rtx && !target.learned);
    CHECK(goes_to(demux, 2000, 96, NULL, 1, 0, false));
    CHECK(goes_to(demux, 2001, 97, NULL, 1, 0, true));
    /* the announcement counts more than what the packet says */
    CHECK(goes_to(demux, 1000, 111, &(struct labels){.mid_id = 4, .mid = "1"}, 0, 0, false));
    REQUIRE_OK(demux_find_ssrc(demux, 2001, &target));
    CHECK(target.section == 1 && target.is_rtx);
    CHECK_INT(demux_find_ssrc(demux, 5, &target), ERR_NOT_FOUND);
out:
    demux_free(&demux);
}

TEST(demux_learns_from_mid)
{
    struct demux *demux = NULL;
    const struct demux_section sections[] = {section("a", 4, 111, 0), section("b", 4, 111, 0),
                                             section("c", 4, 96, 97)};
    REQUIRE_OK(demux_new(&demux, sections, 3));
    struct demux_target target;
    CHECK_INT(resolve(demux, 10, 111, NULL, &target), ERR_NOT_FOUND); /* two could be meant */
    REQUIRE_OK(resolve(demux, 10, 111, &(struct labels){.mid_id = 4, .mid = "b"}, &target));
    CHECK_INT(target.section, 1);
    CHECK(target.learned);
    REQUIRE_OK(resolve(demux, 10, 111, NULL, &target));
    CHECK_INT(target.section, 1);
    CHECK(!target.learned);
    CHECK(goes_to(demux, 11, 97, &(struct labels){.mid_id = 4, .mid = "c"}, 2, 0, true));
    CHECK_INT(resolve(demux, 12, 111, &(struct labels){.mid_id = 4, .mid = "z"}, &target),
              ERR_NOT_FOUND);
    CHECK_INT(resolve(demux, 13, 96, &(struct labels){.mid_id = 4, .mid = "a"}, &target),
              ERR_NOT_FOUND); /* a does not take 96, and c is not named */
    demux_forget(demux, 10);
    CHECK_INT(demux_find_ssrc(demux, 10, &target), ERR_NOT_FOUND);
out:
    demux_free(&demux);
}

TEST(demux_tells_layers_by_rid)
{
    struct demux *demux = NULL;
    const struct demux_section sections[] = {section("0", 4, 111, 0), simulcast("1")};
    REQUIRE_OK(demux_new(&demux, sections, 2));
    struct labels labels = {.mid_id = 4, .mid = "1", .rid_id = 10, .rid = "h"};
    CHECK(goes_to(demux, 1, 96, &labels, 1, 1, false));
    CHECK(goes_to(demux, 1, 96, NULL, 1, 1, false));
    labels.rid = "f";
    CHECK(goes_to(demux, 2, 96, &labels, 1, 2, false));
    labels = (struct labels){.mid_id = 4, .mid = "1", .rid_id = 11, .rid = "h"};
    CHECK(goes_to(demux, 3, 97, &labels, 1, 1, true)); /* RRID: RTX of h */
    labels = (struct labels){.rid_id = 10, .rid = "q"};
    CHECK(goes_to(demux, 4, 96, &labels, 1, 0, false)); /* RID without MID */
    struct demux_target target;
    labels = (struct labels){.mid_id = 4, .mid = "1", .rid_id = 10, .rid = "x"};
    CHECK_INT(resolve(demux, 5, 96, &labels, &target), ERR_NOT_FOUND);
    labels = (struct labels){.mid_id = 4, .mid = "1"};
    CHECK_INT(resolve(demux, 6, 96, &labels, &target), ERR_NOT_FOUND); /* which layer? */
    CHECK_INT(resolve(demux, 6, 96, NULL, &target), ERR_NOT_FOUND);
out:
    demux_free(&demux);
}

TEST(demux_lets_rid_correct_announced_ssrcs)
{
    /* Firefox announces SSRCs with simulcast as well; their order need not be that of the rids. */
    struct demux *demux = NULL;
    struct demux_section video = simulcast("1");
    for (uint32_t i = 0; i < 3; i++) {
        video.ssrcs[i] = 100 + i;
        video.rtx_ssrcs[i] = 200 + i;
    }
    video.ssrc_count = 3;
    REQUIRE_OK(demux_new(&demux, &video, 1));
    CHECK(goes_to(demux, 101, 96, NULL, 0, 1, false));
    CHECK(goes_to(demux, 201, 97, NULL, 0, 1, true));
    struct labels labels = {.mid_id = 4, .mid = "1", .rid_id = 10, .rid = "f"};
    struct demux_target target;
    REQUIRE_OK(resolve(demux, 100, 96, &labels, &target));
    CHECK_INT(target.layer, 2);
    CHECK(target.learned);
    REQUIRE_OK(resolve(demux, 100, 96, &labels, &target));
    CHECK(!target.learned);
    CHECK(goes_to(demux, 100, 96, NULL, 0, 2, false));
out:
    demux_free(&demux);
}

TEST(demux_goes_by_payload_type_when_nothing_else_is_there)
{
    /* GStreamer, libdatachannel: no header extensions at all */
    struct demux *demux = NULL;
    struct demux_section sections[] = {section("audio0", 0, 97, 0), section("video1", 0, 96, 0),
                                       section("slot", 0, 96, 0)};
    sections[2].sends = false;
    REQUIRE_OK(demux_new(&demux, sections, 3));
    CHECK(goes_to(demux, 1, 97, NULL, 0, 0, false));
    CHECK(goes_to(demux, 2, 96, NULL, 1, 0, false));
    CHECK(goes_to(demux, 2, 96, NULL, 1, 0, false));
    struct demux_target target;
    CHECK_INT(resolve(demux, 3, 100, NULL, &target), ERR_NOT_FOUND);
out:
    demux_free(&demux);
}

TEST(demux_gives_a_lone_section_everything)
{
    /* baresip: one m-line without mid */
    struct demux *demux = NULL;
    struct demux_section sections[] = {section("", 0, 96, 0), section("", 0, 111, 0)};
    sections[1].sends = false;
    REQUIRE_OK(demux_new(&demux, sections, 2));
    CHECK(goes_to(demux, 1, 111, NULL, 0, 0, false));
    CHECK(goes_to(demux, 2, 5, NULL, 0, 0, false));
out:
    demux_free(&demux);
}

TEST(demux_reads_each_sections_own_ids)
{
    /*
     * werift: MID is id 1 in audio and id 2 in video; here id 2 in audio is the level, whose byte
     * happens to spell the video's mid.
     */
    struct demux *demux = NULL;
    struct demux_section sections[] = {section("0", 1, 96, 0), section("1", 2, 97, 0)};
    REQUIRE_OK(demux_new(&demux, sections, 2));
    struct labels labels = {.mid_id = 1, .mid = "0", .rid_id = 2, .rid = "1"};
    CHECK(goes_to(demux, 1, 96, &labels, 0, 0, false));
    labels = (struct labels){.mid_id = 2, .mid = "1", .rid_id = 1, .rid = "0"};
    CHECK(goes_to(demux, 2, 97, &labels, 1, 0, false));
out:
    demux_free(&demux);
}

TEST(demux_corrects_a_guess_when_a_label_comes)
{
    /* The RTX packet without labels could only be of the one section that takes 97. */
    struct demux *demux = NULL;
    struct demux_section sections[] = {section("0", 4, 96, 97), section("1", 4, 98, 0)};
    sections[1].pts[1] = 96;
    struct demux_target target;
    REQUIRE_OK(demux_new(&demux, sections, 2));
    CHECK(goes_to(demux, 1, 96, NULL, 0, 0, false));
    sections[1].pt_count = 2;
    REQUIRE_OK(demux_update(demux, sections, 2));
    REQUIRE_OK(resolve(demux, 1, 96, &(struct labels){.mid_id = 4, .mid = "1"}, &target));
    CHECK_INT(target.section, 1);
    CHECK(target.learned);
    CHECK(goes_to(demux, 1, 96, NULL, 1, 0, false));
out:
    demux_free(&demux);
}

TEST(demux_bounds_what_it_learns)
{
    struct demux *demux = NULL;
    struct demux_section sections[20];
    char mid[20][4];
    for (size_t i = 0; i < 20; i++) {
        (void)snprintf(mid[i], sizeof(mid[i]), "%zu", i);
        sections[i] = section(mid[i], 4, 111, 0);
    }
    struct demux_target target;
    REQUIRE_OK(demux_new(&demux, sections, 20));
    for (uint32_t i = 0; i < 16; i++) {
        struct labels labels = {.mid_id = 4, .mid = mid[i]};
        REQUIRE_OK(resolve(demux, 100 + i, 111, &labels, &target));
    }
    struct labels labels = {.mid_id = 4, .mid = mid[16]};
    CHECK_INT(resolve(demux, 200, 111, &labels, &target), ERR_FULL);
    demux_forget(demux, 105);
    CHECK_INT(resolve(demux, 200, 111, &labels, &target), 0);
out:
    demux_free(&demux);
}

TEST(demux_keeps_the_two_latest_ssrcs_of_a_stream)
{
    struct demux *demux = NULL;
    struct demux_section sections[] = {section("0", 4, 111, 0), section("1", 4, 96, 97)};
    struct demux_target target;
    REQUIRE_OK(demux_new(&demux, sections, 2));
    CHECK(goes_to(demux, 1, 111, NULL, 0, 0, false));
    for (uint32_t ssrc = 100; ssrc < 200; ssrc++) {
        CHECK(goes_to(demux, ssrc, 96, NULL, 1, 0, false));
    }
    CHECK_INT(demux_find_ssrc(demux, 199, &target), 0);
    CHECK_INT(demux_find_ssrc(demux, 198, &target), 0);
    CHECK_INT(demux_find_ssrc(demux, 197, &target), ERR_NOT_FOUND);
    CHECK_INT(demux_find_ssrc(demux, 1, &target), 0);
out:
    demux_free(&demux);
}

TEST(demux_update_keeps_what_still_holds)
{
    struct demux *demux = NULL;
    struct demux_section sections[] = {section("0", 4, 111, 0), section("1", 4, 96, 97)};
    struct demux_target target;
    REQUIRE_OK(demux_new(&demux, sections, 2));
    CHECK(goes_to(demux, 1, 111, NULL, 0, 0, false));
    CHECK(goes_to(demux, 2, 96, NULL, 1, 0, false));
    struct demux_section next[] = {section("2", 4, 96, 97), section("0", 4, 111, 0),
                                   section("1", 4, 96, 97)};
    next[1].sends = false;
    REQUIRE_OK(demux_update(demux, next, 3));
    CHECK_INT(resolve(demux, 1, 111, NULL, &target), ERR_NOT_FOUND);
    REQUIRE_OK(demux_find_ssrc(demux, 2, &target));
    CHECK_INT(target.section, 2);
    /* whoever starts again with the same SSRC may label it no more */
    next[1].sends = true;
    REQUIRE_OK(demux_update(demux, next, 3));
    CHECK(goes_to(demux, 1, 111, NULL, 1, 0, false));
    /* gone for good with its mid */
    memcpy(next[1].mid, "9", 2);
    next[1].sends = false;
    REQUIRE_OK(demux_update(demux, next, 3));
    CHECK_INT(demux_find_ssrc(demux, 1, &target), ERR_NOT_FOUND);
out:
    demux_free(&demux);
}

TEST(demux_keeps_packets_of_a_section_that_stops_from_the_others)
{
    struct demux *demux = NULL;
    struct demux_section sections[] = {section("0", 4, 96, 97), section("1", 4, 96, 97)};
    struct demux_target target;
    sections[1].ssrcs[0] = 20;
    sections[1].rtx_ssrcs[0] = 21;
    sections[1].ssrc_count = 1;
    REQUIRE_OK(demux_new(&demux, sections, 2));
    CHECK(goes_to(demux, 20, 96, NULL, 1, 0, false));
    struct demux_section next[] = {sections[0], sections[1]};
    next[1].sends = false;
    next[1].ssrc_count = 0;
    REQUIRE_OK(demux_update(demux, next, 2));
    /* by payload type alone it would be the other section's, which alone sends */
    CHECK_INT(resolve(demux, 20, 96, NULL, &target), ERR_NOT_FOUND);
    CHECK_INT(resolve(demux, 21, 97, NULL, &target), ERR_NOT_FOUND);
    CHECK(goes_to(demux, 30, 96, NULL, 0, 0, false));
    REQUIRE_OK(demux_update(demux, sections, 2));
    CHECK(goes_to(demux, 20, 96, NULL, 1, 0, false));
out:
    demux_free(&demux);
}

/** A screen that is shared again: Chromium keeps the SSRCs, and adds no labels to known ones. */
TEST(demux_knows_the_layers_of_a_section_that_paused)
{
    struct demux *demux = NULL;
    struct demux_section sections[] = {section("0", 4, 96, 97), section("1", 4, 96, 97)};
    sections[1].exts.id[RTP_EXT_RID] = 10;
    sections[1].rid_count = 2;
    (void)strcpy(sections[1].rids[0], "h");
    (void)strcpy(sections[1].rids[1], "f");
    struct demux_target target;
    REQUIRE_OK(demux_new(&demux, sections, 2));
    struct labels labels = {.mid_id = 4, .mid = "1", .rid_id = 10, .rid = "f"};
    REQUIRE_OK(resolve(demux, 7, 96, &labels, &target));
    sections[1].sends = false;
    sections[1].rid_count = 0;
    REQUIRE_OK(demux_update(demux, sections, 2));
    CHECK_INT(resolve(demux, 7, 96, NULL, &target), ERR_NOT_FOUND);
    CHECK_INT(demux_find_ssrc(demux, 7, &target), ERR_NOT_FOUND);
    sections[1].sends = true;
    sections[1].rid_count = 2;
    REQUIRE_OK(demux_update(demux, sections, 2));
    CHECK(goes_to(demux, 7, 96, NULL, 1, 1, false));
out:
    demux_free(&demux);
}

TEST(demux_refuses_configurations_out_of_bounds)
{
    struct demux *demux = NULL;
    struct demux_section bad = section("0", 4, 111, 0);
    bad.rid_count = DEMUX_MAX_LAYERS + 1;
    CHECK_INT(demux_new(&demux, &bad, 1), ERR_INVALID);
    bad = section("0", 4, 111, 0);
    memset(bad.mid, 'a', sizeof(bad.mid));
    CHECK_INT(demux_new(&demux, &bad, 1), ERR_INVALID);
    CHECK_INT(demux_new(&demux, &bad, DEMUX_MAX_SECTIONS + 1), ERR_INVALID);
    CHECK(demux == NULL);
    struct demux_target target;
    REQUIRE_OK(demux_new(&demux, &bad, 0));
    CHECK_INT(resolve(demux, 1, 111, NULL, &target), ERR_NOT_FOUND);
out:
    demux_free(&demux);
}

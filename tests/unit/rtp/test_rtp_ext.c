#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "rtp/rtp_ext.h"
#include "support/vectors.h"
#include "unit/runner.h"

/** Parses "80..." text of a whole packet. */
static size_t packet(const char *hex, uint8_t *data, size_t cap, struct rtp_header *header)
{
    size_t len = vectors_hex(hex, data, cap);
    return rtp_parse(data, len, header) == 0 ? len : 0;
}

#define FIXED "9060 0001 00000002 00000003 "

TEST(rtp_ext_reads_chromiums_elements)
{
    /* corpus/chromium156.rtp.hex line 1, ids as in offers/chromium-*-publish.sdp */
    uint8_t data[64];
    struct rtp_header header;
    REQUIRE(packet("90ef5f29509940a205c38ee5bede000322a03c6031000140301087004b", data, 64,
                   &header) > 0);
    struct rtp_ext_map map = {.id = {[RTP_EXT_AUDIO_LEVEL] = 1,
                                     [RTP_EXT_ABS_SEND_TIME] = 2,
                                     [RTP_EXT_TRANSPORT_CC] = 3,
                                     [RTP_EXT_MID] = 4}};
    struct rtp_exts exts;
    REQUIRE_OK(rtp_ext_read(data, &header, &map, &exts));
    REQUIRE(exts.bytes[RTP_EXT_AUDIO_LEVEL] > 0);
    CHECK_INT(exts.bytes[RTP_EXT_AUDIO_LEVEL], 1);
    CHECK_INT(exts.at[RTP_EXT_AUDIO_LEVEL][0], 0x87);
    CHECK_INT(exts.bytes[RTP_EXT_ABS_SEND_TIME], 3);
    CHECK_MEM(exts.at[RTP_EXT_ABS_SEND_TIME], "\xa0\x3c\x60", 3);
    CHECK_MEM(exts.at[RTP_EXT_TRANSPORT_CC], "\x00\x01", 2);
    CHECK_INT(exts.bytes[RTP_EXT_MID], 1);
    CHECK_MEM(exts.at[RTP_EXT_MID], "0", 1);
    CHECK(exts.bytes[RTP_EXT_RID] == 0);
    uint8_t bytes = 0;
    CHECK(rtp_ext_find(data, &header, 3, &bytes) == exts.at[RTP_EXT_TRANSPORT_CC]);
    CHECK_INT(bytes, 2);
    CHECK(rtp_ext_find(data, &header, 5, &bytes) == NULL);
    CHECK(rtp_ext_find(data, &header, 0, &bytes) == NULL);
out:
    return;
}

TEST(rtp_ext_reads_the_two_byte_form)
{
    /* RFC 8285 4.3: an element of no bytes, padding, one of 1 and one of 4 bytes */
    uint8_t data[64];
    struct rtp_header header;
    REQUIRE(packet(FIXED "1000 0003 0100 00 02 01 aa 03 04 bbbbbbbb 00", data, 64, &header) > 0);
    struct rtp_ext_map map = {.id = {[RTP_EXT_MID] = 1, [RTP_EXT_RID] = 2, [RTP_EXT_RRID] = 3}};
    struct rtp_exts exts;
    REQUIRE_OK(rtp_ext_read(data, &header, &map, &exts));
    CHECK_INT(exts.bytes[RTP_EXT_MID], 0); /* empty */
    CHECK_INT(exts.bytes[RTP_EXT_RID], 1);
    CHECK_MEM(exts.at[RTP_EXT_RRID], "\xbb\xbb\xbb\xbb", 4);
out:
    return;
}

TEST(rtp_ext_passes_over_unknown_profiles)
{
    uint8_t data[64];
    struct rtp_header header;
    struct rtp_exts exts;
    struct rtp_ext_map map = {.id = {[RTP_EXT_MID] = 1}};
    REQUIRE(packet(FIXED "abac 0001 10aa0000", data, 64, &header) > 0);
    CHECK_INT(rtp_ext_read(data, &header, &map, &exts), 0);
    CHECK(exts.bytes[RTP_EXT_MID] == 0);
    REQUIRE(packet("8060 0001 00000002 00000003 10aa", data, 64, &header) > 0);
    CHECK_INT(rtp_ext_read(data, &header, &map, &exts), 0);
    CHECK(exts.bytes[RTP_EXT_MID] == 0);
out:
    return;
}

TEST(rtp_ext_keeps_what_stood_before_a_fault)
{
    uint8_t data[64];
    struct rtp_header header;
    struct rtp_exts exts;
    struct rtp_ext_map map = {.id = {[RTP_EXT_MID] = 1, [RTP_EXT_RID] = 2}};
    REQUIRE(packet(FIXED "bede 0001 10aa 2fbb", data, 64, &header) > 0); /* 16 bytes, 1 is there */
    CHECK_INT(rtp_ext_read(data, &header, &map, &exts), ERR_MALFORMED);
    CHECK(exts.bytes[RTP_EXT_MID] > 0);
    CHECK(exts.bytes[RTP_EXT_RID] == 0);
    REQUIRE(packet(FIXED "bede 0001 10aa f020", data, 64, &header) > 0); /* id 15 ends it */
    CHECK_INT(rtp_ext_read(data, &header, &map, &exts), 0);
    CHECK(exts.bytes[RTP_EXT_MID] > 0);
    CHECK(exts.bytes[RTP_EXT_RID] == 0);
    REQUIRE(packet(FIXED "1000 0001 0000 0002", data, 64, &header) > 0); /* length cut off */
    CHECK_INT(rtp_ext_read(data, &header, &map, &exts), ERR_MALFORMED);
out:
    return;
}

/** Reads back what was written. */
static bool reads_back(const uint8_t *block, size_t bytes, uint8_t id, const void *want,
                       size_t want_bytes)
{
    uint8_t data[400] = {0x90, 96};
    memcpy(data + 12, block, bytes);
    struct rtp_header header;
    if (rtp_parse(data, 12 + bytes, &header) != 0 || header.payload_bytes != 0) {
        return false;
    }
    uint8_t len = 0;
    const uint8_t *at = rtp_ext_find(data, &header, id, &len);
    return at != NULL && len == want_bytes && memcmp(at, want, want_bytes) == 0;
}

TEST(rtp_ext_writes_the_one_byte_form)
{
    const struct rtp_ext_element elements[] = {{.id = 4, .bytes = 1, .at = (const uint8_t *)"0"},
                                               {.id = 3, .bytes = 2, .at = (const uint8_t *)"ab"},
                                               {.id = 0, .bytes = 2, .at = (const uint8_t *)"xx"}};
    uint8_t out[64];
    memset(out, 0xee, sizeof(out));
    CHECK_INT(rtp_ext_write(out, sizeof(out), elements, 3, true), 12);
    CHECK_MEM(out,
              "\xbe\xde\x00\x02\x40"
              "0\x31"
              "ab\x00\x00\x00\xee",
              13);
    CHECK(reads_back(out, 12, 3, "ab", 2));
    CHECK_INT(rtp_ext_write(out, sizeof(out), elements, 0, true), 0);
    CHECK_INT(rtp_ext_write(out, sizeof(out), &elements[2], 1, true), 0);
    goto out;
out:
    return;
}

TEST(rtp_ext_needs_the_two_byte_form_for_long_and_high)
{
    uint8_t text[20] = "seventeen letters!";
    const struct rtp_ext_element elements[] = {{.id = 15, .bytes = 1, .at = text},
                                               {.id = 2, .bytes = 18, .at = text},
                                               {.id = 3, .bytes = 2, .at = text}};
    uint8_t out[64];
    size_t bytes = rtp_ext_write(out, sizeof(out), elements, 3, true);
    CHECK_INT(bytes, 4 + 28);
    CHECK_MEM(out, "\x10\x00\x00\x07", 4);
    CHECK(reads_back(out, bytes, 15, text, 1));
    CHECK(reads_back(out, bytes, 2, text, 18));
    CHECK(reads_back(out, bytes, 3, text, 2));
    bytes = rtp_ext_write(out, sizeof(out), elements, 3, false);
    CHECK_INT(bytes, 8); /* only the last one can be said */
    CHECK(reads_back(out, bytes, 3, text, 2));
    goto out;
out:
    return;
}

TEST(rtp_ext_leaves_out_what_does_not_fit)
{
    const struct rtp_ext_element elements[] = {
        {.id = 1, .bytes = 2, .at = (const uint8_t *)"ab"},
        {.id = 2, .bytes = 4, .at = (const uint8_t *)"cdef"},
        {.id = 3, .bytes = 1, .at = (const uint8_t *)"g"},
    };
    uint8_t out[16];
    for (size_t cap = 0; cap <= sizeof(out); cap++) {
        memset(out, 0xee, sizeof(out));
        size_t bytes = rtp_ext_write(out, cap, elements, 3, false);
        CHECK(bytes <= cap);
        CHECK_INT(bytes % 4, 0);
        for (size_t i = bytes > cap ? bytes : cap; i < sizeof(out); i++) {
            CHECK_INT(out[i], 0xee);
        }
        if (cap >= 8 && cap < 12) {
            CHECK_INT(bytes, 8);
            CHECK(reads_back(out, bytes, 1, "ab", 2));
        }
    }
    goto out;
out:
    return;
}

TEST(rtp_ext_knows_every_uri)
{
    for (int kind = 0; kind < RTP_EXT_COUNT; kind++) {
        const char *uri = rtp_ext_uri((enum rtp_ext_kind)kind);
        CHECK_INT(rtp_ext_kind_of(uri, strlen(uri)), kind);
        CHECK_INT(rtp_ext_kind_of(uri, strlen(uri) - 1), -1);
    }
    CHECK_INT(rtp_ext_kind_of("urn:ietf:params:rtp-hdrext:sdes:mid", 35), RTP_EXT_MID);
    CHECK_INT(rtp_ext_kind_of("", 0), -1);
    goto out;
out:
    return;
}

/** Finds `a=extmap:ID[/direction] URI` lines and checks that each URI of the draft's list is one of
 * ours. */
TEST(rtp_ext_knows_the_uris_of_chromiums_offer)
{
    char *text = NULL;
    size_t len = 0;
    REQUIRE_OK(vectors_load_text("offers/chromium-156.0.8078.79-publish.sdp", &text, &len));
    size_t found = 0;
    for (const char *line = strstr(text, "a=extmap:"); line != NULL;
         line = strstr(line + 1, "a=extmap:")) {
        const char *uri = strchr(line, ' ') + 1;
        size_t uri_len = strcspn(uri, "\r\n ");
        CHECK(rtp_ext_kind_of(uri, uri_len) >= 0);
        found++;
    }
    CHECK(found >= 14);
out:
    free(text);
}

#include "base/bytes.h"
#include "relay/room/ext_template.h"
#include "rtp/rtp_ext.h"
#include "unit/runner.h"

/** Reads a written block back as a receiver would. */
static bool read_back(const uint8_t *block, size_t len, const struct rtp_ext_map *map,
                      struct rtp_exts *out)
{
    static uint8_t packet[RTP_HEADER_BYTES + EXT_ROOM_BYTES];
    struct rtp_header header;
    memset(packet, 0, sizeof(packet));
    packet[0] = 0x90;
    memcpy(packet + RTP_HEADER_BYTES, block, len);
    return rtp_parse(packet, RTP_HEADER_BYTES + len, &header) == 0 &&
           rtp_ext_read(packet, &header, map, out) == 0;
}

TEST(one_byte_block_with_all_elements)
{
    struct session_media media = {.mid = "0"};
    media.exts.id[RTP_EXT_MID] = 4;
    media.exts.id[RTP_EXT_ABS_SEND_TIME] = 2;
    media.exts.id[RTP_EXT_TRANSPORT_CC] = 3;
    media.exts.id[RTP_EXT_AUDIO_LEVEL] = 14;
    struct ext_template template;
    ext_template_init(&template, &media, false, true);
    uint8_t source[4] = {0, 0, 0x85, 0};
    struct packet_facts facts = {
        .passed_count = 1, .passed = {{.kind = RTP_EXT_AUDIO_LEVEL, .bytes = 1, .offset = 2}}};
    uint8_t out[EXT_ROOM_BYTES];
    size_t len = ext_template_write(&template, out, &facts, source, 0x123456, 0xABCD, 0);
    CHECK_INT(len % 4, 0);
    CHECK_INT(bytes_get_u16(out), 0xBEDE);
    struct rtp_exts exts;
    REQUIRE(read_back(out, len, &media.exts, &exts));
    REQUIRE(exts.bytes[RTP_EXT_MID] > 0 && exts.bytes[RTP_EXT_AUDIO_LEVEL] > 0);
    REQUIRE(exts.bytes[RTP_EXT_ABS_SEND_TIME] > 0 && exts.bytes[RTP_EXT_TRANSPORT_CC] > 0);
    CHECK_INT(exts.at[RTP_EXT_MID][0], '0');
    CHECK_INT(bytes_get_u24(exts.at[RTP_EXT_ABS_SEND_TIME]), 0x123456);
    CHECK_INT(bytes_get_u16(exts.at[RTP_EXT_TRANSPORT_CC]), 0xABCD);
    CHECK_INT(exts.at[RTP_EXT_AUDIO_LEVEL][0], 0x85);
out:;
}

TEST(two_byte_block_only_where_it_is_taken)
{
    struct session_media media = {.mid = "a-mid-of-more-than-16-bytes"};
    media.exts.id[RTP_EXT_MID] = 4;
    media.exts.id[RTP_EXT_TRANSPORT_CC] = 20;
    struct packet_facts facts = {.passed_count = 0};
    struct ext_template template;
    uint8_t out[EXT_ROOM_BYTES];
    ext_template_init(&template, &media, false, true);
    size_t len = ext_template_write(&template, out, &facts, out, 0, 7, 0);
    CHECK_INT(bytes_get_u16(out), 0x1000);
    struct rtp_exts exts;
    REQUIRE(read_back(out, len, &media.exts, &exts));
    REQUIRE(exts.bytes[RTP_EXT_MID] > 0 && exts.bytes[RTP_EXT_TRANSPORT_CC] > 0);
    CHECK_INT(exts.bytes[RTP_EXT_MID], 27);
    /* not taken: nothing of it fits the short form */
    ext_template_init(&template, &media, false, false);
    CHECK_INT(ext_template_write(&template, out, &facts, out, 0, 7, 0), 0);
out:;
}

TEST(constant_block_has_nothing_of_the_moment)
{
    struct session_media media = {.mid = "0"};
    media.exts.id[RTP_EXT_MID] = 4;
    media.exts.id[RTP_EXT_ABS_SEND_TIME] = 2;
    media.exts.id[RTP_EXT_TRANSPORT_CC] = 3;
    struct ext_template template;
    ext_template_init(&template, &media, true, true);
    struct packet_facts facts = {.passed_count = 0};
    uint8_t first[EXT_ROOM_BYTES];
    uint8_t again[EXT_ROOM_BYTES];
    size_t len = ext_template_write(&template, first, &facts, first, 1, 1, 0);
    REQUIRE_INT(ext_template_write(&template, again, &facts, again, 999, 2, 0), len);
    CHECK_MEM(first, again, len);
    CHECK_INT(template.number, 0);
out:;
}

/** However long the elements of a source are, the block stays within its bound. */
TEST(passed_elements_stay_within_the_bound)
{
    struct session_media media = {.mid = "0"};
    media.exts.id[RTP_EXT_MID] = 40;
    media.exts.id[RTP_EXT_COLOR_SPACE] = 41;
    struct ext_template template;
    ext_template_init(&template, &media, false, true);
    uint8_t source[256] = {0};
    struct packet_facts facts = {.passed_count = FACTS_MAX_PASSED};
    for (size_t i = 0; i < FACTS_MAX_PASSED; i++) {
        facts.passed[i] = (struct passed_ext){.kind = RTP_EXT_COLOR_SPACE, .bytes = 100};
    }
    uint8_t out[EXT_ROOM_BYTES];
    size_t len = ext_template_write(&template, out, &facts, source, 0, 0, 0);
    CHECK(len > 100 && len <= EXT_MAX_BYTES);
    goto out;
out:;
}

TEST(long_elements_make_that_one_block_two_byte)
{
    struct session_media media = {.mid = "0"};
    media.exts.id[RTP_EXT_MID] = 4;
    media.exts.id[RTP_EXT_ABS_SEND_TIME] = 2;
    media.exts.id[RTP_EXT_TRANSPORT_CC] = 3;
    media.exts.id[RTP_EXT_DEPENDENCY_DESCRIPTOR] = 12;
    uint8_t source[64] = {0x80, 0x11, 0x22, 0x33};
    struct packet_facts facts = {
        .passed_count = 1,
        .long_exts = true,
        .described = true,
        .passed = {{.kind = RTP_EXT_DEPENDENCY_DESCRIPTOR, .bytes = 40, .offset = 0}}};
    struct ext_template template;
    uint8_t out[EXT_ROOM_BYTES];
    struct rtp_exts exts;
    ext_template_init(&template, &media, false, true);
    size_t len = ext_template_write(&template, out, &facts, source, 0x123456, 0xABCD, 0x7788);
    CHECK_INT(bytes_get_u16(out), 0x1000);
    REQUIRE(read_back(out, len, &media.exts, &exts));
    REQUIRE(exts.bytes[RTP_EXT_MID] > 0 && exts.bytes[RTP_EXT_DEPENDENCY_DESCRIPTOR] > 0);
    CHECK_INT(exts.at[RTP_EXT_MID][0], '0');
    CHECK_INT(bytes_get_u24(exts.at[RTP_EXT_ABS_SEND_TIME]), 0x123456);
    CHECK_INT(bytes_get_u16(exts.at[RTP_EXT_TRANSPORT_CC]), 0xABCD);
    CHECK_INT(exts.bytes[RTP_EXT_DEPENDENCY_DESCRIPTOR], 40);
    CHECK_INT(exts.at[RTP_EXT_DEPENDENCY_DESCRIPTOR][0], 0x80);
    CHECK_INT(bytes_get_u16(exts.at[RTP_EXT_DEPENDENCY_DESCRIPTOR] + 1), 0x7788);
    CHECK_INT(exts.at[RTP_EXT_DEPENDENCY_DESCRIPTOR][3], 0x33);
    /* short ones stay in the small form */
    facts.long_exts = false;
    facts.passed[0].bytes = 3;
    len = ext_template_write(&template, out, &facts, source, 0x123456, 0xABCD, 0x7788);
    CHECK_INT(bytes_get_u16(out), 0xBEDE);
    REQUIRE(read_back(out, len, &media.exts, &exts));
    CHECK_INT(exts.bytes[RTP_EXT_DEPENDENCY_DESCRIPTOR], 3);
    /* who takes only the small form gets no descriptor at all */
    ext_template_init(&template, &media, false, false);
    len = ext_template_write(&template, out, &facts, source, 0x123456, 0xABCD, 0x7788);
    REQUIRE(read_back(out, len, &media.exts, &exts));
    CHECK(exts.bytes[RTP_EXT_DEPENDENCY_DESCRIPTOR] == 0);
out:;
}

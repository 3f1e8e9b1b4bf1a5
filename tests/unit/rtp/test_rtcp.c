#include "base/err.h"
#include "rtp/rtcp.h"
#include "support/vectors.h"
#include "unit/runner.h"

/* SR with one block, SDES CNAME "ab", BYE: laid out by hand from RFC 3550 6.4.1, 6.5, 6.6. */
static const char compound[] = "81c8000c 00000001 83aa7e80 80000000 00000010 00000005 000003e8"
                               " 00000002 40fffffe 00010005 00000007 7e808000 00018000"
                               "81ca0003 00000001 01026162 00000000"
                               "82cb0002 00000001 00000009";

TEST(rtcp_walks_a_compound)
{
    uint8_t data[128];
    size_t len = vectors_hex(compound, data, sizeof(data));
    REQUIRE_OK(rtcp_check(data, len));
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, len);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    CHECK_INT(packet.type, RTCP_SR);
    struct rtcp_report report;
    REQUIRE_OK(rtcp_report_parse(&packet, &report));
    CHECK_INT(report.ssrc, 1);
    CHECK(report.is_sender);
    CHECK(report.ntp == UINT64_C(0x83aa7e8080000000));
    CHECK_INT(report.timestamp, 16);
    CHECK_INT(report.packets, 5);
    CHECK_INT(report.octets, 1000);
    REQUIRE_INT(report.block_count, 1);
    struct rtcp_report_block block;
    rtcp_report_block_at(&report, 0, &block);
    CHECK_INT(block.ssrc, 2);
    CHECK_INT(block.fraction_lost, 0x40);
    CHECK_INT(block.cumulative_lost, -2);
    CHECK_INT(block.highest_seq, 0x10005);
    CHECK_INT(block.jitter, 7);
    CHECK_INT(block.lsr, 0x7e808000);
    CHECK_INT(block.dlsr, 0x18000);

    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    const char *text = NULL;
    size_t text_len = 0;
    CHECK_INT(rtcp_report_parse(&packet, &report), ERR_INVALID);
    REQUIRE_OK(rtcp_sdes_find(&packet, 1, RTCP_SDES_CNAME, &text, &text_len));
    REQUIRE_INT(text_len, 2);
    CHECK_MEM(text, "ab", 2);
    CHECK_INT(rtcp_sdes_find(&packet, 2, RTCP_SDES_CNAME, &text, &text_len), ERR_NOT_FOUND);
    CHECK_INT(rtcp_sdes_find(&packet, 1, 2, &text, &text_len), ERR_NOT_FOUND);

    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    uint32_t ssrcs[RTCP_MAX_BYE];
    REQUIRE_INT(rtcp_bye_parse(&packet, ssrcs), 2);
    CHECK_INT(ssrcs[0], 1);
    CHECK_INT(ssrcs[1], 9);
    CHECK_INT(rtcp_reader_next(&reader, &packet), 0);
    CHECK_INT(rtcp_reader_next(&reader, &packet), 0);
out:
    return;
}

TEST(rtcp_refuses_every_cut_of_a_compound)
{
    uint8_t data[128];
    size_t len = vectors_hex(compound, data, sizeof(data));
    for (size_t cut = 0; cut < len; cut++) {
        bool boundary = cut == 52 || cut == 68;
        CHECK_INT(rtcp_check(data, cut), boundary ? 0 : ERR_MALFORMED);
    }
    data[0] = 0x41; /* version 1 */
    CHECK_INT(rtcp_check(data, len), ERR_MALFORMED);
    goto out;
out:
    return;
}

TEST(rtcp_padding_is_taken_off_and_bounded)
{
    uint8_t data[64];
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    size_t len = vectors_hex("a0c90002 00000001 00000004", data, sizeof(data));
    rtcp_reader_init(&reader, data, len);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    CHECK_INT(packet.body_bytes, 4);
    data[11] = 3; /* as libwebrtc pads its transport-wide feedback */
    rtcp_reader_init(&reader, data, len);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    CHECK_INT(packet.body_bytes, 5);
    data[11] = 12;
    CHECK_INT(rtcp_check(data, len), ERR_MALFORMED);
    data[11] = 0;
    CHECK_INT(rtcp_check(data, len), ERR_MALFORMED);
    len = vectors_hex("a0c90002 00000001 00000004 80c90001 00000001", data, sizeof(data));
    CHECK_INT(rtcp_check(data, len), 0);
    len = vectors_hex("a0c90000", data, sizeof(data));
    CHECK_INT(rtcp_check(data, len), ERR_MALFORMED);
out:
    return;
}

TEST(rtcp_passes_over_app_and_unknown_types)
{
    uint8_t data[64];
    size_t len =
        vectors_hex("80cc0002 00000001 6e616d65 80d20000 80c90001 00000007", data, sizeof(data));
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, len);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    CHECK_INT(packet.type, RTCP_APP);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    CHECK_INT(packet.type, 210);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    struct rtcp_report report;
    REQUIRE_OK(rtcp_report_parse(&packet, &report));
    CHECK(!report.is_sender);
    CHECK_INT(report.ssrc, 7);
    CHECK_INT(report.block_count, 0);
out:
    return;
}

TEST(rtcp_refuses_counts_past_the_end)
{
    uint8_t data[64];
    struct rtcp_reader reader;
    struct rtcp_packet packet = {.type = 0};
    struct rtcp_report report;
    uint32_t ssrcs[RTCP_MAX_BYE];
    size_t len = vectors_hex("82c90007 00000001 000102030405060708090a0b0c0d0e0f1011121314151617",
                             data, sizeof(data));
    rtcp_reader_init(&reader, data, len);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    CHECK_INT(rtcp_report_parse(&packet, &report), ERR_MALFORMED);
    packet.type = RTCP_BYE;
    packet.count = 8;
    CHECK_INT(rtcp_bye_parse(&packet, ssrcs), ERR_MALFORMED);
    packet.count = 0;
    CHECK_INT(rtcp_bye_parse(&packet, ssrcs), 0);
    const char *text = NULL;
    size_t text_len = 0;
    len = vectors_hex("81ca0002 00000001 01ff6162", data, sizeof(data));
    rtcp_reader_init(&reader, data, len);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    CHECK_INT(rtcp_sdes_find(&packet, 1, 1, &text, &text_len), ERR_MALFORMED);
out:
    return;
}

TEST(rtcp_reads_xr)
{
    /* a block of unknown kind, RRTR, DLRR with two sub-blocks: RFC 3611 3, 4.4, 4.5 */
    uint8_t data[64];
    size_t len = vectors_hex("80cf000d 00000001 09000001 deadbeef 04000002 83aa7e80 80000000"
                             "05000006 00000002 7e808000 00010000 00000003 7e808001 00020000",
                             data, sizeof(data));
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_xr xr;
    rtcp_reader_init(&reader, data, len);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    REQUIRE_OK(rtcp_xr_parse(&packet, &xr));
    CHECK_INT(xr.ssrc, 1);
    CHECK(xr.has_rrtr);
    CHECK(xr.rrtr_ntp == UINT64_C(0x83aa7e8080000000));
    REQUIRE_INT(xr.dlrr_count, 2);
    struct rtcp_dlrr dlrr;
    rtcp_dlrr_at(&xr, 1, &dlrr);
    CHECK_INT(dlrr.ssrc, 3);
    CHECK_INT(dlrr.lrr, 0x7e808001);
    CHECK_INT(dlrr.dlrr, 0x20000);
    packet.body_bytes -= 4;
    CHECK_INT(rtcp_xr_parse(&packet, &xr), ERR_MALFORMED);
    packet.body_bytes = 0;
    CHECK_INT(rtcp_xr_parse(&packet, &xr), ERR_MALFORMED);
out:
    return;
}

TEST(rtcp_writes_the_compound_that_was_read)
{
    uint8_t want[128];
    uint8_t got[128];
    size_t len = vectors_hex(compound, want, sizeof(want));
    struct bytes_out out = bytes_out_over(got, sizeof(got));
    struct rtcp_report report = {.ssrc = 1,
                                 .is_sender = true,
                                 .ntp = UINT64_C(0x83aa7e8080000000),
                                 .timestamp = 16,
                                 .packets = 5,
                                 .octets = 1000};
    struct rtcp_report_block block = {.ssrc = 2,
                                      .fraction_lost = 0x40,
                                      .cumulative_lost = -2,
                                      .highest_seq = 0x10005,
                                      .jitter = 7,
                                      .lsr = 0x7e808000,
                                      .dlsr = 0x18000};
    const uint32_t bye[2] = {1, 9};
    CHECK_INT(rtcp_write_report(&out, &report, &block, 1), 0);
    CHECK_INT(rtcp_write_cname(&out, 1, "ab"), 0);
    CHECK_INT(rtcp_write_bye(&out, bye, 2), 0);
    REQUIRE_INT(bytes_out_len(&out), len);
    CHECK_MEM(got, want, len);
out:
    return;
}

TEST(rtcp_writers_write_all_or_nothing)
{
    uint8_t data[64];
    struct rtcp_report report = {.ssrc = 1};
    struct rtcp_report_block blocks[RTCP_MAX_BLOCKS] = {{0}};
    const uint32_t ssrc = 1;
    const struct rtcp_dlrr dlrr = {.ssrc = 2};
    struct bytes_out out = bytes_out_over(data, 8 + 24);
    CHECK_INT(rtcp_write_report(&out, &report, blocks, 2), ERR_FULL);
    CHECK_INT(bytes_out_len(&out), 0);
    CHECK_INT(rtcp_write_report(&out, &report, blocks, 1), 0);
    CHECK_INT(rtcp_write_cname(&out, 1, "x"), ERR_FULL);
    CHECK_INT(rtcp_write_bye(&out, &ssrc, 1), ERR_FULL);
    CHECK_INT(rtcp_write_rrtr(&out, 1, 1), ERR_FULL);
    CHECK_INT(rtcp_write_dlrr(&out, 1, &dlrr, 1), ERR_FULL);
    CHECK(!out.failed);
    CHECK_INT(rtcp_check(data, bytes_out_len(&out)), 0);
    CHECK_INT(rtcp_write_report(&out, &report, blocks, 32), ERR_INVALID);
    CHECK_INT(rtcp_write_bye(&out, &ssrc, 0), ERR_INVALID);
    goto out;
out:
    return;
}

TEST(rtcp_cname_ends_on_a_word_with_a_zero)
{
    static const char name[] = "abcdefgh";
    for (size_t len = 0; len <= 8; len++) {
        uint8_t data[32];
        memset(data, 0xee, sizeof(data));
        struct bytes_out out = bytes_out_over(data, sizeof(data));
        REQUIRE_OK(rtcp_write_cname(&out, 5, name + 8 - len));
        size_t bytes = bytes_out_len(&out);
        CHECK_INT(bytes % 4, 0);
        CHECK(bytes >= 8 + 2 + len + 1 && bytes <= 8 + 2 + len + 4);
        CHECK_INT(data[bytes - 1], 0);
        struct rtcp_reader reader;
        struct rtcp_packet packet;
        const char *text = NULL;
        size_t text_len = 0;
        rtcp_reader_init(&reader, data, bytes);
        REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
        REQUIRE_OK(rtcp_sdes_find(&packet, 5, RTCP_SDES_CNAME, &text, &text_len));
        REQUIRE_INT(text_len, len);
        CHECK_MEM(text, name + 8 - len, len);
    }
out:
    return;
}

TEST(rtcp_cumulative_loss_is_clamped_to_24_bits)
{
    static const struct {
        int32_t in;
        int32_t want;
    } cases[] = {{9000000, 0x7fffff}, {-9000000, -0x800000}, {-1, -1}, {0x7fffff, 0x7fffff}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t data[32];
        struct bytes_out out = bytes_out_over(data, sizeof(data));
        struct rtcp_report report = {.ssrc = 1};
        struct rtcp_report_block block = {.ssrc = 2, .cumulative_lost = cases[i].in};
        REQUIRE_OK(rtcp_write_report(&out, &report, &block, 1));
        struct rtcp_reader reader;
        struct rtcp_packet packet;
        rtcp_reader_init(&reader, data, bytes_out_len(&out));
        REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
        REQUIRE_OK(rtcp_report_parse(&packet, &report));
        rtcp_report_block_at(&report, 0, &block);
        CHECK_INT(block.cumulative_lost, cases[i].want);
    }
out:
    return;
}

TEST(rtcp_xr_writers_are_read_back)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    const struct rtcp_dlrr entries[2] = {{.ssrc = 2, .lrr = 3, .dlrr = 4},
                                         {.ssrc = 5, .lrr = 6, .dlrr = 7}};
    REQUIRE_OK(rtcp_write_rrtr(&out, 9, UINT64_C(0x0102030405060708)));
    REQUIRE_OK(rtcp_write_dlrr(&out, 8, entries, 2));
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_xr xr;
    rtcp_reader_init(&reader, data, bytes_out_len(&out));
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    REQUIRE_OK(rtcp_xr_parse(&packet, &xr));
    CHECK_INT(xr.ssrc, 9);
    CHECK(xr.has_rrtr && xr.rrtr_ntp == UINT64_C(0x0102030405060708));
    CHECK_INT(xr.dlrr_count, 0);
    REQUIRE_INT(rtcp_reader_next(&reader, &packet), 1);
    REQUIRE_OK(rtcp_xr_parse(&packet, &xr));
    REQUIRE_INT(xr.dlrr_count, 2);
    struct rtcp_dlrr dlrr;
    rtcp_dlrr_at(&xr, 1, &dlrr);
    CHECK_INT(dlrr.ssrc, 5);
    CHECK_INT(dlrr.lrr, 6);
    CHECK_INT(dlrr.dlrr, 7);
    CHECK(!xr.has_rrtr);
out:
    return;
}

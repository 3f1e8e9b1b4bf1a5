#include "base/err.h"
#include "rtp/rtcp_fb.h"
#include "support/vectors.h"
#include "unit/runner.h"

/** Parses the one feedback message at data. */
static int parse(const uint8_t *data, size_t len, struct rtcp_fb *fb)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, len);
    int more = rtcp_reader_next(&reader, &packet);
    return more == 1 ? rtcp_fb_parse(&packet, fb) : ERR_MALFORMED;
}

static int parse_hex(const char *hex, uint8_t data[128], struct rtcp_fb *fb)
{
    return parse(data, vectors_hex(hex, data, 128), fb);
}

TEST(rtcp_fb_expands_nack)
{
    /* RFC 4585 6.2.1: PID 65535 and BLP bits 0 and 15, then a PID alone */
    uint8_t data[128];
    struct rtcp_fb fb;
    REQUIRE_OK(parse_hex("81cd0004 00000001 00000002 ffff8001 00640000", data, &fb));
    CHECK_INT(fb.kind, RTCP_FB_NACK);
    CHECK_INT(fb.sender_ssrc, 1);
    CHECK_INT(fb.media_ssrc, 2);
    static const uint16_t want[] = {65535, 0, 15, 100};
    size_t cursor = 0;
    uint16_t seq = 0;
    for (size_t i = 0; i < 4; i++) {
        REQUIRE(rtcp_fb_nack_next(&fb, &cursor, &seq));
        CHECK_INT(seq, want[i]);
    }
    CHECK(!rtcp_fb_nack_next(&fb, &cursor, &seq));
    CHECK(!rtcp_fb_nack_next(&fb, &cursor, &seq));
out:
    return;
}

TEST(rtcp_fb_packs_nack)
{
    uint8_t data[128];
    uint8_t want[128];
    static const uint16_t seqs[] = {65535, 0, 15, 16, 100};
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    REQUIRE_INT(rtcp_write_nack(&out, 1, 2, seqs, 5), 5);
    size_t len = vectors_hex("81cd0005 00000001 00000002 ffff8001 00100000 00640000", want, 128);
    REQUIRE_INT(bytes_out_len(&out), len);
    CHECK_MEM(data, want, len);
out:
    return;
}

TEST(rtcp_fb_nack_writes_what_fits)
{
    uint8_t data[64];
    uint16_t seqs[40];
    for (size_t i = 0; i < 40; i++) {
        seqs[i] = (uint16_t)(65500 + i);
    }
    struct bytes_out out = bytes_out_over(data, 20); /* two entries */
    REQUIRE_INT(rtcp_write_nack(&out, 1, 2, seqs, 40), 34);
    struct rtcp_fb fb;
    REQUIRE_OK(parse(data, bytes_out_len(&out), &fb));
    size_t cursor = 0;
    uint16_t seq = 0;
    for (size_t i = 0; i < 34; i++) {
        REQUIRE(rtcp_fb_nack_next(&fb, &cursor, &seq));
        CHECK_INT(seq, seqs[i]);
    }
    CHECK(!rtcp_fb_nack_next(&fb, &cursor, &seq));
    out = bytes_out_over(data, 15);
    CHECK_INT(rtcp_write_nack(&out, 1, 2, seqs, 40), 0);
    CHECK_INT(bytes_out_len(&out), 0);
    CHECK_INT(rtcp_write_nack(&out, 1, 2, seqs, 0), 0);
out:
    return;
}

TEST(rtcp_fb_nack_of_any_order_is_correct)
{
    static const uint16_t seqs[] = {50, 40, 40, 41, 300};
    static const uint16_t want[] = {50, 40, 40, 41, 300};
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    REQUIRE_INT(rtcp_write_nack(&out, 1, 2, seqs, 5), 5);
    struct rtcp_fb fb;
    REQUIRE_OK(parse(data, bytes_out_len(&out), &fb));
    size_t cursor = 0;
    uint16_t seq = 0;
    for (size_t i = 0; i < 5; i++) {
        REQUIRE(rtcp_fb_nack_next(&fb, &cursor, &seq));
        CHECK_INT(seq, want[i]);
    }
out:
    return;
}

TEST(rtcp_fb_pli_and_fir)
{
    uint8_t data[128];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    const struct rtcp_fir entries[2] = {{.ssrc = 7, .command = 255}, {.ssrc = 8, .command = 0}};
    REQUIRE_OK(rtcp_write_pli(&out, 1, 2));
    CHECK_INT(bytes_out_len(&out), 12);
    CHECK_MEM(data, "\x81\xce\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02", 12);
    struct rtcp_fb fb;
    REQUIRE_OK(parse(data, 12, &fb));
    CHECK_INT(fb.kind, RTCP_FB_PLI);
    CHECK_INT(fb.media_ssrc, 2);
    REQUIRE_OK(rtcp_write_fir(&out, 1, entries, 2));
    REQUIRE_OK(parse(data + 12, bytes_out_len(&out) - 12, &fb));
    CHECK_INT(fb.kind, RTCP_FB_FIR);
    CHECK_INT(fb.media_ssrc, 0);
    size_t cursor = 0;
    struct rtcp_fir fir;
    REQUIRE(rtcp_fb_fir_next(&fb, &cursor, &fir));
    CHECK_INT(fir.ssrc, 7);
    CHECK_INT(fir.command, 255);
    REQUIRE(rtcp_fb_fir_next(&fb, &cursor, &fir));
    CHECK_INT(fir.ssrc, 8);
    CHECK_INT(fir.command, 0);
    CHECK(!rtcp_fb_fir_next(&fb, &cursor, &fir));
    CHECK_INT(rtcp_write_fir(&out, 1, entries, 0), ERR_INVALID);
out:
    return;
}

TEST(rtcp_fb_remb)
{
    /* draft-alvestrand-rmcat-remb-03 2.2; mantissa 0x3f7a0, exponent 1: 520,000 bit/s */
    uint8_t data[128];
    struct rtcp_fb fb;
    struct rtcp_remb remb;
    REQUIRE_OK(
        parse_hex("8fce0006 00000001 00000000 52454d42 0207f7a0 00000002 00000003", data, &fb));
    REQUIRE_INT(fb.kind, RTCP_FB_REMB);
    rtcp_fb_remb(&fb, &remb);
    CHECK_INT(remb.bps, 520000);
    REQUIRE_INT(remb.ssrc_count, 2);
    CHECK_INT(rtcp_remb_ssrc_at(&remb, 1), 3);
    CHECK_INT(parse_hex("8fce0005 00000001 00000000 52454d42 0207f7a0 00000002", data, &fb),
              ERR_MALFORMED);
    REQUIRE_OK(parse_hex("8fce0004 00000001 00000000 52454d42 00fffff0", data, &fb));
    rtcp_fb_remb(&fb, &remb);
    CHECK(remb.bps == UINT64_MAX); /* exponent 63 */
out:
    return;
}

TEST(rtcp_fb_remb_written_is_never_more_than_meant)
{
    static const uint64_t rates[] = {0, 1, 262143, 262144, 520001, 123456789, UINT64_MAX};
    const uint32_t ssrcs[2] = {5, 6};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        uint8_t data[64];
        struct bytes_out out = bytes_out_over(data, sizeof(data));
        struct rtcp_fb fb;
        struct rtcp_remb remb;
        REQUIRE_OK(rtcp_write_remb(&out, 1, rates[i], ssrcs, 2));
        REQUIRE_OK(parse(data, bytes_out_len(&out), &fb));
        REQUIRE_INT(fb.kind, RTCP_FB_REMB);
        rtcp_fb_remb(&fb, &remb);
        CHECK(remb.bps <= rates[i]);
        CHECK(rates[i] - remb.bps <= rates[i] >> 17);
        CHECK_INT(remb.ssrc_count, 2);
        CHECK_INT(rtcp_remb_ssrc_at(&remb, 0), 5);
    }
out:
    return;
}

TEST(rtcp_fb_unknown_formats_are_passed_over)
{
    uint8_t data[128];
    struct rtcp_fb fb;
    REQUIRE_OK(parse_hex("8bcd0003 00000001 00000002 aabbccdd", data, &fb)); /* RFC 8888 */
    CHECK_INT(fb.kind, RTCP_FB_UNKNOWN);
    REQUIRE_OK(parse_hex("8fce0003 00000001 00000002 414c4658", data, &fb)); /* AFB, not REMB */
    CHECK_INT(fb.kind, RTCP_FB_UNKNOWN);
    REQUIRE_OK(parse_hex("82ce0002 00000001 00000002", data, &fb)); /* SLI */
    CHECK_INT(fb.kind, RTCP_FB_UNKNOWN);
    CHECK_INT(parse_hex("80c90002 00000001 00000002", data, &fb), ERR_INVALID);
out:
    return;
}

TEST(rtcp_fb_refuses_broken_entries)
{
    uint8_t data[128];
    struct rtcp_fb fb;
    CHECK_INT(parse_hex("81cd0001 00000001", data, &fb), ERR_MALFORMED);
    CHECK_INT(parse_hex("81cd0002 00000001 00000002", data, &fb), ERR_MALFORMED);
    CHECK_INT(parse_hex("84ce0002 00000001 00000002", data, &fb), ERR_MALFORMED);
    CHECK_INT(parse_hex("84ce0003 00000001 00000002 00000007", data, &fb), ERR_MALFORMED);
    goto out;
out:
    return;
}

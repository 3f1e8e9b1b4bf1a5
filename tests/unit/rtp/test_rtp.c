#include <stdlib.h>

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/rtp.h"
#include "support/vectors.h"
#include "unit/runner.h"

/* First packet of tests/vectors/corpus/chromium156.rtp.hex, its header. */
static const char chromium_audio[] =
    "90ef5f29509940a205c38ee5bede000322a03c6031000140301087004b8184d3";

TEST(rtp_reads_a_packet_of_chromium)
{
    uint8_t data[64];
    size_t len = vectors_hex(chromium_audio, data, sizeof(data));
    struct rtp_header header;
    REQUIRE_OK(rtp_parse(data, len, &header));
    CHECK_INT(header.pt, 111);
    CHECK(header.marker);
    CHECK_INT(header.seq, 0x5f29);
    CHECK_INT(header.timestamp, 0x509940a2);
    CHECK_INT(header.ssrc, 0x05c38ee5);
    CHECK_INT(header.csrc_count, 0);
    CHECK_INT(header.padding_bytes, 0);
    CHECK_INT(header.ext_profile, 0xbede);
    CHECK_INT(header.ext_offset, 16);
    CHECK_INT(header.ext_bytes, 12);
    CHECK_INT(header.payload_offset, 28);
    CHECK_INT(header.payload_bytes, 4);
    CHECK_INT(rtp_peek_ssrc(data, len), 0x05c38ee5);
    CHECK(!rtp_is_rtcp(data, len));
out:
    return;
}

TEST(rtp_reads_csrcs_and_padding)
{
    uint8_t data[40];
    size_t len = vectors_hex("a260 0001 00000002 00000003 0000000a 0000000b 1122 000003", data,
                             sizeof(data));
    struct rtp_header header;
    REQUIRE_OK(rtp_parse(data, len, &header));
    CHECK_INT(header.csrc_count, 2);
    CHECK_INT(header.payload_offset, 20);
    CHECK_INT(header.payload_bytes, 2);
    CHECK_INT(header.padding_bytes, 3);
    CHECK_INT(header.ext_profile, 0);
    CHECK(!header.marker);
out:
    return;
}

TEST(rtp_takes_a_probe_that_is_padding_only)
{
    uint8_t data[16];
    size_t len = vectors_hex("a060 0001 00000002 00000003 00000004", data, sizeof(data));
    struct rtp_header header;
    REQUIRE_OK(rtp_parse(data, len, &header));
    CHECK_INT(header.payload_bytes, 0);
    CHECK_INT(header.padding_bytes, 4);
out:
    return;
}

TEST(rtp_refuses_what_is_cut_or_wrong)
{
    uint8_t data[64];
    struct rtp_header header = {.seq = 77};
    size_t len = vectors_hex("a060 0001 00000002 00000003 00000005", data, sizeof(data));
    CHECK_INT(rtp_parse(data, len, &header), ERR_MALFORMED); /* padding longer than the rest */
    data[15] = 0;
    CHECK_INT(rtp_parse(data, len, &header), ERR_MALFORMED); /* padding of nothing */
    CHECK_INT(rtp_parse(data, 12, &header), ERR_MALFORMED);  /* no room for its count */
    data[0] = 0x60;
    CHECK_INT(rtp_parse(data, len, &header), ERR_MALFORMED); /* version 1 */
    data[0] = 0x83;
    CHECK_INT(rtp_parse(data, len, &header), ERR_TRUNCATED); /* CSRCs past the end */
    len = vectors_hex(chromium_audio, data, sizeof(data));
    for (size_t cut = 0; cut < 28; cut++) {
        CHECK_INT(rtp_parse(data, cut, &header), ERR_TRUNCATED);
    }
    CHECK_INT(rtp_parse(data, 28, &header), 0);
    (void)len;
    goto out;
out:
    return;
}

TEST(rtp_leaves_the_result_untouched_on_failure)
{
    struct rtp_header header = {.seq = 77};
    uint8_t data[12] = {0};
    CHECK_INT(rtp_parse(data, sizeof(data), &header), ERR_MALFORMED);
    CHECK_INT(header.seq, 77);
    goto out;
out:
    return;
}

TEST(rtp_tells_rtcp_apart)
{
    uint8_t data[12] = {0x80, 200, 0, 1, 0xaa, 0xbb, 0xcc, 0xdd, 1, 2, 3, 4};
    CHECK(rtp_is_rtcp(data, 12));
    CHECK_INT(rtp_peek_ssrc(data, 12), 0xaabbccdd);
    CHECK_INT(rtp_peek_ssrc(data, 8), 0xaabbccdd);
    CHECK_INT(rtp_peek_ssrc(data, 7), 0);
    data[1] = 191;
    CHECK(!rtp_is_rtcp(data, 12));
    CHECK_INT(rtp_peek_ssrc(data, 12), 0x01020304);
    CHECK_INT(rtp_peek_ssrc(data, 11), 0);
    data[1] = 192;
    CHECK(rtp_is_rtcp(data, 12));
    data[1] = 223;
    CHECK(rtp_is_rtcp(data, 12));
    data[1] = 224;
    CHECK(!rtp_is_rtcp(data, 12));
    CHECK(!rtp_is_rtcp(data, 1));
    goto out;
out:
    return;
}

TEST(rtp_headers_of_all_clients_are_read)
{
    static const char *const files[] = {"corpus/chromium156.rtp.hex", "corpus/firefox153.rtp.hex",
                                        "corpus/aiortc14.rtp.hex", "corpus/openssl30.rtp.hex"};
    struct vectors vectors = {0};
    for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
        REQUIRE_OK(vectors_load_hex(files[f], &vectors));
        for (size_t i = 0; i < vectors.count; i++) {
            struct rtp_header header;
            const uint8_t *data = vectors.at[i];
            /* Protected packets: padding count and payload are ciphertext, the rest is plain. */
            vectors.at[i][0] &= (uint8_t)~0x20;
            REQUIRE_OK(rtp_parse(data, vectors.len[i], &header));
            CHECK(!rtp_is_rtcp(data, vectors.len[i]));
            CHECK_INT(header.ssrc, bytes_get_u32(data + 8));
            CHECK_INT((size_t)header.payload_offset + header.payload_bytes, vectors.len[i]);
        }
        vectors_free(&vectors);
        vectors = (struct vectors){0};
    }
out:
    vectors_free(&vectors);
}

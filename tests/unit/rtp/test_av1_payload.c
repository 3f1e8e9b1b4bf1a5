/* The sequence header comes from libaom by GStreamer 1.22 (av1enc, 322x182, real time). */
#include "base/err.h"
#include "rtp/av1_payload.h"
#include "support/vectors.h"
#include "unit/runner.h"

#define SEQUENCE "200000043d06d781b5f204" /* 11 bytes */

static int parse(const char *hex, struct av1_payload *av1)
{
    uint8_t data[64];
    size_t len = vectors_hex(hex, data, sizeof(data));
    return av1_payload_parse(data, len, av1);
}

TEST(av1_payload_reads_the_start_of_a_sequence)
{
    struct av1_payload av1;
    /* Y, W 2, N: sequence header with its length, the beginning of a frame without */
    REQUIRE_OK(parse("68 0c 08" SEQUENCE "30135f58", &av1));
    CHECK(av1_payload_keyframe(&av1));
    CHECK(av1.new_sequence && av1.has_sequence && av1.continued && !av1.continues);
    CHECK_INT(av1.width, 322);
    CHECK_INT(av1.height, 182);
    /* W 0: all have lengths; the header has its own size field, and an extension */
    REQUIRE_OK(parse("08 0e 0e000b" SEQUENCE "02 3013", &av1));
    CHECK(av1.has_sequence);
    CHECK_INT(av1.width, 322);
    /* a sequence header that ends in the next packet: size unknown */
    REQUIRE_OK(parse("58 08200000", &av1));
    CHECK(av1_payload_keyframe(&av1));
    CHECK_INT(av1.width, 0);
    /* without N, as senders may that do not know it */
    REQUIRE_OK(parse("20 0c 08" SEQUENCE "30135f58", &av1));
    CHECK(av1_payload_keyframe(&av1));
out:
    return;
}

TEST(av1_payload_reads_what_goes_on)
{
    struct av1_payload av1;
    /* Z: what looks like a sequence header is the middle of something */
    REQUIRE_OK(parse("90 08" SEQUENCE, &av1));
    CHECK(av1.continues && !av1.has_sequence);
    CHECK(!av1_payload_keyframe(&av1));
    REQUIRE_OK(parse("10 30135f58", &av1)); /* a frame */
    CHECK(!av1.has_sequence && !av1.new_sequence);
    CHECK(!av1_payload_keyframe(&av1));
out:
    return;
}

TEST(av1_payload_reads_sizes_behind_all_options)
{
    /* Written bit by bit from AV1 5.5.1: profile 0, no still picture; timing info with equal
     * picture interval (uvlc 0), decoder model with 10-bit delays, display delay; one operating
     * point of level 8 with tier, decoder model and delay; 4 bits each: 16x9 */
    static const uint8_t bits[] = "000"
                                  "0"
                                  "0"
                                  "1"
                                  "00000000000000000000000000000001"
                                  "00000000000000000000000000011110"
                                  "1"
                                  "1"
                                  "1"
                                  "01001"
                                  "00000000000000000000000000000001"
                                  "00100"
                                  "00100"
                                  "1"
                                  "00000"
                                  "000000000000"
                                  "01000"
                                  "1"
                                  "1"
                                  "0000000001"
                                  "0000000001"
                                  "0"
                                  "1"
                                  "0011"
                                  "0011"
                                  "0011"
                                  "1111"
                                  "1000"
                                  "0000000";
    uint8_t data[64] = {0x10, 0x08};
    for (size_t i = 0; bits[i] != '\0'; i++) {
        data[2 + i / 8] |= (uint8_t)((bits[i] - '0') << (7 - i % 8));
    }
    struct av1_payload av1;
    REQUIRE_OK(av1_payload_parse(data, 2 + sizeof(bits) / 8, &av1));
    CHECK_INT(av1.width, 16);
    CHECK_INT(av1.height, 9);
    /* reduced_still_picture_header: level, then the sizes */
    REQUIRE_OK(parse("10 08 18 33 f8", &av1));
    CHECK(av1.has_sequence);
out:
    return;
}

TEST(av1_payload_refuses_what_is_cut_short)
{
    static const char *const bad[] = {
        "",  "10", "20 02 30", "20 01 30", "30 01 30 01", "00 05 30", "00 ffffffffffffffffff 30",
        "20"};
    struct av1_payload av1 = {.width = 7};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(parse(bad[i], &av1), ERR_MALFORMED);
    }
    CHECK_INT(av1.width, 7);
}

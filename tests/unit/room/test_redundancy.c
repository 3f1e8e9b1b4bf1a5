/**
 * Audio as it reaches receivers who lose some: copies of earlier packets, or the same packet again.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "media/audio_repair.h"
#include "rtp/red.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "unit/runner.h"

enum { TOC_20_MS = 0x78, HER_RED = 60, HER_OPUS = 100, STEP = 960 };

static struct session *agree(uint32_t number, uint8_t red_pt, uint8_t opus_pt, bool nack)
{
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return NULL;
    }
    struct session_media *audio = call_add(session, MEDIA_AUDIO, "a", number == 1, true);
    audio->codecs[0].pt = opus_pt;
    audio->codecs[0].nack = nack;
    if (red_pt != 0) {
        audio->codecs[1] =
            (struct session_codec){.kind = CODEC_RED, .pt = red_pt, .clock_rate = 48000};
        audio->codec_count = 2;
    }
    audio->ssrcs[0] = call_track_ssrc(number, MEDIA_AUDIO);
    audio->ssrc_count = 1;
    return session;
}

static bool join(struct call *call, uint32_t number, uint8_t red_pt, uint8_t opus_pt, bool nack)
{
    struct session *session = agree(number, red_pt, opus_pt, nack);
    return session != NULL && call_join(call, session);
}

/** She agrees anew, with another payload type for RED. */
static bool agree_anew(struct call *call, uint8_t red_pt)
{
    struct session *session = agree(2, red_pt, HER_OPUS, true);
    struct command *command = session == NULL ? NULL : call_command_new(COMMAND_UPDATE, 2);
    if (command == NULL) {
        free(session);
        return false;
    }
    command->session = session;
    call_submit(call, command);
    call_turn(call);
    return true;
}

/** She reports this loss, and (by a sender report of ours that she answers) no round trip. */
static void report_loss(struct call *call, uint8_t fraction)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report report = {.ssrc = 77};
    struct rtcp_report_block block = {.ssrc = call_slot_ssrc(2, 0), .fraction_lost = fraction};
    (void)rtcp_write_report(&out, &report, &block, 1);
    call_rtcp(call, 2, data, bytes_out_len(&out));
}

/** Payload of packet `seq`: its number. */
static void payload_of(uint16_t seq, uint8_t payload[8])
{
    memset(payload, 0, 8);
    payload[0] = TOC_20_MS;
    bytes_put_u16(payload + 1, seq);
}

static void talk(struct call *call, uint16_t seq, uint32_t timestamp, int level)
{
    uint8_t payload[8];
    payload_of(seq, payload);
    struct call_rtp rtp = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                           .pt = CALL_OPUS,
                           .seq = seq,
                           .timestamp = timestamp,
                           .level = level,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(call, &rtp);
    call_turn(call);
    call_run(call, 20000);
}

/** What the RED packet that she got n-th carries; counts[i] is the number in block i. @return
 * blocks, 0 when it is not RED */
static int blocks_of(struct call *call, size_t n, uint16_t numbers[RED_MAX_BLOCKS],
                     struct red_block blocks[RED_MAX_BLOCKS])
{
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(call, call_slot_ssrc(2, 0), n, &header);
    if (sent == NULL || header.pt != HER_RED) {
        return 0;
    }
    const uint8_t *payload = sent->data + header.payload_offset;
    int count = red_parse(payload, header.payload_bytes, blocks);
    for (int i = 0; i < count; i++) {
        CHECK_INT(blocks[i].pt, HER_OPUS);
        numbers[i] = bytes_get_u16(payload + blocks[i].offset + 1);
    }
    return count;
}

TEST(who_loses_nothing_gets_no_copies)
{
    struct call call = {0};
    struct rtp_header header;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, 1, 0, CALL_OPUS, false));
    REQUIRE(join(&call, 2, HER_RED, HER_OPUS, false));
    report_loss(&call, 0);
    for (uint16_t seq = 10; seq < 15; seq++) {
        talk(&call, seq, seq * STEP, 30);
    }
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 4, &header) != NULL);
    CHECK_INT(header.pt, HER_OPUS);
out:
    call_deinit(&call);
}

TEST(copies_come_with_the_packets_after)
{
    struct call call = {0};
    uint16_t numbers[RED_MAX_BLOCKS];
    struct red_block blocks[RED_MAX_BLOCKS];
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, 1, 0, CALL_OPUS, false));
    REQUIRE(join(&call, 2, HER_RED, HER_OPUS, false));
    report_loss(&call, 26); /* 10 % */
    for (uint16_t seq = 65534; seq != 2; seq++) {
        talk(&call, seq, (uint16_t)(seq + 10) * STEP, 30);
    }
    CHECK_INT(blocks_of(&call, 0, numbers, blocks), 0); /* there is nothing before it */
    REQUIRE_INT(blocks_of(&call, 1, numbers, blocks), 2);
    CHECK_INT(numbers[0], 65534);
    CHECK_INT(numbers[1], 65535);
    REQUIRE_INT(blocks_of(&call, 3, numbers, blocks), 3);
    CHECK_INT(numbers[0], 65534); /* not of neighbours: bursts */
    CHECK_INT(blocks[0].timestamp_offset, 3 * STEP);
    CHECK_INT(numbers[1], 0);
    CHECK_INT(blocks[1].timestamp_offset, STEP);
    CHECK_INT(numbers[2], 1);
out:
    call_deinit(&call);
}

TEST(silence_and_pauses_are_not_copied)
{
    struct call call = {0};
    uint16_t numbers[RED_MAX_BLOCKS];
    struct red_block blocks[RED_MAX_BLOCKS];
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, 1, 0, CALL_OPUS, false));
    REQUIRE(join(&call, 2, HER_RED, HER_OPUS, false));
    report_loss(&call, 26);
    talk(&call, 10, 10 * STEP, 90); /* nobody speaks */
    talk(&call, 11, 11 * STEP, 90);
    talk(&call, 12, 12 * STEP, 30);
    CHECK_INT(blocks_of(&call, 2, numbers, blocks), 0);
    talk(&call, 13, 13 * STEP, 90); /* the end of a word is worth it */
    REQUIRE_INT(blocks_of(&call, 3, numbers, blocks), 2);
    CHECK_INT(numbers[0], 12);
    talk(&call, 14, 34 * STEP, 30); /* 420 ms later: the offset has 14 bits */
    CHECK_INT(blocks_of(&call, 4, numbers, blocks), 0);
out:
    call_deinit(&call);
}

/** RED from the publisher: the copies in it are not passed on, but made anew for each receiver. */
TEST(red_of_the_publisher_is_made_anew)
{
    struct call call = {0};
    uint16_t numbers[RED_MAX_BLOCKS];
    struct red_block blocks[RED_MAX_BLOCKS];
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, 1, CALL_RED, CALL_OPUS, false));
    REQUIRE(join(&call, 2, HER_RED, HER_OPUS, false));
    report_loss(&call, 26);
    for (uint16_t seq = 20; seq < 24; seq++) {
        uint8_t old[8];
        uint8_t opus[8];
        uint8_t payload[32];
        payload_of((uint16_t)(seq - 1), old);
        payload_of(seq, opus);
        const struct red_part parts[] = {{.at = old, .timestamp_offset = STEP, .bytes = 8},
                                         {.at = opus, .bytes = 8}};
        red_write(payload, CALL_OPUS, parts, 2);
        struct call_rtp rtp = {.from = 1,
                               .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                               .pt = CALL_RED,
                               .seq = seq,
                               .timestamp = seq * STEP,
                               .level = 30,
                               .twcc = -1,
                               .payload = payload,
                               .payload_bytes = red_bytes(parts, 2)};
        if (seq != 22) { /* lost: number 23 brings it */
            call_rtp(&call, &rtp);
            call_turn(&call);
        }
    }
    struct rtp_header header;
    struct rtp_header last;
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 4);
    REQUIRE_INT(blocks_of(&call, 2, numbers, blocks), 2);
    CHECK_INT(numbers[1], 22);
    REQUIRE_INT(blocks_of(&call, 3, numbers, blocks), 3);
    CHECK_INT(numbers[0], 20);
    CHECK_INT(numbers[1], 22);
    CHECK_INT(numbers[2], 23);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 2, &header) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 3, &last) != NULL);
    CHECK_INT(last.seq, (uint16_t)(header.seq + 1));
    CHECK_INT(last.timestamp, (uint32_t)(header.timestamp + STEP));
out:
    call_deinit(&call);
}

static void ask(struct call *call, uint16_t seq)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    (void)rtcp_write_nack(&out, 77, call_slot_ssrc(2, 0), &seq, 1);
    call_rtcp(call, 2, data, bytes_out_len(&out));
    call_turn(call);
}

/** Is the nth packet to participant 2 the very same as one before? */
static bool went_again(const struct call *call, const struct call_sent *first, size_t n)
{
    struct rtp_header header;
    const struct call_sent *again = call_find_rtp(call, call_slot_ssrc(2, 0), n, &header);
    return again != NULL && again->len == first->len &&
           memcmp(again->data, first->data, first->len) == 0;
}

TEST(audio_is_sent_again_as_the_very_same_bytes)
{
    struct call call = {0};
    struct rtp_header header;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, 1, 0, CALL_OPUS, false));
    REQUIRE(join(&call, 2, 0, HER_OPUS, true));
    for (uint16_t seq = 10; seq < 15; seq++) {
        talk(&call, seq, seq * STEP, 30);
    }
    for (size_t n = 0; n < 5; n++) { /* the first has a marker of ours */
        const struct call_sent *first = call_find_rtp(&call, call_slot_ssrc(2, 0), n, &header);
        REQUIRE(first != NULL);
        CHECK_INT(header.marker, n == 0);
        CHECK(header.ext_bytes >= 8); /* send time and transport-wide number are there */
        ask(&call, header.seq);
        CHECK(went_again(&call, first, 5 + n));
    }
out:
    call_deinit(&call);
}

TEST(so_is_what_went_out_with_copies)
{
    struct call call = {0};
    struct rtp_header header;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, 1, 0, CALL_OPUS, false));
    REQUIRE(join(&call, 2, HER_RED, HER_OPUS, true));
    report_loss(&call, 26);
    for (uint16_t seq = 10; seq < 15; seq++) {
        talk(&call, seq, seq * STEP, seq == 11 ? 90 : 30); /* 11 is worth no copy */
    }
    for (size_t n = 0; n < 5; n++) {
        const struct call_sent *first = call_find_rtp(&call, call_slot_ssrc(2, 0), n, &header);
        REQUIRE(first != NULL);
        CHECK_INT(header.pt, n == 0 || n == 2 ? HER_OPUS : HER_RED);
        ask(&call, header.seq);
        CHECK(went_again(&call, first, 5 + n));
    }
out:
    call_deinit(&call);
}

/** Other bytes must not go out under the same number (RFC 3711 9.1). */
TEST(what_went_out_with_a_copy_that_is_gone_is_not_sent_again)
{
    struct call call = {0};
    struct rtp_header header;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, 1, 0, CALL_OPUS, false));
    REQUIRE(join(&call, 2, HER_RED, HER_OPUS, true));
    report_loss(&call, 26);
    for (uint16_t seq = 10; seq < 20; seq++) {
        talk(&call, seq, seq * STEP, 30);
    }
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 3, &header) != NULL);
    uint16_t asked = header.seq;
    ask(&call, asked); /* the copy of the third before it came 200 ms ago */
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 10);
    ask(&call, (uint16_t)(asked + 1));
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 11);
out:
    call_deinit(&call);
}

TEST(what_went_out_under_another_agreement_is_not_sent_again)
{
    struct call call = {0};
    struct rtp_header header;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, 1, 0, CALL_OPUS, false));
    REQUIRE(join(&call, 2, HER_RED, HER_OPUS, true));
    report_loss(&call, 26);
    talk(&call, 10, 10 * STEP, 30);
    talk(&call, 11, 11 * STEP, 30);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 1, &header) != NULL);
    REQUIRE_INT(header.pt, HER_RED);
    REQUIRE(agree_anew(&call, HER_RED + 1));
    ask(&call, header.seq);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 2);
out:
    call_deinit(&call);
}

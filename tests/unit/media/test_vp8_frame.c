#include <string.h>

#include "media/vp8_frame.h"
#include "media/vp8_packets.h"
#include "unit/runner.h"

enum { FRAME_BYTES = 3000 };

/** A sender whose frames pass through vp8_packets, and what the frame builder makes of them. */
struct pass {
    struct vp8_packets packets;
    struct vp8_frames *frames;
    int64_t seq;
    uint32_t timestamp;
    uint8_t sent[FRAME_BYTES];
};

static int pass_init(struct pass *pass)
{
    *pass = (struct pass){.seq = 100};
    vp8_packets_init(&pass->packets, 0x7FFE, 255);
    return vp8_frames_new(&pass->frames);
}

/** Sends a frame; of its packets, the bits of `lost` are lost. @return the last verdict */
static enum vp8_frame_verdict send(struct pass *pass, bool keyframe, uint8_t tid, bool sync,
                                   unsigned lost, struct vp8_frame *out)
{
    enum vp8_frame_verdict verdict = VP8_FRAME_NONE;
    for (size_t i = 0; i < FRAME_BYTES; i++) {
        pass->sent[i] = (uint8_t)(i * 7 + pass->timestamp);
    }
    pass->sent[0] = keyframe ? 0x10 : 0x11; /* P bit (RFC 6386 9.1) */
    pass->timestamp += 3000;
    vp8_packets_frame(&pass->packets, pass->sent, FRAME_BYTES, tid, sync);
    struct vp8_packet part;
    for (unsigned i = 0; vp8_packets_next(&pass->packets, &part); i++) {
        uint8_t payload[VP8_PACKETS_MAX_PAYLOAD];
        memcpy(payload, part.descriptor, sizeof(part.descriptor));
        memcpy(payload + sizeof(part.descriptor), part.bytes, part.len);
        struct vp8_frame_packet packet = {.ext_seq = pass->seq++,
                                          .timestamp = pass->timestamp,
                                          .marker = part.last,
                                          .payload = payload,
                                          .bytes = sizeof(part.descriptor) + part.len};
        if ((lost >> i & 1) == 0) {
            verdict = vp8_frames_receive(pass->frames, &packet, out);
        }
    }
    return verdict;
}

TEST(frames_come_out_as_they_went_in)
{
    struct pass pass;
    struct vp8_frame frame;
    REQUIRE(pass_init(&pass) == 0);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(send(&pass, i == 0, (uint8_t)(i % 2), true, 0, &frame), VP8_FRAME_READY);
        CHECK_INT(frame.len, FRAME_BYTES);
        CHECK(memcmp(frame.bytes, pass.sent, FRAME_BYTES) == 0);
        CHECK_INT(frame.keyframe, i == 0);
        CHECK_INT(frame.tid, i % 2);
        CHECK_INT(frame.timestamp, pass.timestamp);
    }
out:
    vp8_frames_free(&pass.frames);
}

TEST(nothing_goes_through_before_a_keyframe)
{
    struct pass pass;
    struct vp8_frame frame;
    REQUIRE(pass_init(&pass) == 0);
    CHECK(vp8_frames_need_keyframe(pass.frames));
    CHECK_INT(send(&pass, false, 0, false, 0, &frame), VP8_FRAME_NONE);
    CHECK_INT(send(&pass, true, 0, false, 0, &frame), VP8_FRAME_READY);
    CHECK(!vp8_frames_need_keyframe(pass.frames));
    vp8_frames_reset(pass.frames);
    CHECK_INT(send(&pass, false, 0, false, 0, &frame), VP8_FRAME_NONE);
out:
    vp8_frames_free(&pass.frames);
}

TEST(a_lost_frame_of_the_base_level_breaks_until_a_keyframe)
{
    for (unsigned lost = 1; lost < 8; lost++) {
        struct pass pass;
        struct vp8_frame frame;
        REQUIRE(pass_init(&pass) == 0);
        CHECK_INT(send(&pass, true, 0, false, 0, &frame), VP8_FRAME_READY);
        CHECK(send(&pass, false, 0, false, lost, &frame) != VP8_FRAME_READY);
        CHECK_INT(send(&pass, false, 0, false, 0, &frame), VP8_FRAME_BROKEN);
        CHECK_INT(send(&pass, false, 1, true, 0, &frame), VP8_FRAME_NONE);
        CHECK_INT(send(&pass, true, 0, false, 0, &frame), VP8_FRAME_READY);
        CHECK_INT(send(&pass, false, 0, false, 0, &frame), VP8_FRAME_READY);
    out:
        vp8_frames_free(&pass.frames);
    }
}

TEST(a_lost_frame_of_a_higher_level_costs_that_level_only)
{
    struct pass pass;
    struct vp8_frame frame;
    REQUIRE(pass_init(&pass) == 0);
    CHECK_INT(send(&pass, true, 0, false, 0, &frame), VP8_FRAME_READY);
    CHECK_INT(send(&pass, false, 1, true, 0, &frame), VP8_FRAME_READY);
    CHECK(send(&pass, false, 1, false, 1, &frame) != VP8_FRAME_READY);
    CHECK_INT(send(&pass, false, 0, false, 0, &frame), VP8_FRAME_READY);
    CHECK_INT(send(&pass, false, 1, false, 0, &frame), VP8_FRAME_NONE);
    CHECK_INT(send(&pass, false, 0, false, 0, &frame), VP8_FRAME_READY);
    CHECK_INT(send(&pass, false, 1, true, 0, &frame), VP8_FRAME_READY);
    CHECK_INT(send(&pass, false, 1, false, 0, &frame), VP8_FRAME_READY);
    CHECK(!vp8_frames_need_keyframe(pass.frames));
out:
    vp8_frames_free(&pass.frames);
}

TEST(garbage_and_frames_without_end_are_passed_over)
{
    static const uint8_t short_descriptor[] = {0x80};
    static const uint8_t endless[1200] = {0x10, 0x10};
    static const uint8_t more[1200] = {0x00};
    struct pass pass;
    struct vp8_frame frame;
    REQUIRE(pass_init(&pass) == 0);
    struct vp8_frame_packet packet = {.ext_seq = 1, .payload = short_descriptor, .bytes = 1};
    CHECK_INT(vp8_frames_receive(pass.frames, &packet, &frame), VP8_FRAME_MALFORMED);
    packet = (struct vp8_frame_packet){.ext_seq = 2, .payload = endless, .bytes = sizeof(endless)};
    CHECK_INT(vp8_frames_receive(pass.frames, &packet, &frame), VP8_FRAME_NONE);
    packet.payload = more;
    for (int i = 0; i < 2 * VP8_FRAME_MAX_BYTES / 1200; i++) {
        packet.ext_seq++;
        CHECK_INT(vp8_frames_receive(pass.frames, &packet, &frame), VP8_FRAME_NONE);
    }
    pass.seq = packet.ext_seq + 1;
    CHECK_INT(send(&pass, true, 0, false, 0, &frame), VP8_FRAME_READY);
out:
    vp8_frames_free(&pass.frames);
}

#include "media/vp8_packets.h"
#include "rtp/vp8_payload.h"
#include "unit/runner.h"

static const uint8_t bytes[100000];

TEST(parts_are_nearly_equal_and_fit)
{
    static const size_t lengths[] = {1, 1194, 1195, 5000, 99999};
    struct vp8_packets packets;
    struct vp8_packet part;
    vp8_packets_init(&packets, 5, 9);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t sum = 0;
        size_t count = 0;
        size_t least = SIZE_MAX;
        size_t most = 0;
        vp8_packets_frame(&packets, bytes, lengths[i], 0, false);
        while (vp8_packets_next(&packets, &part)) {
            CHECK(part.bytes == bytes + sum);
            CHECK_INT(part.first, count == 0);
            sum += part.len;
            CHECK_INT(part.last, sum == lengths[i]);
            least = part.len < least ? part.len : least;
            most = part.len > most ? part.len : most;
            count++;
        }
        REQUIRE(sum == lengths[i]);
        CHECK(most + VP8_PACKETS_DESCRIPTOR_BYTES <= VP8_PACKETS_MAX_PAYLOAD);
        CHECK_INT(count, (lengths[i] + 1193) / 1194);
        CHECK(most - least < count);
    }
out:;
}

TEST(descriptors_say_what_they_should)
{
    struct vp8_packets packets;
    struct vp8_packet part;
    struct vp8_payload vp8;
    uint8_t payload[VP8_PACKETS_DESCRIPTOR_BYTES + 1] = {0};
    vp8_packets_init(&packets, 0x7FFF, 255);
    for (unsigned frame = 0; frame < 4; frame++) {
        uint8_t tid = frame % 2;
        vp8_packets_frame(&packets, bytes, 2000, tid, frame == 1);
        for (bool first = true; vp8_packets_next(&packets, &part); first = false) {
            memcpy(payload, part.descriptor, sizeof(part.descriptor));
            REQUIRE_OK(vp8_payload_parse(payload, sizeof(payload), &vp8));
            CHECK_INT(vp8.descriptor_bytes, VP8_PACKETS_DESCRIPTOR_BYTES);
            CHECK_INT(vp8_payload_frame_start(&vp8), first);
            CHECK_INT(vp8.picture_id_bits, 15);
            CHECK_INT(vp8.picture_id, (0x7FFF + frame) & 0x7FFF);
            CHECK_INT(vp8.tl0picidx, frame / 2);
            CHECK_INT(vp8.tid, tid);
            CHECK_INT(vp8.layer_sync, frame == 1);
        }
    }
out:;
}

#include <string.h>

#include "base/bytes.h"
#include "relay/room/send_queue.h"
#include "relay/room/sending.h"
#include "rtp/rtp.h"
#include "unit/runner.h"

enum { SLOTS = 4 };

/** A packet of 100 bytes of payload behind a bare header. */
static struct packet *packet_make(struct pool *pool, bool keyframe)
{
    struct packet *packet = packet_take(pool);
    if (packet != NULL) {
        packet->len = RTP_HEADER_BYTES + 100;
        memset(packet->data, 0x5A, packet->len);
        *packet_facts(packet) = (struct packet_facts){.payload_offset = RTP_HEADER_BYTES,
                                                      .payload_bytes = 100,
                                                      .primary_bytes = 100,
                                                      .keyframe_start = keyframe};
    }
    return packet;
}

TEST(padding_is_a_packet_of_nothing_else)
{
    struct session_media media = {.mid = "v",
                                  .exts.id = {[RTP_EXT_MID] = 4, [RTP_EXT_TRANSPORT_CC] = 3}};
    struct ext_template exts;
    uint8_t out[1600];
    struct rtp_header header;
    ext_template_init(&exts, &media, false, true);
    const struct padding padding = {
        .exts = &exts, .ssrc = 9, .timestamp = 1000, .seq = 77, .pt = 97, .count = 255};
    size_t len = padding_write(&padding, out, 0, 0x1234);
    REQUIRE_OK(rtp_parse(out, len, &header));
    CHECK_INT(header.ssrc, 9);
    CHECK_INT(header.seq, 77);
    CHECK_INT(header.pt, 97);
    CHECK_INT(header.timestamp, 1000);
    CHECK_INT(header.payload_bytes, 0);
    CHECK_INT(header.padding_bytes, 255);
    CHECK(!header.marker);
    struct rtp_exts found;
    (void)rtp_ext_read(out, &header, &media.exts, &found);
    REQUIRE(found.at[RTP_EXT_TRANSPORT_CC] != NULL);
    CHECK_INT(bytes_get_u16(found.at[RTP_EXT_TRANSPORT_CC]), 0x1234);
out:;
}

TEST(a_sending_is_the_same_now_or_later)
{
    struct pool *packets = NULL;
    struct pool *memory = NULL;
    struct packet *packet = NULL;
    struct send_queue queue = {.memory = NULL};
    struct pacer_flow flow;
    struct ext_template exts = {.bytes = 4};
    uint8_t now[1600];
    uint8_t later[1600];
    REQUIRE_OK(packet_pool_new(&packets, 64));
    REQUIRE_OK(send_queue_pool_new(&memory));
    send_queue_init(&queue, memory);
    pacer_flow_init(&flow);
    packet = packet_make(packets, false);
    REQUIRE(packet != NULL);
    struct sending sending = {.packet = packet,
                              .exts = &exts,
                              .ssrc = 5,
                              .csrc = 6,
                              .timestamp = 7,
                              .seq = 8,
                              .pt = 96,
                              .marker = true,
                              .kind = SEND_VIDEO};
    size_t bytes = sending_payload_bytes(&sending);
    CHECK_INT(bytes, 100);
    size_t len = sending_write(&sending, bytes, now, 0, 0);
    REQUIRE(send_queue_push(&queue, &flow, ALLOCATOR_VISIBLE, &sending, 200, 0));
    packet_unref(&packet); /* its source has forgotten it */
    struct sending taken;
    REQUIRE(send_queue_pop(&queue, 0, &taken));
    packet = taken.packet;
    CHECK_INT(sending_write(&taken, sending_payload_bytes(&taken), later, 0, 0), len);
    CHECK_MEM(now, later, len);
    CHECK(!send_queue_pop(&queue, 0, &taken));
out:
    packet_unref(&packet);
    if (queue.memory != NULL) {
        send_queue_deinit(&queue);
    }
    pool_free(&memory);
    pool_free(&packets);
}

TEST(a_drop_ends_at_the_newest_keyframe)
{
    struct pool *packets = NULL;
    struct pool *memory = NULL;
    struct send_queue queue = {.memory = NULL};
    struct pacer_flow flow;
    struct ext_template exts = {.bytes = 4};
    struct send_queue_dropped dropped;
    REQUIRE_OK(packet_pool_new(&packets, 64));
    REQUIRE_OK(send_queue_pool_new(&memory));
    send_queue_init(&queue, memory);
    pacer_flow_init(&flow);
    for (uint16_t i = 0; i < SLOTS; i++) {
        struct packet *packet = packet_make(packets, i == 2);
        REQUIRE(packet != NULL);
        struct sending sending = {
            .packet = packet, .exts = &exts, .seq = (uint16_t)(100 + i), .kind = SEND_VIDEO};
        bool pushed = send_queue_push(&queue, &flow, ALLOCATOR_VISIBLE, &sending, 200, 0);
        packet_unref(&packet);
        REQUIRE(pushed);
    }
    send_queue_drop(&queue, &flow, &dropped);
    CHECK_INT(dropped.packets, 2);
    CHECK_INT(dropped.octets, 200);
    CHECK(dropped.keyframe);
    CHECK_INT(dropped.restart, 102);
    /* that one is stale itself: nothing is kept */
    send_queue_drop(&queue, &flow, &dropped);
    CHECK_INT(dropped.packets, 2);
    CHECK(!dropped.keyframe);
    CHECK_INT(pool_in_use(packets), 0);
out:
    if (queue.memory != NULL) {
        send_queue_deinit(&queue);
    }
    pool_free(&memory);
    pool_free(&packets);
}

#include "base/bytes.h"
#include "base/packet.h"
#include "relay/room/capture_time.h"
#include "relay/room/packet_facts.h"
#include "unit/runner.h"

/** A packet whose facts name one element of `bytes` at its beginning. */
static struct packet *packet_with(struct pool *pool, uint64_t offset, uint8_t bytes)
{
    struct packet *packet = packet_take(pool);
    if (packet != NULL) {
        bytes_put_u64(packet->data, 0x1122334455667788);
        bytes_put_u64(packet->data + 8, offset);
        *packet_facts(packet) = (struct packet_facts){
            .passed_count = 1, .passed = {{.kind = RTP_EXT_ABS_CAPTURE_TIME, .bytes = bytes}}};
    }
    return packet;
}

TEST(the_offset_leads_to_our_clock)
{
    struct pool *pool = NULL;
    struct packet *packet = NULL;
    REQUIRE_OK(packet_pool_new(&pool, 2));
    /* The publisher's NTP clock goes 2.5 s behind our wall clock. */
    int64_t wall_offset_us = 1700000000LL * 1000000;
    struct timeline_clock clock = {.known = true,
                                   .offset_us = 2500000 - wall_offset_us - 2208988800LL * 1000000};
    packet = packet_with(pool, (uint64_t)-1 << 32, 16); /* and its camera 1 s before it */
    REQUIRE(packet != NULL);
    capture_time_restate(packet, &clock, wall_offset_us);
    CHECK(bytes_get_u64(packet->data) == 0x1122334455667788);
    CHECK(bytes_get_u64(packet->data + 8) == 0x180000000);
    CHECK_INT(packet_facts(packet)->passed[0].bytes, 16);
    packet_unref(&packet);
    clock.offset_us -= 3000000; /* now before ours */
    packet = packet_with(pool, 0, 16);
    REQUIRE(packet != NULL);
    capture_time_restate(packet, &clock, wall_offset_us);
    CHECK(bytes_get_u64(packet->data + 8) == (uint64_t)-0x80000000LL);
out:
    packet_unref(&packet);
    pool_free(&pool);
}

TEST(an_offset_to_an_unknown_clock_is_left_out)
{
    struct pool *pool = NULL;
    struct packet *packet = NULL;
    struct timeline_clock clock = {.known = false};
    REQUIRE_OK(packet_pool_new(&pool, 2));
    packet = packet_with(pool, 5, 16);
    REQUIRE(packet != NULL);
    capture_time_restate(packet, &clock, 0);
    CHECK_INT(packet_facts(packet)->passed[0].bytes, 8);
    packet_unref(&packet);
    packet = packet_with(pool, 5, 8); /* none there */
    REQUIRE(packet != NULL);
    capture_time_restate(packet, &clock, 0);
    CHECK_INT(packet_facts(packet)->passed[0].bytes, 8);
    CHECK_INT(bytes_get_u64(packet->data + 8), 5);
out:
    packet_unref(&packet);
    pool_free(&pool);
}

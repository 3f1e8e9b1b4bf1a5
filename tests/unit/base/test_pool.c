#include <string.h>

#include "base/packet.h"
#include "base/pool.h"
#include "unit/runner.h"

TEST(pool_reuses_objects_and_keeps_its_bound)
{
    struct pool *pool = NULL;
    void *taken[4] = {NULL};
    REQUIRE_OK(pool_new(&pool, 100, 2, 4));
    for (size_t i = 0; i < 4; i++) {
        taken[i] = pool_take(pool);
        REQUIRE(taken[i] != NULL);
        CHECK(((uintptr_t)taken[i] & 63) == 0);
    }
    CHECK(pool_take(pool) == NULL);
    uint64_t before = runner_allocations();
    pool_give(pool, taken[2]);
    void *again = pool_take(pool);
    CHECK(again == taken[2]);
    CHECK(runner_allocations() == before);
    CHECK_INT(pool_in_use(pool), 4);
out:
    for (size_t i = 0; i < 4; i++) {
        if (taken[i] != NULL) {
            pool_give(pool, taken[i]);
        }
    }
    pool_free(&pool);
}

TEST(packet_goes_home_with_its_last_reference)
{
    struct pool *pool = NULL;
    struct packet *packet = NULL;
    REQUIRE_OK(packet_pool_new(&pool, 64));
    packet = packet_take(pool);
    REQUIRE(packet != NULL);
    CHECK(packet->data == packet->buf + PACKET_HEADROOM);
    struct packet *second = packet_ref(packet);
    packet_unref(&second);
    CHECK(second == NULL);
    CHECK_INT(pool_in_use(pool), 1);
    packet_unref(&packet);
    CHECK_INT(pool_in_use(pool), 0);
    packet_unref(&packet); /* NULL is allowed */
out:
    packet_unref(&packet);
    pool_free(&pool);
}

TEST(small_packets_take_the_place_of_large_ones)
{
    struct pool *large = NULL;
    struct pool *small = NULL;
    struct packet *packets[2] = {NULL};
    REQUIRE_OK(packet_pool_new(&large, 64));
    REQUIRE_OK(packet_small_pool_new(&small, 64));
    for (size_t i = 0; i < 2; i++) {
        packets[i] = packet_take(large);
        REQUIRE(packets[i] != NULL);
        packets[i]->len = PACKET_SMALL_BYTES + (uint32_t)i;
        packets[i]->arrival_us = 77;
        memset(packets[i]->data, 5, packets[i]->len);
    }
    struct packet *was = packets[0];
    packet_ref(was);
    packet_shrink(&packets[0], small);
    CHECK(packets[0] == was); /* somebody else holds it */
    packet_unref(&was);
    packet_shrink(&packets[0], small);
    packet_shrink(&packets[1], small);
    REQUIRE(packets[0]->pool == small);
    CHECK(packets[1]->pool == large);
    CHECK_INT(packets[0]->len, PACKET_SMALL_BYTES);
    CHECK_INT(packets[0]->arrival_us, 77);
    CHECK(packets[0]->data[0] == 5 && packets[0]->data[PACKET_SMALL_BYTES - 1] == 5);
    CHECK_INT(pool_in_use(large), 1);
out:
    packet_unref(&packets[0]);
    packet_unref(&packets[1]);
    pool_free(&large);
    pool_free(&small);
}

TEST(a_packet_is_as_large_as_it_must_be)
{
    struct packet_pools pools = {NULL};
    struct packet *packets[6] = {NULL};
    REQUIRE_OK(packet_small_pool_new(&pools.small, 1)); /* each has a slab of them */
    REQUIRE_OK(packet_usual_pool_new(&pools.usual, 1));
    REQUIRE_OK(packet_pool_new(&pools.large, 1));
    static const size_t bytes[] = {1,
                                   PACKET_SMALL_BYTES,
                                   PACKET_SMALL_BYTES + 1,
                                   PACKET_USUAL_BYTES,
                                   PACKET_USUAL_BYTES + 1,
                                   PACKET_MAX_BYTES};
    for (size_t i = 0; i < 6; i++) {
        packets[i] = packet_take_for(&pools, bytes[i]);
        REQUIRE(packets[i] != NULL);
        CHECK(packets[i]->pool == (i < 2 ? pools.small : i < 4 ? pools.usual : pools.large));
    }
out:
    for (size_t i = 0; i < 6; i++) {
        packet_unref(&packets[i]);
    }
    pool_free(&pools.small);
    pool_free(&pools.usual);
    pool_free(&pools.large);
}

TEST(where_small_ones_are_used_up_larger_ones_serve)
{
    enum { MOST = 64 };
    struct packet_pools pools = {NULL};
    struct packet *packets[MOST] = {NULL};
    size_t count = 0;
    REQUIRE_OK(packet_small_pool_new(&pools.small, 1));
    REQUIRE_OK(packet_usual_pool_new(&pools.usual, 1));
    REQUIRE_OK(packet_pool_new(&pools.large, 1));
    while (count < MOST && (packets[count] = packet_take_for(&pools, 10)) != NULL) {
        count++;
    }
    REQUIRE_INT(count, MOST); /* 32 and 16 and 16 */
    CHECK(packets[31]->pool == pools.small);
    CHECK(packets[32]->pool == pools.usual);
    CHECK(packets[63]->pool == pools.large);
    CHECK(packet_take_for(&pools, 10) == NULL);
out:
    for (size_t i = 0; i < MOST; i++) {
        packet_unref(&packets[i]);
    }
    pool_free(&pools.small);
    pool_free(&pools.usual);
    pool_free(&pools.large);
}

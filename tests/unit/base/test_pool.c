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

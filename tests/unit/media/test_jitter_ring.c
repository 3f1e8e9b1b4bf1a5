#include <stdlib.h>

#include "relay/media/jitter_ring.h"
#include "unit/runner.h"

enum { SEQ = 65500 };

struct fixture {
    struct pool *pool;
    struct jitter_ring *ring;
};

static int set_up(struct fixture *f)
{
    f->ring = calloc(1, sizeof(*f->ring));
    return f->ring == NULL ? -1 : packet_pool_new(&f->pool, JITTER_BUFFER_PACKETS);
}

static void tear_down(struct fixture *f)
{
    if (f->ring != NULL) {
        (void)jitter_ring_clear(f->ring);
    }
    free(f->ring);
    if (f->pool != NULL) {
        CHECK_INT(pool_in_use(f->pool), 0);
        pool_free(&f->pool);
    }
}

static bool put(struct fixture *f, int64_t ext_seq)
{
    struct packet *packet = packet_take(f->pool);
    if (packet == NULL) {
        return false;
    }
    jitter_ring_put(f->ring, &(struct jitter_packet){.ext_seq = ext_seq, .packet = packet},
                    ext_seq * 960);
    packet_unref(&packet);
    return true;
}

TEST(jitter_ring_finds_what_is_there)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    CHECK(jitter_ring_lowest(f.ring) == NULL);
    f.ring->next_seq = SEQ;
    REQUIRE(put(&f, SEQ + 3));
    REQUIRE(put(&f, SEQ + 1));
    CHECK(jitter_ring_find(f.ring, SEQ) == NULL);
    CHECK(jitter_ring_find(f.ring, SEQ + 1 + JITTER_BUFFER_PACKETS) == NULL);
    CHECK_INT(jitter_ring_find(f.ring, SEQ + 3)->time, (int64_t)960 * (SEQ + 3));
    struct jitter_held *held = jitter_ring_lowest(f.ring);
    REQUIRE(held != NULL);
    CHECK_INT(held->facts.ext_seq, SEQ + 1);
    struct packet *packet = jitter_ring_take(held);
    packet_unref(&packet);
    CHECK_INT(jitter_ring_lowest(f.ring)->facts.ext_seq, SEQ + 3);
out:
    tear_down(&f);
}

TEST(jitter_ring_drops_what_is_passed)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    f.ring->next_seq = SEQ;
    for (int i = 0; i < JITTER_BUFFER_PACKETS; i += 2) {
        REQUIRE(put(&f, SEQ + i));
    }
    CHECK_INT(jitter_ring_advance(f.ring, SEQ + 5), 3);
    CHECK_INT(jitter_ring_advance(f.ring, SEQ + 5), 0);
    CHECK_INT(jitter_ring_lowest(f.ring)->facts.ext_seq, SEQ + 6);
    CHECK_INT(jitter_ring_advance(f.ring, SEQ + 1000000), JITTER_BUFFER_PACKETS / 2 - 3);
    CHECK_INT(f.ring->next_seq, SEQ + 1000000);
    CHECK(jitter_ring_lowest(f.ring) == NULL);
    CHECK_INT(pool_in_use(f.pool), 0);
out:
    tear_down(&f);
}

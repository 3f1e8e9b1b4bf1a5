#include <pthread.h>
#include <stdint.h>

#include "base/ring.h"
#include "unit/runner.h"

TEST(ring_is_first_in_first_out_and_bounded)
{
    struct ring *ring = NULL;
    int items[5];
    REQUIRE_OK(ring_new(&ring, 4));
    CHECK(ring_pop(ring) == NULL);
    for (size_t i = 0; i < 4; i++) {
        REQUIRE(ring_push(ring, &items[i]));
    }
    CHECK(!ring_push(ring, &items[4]));
    for (size_t i = 0; i < 4; i++) {
        CHECK(ring_pop(ring) == &items[i]);
    }
    CHECK(ring_pop(ring) == NULL);
out:
    ring_free(&ring);
}

enum { HANDED_OVER = 20000 };

static void *produce(void *arg)
{
    struct ring *ring = arg;
    for (uintptr_t i = 1; i <= HANDED_OVER;) {
        i += ring_push(ring, (void *)i);
    }
    return NULL;
}

TEST(ring_hands_everything_over_between_threads_in_order)
{
    struct ring *ring = NULL;
    pthread_t thread;
    REQUIRE_OK(ring_new(&ring, 64));
    REQUIRE_OK(pthread_create(&thread, NULL, produce, ring));
    bool in_order = true;
    for (uintptr_t want = 1; want <= HANDED_OVER;) {
        void *got = ring_pop(ring);
        if (got != NULL) {
            in_order = in_order && (uintptr_t)got == want;
            want++;
        }
    }
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK(in_order);
out:
    ring_free(&ring);
}

#include "base/err.h"
#include "base/rand.h"
#include "media/rtx_cache.h"
#include "unit/runner.h"

struct fixture {
    struct pool *pool;
    struct rtx_cache *cache;
};

static int set_up(struct fixture *f, size_t slots, int64_t age_us)
{
    int err = packet_pool_new(&f->pool, 256);
    return err != 0 ? err : rtx_cache_new(&f->cache, slots, age_us);
}

static void tear_down(struct fixture *f)
{
    rtx_cache_free(&f->cache);
    if (f->pool != NULL) {
        CHECK_INT(pool_in_use(f->pool), 0);
        pool_free(&f->pool);
    }
}

/** Puts a packet with this number into the cache, which becomes its only owner. */
static bool put(struct fixture *f, int64_t ext_seq, int64_t now_us)
{
    struct packet *packet = packet_take(f->pool);
    if (packet == NULL) {
        return false;
    }
    packet->arrival_us = now_us;
    packet->len = (uint32_t)ext_seq;
    rtx_cache_insert(f->cache, ext_seq, packet, now_us);
    packet_unref(&packet);
    return true;
}

static bool has(const struct fixture *f, int64_t ext_seq, int64_t now_us)
{
    const struct packet *packet = rtx_cache_find(f->cache, ext_seq, now_us);
    return packet != NULL && packet->len == (uint32_t)ext_seq;
}

TEST(finds_by_number_and_lets_go_by_number)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f, 16, 1000000));
    for (int64_t seq = 65530; seq < 65530 + 40; seq++) {
        REQUIRE(put(&f, seq, 0));
        CHECK(has(&f, seq, 0));
    }
    CHECK_INT(rtx_cache_count(f.cache), 16);
    CHECK_INT(pool_in_use(f.pool), 16);
    CHECK(has(&f, 65530 + 24, 0));
    CHECK(!has(&f, 65530 + 23, 0));
    CHECK(!has(&f, 65530 + 40, 0));
    CHECK(rtx_cache_is_past(f.cache, 65530 + 23));
    CHECK(!rtx_cache_is_past(f.cache, 65530 + 24));
    CHECK(!rtx_cache_is_past(f.cache, 65530 + 40));
out:
    tear_down(&f);
}

TEST(takes_late_packets_once)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f, 16, 1000000));
    REQUIRE(put(&f, 100, 0));
    REQUIRE(put(&f, 104, 0));
    REQUIRE(put(&f, 102, 0));
    REQUIRE(put(&f, 102, 0));
    CHECK_INT(rtx_cache_count(f.cache), 3);
    CHECK(has(&f, 102, 0));
    CHECK(!has(&f, 101, 0));
    REQUIRE(put(&f, 99, 0)); /* below all that is held, but not let go */
    CHECK(has(&f, 99, 0));
    CHECK_INT(rtx_cache_count(f.cache), 4);
    REQUIRE(put(&f, 120, 0));
    CHECK_INT(rtx_cache_count(f.cache), 1);
    REQUIRE(put(&f, 104, 0)); /* one ring behind */
    CHECK_INT(rtx_cache_count(f.cache), 1);
out:
    tear_down(&f);
}

TEST(gives_memory_back_by_age)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f, 64, 200000));
    CHECK_INT(rtx_cache_next_deadline(f.cache), INT64_MAX);
    for (int64_t i = 0; i < 10; i++) {
        REQUIRE(put(&f, 1000 + 2 * i, i * 20000));
    }
    CHECK_INT(rtx_cache_next_deadline(f.cache), 200000);
    CHECK(!has(&f, 1000, 200000)); /* too old, though still there */
    rtx_cache_timeout(f.cache, 199999);
    CHECK_INT(rtx_cache_count(f.cache), 10);
    rtx_cache_timeout(f.cache, 260000);
    CHECK_INT(rtx_cache_count(f.cache), 6);
    CHECK_INT(rtx_cache_next_deadline(f.cache), 280000);
    CHECK(has(&f, 1008, 260000));
    /* The next packet lets go too. */
    REQUIRE(put(&f, 1050, 1000000));
    CHECK_INT(rtx_cache_count(f.cache), 1);
    rtx_cache_timeout(f.cache, 2000000);
    CHECK_INT(rtx_cache_count(f.cache), 0);
    CHECK_INT(pool_in_use(f.pool), 0);
    CHECK_INT(rtx_cache_next_deadline(f.cache), INT64_MAX);
out:
    tear_down(&f);
}

TEST(lets_go_of_what_is_not_needed_any_more)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f, 64, 1000000));
    for (int64_t i = 0; i < 10; i++) {
        REQUIRE(put(&f, 1000 + i, i * 20000));
    }
    rtx_cache_let_go(f.cache, INT64_MIN);
    rtx_cache_let_go(f.cache, 0);
    CHECK_INT(rtx_cache_count(f.cache), 10);
    rtx_cache_let_go(f.cache, 80001);
    CHECK_INT(rtx_cache_count(f.cache), 5);
    CHECK(!has(&f, 1004, 180000));
    CHECK(rtx_cache_is_past(f.cache, 1004));
    REQUIRE(put(&f, 1003, 180000)); /* gone for good */
    CHECK_INT(rtx_cache_count(f.cache), 5);
    rtx_cache_timeout(f.cache, 1099999); /* the others stay as long as ever */
    CHECK_INT(rtx_cache_count(f.cache), 5);
    rtx_cache_timeout(f.cache, 1100000);
    CHECK_INT(rtx_cache_count(f.cache), 4);
    rtx_cache_let_go(f.cache, INT64_MAX);
    CHECK_INT(pool_in_use(f.pool), 0);
out:
    tear_down(&f);
}

TEST(survives_jumps_and_keeps_the_count)
{
    struct fixture f = {0};
    struct rand rand;
    rand_init(&rand, 11);
    REQUIRE_OK(set_up(&f, 32, 1000000));
    int64_t seq = 70000;
    for (int64_t i = 0; i < 20000; i++) {
        uint32_t what = rand_below(&rand, 100);
        seq += what == 0 ? 200000 : what < 10 ? rand_below(&rand, 40) : 1;
        REQUIRE(put(&f, seq - rand_below(&rand, 20), i * 1000));
        REQUIRE(put(&f, seq, i * 1000));
        CHECK(has(&f, seq, i * 1000));
        CHECK_INT(rtx_cache_count(f.cache), pool_in_use(f.pool));
    }
    rtx_cache_clear(f.cache);
    CHECK_INT(rtx_cache_count(f.cache), 0);
    REQUIRE(put(&f, seq, 0));
    CHECK(!has(&f, seq, 0)); /* cleared numbers do not come back */
    REQUIRE(put(&f, seq + 1, 0));
    CHECK(has(&f, seq + 1, 0));
out:
    tear_down(&f);
}

/** What is young enough and not too far behind is there, whatever comes, in whatever order. */
TEST(holds_all_that_it_should_while_the_ring_grows)
{
    enum { SLOTS = 64, SEQS = 4096, STEPS = 20000 };
    static int64_t taken_us[SEQS];
    static bool kept[SEQS]; /* neither too old since, nor let go */
    struct fixture f = {0};
    struct rand rand;
    rand_init(&rand, 12);
    int64_t newest = 70000;
    int64_t before_us = INT64_MIN;
    REQUIRE_OK(set_up(&f, SLOTS, 100000));
    for (int64_t now_us = 0; now_us < STEPS * INT64_C(1000); now_us += 1000) {
        uint32_t what = rand_below(&rand, 100);
        int64_t seq = newest + 1;
        if (what < 30) {
            seq = newest - rand_below(&rand, 20);
        } else if (what < 40) {
            seq += rand_below(&rand, what < 32 ? 300 : 10);
        } else if (what == 40) {
            before_us = now_us - (int64_t)rand_below(&rand, 99001);
            rtx_cache_let_go(f.cache, before_us);
        } else if (what == 41) {
            now_us += rand_below(&rand, 150000);
        }
        for (int64_t i = newest + 1; i <= seq; i++) {
            taken_us[i % SEQS] = INT64_MIN / 2;
            kept[i % SEQS] = false;
        }
        newest = seq > newest ? seq : newest;
        size_t before = rtx_cache_count(f.cache);
        bool there = has(&f, seq, now_us);
        rtx_cache_timeout(f.cache, now_us);
        REQUIRE(put(&f, seq, now_us));
        CHECK(rtx_cache_count(f.cache) <= before + 1);
        CHECK_INT(rtx_cache_count(f.cache), pool_in_use(f.pool));
        if (!there && has(&f, seq, now_us)) {
            taken_us[seq % SEQS] = now_us;
            kept[seq % SEQS] = true;
        }
        for (int64_t i = newest - 2 * SLOTS; i <= newest + 1; i++) {
            int64_t age_us = now_us - taken_us[i % SEQS];
            bool held = i <= newest && has(&f, i, now_us);
            kept[i % SEQS] = kept[i % SEQS] && age_us < 100000 && newest - i < SLOTS &&
                             taken_us[i % SEQS] >= before_us;
            CHECK(held || i > newest || !kept[i % SEQS]);
            CHECK(!held || (age_us < 100000 && newest - i < SLOTS));
        }
    }
out:
    tear_down(&f);
}

TEST(cache_refuses_sizes_that_are_no_power_of_two)
{
    struct rtx_cache *cache = NULL;
    CHECK_INT(rtx_cache_new(&cache, 100, 1), ERR_INVALID);
    CHECK_INT(rtx_cache_new(&cache, 0, 1), ERR_INVALID);
    CHECK_INT(rtx_cache_new(&cache, 64, 0), ERR_INVALID);
    rtx_cache_free(&cache);
}

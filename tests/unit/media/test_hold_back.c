#include "base/rand.h"
#include "media/hold_back.h"
#include "unit/runner.h"

enum { WAIT_US = 100000, MAX_OUT = 1024 };

struct fixture {
    struct pool *pool;
    struct hold_back *hold;
    uint32_t out[MAX_OUT]; /**< numbers that passed */
    size_t out_count;
    bool late[MAX_OUT];
};

static int set_up(struct fixture *f)
{
    int err = packet_pool_new(&f->pool, 512);
    return err != 0 ? err : hold_back_new(&f->hold);
}

static void tear_down(struct fixture *f)
{
    hold_back_free(&f->hold);
    if (f->pool != NULL) {
        CHECK_INT(pool_in_use(f->pool), 0);
        pool_free(&f->pool);
    }
}

static void out(struct fixture *f, uint32_t number, bool late)
{
    if (CHECK(f->out_count < MAX_OUT)) {
        f->late[f->out_count] = late;
        f->out[f->out_count++] = number;
    }
}

static void drain(struct fixture *f, int64_t wait_us, int64_t now_us)
{
    struct packet *packet;
    while ((packet = hold_back_poll(f->hold, wait_us, now_us)) != NULL) {
        out(f, packet->len, false);
        packet_unref(&packet);
    }
}

/** A packet comes. @return false without memory */
static bool put(struct fixture *f, int64_t ext_seq, int64_t now_us)
{
    struct packet *packet = packet_take(f->pool);
    if (packet == NULL) {
        return false;
    }
    packet->arrival_us = now_us;
    packet->len = (uint32_t)ext_seq;
    enum hold_back_verdict verdict = hold_back_receive(f->hold, ext_seq, packet);
    if (verdict != HOLD_BACK_HELD) {
        out(f, packet->len, verdict == HOLD_BACK_LATE);
    }
    packet_unref(&packet);
    drain(f, WAIT_US, now_us);
    return true;
}

static bool passed(const struct fixture *f, size_t n, uint32_t number)
{
    return n < f->out_count && f->out[n] == number;
}

TEST(packets_in_order_pass_at_once)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f));
    CHECK_INT(hold_back_passed(f.hold), -1);
    for (uint32_t i = 0; i < 300; i++) {
        REQUIRE(put(&f, 65500 + i, i));
        CHECK(passed(&f, i, 65500 + i));
        CHECK(hold_back_empty(f.hold));
        CHECK_INT(hold_back_passed(f.hold), 65500 + i);
    }
    CHECK_INT(hold_back_next_deadline(f.hold), INT64_MAX);
out:
    tear_down(&f);
}

TEST(what_is_behind_a_hole_waits_for_it)
{
    struct fixture f = {0};
    int64_t first = 0;
    int64_t end = 0;
    REQUIRE_OK(set_up(&f));
    REQUIRE(put(&f, 10, 0));
    CHECK(!hold_back_hole(f.hold, &first, &end));
    REQUIRE(put(&f, 13, 1000));
    REQUIRE(put(&f, 14, 2000));
    REQUIRE(put(&f, 16, 3000));
    CHECK_INT(f.out_count, 1);
    REQUIRE(hold_back_hole(f.hold, &first, &end));
    CHECK_INT(first, 11);
    CHECK_INT(end, 13);
    CHECK_INT(hold_back_next_deadline(f.hold), 1000 + WAIT_US);
    REQUIRE(put(&f, 12, 40000)); /* half of it */
    CHECK_INT(f.out_count, 1);
    CHECK_INT(hold_back_next_deadline(f.hold), 1000 + WAIT_US);
    REQUIRE(put(&f, 11, 50000));
    REQUIRE_INT(f.out_count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        CHECK(passed(&f, i, 10 + i));
        CHECK(!f.late[i]);
    }
    /* the second hole has its own time */
    CHECK_INT(hold_back_next_deadline(f.hold), 3000 + WAIT_US);
    REQUIRE(put(&f, 15, 60000));
    CHECK_INT(f.out_count, 7);
    CHECK(hold_back_empty(f.hold));
    CHECK_INT(hold_back_next_deadline(f.hold), INT64_MAX);
out:
    tear_down(&f);
}

TEST(a_hole_is_let_go_of_at_its_deadline)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f));
    REQUIRE(put(&f, 10, 0));
    REQUIRE(put(&f, 12, 1000));
    REQUIRE(put(&f, 14, 2000));
    drain(&f, WAIT_US, 1000 + WAIT_US - 1);
    CHECK_INT(f.out_count, 1);
    drain(&f, WAIT_US, 1000 + WAIT_US);
    CHECK_INT(f.out_count, 2);
    CHECK_INT(hold_back_passed(f.hold), 12);
    drain(&f, WAIT_US, 2000 + WAIT_US);
    CHECK_INT(f.out_count, 3);
    /* what comes now passes, and is late */
    REQUIRE(put(&f, 13, 3000 + WAIT_US));
    CHECK(passed(&f, 3, 13) && f.late[3]);
    CHECK_INT(hold_back_passed(f.hold), 14);
    REQUIRE(put(&f, 15, 4000 + WAIT_US));
    CHECK(passed(&f, 4, 15) && !f.late[4]);
out:
    tear_down(&f);
}

TEST(a_vain_hole_is_let_go_of_alone)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f));
    REQUIRE(put(&f, 10, 0));
    REQUIRE(put(&f, 12, 0));
    REQUIRE(put(&f, 14, 0));
    hold_back_let_go(f.hold);
    drain(&f, WAIT_US, 0);
    CHECK_INT(f.out_count, 2);
    drain(&f, 0, 0); /* not waiting at all lets everything go */
    CHECK_INT(f.out_count, 3);
    hold_back_let_go(f.hold); /* of nothing */
    CHECK(hold_back_empty(f.hold));
out:
    tear_down(&f);
}

TEST(a_hole_is_let_go_of_when_too_much_waits)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f));
    REQUIRE(put(&f, 10, 0));
    for (uint32_t i = 0; i < HOLD_BACK_PACKETS; i++) {
        REQUIRE(put(&f, 12 + i, 0));
    }
    CHECK_INT(f.out_count, 1);
    CHECK_INT(pool_in_use(f.pool), HOLD_BACK_PACKETS);
    REQUIRE(put(&f, 12 + HOLD_BACK_PACKETS, 0));
    CHECK_INT(f.out_count, 2 + HOLD_BACK_PACKETS);
    CHECK(passed(&f, 1, 12));
    /* also when the numbers have great gaps */
    REQUIRE(put(&f, 1 << 20, 0));
    REQUIRE(put(&f, 1 << 28, 0));
    CHECK_INT(f.out_count, 2 + HOLD_BACK_PACKETS);
out:
    tear_down(&f);
}

TEST(a_restart_forgets_all)
{
    struct fixture f = {0};
    REQUIRE_OK(set_up(&f));
    REQUIRE(put(&f, 100, 0));
    REQUIRE(put(&f, 102, 0));
    hold_back_reset(f.hold);
    CHECK_INT(pool_in_use(f.pool), 0);
    CHECK_INT(hold_back_next_deadline(f.hold), INT64_MAX);
    REQUIRE(put(&f, 50, 0));
    CHECK(passed(&f, 1, 50) && !f.late[1]);
    REQUIRE(put(&f, 52, 0)); /* freed with it */
out:
    tear_down(&f);
}

TEST(any_order_comes_out_in_order)
{
    struct fixture f = {0};
    struct rand rand;
    rand_init(&rand, 5);
    REQUIRE_OK(set_up(&f));
    REQUIRE(put(&f, 1000, 0));
    for (uint32_t block = 0; block < 32; block++) {
        uint32_t order[31];
        for (uint32_t i = 0; i < 31; i++) {
            uint32_t at = rand_below(&rand, i + 1);
            order[i] = order[at];
            order[at] = 1001 + block * 31 + i;
        }
        for (uint32_t i = 0; i < 31; i++) {
            REQUIRE(put(&f, order[i], 0));
        }
        CHECK(hold_back_empty(f.hold));
    }
    REQUIRE_INT(f.out_count, 1 + 32 * 31);
    for (uint32_t i = 0; i < f.out_count; i++) {
        CHECK(passed(&f, i, 1000 + i));
    }
out:
    tear_down(&f);
}

TEST(the_wait_has_room_for_some_tries)
{
    CHECK_INT(hold_back_wait_us(10000, 30000, 40000), 10000 + 160000 + HOLD_BACK_SLACK_US);
    CHECK_INT(hold_back_wait_us(0, 5000, 10000), HOLD_BACK_MIN_US);
    CHECK_INT(hold_back_wait_us(0, 100000, 200000), HOLD_BACK_MAX_US);
    /* slow paths: one try, when that helps at all */
    CHECK_INT(hold_back_wait_us(10000, 320000, 600000), 10000 + 400000 + HOLD_BACK_SLACK_US);
    CHECK_INT(hold_back_wait_us(10000, 400000, 600000), 10000);
    /* nobody to ask: only what is on its way */
    CHECK_INT(hold_back_wait_us(7000, INT64_MAX, INT64_MAX), 7000);
}

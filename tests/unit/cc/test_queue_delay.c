#include "relay/cc/queue_delay.h"
#include "unit/runner.h"

static struct queue_delay queue;
static int64_t now_us;

static void run(int64_t delay_us, int64_t ms)
{
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us; now_us += 50000) {
        queue_delay_add(&queue, delay_us, now_us);
    }
}

static void set_up(void)
{
    now_us = 1000000;
    queue_delay_init(&queue);
}

TEST(queue_is_what_exceeds_the_least_delay)
{
    set_up();
    run(-70000, 1000); /* clocks differ: the sign says nothing */
    CHECK_INT(queue.last_us, 0);
    run(30000, 1000);
    CHECK_INT(queue.last_us, 100000);
    CHECK(queue.smooth_us > 90000);
    run(-75000, 50);
    CHECK_INT(queue.last_us, 0);
}

TEST(base_is_forgotten_after_30_s)
{
    set_up();
    run(50000, 1000);
    run(90000, 28000);
    CHECK_INT(queue.last_us, 40000);
    run(90000, 3000);
    CHECK_INT(queue.last_us, 0);
}

TEST(base_can_be_moved_to_what_stands)
{
    set_up();
    run(50000, 5000);
    run(250000, 3000);
    CHECK_INT(queue.last_us, 200000);
    queue_delay_rebase(&queue);
    run(250000, 50);
    CHECK_INT(queue.last_us, 0);
}

TEST(leap_of_a_clock_is_no_queue)
{
    set_up();
    run(50000, 5000);
    run(50000 + 60000000, 50);
    CHECK_INT(queue.last_us, 0);
    run(-600000000, 50);
    CHECK_INT(queue.last_us, 0);
}

TEST(silence_forgets_the_queue_but_not_the_base)
{
    set_up();
    run(50000, 5000);
    run(2050000, 100);
    queue_delay_resume(&queue);
    CHECK_INT(queue.last_us, 0);
    run(70000, 50);
    CHECK_INT(queue.last_us, 20000);
}

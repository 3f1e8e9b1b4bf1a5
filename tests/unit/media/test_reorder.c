#include "media/reorder.h"
#include "unit/runner.h"

static struct reorder reorder;
static int64_t seq;
static int64_t clock_us;

static void start(void)
{
    reorder_init(&reorder);
    seq = 65536;
    clock_us = 0;
    reorder_receive(&reorder, seq, clock_us);
}

/** A packet is missing when the next one comes; late_us afterwards it comes by itself, 0 = never.
 */
static void hole(int64_t late_us)
{
    clock_us += 100000;
    seq += 2;
    reorder_receive(&reorder, seq, clock_us);
    if (late_us > 0) {
        reorder_receive(&reorder, seq - 1, clock_us + late_us);
    }
}

TEST(unknown_streams_get_the_default)
{
    start();
    CHECK_INT(reorder_tolerance_us(&reorder), REORDER_DEFAULT_US);
    for (size_t i = 1; i < REORDER_LEARNT; i++) {
        hole(0);
        CHECK_INT(reorder_tolerance_us(&reorder), REORDER_DEFAULT_US);
    }
}

TEST(pure_loss_is_asked_for_at_once)
{
    start();
    for (size_t i = 0; i < REORDER_LEARNT; i++) {
        hole(0);
    }
    CHECK_INT(reorder_tolerance_us(&reorder), 0);
    /* one late packet among many losses is not worth a delay of all repairs */
    for (size_t i = 0; i < 20; i++) {
        hole(0);
    }
    hole(15000);
    CHECK_INT(reorder_tolerance_us(&reorder), 0);
    hole(15000);
    CHECK_INT(reorder_tolerance_us(&reorder), 15000 + REORDER_MARGIN_US);
}

TEST(reordering_is_learnt_at_once_and_forgotten_slowly)
{
    start();
    hole(15000);
    CHECK_INT(reorder_tolerance_us(&reorder), 15000 + REORDER_MARGIN_US);
    for (size_t i = 0; i < REORDER_HOLES - 1; i++) {
        hole(4000);
    }
    /* one of 32 may be later than that */
    CHECK_INT(reorder_tolerance_us(&reorder), 4000 + REORDER_MARGIN_US);
    for (size_t i = 0; i < REORDER_HOLES; i++) {
        hole(0);
    }
    CHECK_INT(reorder_tolerance_us(&reorder), 0);
}

TEST(the_tolerance_is_bounded)
{
    start();
    for (size_t i = 0; i < 4; i++) {
        hole(REORDER_MAX_US);
    }
    CHECK_INT(reorder_tolerance_us(&reorder), REORDER_MAX_US);
    for (size_t i = 0; i < REORDER_HOLES; i++) {
        hole(REORDER_MAX_US + 1); /* that is a repair, or as good as lost */
    }
    CHECK_INT(reorder_tolerance_us(&reorder), 0);
}

TEST(a_wide_hole_counts_once_by_its_latest_packet)
{
    start();
    reorder_receive(&reorder, seq + 10, 0);
    reorder_receive(&reorder, seq + 3, 2000);
    reorder_receive(&reorder, seq + 9, 21000);
    reorder_receive(&reorder, seq + 5, 12000);
    CHECK_INT(reorder.count, 1);
    CHECK_INT(reorder_tolerance_us(&reorder), 21000 + REORDER_MARGIN_US);
}

TEST(a_new_life_keeps_what_was_learnt)
{
    start();
    hole(15000);
    reorder_reset(&reorder);
    reorder_receive(&reorder, 3 * 65536, clock_us);
    reorder_receive(&reorder, seq - 1, clock_us); /* of before: means nothing */
    CHECK_INT(reorder.count, 1);
    CHECK_INT(reorder_tolerance_us(&reorder), 15000 + REORDER_MARGIN_US);
}

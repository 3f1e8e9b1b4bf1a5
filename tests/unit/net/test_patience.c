#include "net/patience.h"
#include "unit/runner.h"

enum { SECOND_US = 1000000 };

/** Datagrams evenly over a second, each read when it comes, or at the next look. @return looks that
 * found something */
static int run(struct patience *patience, int64_t from_us, int64_t rate)
{
    size_t there = 0;
    int looks = 0;
    for (int64_t i = 0; i < rate; i++) {
        int64_t at_us = from_us + i * SECOND_US / rate;
        there++;
        if (!patience_waits(patience) || at_us >= patience_deadline(patience)) {
            patience_read(patience, there);
            (void)patience_turn(patience, PATIENCE_BEGIN, at_us);
            there = 0;
            looks++;
        }
    }
    return looks;
}

TEST(few_are_read_when_they_come)
{
    struct patience patience;
    patience_init(&patience, 0);
    CHECK_INT(run(&patience, 0, PATIENCE_BEGIN - 50), PATIENCE_BEGIN - 50);
    CHECK(!patience_waits(&patience));
    CHECK_INT(patience_deadline(&patience), INT64_MAX);
}

TEST(many_are_read_on_the_grid)
{
    struct patience patience;
    patience_init(&patience, 0);
    (void)run(&patience, 0, 2000);
    CHECK(patience_waits(&patience));
    CHECK_INT(patience_deadline(&patience) % GRID_US, 0);
    CHECK(run(&patience, SECOND_US, 2000) <= SECOND_US / GRID_US);
}

TEST(very_many_are_read_sooner)
{
    struct patience patience;
    patience_init(&patience, 0);
    (void)run(&patience, 0, 20000);
    CHECK(patience.wait_us * 20000 <= (int64_t)PATIENCE_DATAGRAMS * SECOND_US);
    CHECK(patience.wait_us >= GRID_US >> PATIENCE_HALVINGS);
}

TEST(patience_ends_below_where_it_begins)
{
    struct patience patience;
    patience_init(&patience, 0);
    (void)run(&patience, 0, 2000);
    (void)run(&patience, SECOND_US, PATIENCE_BEGIN * 3 / 4);
    CHECK(patience_waits(&patience));
    (void)run(&patience, 2 * SECOND_US, PATIENCE_BEGIN / 4);
    CHECK(!patience_waits(&patience));
}

TEST(a_turn_tells_when_it_changes)
{
    struct patience patience;
    patience_init(&patience, 0);
    patience_read(&patience, 400);
    CHECK(!patience_turn(&patience, PATIENCE_BEGIN, PATIENCE_WINDOW_US - 1));
    CHECK(patience_turn(&patience, PATIENCE_BEGIN, PATIENCE_WINDOW_US));
    CHECK(!patience_turn(&patience, PATIENCE_BEGIN, PATIENCE_WINDOW_US + 1));
    CHECK(patience_turn(&patience, PATIENCE_BEGIN, 2 * PATIENCE_WINDOW_US)); /* nothing came */
    CHECK(!patience_waits(&patience));
}

TEST(fewer_wait_where_there_are_turns_anyway)
{
    struct patience patience;
    patience_init(&patience, 0);
    patience_read(&patience, 10);
    CHECK(!patience_turn(&patience, PATIENCE_BEGIN, PATIENCE_WINDOW_US));
    patience_read(&patience, 10);
    CHECK(patience_turn(&patience, PATIENCE_BEGIN_MIXED, 2 * PATIENCE_WINDOW_US));
    CHECK(!patience_turn(&patience, PATIENCE_BEGIN_MIXED, 2 * PATIENCE_WINDOW_US + 1));
    patience_read(&patience, 10);
    CHECK(patience_turn(&patience, PATIENCE_BEGIN, 3 * PATIENCE_WINDOW_US)); /* no more turns */
}

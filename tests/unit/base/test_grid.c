#include "base/grid.h"
#include "unit/runner.h"

TEST(what_can_wait_is_met_on_the_grid)
{
    CHECK_INT(grid_up(0), 0);
    CHECK_INT(grid_up(1), GRID_US);
    CHECK_INT(grid_up(GRID_US), GRID_US);
    CHECK_INT(grid_up(INT64_MAX), INT64_MAX);
    CHECK_INT(grid_up(INT64_MAX - 1), INT64_MAX);
}

TEST(what_can_wait_is_met_with_what_comes_soon_after)
{
    CHECK_INT(grid_join(100, 100 + GRID_US), 100 + GRID_US);
    CHECK_INT(grid_join(100, 101 + GRID_US), 100);
    CHECK_INT(grid_join(100, 100), 100);
    CHECK_INT(grid_join(100, 50), 100);
    CHECK_INT(grid_join(100, INT64_MAX), 100);
    CHECK_INT(grid_join(INT64_MAX, 100), INT64_MAX);
    CHECK_INT(grid_join(INT64_MAX, INT64_MAX), INT64_MAX);
}

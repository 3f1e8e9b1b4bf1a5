#include "relay/cc/link_capacity.h"
#include "unit/runner.h"

TEST(capacity_remembers_where_the_link_was_full)
{
    struct link_capacity capacity;
    link_capacity_reset(&capacity);
    CHECK_INT(link_capacity_lower_bps(&capacity), 0);
    CHECK(link_capacity_upper_bps(&capacity) == UINT64_MAX);
    link_capacity_overuse(&capacity, 1000000);
    /* three times sqrt(0.4 * 1000) = 60 kbit/s */
    CHECK(link_capacity_lower_bps(&capacity) > 935000);
    CHECK(link_capacity_lower_bps(&capacity) < 945000);
    CHECK(link_capacity_upper_bps(&capacity) > 1055000);
    CHECK(link_capacity_upper_bps(&capacity) < 1065000);
    link_capacity_probe(&capacity, 2000000);
    CHECK(capacity.kbps > 1499 && capacity.kbps < 1501);
    for (int i = 0; i < 200; i++) {
        link_capacity_overuse(&capacity, i % 2 == 0 ? 1000000 : 3000000);
    }
    CHECK(capacity.deviation <= 2.5);
}

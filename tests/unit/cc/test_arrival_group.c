#include "relay/cc/arrival_group.h"
#include "unit/runner.h"

static struct arrival_group group;
static struct arrival_delta delta;

static bool add_ms(int64_t sent_ms, int64_t arrival_ms)
{
    return arrival_group_add(&group, sent_ms * 1000, arrival_ms * 1000, arrival_ms * 1000, &delta);
}

TEST(groups_compare_last_packets_of_whole_groups)
{
    arrival_group_init(&group);
    CHECK(!add_ms(0, 50));
    CHECK(!add_ms(4, 54));
    CHECK(!add_ms(33, 83));
    CHECK(!add_ms(38, 90)); /* same group: 5 ms after its first */
    CHECK(add_ms(66, 120));
    CHECK_INT(delta.sent_us, 34000);
    CHECK_INT(delta.arrived_us, 36000);
    CHECK_INT(delta.at_us, 90000);
}

TEST(groups_take_in_a_burst_of_arrivals)
{
    arrival_group_init(&group);
    (void)add_ms(0, 50);
    (void)add_ms(20, 90);
    CHECK(!add_ms(40, 91)); /* sent apart, came together: a link that slept */
    CHECK(!add_ms(60, 92));
    CHECK(add_ms(100, 150));
    CHECK_INT(delta.sent_us, 60000);
    CHECK_INT(delta.arrived_us, 42000);
}

TEST(groups_ignore_what_was_overtaken)
{
    arrival_group_init(&group);
    (void)add_ms(0, 50);
    (void)add_ms(30, 80);
    CHECK(!add_ms(10, 81));
    CHECK(add_ms(60, 110));
    CHECK_INT(delta.sent_us, 30000);
    CHECK_INT(delta.arrived_us, 30000);
}

TEST(groups_start_afresh_after_a_leap_of_the_clock)
{
    arrival_group_init(&group);
    for (int64_t i = 0; i < 5; i++) {
        (void)arrival_group_add(&group, i * 30000, i * 30000, i * 30000, &delta);
    }
    const int64_t leap_us = 10000000;
    (void)arrival_group_add(&group, 150000, leap_us + 150000, 150000, &delta);
    CHECK(!arrival_group_add(&group, 180000, leap_us + 180000, 180000, &delta));
    CHECK(!arrival_group_add(&group, 210000, leap_us + 210000, 210000, &delta));
    CHECK(arrival_group_add(&group, 240000, leap_us + 240000, 240000, &delta));
    CHECK_INT(delta.arrived_us, 30000);
}

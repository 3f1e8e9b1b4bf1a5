#include <string.h>

#include "load/impairment.h"
#include "unit/runner.h"

struct end {
    unsigned up;
    unsigned down;
    int64_t arrived_us;
    uint8_t first;
};

static const struct addr server = {.ip = {192, 0, 2, 1}, .port = 1000, .family = ADDR_IPV4};

static void on_up(void *owner, const struct addr *peer, const uint8_t *data, size_t len)
{
    struct end *end = owner;
    end->up += len == 4 && addr_equal(peer, &server);
    end->first = data[0];
}

static void on_down(void *owner, const struct addr *peer, uint8_t *data, size_t len,
                    int64_t arrived_us)
{
    struct end *end = owner;
    end->down += len == 4 && addr_equal(peer, &server);
    end->first = data[0];
    end->arrived_us = arrived_us;
}

TEST(datagrams_are_late_by_their_links_delay)
{
    struct turn *turn = NULL;
    struct impairment *impairment = NULL;
    struct end end = {0};
    uint64_t lost = 0;
    const struct link_config up = {.delay_us = 1000};
    const struct agent_impairment links = {.up = &up};
    const struct impairment_output output = {.up = on_up, .down = on_down, .owner = &end};
    uint8_t data[4] = {7};
    REQUIRE_OK(turn_new(&turn));
    REQUIRE_OK(impairment_new(&impairment, turn, &links, &output, &lost));
    int64_t now_us = turn_now_us(turn);
    impairment_down(impairment, &server, data, sizeof(data), 123);
    CHECK_INT(end.down, 1); /* that way nothing is bad */
    CHECK_INT(end.arrived_us, 123);
    impairment_up(impairment, &server, data, sizeof(data), now_us);
    CHECK_INT(end.up, 0);
    turn_run(turn, now_us + 3000);
    REQUIRE_INT(end.up, 1);
    CHECK_INT(end.first, 7);
    CHECK_INT(lost, 0);
out:
    impairment_free(&impairment);
    turn_free(&turn);
}

TEST(schedule_counts_from_the_begin_and_losses_are_counted)
{
    struct turn *turn = NULL;
    struct impairment *impairment = NULL;
    struct end end = {0};
    uint64_t lost = 0;
    const struct rate_step steps[] = {{0, 0}}; /* nothing passes, from the begin on */
    const struct link_config down = {
        .rate_bps = 1000000, .queue_bytes = 100, .schedule = steps, .schedule_count = 1};
    const struct agent_impairment links = {.down = &down};
    const struct impairment_output output = {.up = on_up, .down = on_down, .owner = &end};
    uint8_t data[4] = {7};
    REQUIRE_OK(turn_new(&turn));
    REQUIRE_OK(impairment_new(&impairment, turn, &links, &output, &lost));
    for (int i = 0; i < 3; i++) {
        impairment_down(impairment, &server, data, sizeof(data), turn_now_us(turn));
    }
    turn_run(turn, turn_clock_us() + 1000);
    CHECK_INT(end.down, 0);
    CHECK_INT(lost, 3);
out:
    impairment_free(&impairment);
    turn_free(&turn);
}

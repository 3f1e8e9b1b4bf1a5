/**
 * The simulated network against known answers: what is measured over it is worth no more than it
 * is.
 */
#include <stdlib.h>

#include "load/network.h"
#include "unit/runner.h"

enum { PAYLOAD = 1250 - NETWORK_OVERHEAD_BYTES }; /* 10,000 bits on the wire */

static const struct addr from = {.family = ADDR_IPV4, .port = 1};
static const struct addr to = {.family = ADDR_IPV4, .port = 2};

struct seen {
    struct network_passage last;
    uint64_t passed;
    uint64_t dropped;
    int64_t longest_us; /* queue */
};

static void watch(void *owner, const struct network_passage *passage)
{
    struct seen *seen = owner;
    seen->last = *passage;
    seen->passed += passage->fate == NETWORK_PASSED;
    seen->dropped += passage->fate != NETWORK_PASSED;
    if (passage->fate == NETWORK_PASSED && passage->queue_us > seen->longest_us) {
        seen->longest_us = passage->queue_us;
    }
}

static int make(struct network **network, const struct link_config *config, struct seen *seen)
{
    size_t link = 0;
    int err = network_new(network, 1);
    if (err == 0) {
        network_set_watch(*network, watch, seen);
        err = network_add_link(*network, config, &link);
    }
    return err;
}

static void send_one(struct network *network, size_t link, int64_t now_us)
{
    static const uint8_t data[PAYLOAD];
    network_send(network, link, &from, &to, data, sizeof(data), now_us);
}

TEST_NO_OOM(network_a_bottleneck_takes_its_time_for_each_packet)
{
    struct network *network = NULL;
    struct seen seen = {.passed = 0};
    const struct link_config config = {.rate_bps = 1000000, .queue_us = 100000, .delay_us = 20000};
    REQUIRE_OK(make(&network, &config, &seen));
    for (int64_t i = 0; i < 5; i++) {
        send_one(network, 0, 1000);
        CHECK_INT(seen.last.queue_us, i * 10000);
        CHECK_INT(seen.last.arrival_us, 1000 + (i + 1) * 10000 + 20000);
    }
    /* 30 ms later three of them are through, and the queue is shorter by so much */
    send_one(network, 0, 31000);
    CHECK_INT(seen.last.queue_us, 20000);
out:
    network_free(&network);
}

TEST_NO_OOM(network_a_queue_holds_its_time_at_the_rate)
{
    struct network *network = NULL;
    struct seen seen = {.passed = 0};
    const struct link_config config = {.rate_bps = 1000000, .queue_us = 100000};
    REQUIRE_OK(make(&network, &config, &seen));
    for (int64_t i = 0; i < 30; i++) {
        send_one(network, 0, 0);
    }
    CHECK_INT(seen.passed, 10);
    CHECK_INT(seen.dropped, 20);
    CHECK_INT(network_counts(network, 0)->queue_full, 20);
    CHECK_INT(seen.longest_us, 90000);
out:
    network_free(&network);
}

TEST_NO_OOM(network_a_schedule_changes_the_rate_under_the_queue)
{
    struct network *network = NULL;
    struct seen seen = {.passed = 0};
    static const struct rate_step steps[] = {{100000, 500000}, {200000, 0}, {300000, 2000000}};
    const struct link_config config = {
        .rate_bps = 1000000, .queue_us = 1000000, .schedule = steps, .schedule_count = 3};
    REQUIRE_OK(make(&network, &config, &seen));
    CHECK_INT(network_rate_bps(network, 0, 99999), 1000000);
    CHECK_INT(network_rate_bps(network, 0, 100000), 500000);
    CHECK_INT(network_rate_bps(network, 0, 250000), 0);
    CHECK_INT(network_rate_bps(network, 0, 900000), 2000000);
    for (int64_t i = 0; i < 10; i++) {
        send_one(network, 0, 0);
    }
    CHECK_INT(seen.last.arrival_us, 100000); /* 10 at 10 ms */
    send_one(network, 0, 0);
    CHECK_INT(seen.last.arrival_us, 120000); /* 20 ms from here on */
    for (int64_t i = 0; i < 4; i++) {
        send_one(network, 0, 0);
    }
    CHECK_INT(seen.last.arrival_us, 200000);
    send_one(network, 0, 0);
    CHECK_INT(seen.last.arrival_us, 305000); /* waits for the end of the outage */
out:
    network_free(&network);
}

TEST_NO_OOM(network_an_outage_holds_what_the_queue_holds)
{
    struct network *network = NULL;
    struct seen seen = {.passed = 0};
    static const struct rate_step steps[] = {{1000000, 0}, {4000000, 1000000}};
    const struct link_config config = {
        .rate_bps = 1000000, .queue_us = 100000, .schedule = steps, .schedule_count = 2};
    REQUIRE_OK(make(&network, &config, &seen));
    for (int64_t i = 0; i < 30; i++) {
        send_one(network, 0, 2000000);
    }
    CHECK_INT(seen.passed, 10);
    CHECK_INT(seen.last.fate, NETWORK_QUEUE_FULL);
    CHECK_INT(network_next_arrival(network), 4010000);
out:
    network_free(&network);
}

TEST_NO_OOM(network_flows_share_one_bottleneck)
{
    struct network *network = NULL;
    struct seen seen = {.passed = 0};
    size_t link = 0;
    const struct link_config narrow = {.rate_bps = 1000000, .queue_us = 300000};
    const struct link_config near = {.delay_us = 10000, .through = 1};
    const struct link_config far = {.delay_us = 50000, .through = 1};
    REQUIRE_OK(make(&network, &narrow, &seen));
    REQUIRE_OK(network_add_link(network, &near, &link));
    REQUIRE_INT(link, 1);
    REQUIRE_OK(network_add_link(network, &far, &link));
    send_one(network, 1, 0);
    CHECK_INT(seen.last.arrival_us, 20000);
    send_one(network, 2, 0);
    CHECK_INT(seen.last.queue_us, 10000);
    CHECK_INT(seen.last.arrival_us, 70000);
    send_one(network, 1, 0);
    CHECK_INT(seen.last.arrival_us, 40000);
    CHECK_INT(network_rate_bps(network, 2, 0), 1000000);
out:
    network_free(&network);
}

TEST_NO_OOM(network_stalls_fill_their_share_of_the_time_and_keep_the_order)
{
    struct network *network = NULL;
    struct seen seen = {.passed = 0};
    const struct link_config config = {
        .stall = 0.02, .stall_min_us = 60000, .stall_max_us = 120000, .delay_us = 15000};
    REQUIRE_OK(make(&network, &config, &seen));
    size_t late = 0;
    int64_t last_us = 0;
    int64_t longest_us = 0;
    for (int64_t i = 0; i < 100000; i++) {
        send_one(network, 0, i * 5000);
        int64_t more_us = seen.last.arrival_us - i * 5000 - 15000;
        late += more_us > 0;
        longest_us = more_us > longest_us ? more_us : longest_us;
        CHECK(seen.last.arrival_us >= last_us);
        last_us = seen.last.arrival_us;
        network_give_back(network, network_take(network, INT64_MAX));
    }
    CHECK(late > 1600 && late < 2400);
    CHECK(longest_us > 110000 && longest_us <= 120000);
out:
    network_free(&network);
}

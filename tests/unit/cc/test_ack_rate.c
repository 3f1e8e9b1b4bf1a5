#include "relay/cc/ack_rate.h"
#include "unit/runner.h"

static struct ack_rate rate;

static void add(int64_t sent_us, int64_t arrival_us, uint32_t bytes)
{
    struct acked_packet packet = {.sent_us = sent_us, .arrival_us = arrival_us, .bytes = bytes};
    ack_rate_add(&rate, &packet);
}

static bool near(uint64_t got, uint64_t want, uint64_t percent)
{
    return got >= want - want * percent / 100 && got <= want + want * percent / 100;
}

TEST(throughput_of_a_steady_stream)
{
    ack_rate_init(&rate);
    for (int64_t i = 0; i < 9; i++) {
        add(i * 10000, 50000 + i * 10000, 1250);
    }
    CHECK_INT(ack_rate_bps(&rate), 0);
    for (int64_t i = 9; i < 1000; i++) {
        add(i * 10000, 50000 + i * 10000, 1250);
    }
    CHECK(near(ack_rate_bps(&rate), 1000000, 1));
    ack_rate_deinit(&rate);
}

TEST(throughput_does_not_dip_in_a_stall)
{
    ack_rate_init(&rate);
    for (int64_t i = 0; i < 200; i++) {
        int64_t sent_us = i * 10000;
        /* what was sent in 150 ms of silence arrives at its end */
        int64_t arrival_us = sent_us >= 1800000 && sent_us < 1950000 ? 1950000 + i : sent_us;
        add(sent_us, arrival_us, 1250);
    }
    CHECK(near(ack_rate_bps(&rate), 1000000, 15));
    ack_rate_deinit(&rate);
}

TEST(throughput_is_never_more_than_was_sent)
{
    ack_rate_init(&rate);
    for (int64_t i = 0; i < 300; i++) {
        add(i * 10000, i * 10, 1250); /* told to have come a thousand times faster */
    }
    CHECK(near(ack_rate_bps(&rate), 1000000, 2));
    ack_rate_clear(&rate);
    for (int64_t i = 0; i < 300; i++) {
        add(i * 10000, 5, 1250);
    }
    CHECK(ack_rate_bps(&rate) <= 1010000);
    ack_rate_deinit(&rate);
}

TEST(throughput_with_arrivals_out_of_order)
{
    ack_rate_init(&rate);
    for (int64_t i = 0; i < 300; i++) {
        int64_t late_us = i % 5 == 0 ? 25000 : 0;
        add(i * 10000, 50000 + i * 10000 + late_us, 1250);
    }
    CHECK(near(ack_rate_bps(&rate), 1000000, 3));
    ack_rate_deinit(&rate);
}

TEST(busy_link_shows_its_own_rate)
{
    ack_rate_init(&rate);
    int64_t i = 0;
    for (; i < 100; i++) {
        add(i * 4000, 50000 + i * 4000, 1250); /* 2.5 Mbit/s */
    }
    CHECK_INT(ack_rate_busy_bps(&rate, 100000), 0);
    int64_t arrival_us = 50000 + i * 4000;
    for (int64_t n = 0; n < 24; n++) {
        arrival_us += 20000; /* 500 kbit/s from now on */
        add((i + n) * 4000, arrival_us, 1250);
    }
    CHECK(near(ack_rate_busy_bps(&rate, 100000), 500000, 1));
    ack_rate_deinit(&rate);
}

#include "base/rand.h"
#include "relay/cc/ack_rate.h"
#include "unit/runner.h"

static struct ack_rate rate;

static void add(int64_t sent_us, int64_t arrival_us, uint16_t bytes)
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

enum { MOST = 400 };

/** The same by looking at all packets of the window. */
static uint64_t by_all(const struct ack_rate *all)
{
    int64_t widest_us = 0;
    int64_t second_us = 0;
    int64_t first_us = INT64_MAX;
    int64_t last_us = INT64_MIN;
    int64_t before_us = 0;
    int64_t begin_us = 0;
    uint64_t received = 0;
    uint64_t sent = 0;
    uint64_t last = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        const struct acked_packet packet = ack_rate_at(all, i);
        int64_t gap_us = i == 0 ? 0 : packet.arrival_us - before_us;
        before_us = packet.arrival_us;
        begin_us = i == 0 ? packet.arrival_us : begin_us;
        received += i == 0 ? 0 : packet.bytes;
        second_us = gap_us > widest_us ? widest_us : gap_us > second_us ? gap_us : second_us;
        widest_us = gap_us > widest_us ? gap_us : widest_us;
        if (packet.sent_us >= all->forgotten_us) {
            sent += packet.bytes;
            first_us = packet.sent_us < first_us ? packet.sent_us : first_us;
            last = packet.sent_us >= last_us ? packet.bytes : last;
            last_us = packet.sent_us >= last_us ? packet.sent_us : last_us;
        }
    }
    if (first_us == INT64_MAX) {
        return 0;
    }
    int64_t come_us = before_us - begin_us - widest_us + second_us;
    int64_t gone_us = last_us - first_us;
    uint64_t come_bps = received * 8000000 / (uint64_t)(come_us < 1000 ? 1000 : come_us);
    uint64_t gone_bps = (sent - last) * 8000000 / (uint64_t)(gone_us < 1000 ? 1000 : gone_us);
    return come_bps < gone_bps ? come_bps : gone_bps;
}

TEST(throughput_is_that_of_all_packets_whatever_overtakes_what)
{
    struct rand rand;
    ack_rate_init(&rate);
    rand_init(&rand, 7);
    for (int64_t i = 0; i < 12 * MOST; i++) {
        bool wild = i / MOST % 3 == 1; /* and calm again: what was found out is forgotten */
        int64_t late_us = wild ? rand_below(&rand, 40000) : 0;
        int64_t early_us = wild ? rand_below(&rand, 40000) : 0;
        int64_t sent_us = i / 7 * 20000;
        int64_t stall_us = rand_below(&rand, 50) == 0 ? 15000 : 0;
        add(sent_us - early_us, 50000 + sent_us + late_us + stall_us,
            (uint16_t)(100 + rand_below(&rand, 1200)));
        if (i % 7 == 0 && rate.count >= 10) {
            REQUIRE(ack_rate_bps(&rate) == by_all(&rate));
        }
    }
out:
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

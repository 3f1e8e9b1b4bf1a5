#include "media/stream_meter.h"
#include "unit/runner.h"

enum { PACKET = 1000, FPS = 30 };

/** Seconds of T0 T2 T1 T2 at 30 frames a second, two packets each. */
static int64_t feed(struct stream_meter *meter, int64_t from_us, unsigned seconds, bool temporal)
{
    static const uint8_t tids[] = {0, 2, 1, 2};
    for (unsigned i = 0; i < FPS * seconds; i++) {
        int64_t now_us = from_us + (int64_t)i * 1000000 / FPS;
        uint8_t tid = temporal ? tids[i % 4] : 0;
        uint32_t timestamp = (uint32_t)(now_us * 9 / 100);
        stream_meter_receive(meter, tid, false, timestamp, PACKET, now_us);
        stream_meter_receive(meter, tid, false, timestamp, PACKET, now_us);
    }
    return from_us + (int64_t)seconds * 1000000;
}

static bool near(uint64_t got, uint64_t want)
{
    return got * 100 > want * 95 && got * 100 < want * 105;
}

TEST(meters_each_temporal_level)
{
    struct stream_meter meter;
    const uint64_t all = 8ULL * 2 * FPS * (PACKET + STREAM_METER_OVERHEAD_BYTES);
    stream_meter_init(&meter);
    CHECK(!stream_meter_ready(&meter));
    (void)feed(&meter, 1000000, 5, true);
    CHECK(stream_meter_ready(&meter));
    CHECK_INT(stream_meter_levels(&meter), 3);
    CHECK(near(stream_meter_bps(&meter, 0), all / 4));
    CHECK(near(stream_meter_bps(&meter, 1), all / 2));
    CHECK(near(stream_meter_bps(&meter, 2), all));
    CHECK_INT(stream_meter_fps(&meter, 0), 8);
    CHECK_INT(stream_meter_fps(&meter, 1), 15);
    CHECK_INT(stream_meter_fps(&meter, 2), 30);
    goto out;
out:;
}

TEST(a_keyframe_on_demand_is_no_rise)
{
    struct stream_meter meter;
    stream_meter_init(&meter);
    int64_t now_us = feed(&meter, 0, 5, false);
    uint64_t before = stream_meter_bps(&meter, 0);
    for (unsigned i = 0; i < 50; i++) {
        stream_meter_receive(&meter, 0, i == 0, (uint32_t)(now_us * 9 / 100), PACKET, now_us);
    }
    CHECK_INT(meter.keyframe_bytes, 50 * (PACKET + STREAM_METER_OVERHEAD_BYTES));
    now_us += 33333;
    now_us = feed(&meter, now_us, 1, false);
    uint64_t after = stream_meter_bps(&meter, 0);
    CHECK(after * 10 < before * 14);
    (void)feed(&meter, now_us, 8, false);
    CHECK(near(stream_meter_bps(&meter, 0), before));
    goto out;
out:;
}

TEST(a_stream_that_rests_keeps_its_rates)
{
    struct stream_meter meter;
    stream_meter_init(&meter);
    int64_t now_us = feed(&meter, 0, 5, true);
    uint64_t before = stream_meter_bps(&meter, 2);
    CHECK_INT(stream_meter_bps(&meter, 2), before);
    (void)feed(&meter, now_us + 60000000, 1, true);
    CHECK(near(stream_meter_bps(&meter, 2), before));
    CHECK_INT(stream_meter_levels(&meter), 3);
    goto out;
out:;
}

TEST(a_level_that_ends_is_not_in_use)
{
    struct stream_meter meter;
    stream_meter_init(&meter);
    int64_t now_us = feed(&meter, 0, 5, true);
    (void)feed(&meter, now_us, 12, false);
    CHECK_INT(stream_meter_levels(&meter), 1);
    CHECK_INT(stream_meter_fps(&meter, 0), 30);
    goto out;
out:;
}

TEST(late_packets_count_for_bits_not_for_pictures)
{
    struct stream_meter meter;
    stream_meter_init(&meter);
    for (unsigned i = 0; i < 300; i++) {
        uint32_t at = i % 3 == 2 && i > 3 ? i - 1 : i % 3 == 1 ? i + 1 : i;
        stream_meter_receive(&meter, 0, false, at * 3000, PACKET, (int64_t)i * 33333);
    }
    CHECK(stream_meter_fps(&meter, 0) <= 30);
    CHECK(near(stream_meter_bps(&meter, 0), 8ULL * 30 * (PACKET + STREAM_METER_OVERHEAD_BYTES)));
    goto out;
out:;
}

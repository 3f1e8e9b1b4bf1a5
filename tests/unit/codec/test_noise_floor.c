#include <math.h>

#include "codec/noise_floor.h"
#include "unit/runner.h"

static void hear(struct noise_floor *floor, float power, int frames)
{
    for (int i = 0; i < frames; i++) {
        noise_floor_add(floor, power);
    }
}

TEST(noise_floor_is_the_least_of_three_seconds)
{
    struct noise_floor floor;
    noise_floor_init(&floor);
    CHECK(noise_floor_power(&floor) == 0);
    CHECK(!noise_floor_exceeded(&floor, 1));
    hear(&floor, 1e-6F, 20);
    CHECK(fabsf(noise_floor_power(&floor) - 1e-6F) < 1e-8F);
    hear(&floor, 1e-3F, 20);
    CHECK(noise_floor_exceeded(&floor, 1e-3F));
    CHECK(!noise_floor_exceeded(&floor, 0.9e-5F));
    hear(&floor, 1e-3F, 50); /* a fan was turned on */
    CHECK(!noise_floor_exceeded(&floor, 1e-3F));
    CHECK(fabsf(noise_floor_power(&floor) - 1e-6F) < 1e-8F);
    hear(&floor, 1e-3F, 90);
    CHECK(noise_floor_power(&floor) > 0.9e-3F);
    CHECK(!noise_floor_exceeded(&floor, 2e-3F));
    hear(&floor, 1e-5F, 15); /* and off */
    CHECK(noise_floor_power(&floor) < 2e-5F);
    goto out;
out:
    return;
}

TEST(noise_floor_passes_over_digital_silence)
{
    struct noise_floor floor;
    noise_floor_init(&floor);
    hear(&floor, 0, 100);
    CHECK(!floor.known);
    hear(&floor, 1e-4F, 200);
    hear(&floor, 0, 300);
    CHECK(!noise_floor_exceeded(&floor, 2e-4F));
    CHECK(noise_floor_exceeded(&floor, 2e-3F));
    goto out;
out:
    return;
}

/** Whispers below -50 dBFS are noise, however quiet the room. */
TEST(noise_floor_needs_some_loudness)
{
    struct noise_floor floor;
    noise_floor_init(&floor);
    hear(&floor, 1e-8F, 200);
    CHECK(!noise_floor_exceeded(&floor, 0.9e-5F));
    CHECK(noise_floor_exceeded(&floor, 1.1e-5F));
    goto out;
out:
    return;
}

#include "relay/media/playout_phase.h"
#include "unit/runner.h"

enum { LEAST_US = 6000, SLACK_US = 5000, PLENTY_US = 10000000 };

/** Packets of `samples`, one of them beginning at 96000, with no transit time at all. */
static struct playout_phase phase_of(uint16_t samples)
{
    return (struct playout_phase){.boundary = 96000, .samples = samples};
}

static int64_t adjustment(const struct playout_phase *phase, int64_t position, int64_t late_us,
                          int64_t spare_us)
{
    return playout_adjustment(phase, position, playout_us(position) + late_us, LEAST_US, SLACK_US,
                              spare_us);
}

/** The packet that a frame needs last: of 20 ms and more the one that begins in it, of shorter ones
 * the last that does. */
TEST(playout_phase_knows_the_lead)
{
    struct playout_phase phase = phase_of(960);
    CHECK_INT(playout_lead_us(&phase, 48000, 1030000), 30000);
    CHECK_INT(playout_lead_us(&phase, 48000 - 480, 1030000), 30000);
    CHECK_INT(playout_lead_us(&phase, 48000 + 480, 1030000), 10000);
    phase = phase_of(480);
    CHECK_INT(playout_lead_us(&phase, 48000, 1030000), 20000);
    phase = phase_of(120);
    CHECK_INT(playout_lead_us(&phase, 48000, 1030000), 12500);
    phase = phase_of(2880);
    CHECK_INT(playout_lead_us(&phase, 48000, 1030000), 30000);
    phase.base_us = -7000;
    CHECK_INT(playout_lead_us(&phase, 48000, 1030000), 37000);
    goto out;
out:;
}

TEST(playout_phase_leaves_a_good_lead_alone)
{
    for (uint16_t samples = 120; samples <= 5760; samples = (uint16_t)(2 * samples)) {
        struct playout_phase phase = phase_of(samples);
        int64_t grid_us = playout_us(samples < 960 ? samples : 960);
        CHECK_INT(adjustment(&phase, 96000, 20000 - grid_us + LEAST_US, PLENTY_US), 0);
        CHECK_INT(adjustment(&phase, 96000, 20000 + LEAST_US + SLACK_US - 1000, PLENTY_US), 0);
    }
    goto out;
out:;
}

/** A frame that begins inside a packet could begin with the next one at no cost. */
TEST(playout_phase_takes_what_is_free)
{
    struct playout_phase phase = phase_of(960);
    CHECK_INT(adjustment(&phase, 96000 - 100, LEAST_US + 5000, 0), 100);
    CHECK_INT(adjustment(&phase, 96000 + 100, LEAST_US + 20000, 0), 860);
    phase = phase_of(240);
    CHECK_INT(adjustment(&phase, 96000 - 100, LEAST_US + 20000, 0), 100);
    goto out;
out:;
}

/** As the owner likes it: a little before packets begin, which costs no lead. */
TEST(playout_phase_may_stand_before_packets)
{
    struct playout_phase phase = phase_of(960);
    phase.early = 48;
    CHECK_INT(playout_lead_us(&phase, 96000 - 48, 2020000), 20000);
    CHECK_INT(adjustment(&phase, 96000 - 48, LEAST_US + 5000, 0), 0);
    CHECK_INT(adjustment(&phase, 96000 - 100, LEAST_US + 5000, 0), 52);
    CHECK_INT(adjustment(&phase, 96000, LEAST_US + 5000, 0), -48);
    CHECK_INT(adjustment(&phase, 96000 + 100, LEAST_US + 20000, 0), 812);
    CHECK_INT(adjustment(&phase, 96000 - 48, LEAST_US - 2000, PLENTY_US), -960);
    phase.samples = 120;
    CHECK_INT(adjustment(&phase, 96000 - 100, LEAST_US + 20000, 0), 52);
    goto out;
out:;
}

TEST(playout_phase_goes_by_whole_packets)
{
    struct playout_phase phase = phase_of(960);
    CHECK_INT(adjustment(&phase, 96000, LEAST_US + SLACK_US + 40000, PLENTY_US), 1920);
    CHECK_INT(adjustment(&phase, 96000, LEAST_US + SLACK_US + 40000, 39000), 960);
    CHECK_INT(adjustment(&phase, 96000, LEAST_US + SLACK_US + 40000, -1), 0);
    CHECK_INT(adjustment(&phase, 96000, LEAST_US - 1000, PLENTY_US), -960);
    CHECK_INT(adjustment(&phase, 96000, LEAST_US - 21000, PLENTY_US), -1920);
    CHECK_INT(adjustment(&phase, 96000 - 100, LEAST_US - 1000, PLENTY_US), 100 - 960);
    phase = phase_of(480);
    CHECK_INT(adjustment(&phase, 96000, 10000 + LEAST_US - 1000, PLENTY_US), -480);
    goto out;
out:;
}

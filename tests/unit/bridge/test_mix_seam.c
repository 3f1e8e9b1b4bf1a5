#include "relay/bridge/mix_seam.h"
#include "unit/runner.h"

TEST(mix_seam_cuts_where_packets_can_be_cut)
{
    static const struct {
        int32_t samples;
        uint16_t cut;
    } rows[] = {
        {-960, 0},  {0, 0},     {59, 0},    {60, 120},  {120, 120},  {179, 120},
        {180, 240}, {899, 840}, {900, 960}, {960, 960}, {1020, 960}, {1021, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT(mix_seam_round(rows[i].samples), rows[i].cut);
    }
    /* voices stand so that nothing is rounded */
    CHECK_INT((MIX_LATENESS + MIX_EARLY) % AUDIO_ENCODER_STEP, 0);
    goto out;
out:;
}

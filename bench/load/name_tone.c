#include "load/name_tone.h"

#include <math.h>
#include <stddef.h>

#include "codec/pcm.h"

enum {
    LEAST_HZ = 5200,
    STRIDE = 29, /* has no factor in common with NAME_TONES */
    RAMP = PCM_FRAME / 2,
    PERIOD = PCM_HZ / NAME_TONE_STEP_HZ /* all tones are back where they began after so long */
};

double name_tone_hz(unsigned tone)
{
    return LEAST_HZ + NAME_TONE_STEP_HZ * (double)(tone * STRIDE % NAME_TONES);
}

/* A packet is as long as the period, so that each packet has the same tone. */
_Static_assert(PCM_FRAME % PERIOD == 0, "a tone goes on from packet to packet");

void name_tone_add(unsigned tone, bool before, bool now, float pcm[static PCM_FRAME])
{
    double step = 2 * M_PI * name_tone_hz(tone) / PCM_HZ;
    double gain = pow(10, NAME_TONE_DBFS / 20.0);
    if (!before && !now) {
        return;
    }
    for (size_t i = 0; i < PCM_FRAME; i++) {
        double into = i < RAMP ? (double)i / RAMP : 1;
        double share = (before ? 1 - into : 0) + (now ? into : 0);
        pcm[i] += (float)(gain * share * sin(step * (double)i));
    }
}

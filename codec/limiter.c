#include "codec/limiter.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "codec/mix_ops.h"

/* Release: 100 ms for all but the last steps, which are taken evenly so that they end. */
#define RELEASE_PER_SAMPLE (1.0F / (100 * PCM_MS))
#define RELEASE_MIN        4e-6F
#define LEAST_GAIN         (1.0F / 256) /* keeps the sum of gains exact */

void limiter_init(struct limiter *limiter)
{
    *limiter = (struct limiter){.sum = LIMITER_WINDOW, .released = 1};
    for (size_t i = 0; i < LIMITER_WINDOW; i++) {
        limiter->gains[i] = 1;
    }
}

/** Nothing has been above the ceiling for so long that all is as it was. */
static bool idle(const struct limiter *limiter)
{
    return limiter->released == 1 && limiter->sum == LIMITER_WINDOW;
}

static struct limiter_need *needed(struct limiter *limiter, uint32_t index)
{
    return &limiter->queue[(limiter->first + index) % LIMITER_WINDOW];
}

/** The least gain that any sample of the window needs, the newest one included. */
static float least_gain(struct limiter *limiter, float sample)
{
    float size = fabsf(sample);
    if (limiter->queued > 0 && limiter->at - needed(limiter, 0)->at >= LIMITER_WINDOW) {
        limiter->first = (limiter->first + 1) % LIMITER_WINDOW;
        limiter->queued--;
    }
    if (size > LIMITER_CEILING) {
        float gain = fmaxf(LIMITER_CEILING / size, LEAST_GAIN);
        while (limiter->queued > 0 && needed(limiter, limiter->queued - 1)->gain >= gain) {
            limiter->queued--;
        }
        *needed(limiter, limiter->queued) = (struct limiter_need){.gain = gain, .at = limiter->at};
        limiter->queued++;
    }
    limiter->at++;
    return limiter->queued > 0 ? needed(limiter, 0)->gain : 1;
}

/** The gain for the sample that leaves when this one comes. */
static float next_gain(struct limiter *limiter, float sample)
{
    float least = least_gain(limiter, sample);
    float release = (1 - limiter->released) * RELEASE_PER_SAMPLE;
    float released = limiter->released + fmaxf(release, RELEASE_MIN);
    limiter->released = fminf(released, least);
    limiter->sum += (double)limiter->released - (double)limiter->gains[limiter->next];
    limiter->gains[limiter->next] = limiter->released;
    limiter->next = (limiter->next + 1) % LIMITER_WINDOW;
    return (float)(limiter->sum / LIMITER_WINDOW);
}

void limiter_run(struct limiter *limiter, const float *in, float *out)
{
    float line[LIMITER_DELAY + PCM_FRAME];
    memcpy(line, limiter->delayed, sizeof(limiter->delayed));
    memcpy(line + LIMITER_DELAY, in, PCM_FRAME * sizeof(*in));
    memcpy(limiter->delayed, line + PCM_FRAME, sizeof(limiter->delayed));
    if (idle(limiter) && mix_ops()->peak(in, PCM_FRAME) <= LIMITER_CEILING) {
        memcpy(out, line, PCM_FRAME * sizeof(*out));
        return;
    }
    for (size_t i = 0; i < PCM_FRAME; i++) {
        float limited = line[i] * next_gain(limiter, line[LIMITER_DELAY + i]);
        /* only rounding is left to be cut off */
        out[i] = fmaxf(-LIMITER_CEILING, fminf(LIMITER_CEILING, limited));
    }
}

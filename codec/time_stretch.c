#include "codec/time_stretch.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum {
    OVERLAP = 5 * PCM_MS,         /**< length of a cross-fade, and of what is compared */
    LEAST_LAG = 5 * PCM_MS / 2,   /**< 400 Hz: the highest voice */
    MOST_LAG = 15 * PCM_MS,       /**< 66 Hz: the lowest */
    HISTORY = MOST_LAG + OVERLAP, /**< played sound kept */
    CAPACITY = HISTORY + TIME_STRETCH_LOOK + PCM_MAX_SAMPLES,
    COARSE = 8, /**< lags and samples between those of the first search */
    LONG_DUE = 3 * MOST_LAG,
    SILENT_CUT = PCM_FRAME /**< most that goes out of silence at once */
};

/** Mean square of -60 dBFS: what is below goes unheard whatever is done to it. */
static const float silence = 1e-6F;
/** Likeness of two places that may be joined; less only for those who have waited long. */
static const float alike_enough = 0.5F;

struct time_stretch {
    size_t read; /**< first sample not played; HISTORY of them are kept before */
    size_t write;
    float pcm[CAPACITY];
};

int time_stretch_new(struct time_stretch **out)
{
    struct time_stretch *stretch = calloc(1, sizeof(*stretch));
    if (stretch == NULL) {
        return ERR_NO_MEMORY;
    }
    time_stretch_reset(stretch);
    *out = stretch;
    return 0;
}

void time_stretch_reset(struct time_stretch *stretch)
{
    memset(stretch, 0, sizeof(*stretch));
    stretch->read = HISTORY;
    stretch->write = HISTORY;
}

/** Brings what is to be kept to the front. */
static void settle(struct time_stretch *stretch)
{
    size_t from = stretch->read - HISTORY;
    memmove(stretch->pcm, &stretch->pcm[from], (stretch->write - from) * sizeof(stretch->pcm[0]));
    stretch->read -= from;
    stretch->write -= from;
}

void time_stretch_push(struct time_stretch *stretch, const float *pcm, size_t count)
{
    assert(count <= time_stretch_room(stretch));
    if (stretch->write + count > CAPACITY) {
        settle(stretch);
    }
    memcpy(&stretch->pcm[stretch->write], pcm, count * sizeof(*pcm));
    stretch->write += count;
}

size_t time_stretch_room(const struct time_stretch *stretch)
{
    return CAPACITY - HISTORY - time_stretch_pending(stretch);
}

size_t time_stretch_pending(const struct time_stretch *stretch)
{
    return stretch->write - stretch->read;
}

static float energy(const float *pcm, size_t count)
{
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += pcm[i] * pcm[i];
    }
    return sum / (float)count;
}

/** Normalized correlation of two stretches of OVERLAP samples, looking at each step-th. */
static float likeness(const float *a, const float *b, size_t step)
{
    float ab = 0;
    float aa = 1e-9F;
    float bb = 1e-9F;
    for (size_t i = 0; i < OVERLAP; i += step) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / sqrtf(aa * bb);
}

struct match {
    size_t lag;
    float likeness;
};

/** The lag, LEAST_LAG..most, at which the sound `sign` of it away is most like that at `at`. */
static struct match search(const float *at, int sign, size_t most)
{
    struct match best = {.lag = LEAST_LAG, .likeness = -1};
    for (size_t lag = LEAST_LAG; lag <= most; lag += COARSE) {
        float alike = likeness(at, at + sign * (ptrdiff_t)lag, COARSE);
        if (alike > best.likeness) {
            best = (struct match){.lag = lag, .likeness = alike};
        }
    }
    size_t from = best.lag >= LEAST_LAG + COARSE ? best.lag - COARSE + 1 : LEAST_LAG;
    size_t to = best.lag + COARSE - 1 < most ? best.lag + COARSE - 1 : most;
    best.likeness = -1;
    for (size_t lag = from; lag <= to; lag++) {
        float alike = likeness(at, at + sign * (ptrdiff_t)lag, 2);
        if (alike > best.likeness) {
            best = (struct match){.lag = lag, .likeness = alike};
        }
    }
    return best;
}

/** Goes over from one sound to another; all three may overlap. */
static void cross_fade(float *out, const float *from, const float *to)
{
    float joint[OVERLAP];
    for (size_t i = 0; i < OVERLAP; i++) {
        float at = ((float)i + 0.5F) / OVERLAP;
        float part = at * at * (3 - 2 * at);
        joint[i] = from[i] + (to[i] - from[i]) * part;
    }
    memcpy(out, joint, sizeof(joint));
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/** Least likeness that is taken; a change long due takes what it gets. */
static float enough(size_t due)
{
    return due >= LONG_DUE ? -1 : alike_enough;
}

/** Takes sound out right at the front. @return samples */
static size_t take_out(struct time_stretch *stretch, size_t most, size_t due)
{
    size_t pending = time_stretch_pending(stretch);
    size_t ahead = pending > PCM_FRAME ? pending - PCM_FRAME : 0;
    most = least(most, ahead);
    if (most == 0) {
        return 0;
    }
    float *at = &stretch->pcm[stretch->read];
    if (energy(at, PCM_FRAME) < silence) {
        size_t cut = least(most, SILENT_CUT);
        if (energy(at + cut, PCM_FRAME) < silence) {
            cross_fade(at + cut, at, at + cut);
            stretch->read += cut;
            return cut;
        }
    }
    most = least(least(most, MOST_LAG), due);
    if (most < LEAST_LAG) {
        return 0;
    }
    struct match match = search(at, 1, most);
    if (match.likeness < enough(due)) {
        return 0;
    }
    cross_fade(at + match.lag, at, at + match.lag);
    stretch->read += match.lag;
    return match.lag;
}

/** Plays the last period again. @return samples */
static size_t put_in(struct time_stretch *stretch, size_t most, size_t due)
{
    if (time_stretch_pending(stretch) < OVERLAP) {
        return 0;
    }
    float *at = &stretch->pcm[stretch->read];
    size_t lag = least(least(most, MOST_LAG), due);
    bool silent = energy(at - MOST_LAG, MOST_LAG + OVERLAP) < silence;
    if (silent) {
        lag = least(most, MOST_LAG);
    } else if (lag >= LEAST_LAG) {
        struct match match = search(at, -1, lag);
        lag = match.likeness < enough(due) ? 0 : match.lag;
    } else {
        lag = 0;
    }
    if (lag > 0) {
        cross_fade(at - lag, at, at - lag);
        stretch->read -= lag;
    }
    return lag;
}

int32_t time_stretch_pull(struct time_stretch *stretch, int32_t adjust, int32_t urgent,
                          float out[PCM_FRAME])
{
    int32_t adjusted = 0;
    size_t due = urgent > 0 ? (size_t)urgent : 0;
    if (adjust > 0) {
        adjusted = (int32_t)take_out(stretch, (size_t)adjust, due);
    } else if (adjust < 0) {
        adjusted = -(int32_t)put_in(stretch, (size_t) - (int64_t)adjust, due);
    }
    size_t count = least(time_stretch_pending(stretch), PCM_FRAME);
    memcpy(out, &stretch->pcm[stretch->read], count * sizeof(*out));
    memset(out + count, 0, (PCM_FRAME - count) * sizeof(*out));
    stretch->read += count;
    return adjusted;
}

void time_stretch_free(struct time_stretch **stretch)
{
    free(*stretch);
    *stretch = NULL;
}

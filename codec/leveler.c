#include "codec/leveler.h"

#include <math.h>

#include "codec/mix_ops.h"

#define STEP_DB (3.0F / 50) /* of a frame */

#define MOST_ABOVE 10.0F   /* a frame counts as so many times the mean: a cough is no voice */
#define BELOW      0.025F  /* quieter than 16 dB below the mean are edges of words (ITU-T P.56) */
#define LET_DOWN   0.9977F /* by 0.5 dB/s, so that a talker who went far away is found again */

enum { MEMORY_FRAMES = 150 };

static float decibel(float power)
{
    return 10 * log10f(power);
}

void leveler_init(struct leveler *leveler)
{
    *leveler = (struct leveler){.gain_db = 0};
    noise_floor_init(&leveler->floor);
}

bool leveler_knows(const struct leveler *leveler)
{
    return leveler->speech_frames >= LEVELER_WARM_FRAMES;
}

static void measure(struct leveler *leveler, float power)
{
    if (leveler_knows(leveler)) {
        if (power < BELOW * leveler->loudness) {
            leveler->loudness *= LET_DOWN;
            return;
        }
        power = fminf(power, MOST_ABOVE * leveler->loudness);
    }
    if (leveler->speech_frames < MEMORY_FRAMES) {
        leveler->speech_frames++;
    }
    leveler->loudness += (power - leveler->loudness) / (float)leveler->speech_frames;
}

float leveler_common_db(float sum_db, size_t count)
{
    float mean_db = count > 0 ? sum_db / (float)count : LEVELER_LOWEST_DB;
    return fmaxf(LEVELER_LOWEST_DB, fminf(LEVELER_HIGHEST_DB, mean_db));
}

static float wanted_db(const struct leveler *leveler, float aim_db)
{
    float most = fmaxf(0, LEVELER_NOISE_DB - decibel(noise_floor_power(&leveler->floor)));
    float wanted = aim_db - leveler->loudness_db;
    wanted = fmaxf(-LEVELER_RANGE_DB, fminf(LEVELER_RANGE_DB, wanted));
    return fminf(wanted, most);
}

static void move(struct leveler *leveler, float aim_db)
{
    float off = wanted_db(leveler, aim_db) - leveler->gain_db;
    leveler->moving = leveler->moving || fabsf(off) > LEVELER_SLACK_DB;
    if (!leveler->moving) {
        return;
    }
    leveler->gain_db += fmaxf(-STEP_DB, fminf(STEP_DB, off));
    /* the first measure is a rough one: it goes on following it */
    leveler->moving = fabsf(off) > STEP_DB || leveler->speech_frames < MEMORY_FRAMES;
}

float leveler_run(struct leveler *leveler, const float *pcm, float aim_db)
{
    float power = mix_ops()->energy(pcm, PCM_FRAME) / PCM_FRAME;
    noise_floor_add(&leveler->floor, power);
    if (noise_floor_exceeded(&leveler->floor, power)) {
        measure(leveler, power);
        leveler->loudness_db = decibel(leveler->loudness);
        if (leveler_knows(leveler)) {
            move(leveler, aim_db);
        }
    }
    return powf(10, leveler->gain_db / 20);
}

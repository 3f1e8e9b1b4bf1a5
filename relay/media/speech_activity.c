#include "media/speech_activity.h"

enum {
    LOUDNESS_MAX = 127,
    NOISE_MARGIN = 10,    /* so much above the noise is sound: ceil(127 / 13) */
    UNIT = 10,            /* of loudness, in one step of an immediate */
    HIGH_IMMEDIATE = 7,   /* more is speech */
    FULL_BLOCK = 5,       /* active samples of a block that counts for the long score: > 4 */
    MOSTLY = 3,           /* active samples of a block that is mostly speech */
    VOICED_MIN = 67,      /* louder than -60 dBov: less is nothing that anybody misses */
    FLOOR_SAMPLES = 750,  /* the noise floor may rise each 15 s */
    STRETCH_SAMPLES = 75, /* an even sound of one to two such stretches (1.5..3 s) is noise */
    GAP_SAMPLES = 6,      /* a hole of up to 120 ms is a long packet or a loss, no silence */
    FIRST_SAMPLE = 64,    /* so that no number is negative */
    AHEAD_SAMPLES = 500,  /* a timestamp so far before its time begins a new life */
    BEHIND_SAMPLES = 150  /* or so far behind it */
};

/** Packets come each 10 to 120 ms, and in bursts over Wi-Fi; longer silence is one. */
static const int64_t idle_us = 100000;

void speech_activity_init(struct speech_activity *activity, uint32_t clock_rate)
{
    *activity = (struct speech_activity){.arrival_us = INT64_MIN,
                                         .sample_ticks = clock_rate < 50 ? 1 : clock_rate / 50};
}

/* ln max(1e-10, ln C(n, k) + n ln 0.5 - ln lambda + lambda k) */

double speech_score_immediate(unsigned k)
{
    static const double scores[] = {-23.0259, -23.0259, -23.0259, -23.0259, -0.0728,
                                    0.8319,   1.2135,   1.4220,   1.5342,   1.5748,
                                    1.5462,   1.4289,   1.1514,   0.3203}; /* n 13, lambda 0.78 */
    return scores[k < 13 ? k : 13];
}

double speech_score_medium(unsigned k)
{
    static const double scores[] = {-23.0259, 2.9426, 3.7764,
                                    4.2145,   4.5105, 4.7305}; /* n 5, lambda 24 */
    return scores[k < 5 ? k : 5];
}

double speech_score_longer(unsigned k)
{
    static const double scores[] = {-23.0259, 3.6512, 4.4662, 4.9053, 5.2071, 5.4370,
                                    5.6224,   5.7777, 5.9109, 6.0271, 6.1295}; /* n 10, lambda 47 */
    return scores[k < 10 ? k : 10];
}

static uint8_t square_root(unsigned value)
{
    unsigned root = 0;
    while ((root + 1) * (root + 1) <= value) {
        root++;
    }
    return (uint8_t)root;
}

/** What is even for a while is noise, whatever else. */
static void follow_evenness(struct speech_activity *activity, uint8_t v)
{
    if (v < activity->least[0] || activity->stretch_samples == 0) {
        activity->least[0] = v;
    }
    if (++activity->stretch_samples == STRETCH_SAMPLES) {
        activity->least[1] = activity->least[0];
        activity->stretch_samples = 0;
    }
}

/** The floor falls at once, and rises half way (in dB) to the least of the last 15 s. */
static void follow_noise(struct speech_activity *activity, uint8_t v)
{
    uint8_t least = v == 0 ? 1 : v; /* a gate or a muted microphone: a quiet place */
    if (activity->floor == 0 || least < activity->floor) {
        activity->floor = least;
        activity->next_floor = 0;
        activity->floor_samples = 0;
        return;
    }
    if (activity->next_floor == 0 || least < activity->next_floor) {
        activity->next_floor = least;
    }
    if (++activity->floor_samples == FLOOR_SAMPLES) {
        activity->floor = square_root((unsigned)activity->floor * activity->next_floor);
        activity->next_floor = 0;
        activity->floor_samples = 0;
    }
}

/** Loudness from which on something is not noise. */
static unsigned threshold(const struct speech_activity *activity)
{
    uint8_t even =
        activity->least[0] < activity->least[1] ? activity->least[0] : activity->least[1];
    return (even > activity->floor ? even : activity->floor) + NOISE_MARGIN;
}

/** Writes the sample `back` samples ago. */
static void mark(struct speech_activity *activity, unsigned back, uint8_t v)
{
    uint64_t bit = UINT64_C(1) << back;
    bool sound = v >= threshold(activity);
    uint8_t immediate = sound ? v / UNIT : 0;
    activity->high = (activity->high & ~bit) | (immediate > HIGH_IMMEDIATE ? bit : 0);
    activity->loud = (activity->loud & ~bit) | (v >= LOUDNESS_MAX - SPEECH_LOUD_DBOV ? bit : 0);
    activity->voiced = (activity->voiced & ~bit) | (sound && v >= VOICED_MIN ? bit : 0);
    activity->steady =
        (activity->steady & ~bit) | (!sound && v >= LOUDNESS_MAX - SPEECH_STEADY_DBOV ? bit : 0);
    if (back == 0) {
        activity->immediate = immediate;
    }
}

/** Goes on by so many samples of loudness v. */
static void push(struct speech_activity *activity, int64_t count, uint8_t v)
{
    activity->head += count;
    for (int64_t i = count < SPEECH_SAMPLES ? count : SPEECH_SAMPLES; i > 0; i--) {
        activity->high <<= 1;
        activity->loud <<= 1;
        activity->voiced <<= 1;
        activity->steady <<= 1;
        follow_evenness(activity, v);
        mark(activity, 0, v);
    }
}

void speech_activity_advance(struct speech_activity *activity, int64_t now_us)
{
    if (activity->arrival_us == INT64_MIN) {
        return;
    }
    int64_t newest = activity->position / activity->sample_ticks +
                     (now_us - activity->arrival_us - idle_us) / SPEECH_SAMPLE_US;
    if (newest > activity->head) {
        push(activity, newest - activity->head, 0);
    }
}

/** Number of the sample that a timestamp means; a clock that jumps goes on behind the newest. */
static int64_t find_place(struct speech_activity *activity, uint32_t timestamp, int64_t now_us)
{
    int64_t ticks = activity->sample_ticks;
    if (activity->arrival_us == INT64_MIN) {
        activity->head = FIRST_SAMPLE - 1;
        activity->position = FIRST_SAMPLE * ticks;
    } else {
        int64_t step = (int32_t)(timestamp - activity->timestamp);
        int64_t elapsed = (now_us - activity->arrival_us) / SPEECH_SAMPLE_US;
        int64_t strange = step / ticks - elapsed;
        if (strange > AHEAD_SAMPLES || strange < -BEHIND_SAMPLES) {
            speech_activity_advance(activity, now_us);
            activity->position = (activity->head + 1) * ticks;
        } else if (step < 0) {
            return (activity->position + step) / ticks;
        } else {
            activity->position += step;
        }
    }
    activity->timestamp = timestamp;
    activity->arrival_us = now_us;
    return activity->position / ticks;
}

void speech_activity_receive(struct speech_activity *activity, uint8_t dbov, uint32_t timestamp,
                             int64_t now_us)
{
    uint8_t v = (uint8_t)(LOUDNESS_MAX - (dbov > LOUDNESS_MAX ? LOUDNESS_MAX : dbov));
    int64_t at = find_place(activity, timestamp, now_us);
    if (at > activity->head) {
        int64_t gap = at - activity->head - 1;
        push(activity, gap, gap < GAP_SAMPLES ? activity->last : 0);
        follow_noise(activity, v);
        push(activity, 1, v);
        activity->last = v;
    } else if (at > activity->head - SPEECH_SAMPLES) {
        /* Late; or one of two packets of 10 ms, of which the louder counts. */
        if (at < activity->head || v > activity->last) {
            mark(activity, (unsigned)(activity->head - at), v);
        }
    }
}

void speech_activity_score(const struct speech_activity *activity, struct speech_scores *out)
{
    unsigned full = 0;
    unsigned mostly = 0;
    for (unsigned block = 0; block < SPEECH_BLOCKS; block++) {
        unsigned active = speech_activity_count(activity->high >> (block * SPEECH_BLOCK_SAMPLES),
                                                SPEECH_BLOCK_SAMPLES);
        full += active >= FULL_BLOCK ? 1 : 0;
        mostly += active >= MOSTLY ? 1 : 0;
    }
    *out = (struct speech_scores){
        .immediate = speech_score_immediate(activity->immediate),
        .medium = speech_score_medium(speech_activity_count(activity->high, SPEECH_BLOCK_SAMPLES)),
        .longer = speech_score_longer(full),
        .blocks = (uint8_t)mostly,
    };
}

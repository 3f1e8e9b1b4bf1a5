#include "load/made_voice.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/rand.h"

enum {
    STEP = MADE_VOICE_HZ / 200, /* what the mouth does is set each 5 ms */
    FORMANTS = 5,
    LEAD_MS = 100,
    TAIL_MS = 250,
    ACTIVE_DB = 30, /* below the loudest 20 ms is not counted as speaking */
    FRAME = MADE_VOICE_HZ / 50,
    ROOM_DBFS = -72,
    FADE = MADE_VOICE_HZ / 100
};

/** A throat. */
static const struct talker {
    double pitch_hz;
    double throat; /* formants over those of a man */
    double pace;   /* length of syllables */
} talkers[MADE_VOICE_TALKERS] = {
    {112, 1.00, 1.00}, {205, 1.16, 0.95}, {128, 1.03, 1.10}, {228, 1.20, 1.05},
    {96, 0.97, 1.05},  {186, 1.12, 0.90}, {145, 1.06, 0.95}, {248, 1.23, 1.00},
};

/** One sound of speech. */
struct phone {
    double formants_hz[3];
    double voice; /* share of the buzz */
    double hiss;  /* share of noise ... */
    double hiss_hz;
    double hiss_width_hz;
    double ms;
    double burst_ms; /* plosives: before it is silence, then noise for so long */
};

/* G. E. Peterson and H. L. Barney, "Control methods used in a study of the vowels", 1952: men. */
static const struct phone vowels[] = {
    {{270, 2290, 3010}, 1.0, 0, 0, 0, 120, 0}, {{390, 1990, 2550}, 1.0, 0, 0, 0, 90, 0},
    {{530, 1840, 2480}, 1.0, 0, 0, 0, 110, 0}, {{660, 1720, 2410}, 1.0, 0, 0, 0, 140, 0},
    {{730, 1090, 2440}, 1.0, 0, 0, 0, 150, 0}, {{570, 840, 2410}, 1.0, 0, 0, 0, 140, 0},
    {{440, 1020, 2240}, 1.0, 0, 0, 0, 100, 0}, {{300, 870, 2240}, 1.0, 0, 0, 0, 120, 0},
    {{640, 1190, 2390}, 1.0, 0, 0, 0, 90, 0},  {{490, 1350, 1690}, 1.0, 0, 0, 0, 130, 0},
};

static const struct phone consonants[] = {
    {{320, 1700, 2600}, 0.00, 0.30, 6200, 2500, 95, 0},  /* s */
    {{320, 1800, 2500}, 0.00, 0.45, 3200, 1400, 100, 0}, /* sh */
    {{340, 1100, 2200}, 0.00, 0.08, 4500, 6000, 85, 0},  /* f */
    {{300, 1700, 2600}, 0.30, 0.12, 5600, 2500, 75, 0},  /* z */
    {{300, 1200, 2300}, 0.45, 0.05, 4000, 5000, 60, 0},  /* v */
    {{260, 1000, 2200}, 0.45, 0.00, 0, 0, 70, 0},        /* m */
    {{260, 1500, 2500}, 0.45, 0.00, 0, 0, 65, 0},        /* n */
    {{360, 1100, 2800}, 0.65, 0.00, 0, 0, 60, 0},        /* l */
    {{330, 1150, 1500}, 0.65, 0.00, 0, 0, 65, 0},        /* r */
    {{300, 2200, 3000}, 0.70, 0.00, 0, 0, 55, 0},        /* y */
    {{320, 1700, 2600}, 0.00, 0.50, 4200, 2500, 75, 22}, /* t */
    {{320, 1900, 2400}, 0.00, 0.55, 2100, 900, 80, 26},  /* k */
    {{320, 900, 2200}, 0.00, 0.35, 900, 1200, 75, 14},   /* p */
    {{280, 1700, 2600}, 0.18, 0.30, 3600, 2500, 60, 12}, /* d */
    {{280, 900, 2200}, 0.18, 0.20, 800, 1000, 60, 10},   /* b */
};

enum {
    VOWELS = sizeof(vowels) / sizeof(vowels[0]),
    CONSONANTS = sizeof(consonants) / sizeof(consonants[0])
};

struct resonator {
    double a;
    double b;
    double c;
    double y1;
    double y2;
};

/** A mouth at work. */
struct mouth_state {
    const struct talker *talker;
    struct rand rand;
    struct resonator formants[FORMANTS];
    struct resonator hiss[2];
    double formants_hz[FORMANTS];
    double voice;
    double noise;
    double phase;
    double flow; /* of the glottis, the sample before */
    double pitch_hz;
    float *out;
    size_t at;
    size_t count;
};

/** Uniform from 0 to 1. */
static double chance(struct rand *rand)
{
    return (double)rand_below(rand, 1U << 24) / (1U << 24);
}

static double between(struct rand *rand, double least, double most)
{
    return least + (most - least) * chance(rand);
}

/** D. H. Klatt, "Software for a cascade/parallel formant synthesizer", 1980: unity at 0 Hz. */
static void tune(struct resonator *resonator, double hz, double width_hz)
{
    double r = exp(-M_PI * width_hz / MADE_VOICE_HZ);
    resonator->c = -r * r;
    resonator->b = 2 * r * cos(2 * M_PI * hz / MADE_VOICE_HZ);
    resonator->a = 1 - resonator->b - resonator->c;
}

static double resonate(struct resonator *resonator, double x)
{
    double y = resonator->a * x + resonator->b * resonator->y1 + resonator->c * resonator->y2;
    resonator->y2 = resonator->y1;
    resonator->y1 = y;
    return y;
}

/** Air through the glottis (A. E. Rosenberg, 1971): opens for two fifths, closes faster. */
static double glottis(double phase)
{
    if (phase < 0.40) {
        return 0.5 * (1 - cos(M_PI * phase / 0.40));
    }
    return phase < 0.56 ? cos(M_PI / 2 * (phase - 0.40) / 0.16) : 0;
}

/** Moves the mouth toward a phone for 5 ms. */
static void move(struct mouth_state *mouth, const struct phone *phone, double voice, double noise)
{
    static const double high_hz[2] = {3500, 4500};
    static const double widths_hz[FORMANTS] = {60, 90, 140, 220, 300};
    for (size_t i = 0; i < FORMANTS; i++) {
        double target = (i < 3 ? phone->formants_hz[i] : high_hz[i - 3]) * mouth->talker->throat;
        mouth->formants_hz[i] += 0.22 * (target - mouth->formants_hz[i]);
        tune(&mouth->formants[i], mouth->formants_hz[i], widths_hz[i]);
    }
    mouth->voice += 0.35 * (voice - mouth->voice);
    mouth->noise += 0.5 * (noise - mouth->noise);
    if (noise > 0) {
        tune(&mouth->hiss[0], phone->hiss_hz, phone->hiss_width_hz);
        tune(&mouth->hiss[1], phone->hiss_hz * 1.25, phone->hiss_width_hz * 1.5);
    }
}

/** The next 5 ms of sound. */
static void sound(struct mouth_state *mouth)
{
    double pitch = mouth->pitch_hz * between(&mouth->rand, 0.985, 1.015) / MADE_VOICE_HZ;
    for (size_t i = 0; i < STEP && mouth->at < mouth->count; i++) {
        mouth->phase += pitch;
        mouth->phase -= mouth->phase >= 1 ? 1 : 0;
        double flow = glottis(mouth->phase);
        double white = between(&mouth->rand, -1, 1);
        double source = mouth->voice * (8 * (flow - mouth->flow) + 0.004 * flow * white);
        mouth->flow = flow;
        for (size_t j = 0; j < FORMANTS; j++) {
            source = resonate(&mouth->formants[j], source);
        }
        double hiss = mouth->noise > 0.001
                          ? resonate(&mouth->hiss[0], white) - resonate(&mouth->hiss[1], white)
                          : 0;
        mouth->out[mouth->at++] = (float)(source + 0.6 * mouth->noise * hiss);
    }
}

/** @param pitch where the melody is, of the talker's own */
static void say(struct mouth_state *mouth, const struct phone *phone, double pitch, double stress)
{
    double ms = phone->ms * mouth->talker->pace * between(&mouth->rand, 0.8, 1.25) *
                (phone->voice > 0.9 ? 0.7 + 0.4 * stress : 1);
    for (double at = 0; at < ms && mouth->at < mouth->count; at += 5) {
        bool closed = phone->burst_ms > 0 && at < ms - phone->burst_ms;
        mouth->pitch_hz = mouth->talker->pitch_hz * pitch;
        move(mouth, phone, phone->voice * stress, closed ? 0 : phone->hiss * stress);
        sound(mouth);
    }
}

static void pause(struct mouth_state *mouth, double ms)
{
    for (double at = 0; at < ms && mouth->at < mouth->count; at += 5) {
        move(mouth, &vowels[VOWELS - 2], 0, 0);
        sound(mouth);
    }
}

/** A word of one to three syllables. */
static void say_word(struct mouth_state *mouth, double pitch)
{
    struct rand *rand = &mouth->rand;
    unsigned syllables = 1 + rand_below(rand, 3);
    unsigned stressed = rand_below(rand, syllables);
    for (unsigned i = 0; i < syllables; i++) {
        double stress = i == stressed ? 1.0 : 0.62;
        double tone = pitch * (i == stressed ? 1.10 : 1.0);
        if (rand_below(rand, 8) != 0) {
            say(mouth, &consonants[rand_below(rand, CONSONANTS)], tone, stress);
        }
        say(mouth, &vowels[rand_below(rand, VOWELS)], tone, stress);
        if (rand_below(rand, 3) == 0) {
            say(mouth, &consonants[rand_below(rand, CONSONANTS)], tone, stress);
        }
    }
}

/** Sentences until `end`: their melody falls. */
static void talk(struct mouth_state *mouth, size_t end)
{
    while (mouth->at < end) {
        unsigned words = 3 + rand_below(&mouth->rand, 5);
        for (unsigned i = 0; i < words && mouth->at < end; i++) {
            say_word(mouth, 1.15 - 0.3 * i / words + between(&mouth->rand, -0.05, 0.05));
            if (rand_below(&mouth->rand, 3) == 0) {
                pause(mouth, between(&mouth->rand, 20, 60));
            }
        }
        pause(mouth, between(&mouth->rand, 180, 450));
    }
}

static double frame_energy(const float *at)
{
    double sum = 0;
    for (size_t i = 0; i < FRAME; i++) {
        sum += (double)at[i] * at[i];
    }
    return sum / FRAME;
}

/** Brings what is spoken to the common level. */
static void level(float *out, size_t count)
{
    double most = 0;
    double sum = 0;
    size_t active = 0;
    for (size_t at = 0; at + FRAME <= count; at += FRAME) {
        most = fmax(most, frame_energy(out + at));
    }
    for (size_t at = 0; at + FRAME <= count; at += FRAME) {
        double energy = frame_energy(out + at);
        if (energy > most * pow(10, -ACTIVE_DB / 10.0)) {
            sum += energy;
            active++;
        }
    }
    double gain = active == 0 ? 0 : pow(10, MADE_VOICE_DBFS / 20.0) / sqrt(sum / (double)active);
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)(out[i] * gain);
    }
}

/** Adds what a quiet room sounds like. */
static void add_room(uint64_t seed, float *out, size_t count)
{
    struct rand rand;
    double low = 0;
    double gain = pow(10, ROOM_DBFS / 20.0) * sqrt(3) * 2;
    rand_init(&rand, seed);
    for (size_t i = 0; i < count; i++) { /* duller than white, as rooms are */
        low += 0.35 * (between(&rand, -1, 1) - low);
        out[i] += (float)(gain * low);
    }
}

void made_room_noise(uint64_t seed, float *out, size_t count)
{
    memset(out, 0, count * sizeof(*out));
    add_room(seed, out, count);
}

void made_voice(unsigned talker, uint64_t seed, float *out, size_t count)
{
    struct mouth_state mouth = {
        .talker = &talkers[talker % MADE_VOICE_TALKERS], .out = out, .count = count};
    size_t tail = (size_t)TAIL_MS * MADE_VOICE_HZ / 1000;
    rand_init(&mouth.rand, seed * MADE_VOICE_TALKERS + talker);
    pause(&mouth, LEAD_MS);
    talk(&mouth, count - tail);
    pause(&mouth, (double)count);
    for (size_t i = 0; i < tail; i++) { /* whatever was being said ends here */
        out[count - tail + i] *= i < FADE ? 1 - (float)i / FADE : 0;
    }
    level(out, count);
    add_room(seed + talker, out, count);
}

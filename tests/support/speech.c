#include "support/speech.h"

enum { SILENCE = 127 };

void speech_init(struct speech *speech, uint64_t seed, uint8_t noise_dbov, uint8_t voice_dbov)
{
    *speech = (struct speech){.noise_dbov = noise_dbov, .voice_dbov = voice_dbov};
    rand_init(&speech->rand, seed);
}

/** least..most */
static uint32_t between(struct speech *speech, uint32_t least, uint32_t most)
{
    return least + (uint32_t)rand_below(&speech->rand, most - least + 1);
}

static void begin_syllable(struct speech *speech)
{
    speech->syllable = between(speech, 6, 14); /* 120..280 ms */
    speech->stress = (int32_t)between(speech, 0, 10) - 5;
    bool word_ends = between(speech, 1, 4) == 1;
    speech->dip = word_ends ? between(speech, 3, 8) : between(speech, 1, 3);
}

static void begin_phrase(struct speech *speech)
{
    speech->phrase = between(speech, 75, 200); /* 1.5..4 s */
    begin_syllable(speech);
}

void speech_talk(struct speech *speech, bool on)
{
    if (on && !speech->talking) {
        begin_phrase(speech);
        speech->pause = 0;
    }
    speech->talking = on;
}

void speech_cough(struct speech *speech, uint32_t ms)
{
    speech->cough = ms / 20;
}

static int32_t voice(struct speech *speech)
{
    int32_t jitter = (int32_t)between(speech, 0, 4) - 2;
    if (speech->pause > 0) {
        speech->pause--;
        if (speech->pause == 0) {
            begin_phrase(speech);
        }
        return SILENCE;
    }
    if (speech->phrase == 0) {
        speech->pause = between(speech, 20, 50); /* 400..1000 ms */
        return SILENCE;
    }
    speech->phrase--;
    if (speech->syllable > 0) {
        speech->syllable--;
        int32_t edge = speech->syllable == 0 ? 6 : 0;
        return speech->voice_dbov + speech->stress + jitter + edge;
    }
    if (speech->dip > 0) {
        speech->dip--;
        return speech->voice_dbov + 18 + 2 * jitter;
    }
    begin_syllable(speech);
    return speech->voice_dbov + 6 + jitter; /* attack */
}

static int32_t keys(struct speech *speech)
{
    if (speech->key > 0) {
        speech->key--;
    } else if (between(speech, 1, 7) == 1) {
        speech->key = between(speech, 0, 1); /* 20..40 ms, each 140 ms */
    } else {
        return SILENCE;
    }
    return 30 + (int32_t)between(speech, 0, 6);
}

static int32_t louder(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

uint8_t speech_next(struct speech *speech)
{
    int32_t level = speech->noise_dbov + (int32_t)between(speech, 0, 4) - 2;
    if (speech->talking) {
        level = louder(level, voice(speech));
    }
    if (speech->typing) {
        level = louder(level, keys(speech));
    }
    if (speech->cough > 0) {
        speech->cough--;
        level = louder(level, 18);
    }
    return (uint8_t)(level < 0 ? 0 : level > SILENCE ? SILENCE : level);
}

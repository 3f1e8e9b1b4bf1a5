#include "sim/mixed.h"

#include <math.h>

#include "base/err.h"

enum { BUFFER_US = 60000, FADE = 480 };

static const double two_pi = 6.283185307179586;

int mixed_init(struct mixed *mixed, uint64_t seed)
{
    *mixed = (struct mixed){.people = 0};
    int err = world_new(&mixed->world, seed);
    if (err == 0) {
        world_set_patient(mixed->world, true);
    }
    return err;
}

int mixed_join(struct mixed *mixed, const struct peer_config *config,
               const struct link_config *path)
{
    static const struct peer_config usual = {.audio_sources = 1, .audio_slots = 1};
    size_t who = mixed->people;
    if (who == MIXED_MOST) {
        return ERR_FULL;
    }
    ear_init(&mixed->ears[who]);
    int err = mouth_init(&mixed->mouths[who], NULL);
    mixed->people++;
    if (err == 0) {
        err = world_join(mixed->world, config != NULL ? config : &usual, path, &mixed->peers[who]);
    }
    if (err != 0) {
        return err;
    }
    if (peer_source(mixed->peers[who], MEDIA_AUDIO) != NULL) {
        mouth_attach(&mixed->mouths[who], peer_source(mixed->peers[who], MEDIA_AUDIO));
    }
    ear_attach(&mixed->ears[who], peer_sink(mixed->peers[who], MEDIA_AUDIO, 0));
    return 0;
}

void mixed_say(struct mixed *mixed, size_t who, const float *speech, size_t count)
{
    mouth_say(&mixed->mouths[who], speech, count, world_now_us(mixed->world));
}

int mixed_hear(const struct mixed *mixed, size_t who, int64_t from_us, float *out, size_t count,
               struct ear_account *account)
{
    static const struct ear_buffer buffer = {.us = BUFFER_US, .waits = true};
    return ear_play(&mixed->ears[who], &buffer, from_us, out, count, account);
}

void mixed_tone(float *out, size_t count, double hz, double amplitude)
{
    for (size_t i = 0; i < count; i++) {
        size_t edge = i < count - i ? i : count - i;
        double fade = edge < FADE ? (double)edge / FADE : 1;
        out[i] = (float)(fade * amplitude * sin(two_pi * hz * (double)i / PCM_HZ));
    }
}

double mixed_amplitude(const float *sound, size_t count, double hz)
{
    double re = 0;
    double im = 0;
    for (size_t i = 0; i < count; i++) {
        double window = 1 - cos(two_pi * (double)i / (double)count);
        double angle = two_pi * hz * (double)i / PCM_HZ;
        re += window * sound[i] * cos(angle);
        im += window * sound[i] * sin(angle);
    }
    return 2 * sqrt(re * re + im * im) / (double)count;
}

double mixed_power_db(const float *sound, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)sound[i] * sound[i];
    }
    return 10 * log10(sum / (double)count + 1e-20);
}

double mixed_slower_than(const struct event_mix_delay *delay, int64_t us)
{
    uint64_t all = 0;
    uint64_t slower = 0;
    for (int i = 0; i <= EVENT_MIX_DELAYS; i++) {
        all += delay->steps[i];
        slower += (int64_t)i * EVENT_MIX_DELAY_US >= us ? delay->steps[i] : 0;
    }
    return all > 0 ? (double)slower / (double)all : 1;
}

void mixed_deinit(struct mixed *mixed)
{
    world_free(&mixed->world);
    for (size_t i = 0; i < mixed->people; i++) {
        mouth_deinit(&mixed->mouths[i]);
        ear_deinit(&mixed->ears[i]);
    }
}

#include "load/spoken.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/err.h"

enum { GROWTH = 64 };

struct spoken {
    pthread_mutex_t lock;
    struct spoken_voice **voices; /* by the order in which they came; owned */
    size_t count;
    size_t capacity;
};

int spoken_new(struct spoken **out)
{
    struct spoken *spoken = calloc(1, sizeof(*spoken));
    if (spoken == NULL) {
        return ERR_NO_MEMORY;
    }
    (void)pthread_mutex_init(&spoken->lock, NULL);
    *out = spoken;
    return 0;
}

static int append(struct spoken *spoken, struct spoken_voice *voice)
{
    if (spoken->count == spoken->capacity) {
        struct spoken_voice **voices = (struct spoken_voice **)realloc(
            (void *)spoken->voices, (spoken->capacity + GROWTH) * sizeof(struct spoken_voice *));
        if (voices == NULL) {
            return ERR_NO_MEMORY;
        }
        spoken->voices = voices;
        spoken->capacity += GROWTH;
    }
    spoken->voices[spoken->count++] = voice;
    return 0;
}

struct spoken_voice *spoken_add(struct spoken *spoken, uint32_t caller, uint32_t room,
                                unsigned tone)
{
    struct spoken_voice *voice = calloc(1, sizeof(*voice));
    if (voice == NULL) {
        return NULL;
    }
    voice->caller = caller;
    voice->room = room;
    voice->tone = tone;
    (void)pthread_mutex_lock(&spoken->lock);
    int err = append(spoken, voice);
    (void)pthread_mutex_unlock(&spoken->lock);
    if (err != 0) {
        free(voice);
        return NULL;
    }
    return voice;
}

void spoken_tell(struct spoken *spoken, struct spoken_voice *voice, bool speaking, uint64_t place,
                 int64_t at_us)
{
    (void)pthread_mutex_lock(&spoken->lock);
    voice->spurts[voice->count++ % SPOKEN_SPURTS] =
        (struct spoken_spurt){.from_us = at_us, .place = place, .speaking = speaking};
    (void)pthread_mutex_unlock(&spoken->lock);
}

size_t spoken_room(struct spoken *spoken, uint32_t room, struct spoken_voice *out, size_t most)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&spoken->lock);
    for (size_t i = 0; i < spoken->count && count < most; i++) {
        if (spoken->voices[i]->room == room) {
            out[count++] = *spoken->voices[i];
        }
    }
    (void)pthread_mutex_unlock(&spoken->lock);
    return count;
}

bool spoken_at(const struct spoken_voice *voice, int64_t at_us, uint64_t *place)
{
    size_t oldest = voice->count > SPOKEN_SPURTS ? voice->count - SPOKEN_SPURTS : 0;
    for (size_t i = voice->count; i > oldest; i--) {
        const struct spoken_spurt *spurt = &voice->spurts[(i - 1) % SPOKEN_SPURTS];
        int64_t said_us = spurt->from_us - SPOKEN_STEP_US;
        if (at_us >= said_us) {
            *place = spurt->place + (uint64_t)((at_us - said_us) / SPOKEN_STEP_US);
            return spurt->speaking;
        }
    }
    return false;
}

void spoken_free(struct spoken **spoken)
{
    struct spoken *gone = *spoken;
    if (gone == NULL) {
        return;
    }
    for (size_t i = 0; i < gone->count; i++) {
        free(gone->voices[i]);
    }
    free((void *)gone->voices);
    (void)pthread_mutex_destroy(&gone->lock);
    free(gone);
    *spoken = NULL;
}

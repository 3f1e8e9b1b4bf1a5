#include "load/spoken.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/err.h"
#include "load/lock.h"

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
    lock_init(&spoken->lock);
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

static void tell(struct spoken_voice *voice, bool speaking, uint64_t place, int64_t at_us)
{
    voice->spurts[voice->count++ % SPOKEN_SPURTS] =
        (struct spoken_spurt){.from_us = at_us, .place = place, .speaking = speaking};
}

void spoken_tell(struct spoken *spoken, struct spoken_voice *voice, bool speaking, uint64_t place,
                 int64_t at_us)
{
    (void)pthread_mutex_lock(&spoken->lock);
    if (voice->left_us == 0) {
        tell(voice, speaking, place, at_us);
    }
    (void)pthread_mutex_unlock(&spoken->lock);
}

void spoken_leave(struct spoken *spoken, struct spoken_voice *voice, int64_t at_us)
{
    (void)pthread_mutex_lock(&spoken->lock);
    if (voice->left_us == 0) {
        voice->left_us = at_us;
        if (voice->count > 0) {
            tell(voice, false, 0, at_us);
        }
    }
    (void)pthread_mutex_unlock(&spoken->lock);
}

/** Room for one more voice. @return false without memory */
static bool make_room(struct spoken_list *list)
{
    if (list->count < list->capacity) {
        return true;
    }
    size_t capacity = list->capacity * 2 + GROWTH;
    struct spoken_voice *voices = realloc(list->voices, capacity * sizeof(*voices));
    if (voices == NULL) {
        return false;
    }
    list->voices = voices;
    list->capacity = capacity;
    return true;
}

int spoken_room(struct spoken *spoken, uint32_t room, int64_t from_us, struct spoken_list *out)
{
    int err = 0;
    out->count = 0;
    (void)pthread_mutex_lock(&spoken->lock);
    for (size_t i = 0; i < spoken->count && err == 0; i++) {
        const struct spoken_voice *voice = spoken->voices[i];
        bool gone = voice->left_us != 0 && voice->left_us + SPOKEN_LINGER_US < from_us;
        if (voice->room != room || gone) {
            continue;
        }
        if (make_room(out)) {
            out->voices[out->count++] = *voice;
        } else {
            err = ERR_NO_MEMORY;
        }
    }
    (void)pthread_mutex_unlock(&spoken->lock);
    return err;
}

bool spoken_elsewhere(struct spoken *spoken, uint32_t caller, uint32_t room)
{
    bool elsewhere = false;
    (void)pthread_mutex_lock(&spoken->lock);
    for (size_t i = 0; i < spoken->count && !elsewhere; i++) {
        elsewhere = spoken->voices[i]->caller == caller && spoken->voices[i]->room != room;
    }
    (void)pthread_mutex_unlock(&spoken->lock);
    return elsewhere;
}

static size_t oldest_of(const struct spoken_voice *voice)
{
    return voice->count > SPOKEN_SPURTS ? voice->count - SPOKEN_SPURTS : 0;
}

bool spoken_there(const struct spoken_voice *voice, int64_t from_us, int64_t to_us)
{
    if (voice->count == 0 || (voice->left_us != 0 && voice->left_us <= from_us)) {
        return false;
    }
    return voice->spurts[oldest_of(voice) % SPOKEN_SPURTS].from_us - SPOKEN_STEP_US < to_us;
}

bool spoken_at(const struct spoken_voice *voice, int64_t at_us, uint64_t *place)
{
    for (size_t i = voice->count; i > oldest_of(voice); i--) {
        const struct spoken_spurt *spurt = &voice->spurts[(i - 1) % SPOKEN_SPURTS];
        int64_t said_us = spurt->from_us - SPOKEN_STEP_US;
        if (at_us >= said_us) {
            *place = spurt->place + (uint64_t)((at_us - said_us) / SPOKEN_STEP_US);
            return spurt->speaking;
        }
    }
    return false;
}

void spoken_list_deinit(struct spoken_list *list)
{
    free(list->voices);
    *list = (struct spoken_list){.voices = NULL};
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

#include "codec/mixer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/mix_ops.h"

struct mixer {
    const struct mix_ops *ops;
    struct source {
        float pcm[PCM_FRAME]; /* what it adds to the sum */
        float gain;           /* at the end of the frame; 0 = not heard */
        bool put;             /* for the coming frame */
        bool heard;           /* in the present one */
    } sources[MIXER_MAX_SOURCES];
    float total[PCM_FRAME];
};

int mixer_new(struct mixer **out)
{
    struct mixer *mixer = calloc(1, sizeof(*mixer));
    if (mixer == NULL) {
        return ERR_NO_MEMORY;
    }
    mixer->ops = mix_ops();
    *out = mixer;
    return 0;
}

void mixer_put(struct mixer *mixer, size_t source, const float *pcm, float gain)
{
    assert(source < MIXER_MAX_SOURCES);
    struct source *own = &mixer->sources[source];
    size_t join = own->gain > 0 ? 0 : MIXER_JOIN;
    float from = join > 0 ? gain : own->gain;
    mixer->ops->take(own->pcm, pcm, join, 0, gain);
    mixer->ops->take(own->pcm + join, pcm + join, PCM_FRAME - join, from, gain);
    own->gain = gain;
    own->put = true;
}

/** Its last samples backwards, fading: continuous with what was heard last. */
static void fade_out(const struct mix_ops *ops, struct source *source)
{
    float tail[MIXER_JOIN];
    for (size_t i = 0; i < MIXER_JOIN; i++) {
        tail[i] = source->pcm[PCM_FRAME - 1 - i];
    }
    memset(source->pcm, 0, sizeof(source->pcm));
    ops->take(source->pcm, tail, MIXER_JOIN, 1, 0);
    source->gain = 0;
}

void mixer_run(struct mixer *mixer)
{
    memset(mixer->total, 0, sizeof(mixer->total));
    for (size_t i = 0; i < MIXER_MAX_SOURCES; i++) {
        struct source *source = &mixer->sources[i];
        source->heard = source->put || source->gain > 0;
        if (source->heard && !source->put) {
            fade_out(mixer->ops, source);
        }
        if (source->heard) {
            mixer->ops->add(mixer->total, source->pcm, PCM_FRAME);
        }
        source->put = false;
    }
}

const float *mixer_total(const struct mixer *mixer)
{
    return mixer->total;
}

void mixer_without(const struct mixer *mixer, uint32_t places, float *out)
{
    memset(out, 0, sizeof(mixer->total));
    for (size_t i = 0; i < MIXER_MAX_SOURCES; i++) {
        if (mixer->sources[i].heard && (places >> i & 1) == 0) {
            mixer->ops->add(out, mixer->sources[i].pcm, PCM_FRAME);
        }
    }
}

bool mixer_hears(const struct mixer *mixer, size_t source)
{
    assert(source < MIXER_MAX_SOURCES);
    return mixer->sources[source].heard;
}

size_t mixer_heard(const struct mixer *mixer)
{
    size_t count = 0;
    for (size_t i = 0; i < MIXER_MAX_SOURCES; i++) {
        count += mixer->sources[i].heard ? 1 : 0;
    }
    return count;
}

void mixer_forget(struct mixer *mixer, size_t source)
{
    assert(source < MIXER_MAX_SOURCES);
    mixer->sources[source].gain = 0;
    mixer->sources[source].put = false;
    mixer->sources[source].heard = false;
}

void mixer_free(struct mixer **mixer)
{
    free(*mixer);
    *mixer = NULL;
}

#include "load/content.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "codec/audio_encoder.h"
#include "load/sound_store.h"

struct content {
    struct sound_store *sounds;
};

static char reason_text[300];

double content_tone_hz(unsigned tone)
{
    return name_tone_hz(tone);
}

/** Names the file where there is one. */
static const char *explain(const char *file, const char *why)
{
    (void)snprintf(reason_text, sizeof(reason_text), "%s%s%s", file == NULL ? "" : file,
                   file == NULL ? "" : ": ", why);
    return reason_text;
}

static int make_sounds(struct content *content, const struct content_config *config,
                       const char **reason)
{
    const struct sound_store_config sounds = {
        .file = config->audio_file,
        .bps = config->audio_bps == 0 ? AUDIO_ENCODER_BPS : config->audio_bps,
        .tones = config->tones == 0 ? CONTENT_TONES : config->tones,
        .seed = config->seed};
    const struct sound_store_progress progress = {config->progress, config->owner};
    const char *why = "";
    int err = sound_store_new(&content->sounds, &sounds, &progress, &why);
    if (err != 0) {
        *reason = explain(config->audio_file, why);
    }
    return err;
}

int content_new(struct content **out, const struct content_config *config, const char **reason)
{
    struct content *content = calloc(1, sizeof(*content));
    if (content == NULL) {
        *reason = explain(NULL, "no memory");
        return ERR_NO_MEMORY;
    }
    int err = make_sounds(content, config, reason);
    if (err != 0) {
        content_free(&content);
        return err;
    }
    *out = content;
    return 0;
}

void content_sound(const struct content *content, unsigned tone, bool speaking, uint64_t place,
                   struct content_sound *out)
{
    struct sound_packet packet;
    sound_store_packet(content->sounds, tone, speaking, place, &packet);
    *out = (struct content_sound){.data = packet.data, .len = packet.len, .level = packet.level};
}

size_t content_loop(const struct content *content, bool speaking)
{
    return sound_store_packets(content->sounds, speaking);
}

void content_samples(const struct content *content, unsigned tone, bool speaking, uint64_t place,
                     float out[static 960])
{
    sound_store_samples(content->sounds, tone, speaking, place, out);
}

bool content_says(const struct content *content, unsigned tone, uint64_t place)
{
    return sound_store_says(content->sounds, tone, place);
}

void content_free(struct content **content)
{
    if (*content == NULL) {
        return;
    }
    sound_store_free(&(*content)->sounds);
    free(*content);
    *content = NULL;
}

#include "load/content.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "codec/audio_encoder.h"
#include "load/film.h"
#include "load/sound_store.h"

enum { DEFAULT_WIDTH = 1280, DEFAULT_HEIGHT = 720 };

/** Of the time that all takes, as long as both are made. */
static const double sound_share = 0.3;

struct content {
    uint16_t run;
    struct sound_store *sounds;
    struct film *film; /* NULL = no pictures are needed */
};

/** Share of a part becomes share of all. */
struct part_progress {
    const struct content_config *config;
    double from;
    double share;
};

static bool tell(void *owner, double share)
{
    const struct part_progress *part = owner;
    const struct content_config *config = part->config;
    return config->progress == NULL ||
           config->progress(config->owner, part->from + share * part->share);
}

static char reason_text[300];

uint16_t content_run(const struct content *content)
{
    return content->run;
}

unsigned content_tone(const struct content *content, unsigned place)
{
    return (content->run + place) % CONTENT_TONES;
}

double content_tone_hz(unsigned tone)
{
    return name_tone_hz(tone);
}

/** Names the file where it is at fault. */
static const char *explain(const char *file, const char *why, int err)
{
    file = err == ERR_CLOSED ? NULL : file;
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
        .first_tone = content_tone(content, 0),
        .seed = config->seed};
    struct part_progress part = {config, 0, config->video ? sound_share : 1};
    const struct sound_store_progress progress = {tell, &part};
    const char *why = "";
    int err = sound_store_new(&content->sounds, &sounds, &progress, &why);
    if (err != 0) {
        *reason = explain(config->audio_file, why, err);
    }
    return err;
}

static int make_film(struct content *content, const struct content_config *config,
                     const char **reason)
{
    struct part_progress part = {config, sound_share, 1 - sound_share};
    const struct film_config film = {
        .file = config->video_file,
        .width = config->width == 0 ? DEFAULT_WIDTH : config->width,
        .height = config->height == 0 ? DEFAULT_HEIGHT : config->height,
        .bps = config->video_bps == 0 ? CONTENT_VIDEO_BPS : config->video_bps,
        .simulcast = config->simulcast,
        .progress = tell,
        .owner = &part};
    const char *why = "";
    int err = film_new(&content->film, &film, &why);
    if (err != 0) {
        *reason = explain(config->video_file, why, err);
    }
    return err;
}

int content_new(struct content **out, const struct content_config *config, const char **reason)
{
    struct content *content = calloc(1, sizeof(*content));
    if (content == NULL) {
        *reason = explain(NULL, "no memory", ERR_NO_MEMORY);
        return ERR_NO_MEMORY;
    }
    content->run = config->run;
    int err = make_sounds(content, config, reason);
    err = err != 0 || !config->video ? err : make_film(content, config, reason);
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

void content_paused(const struct content *content, uint64_t place, struct content_sound *out)
{
    struct sound_packet packet;
    sound_store_paused(content->sounds, place, &packet);
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

void content_frame(const struct content *content, unsigned layer, unsigned rate, uint64_t place,
                   struct content_frame *out)
{
    film_frame(content->film, layer, rate, place, out);
}

uint64_t content_next_keyframe(const struct content *content, uint64_t place)
{
    return film_next_keyframe(content->film, place);
}

uint64_t content_bps(const struct content *content, unsigned layer, unsigned rate, unsigned tid)
{
    return film_bps(content->film, layer, rate, tid);
}

int content_picture(struct content *content, unsigned layer, uint16_t number,
                    const struct picture *out)
{
    return film_picture(content->film, layer, number, out);
}

void content_free(struct content **content)
{
    if (*content == NULL) {
        return;
    }
    sound_store_free(&(*content)->sounds);
    film_free(&(*content)->film);
    free(*content);
    *content = NULL;
}

#include "mix_voice.h"

#include <stdlib.h>

#include "base/err.h"
#include "codec/limiter.h"
#include "codec/pcm_level.h"

enum {
    STANDS_OUT_DB = 6, /**< so much louder than the quietest packet is not what it was before */
    CLAIMED_DBOV = 50  /**< this claims to be no silence */
};

/** Telephone events and padding have a number, and no sound. */
static bool holds_sound(const struct tap_packet *packet)
{
    return packet->codec == CODEC_OPUS || packet->codec == CODEC_RED;
}

static void give(struct mix_voice *voice, const struct tap_packet *packet)
{
    if (voice->has_life && packet->life != voice->life) {
        voice_restart(voice->voice);
    }
    voice->life = packet->life;
    voice->has_life = true;
    const struct voice_packet in = {
        .ext_seq = packet->ext_seq,
        .timestamp = packet->timestamp,
        .arrival_us = packet->arrival_us,
        .packet = packet->packet,
        .payload = packet->payload,
        .bytes = holds_sound(packet) ? packet->bytes : 0,
        .red = packet->codec == CODEC_RED,
        .block_pt = packet->block_pt,
    };
    voice_receive(voice->voice, &in);
}

static bool is_later(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

/** What the packets from before tell. */
struct preroll {
    size_t count;
    uint32_t timestamps[MIX_VOICE_PREROLL];
    uint8_t levels[MIX_VOICE_PREROLL];
};

static void take_preroll(struct mix_voice *voice, struct preroll *preroll)
{
    struct tap_packet packet;
    while (preroll->count < MIX_VOICE_PREROLL && tap_poll(&voice->tap, &packet)) {
        bool same_life = !voice->has_life || packet.life == voice->life;
        give(voice, &packet);
        if (!same_life) {
            preroll->count = 0;
        }
        preroll->timestamps[preroll->count] = packet.timestamp;
        preroll->levels[preroll->count] = packet.level;
        preroll->count++;
        packet_unref(&packet.packet);
    }
}

/**
 * Where to begin: with the packets at the end that stand out from those before, and one more, for
 * consonants are quiet; but not with silence. Who has been loud all the time is heard from now on.
 * The very first packet only warms up the decoder.
 */
static uint32_t find_onset(const struct preroll *preroll)
{
    uint8_t quietest = 0;
    size_t onset = preroll->count - 1;
    for (size_t i = 0; i < preroll->count; i++) {
        quietest = preroll->levels[i] > quietest ? preroll->levels[i] : quietest;
    }
    if (quietest <= CLAIMED_DBOV) {
        return preroll->timestamps[onset];
    }
    while (onset > 1 && preroll->levels[onset - 1] + STANDS_OUT_DB <= quietest &&
           preroll->levels[onset - 1] < MIX_VOICE_SILENT_DBOV) {
        onset--;
    }
    onset -= onset > 1 && preroll->levels[onset - 1] < MIX_VOICE_SILENT_DBOV ? 1 : 0;
    return preroll->timestamps[onset];
}

static void begin(struct mix_voice *voice, const struct mix_voice_start *start)
{
    struct preroll preroll = {.count = 0};
    take_preroll(voice, &preroll);
    if (!start->known && preroll.count == 0) {
        return; /* with the first packet, in its own time */
    }
    uint32_t first = start->known ? start->timestamp : find_onset(&preroll) - start->early;
    const struct mix_voice_floor *floor = &start->floor;
    if (floor->known && voice->has_life && floor->life == voice->life &&
        is_later(floor->timestamp, first)) {
        first = floor->timestamp;
    }
    voice_begin(voice->voice, first, start->known);
}

int mix_voice_new(struct mix_voice **out, struct bridge_source *source, size_t place,
                  const struct mix_voice_start *start)
{
    const struct voice_config config = {.jitter = start->jitter, .early = start->early};
    struct mix_voice *voice = calloc(1, sizeof(*voice));
    if (voice == NULL) {
        return ERR_NO_MEMORY;
    }
    list_init(&voice->link);
    tap_init(&voice->tap);
    voice->source = source;
    voice->participant = source->participant;
    voice->place = place;
    voice->level = PCM_LEVEL_SILENCE;
    int err = voice_new(&voice->voice, &config);
    if (err != 0) {
        mix_voice_free(&voice);
        return err;
    }
    tap_open(&voice->tap, source, 0, MIX_VOICE_PREROLL);
    begin(voice, start);
    *out = voice;
    return 0;
}

bool mix_voice_is_live(const struct mix_voice *voice)
{
    return tap_is_open(&voice->tap);
}

void mix_voice_hold(struct mix_voice *voice)
{
    voice_hold(voice->voice);
}

void mix_voice_play(struct mix_voice *voice, struct leveler *leveler, float aim_db,
                    struct mixer *mixer, int64_t now_us)
{
    struct tap_packet packet;
    while (tap_poll(&voice->tap, &packet)) {
        give(voice, &packet);
        packet_unref(&packet.packet);
    }
    voice->sounds = voice_pull(voice->voice, now_us, voice->pcm);
    voice->level = pcm_level_dbov(voice->pcm, PCM_FRAME);
    float gain = leveler_run(leveler, voice->pcm, aim_db);
    mixer_put(mixer, voice->place, voice->pcm, voice->ending ? 0.0F : gain);
}

bool mix_voice_lies(const struct mix_voice *voice)
{
    return voice->level >= MIX_VOICE_SILENT_DBOV && mix_voice_is_live(voice) &&
           voice->source->level <= CLAIMED_DBOV;
}

struct mix_voice_floor mix_voice_position(const struct mix_voice *voice)
{
    struct jitter_position position;
    struct mix_voice_floor at = {.life = voice->life};
    at.known = voice->has_life && voice_position(voice->voice, &position);
    if (at.known) {
        at.timestamp = position.timestamp;
    }
    return at;
}

int64_t mix_voice_delay_us(const struct mix_voice *voice, int64_t now_us)
{
    return voice_delay_us(voice->voice, now_us) + INT64_C(1000) * (LIMITER_DELAY / PCM_MS);
}

void mix_voice_free(struct mix_voice **voice)
{
    struct mix_voice *old = *voice;
    if (old == NULL) {
        return;
    }
    tap_close(&old->tap);
    voice_free(&old->voice);
    free(old);
    *voice = NULL;
}

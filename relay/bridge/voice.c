#include "voice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "codec/audio_packet.h"
#include "codec/comfort_noise.h"
#include "codec/time_stretch.h"
#include "media/delay_tracker.h"
#include "media/red_fill.h"
#include "rtp/red.h"

enum {
    RAMP = 5 * PCM_MS,       /**< in which decoded sound takes over from noise */
    FADE_FROM = 60 * PCM_MS, /**< concealed sound begins to give way to noise */
    FADE_TO = 100 * PCM_MS,  /**< and has */
    MOST_DUE = 45 * PCM_MS,  /**< change of speed that is saved up */
    FAR_OFF = 40 * PCM_MS,   /**< to be played faster by a quarter, */
    ONSET = 100 * PCM_MS,    /**< so much of what is heard first is not changed */
    OFF = 20 * PCM_MS,       /**< by a tenth, or less by a twentieth */
    FRAME_US = 20000,
    MOST_WORK = 2 * PCM_MAX_SAMPLES /**< samples made for one frame */
};

struct voice {
    struct jitter_buffer *buffer;
    struct audio_decoder *decoder;
    struct time_stretch *stretch;
    struct red_fill_place newest; /**< received; ext_seq -1 = nothing */
    struct comfort_noise noise;
    bool started;       /**< a packet has come */
    float gain;         /**< of sound; the rest is noise */
    uint32_t concealed; /**< samples in a row */
    size_t true_run;    /**< samples queued since the last made-up one */
    size_t quiet;       /**< samples at the end of what is pending that are noise */
    uint32_t played;    /**< samples since sound began, up to ONSET */
    int32_t due;        /**< samples of change that have become due */
    bool held;          /**< the next frame's speed is not changed */
    int64_t pulled_us;  /**< when the last frame was */
    uint64_t undecodable;
    float pcm[PCM_MAX_SAMPLES];
};

int voice_new(struct voice **out, const struct voice_config *config)
{
    struct voice *voice = calloc(1, sizeof(*voice));
    if (voice == NULL) {
        return ERR_NO_MEMORY;
    }
    int64_t max_us = config->max_delay_us > 0 ? config->max_delay_us : DELAY_TRACKER_MAX_US;
    int err = jitter_buffer_new(&voice->buffer, max_us);
    err = err == 0 ? audio_decoder_new(&voice->decoder) : err;
    err = err == 0 ? time_stretch_new(&voice->stretch) : err;
    if (err != 0) {
        voice_free(&voice);
        return err;
    }
    jitter_buffer_stand(voice->buffer, config->early);
    if (config->jitter != NULL) {
        jitter_buffer_learn(voice->buffer, config->jitter);
    }
    comfort_noise_init(&voice->noise, 0);
    voice->pulled_us = INT64_MIN;
    voice->newest.ext_seq = -1;
    *out = voice;
    return 0;
}

/** One Opus packet, wherever it lay. */
static void receive_opus(struct voice *voice, const struct voice_packet *packet,
                         const struct red_fill *place, bool repair)
{
    struct audio_packet facts;
    if (audio_packet_parse(packet->payload + place->offset, place->bytes, &facts) != 0) {
        voice->undecodable++;
        return;
    }
    struct jitter_packet entry = {
        .ext_seq = place->ext_seq,
        .timestamp = place->timestamp,
        .samples = facts.samples,
        .fec = facts.lbrr_samples > 0,
        .dtx = facts.dtx,
        .repair = repair,
        .arrival_us = packet->arrival_us,
        .packet = packet->packet,
        .offset = (uint16_t)(packet->payload - packet->packet->data + place->offset),
        .bytes = place->bytes};
    if (jitter_buffer_receive(voice->buffer, &entry) == JITTER_RESTART) {
        voice->newest.ext_seq = -1;
    }
}

static void receive_red(struct voice *voice, const struct voice_packet *packet)
{
    struct red_fill_place present = {.ext_seq = packet->ext_seq, .timestamp = packet->timestamp};
    struct red_block primary;
    if (red_find_primary(packet->payload, packet->bytes, &primary) != 0) {
        voice->undecodable++;
        return;
    }
    if (voice->newest.ext_seq >= 0 && packet->ext_seq > voice->newest.ext_seq + 1) {
        struct red_fill fills[RED_FILL_MAX];
        size_t count = red_fill_find(&voice->newest, &present, packet->block_pt, packet->payload,
                                     packet->bytes, fills);
        for (size_t i = 0; i < count; i++) {
            receive_opus(voice, packet, &fills[i], true);
        }
    }
    struct red_fill place = {.ext_seq = packet->ext_seq,
                             .timestamp = packet->timestamp,
                             .offset = primary.offset,
                             .bytes = primary.bytes};
    receive_opus(voice, packet, &place, false);
}

void voice_receive(struct voice *voice, const struct voice_packet *packet)
{
    assert(packet->ext_seq >= 0 && packet->bytes <= UINT16_MAX);
    if (!voice->started) {
        voice->started = true;
        comfort_noise_init(&voice->noise, packet->timestamp);
    }
    if (packet->red) {
        receive_red(voice, packet);
    } else {
        struct red_fill place = {.ext_seq = packet->ext_seq,
                                 .timestamp = packet->timestamp,
                                 .bytes = (uint16_t)packet->bytes};
        receive_opus(voice, packet, &place, false);
    }
    if (packet->ext_seq > voice->newest.ext_seq) {
        voice->newest =
            (struct red_fill_place){.ext_seq = packet->ext_seq, .timestamp = packet->timestamp};
    }
}

void voice_restart(struct voice *voice)
{
    jitter_buffer_restart(voice->buffer);
    voice->newest.ext_seq = -1;
}

static const uint8_t *payload_of(const struct jitter_packet *packet)
{
    return packet->packet->data + packet->offset;
}

void voice_begin(struct voice *voice, uint32_t timestamp, bool whole)
{
    jitter_buffer_begin(voice->buffer, timestamp, whole);
}

/** Warms the decoder up with what came before play-out begins. */
static void prime(struct voice *voice, int64_t now_us)
{
    struct jitter_packet packet;
    while (jitter_buffer_prime(voice->buffer, now_us, &packet)) {
        size_t samples = 0;
        if (audio_decoder_decode(voice->decoder, payload_of(&packet), packet.bytes, voice->pcm,
                                 &samples) != 0) {
            voice->undecodable++;
        }
    }
}

/** Queues sound, its gain going to `to` within `ramp` samples, and noise in its place. */
static void push(struct voice *voice, float *pcm, size_t count, float to, size_t ramp)
{
    float from = voice->gain;
    size_t ramped = ramp < count ? ramp : count;
    float end = ramped == ramp ? to : from + (to - from) * (float)ramped / (float)ramp;
    if (from < 1 || to < 1) {
        float step = (end - from) / (float)ramped;
        for (size_t i = 0; i < count; i++) {
            pcm[i] *= i < ramped ? from + step * (float)(i + 1) : end;
        }
        comfort_noise_add(&voice->noise, pcm, ramped, 1 - from, 1 - end);
        if (end < 1 && count > ramped) {
            comfort_noise_add(&voice->noise, pcm + ramped, count - ramped, 1 - end, 1 - end);
        }
    }
    voice->gain = end;
    voice->quiet = end > 0 ? 0 : voice->quiet + count;
    time_stretch_push(voice->stretch, pcm, count);
}

static void push_concealment(struct voice *voice, size_t samples)
{
    if (audio_decoder_conceal(voice->decoder, samples, voice->pcm) != 0) {
        memset(voice->pcm, 0, samples * sizeof(voice->pcm[0]));
    }
    voice->concealed += (uint32_t)samples;
    voice->true_run = 0;
    float to = 1;
    if (voice->concealed >= FADE_TO) {
        to = 0;
    } else if (voice->concealed > FADE_FROM) {
        to = (float)(FADE_TO - voice->concealed) / (FADE_TO - FADE_FROM);
    }
    to = to < voice->gain ? to : voice->gain;
    push(voice, voice->pcm, samples, to, samples);
}

/** Noise; sound that is still in the air dies away in it. */
static void push_pause(struct voice *voice, size_t samples)
{
    voice->true_run = 0;
    if (voice->gain > 0) {
        size_t units = (samples + AUDIO_DECODER_STEP - 1) / AUDIO_DECODER_STEP * AUDIO_DECODER_STEP;
        if (audio_decoder_conceal(voice->decoder, units, voice->pcm) == 0) {
            push(voice, voice->pcm, samples, 0, samples);
            return;
        }
    }
    memset(voice->pcm, 0, samples * sizeof(voice->pcm[0]));
    push(voice, voice->pcm, samples, 0, samples);
}

static void push_recovered(struct voice *voice, const struct jitter_step *step)
{
    if (audio_decoder_recover(voice->decoder, payload_of(&step->packet), step->packet.bytes,
                              step->samples, voice->pcm) != 0) {
        push_concealment(voice, step->samples);
        return;
    }
    voice->concealed = 0;
    push(voice, voice->pcm, step->samples, 1, RAMP);
}

static void push_decoded(struct voice *voice, const struct jitter_step *step)
{
    size_t samples = 0;
    if (audio_decoder_decode(voice->decoder, payload_of(&step->packet), step->packet.bytes,
                             voice->pcm, &samples) != 0) {
        voice->undecodable++;
        size_t units = (step->samples + AUDIO_DECODER_STEP - 1U) / AUDIO_DECODER_STEP;
        push_concealment(voice, units * AUDIO_DECODER_STEP);
        return;
    }
    voice->concealed = 0;
    voice->true_run += samples - step->skip;
    push(voice, voice->pcm + step->skip, samples - step->skip, 1, RAMP);
}

/** Queues what comes next. @return samples made */
static size_t make(struct voice *voice, size_t wanted, int64_t now_us)
{
    struct jitter_step step;
    size_t before = time_stretch_pending(voice->stretch);
    jitter_buffer_pull(voice->buffer, wanted, before, now_us, &step);
    switch (step.action) {
    case JITTER_DECODE:
        push_decoded(voice, &step);
        break;
    case JITTER_RECOVER:
        push_recovered(voice, &step);
        break;
    case JITTER_CONCEAL:
        push_concealment(voice, step.samples);
        break;
    case JITTER_WAIT:
    case JITTER_PAUSE:
        push_pause(voice, step.samples);
        break;
    }
    return time_stretch_pending(voice->stretch) - before;
}

/** Change of speed: the share of a frame by which one that is so far off is changed. */
static int32_t share(int32_t adjust)
{
    int32_t off = adjust < 0 ? -adjust : adjust;
    if (adjust < 0) {
        return PCM_FRAME / 10;
    }
    return off >= FAR_OFF ? PCM_FRAME / 4 : off >= OFF ? PCM_FRAME / 10 : PCM_FRAME / 20;
}

static int32_t plan_change(struct voice *voice, int64_t now_us)
{
    if (voice->played < ONSET || voice->held) {
        return 0;
    }
    int32_t adjust =
        jitter_buffer_adjustment(voice->buffer, time_stretch_pending(voice->stretch), now_us);
    voice->due = adjust == 0 ? 0 : voice->due + share(adjust);
    voice->due = voice->due < MOST_DUE ? voice->due : MOST_DUE;
    return adjust;
}

void voice_hold(struct voice *voice)
{
    voice->held = true;
}

bool voice_pull(struct voice *voice, int64_t now_us, float out[PCM_FRAME])
{
    voice->pulled_us = now_us;
    prime(voice, now_us);
    int32_t adjust = plan_change(voice, now_us);
    voice->held = false;
    size_t pending = time_stretch_pending(voice->stretch);
    for (size_t work = 0; pending < PCM_FRAME && work < MOST_WORK;
         pending = time_stretch_pending(voice->stretch)) {
        work += make(voice, PCM_FRAME - pending, now_us);
    }
    if (adjust > 0) {
        for (size_t work = 0; pending < TIME_STRETCH_LOOK && work < PCM_MAX_SAMPLES &&
                              jitter_buffer_ready(voice->buffer);
             pending = time_stretch_pending(voice->stretch)) {
            work += make(voice, TIME_STRETCH_LOOK - pending, now_us);
        }
    }
    bool sound = pending > voice->quiet;
    int32_t adjusted = time_stretch_pull(voice->stretch, adjust, voice->due, out);
    voice->due -= adjusted < 0 ? -adjusted : adjusted;
    voice->due = voice->due > 0 ? voice->due : 0;
    jitter_buffer_played(voice->buffer, PCM_FRAME, adjusted);
    voice->played = !sound ? 0 : voice->played < ONSET ? voice->played + PCM_FRAME : ONSET;
    if (voice->true_run >= time_stretch_pending(voice->stretch) + PCM_FRAME) {
        comfort_noise_learn(&voice->noise, out);
    }
    return sound;
}

bool voice_position(const struct voice *voice, struct jitter_position *out)
{
    return jitter_buffer_position(voice->buffer, time_stretch_pending(voice->stretch), out);
}

int64_t voice_delay_us(const struct voice *voice, int64_t now_us)
{
    int64_t next_us = now_us == voice->pulled_us ? now_us + FRAME_US : now_us;
    return jitter_buffer_delay_us(voice->buffer, time_stretch_pending(voice->stretch), next_us);
}

int64_t voice_target_us(const struct voice *voice)
{
    return jitter_buffer_required_us(voice->buffer);
}

const struct delay_tracker *voice_jitter(const struct voice *voice)
{
    return jitter_buffer_known(voice->buffer);
}

void voice_stats(const struct voice *voice, struct voice_stats *out)
{
    out->jitter = *jitter_buffer_stats(voice->buffer);
    out->undecodable = voice->undecodable;
}

void voice_free(struct voice **voice)
{
    if (*voice == NULL) {
        return;
    }
    jitter_buffer_free(&(*voice)->buffer);
    audio_decoder_free(&(*voice)->decoder);
    time_stretch_free(&(*voice)->stretch);
    free(*voice);
    *voice = NULL;
}

#include "load/sound_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_encoder.h"
#include "codec/pcm_level.h"
#include "load/made_voice.h"
#include "load/name_tone.h"
#include "load/sound_file.h"

enum {
    MADE_PACKETS = 500,  /* 10 s of speech */
    QUIET_PACKETS = 200, /* of a quiet room */
    WARM_UP = 25,        /* packets coded before the loop's first, so that its end leads to it */
    HEARD = 150,         /* packets of speech before silence, so that libopus knows its loudness: it
                            takes noise for sound that is not 25 dB below the loudest it heard */
    PAUSE_COMPLEXITY = 9, /* libwebrtc's: it has libopus look closer for sound */
    SAYS_DBOV = 50,       /* louder than this is speech ... */
    HANG = 6              /* ... and so are as many packets around it */
};

/** What a talker says. */
struct speech {
    float *samples; /* owned */
    bool *says;     /* owned: of each packet */
    size_t packets;
};

/** A coded loop. */
struct loop {
    uint8_t *bytes;    /* owned */
    uint32_t *offsets; /* owned: packets + 1 */
    uint8_t *levels;   /* owned */
};

struct sound_store {
    struct speech speeches[MADE_VOICE_TALKERS];
    size_t speech_count;
    struct speech quiet;
    struct loop loops[NAME_TONES];
    unsigned tones;
    unsigned first_tone;
    struct loop quiet_loop;
    struct loop paused;  /* the quiet after speech, with DTX; */
    size_t paused_again; /* it ends with packets that may be repeated, from here */
    size_t paused_end;   /* to here */
};

static void speech_deinit(struct speech *speech)
{
    free(speech->samples);
    free(speech->says);
}

static void loop_deinit(struct loop *loop)
{
    free(loop->bytes);
    free(loop->offsets);
    free(loop->levels);
}

/** Finds where something is said, a little around it included. */
static int find_says(struct speech *speech)
{
    speech->says = calloc(speech->packets, sizeof(*speech->says));
    if (speech->says == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < speech->packets; i++) {
        if (pcm_level_dbov(speech->samples + i * PCM_FRAME, PCM_FRAME) > SAYS_DBOV) {
            continue;
        }
        size_t first = i > HANG ? i - HANG : 0;
        for (size_t j = first; j <= i + HANG && j < speech->packets; j++) {
            speech->says[j] = true;
        }
    }
    return 0;
}

static int make_speech(struct speech *speech, unsigned talker, uint64_t seed)
{
    speech->packets = MADE_PACKETS;
    speech->samples = malloc(speech->packets * PCM_FRAME * sizeof(float));
    if (speech->samples == NULL) {
        return ERR_NO_MEMORY;
    }
    made_voice(talker, seed, speech->samples, speech->packets * PCM_FRAME);
    return find_says(speech);
}

/** A file's sound, cut to whole packets; what is shorter than one is filled up. */
static int read_speech(struct speech *speech, const char *path, const char **reason)
{
    size_t count = 0;
    int err = sound_file_read(path, &speech->samples, &count, reason);
    if (err != 0) {
        return err;
    }
    speech->packets = count / PCM_FRAME;
    if (speech->packets == 0) {
        float *more = realloc(speech->samples, PCM_FRAME * sizeof(*more));
        if (more == NULL) {
            return ERR_NO_MEMORY;
        }
        memset(more + count, 0, (PCM_FRAME - count) * sizeof(*more));
        speech->samples = more;
        speech->packets = 1;
    }
    return find_says(speech);
}

/** @param tone negative = none */
static void samples_of(const struct speech *speech, int tone, uint64_t place,
                       float out[static PCM_FRAME])
{
    size_t at = (size_t)(place % speech->packets);
    memcpy(out, speech->samples + at * PCM_FRAME, PCM_FRAME * sizeof(*out));
    if (tone >= 0) {
        bool before = speech->says[at == 0 ? speech->packets - 1 : at - 1];
        name_tone_add((unsigned)tone, before, speech->says[at], out);
    }
}

static int loop_room(struct loop *loop, size_t packets)
{
    loop->bytes = malloc(packets * AUDIO_PACKET_MAX_BYTES);
    loop->offsets = calloc(packets + 1, sizeof(*loop->offsets));
    loop->levels = calloc(packets, sizeof(*loop->levels));
    return loop->bytes == NULL || loop->offsets == NULL || loop->levels == NULL ? ERR_NO_MEMORY : 0;
}

static int encode(struct loop *loop, const struct speech *speech, int tone,
                  struct audio_encoder *encoder)
{
    size_t warm_up = speech->packets < WARM_UP ? speech->packets : WARM_UP;
    uint8_t spare[AUDIO_PACKET_MAX_BYTES];
    float pcm[PCM_FRAME];
    for (size_t i = 0; i < warm_up + speech->packets; i++) {
        bool kept = i >= warm_up;
        size_t at = kept ? i - warm_up : speech->packets - warm_up + i;
        size_t len = 0;
        samples_of(speech, tone, at, pcm);
        int err = audio_encoder_encode(encoder, pcm, kept ? loop->bytes + loop->offsets[at] : spare,
                                       AUDIO_PACKET_MAX_BYTES, &len);
        if (err != 0) {
            return err;
        }
        if (kept) {
            loop->levels[at] = pcm_level_dbov(pcm, PCM_FRAME);
            loop->offsets[at + 1] = loop->offsets[at] + (uint32_t)len;
        }
    }
    return 0;
}

static int make_loop(struct loop *loop, const struct speech *speech, int tone, uint32_t bps)
{
    struct audio_encoder_config config = audio_encoder_defaults();
    struct audio_encoder *encoder = NULL;
    config.bitrate_bps = bps;
    int err = loop_room(loop, speech->packets);
    err = err != 0 ? err : audio_encoder_new(&encoder, &config);
    err = err != 0 ? err : encode(loop, speech, tone, encoder);
    audio_encoder_free(&encoder);
    if (err == 0) {
        uint8_t *fits = realloc(loop->bytes, loop->offsets[speech->packets]);
        loop->bytes = fits == NULL ? loop->bytes : fits;
    }
    return err;
}

static int make_speeches(struct sound_store *store, const struct sound_store_config *config,
                         const char **reason)
{
    if (config->file != NULL) {
        store->speech_count = 1;
        return read_speech(&store->speeches[0], config->file, reason);
    }
    int err = 0;
    size_t wanted = config->tones < MADE_VOICE_TALKERS ? config->tones : MADE_VOICE_TALKERS;
    while (err == 0 && store->speech_count < wanted) {
        unsigned talker = (unsigned)store->speech_count++;
        err = make_speech(&store->speeches[talker], talker, config->seed);
    }
    return err;
}

static int make_quiet(struct sound_store *store, const struct sound_store_config *config)
{
    struct speech *quiet = &store->quiet;
    quiet->packets = QUIET_PACKETS;
    quiet->samples = malloc(quiet->packets * PCM_FRAME * sizeof(float));
    if (quiet->samples == NULL) {
        return ERR_NO_MEMORY;
    }
    made_room_noise(config->seed, quiet->samples, quiet->packets * PCM_FRAME);
    return make_loop(&store->quiet_loop, quiet, -1, config->bps);
}

/** Codes one packet to its place in a loop, NULL = to none. */
static int encode_packet(struct audio_encoder *encoder, const struct speech *speech, size_t at,
                         struct loop *loop)
{
    uint8_t spare[AUDIO_PACKET_MAX_BYTES];
    float pcm[PCM_FRAME];
    size_t len = 0;
    samples_of(speech, -1, at, pcm);
    int err =
        audio_encoder_encode(encoder, pcm, loop != NULL ? loop->bytes + loop->offsets[at] : spare,
                             AUDIO_PACKET_MAX_BYTES, &len);
    if (err == 0 && loop != NULL) {
        loop->levels[at] = pcm_level_dbov(pcm, PCM_FRAME);
        loop->offsets[at + 1] = loop->offsets[at] + (uint32_t)len;
    }
    return err;
}

static int encode_paused(struct sound_store *store, struct audio_encoder *encoder)
{
    const struct speech *speech = &store->speeches[0];
    size_t end = speech->packets;
    int err = 0;
    while (end > 0 && !speech->says[end - 1]) {
        end--;
    }
    for (size_t at = end > HEARD ? end - HEARD : 0; at < end && err == 0; at++) {
        err = encode_packet(encoder, speech, at, NULL);
    }
    for (size_t at = 0; at < store->quiet.packets && err == 0; at++) {
        err = encode_packet(encoder, &store->quiet, at, &store->paused);
    }
    return err;
}

static bool is_empty(const struct loop *loop, size_t at)
{
    return loop->offsets[at + 1] - loop->offsets[at] <= AUDIO_PACKET_DTX_BYTES;
}

/** Between the first and the last packet that follows an empty one all is as it goes on. */
static void find_period(struct sound_store *store)
{
    store->paused_again = 0;
    store->paused_end = store->quiet.packets;
    for (size_t at = 1; at < store->quiet.packets; at++) {
        if (is_empty(&store->paused, at - 1) && !is_empty(&store->paused, at)) {
            bool first = store->paused_again == 0;
            *(first ? &store->paused_again : &store->paused_end) = at;
        }
    }
}

static int make_paused(struct sound_store *store, uint32_t bps)
{
    struct audio_encoder_config config = audio_encoder_defaults();
    struct audio_encoder *encoder = NULL;
    config.bitrate_bps = bps;
    config.complexity = PAUSE_COMPLEXITY;
    config.dtx = true;
    int err = loop_room(&store->paused, store->quiet.packets);
    err = err != 0 ? err : audio_encoder_new(&encoder, &config);
    err = err != 0 ? err : encode_paused(store, encoder);
    audio_encoder_free(&encoder);
    if (err == 0) {
        find_period(store);
    }
    return err;
}

/** Which of those that were made. */
static unsigned index_of(const struct sound_store *store, unsigned tone)
{
    return (tone + NAME_TONES - store->first_tone) % NAME_TONES % store->tones;
}

static unsigned tone_at(const struct sound_store *store, unsigned index)
{
    return (store->first_tone + index) % NAME_TONES;
}

static const struct speech *speech_at(const struct sound_store *store, unsigned index)
{
    return &store->speeches[index % store->speech_count];
}

static int make_loops(struct sound_store *store, const struct sound_store_config *config,
                      const struct sound_store_progress *progress, const char **reason)
{
    int err = 0;
    store->tones = config->tones;
    store->first_tone = config->first_tone % NAME_TONES;
    for (unsigned i = 0; i < store->tones && err == 0; i++) {
        err = make_loop(&store->loops[i], speech_at(store, i), (int)tone_at(store, i), config->bps);
        if (err == 0 && progress->told != NULL &&
            !progress->told(progress->owner, (i + 1.0) / store->tones)) {
            *reason = "ended while sound was coded";
            err = ERR_CLOSED;
        }
    }
    return err;
}

int sound_store_new(struct sound_store **out, const struct sound_store_config *config,
                    const struct sound_store_progress *progress, const char **reason)
{
    if (config->tones < 1 || config->tones > NAME_TONES || config->bps < AUDIO_ENCODER_MIN_BPS ||
        config->bps > AUDIO_ENCODER_MAX_BPS) {
        *reason = "a bit rate that Opus does not have";
        return ERR_UNSUPPORTED;
    }
    struct sound_store *store = calloc(1, sizeof(*store));
    *reason = "no memory";
    if (store == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = make_speeches(store, config, reason);
    err = err != 0 ? err : make_quiet(store, config);
    err = err != 0 ? err : make_paused(store, config->bps);
    err = err != 0 ? err : make_loops(store, config, progress, reason);
    if (err != 0) {
        sound_store_free(&store);
        return err;
    }
    *out = store;
    return 0;
}

size_t sound_store_packets(const struct sound_store *store, bool speaking)
{
    return speaking ? store->speeches[0].packets : store->quiet.packets;
}

static void packet_at(const struct loop *loop, size_t at, struct sound_packet *out)
{
    *out = (struct sound_packet){.data = loop->bytes + loop->offsets[at],
                                 .len = loop->offsets[at + 1] - loop->offsets[at],
                                 .level = loop->levels[at]};
}

void sound_store_packet(const struct sound_store *store, unsigned tone, bool speaking,
                        uint64_t place, struct sound_packet *out)
{
    const struct loop *loop = speaking ? &store->loops[index_of(store, tone)] : &store->quiet_loop;
    packet_at(loop, (size_t)(place % sound_store_packets(store, speaking)), out);
}

void sound_store_paused(const struct sound_store *store, uint64_t place, struct sound_packet *out)
{
    size_t period = store->paused_end - store->paused_again;
    uint64_t beyond = place < store->paused_end ? 0 : place - store->paused_end;
    packet_at(&store->paused,
              place < store->paused_end ? (size_t)place
                                        : store->paused_again + (size_t)(beyond % period),
              out);
}

void sound_store_samples(const struct sound_store *store, unsigned tone, bool speaking,
                         uint64_t place, float out[static PCM_FRAME])
{
    if (speaking) {
        unsigned index = index_of(store, tone);
        samples_of(speech_at(store, index), (int)tone_at(store, index), place, out);
    } else {
        samples_of(&store->quiet, -1, place, out);
    }
}

bool sound_store_says(const struct sound_store *store, unsigned tone, uint64_t place)
{
    const struct speech *speech = speech_at(store, index_of(store, tone));
    return speech->says[place % speech->packets];
}

void sound_store_free(struct sound_store **store)
{
    struct sound_store *old = *store;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < MADE_VOICE_TALKERS; i++) {
        speech_deinit(&old->speeches[i]);
    }
    for (size_t i = 0; i < NAME_TONES; i++) {
        loop_deinit(&old->loops[i]);
    }
    speech_deinit(&old->quiet);
    loop_deinit(&old->quiet_loop);
    loop_deinit(&old->paused);
    free(old);
    *store = NULL;
}

#include "sim/ear.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "codec/audio_packet.h"

enum {
    WAIT = PCM_FRAME / 2,
    FADED_US = 120000, /* made up in a row: then silence */
    SETTLE = 50        /* packets whose earliest sets the time */
};

void ear_init(struct ear *ear)
{
    *ear = (struct ear){.sounds = NULL};
}

/** Room for one more sound of so many bytes. */
static bool make_room(struct ear *ear, size_t bytes)
{
    if (ear->count == ear->capacity) {
        size_t capacity = ear->capacity == 0 ? 1024 : 2 * ear->capacity;
        struct ear_sound *sounds = realloc(ear->sounds, capacity * sizeof(*sounds));
        if (sounds == NULL) {
            return false;
        }
        ear->sounds = sounds;
        ear->capacity = capacity;
    }
    if (ear->used + bytes > ear->room) {
        size_t room = 2 * ear->room + 65536 + bytes;
        uint8_t *grown = realloc(ear->bytes, room);
        if (grown == NULL) {
            return false;
        }
        ear->bytes = grown;
        ear->room = room;
    }
    return true;
}

static void take(void *owner, const struct sink_sound *sound)
{
    struct ear *ear = owner;
    if (!make_room(ear, sound->bytes)) {
        ear->failed = true;
        return;
    }
    if (ear->count == 0) {
        ear->first_timestamp = sound->timestamp;
    }
    /* Half a turn is a day at 48 kHz: no run is as long. */
    ear->sounds[ear->count++] =
        (struct ear_sound){.ext_seq = sound->ext_seq,
                           .timestamp = (int32_t)(sound->timestamp - ear->first_timestamp),
                           .arrival_us = sound->arrival_us,
                           .offset = ear->used,
                           .bytes = sound->bytes};
    memcpy(ear->bytes + ear->used, sound->payload, sound->bytes);
    ear->used += sound->bytes;
}

void ear_attach(struct ear *ear, struct sink *sink)
{
    sink_set_listener(sink, &(struct sink_listener){.take = take, .owner = ear});
}

/** A run of play-out. */
struct player {
    const struct ear *ear;
    struct ear_sound *sounds; /* in order of timestamps */
    struct audio_decoder *decoder;
    bool waits;
    size_t next;                  /* sound to be played */
    int64_t timestamp;            /* of the next frame */
    int64_t now_us;               /* when it is due */
    int64_t missing_us;           /* made up in a row */
    const struct ear_sound *last; /* played, or found to be late */
    struct ear_account account;
    int64_t from_us;
    float *out;
    size_t count;
};

static int64_t us_of(int64_t samples)
{
    return samples * 1000 / PCM_MS;
}

static void put(struct player *player, const float *pcm, size_t samples)
{
    int64_t at = (player->now_us - player->from_us) * PCM_MS / 1000;
    for (size_t i = 0; i < samples; i++) {
        int64_t to = at + (int64_t)i;
        if (to >= 0 && to < (int64_t)player->count) {
            player->out[to] = pcm[i];
        }
    }
    player->now_us += us_of((int64_t)samples);
}

/** Makes a frame or a part of one up; timestamps go on by what the caller says. */
static void conceal(struct player *player, size_t samples)
{
    float pcm[PCM_FRAME] = {0};
    size_t whole = samples / AUDIO_DECODER_STEP * AUDIO_DECODER_STEP;
    if (player->missing_us < FADED_US && whole > 0) {
        (void)audio_decoder_conceal(player->decoder, whole, pcm);
    }
    player->account.concealed_us += us_of((int64_t)samples);
    player->missing_us += us_of((int64_t)samples);
    if (player->missing_us > player->account.longest_concealed_us) {
        player->account.longest_concealed_us = player->missing_us;
    }
    put(player, pcm, samples);
}

static void play(struct player *player, const struct ear_sound *sound)
{
    float pcm[PCM_MAX_SAMPLES];
    size_t samples = 0;
    if (audio_decoder_decode(player->decoder, player->ear->bytes + sound->offset, sound->bytes, pcm,
                             &samples) != 0) {
        memset(pcm, 0, sizeof(pcm));
        samples = PCM_FRAME;
    }
    player->account.played++;
    player->missing_us = 0;
    player->timestamp += (int64_t)samples;
    player->last = sound;
    player->next++;
    put(player, pcm, samples);
}

/** What stands after a hole, when it has come by now; NULL when not. */
static const struct ear_sound *after_hole(const struct player *player)
{
    const struct ear_sound *sound = &player->sounds[player->next];
    return player->next < player->ear->count && sound->arrival_us <= player->now_us ? sound : NULL;
}

/** A hole of a frame before the next sound, or a shorter one. */
static void bridge_hole(struct player *player)
{
    const struct ear_sound *next = &player->sounds[player->next];
    int64_t hole = next->timestamp - player->timestamp;
    size_t samples = hole < PCM_FRAME ? (size_t)hole : PCM_FRAME;
    bool unsent = player->last != NULL && next->timestamp - player->last->timestamp >
                                              (next->ext_seq - player->last->ext_seq) * PCM_FRAME;
    const struct ear_sound *there = after_hole(player);
    struct audio_packet facts;
    float pcm[PCM_FRAME];
    player->timestamp += (int64_t)samples;
    if (there != NULL && hole == PCM_FRAME &&
        audio_packet_parse(player->ear->bytes + there->offset, there->bytes, &facts) == 0 &&
        facts.lbrr_samples == PCM_FRAME &&
        audio_decoder_recover(player->decoder, player->ear->bytes + there->offset, there->bytes,
                              samples, pcm) == 0) {
        player->account.recovered++;
        put(player, pcm, samples);
        return;
    }
    player->account.paused_us += unsent ? us_of((int64_t)samples) : 0;
    conceal(player, samples);
}

/** True when some sound that is still to be played has come by now. */
static bool something_left(const struct player *player)
{
    for (size_t i = player->next; i < player->ear->count && i < player->next + SETTLE; i++) {
        if (player->sounds[i].arrival_us <= player->now_us) {
            return true;
        }
    }
    return false;
}

/** The sender has said that nothing comes for a while, and it has not come so far. */
static bool in_pause(const struct player *player, const struct ear_sound *next)
{
    return player->last != NULL && player->last->bytes <= AUDIO_PACKET_DTX_BYTES &&
           next->timestamp > player->timestamp;
}

static void step(struct player *player)
{
    const struct ear_sound *sound = &player->sounds[player->next];
    if (player->waits && !in_pause(player, sound) && !something_left(player)) {
        player->account.waited_us += us_of(WAIT);
        player->account.delay_us += us_of(WAIT);
        conceal(player, WAIT);
    } else if (sound->timestamp < player->timestamp) {
        player->account.misplaced++;
        player->next++;
    } else if (sound->timestamp > player->timestamp) {
        bridge_hole(player);
    } else if (sound->arrival_us <= player->now_us) {
        play(player, sound);
    } else { /* a hole, as if it had never come */
        player->account.late++;
        player->last = sound;
        player->next++;
    }
}

static int by_timestamp(const void *a, const void *b)
{
    const struct ear_sound *left = a;
    const struct ear_sound *right = b;
    return (left->timestamp > right->timestamp) - (left->timestamp < right->timestamp);
}

/** Time of the first timestamp, had it come as fast as the fastest of the first ones that are
 * listened to. */
static int64_t earliest_us(const struct ear *ear, int64_t from_us)
{
    int64_t earliest = INT64_MAX;
    size_t count = 0;
    for (size_t i = 0; i < ear->count && count < SETTLE; i++) {
        const struct ear_sound *sound = &ear->sounds[i];
        int64_t us = sound->arrival_us - us_of(sound->timestamp);
        bool last = i + 1 == ear->count && count == 0;
        if (sound->arrival_us >= from_us || last) {
            earliest = us < earliest ? us : earliest;
            count++;
        }
    }
    return earliest;
}

int ear_play(const struct ear *ear, const struct ear_buffer *buffer, int64_t from_us, float *out,
             size_t count, struct ear_account *account)
{
    struct player player = {.ear = ear,
                            .waits = buffer->waits,
                            .now_us = earliest_us(ear, from_us) + buffer->us,
                            .account = {.delay_us = buffer->us},
                            .from_us = from_us,
                            .out = out,
                            .count = count};
    if (ear->count == 0 || ear->failed) {
        return ear->failed ? ERR_NO_MEMORY : ERR_NOT_FOUND;
    }
    memset(out, 0, count * sizeof(*out));
    player.sounds = malloc(ear->count * sizeof(*player.sounds));
    int err = player.sounds == NULL ? ERR_NO_MEMORY : audio_decoder_new(&player.decoder);
    if (err == 0) {
        memcpy(player.sounds, ear->sounds, ear->count * sizeof(*player.sounds));
        qsort(player.sounds, ear->count, sizeof(*player.sounds), by_timestamp);
        player.timestamp = player.sounds[0].timestamp;
        player.now_us += us_of(player.timestamp);
        while (player.next < ear->count) {
            step(&player);
        }
        if (account != NULL) {
            *account = player.account;
        }
    }
    free(player.sounds);
    audio_decoder_free(&player.decoder);
    return err;
}

void ear_deinit(struct ear *ear)
{
    free(ear->sounds);
    free(ear->bytes);
    ear_init(ear);
}

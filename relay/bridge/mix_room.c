#include "mix_room.h"

#include <stdlib.h>

#include "base/err.h"
#include "mix_listeners.h"
#include "mix_passage.h"
#include "mix_seam.h"
#include "mix_speakers.h"

enum {
    SWEEP_US = 1000000,
    DELAY_GUESS_US = 40000, /**< before anybody has spoken */
    DELAY_SMOOTHING = 32,
    ENCODER_US = AUDIO_ENCODER_DELAY * 1000 / PCM_MS, /**< what a packet decodes to is older */
    HEARD_DBOV = 100                                  /**< who is quieter is not told of */
};

int mix_room_new(struct mix_room **out, struct bridging *bridging,
                 const struct audio_bridge_config *config, int64_t due_us)
{
    struct mix_room *room = calloc(1, sizeof(*room));
    if (room == NULL) {
        return ERR_NO_MEMORY;
    }
    list_init(&room->link);
    list_init(&room->speakers);
    list_init(&room->audible);
    list_init(&room->listeners);
    list_init(&room->busy);
    wheel_timer_init(&room->timer);
    mix_cast_init(&room->cast, config->options.speakers);
    mix_line_init(&room->line);
    room->bridging = bridging;
    room->config = config;
    room->due_us = due_us;
    room->swept_us = due_us;
    room->sinks_seen = bridging->sinks_changed - 1;
    room->delay_us = DELAY_GUESS_US;
    int err = mixer_new(&room->mixer);
    if (err != 0) {
        free(room);
        return err;
    }
    bridging->audio = room;
    *out = room;
    return 0;
}

/** Sound leaves as long after its arrival as that of the loudest does; this moves slowly. */
static void follow_delay(struct mix_room *room, int64_t now_us)
{
    const struct mix_voice *loudest = NULL;
    LIST_FOR_EACH(link, &room->audible)
    {
        const struct mix_voice *voice = LIST_ENTRY(link, struct mix_speaker, audible_link)->voice;
        if (voice->sounds && (loudest == NULL || voice->level < loudest->level)) {
            loudest = voice;
        }
    }
    if (loudest != NULL) {
        int64_t delay_us = mix_voice_delay_us(loudest, now_us);
        room->delay_us += (delay_us - room->delay_us) / DELAY_SMOOTHING;
    }
}

/** Whoever has several sources is told of once, as loud as the loudest of them. */
static void tell_of(struct feed_packet *facts, const struct mix_voice *voice)
{
    size_t at = 0;
    while (at < facts->source_count && facts->sources[at] != voice->participant) {
        at++;
    }
    if (at == FEED_MAX_SOURCES) {
        return;
    }
    if (at == facts->source_count || voice->level < facts->levels[at]) {
        facts->levels[at] = voice->level;
    }
    facts->sources[at] = voice->participant;
    facts->source_count += at == facts->source_count ? 1 : 0;
}

/** What goes with a packet of this frame. @param without participant who is not in it, 0 = nobody
 */
static struct feed_packet describe(const struct mix_room *room, uint32_t without)
{
    /* a packet comes when its first sample is as old as it lasts */
    struct feed_packet facts = {.timestamp = room->clock,
                                .captured_us = room->due_us - room->delay_us - ENCODER_US -
                                               AUDIO_BRIDGE_FRAME_US};
    LIST_FOR_EACH(link, &room->audible)
    {
        const struct mix_voice *voice = LIST_ENTRY(link, struct mix_speaker, audible_link)->voice;
        if (voice->participant != without && voice->level < HEARD_DBOV) {
            tell_of(&facts, voice);
        }
    }
    return facts;
}

static void send(struct mix_room *room, struct mix_output *output, const struct mix_line *line,
                 const struct feed_packet *facts, int64_t now_us)
{
    if (room->cuts) {
        mix_passage_cut(room, output, line, facts, now_us);
    }
    if (mix_output_send(output, line, facts, room->config->packets, now_us)) {
        room->config->counters->encoded++;
    }
}

static void send_shared(struct mix_room *room, int64_t now_us)
{
    const struct feed_packet facts = describe(room, 0);
    mix_line_put(&room->line, mixer_total(room->mixer));
    for (size_t i = 0; i < room->class_count; i++) {
        if (room->classes[i].listeners > 0) {
            send(room, &room->classes[i].output, &room->line, &facts, now_us);
        }
    }
}

static void send_own(struct mix_room *room, int64_t now_us)
{
    float sum[PCM_FRAME];
    LIST_FOR_EACH(link, &room->busy)
    {
        const struct mix_listener *listener = LIST_ENTRY(link, struct mix_listener, busy_link);
        if (listener->own != NULL) {
            const struct feed_packet facts = describe(room, listener->sink->participant);
            mix_speakers_without(room, listener->sink->participant, sum);
            mix_line_put(&listener->own->line, sum);
            send(room, &listener->own->output, &listener->own->line, &facts, now_us);
        }
    }
}

static void sweep(struct mix_room *room)
{
    if (room->due_us - room->swept_us >= SWEEP_US) {
        room->swept_us = room->due_us;
        mix_speakers_sweep(room);
        mix_listeners_sweep(room, room->due_us);
        mix_seam_sweep(room);
    }
}

bool mix_room_tick(struct mix_room *room, int64_t now_us)
{
    struct mix_wish wishes[MIX_MAX_WISHES];
    mix_listeners_follow(room, room->due_us);
    if (list_empty(&room->listeners)) {
        return false;
    }
    sweep(room);
    size_t count = mix_listeners_enter(room, wishes, room->due_us);
    if (mix_speakers_choose(room, wishes, count, room->due_us)) {
        mix_listeners_hear(room);
    }
    mix_listeners_settle(room, room->due_us);
    mix_speakers_play(room, now_us);
    mixer_run(room->mixer);
    follow_delay(room, now_us);
    mix_passage_plan(room);
    send_own(room, now_us);
    send_shared(room, now_us);
    mix_speakers_settle(room, room->due_us);
    room->config->counters->frames++;
    mix_room_skip(room, 1);
    return true;
}

void mix_room_skip(struct mix_room *room, uint32_t frames)
{
    room->clock += frames * PCM_FRAME;
    room->due_us += (int64_t)frames * AUDIO_BRIDGE_FRAME_US;
}

size_t mix_room_encoders(const struct mix_room *room)
{
    size_t count = 0;
    for (size_t i = 0; i < room->class_count; i++) {
        count += room->classes[i].listeners > 0 ? 1 : 0;
    }
    LIST_FOR_EACH(link, &room->busy)
    {
        count += LIST_ENTRY(link, struct mix_listener, busy_link)->own != NULL ? 1 : 0;
    }
    return count;
}

size_t mix_room_decoders(const struct mix_room *room)
{
    return room->cast.count;
}

void mix_room_free(struct mix_room **room)
{
    struct mix_room *old = *room;
    if (old == NULL) {
        return;
    }
    struct bridging *bridging = old->bridging;
    mix_listeners_free(old);
    mix_seam_free(old);
    mix_speakers_free(old);
    mixer_free(&old->mixer);
    bridging->audio = NULL;
    free(old);
    *room = NULL;
    bridging_release(bridging);
}

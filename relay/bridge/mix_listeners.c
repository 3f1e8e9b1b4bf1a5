#include "mix_listeners.h"

#include <stdlib.h>

#include "mix_class.h"

enum {
    EQUAL_FRAMES = 5,      /**< both mixes are the same for 100 ms: encoders stand close together */
    CATCH_UP_US = 1000000, /**< what is forwarded goes on meanwhile */
    USUAL_LAG = 3 * PCM_FRAME, /**< of a mix behind what is forwarded, at most, on a good link */
    WAIT_US = 300000,          /**< for the mix to come to where a forwarded stream was left */
    LEAVE_US = 2000000,        /**< for a pause in which to be forwarded again */
    CHANGE_US = 2000000,       /**< for a pause in which to hear another encoder */
    QUIET_DBOV = 55            /**< such a frame is a pause */
};

static struct mix_listener *listener_of(struct list *link)
{
    return LIST_ENTRY(link, struct mix_listener, link);
}

static struct mix_listener *listener_of_busy(struct list *link)
{
    return LIST_ENTRY(link, struct mix_listener, busy_link);
}

static void make_busy(struct mix_room *room, struct mix_listener *listener)
{
    if (list_empty(&listener->busy_link)) {
        list_append(&room->busy, &listener->busy_link);
    }
}

/* Mixes for one */

static void free_own(struct mix_listener *listener)
{
    if (listener->own != NULL) {
        mix_output_deinit(&listener->own->output);
        free(listener->own);
        listener->own = NULL;
    }
}

/** He gets his own, which goes on as the shared one does. @return false without memory */
static bool part(struct mix_room *room, struct mix_listener *listener)
{
    const struct audio_encoder_config config = mix_quality_encoder(
        listener->wanted, room->config->options.complexity, listener->loss.percent);
    struct mix_own *own = calloc(1, sizeof(*own));
    listener->own = own;
    if (own == NULL || mix_output_init(&own->output, room->bridging, &config) != 0) {
        free_own(listener);
        return false;
    }
    mix_line_copy(&own->line, &room->line);
    if (listener->class != NULL) {
        mix_class_go_on(room, &own->output, &listener->class->output, listener->wanted,
                        listener->loss.percent);
    }
    if (listener->state == MIX_LISTENER_FED) {
        bridge_sink_take(listener->sink, own->output.feed, 0);
    }
    mix_class_leave(listener);
    make_busy(room, listener);
    return true;
}

/** He has been silent for long enough to hear what everybody hears. */
static void rejoin(struct mix_room *room, struct mix_listener *listener)
{
    if (!mix_class_join(room, listener, &listener->own->output)) {
        return;
    }
    if (listener->state == MIX_LISTENER_FED) {
        bridge_sink_take(listener->sink, listener->class->output.feed, 0);
    }
    free_own(listener);
    room->config->counters->rejoins++;
}

static void look_at_own(struct mix_room *room, struct mix_listener *listener)
{
    struct mix_own *own = listener->own;
    bool heard = mix_speakers_hear(room, listener->sink->participant);
    if (heard && own == NULL) {
        if (!part(room, listener)) {
            /* Nobody shall hear himself. */
            mix_speakers_silence(room, listener->sink->participant, room->due_us);
        }
    } else if (heard) {
        own->equal_frames = 0;
    } else if (own != NULL && own->equal_frames++ >= EQUAL_FRAMES) {
        rejoin(room, listener);
    }
}

/* Coming and going */

static struct mix_output *output_of(const struct mix_listener *listener)
{
    return listener->own != NULL ? &listener->own->output : &listener->class->output;
}

static void take(struct mix_room *room, struct mix_listener *listener, uint32_t step)
{
    struct mix_output *output = output_of(listener);
    if (listener->state == MIX_LISTENER_WAITING) {
        audio_encoder_stand_alone(output->encoder); /* his decoder heard another one before */
    }
    bridge_sink_take(listener->sink, output->feed, step);
    listener->state = MIX_LISTENER_FED;
    listener->since_us = INT64_MAX;
    room->config->counters->entered++;
}

/** The mix is further behind what is forwarded than it is going to be: a voice that has just begun
 * plays its first syllables late, and catches up. */
static bool is_catching_up(const struct mix_room *room, const struct bridge_position *at)
{
    const struct mix_voice *voice = mix_speakers_voice_of(room, at->source);
    if (voice == NULL) {
        return false;
    }
    const struct mix_voice_floor position = mix_voice_position(voice);
    return position.known &&
           (int32_t)(at->timestamp + MIX_LATENESS - position.timestamp) > USUAL_LAG;
}

/** The mix is made for him from now on; he hears it when it has come to where he is. */
static void enter(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    if (listener->class == NULL && !mix_class_join(room, listener, NULL)) {
        return; /* tried again with the next frame */
    }
    const struct bridge_position at = bridge_sink_forwarded(listener->sink);
    if (at.source == NULL) {
        take(room, listener, 0);
        return;
    }
    if (listener->since_us == INT64_MAX) {
        listener->since_us = now_us;
    }
    if (is_catching_up(room, &at) && now_us - listener->since_us < CATCH_UP_US) {
        return;
    }
    bridge_sink_hush(listener->sink);
    listener->state = MIX_LISTENER_WAITING;
    listener->since_us = now_us;
}

/**
 * The frame to come begins so many samples after what he has heard last; takes it when no other
 * would fit better.
 */
static void wait(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    const struct bridge_position at = bridge_sink_forwarded(listener->sink);
    const struct mix_voice *voice =
        at.source != NULL ? mix_speakers_voice_of(room, at.source) : NULL;
    if (voice == NULL || now_us - listener->since_us >= WAIT_US) {
        take(room, listener, 0);
        return;
    }
    const struct mix_voice_floor position = mix_voice_position(voice);
    int32_t beyond = (int32_t)(position.timestamp - MIX_LATENESS - at.timestamp);
    if (position.known && beyond >= -PCM_FRAME / 2) {
        /* What it is off by is not told: players would make up sound for it, or drop a packet. */
        take(room, listener, beyond < PCM_FRAME / 2 ? at.samples : at.samples + (uint32_t)beyond);
    }
}

static void free_listener(struct mix_listener *listener)
{
    free_own(listener);
    mix_class_leave(listener);
    list_remove(&listener->busy_link);
    list_remove(&listener->link);
    free(listener);
}

static void leave(struct mix_room *room, struct mix_listener *listener, uint32_t timestamp,
                  bool known)
{
    listener->sink->bridge = NULL;
    bridge_sink_leave(listener->sink, timestamp, known);
    room->config->counters->left++;
    free_listener(listener);
}

/** @return true when he has left, and is no more */
static bool look_at_leaving(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    const struct bridge_source *next = bridge_sink_destination(listener->sink);
    const struct mix_voice *voice = next != NULL ? mix_speakers_voice_of(room, next) : NULL;
    if (listener->state != MIX_LISTENER_FED) {
        const struct bridge_position at = bridge_sink_forwarded(listener->sink);
        leave(room, listener, at.timestamp, at.source != NULL && at.source == next);
        return true;
    }
    struct mix_voice_floor position = {.known = false};
    if (voice != NULL) {
        position = mix_voice_position(voice);
    }
    if (listener->since_us == INT64_MAX) {
        listener->since_us = now_us;
    }
    bool pause = voice == NULL || !voice->sounds || voice->level >= QUIET_DBOV;
    if (!pause && now_us - listener->since_us < LEAVE_US) {
        return false;
    }
    leave(room, listener, position.timestamp - MIX_LATENESS, position.known);
    return true;
}

/** Another encoder suits him better: at once where it can go on from his, else in a pause. */
static void look_at_quality(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    if (listener->class == NULL || mix_quality_equal(listener->class->quality, listener->wanted)) {
        listener->since_us = INT64_MAX;
        return;
    }
    if (listener->since_us == INT64_MAX) {
        listener->since_us = now_us;
    }
    const struct mix_class *next = mix_class_find(room, listener->wanted);
    bool seamless = next == NULL || next->listeners == 0;
    bool pause = room->line.level >= QUIET_DBOV;
    if ((seamless || pause || now_us - listener->since_us >= CHANGE_US) &&
        mix_class_join(room, listener, &listener->class->output)) {
        listener->since_us = INT64_MAX;
        bridge_sink_take(listener->sink, listener->class->output.feed, 0);
    }
}

/** He may have left, and be no more, when it says true. @return false when there is nothing more to
 * do for him until something happens */
static bool look(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    room->config->counters->looks++;
    if (listener->sink->leaving) {
        if (look_at_leaving(room, listener, now_us)) {
            return true;
        }
    }
    if (listener->state == MIX_LISTENER_NEW) {
        return true; /* there was no memory */
    }
    look_at_own(room, listener);
    if (listener->state == MIX_LISTENER_WAITING) {
        wait(room, listener, now_us);
    } else if (!listener->sink->leaving) {
        look_at_quality(room, listener, now_us);
    }
    return listener->own != NULL || listener->state != MIX_LISTENER_FED ||
           listener->since_us != INT64_MAX || listener->sink->leaving;
}

/* The whole */

/** Its sink tells something new. */
static void refresh(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    struct bridge_sink *sink = listener->sink;
    mix_loss_note(&listener->loss, sink->loss_percent, now_us);
    listener->wanted = mix_quality_of(sink->media, &listener->loss, sink->narrow,
                                      room->config->options.bitrate_bps);
    if (listener->own != NULL) {
        mix_class_set(room, &listener->own->output, listener->wanted, listener->loss.percent);
    } else if (listener->class == NULL ||
               !mix_quality_equal(listener->class->quality, listener->wanted)) {
        make_busy(room, listener);
    }
}

/** The listener of a sink, made when there is none. NULL without memory. */
static struct mix_listener *listener_for(struct mix_room *room, struct bridge_sink *sink)
{
    struct mix_listener *listener = sink->bridge;
    if (listener == NULL) {
        listener = calloc(1, sizeof(*listener));
        if (listener == NULL) {
            return NULL;
        }
        list_init(&listener->busy_link);
        listener->since_us = INT64_MAX;
        listener->sink = sink;
        list_append(&room->listeners, &listener->link);
        sink->bridge = listener;
        sink->fresh = true;
    }
    return listener;
}

void mix_listeners_follow(struct mix_room *room, int64_t now_us)
{
    struct bridging *bridging = room->bridging;
    if (room->sinks_seen == bridging->sinks_changed) {
        return;
    }
    room->sinks_seen = bridging->sinks_changed;
    room->generation++;
    LIST_FOR_EACH(link, &bridging->sinks[MEDIA_AUDIO])
    {
        struct bridge_sink *sink = LIST_ENTRY(link, struct bridge_sink, link);
        struct mix_listener *listener = listener_for(room, sink);
        room->config->counters->looks++;
        if (listener == NULL) {
            room->sinks_seen--; /* tried again with the next frame */
            continue;
        }
        listener->generation = room->generation;
        if (sink->fresh) {
            sink->fresh = false;
            refresh(room, listener, now_us);
        }
        if (sink->leaving) {
            make_busy(room, listener);
        }
    }
    LIST_FOR_EACH_SAFE(link, after, &room->listeners)
    {
        if (listener_of(link)->generation != room->generation) {
            free_listener(listener_of(link));
        }
    }
}

size_t mix_listeners_enter(struct mix_room *room, struct mix_wish out[MIX_MAX_WISHES],
                           int64_t now_us)
{
    size_t count = 0;
    LIST_FOR_EACH(link, &room->busy)
    {
        struct mix_listener *listener = listener_of_busy(link);
        if (listener->state == MIX_LISTENER_NEW && !listener->sink->leaving) {
            enter(room, listener, now_us);
        }
        if (listener->state == MIX_LISTENER_WAITING && count < MIX_MAX_WISHES) {
            const struct bridge_position at = bridge_sink_forwarded(listener->sink);
            out[count] = (struct mix_wish){.source = at.source, .timestamp = at.timestamp};
            count += at.source != NULL ? 1 : 0;
        }
    }
    return count;
}

void mix_listeners_hear(struct mix_room *room)
{
    LIST_FOR_EACH(link, &room->listeners)
    {
        struct mix_listener *listener = listener_of(link);
        room->config->counters->looks++;
        if (mix_speakers_hear(room, listener->sink->participant)) {
            make_busy(room, listener);
        }
    }
}

void mix_listeners_settle(struct mix_room *room, int64_t now_us)
{
    LIST_FOR_EACH_SAFE(link, after, &room->busy)
    {
        struct mix_listener *listener = listener_of_busy(link);
        if (!look(room, listener, now_us)) {
            list_remove(&listener->busy_link);
        }
    }
}

void mix_listeners_sweep(struct mix_room *room, int64_t now_us)
{
    uint8_t losses[MIX_QUALITY_MOST] = {0};
    LIST_FOR_EACH(link, &room->listeners)
    {
        struct mix_listener *listener = listener_of(link);
        room->config->counters->looks++;
        refresh(room, listener, now_us);
        if (listener->class != NULL) {
            uint8_t *loss = &losses[listener->class - room->classes];
            *loss = listener->loss.percent > *loss ? listener->loss.percent : *loss;
        }
    }
    for (size_t i = 0; i < room->class_count; i++) {
        struct mix_class *class = &room->classes[i];
        if (class->loss_percent != losses[i]) {
            class->loss_percent = losses[i];
            mix_class_set(room, &class->output, class->quality, losses[i]);
        }
    }
}

void mix_listeners_free(struct mix_room *room)
{
    LIST_FOR_EACH(link, &room->bridging->sinks[MEDIA_AUDIO])
    {
        LIST_ENTRY(link, struct bridge_sink, link)->bridge = NULL;
    }
    LIST_FOR_EACH_SAFE(link, after, &room->listeners)
    {
        free_listener(listener_of(link));
    }
    mix_class_free_all(room);
}

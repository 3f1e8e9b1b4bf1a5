#include "mix_listeners.h"

#include <stdlib.h>

#include "mix_class.h"
#include "mix_passage.h"

enum {
    EQUAL_FRAMES = 5,    /**< both mixes are the same for 100 ms: encoders stand close together */
    CHANGE_US = 2000000, /**< for a pause in which to hear another encoder */
    QUIET_DBOV = 55      /**< such a frame is a pause */
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

/** Whole ones, now. */
static bool hears_frames(const struct mix_listener *listener)
{
    return listener->state == MIX_LISTENER_FED || listener->state == MIX_LISTENER_PARTING;
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
    if (hears_frames(listener)) {
        bridge_sink_take(listener->sink, own->output.feed, NULL);
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
    if (hears_frames(listener)) {
        bridge_sink_take(listener->sink, listener->class->output.feed, NULL);
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

static void free_listener(struct mix_listener *listener)
{
    free_own(listener);
    mix_class_leave(listener);
    list_remove(&listener->busy_link);
    list_remove(&listener->link);
    free(listener);
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
        bridge_sink_take(listener->sink, listener->class->output.feed, NULL);
    }
}

/** He may have left, and be no more, when it says true. @return false when there is nothing more to
 * do for him until something happens */
static bool look(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    room->config->counters->looks++;
    bool leaves = listener->sink->leaving && listener->state != MIX_LISTENER_JOINING;
    if (leaves && mix_passage_leave(room, listener, now_us)) {
        room->config->counters->left++;
        free_listener(listener);
        return true;
    }
    if (listener->state == MIX_LISTENER_NEW) {
        return true; /* there was no memory */
    }
    look_at_own(room, listener);
    if (listener->state == MIX_LISTENER_FED && !listener->sink->leaving) {
        look_at_quality(room, listener, now_us);
    } else if (!leaves) {
        mix_passage_look(room, listener, now_us);
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
            mix_passage_enter(room, listener, now_us);
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

#include "mix_passage.h"

#include "mix_class.h"
#include "mix_seam.h"
#include "mix_speakers.h"

enum {
    CATCH_UP_US = 1000000,     /**< what is forwarded goes on meanwhile */
    USUAL_LAG = 3 * PCM_FRAME, /**< of a mix behind what is forwarded, at most, on a good link */
    WAIT_US = 300000,          /**< for the mix to come to where a forwarded stream was left */
    LEAVE_US = 2000000,        /**< for a pause in which to be forwarded again, ... */
    PART_US = 100000,          /**< and then for a packet to begin */
    QUIET_DBOV = 55,           /**< such a frame is a pause */
    HALF_STEP = AUDIO_ENCODER_STEP / 2
};

/** What a source's voice is going to play first in the next frame, as who hears the mix counts. */
static bool mix_at(const struct mix_voice *voice, uint32_t *timestamp)
{
    struct mix_voice_floor position = {.known = false};
    if (voice != NULL) {
        position = mix_voice_position(voice);
    }
    *timestamp = position.timestamp - MIX_LATENESS;
    return position.known;
}

static struct mix_voice *voice_of(const struct mix_room *room, const struct bridge_source *source)
{
    return source != NULL ? mix_speakers_voice_of(room, source) : NULL;
}

/* To the mix */

/** @param heard packets of another encoder: he, or his decoder, has heard some just before */
static void take(struct mix_room *room, struct mix_listener *listener, bool heard,
                 const struct bridge_seam *seam)
{
    struct mix_output *output = mix_passage_output(listener);
    if (heard) {
        audio_encoder_stand_alone(output->encoder);
    }
    bridge_sink_take(listener->sink, output->feed, seam);
    listener->state = MIX_LISTENER_FED;
    listener->since_us = INT64_MAX;
    room->config->counters->entered++;
}

/** The mix is further behind what is forwarded than it is going to be: a voice that has just begun
 * plays its first syllables late, and catches up. */
static bool is_catching_up(const struct mix_room *room, const struct bridge_position *at)
{
    uint32_t mixed;
    return mix_at(voice_of(room, at->source), &mixed) &&
           (int32_t)(at->timestamp - mixed) > USUAL_LAG;
}

void mix_passage_enter(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    if (listener->class == NULL && !mix_class_join(room, listener, NULL)) {
        return; /* tried again with the next frame */
    }
    const struct bridge_position at = bridge_sink_forwarded(listener->sink);
    if (at.source == NULL) {
        take(room, listener, false, NULL);
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

/** The frame to come begins so many samples after what he has heard last; takes it when no part of
 * it was heard. */
static void wait(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    const struct bridge_position at = bridge_sink_forwarded(listener->sink);
    struct mix_voice *voice = voice_of(room, at.source);
    if (voice == NULL || now_us - listener->since_us >= WAIT_US) {
        take(room, listener, true, NULL);
        return;
    }
    uint32_t mixed;
    bool known = mix_at(voice, &mixed);
    int32_t beyond = (int32_t)(mixed - at.timestamp);
    if (known && beyond >= -HALF_STEP) {
        /* What it is off by is not told: players would make up sound for it, or drop a packet. */
        const struct bridge_seam seam = {
            .step = beyond < PCM_FRAME / 2 ? at.samples : at.samples + (uint32_t)beyond,
            .timestamp = room->clock};
        take(room, listener, true, &seam);
    } else {
        mix_voice_hold(voice);
    }
}

/* From the mix */

static void return_to(struct mix_listener *listener, const struct bridge_return *at)
{
    listener->sink->bridge = NULL;
    bridge_sink_leave(listener->sink, at);
}

/** Can he be sent parts of frames? Else what is no whole frame is left out. */
static bool takes_parts(const struct mix_listener *listener)
{
    const struct session_codec *opus = session_codec_by_kind(listener->sink->media, CODEC_OPUS);
    return opus != NULL && !opus->whole_frames;
}

/** He has heard so far of what he is going to hear. @return true when he is to be forwarded to from
 * here on; false: there is something of a frame before that */
static bool parts_now(struct mix_listener *listener, struct mix_voice *voice, uint32_t mixed,
                      int64_t now_us)
{
    uint32_t begin;
    if (!takes_parts(listener) || !bridge_sink_next(listener->sink, mixed - HALF_STEP, &begin)) {
        return true;
    }
    int32_t left = (int32_t)(begin - mixed);
    bool near = mix_seam_round(left) != 0;
    bool patient = listener->state != MIX_LISTENER_PARTING || now_us - listener->since_us < PART_US;
    if (left < HALF_STEP || (!near && !patient)) {
        return true;
    }
    if (listener->state != MIX_LISTENER_PARTING) {
        listener->state = MIX_LISTENER_PARTING;
        listener->since_us = now_us;
    }
    listener->back.timestamp = begin;
    listener->back_to = bridge_sink_destination(listener->sink);
    mix_voice_hold(voice);
    return false;
}

bool mix_passage_leave(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    const struct bridge_source *next = bridge_sink_destination(listener->sink);
    struct mix_voice *voice = voice_of(room, next);
    if (listener->state == MIX_LISTENER_PARTED) {
        return_to(listener, next == listener->back_to ? &listener->back : NULL);
        return true;
    }
    if (listener->state == MIX_LISTENER_NEW || listener->state == MIX_LISTENER_WAITING) {
        const struct bridge_position at = bridge_sink_forwarded(listener->sink);
        const struct bridge_return back = {.timestamp = at.timestamp};
        return_to(listener, at.source != NULL && at.source == next ? &back : NULL);
        return true;
    }
    struct bridge_return back = {.clock = room->clock};
    bool known = mix_at(voice, &back.timestamp);
    if (listener->since_us == INT64_MAX) {
        listener->since_us = now_us;
    }
    bool pause = voice == NULL || !voice->sounds || voice->level >= QUIET_DBOV;
    bool parting = listener->state == MIX_LISTENER_PARTING;
    if (!parting && !pause && now_us - listener->since_us < LEAVE_US) {
        return false;
    }
    if (known && !parts_now(listener, voice, back.timestamp, now_us)) {
        return false;
    }
    return_to(listener, known ? &back : NULL);
    return true;
}

void mix_passage_look(struct mix_room *room, struct mix_listener *listener, int64_t now_us)
{
    switch (listener->state) {
    case MIX_LISTENER_NEW:
    case MIX_LISTENER_FED:
        break;
    case MIX_LISTENER_WAITING:
        wait(room, listener, now_us);
        break;
    case MIX_LISTENER_JOINING:
        take(room, listener, true, &listener->follow);
        break;
    case MIX_LISTENER_PARTING: /* he is to stay, after all */
        listener->state = MIX_LISTENER_FED;
        listener->since_us = INT64_MAX;
        break;
    case MIX_LISTENER_PARTED:
        bridge_sink_take(listener->sink, mix_passage_output(listener)->feed, NULL);
        listener->state = MIX_LISTENER_FED;
        listener->since_us = INT64_MAX;
        break;
    }
}

/* Parts of frames */

/** Of a frame at the end of which the mix has come to `mixed`. */
static struct mix_cut cut_for(const struct mix_listener *listener, uint32_t mixed)
{
    struct mix_cut cut = {.samples = 0};
    if (listener->state == MIX_LISTENER_WAITING) {
        const struct bridge_position at = bridge_sink_forwarded(listener->sink);
        cut.samples = mix_seam_round((int32_t)(mixed - at.timestamp));
        cut.first = (uint16_t)(PCM_FRAME - cut.samples);
    } else {
        cut.samples = mix_seam_round(PCM_FRAME - (int32_t)(mixed - listener->back.timestamp));
    }
    return cut;
}

void mix_passage_plan(struct mix_room *room)
{
    room->cuts = false;
    LIST_FOR_EACH(link, &room->busy)
    {
        struct mix_listener *listener = LIST_ENTRY(link, struct mix_listener, busy_link);
        uint32_t mixed;
        listener->cut.samples = 0;
        if ((listener->state != MIX_LISTENER_WAITING && listener->state != MIX_LISTENER_PARTING) ||
            !takes_parts(listener)) {
            continue;
        }
        const struct bridge_source *source = listener->state == MIX_LISTENER_WAITING
                                                 ? bridge_sink_forwarded(listener->sink).source
                                                 : bridge_sink_destination(listener->sink);
        if (mix_at(voice_of(room, source), &mixed)) {
            listener->cut = cut_for(listener, mixed);
            room->cuts = room->cuts || listener->cut.samples > 0;
        }
    }
    if (room->cuts) {
        mix_seam_begin(room);
    }
}

/** The end of a frame; whole ones follow. */
static void send_end(const struct mix_room *room, struct mix_listener *listener, int64_t number)
{
    const struct bridge_seam seam = {.step = bridge_sink_forwarded(listener->sink).samples,
                                     .timestamp = room->clock + listener->cut.first};
    listener->follow = seam;
    if (number >= 0) {
        bridge_sink_send(listener->sink, mix_seam_feed(room), number, &seam);
        listener->follow = (struct bridge_seam){.step = listener->cut.samples,
                                                .timestamp = room->clock + PCM_FRAME};
    }
    listener->state = MIX_LISTENER_JOINING;
}

/** The begin of a frame; then what is forwarded follows. */
static void send_begin(const struct mix_room *room, struct mix_listener *listener, int64_t number)
{
    if (number >= 0) {
        bridge_sink_send(listener->sink, mix_seam_feed(room), number, NULL);
    }
    listener->back.clock = room->clock + listener->cut.samples;
    listener->state = MIX_LISTENER_PARTED;
}

void mix_passage_cut(struct mix_room *room, const struct mix_output *output,
                     const struct mix_line *line, const struct feed_packet *facts, int64_t now_us)
{
    LIST_FOR_EACH(link, &room->busy)
    {
        struct mix_listener *listener = LIST_ENTRY(link, struct mix_listener, busy_link);
        if (listener->cut.samples == 0 || mix_passage_output(listener) != output) {
            continue;
        }
        int64_t number = mix_seam_make(room, output, line, facts, listener->cut, now_us);
        if (listener->state == MIX_LISTENER_WAITING) {
            send_end(room, listener, number);
        } else {
            send_begin(room, listener, number);
        }
        listener->cut.samples = 0;
    }
}

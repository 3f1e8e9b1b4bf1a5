#include "stage.h"

#include <string.h>

#include "base/log.h"
#include "bridge_book.h"
#include "feed_parts.h"

void stage_init(struct stage *stage)
{
    *stage = (struct stage){.due_us = INT64_MAX};
}

static struct participant *participant_of(struct list *link)
{
    return LIST_ENTRY(link, struct participant, link);
}

int stage_grow(struct stage *stage, const struct list *participants)
{
    size_t counts[2] = {0, 0};
    LIST_FOR_EACH(link, participants)
    {
        const struct streams *streams = &participant_of(link)->streams;
        for (size_t i = 0; i < streams->count; i++) {
            if (streams->tracks[i] != NULL) {
                counts[streams->tracks[i]->media.kind]++;
            }
        }
    }
    int err = ranking_grow(&stage->rankings[MEDIA_AUDIO], counts[MEDIA_AUDIO]);
    return err != 0 ? err : ranking_grow(&stage->rankings[MEDIA_VIDEO], counts[MEDIA_VIDEO]);
}

void stage_rank(struct stage *stage, const struct stage_input *input, unsigned kinds)
{
    if ((kinds & STAGE_AUDIO) != 0) {
        ranking_by_voice(&stage->rankings[MEDIA_AUDIO], input->speakers);
    }
    if ((kinds & STAGE_VIDEO) != 0) {
        ranking_by_turn(&stage->rankings[MEDIA_VIDEO], input->speakers, input->participants,
                        &stage->mark);
    }
}

/** What one participant's slots of one kind are filled with. */
struct filling {
    struct stage *stage;
    struct participant *viewer;
    enum media_kind kind;
    const struct spotlight *spotlight;
    struct bridging *bridging;
    const struct slot *only; /**< the one slot to be filled, NULL = all */
    const struct slot *held; /**< audio: the one that carries the mix, NULL = none */
    bool pinned;             /**< a pin holds */
    bool changed;            /**< the viewer gets something else, or in another class */
    uint64_t mark;           /**< track.mark of tracks that are to be shown and have no slot yet */
};

static bool is_of_kind(const struct filling *filling, const struct slot *slot)
{
    return slot != NULL && slot->active && slot->agreed->media.kind == filling->kind;
}

static bool is_ours(const struct filling *filling, const struct slot *slot)
{
    return is_of_kind(filling, slot) && (filling->only == NULL || slot == filling->only);
}

/** Once for each codec that a viewer lacks, so that somebody who sees nothing can be told why. */
static void note_unshown(struct participant *viewer, const struct track *track)
{
    enum codec_kind kind = track_codec(track)->kind;
    if ((viewer->unshown >> kind & 1) == 0) {
        viewer->unshown |= 1U << kind;
        log_info("room", "cannot be shown codec=%s from=%u participant=%u", codec_kind_name(kind),
                 (unsigned)track->owner->number, (unsigned)viewer->number);
    }
}

/** Has the viewer a slot that can show it? Nearly always the first one can. */
static bool can_show(const struct filling *filling, const struct track *track)
{
    const struct streams *streams = &filling->viewer->streams;
    const struct session_codec *codec = track_codec(track);
    bool can = codec == NULL;
    for (size_t i = 0; i < streams->count && !can; i++) {
        can = is_ours(filling, streams->slots[i]) && slot_takes(streams->slots[i], codec);
    }
    if (!can) {
        note_unshown(filling->viewer, track);
    }
    return can;
}

/** May the viewer get this track? */
static bool allowed(const struct filling *filling, const struct track *track)
{
    const struct participant *viewer = filling->viewer;
    return track->owner != viewer &&
           (viewer->from_number == 0 || viewer->from_number == track->owner->number);
}

/** The pinned participant's track: the named one, else its best ranked. */
static struct track *find_pinned(const struct filling *filling, const struct slot *slot)
{
    const struct ranking *ranking = &filling->stage->rankings[filling->kind];
    for (size_t i = 0; i < ranking->count; i++) {
        struct track *track = ranking->tracks[i];
        if (track->owner->number == slot->role.pin && allowed(filling, track) &&
            track->mark != filling->mark &&
            (slot->role.pin_mid[0] == '\0' || strcmp(track->media.mid, slot->role.pin_mid) == 0)) {
            return track;
        }
    }
    return NULL;
}

/** How much the picture in a slot matters. */
static enum allocator_class class_of(const struct filling *filling, const struct slot *slot,
                                     const struct track *track)
{
    if (track == NULL || slot->role.offscreen) {
        return ALLOCATOR_SPARE;
    }
    if (slot->role.pinned || track_is_screen(track)) {
        return ALLOCATOR_PINNED;
    }
    return spotlight_is_on(filling->spotlight, track->owner->number, filling->viewer->number)
               ? ALLOCATOR_DOMINANT
               : ALLOCATOR_VISIBLE;
}

/** A bridge feeds this audio slot, or is about to: what is staged is what it may go back to. */
static bool is_held(const struct slot *slot)
{
    return slot->agreed->media.kind == MEDIA_AUDIO &&
           (slot->sink.feed != NULL || slot->sink.hushed);
}

/** Gives a slot its track; what comes through follows from the track's state. */
static void put(struct filling *filling, struct slot *slot, struct track *track)
{
    const struct layer *feed = slot->feed;
    const struct layer *next = slot->next;
    enum allocator_class class = class_of(filling, slot, track);
    bool takes = track == NULL || slot_takes(slot, track_codec(track));
    if (!takes) {
        note_unshown(filling->viewer, track);
    }
    filling->changed = filling->changed || slot->role.track != track || slot->class != class;
    slot->role.track = track;
    slot->class = class;
    if (is_held(slot)) {
        return;
    }
    if (track == NULL || !takes || slot->role.offscreen || !track_shows(track)) {
        slot_feed(slot, NULL);
    } else if (filling->kind == MEDIA_AUDIO) {
        slot_feed(slot, track->layers[0]);
    } /* else the allocation says which layer */
    filling->changed =
        filling->changed || slot->feed != feed || slot->next != next || allocation_is_stale(slot);
}

/** Makes a slot a sink, or not one any more. */
static void want_bridge(const struct filling *filling, struct slot *slot, bool wanted)
{
    struct bridge_sink *sink = &slot->sink;
    if (wanted) {
        bridge_book_want_sink(filling->bridging, sink, filling->viewer->number);
    } else if (is_held(slot)) {
        bridge_book_dismiss_sink(sink); /* goes back when the bridge finds a pause */
    } else {
        bridge_book_end_sink(sink);
    }
}

static const struct slot *first_slot(const struct filling *filling)
{
    const struct streams *streams = &filling->viewer->streams;
    for (size_t i = 0; i < streams->count; i++) {
        if (is_of_kind(filling, streams->slots[i])) {
            return streams->slots[i];
        }
    }
    return NULL;
}

/** Is the composed picture wanted here? */
static bool wants_grid(const struct filling *filling, const struct slot *slot)
{
    const struct slot_role *role = &slot->role;
    bool first = filling->viewer->video_policy == SLOT_POLICY_GRID && slot == first_slot(filling);
    bool asked = role->wish == FEED_GRID || (first && role->wish == FEED_NONE && role->pin == 0);
    return asked && filling->kind == MEDIA_VIDEO && !role->offscreen &&
           filling->viewer->from_number == 0 &&
           session_codec_by_kind(&slot->agreed->media, CODEC_VP8) != NULL;
}

/** A slot that is to carry the composed picture. @return true when it does */
static bool fill_grid(struct filling *filling, struct slot *slot)
{
    want_bridge(filling, slot, wants_grid(filling, slot));
    if (slot->sink.feed == NULL) {
        return false;
    }
    slot->role.pinned = true;
    put(filling, slot, slot->sink.feed->track);
    return true;
}

/** Pinned slots take their tracks out of the choice. @return slots that are left for the others */
static size_t fill_pinned(struct filling *filling)
{
    size_t left = 0;
    for (size_t i = 0; i < filling->viewer->streams.count; i++) {
        struct slot *slot = filling->viewer->streams.slots[i];
        if (!is_ours(filling, slot)) {
            continue;
        }
        if (filling->kind == MEDIA_VIDEO && fill_grid(filling, slot)) {
            continue;
        }
        struct track *track = slot->role.pin == 0 ? NULL : find_pinned(filling, slot);
        slot->role.pinned = track != NULL;
        if (track == NULL) {
            left++; /* a pin to nobody is none */
            continue;
        }
        track->mark = filling->mark;
        filling->pinned = true;
        put(filling, slot, track);
    }
    return left;
}

/** Marks as many of the best ranked as there are slots. @return how many */
static size_t choose(const struct filling *filling, size_t slots, uint64_t chosen_mark)
{
    const struct ranking *ranking = &filling->stage->rankings[filling->kind];
    size_t chosen = 0;
    for (size_t i = 0; i < ranking->count && chosen < slots; i++) {
        struct track *track = ranking->tracks[i];
        if (track->mark != filling->mark && allowed(filling, track) && can_show(filling, track)) {
            track->mark = chosen_mark;
            chosen++;
        }
    }
    return chosen;
}

/** Next track of the ranking that is chosen and has no slot, from *at on. */
static struct track *next_chosen(const struct filling *filling, uint64_t chosen_mark, size_t *at)
{
    const struct ranking *ranking = &filling->stage->rankings[filling->kind];
    while (*at < ranking->count) {
        struct track *track = ranking->tracks[(*at)++];
        if (track->mark == chosen_mark) {
            return track;
        }
    }
    return NULL;
}

/** To be filled by what was chosen? */
static bool is_open(const struct filling *filling, const struct slot *slot)
{
    return is_ours(filling, slot) && !slot->role.pinned &&
           (filling->held == NULL || filling->held == slot);
}

/** Those who stay, stay where they are; newcomers take what is free; the rest falls silent. */
static void fill_others(struct filling *filling, uint64_t chosen_mark)
{
    struct streams *streams = &filling->viewer->streams;
    bool kept[SESSION_MAX_MEDIA] = {false};
    for (size_t i = 0; i < streams->count; i++) {
        struct slot *slot = streams->slots[i];
        if (is_open(filling, slot) && slot->role.track != NULL &&
            slot->role.track->mark == chosen_mark) {
            slot->role.track->mark = filling->mark;
            kept[i] = true;
            put(filling, slot, slot->role.track);
        }
    }
    size_t at = 0;
    for (size_t i = 0; i < streams->count; i++) {
        struct slot *slot = streams->slots[i];
        if (is_open(filling, slot) && !kept[i]) {
            put(filling, slot, next_chosen(filling, chosen_mark, &at));
        } else if (is_ours(filling, slot) && !slot->role.pinned && !kept[i]) {
            put(filling, slot, NULL);
        }
    }
}

/** Nothing goes to slots that are not to be filled. */
static void empty_others(struct filling *filling)
{
    const struct streams *streams = &filling->viewer->streams;
    for (size_t i = 0; i < streams->count; i++) {
        struct slot *slot = streams->slots[i];
        if (is_of_kind(filling, slot) && slot != filling->only) {
            bridge_book_end_sink(&slot->sink);
            slot->role.pinned = false;
            put(filling, slot, NULL);
        }
    }
}

/** The audio slot that carries the mix when it is wanted: the one that the client has named, else
 * the first that he has not given another task. */
static struct slot *find_mix_slot(const struct filling *filling, bool *named)
{
    const struct streams *streams = &filling->viewer->streams;
    struct slot *first = NULL;
    *named = false;
    for (size_t i = 0; i < streams->count; i++) {
        struct slot *slot = streams->slots[i];
        if (!is_ours(filling, slot) ||
            session_codec_by_kind(&slot->agreed->media, CODEC_OPUS) == NULL) {
            continue;
        }
        if (slot->role.wish == FEED_MIX) {
            *named = true;
            return slot;
        }
        if (first == NULL && slot->role.wish == FEED_NONE && !slot->role.pinned) {
            first = slot;
        }
    }
    return first;
}

/** What there is to be heard beside what is pinned, with so many slots for it. */
static void survey(const struct filling *filling, size_t slots, struct mixing_input *out)
{
    const struct ranking *ranking = &filling->stage->rankings[MEDIA_AUDIO];
    size_t count = 0;
    out->paused = true;
    for (size_t i = 0; i < ranking->count && count <= slots; i++) {
        const struct track *track = ranking->tracks[i];
        if (ranking_yields(track)) {
            break; /* and so do all behind it */
        }
        if (track->mark == filling->mark || !allowed(filling, track)) {
            continue;
        }
        bool speaks = track->speaker.zone == SPEAKER_VOICE;
        out->paused = out->paused && (count == slots || !speaks);
        out->missed = out->missed || (count == slots && speaks);
        count++;
    }
    out->needed = slots <= SESSION_MIX_SLOTS && count > slots;
    if (filling->viewer->link_width.thin && count > 1) {
        out->needed = true;
        out->missed = true; /* what cannot be sent is */
    }
}

/** Is the viewer to hear the mix in this slot? */
static bool wants_mix(struct filling *filling, const struct slot *slot, bool named, size_t slots)
{
    struct participant *viewer = filling->viewer;
    struct mixing_input input = {.silent = slot->stats.packets == 0};
    if (viewer->from_number != 0) {
        return false; /* it would hold others, too */
    }
    if (named || viewer->audio_policy == SLOT_POLICY_MIX) {
        return true;
    }
    if (viewer->audio_policy != SLOT_POLICY_AUTO || filling->pinned) {
        return false; /* who is pinned would be heard twice */
    }
    survey(filling, slots, &input);
    bool wanted = mixing_update(&viewer->mixing, &input, viewer->egress.context->now_us);
    int64_t next_us = mixing_next_deadline(&viewer->mixing);
    filling->stage->due_us = next_us < filling->stage->due_us ? next_us : filling->stage->due_us;
    return wanted;
}

/** Decides about the mix. @return the slot that a bridge feeds, or NULL */
static struct slot *fill_mix(struct filling *filling, size_t slots)
{
    const struct streams *streams = &filling->viewer->streams;
    bool named;
    struct slot *mix = find_mix_slot(filling, &named);
    struct slot *held = NULL;
    bool wanted = mix != NULL && wants_mix(filling, mix, named, slots);
    for (size_t i = 0; i < streams->count; i++) {
        struct slot *slot = streams->slots[i];
        if (is_of_kind(filling, slot)) {
            want_bridge(filling, slot, wanted && slot == mix);
            held = is_held(slot) ? slot : held;
        }
    }
    return held;
}

/** While the mix is heard, nothing is forwarded beside it but what is pinned: it would be heard
 * twice. */
static void fill_slots(struct filling *filling)
{
    size_t slots = fill_pinned(filling);
    uint64_t chosen_mark = ++filling->stage->mark;
    if (filling->kind == MEDIA_AUDIO) {
        filling->held = fill_mix(filling, slots);
        slots = filling->held != NULL && slots > 0 ? 1 : slots;
    }
    (void)choose(filling, slots, chosen_mark);
    fill_others(filling, chosen_mark);
}

/** @return true when something changed for the viewer */
static bool fill(struct stage *stage, const struct stage_input *input, struct participant *viewer,
                 enum media_kind kind)
{
    enum slot_policy policy = kind == MEDIA_AUDIO ? viewer->audio_policy : viewer->video_policy;
    struct filling filling = {.stage = stage,
                              .viewer = viewer,
                              .kind = kind,
                              .spotlight = input->spotlight,
                              .bridging = input->bridging,
                              .mark = ++stage->mark};
    if (policy == SLOT_POLICY_OFF) {
        empty_others(&filling);
        return filling.changed;
    }
    if (policy == SLOT_POLICY_SPEAKER) {
        filling.only = first_slot(&filling);
        empty_others(&filling);
    }
    fill_slots(&filling);
    return filling.changed;
}

void stage_run(struct stage *stage, const struct stage_input *input, unsigned kinds)
{
    stage_rank(stage, input, kinds);
    stage->due_us = (kinds & STAGE_AUDIO) != 0 ? INT64_MAX : stage->due_us;
    LIST_FOR_EACH(link, input->participants)
    {
        struct participant *viewer = participant_of(link);
        if (!viewer->egress.connected || viewer->ended) {
            continue;
        }
        bool sound = (kinds & STAGE_AUDIO) != 0 && fill(stage, input, viewer, MEDIA_AUDIO);
        bool pictures = (kinds & STAGE_VIDEO) != 0 && fill(stage, input, viewer, MEDIA_VIDEO);
        if (pictures) {
            allocation_run(&viewer->allocation, &viewer->streams, &viewer->egress);
        }
        if (sound || pictures) {
            egress_touch(&viewer->egress);
        }
    }
}

bool stage_take_due(struct stage *stage, int64_t now_us)
{
    bool due = stage->due_us <= now_us;
    stage->due_us = due ? INT64_MAX : stage->due_us;
    return due;
}

void stage_forget_track(const struct list *participants, const struct track *track)
{
    LIST_FOR_EACH(link, participants)
    {
        struct streams *streams = &participant_of(link)->streams;
        for (size_t i = 0; i < streams->count; i++) {
            struct slot *slot = streams->slots[i];
            if (slot != NULL && slot->role.track == track) {
                slot->role.track = NULL;
            }
        }
    }
}

void stage_deinit(struct stage *stage)
{
    ranking_deinit(&stage->rankings[MEDIA_AUDIO]);
    ranking_deinit(&stage->rankings[MEDIA_VIDEO]);
}

#include "room/bridging.h"

#include "bridge_book.h"
#include "feed_parts.h"
#include "room.h"
#include "slot_mix.h"

static struct track *track_of(struct bridge_source *source)
{
    return LIST_ENTRY(source, struct track, source);
}

static struct slot *slot_of(struct bridge_sink *sink)
{
    return LIST_ENTRY(sink, struct slot, sink);
}

size_t bridging_voices(const struct bridging *bridging, struct bridge_source **out, size_t max)
{
    size_t count = 0;
    if (bridging->owner == NULL) {
        return 0;
    }
    LIST_FOR_EACH(link, &bridging->owner->speakers.voices)
    {
        struct track *track = LIST_ENTRY(link, struct track, speaker.voice_link);
        if (count == max || track->speaker.zone == SPEAKER_SILENT) {
            break; /* those without a sound stand behind all others */
        }
        if (track->live && !track->muted) {
            out[count++] = &track->source;
        }
    }
    return count;
}

size_t bridging_stirring(const struct bridging *bridging, struct bridge_source **out, size_t max)
{
    size_t count = 0;
    if (bridging->owner == NULL) {
        return 0;
    }
    LIST_FOR_EACH(link, &bridging->owner->speakers.lively)
    {
        struct track *track = LIST_ENTRY(link, struct track, speaker.lively_link);
        if (count < max && track->live && !track->muted && speaker_member_stirs(&track->speaker)) {
            out[count++] = &track->source;
        }
    }
    return count;
}

bool bridge_source_pauses(const struct bridge_source *source)
{
    return speaker_member_pauses(&LIST_ENTRY_CONST(source, struct track, source)->speaker);
}

bool bridge_source_sounds(const struct bridge_source *source)
{
    return speaker_member_sounds(&LIST_ENTRY_CONST(source, struct track, source)->speaker);
}

size_t bridging_faces(const struct bridging *bridging, struct bridge_source **out, size_t max)
{
    if (bridging->owner == NULL) {
        return 0;
    }
    size_t count;
    struct track *const *ranked = room_rank_video(bridging->owner, &count);
    count = count < max ? count : max;
    for (size_t i = 0; i < count; i++) {
        out[i] = &ranked[i]->source;
    }
    return count;
}

uint32_t bridging_dominant(const struct bridging *bridging)
{
    return bridging->owner == NULL ? 0 : active_speaker_dominant(&bridging->owner->speakers);
}

size_t bridge_source_layers(const struct bridge_source *source,
                            struct bridge_layer out[static SESSION_MAX_LAYERS])
{
    const struct track *track = LIST_ENTRY_CONST(source, struct track, source);
    for (size_t i = 0; i < track->layer_count; i++) {
        const struct layer *layer = track->layers[i];
        out[i] = (struct bridge_layer){.offered = simulcast_offers(&track->simulcast, i),
                                       .width = layer->width,
                                       .height = layer->height};
    }
    return track->layer_count;
}

void bridge_source_want(struct bridge_source *source, size_t layer, uint8_t temporal)
{
    struct track *track = track_of(source);
    if (layer < track->layer_count) {
        track_want(track, layer, temporal);
    }
}

void bridge_source_want_keyframe(struct bridge_source *source, size_t layer)
{
    const struct track *track = track_of(source);
    if (layer < track->layer_count) {
        layer_want_keyframe(track->layers[layer]);
    }
}

struct bridge_position bridge_sink_forwarded(const struct bridge_sink *sink)
{
    struct bridge_position position = {.source = sink->hushed_source,
                                       .timestamp = sink->hushed_timestamp,
                                       .samples = sink->hushed_samples};
    const struct slot *slot = LIST_ENTRY_CONST(sink, struct slot, sink);
    if (!sink->hushed && slot_mix_is_forwarded(slot)) {
        position.source = &slot->feed->track->source;
        position.samples = slot_mix_samples(slot);
        position.timestamp = stream_rewrite_source_timestamp(slot->rewrite) + position.samples;
    }
    return position;
}

void bridge_sink_hush(struct bridge_sink *sink)
{
    if (sink->hushed || sink->kind != MEDIA_AUDIO || sink->feed != NULL) {
        return;
    }
    struct bridge_position position = bridge_sink_forwarded(sink);
    sink->hushed_source = position.source;
    sink->hushed_timestamp = position.timestamp;
    sink->hushed_samples = position.samples;
    sink->hushed = true;
    slot_feed(slot_of(sink), NULL);
}

void bridge_sink_take(struct bridge_sink *sink, struct feed *feed, const struct bridge_seam *seam)
{
    sink->feed = feed;
    sink->hushed = false;
    sink->hushed_source = NULL;
    if (sink->kind == MEDIA_AUDIO) {
        slot_mix_enter(slot_of(sink), feed->track->layers[0], seam);
    }
    bridge_book_restage(sink->bridging, sink->kind); /* of a picture, the allocation says which */
}

void bridge_sink_send(struct bridge_sink *sink, struct feed *feed, int64_t number,
                      const struct bridge_seam *seam)
{
    struct slot *slot = slot_of(sink);
    const struct layer *layer = feed->track->layers[0];
    struct packet *packet = rtx_cache_find(layer->cache, number, layer->context->now_us);
    bridge_sink_take(sink, feed, seam);
    if (packet != NULL && slot->egress->connected) {
        slot_forward(slot, packet);
    }
}

/** What a leaving sink is going to be fed by, NULL = nothing. */
static struct layer *destination_of(const struct bridge_sink *sink)
{
    const struct track *track = LIST_ENTRY_CONST(sink, struct slot, sink)->role.track;
    return track != NULL && track_shows(track) ? track->layers[0] : NULL;
}

bool bridge_sink_next(const struct bridge_sink *sink, uint32_t timestamp, uint32_t *begin)
{
    const struct layer *layer = destination_of(sink);
    return layer != NULL && slot_mix_find(layer, timestamp, begin);
}

void bridge_sink_leave(struct bridge_sink *sink, const struct bridge_return *at)
{
    struct slot *slot = slot_of(sink);
    if (!sink->leaving) {
        return;
    }
    if (sink->kind == MEDIA_AUDIO && (sink->feed != NULL || sink->hushed)) {
        struct layer *layer = destination_of(sink);
        if (layer != NULL && at != NULL) {
            slot_mix_leave(slot, layer, at);
        } else {
            slot_feed(slot, layer);
        }
    }
    bridge_book_restage(sink->bridging, sink->kind);
    bridge_book_end_sink(sink);
}

const struct bridge_source *bridge_sink_destination(const struct bridge_sink *sink)
{
    const struct track *track = LIST_ENTRY_CONST(sink, struct slot, sink)->role.track;
    return track != NULL && track_shows(track) && track->owner != NULL ? &track->source : NULL;
}

void bridging_release(struct bridging *bridging)
{
    bridge_book_settle(bridging);
}

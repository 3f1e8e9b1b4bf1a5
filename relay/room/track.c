#include "track.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/grid.h"
#include "forward.h"
#include "media/opus_level.h"
#include "slot.h"

enum {
    DORMANT_US = 5000000, /**< longer than the pauses of DTX, of a still picture, of a tab in the
                             background */
    UNKNOWN_LEVEL_DBOV = AUDIO_LEVEL_SILENCE,
    LAYER_LINES = 8, /**< cache lines of a layer that every packet needs */
    LINE_BYTES = 64
};

static int add_layer(struct track *track, uint32_t number, struct egress *publisher,
                     struct timeline_clock *clock)
{
    struct layer *layer = malloc(sizeof(*layer));
    if (layer == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = layer_init(layer, track->context, publisher, clock, &track->media, number);
    if (err != 0) {
        free(layer);
        return err;
    }
    layer->track = track;
    layer->siblings = track->layers;
    layer->index = (uint8_t)track->layer_count;
    track->layers[track->layer_count++] = layer;
    return 0;
}

int track_new(struct track **out, struct participant *owner, uint32_t number,
              struct room_context *context, struct egress *publisher, struct timeline_clock *clock,
              const struct session_media *media)
{
    struct track *track = calloc(1, sizeof(*track));
    if (track == NULL) {
        return ERR_NO_MEMORY;
    }
    track->media = *media;
    track->owner = owner;
    track->context = context;
    track->check_us = INT64_MAX;
    track->codec = FACTS_NO_CODEC;
    list_init(&track->source.link);
    track->source.kind = media->kind;
    track->source.level = UNKNOWN_LEVEL_DBOV;
    track->source.participant = number;
    size_t layers = media->rid_count > 0 ? media->rid_count : media->ssrc_count;
    if (layers == 0 || media->kind == MEDIA_AUDIO) {
        layers = 1;
    }
    if (layers > SESSION_MAX_LAYERS) {
        layers = SESSION_MAX_LAYERS;
    }
    while (track->layer_count < layers) {
        int err = add_layer(track, number, publisher, clock);
        if (err != 0) {
            track_free(&track);
            return err;
        }
    }
    track->simulcast = (struct simulcast){
        .layers = track->layers, .count = track->layer_count, .named = media->rid_count > 0};
    *out = track;
    return 0;
}

/** Facts of packets name codecs by their place: do the places mean the same as before? */
static bool codecs_differ(const struct session_media *a, const struct session_media *b)
{
    bool differ = a->codec_count != b->codec_count;
    for (size_t i = 0; i < a->codec_count && !differ; i++) {
        differ = a->codecs[i].kind != b->codecs[i].kind || a->codecs[i].pt != b->codecs[i].pt ||
                 a->codecs[i].clock_rate != b->codecs[i].clock_rate ||
                 a->codecs[i].profile != b->codecs[i].profile ||
                 a->codecs[i].mode != b->codecs[i].mode;
    }
    return differ;
}

static void release(struct layer *layer, bool all)
{
    while (!layer_release(layer, all)) {
        forward_layer(layer);
    }
}

/** Packets read by the old codecs go out now, or never will. */
static void let_packets_go(struct track *track)
{
    for (size_t i = 0; i < track->layer_count; i++) {
        release(track->layers[i], true);
        forward_layer(track->layers[i]);
        rtx_cache_clear(track->layers[i]->cache);
    }
}

static void tell_slots(struct layer *layer)
{
    LIST_FOR_EACH(link, &layer->slots)
    {
        slot_follow_codecs(LIST_ENTRY(link, struct slot, feed_link));
    }
}

void track_update(struct track *track, const struct session_media *media)
{
    bool differ = codecs_differ(&track->media, media);
    track->restage = track->restage || strcmp(track->media.source, media->source) != 0;
    if (differ) {
        let_packets_go(track);
    }
    track->media = *media;
    if (differ) {
        track->codec = FACTS_NO_CODEC;
        track->restage = true;
    }
    for (size_t i = 0; i < track->layer_count; i++) {
        layer_follow_agreement(track->layers[i]);
        if (differ) {
            tell_slots(track->layers[i]);
        }
    }
}

/** Other layers are to be had, or other sizes: everybody who shows the track thinks again. */
static void change(struct track *track)
{
    track->revision++;
    track->restage = true;
}

/** Silence is to be looked for from now on. */
static void watch(struct track *track)
{
    if (track->check_us == INT64_MAX) {
        track->context->haste += track->media.kind == MEDIA_VIDEO;
        track->check_us = grid_up(track->context->now_us + TRACK_CHECK_US);
        layer_touch_publisher(track->layers[0]);
    }
}

static void unwatch(struct track *track)
{
    if (track->check_us != INT64_MAX) {
        track->context->haste -= track->media.kind == MEDIA_VIDEO;
        track->check_us = INT64_MAX;
    }
}

static void wake(struct track *track)
{
    if (!track->live || track->dormant) {
        track->live = true;
        track->dormant = false;
        track->restage = true;
    }
    watch(track);
}

/** A packet of media: which layers are there, and how large. */
static void note_layers(struct track *track, struct layer *layer, bool frame, uint32_t pixels)
{
    if (simulcast_receive(&track->simulcast, layer, frame) ||
        pixels != (uint32_t)layer->width * layer->height) {
        change(track);
    }
}

/** What an audio packet says about who speaks. */
static void listen(struct track *track, const struct packet *packet,
                   const struct packet_facts *facts, bool told)
{
    enum codec_kind kind = track->media.codecs[facts->codec].kind;
    if (track->speakers == NULL || track->muted || (kind != CODEC_OPUS && kind != CODEC_RED)) {
        return;
    }
    const uint8_t *opus = packet->data + facts->payload_offset + facts->primary_offset;
    uint8_t level = opus_level(opus, facts->primary_bytes, told ? facts->level : OPUS_LEVEL_UNTOLD);
    track->source.level = level;
    active_speaker_receive(track->speakers, &track->speaker, level, facts->timestamp,
                           track->context->now_us);
}

/** Who can be shown the track depends on its codec, which a sender may change at a keyframe. */
static void note_codec(struct track *track, const struct packet_facts *facts)
{
    if (track->media.kind == MEDIA_VIDEO && facts->codec != track->codec &&
        (track->codec == FACTS_NO_CODEC || facts->keyframe_start)) {
        track->codec = facts->codec;
        track->restage = true;
    }
}

void track_prefetch(const struct track *track, size_t index)
{
    const struct layer *layer = track->layers[index < track->layer_count ? index : 0];
    for (size_t i = 0; i < LAYER_LINES; i++) {
        __builtin_prefetch((const char *)layer + i * LINE_BYTES);
    }
}

/** Gives a packet to its layer, and whatever may go on. */
static void pass_on(struct track *track, struct layer *layer, struct packet *packet, uint16_t seq,
                    bool repaired)
{
    if (layer->pending_count == LAYER_MAX_PENDING) {
        forward_layer(layer);
    }
    uint32_t pixels = (uint32_t)layer->width * layer->height;
    uint32_t timestamp = layer->meter.timestamp;
    layer_receive(layer, packet, seq, repaired);
    release(layer, false);
    if (track->media.kind == MEDIA_VIDEO && packet_facts(packet)->codec != FACTS_NO_CODEC) {
        note_layers(track, layer, layer->meter.timestamp != timestamp, pixels);
    }
}

void track_make(struct track *track, size_t index, struct packet *packet, uint16_t seq)
{
    track->live = true;
    pass_on(track, track->layers[index], packet, seq, false);
}

void track_receive(struct track *track, size_t index, struct packet *packet,
                   const struct rtp_header *header, const struct rtp_exts *exts, bool repaired)
{
    struct layer *layer = track->layers[index < track->layer_count ? index : 0];
    enum drop_reason reason = packet_facts_read(packet, header, exts, &track->media);
    const struct packet_facts *facts = packet_facts(packet);
    if (reason != DROP_NONE) {
        room_context_drop(track->context, reason);
    }
    if (reason == DROP_RTP_PAYLOAD_TYPE && header->ssrc != layer->ssrc) {
        return; /* a stranger does not restart the stream */
    }
    layer_bind(layer, header->ssrc);
    pass_on(track, layer, packet, header->seq, repaired);
    if (layer->pending_count == 1) {
        forward_prefetch(layer);
    }
    if (facts->codec == FACTS_NO_CODEC) {
        return;
    }
    wake(track);
    note_codec(track, facts);
    listen(track, packet, facts, exts->bytes[RTP_EXT_AUDIO_LEVEL] > 0);
}

struct layer *track_layer_by_ssrc(const struct track *track, uint32_t ssrc)
{
    for (size_t i = 0; i < track->layer_count; i++) {
        if (track->layers[i]->ssrc == ssrc) {
            return track->layers[i];
        }
    }
    return NULL;
}

void track_end_layer(struct track *track, struct layer *layer)
{
    layer->last_us = INT64_MIN;
    change(track);
    bool comes = false;
    for (size_t i = 0; i < track->layer_count; i++) {
        comes = comes || track->layers[i]->last_us != INT64_MIN;
    }
    track->live = track->live && comes;
}

void track_want(struct track *track, size_t index, uint8_t temporal)
{
    if (simulcast_want(&track->simulcast, index, temporal)) {
        watch(track);
    }
}

bool track_shows(const struct track *track)
{
    return track->live && !track->muted;
}

/** Falls dormant when the silence is too long, and not by our wish. @return true when nothing need
 * be looked for before the next packet or wish */
static bool doze(struct track *track, int64_t now_us)
{
    int64_t last_us = INT64_MIN;
    for (size_t i = 0; i < track->layer_count; i++) {
        const struct layer *layer = track->layers[i];
        last_us = layer->last_us > last_us ? layer->last_us : last_us;
        last_us = layer->demand.woken_us > last_us ? layer->demand.woken_us : last_us;
    }
    if (track->live && last_us != INT64_MIN && now_us - last_us <= DORMANT_US) {
        return false;
    }
    if (track->live && !simulcast_sleeps(&track->simulcast)) {
        track->dormant = true;
        track->restage = true;
    }
    return true;
}

bool track_is_screen(const struct track *track)
{
    return strcmp(track->media.source, "screen") == 0;
}

const struct session_codec *track_codec(const struct track *track)
{
    return track->codec < track->media.codec_count ? &track->media.codecs[track->codec] : NULL;
}

void track_timeout(struct track *track, int64_t now_us)
{
    for (size_t i = 0; i < track->layer_count; i++) {
        if (layer_next_deadline(track->layers[i]) <= now_us) {
            release(track->layers[i], false);
        }
    }
    if (now_us < track->check_us) {
        return;
    }
    for (size_t i = 0; i < track->layer_count; i++) {
        layer_timeout(track->layers[i], now_us);
    }
    if (track->media.kind == MEDIA_VIDEO) {
        simulcast_timeout(&track->simulcast);
    }
    if (doze(track, now_us)) {
        unwatch(track);
    } else {
        track->check_us = grid_up(now_us + TRACK_CHECK_US);
    }
}

int64_t track_next_deadline(const struct track *track)
{
    int64_t deadline = track->check_us;
    for (size_t i = 0; i < track->layer_count; i++) {
        int64_t layer = layer_next_deadline(track->layers[i]);
        deadline = layer < deadline ? layer : deadline;
    }
    return deadline;
}

static void detach_all(struct layer *layer)
{
    while (!list_empty(&layer->waiting)) {
        slot_forget_layer(LIST_ENTRY(layer->waiting.next, struct slot, next_link), layer);
    }
    while (!list_empty(&layer->slots)) {
        slot_forget_layer(LIST_ENTRY(layer->slots.next, struct slot, feed_link), layer);
    }
    while (!list_empty(&layer->taps)) {
        list_remove(layer->taps.next);
    }
}

void track_detach(struct track *track)
{
    for (size_t i = 0; i < track->layer_count; i++) {
        detach_all(track->layers[i]);
        layer_clear_pending(track->layers[i]);
    }
}

void track_free(struct track **track)
{
    struct track *old = *track;
    if (old == NULL) {
        return;
    }
    track_detach(old);
    unwatch(old);
    if (old->speakers != NULL) {
        active_speaker_remove(old->speakers, &old->speaker);
    }
    list_remove(&old->source.link);
    for (size_t i = 0; i < old->layer_count; i++) {
        layer_deinit(old->layers[i]);
        free(old->layers[i]);
    }
    free(old);
    *track = NULL;
}

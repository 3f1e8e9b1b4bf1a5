#include "layer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "capture_time.h"
#include "red_block.h"

static bool answers_nack(const struct session_media *media)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].nack) {
            return true;
        }
    }
    return false;
}

static void forget_repairs(struct layer *layer)
{
    if (layer->nacks != NULL) {
        nack_generator_deinit(layer->nacks);
        free(layer->nacks);
        layer->nacks = NULL;
    }
}

static int ask_repairs(struct layer *layer, bool video)
{
    layer->nacks = malloc(sizeof(*layer->nacks));
    if (layer->nacks == NULL) {
        return ERR_NO_MEMORY;
    }
    nack_generator_init(layer->nacks, video);
    return 0;
}

int layer_init(struct layer *layer, struct room_context *context, struct egress *publisher,
               struct timeline_clock *clock, const struct session_media *media, uint32_t number)
{
    memset(layer, 0, sizeof(*layer));
    bool video = media->kind == MEDIA_VIDEO;
    int err = rtx_cache_new(&layer->cache, video ? RTX_CACHE_VIDEO_SLOTS : RTX_CACHE_AUDIO_SLOTS,
                            video ? RTX_CACHE_VIDEO_AGE_US : RTX_CACHE_AUDIO_AGE_US);
    if (err != 0) {
        return err;
    }
    if (video && publisher != NULL) {
        err = hold_back_new(&layer->hold);
    }
    if (err == 0 && answers_nack(media)) {
        err = ask_repairs(layer, video);
    }
    if (err != 0) {
        hold_back_free(&layer->hold);
        rtx_cache_free(&layer->cache);
        return err;
    }
    list_init(&layer->slots);
    list_init(&layer->waiting);
    list_init(&layer->taps);
    list_init(&layer->pending_link);
    layer->feed = ++context->next_feed;
    layer->number = number;
    layer->context = context;
    layer->publisher = publisher;
    layer->clock = clock;
    layer->media = media;
    layer->first_us = INT64_MAX;
    layer->release_us = INT64_MAX;
    layer->newest.ext_seq = -1;
    layer->heard_us = INT64_MIN;
    layer->last_us = INT64_MIN;
    recv_stats_init(&layer->stats, session_clock_rate(media));
    reorder_init(&layer->reorder);
    timeline_init(&layer->timeline, session_clock_rate(media));
    stream_meter_init(&layer->meter);
    layer_demand_init(&layer->demand);
    keyframe_request_init(&layer->keyframes);
    keeping_init(&layer->keeping);
    return 0;
}

void layer_follow_agreement(struct layer *layer)
{
    if (!answers_nack(layer->media)) {
        forget_repairs(layer);
    } else if (layer->nacks == NULL && ask_repairs(layer, layer->media->kind == MEDIA_VIDEO) != 0) {
        log_warn("room", "no memory to ask for repairs participant=%u", (unsigned)layer->number);
    }
}

void layer_want_keyframe(struct layer *layer)
{
    if (layer->media->kind == MEDIA_VIDEO) {
        keyframe_request_want(&layer->keyframes, layer->context->now_us);
        layer_touch_publisher(layer);
    }
}

/** Numbers and times of the old life say nothing about the new one. */
static void life_begin(struct layer *layer)
{
    layer->life++;
    layer->keyframe.state = LAYER_KEYFRAME_NONE;
    layer->has_parameters = false;
    layer->first_us = INT64_MAX;
    layer->release_us = INT64_MAX;
    layer->newest.ext_seq = -1;
    timeline_reset(&layer->timeline);
    stream_meter_restart(&layer->meter);
    reorder_reset(&layer->reorder);
    if (layer->hold != NULL) {
        hold_back_reset(layer->hold);
    }
    if (layer->nacks != NULL) {
        nack_generator_reset(layer->nacks);
    }
}

void layer_bind(struct layer *layer, uint32_t ssrc)
{
    if (layer->ssrc == ssrc) {
        return;
    }
    if (layer->ssrc != 0) {
        recv_stats_restart(&layer->stats);
    }
    layer->ssrc = ssrc;
}

/** An answer to a request tells nothing about the order, under whatever number it comes. */
static void note_order(struct layer *layer, int64_t ext_seq)
{
    int64_t now_us = layer->context->now_us;
    if (layer->nacks != NULL && nack_generator_awaits(layer->nacks, ext_seq, now_us)) {
        return;
    }
    if (reorder_receive(&layer->reorder, ext_seq, now_us) && layer->nacks != NULL) {
        nack_generator_reorder(layer->nacks, reorder_tolerance_us(&layer->reorder));
    }
}

static void note_missing(struct layer *layer, const struct packet_facts *facts)
{
    if (layer->nacks == NULL) {
        return;
    }
    int err = nack_generator_receive(layer->nacks, facts->ext_seq, layer->context->now_us);
    if (facts->keyframe_start) {
        nack_generator_keyframe(layer->nacks, facts->ext_seq, layer->context->now_us);
    } else if (err == ERR_NEED_KEYFRAME && layer_wanted(layer)) {
        layer_want_keyframe(layer);
    }
    if (nack_generator_next_deadline(layer->nacks) != INT64_MAX) {
        egress_touch(layer->publisher);
    }
}

static void note_time(struct layer *layer, const struct packet *packet,
                      const struct packet_facts *facts)
{
    if (layer->first_us == INT64_MAX) {
        layer->first_us = layer->context->now_us;
        if (!layer_is_made(layer)) {
            egress_hurry_reports(layer->publisher);
        }
    }
    if (layer->last_us != INT64_MIN) {
        keeping_note_gap(&layer->keeping, layer->context->now_us - layer->last_us);
    }
    layer->last_us = layer->context->now_us;
    if (layer->media->kind == MEDIA_VIDEO) {
        stream_meter_receive(&layer->meter, facts->tid, facts->keyframe_start, facts->timestamp,
                             packet->len, layer->context->now_us);
    }
    if (!facts->late) {
        timeline_receive(&layer->timeline, facts->timestamp, packet->arrival_us);
        layer->newest = (struct red_fill_place){facts->ext_seq, facts->timestamp};
    }
}

static void note_keyframe(struct layer *layer, const struct packet_facts *facts)
{
    keyframe_request_received(&layer->keyframes);
    if (facts->width != 0) {
        layer->width = facts->width;
        layer->height = facts->height;
    }
}

/**
 * Many H.264 senders put the parameter sets into packets of their own: then the keyframe starts
 * there, not at the slice, and whoever enters at the slice gets a picture that nobody can decode.
 */
static void settle_keyframe(struct layer *layer, struct packet_facts *facts)
{
    layer->has_parameters = layer->has_parameters || facts->parameters;
    if (facts->bare_idr && layer->has_parameters) {
        struct packet *before =
            rtx_cache_find(layer->cache, facts->ext_seq - 1, layer->context->now_us);
        facts->keyframe_start =
            before != NULL && packet_facts(before)->timestamp != facts->timestamp;
    }
}

/** Slots go over at a keyframe: where it begins and ends. */
static void follow_keyframe(struct layer *layer, struct packet *packet)
{
    const struct packet_facts *facts = packet_facts(packet);
    struct layer_keyframe *keyframe = &layer->keyframe;
    if (facts->keyframe_start) {
        *keyframe = (struct layer_keyframe){.state = LAYER_KEYFRAME_COMES,
                                            .timestamp = facts->timestamp,
                                            .first = facts->ext_seq,
                                            .began_us = packet->arrival_us};
    }
    if (keyframe->state == LAYER_KEYFRAME_COMES && facts->codec != FACTS_NO_CODEC && !facts->late &&
        (facts->marker || facts->timestamp != keyframe->timestamp)) {
        keyframe->state = LAYER_KEYFRAME_ENDED;
        keyframe->ended_us = layer->context->now_us;
    }
}

void layer_push_tap(const struct layer *layer, struct tap_ring *ring, struct packet *packet)
{
    const struct packet_facts *facts = packet_facts(packet);
    const struct session_codec *opus = session_codec_by_kind(layer->media, CODEC_OPUS);
    size_t codec = facts->codec == FACTS_NO_CODEC ? 0 : facts->codec;
    struct tap_entry entry = {.packet = packet,
                              .life = layer->life,
                              .codec = (uint8_t)layer->media->codecs[codec].kind,
                              .block_pt = opus == NULL ? 0 : opus->pt};
    tap_ring_push(ring, &entry, facts->ext_seq);
}

static void push_taps(const struct layer *layer, struct packet *packet)
{
    LIST_FOR_EACH(link, &layer->taps)
    {
        layer_push_tap(layer, LIST_ENTRY(link, struct tap_ring, link), packet);
    }
}

/** Padding-only packets are queued too: slots must close up their numbers. */
static void pending_append(struct layer *layer, struct packet *packet)
{
    assert(layer->pending_count < LAYER_MAX_PENDING);
    if (layer->pending_count == 0) {
        list_append(&layer->context->layers, &layer->pending_link);
    }
    layer->pending[layer->pending_count++] = packet_ref(packet);
    follow_keyframe(layer, packet);
    if (!list_empty(&layer->taps)) {
        push_taps(layer, packet);
    }
}

/** Its place in what goes on: now, or when the hole before it is filled. */
static void pass(struct layer *layer, struct packet *packet, bool late)
{
    struct packet_facts *facts = packet_facts(packet);
    if (layer->hold != NULL) {
        enum hold_back_verdict verdict = hold_back_receive(layer->hold, facts->ext_seq, packet);
        if (verdict == HOLD_BACK_HELD) {
            layer->release_us = layer->context->now_us;
            keeping_note_loss(&layer->keeping, layer->context->now_us);
            return;
        }
        late = verdict == HOLD_BACK_LATE;
    }
    facts->late = late;
    pending_append(layer, packet);
}

/** A missing packet that came inside a RED packet goes on in its place. */
static void take_block(struct layer *layer, const struct packet *red, const struct red_fill *fill)
{
    int64_t ext_seq;
    struct packet *packet = red_block_packet(red, fill, layer->media);
    if (packet == NULL || layer->pending_count + 1 >= LAYER_MAX_PENDING) {
        packet_unref(&packet);
        return;
    }
    if (recv_stats_recover(&layer->stats, (uint16_t)fill->ext_seq, &ext_seq) == RECV_LATE) {
        packet_facts(packet)->ext_seq = ext_seq;
        note_missing(layer, packet_facts(packet));
        rtx_cache_insert(layer->cache, ext_seq, packet, layer->context->now_us);
        pending_append(layer, packet);
    }
    packet_unref(&packet);
}

/** What the packet's redundant blocks bring of the hole before it, in order. */
static void fill_hole(struct layer *layer, const struct packet *packet,
                      const struct packet_facts *facts)
{
    if (facts->ext_seq <= layer->newest.ext_seq + 1 || layer->newest.ext_seq < 0 ||
        layer->media->codecs[facts->codec].kind != CODEC_RED || !layer_wanted(layer)) {
        return;
    }
    const struct session_codec *opus = session_codec_by_kind(layer->media, CODEC_OPUS);
    if (opus == NULL) {
        return;
    }
    struct red_fill fills[RED_FILL_MAX];
    struct red_fill_place present = {facts->ext_seq, facts->timestamp};
    size_t count = red_fill_find(&layer->newest, &present, opus->pt,
                                 packet->data + facts->payload_offset, facts->payload_bytes, fills);
    for (size_t i = 0; i < count; i++) {
        take_block(layer, packet, &fills[i]);
    }
}

void layer_receive(struct layer *layer, struct packet *packet, uint16_t seq, bool repaired)
{
    struct packet_facts *facts = packet_facts(packet);
    enum recv_verdict verdict =
        repaired ? recv_stats_recover(&layer->stats, seq, &facts->ext_seq)
                 : recv_stats_receive(&layer->stats, seq, facts->timestamp, packet->len,
                                      packet->arrival_us, &facts->ext_seq);
    switch (verdict) {
    case RECV_DUPLICATE:
        room_context_drop(layer->context, DROP_RTP_DUPLICATE);
        return;
    case RECV_REFUSED:
        room_context_drop(layer->context, DROP_RTP_TOO_OLD);
        return;
    case RECV_RESTART:
        layer_clear_pending(
            layer); /* of the old life: slots must not take the new one for its sequel */
        life_begin(layer);
        break;
    case RECV_IN_ORDER:
    case RECV_LATE:
        break;
    }
    facts->late = verdict == RECV_LATE;
    settle_keyframe(layer, facts);
    capture_time_restate(packet, layer->clock, layer->context->wall_offset_us);
    layer->heard_us = layer->context->now_us;
    if (!repaired) {
        note_order(layer, facts->ext_seq);
    }
    note_missing(layer, facts);
    if (facts->codec != FACTS_NO_CODEC) {
        fill_hole(layer, packet, facts);
        note_time(layer, packet, facts);
        if (facts->keyframe_start) {
            note_keyframe(layer, facts);
        }
        rtx_cache_insert(layer->cache, facts->ext_seq, packet, layer->context->now_us);
    }
    pass(layer, packet, facts->late);
}

static int64_t hold_wait_us(const struct layer *layer)
{
    if (!layer_wanted(layer)) {
        return 0;
    }
    int64_t tolerance_us = reorder_tolerance_us(&layer->reorder);
    const struct nack_generator *nacks = layer->nacks;
    return nacks == NULL
               ? hold_back_wait_us(tolerance_us, INT64_MAX, INT64_MAX)
               : hold_back_wait_us(tolerance_us, nacks->rtt_us, nack_generator_repeat_us(nacks));
}

/** The hole that is waited for was given up, or a keyframe behind it has come. */
static bool hole_is_vain(const struct layer *layer)
{
    int64_t first;
    int64_t end;
    return layer->nacks != NULL && hold_back_hole(layer->hold, &first, &end) &&
           !nack_generator_seeks(layer->nacks, first, end);
}

bool layer_release(struct layer *layer, bool all)
{
    if (layer->release_us == INT64_MAX) {
        return true;
    }
    int64_t wait_us = all ? 0 : hold_wait_us(layer);
    while (layer->pending_count < LAYER_MAX_PENDING) {
        if (hole_is_vain(layer)) {
            hold_back_let_go(layer->hold);
        }
        struct packet *packet = hold_back_poll(layer->hold, wait_us, layer->context->now_us);
        if (packet == NULL) {
            layer->release_us = hold_back_next_deadline(layer->hold);
            return true;
        }
        packet_facts(packet)->late = false;
        pending_append(layer, packet);
        packet_unref(&packet);
    }
    return false;
}

int64_t layer_passed(const struct layer *layer)
{
    return layer->hold != NULL ? hold_back_passed(layer->hold) : layer->stats.highest;
}

bool layer_alive(const struct layer *layer, int64_t now_us)
{
    return layer->last_us != INT64_MIN && now_us - layer->last_us < LAYER_SILENT_US;
}

bool layer_wanted(const struct layer *layer)
{
    return !list_empty(&layer->slots) || !list_empty(&layer->waiting) || !list_empty(&layer->taps);
}

void layer_clear_pending(struct layer *layer)
{
    for (size_t i = 0; i < layer->pending_count; i++) {
        packet_unref(&layer->pending[i]);
    }
    layer->pending_count = 0;
    list_remove(&layer->pending_link);
}

void layer_timeout(struct layer *layer, int64_t now_us)
{
    rtx_cache_timeout(layer->cache, now_us);
}

void layer_deinit(struct layer *layer)
{
    assert(!layer_wanted(layer));
    layer_clear_pending(layer);
    rtx_cache_free(&layer->cache);
    hold_back_free(&layer->hold);
    forget_repairs(layer);
}

#include "slot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "bridge_book.h"
#include "redundancy.h"
#include "rtp/opus_payload.h"

enum {
    AUDIO_MIN_STEP = 960,                   /**< one 20 ms packet */
    LOSS_STEP = 2,                          /**< percent: so much is worth another encoding */
    STEP_MOST_AHEAD = 2 * RTP_OPUS_CLOCK_HZ /**< of the time that has passed */
};

static_assert((int)STREAM_REWRITE_VIDEO_WINDOW <= (int)TRANSPORT_REPEAT_WINDOW,
              "what is found again can be sent again");

/** Reads what the agreement says about codecs and extensions. */
static void read_agreement(struct slot *slot, const struct session_media *media, bool two_byte_exts)
{
    bool nack = false;
    bool rtx = false;
    for (size_t i = 0; i < media->codec_count; i++) {
        nack = nack || media->codecs[i].nack;
        rtx = rtx || media->codecs[i].rtx_pt != 0;
    }
    memcpy(slot->mid, media->mid, sizeof(slot->mid));
    slot->ssrc = media->slot_ssrc;
    slot->rtx_ssrc = rtx ? media->slot_rtx_ssrc : 0;
    slot->plain_resend = nack && slot->rtx_ssrc == 0;
    ext_template_init(&slot->exts, media, slot->plain_resend && !slot_is_audio(slot),
                      two_byte_exts);
    const struct session_codec *opus = session_codec_by_kind(media, CODEC_OPUS);
    const struct session_codec *red = session_codec_by_kind(media, CODEC_RED);
    slot->opus_pt = opus != NULL ? opus->pt : SLOT_NO_PT;
    slot->red_pt = red != NULL && opus != NULL ? red->pt : SLOT_NO_PT;
    audio_repair_agree(&slot->repair, nack, slot->red_pt != SLOT_NO_PT,
                       slot->egress->context->now_us);
}

static int make_machines(struct slot *slot, struct rand *rand)
{
    bool audio = slot->agreed->media.kind == MEDIA_AUDIO;
    struct stream_rewrite_config config = {
        .clock_rate = session_clock_rate(&slot->agreed->media),
        .window = audio ? STREAM_REWRITE_AUDIO_WINDOW : STREAM_REWRITE_VIDEO_WINDOW,
        .first = STREAM_REWRITE_FIRST_WINDOW,
        .min_step = audio ? AUDIO_MIN_STEP : 1,
    };
    int err = stream_rewrite_new(&slot->rewrite, &config, rand);
    if (err != 0) {
        return err;
    }
    rtx_history_init(&slot->history);
    if (!audio) {
        slot->vp8 = malloc(sizeof(*slot->vp8));
        if (slot->vp8 == NULL) {
            return ERR_NO_MEMORY;
        }
        vp8_rewrite_init(slot->vp8, rand);
        slot->allocation = malloc(sizeof(*slot->allocation));
        if (slot->allocation == NULL) {
            return ERR_NO_MEMORY;
        }
        allocation_slot_init(slot->allocation);
    }
    return 0;
}

int slot_new(struct slot **out, struct egress *egress, const struct session_media *media,
             bool two_byte_exts)
{
    struct slot *slot = calloc(1, sizeof(*slot));
    if (slot == NULL) {
        return ERR_NO_MEMORY;
    }
    temporal_filter_init(&slot->temporal, TEMPORAL_FILTER_ALL);
    list_init(&slot->feed_link);
    list_init(&slot->next_link);
    slot->egress = egress;
    slot->active = true;
    slot->agreed = agreement_take(&egress->context->agreements, media);
    if (slot->agreed == NULL) {
        free(slot);
        return ERR_NO_MEMORY;
    }
    bridge_book_init_sink(&slot->sink, &slot->agreed->media);
    audio_repair_init(&slot->repair);
    slot->ask_us = INT64_MAX;
    pacer_flow_init(&slot->flow);
    int err = make_machines(slot, &egress->context->rand);
    if (err != 0) {
        slot_free(&slot);
        return err;
    }
    /* Low half, so that a loss of the first packets cannot make the receiver guess a wrong rollover
     * (INTEROP.md 59). */
    slot->rtx_seq = (uint16_t)rand_below(&egress->context->rand, 0x8000);
    send_stats_init(&slot->stats, session_clock_rate(media));
    keyframe_limit_init(&slot->keyframes);
    read_agreement(slot, media, two_byte_exts);
    *out = slot;
    return 0;
}

/** Payload types for the codecs of a feed. */
static void map_codecs(struct slot *slot, const struct layer *layer)
{
    const struct session_codec *opus = session_codec_by_kind(&slot->agreed->media, CODEC_OPUS);
    for (size_t i = 0; i < SESSION_MAX_CODECS; i++) {
        struct slot_codec *codec = &slot->codecs[i];
        *codec = (struct slot_codec){.pt = SLOT_NO_PT, .rtx_pt = SLOT_NO_PT};
        if (i >= layer->media->codec_count) {
            continue;
        }
        const struct session_codec *from = &layer->media->codecs[i];
        codec->unwrap = from->kind == CODEC_RED;
        const struct session_codec *to =
            codec->unwrap ? opus : session_codec_match(&slot->agreed->media, from);
        if (to == NULL) {
            continue;
        }
        codec->pt = to->pt;
        codec->numbered = to->kind == CODEC_VP8 || to->kind == CODEC_VP9;
        codec->rtx_pt = to->rtx_pt != 0 ? to->rtx_pt : SLOT_NO_PT;
    }
}

int slot_update(struct slot *slot, const struct session_media *media, bool two_byte_exts)
{
    struct agreement *agreed = agreement_take(&slot->egress->context->agreements, media);
    if (agreed == NULL) {
        return ERR_NO_MEMORY;
    }
    egress_flush(slot->egress, &slot->flow); /* as agreed before */
    struct ext_template before = slot->exts;
    struct slot_codec codecs_before[SESSION_MAX_CODECS];
    bool plain_before = slot->plain_resend;
    uint8_t red_before = slot->red_pt;
    uint8_t opus_before = slot->opus_pt;
    memcpy(codecs_before, slot->codecs, sizeof(codecs_before));
    agreement_give(&slot->agreed);
    slot->agreed = agreed;
    slot->sink.media = &agreed->media;
    slot->active = true;
    read_agreement(slot, media, two_byte_exts);
    bridge_book_refresh_sink(&slot->sink);
    if (slot->feed != NULL) {
        map_codecs(slot, slot->feed);
    }
    if (slot->plain_resend != plain_before || slot->red_pt != red_before ||
        slot->opus_pt != opus_before || memcmp(&before, &slot->exts, sizeof(before)) != 0 ||
        memcmp(codecs_before, slot->codecs, sizeof(codecs_before)) != 0) {
        slot->resend_from = stream_rewrite_highest(slot->rewrite) + 1;
    }
    return 0;
}

static void leave_next(struct slot *slot)
{
    struct layer *next = slot->next;
    if (next != NULL) {
        list_remove(&slot->next_link);
        slot->next = NULL;
        if (!layer_wanted(next)) {
            keyframe_request_cancel(&next->keyframes);
        }
    }
}

/** Sound of a publisher: what is forwarded waits for no tick. */
static bool is_heard_at_once(const struct layer *layer)
{
    return layer->media->kind == MEDIA_AUDIO && !layer_is_made(layer);
}

static void leave_feed(struct slot *slot)
{
    struct layer *feed = slot->feed;
    if (feed != NULL) {
        list_remove(&slot->feed_link);
        slot->feed = NULL;
        keeping_note_left(&feed->keeping, slot->egress->context->now_us);
        slot->left_feed = feed->feed;
        slot->left_life = slot->life;
        slot->egress->context->haste -= is_heard_at_once(feed);
        if (!layer_wanted(feed)) {
            keyframe_request_cancel(&feed->keyframes);
        }
        egress_touch(slot->egress);
    }
}

static void enter_feed(struct slot *slot, struct layer *layer)
{
    list_append(&layer->slots, &slot->feed_link);
    slot->feed = layer;
    slot->egress->context->haste += is_heard_at_once(layer);
    slot->life = layer->life;
    slot->fresh = true;
    slot->starved = false;
    slot->step = (struct slot_step){.told = false};
    map_codecs(slot, layer);
    slot_remember(slot, rtx_cache_size(layer->cache));
    slot->egress->context->counters.feed_changes++;
    egress_hurry_reports(slot->egress);
}

static void await_keyframe(struct slot *slot, struct layer *layer)
{
    list_append(&layer->waiting, &slot->next_link);
    slot->next = layer;
    slot->next_since_us = slot->egress->context->now_us;
    layer_want_keyframe(layer);
}

void slot_feed(struct slot *slot, struct layer *layer)
{
    if (layer != NULL && layer == slot->next) {
        return;
    }
    leave_next(slot);
    if (layer == slot->feed) {
        slot->ask_us = slot->starved ? slot->egress->context->now_us : slot->ask_us;
        return;
    }
    if (layer == NULL) {
        leave_feed(slot);
    } else if (slot_is_audio(slot)) {
        leave_feed(slot);
        enter_feed(slot, layer);
    } else {
        await_keyframe(slot, layer);
    }
}

void slot_set_level(struct slot *slot, uint8_t level)
{
    temporal_filter_want(&slot->temporal, level);
}

void slot_rest(struct slot *slot)
{
    bridge_book_end_sink(&slot->sink);
    slot_feed(slot, NULL);
    egress_forget(slot->egress, &slot->flow);
    slot->active = false;
    slot->role = (struct slot_role){.track = NULL};
    slot->class = ALLOCATOR_PINNED;
}

void slot_forget_layer(struct slot *slot, const struct layer *layer)
{
    if (slot->next == layer) {
        leave_next(slot);
    }
    if (slot->feed == layer) {
        leave_feed(slot);
    }
}

/** Time between the newest packet sent and this one of the same stream, such that the timestamp
 * goes on by just the source's step. */
static int64_t pause_us(const struct slot *slot, const struct layer *layer, uint32_t timestamp)
{
    int64_t clock_rate = session_clock_rate(layer->media);
    int64_t ticks = seq_diff32(timestamp, stream_rewrite_source_timestamp(slot->rewrite));
    return ticks > 0 ? (ticks * 1000000 + clock_rate - 1) / clock_rate : INT64_MIN;
}

/** Time between the newest packet sent and this one on the publisher's own clock, when it is the
 * same stream, or both layers are tied to that clock; INT64_MIN when it is not known. */
static int64_t elapsed_us(const struct slot *slot, const struct layer *layer, uint32_t timestamp)
{
    const struct layer *feed = slot->feed;
    bool same = slot->sent_feed == layer->feed && slot->sent_life == layer->life;
    if (same || (slot_is_audio(slot) && slot->sent_made && layer_is_made(layer))) {
        return pause_us(slot, layer, timestamp);
    }
    if (feed == NULL || feed->clock != layer->clock || feed == layer || slot->fresh ||
        !timeline_is_exact(&feed->timeline, feed->clock) ||
        !timeline_is_exact(&layer->timeline, layer->clock)) {
        return INT64_MIN;
    }
    int64_t last = timeline_instant_us(&feed->timeline, feed->clock,
                                       stream_rewrite_source_timestamp(slot->rewrite));
    return timeline_instant_us(&layer->timeline, layer->clock, timestamp) - last;
}

/** By what the timestamp goes on to this packet as a bridge has told it, 0 = by time: a source's
 * clock may have jumped since. */
static uint32_t told_step(const struct slot *slot, uint32_t timestamp)
{
    const struct slot_step *step = &slot->step;
    if (!step->told || slot->stats.sent_us == INT64_MIN) {
        return 0;
    }
    int64_t passed_us = slot->egress->context->now_us - slot->stats.sent_us;
    int64_t most = passed_us * RTP_OPUS_CLOCK_HZ / 1000000 + STEP_MOST_AHEAD;
    uint32_t ticks = step->ticks + (timestamp - step->timestamp);
    return (int32_t)ticks > 0 && ticks <= most ? ticks : 0;
}

/** The stream goes on with this packet of the feed. */
static void begin(struct slot *slot, const struct packet *packet, const struct packet_facts *facts,
                  int64_t elapsed)
{
    uint32_t told = told_step(slot, facts->timestamp);
    if (told == 0) {
        stream_rewrite_switch(slot->rewrite, slot->feed->feed, facts->ext_seq, facts->timestamp,
                              packet->arrival_us, elapsed);
    } else {
        stream_rewrite_switch_by(slot->rewrite, slot->feed->feed, facts->ext_seq, facts->timestamp,
                                 told);
    }
    slot->step.told = false;
    slot->sent_made = layer_is_made(slot->feed);
    slot->fresh = false;
    slot->sent_feed = slot->feed->feed;
    slot->sent_life = slot->feed->life;
    slot->feed_from = facts->ext_seq;
}

void slot_take_next(struct slot *slot, struct packet *packet)
{
    struct layer *next = slot->next;
    const struct packet_facts *facts = packet_facts(packet);
    int64_t elapsed = elapsed_us(slot, next, facts->timestamp);
    list_remove(&slot->next_link);
    slot->next = NULL;
    leave_feed(slot);
    enter_feed(slot, next);
    temporal_filter_init(&slot->temporal, slot->next_level);
    begin(slot, packet, facts, elapsed);
}

bool slot_hurries(const struct slot *slot)
{
    const struct layer *feed = slot->feed;
    const struct layer *next = slot->next;
    return feed == NULL || slot->fresh || !layer_alive(feed, slot->egress->context->now_us) ||
           (uint32_t)next->width * next->height <= (uint32_t)feed->width * feed->height;
}

bool slot_knows(const struct slot *slot, const struct layer *layer, int64_t ext_seq)
{
    return slot->sent_feed == layer->feed && slot->sent_life == layer->life &&
           stream_rewrite_newest(slot->rewrite) >= ext_seq;
}

bool slot_is_between_frames(const struct slot *slot)
{
    return !stream_rewrite_frame_open(slot->rewrite);
}

void slot_close_up(struct slot *slot, int64_t ext_seq)
{
    stream_rewrite_drop(slot->rewrite, ext_seq);
}

void slot_follow_restart(struct slot *slot)
{
    struct layer *feed = slot->feed;
    if (slot_is_audio(slot)) {
        slot->life = feed->life;
        slot->fresh = true;
        slot->step.told = false;
        return;
    }
    leave_feed(slot);
    if (slot->next == NULL) {
        slot->next_level = slot->temporal.want;
        await_keyframe(slot, feed);
    }
}

bool slot_takes(const struct slot *slot, const struct session_codec *codec)
{
    return codec == NULL || session_codec_match(&slot->agreed->media, codec) != NULL;
}

void slot_follow_codecs(struct slot *slot)
{
    map_codecs(slot, slot->feed);
}

/** Most receivers never ask for sound again: memory for it is taken with the first packet to one
 * who may. */
static bool keeps_marks(struct slot *slot)
{
    if (slot->marks == NULL) {
        slot->marks = calloc(STREAM_REWRITE_AUDIO_WINDOW, sizeof(*slot->marks));
    }
    return slot->marks != NULL;
}

/** What only audio has: the marker of a new feed, copies of packets before, and a mark. */
static void sending_dress_audio(struct sending *sending, struct slot *slot,
                                const struct stream_rewrite_out *out)
{
    uint8_t copied = 0;
    sending->marker = sending->marker || out->first;
    if (slot->repair.distance > 0 && !out->late) {
        copied = redundancy_add(sending, slot->feed, slot->repair.distance, slot->feed_from);
        sending->pt = sending->copies > 0 ? slot->red_pt : sending->pt;
    }
    if ((slot->plain_resend || slot->rtx_ssrc != 0) && keeps_marks(slot)) {
        sending->mark = slot_mark(slot, out->ext_seq);
        sending->mark->tag = (uint32_t)out->ext_seq + 1;
        sending->mark->marker = sending->marker;
        sending->mark->copied = copied;
    }
}

/** Is this packet's picture one that the receiver is to have? If not, its numbers close up. */
__attribute__((noinline)) static bool passes_level(struct slot *slot,
                                                   const struct packet_facts *facts)
{
    static const struct vp8_payload none = {.start = true};
    const struct vp8_payload *vp8 = slot->codecs[facts->codec].numbered ? &facts->vp8 : &none;
    uint32_t change = stream_rewrite_change(slot->rewrite);
    bool left_out;
    bool passes = temporal_filter_pass(&slot->temporal, vp8, facts->timestamp, facts->marker,
                                       facts->late, &left_out);
    if (left_out) {
        stream_rewrite_skip(slot->rewrite, facts->ext_seq);
        vp8_rewrite_skip(slot->vp8, change, facts->timestamp, vp8);
    }
    if (!passes) {
        stream_rewrite_drop(slot->rewrite, facts->ext_seq);
        vp8_rewrite_drop(slot->vp8, stream_rewrite_change(slot->rewrite), facts->late,
                         facts->timestamp, vp8);
    }
    return passes;
}

/** The first packet of a feed. @return false when it does not go out */
__attribute__((noinline)) static bool begins(struct slot *slot, const struct packet *packet,
                                             const struct packet_facts *facts, bool taken)
{
    bool waits = slot->starved && (slot->next != NULL || !facts->keyframe_start);
    if (!taken || facts->late || waits) {
        return false;
    }
    begin(slot, packet, facts, elapsed_us(slot, slot->feed, facts->timestamp));
    if (slot->starved) {
        slot->starved = false;
        temporal_filter_init(&slot->temporal, slot->temporal.want);
    }
    return true;
}

void slot_forward(struct slot *slot, struct packet *packet)
{
    const struct packet_facts *facts = packet_facts(packet);
    bool taken = facts->codec != FACTS_NO_CODEC && slot->codecs[facts->codec].pt != SLOT_NO_PT;
    if (slot->fresh && !begins(slot, packet, facts, taken)) {
        return;
    }
    if (!taken) {
        stream_rewrite_drop(slot->rewrite, facts->ext_seq);
        return;
    }
    if (temporal_filter_looks(&slot->temporal, facts->tid) && !passes_level(slot, facts)) {
        return;
    }
    struct stream_rewrite_out out;
    struct sending sending;
    slot_sending_begin(&sending, slot, packet, facts);
    bool audio = slot_is_audio(slot);
    if (!stream_rewrite_forward(slot->rewrite, facts->ext_seq, facts->timestamp,
                                audio || facts->marker, packet->arrival_us, &out)) {
        return;
    }
    if (sending.numbered && !vp8_rewrite_forward(slot->vp8, out.change, out.late, facts->timestamp,
                                                 &facts->vp8, &sending.vp8)) {
        return;
    }
    if (facts->described && !frame_numbers_forward(&slot->frames, out.change, facts->frame_number,
                                                   &sending.frame_number)) {
        return;
    }
    if (sending.numbered && slot->plain_resend) {
        slot_note_sent_vp8(slot, out.ext_seq, &sending.vp8);
    }
    if (audio) {
        sending_dress_audio(&sending, slot, &out);
    }
    if (facts->keyframe_start) {
        pacer_flow_keyframe(&slot->flow, slot->egress->context->now_us);
    }
    sending.seq = (uint16_t)out.ext_seq;
    sending.timestamp = out.timestamp;
    sending.padding = slot->plain_resend ? 0 : facts->padding;
    size_t bytes = egress_send(slot->egress, &sending, slot_flow(slot), slot->class);
    if (bytes > 0) {
        struct room_context *context = slot->egress->context;
        rtx_budget_earn(&slot->egress->rtx_budget, (uint32_t)bytes);
        send_stats_send(&slot->stats, out.timestamp, (uint32_t)bytes, context->now_us);
        context->counters.packets_forwarded++;
        if (out.late) {
            rtx_history_note(&slot->history, out.ext_seq, context->now_us);
        }
    }
}

/** In-band FEC is in the bridge's hands. */
static void tell_loss(struct slot *slot)
{
    uint32_t loss = audio_repair_is_helpless(&slot->repair) ? audio_repair_loss(&slot->repair) : 0;
    uint8_t percent = (uint8_t)(loss * 100 / 256);
    if (bridge_book_is_sink(&slot->sink) && abs(percent - slot->sink.loss_percent) >= LOSS_STEP) {
        slot->sink.loss_percent = percent;
        bridge_book_refresh_sink(&slot->sink);
    }
}

void slot_tell_width(struct slot *slot, bool narrow)
{
    if (slot->sink.narrow != narrow) {
        slot->sink.narrow = narrow;
        bridge_book_refresh_sink(&slot->sink);
    }
}

void slot_reported(struct slot *slot)
{
    struct audio_repair_sent sent = {.packets = slot->stats.packets, .repeats = slot->rtx_sent};
    audio_repair_report(&slot->repair, &sent, slot->stats.fraction_lost, slot->egress->rtt_us,
                        slot->egress->context->now_us);
    tell_loss(slot);
}

/** Outgoing extended number of one that was given lately. */
static int64_t extend(const struct slot *slot, uint16_t seq)
{
    int64_t highest = stream_rewrite_highest(slot->rewrite);
    return highest - (uint16_t)((uint16_t)highest - seq);
}

/** Nothing of the feed goes out before its next keyframe, and what it left out is not repeated. */
static void fall_silent(struct slot *slot)
{
    slot->resend_from = stream_rewrite_highest(slot->rewrite) + 1;
    slot->fresh = true;
    slot->starved = true;
    slot->ask_us = slot->egress->context->now_us;
}

void slot_suspend(struct slot *slot)
{
    struct sending sending;
    if (slot->feed == NULL || slot->starved || slot->fresh) {
        return;
    }
    while (send_queue_take(&slot->egress->queue, &slot->flow, &sending)) {
        if (sending.kind == SEND_VIDEO) {
            slot->stats.packets--;
            slot->stats.octets -= (uint32_t)sending_payload_bytes(&sending);
        }
        packet_unref(&sending.packet);
    }
    fall_silent(slot);
}

void slot_starve(struct slot *slot)
{
    struct send_queue_dropped dropped;
    send_queue_drop(&slot->egress->queue, &slot->flow, &dropped);
    slot->stats.packets -= dropped.packets;
    slot->stats.octets -= dropped.octets;
    slot->egress->starved++;
    if (dropped.keyframe) {
        slot->resend_from = extend(slot, dropped.restart);
        return;
    }
    fall_silent(slot);
}

void slot_timeout(struct slot *slot, int64_t now_us)
{
    if (now_us < slot->ask_us) {
        return;
    }
    slot->ask_us = INT64_MAX;
    if (!slot->starved || slot->feed == NULL || slot->next != NULL) {
        return;
    }
    if (keyframe_limit_take(&slot->keyframes, now_us)) {
        layer_want_keyframe(slot->feed);
    } else {
        slot->ask_us = keyframe_limit_next(&slot->keyframes, now_us);
    }
}

int64_t slot_next_deadline(const struct slot *slot)
{
    return slot->ask_us;
}

void slot_want_keyframe(struct slot *slot)
{
    struct room_context *context = slot->egress->context;
    if (slot->feed == NULL || slot->next != NULL) {
        return;
    }
    if (keyframe_limit_take(&slot->keyframes, context->now_us)) {
        layer_want_keyframe(slot->feed);
    } else {
        room_context_drop(context, DROP_KEYFRAME_FLOOD);
    }
}

bool slot_report(struct slot *slot, struct sender_report *out)
{
    struct room_context *context = slot->egress->context;
    const struct layer *feed = slot->feed;
    uint32_t timestamp;
    bool known = feed != NULL && !slot->fresh &&
                 timeline_rtp_at(&feed->timeline, feed->clock, context->now_us, &timestamp);
    if (known) {
        timestamp += stream_rewrite_timestamp_offset(slot->rewrite);
    }
    return send_stats_report(&slot->stats, context->now_us,
                             context->now_us + context->wall_offset_us, known ? &timestamp : NULL,
                             out);
}

void slot_free(struct slot **slot)
{
    struct slot *old = *slot;
    if (old == NULL) {
        return;
    }
    bridge_book_end_sink(&old->sink);
    leave_next(old);
    leave_feed(old);
    egress_forget(old->egress, &old->flow);
    stream_rewrite_free(&old->rewrite);
    rtx_history_deinit(&old->history);
    free(old->vp8);
    free(old->sent_vp8);
    free(old->marks);
    free(old->allocation);
    agreement_give(&old->agreed);
    free(old);
    *slot = NULL;
}

#include "slot_repeat.h"

#include <stdlib.h>

#include "redundancy.h"

enum {
    PROBE_PACKETS = 64, /**< how far back probes reach for packets to repeat */
    PROBE_LEAST_BYTES =
        255 /**< less is padded: a whole packet again would be more than asked for */
};

/** The layer that a packet came from: the present feed, or the layer of the same track that was the
 * feed before. NULL when it is neither, or has restarted since. */
static const struct layer *find_source(const struct slot *slot, uint32_t feed)
{
    const struct layer *present = slot->feed;
    if (present == NULL || slot->fresh) {
        return NULL;
    }
    if (feed == present->feed) {
        return slot->life == present->life ? present : NULL;
    }
    for (size_t i = 0; feed == slot->left_feed && i < SESSION_MAX_LAYERS; i++) {
        const struct layer *layer = present->siblings[i];
        if (layer != NULL && layer->feed == feed) {
            return slot->left_life == layer->life ? layer : NULL;
        }
    }
    return NULL;
}

/** The packet behind an outgoing number, when it still may be sent again. */
static struct packet *find_again(const struct slot *slot, uint16_t out_seq,
                                 struct stream_rewrite_origin *origin)
{
    if (!stream_rewrite_find(slot->rewrite, out_seq, origin) ||
        origin->ext_seq < slot->resend_from) {
        return NULL;
    }
    const struct layer *source = find_source(slot, origin->feed);
    return source == NULL
               ? NULL
               : rtx_cache_find(source->cache, origin->source_seq, slot->egress->context->now_us);
}

/** Is it a picture's packet of the feed that cannot be sent again, being too old? */
static bool is_gone(const struct slot *slot, uint16_t out_seq)
{
    struct stream_rewrite_origin origin;
    return slot->agreed->media.kind == MEDIA_VIDEO && slot->feed != NULL && !slot->fresh &&
           stream_rewrite_find(slot->rewrite, out_seq, &origin) &&
           origin.ext_seq >= slot->resend_from && origin.feed == slot->feed->feed &&
           rtx_cache_is_past(slot->feed->cache, origin.source_seq);
}

void slot_note_sent_vp8(struct slot *slot, int64_t ext_seq, const struct vp8_numbers *numbers)
{
    if (slot->sent_vp8 == NULL) {
        slot->sent_vp8 = calloc(STREAM_REWRITE_VIDEO_WINDOW, sizeof(*slot->sent_vp8));
    }
    if (slot->sent_vp8 != NULL) {
        *slot_sent_vp8_at(slot, ext_seq) =
            (struct slot_sent_vp8){.tag = (uint32_t)ext_seq + 1, .numbers = *numbers};
    }
}

/** The same SSRC needs the same bytes, and a source may give one number to two pictures. */
static bool vp8_again(struct slot *slot, const struct packet_facts *facts,
                      const struct stream_rewrite_origin *origin, struct vp8_numbers *out)
{
    if (slot->plain_resend) {
        if (slot->sent_vp8 == NULL) {
            return false;
        }
        const struct slot_sent_vp8 *sent = slot_sent_vp8_at(slot, origin->ext_seq);
        if (sent->tag == (uint32_t)origin->ext_seq + 1) {
            *out = sent->numbers;
            return true;
        }
    }
    if (!vp8_rewrite_forward(slot->vp8, origin->change, true, facts->timestamp, &facts->vp8, out)) {
        return false;
    }
    if (slot->plain_resend) {
        slot_note_sent_vp8(slot, origin->ext_seq, out);
    }
    return true;
}

/** As it went out first; on a stream of repeats without its copies. @return false when that is not
 * known, or cannot be made again */
static bool audio_again(const struct slot *slot, const struct stream_rewrite_origin *origin,
                        struct sending *sending)
{
    struct sending_mark *mark = slot->marks == NULL ? NULL : slot_mark(slot, origin->ext_seq);
    if (mark == NULL || mark->tag != (uint32_t)origin->ext_seq + 1) {
        return false;
    }
    sending->marker = mark->marker;
    if (sending->rtx) {
        return true;
    }
    sending->mark = mark;
    sending->again = true;
    sending->pt = mark->copied != 0 ? slot->red_pt : sending->pt;
    return redundancy_repeat(sending, find_source(slot, origin->feed), mark->copied);
}

/** The numbers that a packet of a picture bore. */
static bool video_again(struct slot *slot, const struct packet_facts *facts,
                        const struct stream_rewrite_origin *origin, struct sending *sending)
{
    return (!sending->numbered || vp8_again(slot, facts, origin, &sending->vp8)) &&
           (!facts->described ||
            frame_numbers_forward(&slot->frames, origin->change, facts->frame_number,
                                  &sending->frame_number));
}

/** What a repeat of a packet is. @return false when it cannot be sent again */
static bool repeat_of(struct slot *slot, struct packet *packet,
                      const struct stream_rewrite_origin *origin, struct sending *out)
{
    const struct packet_facts *facts = packet_facts(packet);
    slot_sending_begin(out, slot, packet, facts);
    out->timestamp = facts->timestamp + origin->timestamp_offset;
    out->seq = (uint16_t)origin->ext_seq;
    out->kind = SEND_RTX;
    if (!slot->plain_resend) {
        out->ssrc = slot->rtx_ssrc;
        out->seq = slot->rtx_seq;
        out->pt = slot->codecs[facts->codec].rtx_pt;
        out->rtx = true;
        out->original_seq = (uint16_t)origin->ext_seq;
    }
    return out->pt != SLOT_NO_PT && (slot_is_audio(slot) ? audio_again(slot, origin, out)
                                                         : video_again(slot, facts, origin, out));
}

/** A repeat has gone. */
static void count_repeat(struct slot *slot)
{
    slot->rtx_seq = (uint16_t)(slot->rtx_seq + (slot->plain_resend ? 0 : 1));
    slot->rtx_sent++;
    slot->egress->context->counters.rtx_sent++;
}

void slot_resend(struct slot *slot, uint16_t out_seq)
{
    struct egress *egress = slot->egress;
    struct stream_rewrite_origin origin;
    struct sending sending;
    slot->nacks_received++;
    egress->context->counters.nacks_received++;
    if (slot->feed == NULL) { /* nothing is kept */
        return;
    }
    keeping_note_loss(&slot->feed->keeping, egress->context->now_us);
    struct packet *packet = find_again(slot, out_seq, &origin);
    if (packet == NULL && is_gone(slot, out_seq)) {
        slot_want_keyframe(slot);
    }
    if (packet == NULL || (!slot->plain_resend && slot->rtx_ssrc == 0) ||
        !repeat_of(slot, packet, &origin, &sending) ||
        !rtx_limiter_take(&egress->rtx_budget, &slot->history, origin.ext_seq, packet->len,
                          egress->rtt_us, egress->context->now_us)) {
        return;
    }
    if (egress_send(egress, &sending, slot_flow(slot), slot->class) > 0) {
        slot->rtx_bytes += packet->len;
        count_repeat(slot);
    }
}

/** Payload type of RTX for what the slot sends now, before its first packet any. */
static uint8_t rtx_pt_of(const struct slot *slot)
{
    for (size_t i = 0; i < slot->agreed->media.codec_count && slot->stats.packets == 0; i++) {
        if (slot->agreed->media.codecs[i].rtx_pt != 0) {
            return slot->agreed->media.codecs[i].rtx_pt;
        }
    }
    for (size_t i = 0; i < SESSION_MAX_CODECS; i++) {
        if (slot->codecs[i].pt != SLOT_NO_PT && slot->codecs[i].rtx_pt != SLOT_NO_PT) {
            return slot->codecs[i].rtx_pt;
        }
    }
    return SLOT_NO_PT;
}

bool slot_can_probe(const struct slot *slot)
{
    return slot->active && slot->rtx_ssrc != 0 && !slot_is_audio(slot) && slot->exts.number != 0 &&
           rtx_pt_of(slot) != SLOT_NO_PT;
}

/** Sends the newest packets again. @return bytes still to be sent */
static uint32_t probe_by_repeats(struct slot *slot, const struct estimator_burst *burst)
{
    int64_t now_us = slot->egress->context->now_us;
    int64_t highest = stream_rewrite_highest(slot->rewrite);
    uint32_t left = burst->bytes;
    /* What waits has not been sent yet, so it cannot be sent again. */
    for (int64_t seq = highest; seq >= 0 && seq > highest - PROBE_PACKETS &&
                                left > PROBE_LEAST_BYTES && list_empty(&slot->flow.firsts);
         seq--) {
        struct stream_rewrite_origin origin;
        struct sending sending;
        struct packet *packet = find_again(slot, (uint16_t)seq, &origin);
        if (packet == NULL || !repeat_of(slot, packet, &origin, &sending)) {
            continue;
        }
        uint32_t bytes = egress_probe(slot->egress, &sending, burst->probe);
        if (bytes > 0) {
            count_repeat(slot);
            rtx_history_note(&slot->history, origin.ext_seq, now_us);
        }
        left -= bytes < left ? bytes : left;
    }
    return left;
}

bool slot_probe(struct slot *slot, const struct estimator_burst *burst)
{
    uint32_t left = probe_by_repeats(slot, burst);
    while (left > 0) {
        struct padding padding = {.exts = &slot->exts,
                                  .ssrc = slot->rtx_ssrc,
                                  .timestamp = slot->stats.timestamp,
                                  .seq = slot->rtx_seq++,
                                  .pt = rtx_pt_of(slot),
                                  .count = burst->padding};
        uint32_t bytes = egress_pad(slot->egress, &padding, burst->probe);
        if (bytes == 0) {
            return false;
        }
        left -= bytes < left ? bytes : left;
    }
    return true;
}

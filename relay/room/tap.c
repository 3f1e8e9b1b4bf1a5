#include "room/tap.h"

#include "layer.h"
#include "track.h"

void tap_init(struct tap *tap)
{
    tap_ring_init(&tap->ring);
    tap->layer = NULL;
}

bool tap_is_open(const struct tap *tap)
{
    return !list_empty(&tap->ring.link);
}

void tap_open(struct tap *tap, struct bridge_source *source, size_t layer, size_t preroll)
{
    const struct track *track = LIST_ENTRY(source, struct track, source);
    tap_init(tap);
    tap->layer = track->layers[layer < track->layer_count ? layer : 0];
    int64_t newest = layer_passed(tap->layer);
    for (int64_t seq = newest - (int64_t)preroll + 1; seq <= newest; seq++) {
        struct packet *packet = rtx_cache_find(tap->layer->cache, seq, tap->layer->context->now_us);
        if (packet != NULL) {
            layer_push_tap(tap->layer, &tap->ring, packet);
        }
    }
    list_append(&tap->layer->taps, &tap->ring.link);
}

/** 3GPP TS 26.114 7.4.5: the two lowest bits count quarter turns. */
static int16_t turn_of(const struct packet *packet, const struct packet_facts *facts)
{
    for (size_t i = 0; i < facts->passed_count; i++) {
        const struct passed_ext *ext = &facts->passed[i];
        if (ext->kind == RTP_EXT_VIDEO_ORIENTATION && ext->bytes > 0) {
            return (int16_t)((packet->data[ext->offset] & 3) * 90);
        }
    }
    return -1;
}

bool tap_poll(struct tap *tap, struct tap_packet *out)
{
    struct tap_entry entry;
    if (!tap_ring_pop(&tap->ring, &entry)) {
        return false;
    }
    const struct packet_facts *facts = packet_facts(entry.packet);
    bool media = facts->codec != FACTS_NO_CODEC;
    *out = (struct tap_packet){
        .packet = entry.packet,
        .payload = entry.packet->data + facts->payload_offset,
        .bytes = media ? facts->payload_bytes : 0,
        .codec = (enum codec_kind)entry.codec,
        .block_pt = entry.block_pt,
        .ext_seq = facts->ext_seq,
        .timestamp = facts->timestamp,
        .life = entry.life,
        .arrival_us = entry.packet->arrival_us,
        .late = entry.late,
        .marker = facts->marker,
        .keyframe_start = facts->keyframe_start,
        .tid = facts->tid,
        .level = facts->level,
        .turn = turn_of(entry.packet, facts),
    };
    return true;
}

void tap_close(struct tap *tap)
{
    tap_ring_clear(&tap->ring);
    if (tap_is_open(tap)) {
        list_remove(&tap->ring.link);
        if (!layer_wanted(tap->layer)) {
            keyframe_request_cancel(&tap->layer->keyframes);
        }
    }
    tap->layer = NULL;
}

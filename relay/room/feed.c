#include "room/feed.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "bridge_book.h"
#include "feed_parts.h"
#include "rtp/opus_payload.h"
#include "rtp/rtp.h"
#include "rtp/vp8_payload.h"
#include "slot.h"

enum { CSRC_BYTES = 4, VOICE_BIT = 0x80 };

static_assert((int)FEED_MAX_PAYLOAD <= (int)SENDING_MAX_MADE_PAYLOAD, "what is made can be sent");
static_assert(FEED_MAX_PAYLOAD + FEED_MAX_SOURCES * (CSRC_BYTES + 1) + 1 <= PACKET_MAX_BYTES,
              "what is told with a payload stands behind it");

/** The agreement that a publisher of such a stream would have. */
static void describe(const struct feed_config *config, struct session_media *out)
{
    bool audio = config->kind == MEDIA_AUDIO;
    out->kind = config->kind;
    out->client_sends = true;
    (void)snprintf(out->source, sizeof(out->source), "%s", audio ? "microphone" : "camera");
    out->codecs[0] =
        (struct session_codec){.kind = audio ? CODEC_OPUS : CODEC_VP8,
                               .clock_rate = audio ? RTP_OPUS_CLOCK_HZ : RTP_VIDEO_CLOCK_HZ};
    out->codec_count = 1;
    for (size_t i = 0; i < config->layers && i < SESSION_MAX_LAYERS; i++) {
        (void)snprintf(out->rids[i], sizeof(out->rids[i]), "%u", (unsigned)i);
        out->rid_count++;
    }
}

int feed_new(struct feed **out, struct bridging *bridging, const struct feed_config *config)
{
    struct session_media *media = calloc(1, sizeof(*media));
    struct feed *feed = calloc(1, sizeof(*feed));
    int err = ERR_NO_MEMORY;
    if (media != NULL && feed != NULL) {
        describe(config, media);
        feed->bridging = bridging;
        err = track_new(&feed->track, NULL, 0, bridging->context, NULL, &bridging->clock, media);
    }
    free(media);
    if (err != 0) {
        free(feed);
        return err;
    }
    feed->track->codec = 0;
    feed->track->live = true;
    for (size_t i = 0; i < feed->track->layer_count; i++) {
        feed->next[i] = (uint16_t)rand_below(&bridging->context->rand, 0x8000);
    }
    *out = feed;
    return 0;
}

/** Behind the payload: CSRCs, their levels, the level of the whole. */
static void tell_sources(const struct feed_packet *from, struct packet_facts *facts, bool audio)
{
    struct packet *packet = from->packet;
    size_t count = from->source_count <= FEED_MAX_SOURCES ? from->source_count : FEED_MAX_SOURCES;
    uint16_t at = (uint16_t)packet->len;
    facts->sources_offset = at;
    facts->source_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        bytes_put_u32(packet->data + at, from->sources[i]);
        at = (uint16_t)(at + CSRC_BYTES);
    }
    if (!audio) {
        return;
    }
    packet->data[at] = (uint8_t)((from->voice ? VOICE_BIT : 0) | (from->level & 0x7F));
    facts->passed[facts->passed_count++] =
        (struct passed_ext){.kind = RTP_EXT_AUDIO_LEVEL, .bytes = 1, .offset = at};
    at++;
    if (count > 0) {
        memcpy(packet->data + at, from->levels, count);
        facts->passed[facts->passed_count++] =
            (struct passed_ext){.kind = RTP_EXT_CSRC_LEVEL, .bytes = (uint8_t)count, .offset = at};
    }
}

/** @return false when the payload is none */
static bool read_facts(const struct feed_packet *from, bool audio)
{
    struct packet *packet = from->packet;
    struct packet_facts *facts = packet_facts(packet);
    if (packet->len == 0 || packet->len > FEED_MAX_PAYLOAD) {
        return false;
    }
    *facts = (struct packet_facts){
        .timestamp = from->timestamp,
        .payload_bytes = (uint16_t)packet->len,
        .primary_bytes = (uint16_t)packet->len,
        .marker = from->marker,
        .level = from->level,
        .voice = from->voice && packet->len > RTP_OPUS_DTX_MAX_BYTES,
    };
    if (!audio) {
        if (vp8_payload_parse(packet->data, packet->len, &facts->vp8) != 0) {
            return false;
        }
        facts->tid = facts->vp8.tid;
        facts->keyframe_start = from->keyframe_start;
        facts->width = from->keyframe_start ? from->width : 0;
        facts->height = from->keyframe_start ? from->height : 0;
    }
    tell_sources(from, facts, audio);
    return true;
}

void feed_send(struct feed *feed, const struct feed_packet *packet, int64_t now_us)
{
    struct packet *sent = packet->packet;
    struct track *track = feed->track;
    size_t index = packet->layer < track->layer_count ? packet->layer : 0;
    struct layer *layer = track->layers[index];
    room_context_now(feed->bridging->context, now_us);
    if (read_facts(packet, track->media.kind == MEDIA_AUDIO)) {
        uint32_t revision = track->revision;
        sent->arrival_us = now_us;
        timeline_state(&layer->timeline, layer->clock, packet->timestamp, packet->captured_us);
        track_make(track, index, sent, feed->next[index]++);
        if (track->revision != revision) {
            bridge_book_restage(feed->bridging, track->media.kind);
        }
    }
    packet_unref(&sent);
}

int64_t feed_prepare(struct feed *feed, const struct feed_packet *packet, int64_t now_us)
{
    struct packet *sent = packet->packet;
    struct layer *layer = feed->track->layers[0];
    int64_t number = ERR_MALFORMED;
    room_context_now(feed->bridging->context, now_us);
    if (read_facts(packet, feed->track->media.kind == MEDIA_AUDIO)) {
        number = feed->prepared++;
        sent->arrival_us = now_us;
        packet_facts(sent)->ext_seq = number;
        timeline_state(&layer->timeline, layer->clock, packet->timestamp, packet->captured_us);
        rtx_cache_insert(layer->cache, number, sent, now_us);
    }
    packet_unref(&sent);
    return number;
}

/** Has a slot that is fed by it anything to choose yet? */
static bool is_awaited(const struct feed *feed, const struct layer *layer)
{
    if (layer->last_us != INT64_MIN) {
        return false;
    }
    LIST_FOR_EACH(link, &feed->bridging->sinks[feed->track->media.kind])
    {
        if (LIST_ENTRY(link, struct bridge_sink, link)->feed == feed) {
            return true;
        }
    }
    return false;
}

bool feed_is_wanted(const struct feed *feed, size_t layer)
{
    struct track *track = feed->track;
    if (layer >= track->layer_count || feed->bridging->gone) {
        return false;
    }
    const struct layer *of = track->layers[layer];
    if (layer_wanted(of) || is_awaited(feed, of)) {
        return true;
    }
    simulcast_timeout(&track->simulcast);
    return track->media.kind == MEDIA_VIDEO && of->last_us != INT64_MIN && of->demand.wanted;
}

bool feed_take_keyframe_request(struct feed *feed, size_t layer, int64_t now_us)
{
    return layer < feed->track->layer_count &&
           keyframe_request_poll(&feed->track->layers[layer]->keyframes, now_us);
}

/** Nobody has it any more; the stage finds something else for them. */
static void take_from_sinks(const struct feed *feed)
{
    enum media_kind kind = feed->track->media.kind;
    LIST_FOR_EACH(link, &feed->bridging->sinks[kind])
    {
        struct bridge_sink *sink = LIST_ENTRY(link, struct bridge_sink, link);
        struct slot *slot = LIST_ENTRY(sink, struct slot, sink);
        if (slot->role.track == feed->track) {
            slot->role.track = NULL;
        }
        if (sink->feed == feed) {
            sink->feed = NULL;
            bridge_book_restage(feed->bridging, kind);
        }
    }
}

void feed_free(struct feed **feed)
{
    struct feed *old = *feed;
    if (old == NULL) {
        return;
    }
    take_from_sinks(old);
    track_free(&old->track);
    free(old);
    *feed = NULL;
}

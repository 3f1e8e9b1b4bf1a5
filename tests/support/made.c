#include "support/made.h"

#include <string.h>

#include "base/bytes.h"

const struct feed_config made_mix = {.kind = MEDIA_AUDIO, .layers = 1};

struct bridging *made_bridging(struct exchange *exchange, const char *room)
{
    LIST_FOR_EACH(link, exchange_bridgings(exchange))
    {
        struct bridging *bridging = LIST_ENTRY(link, struct bridging, link);
        if (strcmp(bridging->room, room) == 0) {
            return bridging;
        }
    }
    return NULL;
}

struct bridge_sink *made_sink(struct exchange *exchange, enum media_kind kind, uint32_t number,
                              size_t n)
{
    LIST_FOR_EACH(of, exchange_bridgings(exchange))
    {
        struct bridging *bridging = LIST_ENTRY(of, struct bridging, link);
        LIST_FOR_EACH(link, &bridging->sinks[kind])
        {
            struct bridge_sink *sink = LIST_ENTRY(link, struct bridge_sink, link);
            if (sink->participant == number && n-- == 0) {
                return sink;
            }
        }
    }
    return NULL;
}

bool made_take(struct exchange *exchange, enum media_kind kind, uint32_t number, struct feed *feed)
{
    struct bridge_sink *sink = made_sink(exchange, kind, number, 0);
    if (sink != NULL) {
        bridge_sink_take(sink, feed, NULL);
    }
    return sink != NULL;
}

struct bridge_source *made_source(struct exchange *exchange, enum media_kind kind, uint32_t number,
                                  size_t n)
{
    LIST_FOR_EACH(of, exchange_bridgings(exchange))
    {
        struct bridging *bridging = LIST_ENTRY(of, struct bridging, link);
        LIST_FOR_EACH(link, &bridging->sources[kind])
        {
            struct bridge_source *source = LIST_ENTRY(link, struct bridge_source, link);
            if (source->participant == number && n-- == 0) {
                return source;
            }
        }
    }
    return NULL;
}

void made_audio(struct feed *feed, struct pool *packets, uint32_t timestamp, int64_t now_us)
{
    static const uint8_t payload[] = {0x78 /* full band, 20 ms */, 1, 2, 3, 4, 5, 6, 7};
    struct packet *packet = packet_take(packets);
    if (packet == NULL) {
        return;
    }
    memcpy(packet->data, payload, sizeof(payload));
    packet->len = sizeof(payload);
    struct feed_packet sent = {.packet = packet,
                               .timestamp = timestamp,
                               .captured_us = now_us - 60000,
                               .sources = {1, 2},
                               .levels = {30, 40},
                               .source_count = 2,
                               .level = 29,
                               .voice = true};
    feed_send(feed, &sent, now_us);
}

void made_video(struct feed *feed, struct pool *packets, size_t layer, uint16_t frame, bool key,
                uint16_t height, size_t bytes, int64_t now_us)
{
    static const uint8_t descriptor[] = {0x90, 0xE0, 0x80, 0, 0, 0};
    struct packet *packet = packet_take(packets);
    if (packet == NULL) {
        return;
    }
    memset(packet->data, frame & 0xFF, bytes);
    memcpy(packet->data, descriptor, sizeof(descriptor));
    bytes_put_u16(packet->data + 2, (uint16_t)(0x8000 | frame));
    packet->data[4] = (uint8_t)frame;
    packet->data[sizeof(descriptor)] = key ? 0x10 : 0x11;
    packet->len = (uint32_t)bytes;
    struct feed_packet sent = {.packet = packet,
                               .layer = layer,
                               .timestamp = (uint32_t)MADE_VIDEO_STEP * frame,
                               .captured_us = now_us - 100000,
                               .marker = true,
                               .sources = {1, 2},
                               .source_count = 2,
                               .keyframe_start = key,
                               .width = (uint16_t)(height * 16 / 9),
                               .height = height};
    feed_send(feed, &sent, now_us);
}

#include "picture_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/packet.h"

enum {
    LINGER_US = 5000000, /**< nobody looks: the composition is kept for so long */
    RETRY_US = 10000000,
    CLOCK_KHZ = 90,
    LARGE_BPS = 1500000,
    SMALL_BPS = 400000,
    RANDOM_PICTURE_IDS = 0x8000
};

static const uint32_t rendition_bps[COMPOSE_MAX_RENDITIONS] = {
    [COMPOSE_LARGE] = LARGE_BPS, [COMPOSE_SMALL] = SMALL_BPS};

int picture_room_new(struct picture_room **out, struct picture_context *context,
                     struct bridging *bridging, int64_t now_us)
{
    struct picture_room *room = calloc(1, sizeof(*room));
    if (room == NULL) {
        return ERR_NO_MEMORY;
    }
    struct rand *rand = &context->config.rand;
    room->context = context;
    room->bridging = bridging;
    room->retry_us = INT64_MIN;
    room->used_us = now_us;
    room->timestamp_offset = rand_u32(rand);
    for (size_t i = 0; i < COMPOSE_MAX_RENDITIONS; i++) {
        vp8_packets_init(&room->renditions[i].packets,
                         (uint16_t)rand_below(rand, RANDOM_PICTURE_IDS), (uint8_t)rand_u32(rand));
    }
    picture_tiles_init(&room->places, bridging);
    room->places.numbers = &context->sources;
    bridging->video = room;
    *out = room;
    return 0;
}

static int post(struct picture_room *room, struct compose_request *request)
{
    return room->context->config.request(room->context->config.owner, request);
}

static int post_plain(struct picture_room *room, enum compose_request_kind kind, size_t rendition)
{
    struct compose_request *request = NULL;
    int err = compose_request_new(&request, kind, room->composition);
    if (err == 0) {
        request->rendition = rendition;
        err = post(room, request);
    }
    return err;
}

/** The pool has no such composition any more. */
static void forget_composition(struct picture_room *room)
{
    feed_free(&room->feed);
    room->composition = 0;
    room->context->config.counters->compositions--;
}

/** @return false when the pool does not take it: to be tried again, or it would compose for ever */
static bool close_composition(struct picture_room *room)
{
    feed_free(&room->feed);
    if (room->composition != 0) {
        if (post_plain(room, COMPOSE_CLOSE, 0) != 0) {
            return false;
        }
        forget_composition(room);
    }
    return true;
}

/** Opens a composition, unless one is open, or was asked for, or it is too early to try again. */
static void open_composition(struct picture_room *room, int64_t now_us)
{
    struct picture_context *context = room->context;
    if (room->feed != NULL || now_us < room->retry_us || !close_composition(room)) {
        return;
    }
    room->retry_us = now_us + RETRY_US;
    room->composition = compose_number(
        context->config.worker,
        context->config.place == NULL ? 0 : context->config.place(context->config.owner),
        ++context->compositions);
    if (post_plain(room, COMPOSE_OPEN, 0) != 0) {
        room->composition = 0;
        context->config.counters->refused++;
        return;
    }
    context->config.counters->compositions++;
    room->scene_told = false;
    for (size_t i = 0; i < COMPOSE_MAX_RENDITIONS; i++) {
        room->renditions[i].wanted = false;
        room->renditions[i].lost = false;
    }
}

/** Gives the picture to slots that wait for it, and back those that want none. */
static void serve_sinks(struct picture_room *room)
{
    LIST_FOR_EACH_SAFE(link, after, &room->bridging->sinks[MEDIA_VIDEO])
    {
        struct bridge_sink *sink = LIST_ENTRY(link, struct bridge_sink, link);
        sink->fresh = false;
        if (sink->leaving) {
            bridge_sink_leave(sink, NULL);
        } else if (room->feed != NULL && sink->feed != room->feed) {
            bridge_sink_take(sink, room->feed, NULL);
        }
    }
}

/** The pool composes: slots may have what it makes. */
static void begin_feed(struct picture_room *room)
{
    static const struct feed_config config = {.kind = MEDIA_VIDEO,
                                              .layers = COMPOSE_MAX_RENDITIONS};
    room->refused = false;
    if (room->feed == NULL && !room->bridging->gone &&
        feed_new(&room->feed, room->bridging, &config) == 0) {
        serve_sinks(room);
    } /* without memory it stays unanswered, and is opened again later */
}

static bool post_scene(struct picture_room *room, const struct compose_scene *scene)
{
    struct compose_request *request = NULL;
    if (compose_request_new(&request, COMPOSE_SET_SCENE, room->composition) != 0) {
        return false;
    }
    request->scene = malloc(sizeof(*request->scene));
    if (request->scene == NULL) {
        compose_request_free(&request);
        return false;
    }
    *request->scene = *scene;
    return post(room, request) == 0;
}

static void tell_scene(struct picture_room *room)
{
    struct compose_scene scene;
    picture_tiles_scene(&room->places, &scene);
    if (!room->scene_told || !compose_scene_equal(&scene, &room->scene)) {
        room->scene_told = post_scene(room, &scene);
        room->scene = scene;
    }
}

static void tell_wishes(struct picture_room *room, int64_t now_us)
{
    for (size_t i = 0; i < COMPOSE_MAX_RENDITIONS; i++) {
        struct picture_rendition *rendition = &room->renditions[i];
        bool wanted = feed_is_wanted(room->feed, i);
        struct compose_request *request = NULL;
        if (wanted != rendition->wanted &&
            compose_request_new(&request, COMPOSE_RENDITION, room->composition) == 0) {
            request->rendition = i;
            request->wanted = wanted;
            request->bps = rendition_bps[i];
            rendition->wanted = post(room, request) == 0 ? wanted : rendition->wanted;
        }
        if (feed_take_keyframe_request(room->feed, i, now_us)) {
            (void)post_plain(room, COMPOSE_KEYFRAME, i); /* whoever needs it asks again */
        }
    }
}

static bool post_frame(struct picture_room *room, uint32_t source, const struct tile_frame *frame,
                       int64_t now_us)
{
    struct compose_request *request = NULL;
    if (compose_request_new(&request, COMPOSE_FRAME, room->composition) != 0) {
        return false;
    }
    request->bytes = malloc(frame->frame.len);
    if (request->bytes == NULL) {
        compose_request_free(&request);
        return false;
    }
    memcpy(request->bytes, frame->frame.bytes, frame->frame.len);
    request->len = frame->frame.len;
    request->source = source;
    request->captured_us = frame->captured_us;
    request->sent_us = now_us;
    request->turn = frame->turn;
    return post(room, request) == 0;
}

/** What came in for the tiles goes to the pool. */
static void hand_on(struct picture_room *room, int64_t now_us)
{
    struct event_pictures *counters = room->context->config.counters;
    for (size_t i = 0; i < room->places.count; i++) {
        struct picture_tile *tile = &room->places.tiles[i];
        struct tile_frame frame;
        if (tile->stream == NULL) {
            continue;
        }
        uint64_t lost_before = tile->stream->lost;
        while (tile_stream_poll(tile->stream, &frame)) {
            if (post_frame(room, tile->source, &frame, now_us)) {
                counters->frames_in++;
            } else {
                tile_stream_break(tile->stream);
            }
        }
        tile_stream_timeout(tile->stream, now_us);
        counters->frames_lost += tile->stream->lost - lost_before;
    }
}

bool picture_room_timeout(struct picture_room *room, int64_t now_us)
{
    if (room->bridging->gone) {
        return !close_composition(room);
    }
    if (!list_empty(&room->bridging->sinks[MEDIA_VIDEO])) {
        room->used_us = now_us;
        open_composition(room, now_us);
    } else if (now_us - room->used_us >= LINGER_US) {
        return !close_composition(room);
    }
    picture_tiles_follow(&room->places,
                         room->feed != NULL && !feed_is_wanted(room->feed, COMPOSE_LARGE));
    serve_sinks(room);
    if (room->feed != NULL) {
        tell_scene(room);
        tell_wishes(room, now_us);
        hand_on(room, now_us);
    }
    return true;
}

/** Cuts an encoded picture into packets and sends them. @return false when some are missing */
static bool send_packets(struct picture_room *room, const struct compose_result *result,
                         int64_t now_us)
{
    struct vp8_packets *packets = &room->renditions[result->rendition].packets;
    struct vp8_packet part;
    struct feed_packet out = {.layer = result->rendition,
                              .timestamp = (uint32_t)(result->at_us * CLOCK_KHZ / 1000) +
                                           room->timestamp_offset,
                              .captured_us = result->captured_us,
                              .width = result->width,
                              .height = result->height};
    for (size_t i = 0; i < room->places.count && out.source_count < FEED_MAX_SOURCES; i++) {
        out.sources[out.source_count++] = room->places.tiles[i].participant;
    }
    vp8_packets_frame(packets, result->bytes, result->len, result->tid, result->layer_sync);
    while (vp8_packets_next(packets, &part)) {
        struct packet *packet = packet_take(room->context->config.packets);
        if (packet == NULL) {
            return false;
        }
        memcpy(packet->data, part.descriptor, sizeof(part.descriptor));
        memcpy(packet->data + sizeof(part.descriptor), part.bytes, part.len);
        packet->len = (uint32_t)(sizeof(part.descriptor) + part.len);
        packet->arrival_us = now_us;
        out.packet = packet;
        out.marker = part.last;
        out.keyframe_start = part.first && result->keyframe;
        feed_send(room->feed, &out, now_us);
    }
    return true;
}

/** Numbers of what goes out have no holes: what follows a picture that is missing must not refer to
 * it. */
static void send_picture(struct picture_room *room, const struct compose_result *result,
                         int64_t now_us)
{
    struct picture_rendition *rendition = &room->renditions[result->rendition];
    if (room->feed == NULL || room->bridging->gone) {
        return;
    }
    if (!rendition->lost || result->keyframe) {
        rendition->lost = !send_packets(room, result, now_us);
    }
    if (rendition->lost) {
        (void)post_plain(room, COMPOSE_KEYFRAME, result->rendition);
    } else {
        room->context->config.counters->frames_out++;
    }
}

static void take_refusal(struct picture_room *room, int64_t now_us)
{
    if (!room->refused) {
        log_warn("bridge", "no composed picture room=%s: the codec pool is full",
                 room->bridging->room);
    }
    room->refused = true;
    room->retry_us = now_us + RETRY_US;
    room->context->config.counters->refused++;
    forget_composition(room);
}

void picture_room_result(struct picture_room *room, const struct compose_result *result,
                         int64_t now_us)
{
    switch (result->kind) {
    case COMPOSE_PICTURE:
        send_picture(room, result, now_us);
        break;
    case COMPOSE_NEEDS_KEYFRAME:
        for (size_t i = 0; i < room->places.count; i++) {
            if (room->places.tiles[i].stream != NULL &&
                room->places.tiles[i].source == result->source) {
                tile_stream_break(room->places.tiles[i].stream);
            }
        }
        break;
    case COMPOSE_OPENED:
        begin_feed(room);
        break;
    case COMPOSE_REFUSED:
        take_refusal(room, now_us);
        break;
    }
}

void picture_room_free(struct picture_room **room)
{
    struct picture_room *old = *room;
    if (old == NULL) {
        return;
    }
    (void)close_composition(old); /* closed already, unless the whole bridge ends */
    picture_tiles_deinit(&old->places);
    old->bridging->video = NULL;
    bridging_release(old->bridging);
    free(old);
    *room = NULL;
}

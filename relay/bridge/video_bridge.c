#include "bridge/video_bridge.h"

#include <stdlib.h>

#include "base/err.h"
#include "picture_room.h"

enum { TURN_US = 10000 /**< a tile's frame waits at most so long for its way to the pool */ };

struct video_bridge {
    struct picture_context context;
    struct list rooms; /**< picture_room.link */
    int64_t next_us;
    uint32_t sinks_seen; /**< exchange_sinks_come */
};

int video_bridge_new(struct video_bridge **out, const struct video_bridge_config *config)
{
    struct video_bridge *bridge = calloc(1, sizeof(*bridge));
    if (bridge == NULL) {
        return ERR_NO_MEMORY;
    }
    bridge->context.config = *config;
    bridge->sinks_seen = UINT32_MAX; /* anything else than what there is */
    list_init(&bridge->rooms);
    *out = bridge;
    return 0;
}

static struct picture_room *room_of(struct list *link)
{
    return LIST_ENTRY(link, struct picture_room, link);
}

void video_bridge_result(struct video_bridge *bridge, struct compose_result *result, int64_t now_us)
{
    LIST_FOR_EACH(link, &bridge->rooms)
    {
        struct picture_room *room = room_of(link);
        if (room->composition == result->composition) {
            picture_room_result(room, result, now_us);
            break;
        }
    }
    compose_result_free(&result);
}

static bool has_news(const struct video_bridge *bridge)
{
    struct exchange *exchange = bridge->context.config.exchange;
    return bridge->sinks_seen != exchange_sinks_come(exchange) &&
           !list_empty(exchange_bridgings(exchange));
}

/** Rooms in which somebody wants a picture for the first time. */
static void enter_rooms(struct video_bridge *bridge, int64_t now_us)
{
    struct exchange *exchange = bridge->context.config.exchange;
    uint32_t come = exchange_sinks_come(exchange);
    bridge->sinks_seen = come;
    LIST_FOR_EACH(link, exchange_bridgings(exchange))
    {
        struct bridging *bridging = LIST_ENTRY(link, struct bridging, link);
        struct picture_room *room = NULL;
        if (bridging->video != NULL || list_empty(&bridging->sinks[MEDIA_VIDEO])) {
            continue;
        }
        if (picture_room_new(&room, &bridge->context, bridging, now_us) == 0) {
            list_append(&bridge->rooms, &room->link);
        } else {
            bridge->sinks_seen = come - 1; /* to be tried again */
        }
    }
}

static void leave_room(struct picture_room *room)
{
    list_remove(&room->link);
    picture_room_free(&room);
}

void video_bridge_timeout(struct video_bridge *bridge, int64_t now_us)
{
    if (now_us < bridge->next_us) {
        return;
    }
    bridge->next_us = now_us + TURN_US;
    if (has_news(bridge)) {
        enter_rooms(bridge, now_us);
    }
    LIST_FOR_EACH_SAFE(link, after, &bridge->rooms)
    {
        if (!picture_room_timeout(room_of(link), now_us)) {
            leave_room(room_of(link));
            bridge->sinks_seen--; /* whoever came meanwhile found this room leaving */
        }
    }
}

int64_t video_bridge_next_deadline(const struct video_bridge *bridge)
{
    return list_empty(&bridge->rooms) && !has_news(bridge) ? INT64_MAX : bridge->next_us;
}

void video_bridge_free(struct video_bridge **bridge)
{
    struct video_bridge *old = *bridge;
    if (old == NULL) {
        return;
    }
    while (!list_empty(&old->rooms)) {
        leave_room(room_of(old->rooms.next));
    }
    free(old);
    *bridge = NULL;
}

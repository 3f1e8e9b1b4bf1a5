#include "load/janus_rooms.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum {
    ALREADY_THERE_VIDEOROOM = 427,
    ALREADY_THERE_AUDIOBRIDGE = 486,
    MAX_FEEDS = 512,
    MAX_PUBLISHERS = 500,
    MIX_HZ = 48000
};

enum room_state { ROOM_WANTED, ROOM_ASKED, ROOM_READY, ROOM_REFUSED };

struct janus_room {
    struct list link;
    struct janus_rooms *rooms;
    uint32_t number;
    enum room_state state;
    bool ours; /**< made here, so ended here */
    struct list places;
    struct janus_feed *feeds;
    size_t feed_count;
    size_t feed_cap;
};

struct janus_rooms {
    struct dialer *dialer;
    struct janus_session *session;
    const char *plugin;
    struct janus_handle *host; /**< what rooms are made and ended by */
    bool attached;
    struct list rooms;
};

/** FNV-1a; 0 is no room of Janus'. */
static uint32_t number_of(const char *name)
{
    uint32_t hash = 2166136261u;
    for (const char *at = name; *at != '\0'; at++) {
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    }
    return hash == 0 ? 1 : hash;
}

static bool is_audio(const struct janus_rooms *rooms)
{
    return strcmp(rooms->plugin, "janus.plugin.audiobridge") == 0;
}

/** Places may go while others are told. */
static void tell_all(struct janus_room *room, enum load_cause cause, const char *message)
{
    struct list told;
    list_init(&told);
    while (!list_empty(&room->places)) {
        struct janus_place *place = LIST_ENTRY(room->places.next, struct janus_place, link);
        list_remove(&place->link);
        list_append(&told, &place->link);
        if (cause == LOAD_FINE) {
            place->ready(place->owner);
        } else {
            place->failed(place->owner, cause, message);
        }
    }
    while (!list_empty(&told)) {
        struct list *link = told.next;
        list_remove(link);
        list_append(&room->places, link);
    }
}

static struct janus_room *first_in(const struct janus_rooms *rooms, enum room_state state)
{
    LIST_FOR_EACH(link, &rooms->rooms)
    {
        struct janus_room *room = LIST_ENTRY(link, struct janus_room, link);
        if (room->state == state) {
            return room;
        }
    }
    return NULL;
}

/** Asks for the next room that is wanted. One at a time: a refusal does not say which it is. */
static void ask(struct janus_rooms *rooms)
{
    struct janus_room *room = first_in(rooms, ROOM_WANTED);
    if (room == NULL || !rooms->attached || first_in(rooms, ROOM_ASKED) != NULL) {
        return;
    }
    json_t *body =
        is_audio(rooms)
            ? json_pack("{s:s,s:I,s:i,s:b}", "request", "create", "room", (json_int_t)room->number,
                        "sampling_rate", MIX_HZ, "permanent", 0)
            : json_pack("{s:s,s:I,s:i,s:b,s:s,s:s}", "request", "create", "room",
                        (json_int_t)room->number, "publishers", MAX_PUBLISHERS, "permanent", 0,
                        "audiocodec", "opus", "videocodec", "vp8");
    if (janus_message(rooms->host, body, NULL, NULL) == 0) {
        room->state = ROOM_ASKED; /* else its callers run into their deadlines */
    }
}

static void on_attached(void *owner)
{
    struct janus_rooms *rooms = owner;
    rooms->attached = true;
    ask(rooms);
}

static void on_event(void *owner, const json_t *data, const json_t *jsep)
{
    struct janus_rooms *rooms = owner;
    json_int_t error = json_integer_value(json_object_get(data, "error_code"));
    const char *words = json_string_value(json_object_get(data, "error"));
    (void)jsep;
    struct janus_room *room = first_in(rooms, ROOM_ASKED);
    if (room == NULL) {
        return; /* that a room was ended */
    }
    bool there = error == ALREADY_THERE_VIDEOROOM || error == ALREADY_THERE_AUDIOBRIDGE;
    if (error != 0 && !there) {
        room->state = ROOM_REFUSED;
        tell_all(room, LOAD_HTTP_ERROR, words != NULL ? words : "no room");
    } else {
        room->state = ROOM_READY;
        room->ours = !there;
        tell_all(room, LOAD_FINE, "");
    }
    ask(rooms);
}

static void on_failed(void *owner, enum load_cause cause, const char *message)
{
    struct janus_rooms *rooms = owner;
    LIST_FOR_EACH(link, &rooms->rooms)
    {
        struct janus_room *room = LIST_ENTRY(link, struct janus_room, link);
        if (room->state != ROOM_READY) {
            room->state = ROOM_WANTED;
            tell_all(room, cause, message);
        }
    }
    if (!rooms->attached) {
        janus_detach(&rooms->host); /* the next who enters tries again */
    }
}

static void on_gone(void *owner, const char *reason)
{
    struct janus_rooms *rooms = owner;
    (void)reason;
    rooms->attached = false;
    struct janus_room *room = first_in(rooms, ROOM_ASKED);
    if (room != NULL) {
        room->state = ROOM_WANTED; /* no answer will come, and the others wait for it */
    }
    janus_detach(&rooms->host);
}

int janus_rooms_new(struct janus_rooms **out, struct dialer *dialer, struct janus_session *session,
                    const char *plugin)
{
    struct janus_rooms *rooms = calloc(1, sizeof(*rooms));
    if (rooms == NULL) {
        return ERR_NO_MEMORY;
    }
    rooms->dialer = dialer;
    rooms->session = session;
    rooms->plugin = plugin;
    list_init(&rooms->rooms);
    *out = rooms;
    return 0;
}

static struct janus_room *find_room(struct janus_rooms *rooms, uint32_t number)
{
    LIST_FOR_EACH(link, &rooms->rooms)
    {
        struct janus_room *room = LIST_ENTRY(link, struct janus_room, link);
        if (room->number == number) {
            return room;
        }
    }
    struct janus_room *room = calloc(1, sizeof(*room));
    if (room != NULL) {
        room->rooms = rooms;
        room->number = number;
        list_init(&room->places);
        list_append(&rooms->rooms, &room->link);
    }
    return room;
}

int janus_rooms_enter(struct janus_rooms *rooms, const char *name, struct janus_place *place)
{
    static const struct janus_ear silent = {
        .attached = on_attached, .event = on_event, .failed = on_failed, .gone = on_gone};
    struct janus_ear ear = silent;
    struct janus_room *room = find_room(rooms, number_of(name));
    ear.owner = rooms;
    if (room == NULL) {
        return ERR_NO_MEMORY;
    }
    if (rooms->host == NULL) {
        int err = janus_attach(&rooms->host, rooms->session, rooms->plugin, &ear);
        if (err != 0) {
            return err;
        }
    }
    place->room = room;
    list_append(&room->places, &place->link);
    if (room->state == ROOM_READY) {
        place->ready(place->owner);
        return 0;
    }
    if (room->state == ROOM_REFUSED) {
        room->state = ROOM_WANTED; /* once more */
    }
    ask(rooms);
    return 0;
}

void janus_rooms_leave(struct janus_place *place)
{
    if (place->room != NULL) {
        list_remove(&place->link);
        place->room = NULL;
    }
}

uint32_t janus_room_number(const struct janus_room *room)
{
    return room->number;
}

static struct janus_feed *find_feed(struct janus_room *room, uint64_t id)
{
    for (size_t i = 0; i < room->feed_count; i++) {
        if (room->feeds[i].id == id) {
            return &room->feeds[i];
        }
    }
    return NULL;
}

static struct janus_feed *add_feed(struct janus_room *room, uint64_t id)
{
    if (room->feed_count == room->feed_cap) {
        size_t cap = room->feed_cap == 0 ? 8 : room->feed_cap * 2;
        struct janus_feed *feeds =
            cap > MAX_FEEDS ? NULL : reallocarray(room->feeds, cap, sizeof(*feeds));
        if (feeds == NULL) {
            return NULL;
        }
        room->feeds = feeds;
        room->feed_cap = cap;
    }
    struct janus_feed *feed = &room->feeds[room->feed_count++];
    *feed = (struct janus_feed){.id = id};
    return feed;
}

void janus_room_publisher(struct janus_room *room, uint64_t id, uint32_t caller, bool live)
{
    struct janus_feed *feed = find_feed(room, id);
    if (feed == NULL) {
        feed = add_feed(room, id);
    }
    if (feed == NULL) {
        return;
    }
    feed->caller = caller != 0 ? caller : feed->caller;
    if (!live || feed->live) {
        return;
    }
    feed->live = true;
    LIST_FOR_EACH_SAFE(link, after, &room->places)
    {
        struct janus_place *place = LIST_ENTRY(link, struct janus_place, link);
        if (place->changed != NULL) {
            place->changed(place->owner);
        }
    }
}

void janus_room_unpublished(struct janus_room *room, uint64_t id)
{
    struct janus_feed *feed = find_feed(room, id);
    if (feed != NULL) {
        *feed = room->feeds[--room->feed_count];
    }
}

size_t janus_room_feeds(const struct janus_room *room, const struct janus_feed **feeds)
{
    *feeds = room->feeds;
    return room->feed_count;
}

void janus_rooms_finish(struct janus_rooms *rooms)
{
    LIST_FOR_EACH(link, &rooms->rooms)
    {
        struct janus_room *room = LIST_ENTRY(link, struct janus_room, link);
        if (room->ours && rooms->attached) {
            (void)janus_message(
                rooms->host,
                json_pack("{s:s,s:I}", "request", "destroy", "room", (json_int_t)room->number),
                NULL, NULL);
        }
    }
}

void janus_rooms_free(struct janus_rooms **rooms)
{
    struct janus_rooms *gone = *rooms;
    if (gone == NULL) {
        return;
    }
    LIST_FOR_EACH_SAFE(link, after, &gone->rooms)
    {
        struct janus_room *room = LIST_ENTRY(link, struct janus_room, link);
        free(room->feeds);
        free(room);
    }
    janus_detach(&gone->host);
    free(gone);
    *rooms = NULL;
}

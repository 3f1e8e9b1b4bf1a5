#include "directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "placement.h"

enum { RATE_KEY_BYTES = 17, SECOND_US = 1000000, SOURCE_IDLE_US = 60 * SECOND_US };

/** Token bucket of one address. */
struct source {
    struct list link; /**< in directory->sources, longest unseen first */
    uint8_t key[RATE_KEY_BYTES];
    int64_t credit_us; /**< what is left, in time: one join costs minute / joins_per_minute */
    int64_t seen_us;
};

struct directory {
    struct directory_config config;
    struct rand *rand;
    struct map *rooms;   /**< by name, padded with zeros */
    struct map *people;  /**< by id */
    struct map *numbers; /**< by number */
    struct map *sources; /**< by address */
    struct list sources_by_age;
    struct list empty_rooms; /**< empty for longest first */
    uint32_t last_number;
    struct placement *placement;
};

int directory_new(struct directory **out, const struct directory_config *config, struct rand *rand)
{
    struct directory *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return ERR_NO_MEMORY;
    }
    d->config = *config;
    d->rand = rand;
    list_init(&d->sources_by_age);
    list_init(&d->empty_rooms);
    int err = placement_new(&d->placement, config->worker_count);
    err = err != 0 ? err : map_new(&d->rooms, SESSION_ROOM_BYTES, rand_u64(rand));
    err = err != 0 ? err : map_new(&d->people, DIRECTORY_ID_BYTES, rand_u64(rand));
    err = err != 0 ? err : map_new(&d->numbers, sizeof(uint32_t), rand_u64(rand));
    err = err != 0 ? err : map_new(&d->sources, RATE_KEY_BYTES, rand_u64(rand));
    if (err != 0) {
        directory_free(&d);
        return err;
    }
    *out = d;
    return 0;
}

/** IPv6 counts by /64: one customer has that much. */
static void rate_key(const struct addr *from, uint8_t key[RATE_KEY_BYTES])
{
    memset(key, 0, RATE_KEY_BYTES);
    key[0] = from->family;
    memcpy(key + 1, from->ip, from->family == ADDR_IPV6 ? 8 : 4);
}

/** Forgets the address that has not been seen for longest, if that is long enough or room is
 * needed. */
static void forget_source(struct directory *d, int64_t now_us, bool must)
{
    struct source *oldest = LIST_ENTRY(d->sources_by_age.next, struct source, link);
    if (list_empty(&d->sources_by_age) || (!must && now_us - oldest->seen_us < SOURCE_IDLE_US)) {
        return;
    }
    (void)map_remove(d->sources, oldest->key);
    list_remove(&oldest->link);
    free(oldest);
}

static struct source *source_of(struct directory *d, const struct addr *from, int64_t burst_us,
                                int64_t now_us)
{
    uint8_t key[RATE_KEY_BYTES];
    rate_key(from, key);
    struct source *source = map_get(d->sources, key);
    if (source != NULL) {
        return source;
    }
    forget_source(d, now_us, map_count(d->sources) >= DIRECTORY_MAX_SOURCES);
    source = calloc(1, sizeof(*source));
    if (source == NULL) {
        return NULL;
    }
    memcpy(source->key, key, sizeof(key));
    source->credit_us = burst_us;
    source->seen_us = now_us;
    if (map_put(d->sources, key, source) != 0) {
        free(source);
        return NULL;
    }
    list_append(&d->sources_by_age, &source->link);
    return source;
}

int directory_admit(struct directory *directory, const struct addr *from, int64_t now_us,
                    unsigned *retry_s)
{
    if (directory->config.joins_per_minute == 0) {
        return 0;
    }
    int64_t cost_us = (int64_t)60 * SECOND_US / directory->config.joins_per_minute;
    int64_t burst_us = cost_us * directory->config.join_burst;
    struct source *source = source_of(directory, from, burst_us, now_us);
    if (source == NULL) {
        *retry_s = 1;
        return ERR_FULL;
    }
    source->credit_us += now_us - source->seen_us;
    source->credit_us = source->credit_us < burst_us ? source->credit_us : burst_us;
    source->seen_us = now_us;
    list_remove(&source->link);
    list_append(&directory->sources_by_age, &source->link);
    if (source->credit_us < cost_us) {
        *retry_s = (unsigned)((cost_us - source->credit_us + SECOND_US - 1) / SECOND_US);
        return ERR_FULL;
    }
    source->credit_us -= cost_us;
    return 0;
}

static void room_key(const char *name, char key[SESSION_ROOM_BYTES])
{
    memset(key, 0, SESSION_ROOM_BYTES);
    memcpy(key, name, strnlen(name, SESSION_ROOM_BYTES - 1));
}

struct directory_room *directory_room(struct directory *directory, const char *name)
{
    char key[SESSION_ROOM_BYTES];
    room_key(name, key);
    return map_get(directory->rooms, key);
}

struct directory_room *directory_next_room(struct directory *directory, size_t *cursor)
{
    return map_next(directory->rooms, cursor);
}

unsigned directory_place(struct directory *directory, const char *name)
{
    const struct directory_room *room = directory_room(directory, name);
    return room != NULL ? room->worker : placement_choose(directory->placement);
}

void directory_measure(struct directory *directory, unsigned worker, int64_t cpu_us, int64_t now_us)
{
    placement_measure(directory->placement, worker, cpu_us, now_us);
}

bool directory_is_full(struct directory *directory, const char *room)
{
    const struct directory_room *found = directory_room(directory, room);
    return found == NULL ? map_count(directory->rooms) >= DIRECTORY_MAX_ROOMS
                         : found->count >= directory->config.max_participants;
}

/** Random bits as base64url without padding; out has len * 4 / 3 rounded up + 1 bytes. */
static void random_text(struct rand *rand, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[16];
    uint32_t bits = 0;
    unsigned have = 0;
    rand_fill(rand, bytes, len);
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | bytes[i];
        for (have += 8; have >= 6; have -= 6) {
            *out++ = digits[bits >> (have - 6) & 63];
        }
    }
    if (have > 0) {
        *out++ = digits[bits << (6 - have) & 63];
    }
    *out = '\0';
}

void directory_renew_etag(struct directory *directory, struct directory_participant *participant)
{
    char *etag = participant->etag;
    etag[0] = '"';
    random_text(directory->rand, 8, etag + 1);
    memcpy(etag + 12, "\"", 2);
}

static struct directory_room *room_new(struct directory *d, const char *name)
{
    char key[SESSION_ROOM_BYTES];
    room_key(name, key);
    struct directory_room *room = calloc(1, sizeof(*room));
    if (room == NULL) {
        return NULL;
    }
    memcpy(room->name, key, sizeof(key));
    room->worker = directory_place(d, name);
    room->empty_since_us = INT64_MAX;
    list_init(&room->link);
    list_init(&room->participants);
    if (map_put(d->rooms, key, room) != 0) {
        free(room);
        return NULL;
    }
    return room;
}

static uint32_t next_number(struct directory *d)
{
    do {
        d->last_number++;
    } while (d->last_number == 0 || map_get(d->numbers, &d->last_number) != NULL);
    return d->last_number;
}

static struct directory_participant *participant_new(struct directory *d)
{
    struct directory_participant *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    random_text(d->rand, 16, p->id);
    directory_renew_etag(d, p);
    p->number = next_number(d);
    if (map_put(d->people, p->id, p) != 0) {
        free(p);
        return NULL;
    }
    if (map_put(d->numbers, &p->number, p) != 0) {
        (void)map_remove(d->people, p->id);
        free(p);
        return NULL;
    }
    return p;
}

int directory_join(struct directory *directory, const char *room, int64_t now_us,
                   struct directory_participant **out)
{
    if (directory_is_full(directory, room)) {
        return ERR_FULL;
    }
    struct directory_participant *p = participant_new(directory);
    if (p == NULL) {
        return ERR_NO_MEMORY;
    }
    struct directory_room *home = directory_room(directory, room);
    if (home == NULL) {
        home = room_new(directory, room);
    }
    if (home == NULL) {
        (void)map_remove(directory->people, p->id);
        (void)map_remove(directory->numbers, &p->number);
        free(p);
        return ERR_NO_MEMORY;
    }
    p->room = home;
    p->joined_us = now_us;
    list_append(&home->participants, &p->link);
    home->count++;
    list_remove(&home->link);
    home->empty_since_us = INT64_MAX;
    placement_join(directory->placement, home->worker);
    *out = p;
    return 0;
}

void directory_expect_pictures(struct directory *directory,
                               const struct directory_participant *participant)
{
    placement_pictures(directory->placement, participant->room->worker);
}

void directory_set_session(struct directory_participant *participant, struct session *session)
{
    free(participant->session);
    participant->session = session;
}

struct directory_participant *directory_find(struct directory *directory, const char *room,
                                             const char *id)
{
    if (strlen(id) != DIRECTORY_ID_BYTES - 1) {
        return NULL;
    }
    struct directory_participant *p = map_get(directory->people, id);
    return p != NULL && strcmp(p->room->name, room) == 0 ? p : NULL;
}

struct directory_participant *directory_by_number(struct directory *directory, uint32_t number)
{
    return map_get(directory->numbers, &number);
}

void directory_leave(struct directory *directory, struct directory_participant **participant,
                     int64_t now_us)
{
    struct directory_participant *p = *participant;
    struct directory_room *room = p->room;
    *participant = NULL;
    list_remove(&p->link);
    (void)map_remove(directory->people, p->id);
    (void)map_remove(directory->numbers, &p->number);
    placement_leave(directory->placement, room->worker);
    room->count--;
    if (room->count == 0) {
        room->empty_since_us = now_us;
        list_append(&directory->empty_rooms, &room->link);
    }
    free(p->session);
    free(p->slots);
    free(p);
}

void directory_sweep(struct directory *directory, int64_t now_us)
{
    LIST_FOR_EACH_SAFE(link, after, &directory->empty_rooms)
    {
        struct directory_room *room = LIST_ENTRY(link, struct directory_room, link);
        if (now_us - room->empty_since_us < directory->config.grace_us) {
            break; /* the others became empty later */
        }
        (void)map_remove(directory->rooms, room->name);
        list_remove(&room->link);
        free(room);
    }
    forget_source(directory, now_us, false);
}

size_t directory_participants(const struct directory *directory)
{
    return map_count(directory->people);
}

size_t directory_rooms(const struct directory *directory)
{
    return map_count(directory->rooms);
}

static void free_rooms(struct directory *d)
{
    size_t cursor = 0;
    for (struct directory_room *room = map_next(d->rooms, &cursor); room != NULL;
         room = map_next(d->rooms, &cursor)) {
        LIST_FOR_EACH_SAFE(link, after, &room->participants)
        {
            struct directory_participant *p = LIST_ENTRY(link, struct directory_participant, link);
            free(p->session);
            free(p->slots);
            free(p);
        }
        free(room);
    }
}

void directory_free(struct directory **directory)
{
    struct directory *d = *directory;
    if (d == NULL) {
        return;
    }
    if (d->rooms != NULL) {
        free_rooms(d);
    }
    LIST_FOR_EACH_SAFE(link, after, &d->sources_by_age)
    {
        free(LIST_ENTRY(link, struct source, link));
    }
    map_free(&d->rooms);
    map_free(&d->people);
    map_free(&d->numbers);
    map_free(&d->sources);
    placement_free(&d->placement);
    free(d);
    *directory = NULL;
}

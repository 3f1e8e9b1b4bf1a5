/**
 * Rooms and participants as the control thread knows them, and the limits on them.
 *
 * The directory owns everything in it. A room exists from its first participant until a grace
 * period after its last, and stays on one worker for that long.
 */
#ifndef SIGNAL_DIRECTORY_H
#define SIGNAL_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/grants.h"
#include "base/addr.h"
#include "base/list.h"
#include "base/rand.h"
#include "client_stats.h"
#include "room/event.h"
#include "room/session.h"
#include "signal/negotiate.h"

enum {
    DIRECTORY_ID_BYTES = 23,   /**< 128 random bits in base64url, with terminator */
    DIRECTORY_ETAG_BYTES = 14, /**< 64 random bits in base64url, in quotes, with terminator */
    DIRECTORY_MAX_ROOMS = 100000,
    DIRECTORY_MAX_SOURCES = 65536 /**< addresses whose rate of joins is remembered */
};

struct directory_config {
    unsigned worker_count;
    unsigned max_participants; /**< in a room */
    int64_t grace_us;          /**< life of an empty room */
    unsigned joins_per_minute; /**< from one address (IPv6: one /64); 0 = no limit */
    unsigned join_burst;       /**< joins that may come at once */
};

struct directory_room {
    struct list link; /**< among the empty rooms, while it is one */
    char name[SESSION_ROOM_BYTES];
    unsigned worker;
    struct list participants; /**< struct directory_participant, in the order in which they came */
    size_t count;
    int64_t empty_since_us; /**< INT64_MAX while somebody is in it */
};

struct directory_participant {
    struct list link; /**< in room->participants */
    struct directory_room *room;
    char id[DIRECTORY_ID_BYTES];
    char etag[DIRECTORY_ETAG_BYTES]; /**< of the ICE session, with its quotes */
    uint32_t number;                 /**< unique in the process, never 0 */
    enum negotiate_kind kind;
    struct grants grants;
    char identity[GRANTS_IDENTITY_BYTES]; /**< whose token or key it is, "" for nobody's */
    struct session *session;              /**< copy of the agreement, for later offers; owned */
    char name[SESSION_NAME_BYTES];        /**< shown to others, UTF-8 */
    bool muted[2];                        /**< by enum media_kind */
    bool connected;                       /**< ICE and DTLS are up */
    int64_t joined_us;
    struct event_slot *slots; /**< what each slot shows, as the worker told last; owned */
    size_t slot_count;
    struct client_stats stats; /**< the client's own view */
    int64_t hand_us;           /**< when the hand was raised, 0 = it is down */
    void *socket;              /**< events WebSocket, NULL when there is none */
    int64_t messages_since_us; /**< start of the second in which `messages` came */
    unsigned messages;
};

struct directory;

/** @return 0 or ERR_NO_MEMORY */
int directory_new(struct directory **out, const struct directory_config *config, struct rand *rand);

/**
 * Counts one try to join from an address.
 *
 * @param retry_s out: seconds until the next one is allowed, on ERR_FULL
 * @return 0 or ERR_FULL
 */
int directory_admit(struct directory *directory, const struct addr *from, int64_t now_us,
                    unsigned *retry_s);

/** Room by name, or NULL. */
struct directory_room *directory_room(struct directory *directory, const char *name);

/** Walks all rooms: *cursor starts at 0; NULL at the end. */
struct directory_room *directory_next_room(struct directory *directory, size_t *cursor);

/** Where a room is, or would be (placement.h). */
unsigned directory_place(struct directory *directory, const char *name);

/** What a worker's thread has used since its start, for where rooms are placed. */
void directory_measure(struct directory *directory, unsigned worker, int64_t cpu_us,
                       int64_t now_us);

/**
 * Adds a participant and, if need be, the room. Id, ETag and number are made here; session is left
 * NULL.
 * @return 0, ERR_NO_MEMORY, or ERR_FULL when the room has its most participants or there are too
 * many rooms
 */
int directory_join(struct directory *directory, const char *room, int64_t now_us,
                   struct directory_participant **out);

/** A participant who has just joined sends or receives pictures: more work for his worker. */
void directory_expect_pictures(struct directory *directory,
                               const struct directory_participant *participant);

/** True when the room takes nobody more. */
bool directory_is_full(struct directory *directory, const char *room);

/** A new ETag, for a new ICE session. */
void directory_renew_etag(struct directory *directory, struct directory_participant *participant);

/** Replaces the copy of the agreement; takes session over. */
void directory_set_session(struct directory_participant *participant, struct session *session);

/** Participant by room name and id, or NULL. */
struct directory_participant *directory_find(struct directory *directory, const char *room,
                                             const char *id);

/** Participant by number, or NULL. */
struct directory_participant *directory_by_number(struct directory *directory, uint32_t number);

/** Removes and frees a participant; its room ends after the grace period. Clears the pointer. */
void directory_leave(struct directory *directory, struct directory_participant **participant,
                     int64_t now_us);

/** Forgets rooms that have been empty for the grace period. */
void directory_sweep(struct directory *directory, int64_t now_us);

size_t directory_participants(const struct directory *directory);
size_t directory_rooms(const struct directory *directory);

void directory_free(struct directory **directory);

#endif

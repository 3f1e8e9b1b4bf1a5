/**
 * The rooms of a Janus plugin that callers of a run meet in: made on demand, ended with the run,
 * and who publishes in them.
 *
 * Janus numbers rooms; a name's number is a hash of it.
 */
#ifndef LOAD_JANUS_ROOMS_H
#define LOAD_JANUS_ROOMS_H

#include "base/list.h"
#include "load/janus_session.h"

/** Who publishes. */
struct janus_feed {
    uint64_t id;
    uint32_t caller; /**< of ours, 0 = somebody else's */
    bool live;       /**< media flows: it can be subscribed to */
};

struct janus_room;
struct janus_rooms;

/** A caller's place in a room; lives inside its owner. */
struct janus_place {
    struct list link;
    struct janus_room *room; /**< NULL = none */
    /** Once: the room is there (also inside janus_rooms_enter) or cannot be made. */
    void (*ready)(void *owner);
    void (*failed)(void *owner, enum load_cause cause, const char *message);
    /** Somebody has begun to publish; may be NULL. */
    void (*changed)(void *owner);
    void *owner;
};

/**
 * @param plugin "janus.plugin.videoroom" or "janus.plugin.audiobridge"; literal
 * @return 0 or ERR_NO_MEMORY
 */
int janus_rooms_new(struct janus_rooms **out, struct dialer *dialer, struct janus_session *session,
                    const char *plugin);

/** Enters; makes the room if need be. @return 0 or ERR_NO_MEMORY */
int janus_rooms_enter(struct janus_rooms *rooms, const char *name, struct janus_place *place);
void janus_rooms_leave(struct janus_place *place);

uint32_t janus_room_number(const struct janus_room *room);

/** Notes a publisher, or that its media flows now; tells all in the room of a new live one.
 * caller 0 leaves what is known. */
void janus_room_publisher(struct janus_room *room, uint64_t id, uint32_t caller, bool live);
void janus_room_unpublished(struct janus_room *room, uint64_t id);

/** The feeds of a room. @return count */
size_t janus_room_feeds(const struct janus_room *room, const struct janus_feed **feeds);

/** Ends the rooms that were made here. */
void janus_rooms_finish(struct janus_rooms *rooms);
void janus_rooms_free(struct janus_rooms **rooms);

#endif

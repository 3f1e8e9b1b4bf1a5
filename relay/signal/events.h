/**
 * The events WebSocket (API.md 2): what happens in a room, told as JSON. What participants ask for
 * is in wishes.h.
 *
 * Sans-I/O: messages leave through the functions of `struct events_sockets`.
 */
#ifndef SIGNAL_EVENTS_H
#define SIGNAL_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "directory.h"
#include "room/event.h"
#include "signal/relay.h"
#include "telling.h"

/** A value; everything is borrowed. */
struct events {
    struct directory *directory;
    const struct relay *relay;
    const struct events_sockets *sockets;
};

/** The participant has opened a socket: closes an older one and sends `welcome`. */
void events_attach(struct events *events, struct directory_participant *participant, void *socket);

/** The socket is gone; the participant stays. A socket that is no longer the participant's is
 * ignored. */
void events_detach(struct directory_participant *participant, const void *socket);

/** Tells the others that somebody came, or has changed. */
void events_joined(struct events *events, const struct directory_participant *participant);
void events_updated(struct events *events, const struct directory_participant *participant);

/** Tells the participant that a moderator has removed them. */
void events_removed(struct events *events, const struct directory_participant *participant,
                    const char *by);

/** Tells the others, closes the socket, and removes the participant from the directory. Clears the
 * pointer. */
void events_leave(struct events *events, struct directory_participant **participant,
                  int64_t now_us);

/** Tells everybody that the relay drains. */
void events_closing(struct events *events);

/** An event of a worker; borrowed. */
void events_worker(struct events *events, const struct event *event, int64_t now_us);

/** Everybody in a room as a JSON array, hidden ones left out; NULL when memory is short. */
json_t *events_roster(const struct directory_room *room);

#endif

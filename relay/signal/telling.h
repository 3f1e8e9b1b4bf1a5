/**
 * JSON messages to the events sockets of participants. All take the message's reference; NULL (no
 * memory) is passed over.
 */
#ifndef SIGNAL_TELLING_H
#define SIGNAL_TELLING_H

#include <stddef.h>

#include <jansson.h>

#include "directory.h"

/** How messages reach a participant's socket. */
struct events_sockets {
    void (*send)(void *socket, const char *text, size_t len);
    void (*close)(void *socket, unsigned code, const char *reason);
};

/** To one participant, if there is a socket. */
void telling_one(const struct events_sockets *sockets, const struct directory_participant *to,
                 json_t *message);

/** To everybody in the room but one (NULL: to everybody). */
void telling_room(const struct events_sockets *sockets, const struct directory_room *room,
                  const struct directory_participant *except, json_t *message);

/** Text, or null for NULL and "". A new reference. */
json_t *telling_text(const char *text);

#endif

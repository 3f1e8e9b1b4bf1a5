#include "telling.h"

#include <stdlib.h>
#include <string.h>

void telling_one(const struct events_sockets *sockets, const struct directory_participant *to,
                 json_t *message)
{
    if (to->socket != NULL && message != NULL) {
        char *text = json_dumps(message, JSON_COMPACT);
        if (text != NULL) {
            sockets->send(to->socket, text, strlen(text));
        }
        free(text);
    }
    json_decref(message);
}

void telling_room(const struct events_sockets *sockets, const struct directory_room *room,
                  const struct directory_participant *except, json_t *message)
{
    char *text = message == NULL ? NULL : json_dumps(message, JSON_COMPACT);
    json_decref(message);
    if (text == NULL) {
        return;
    }
    size_t len = strlen(text);
    LIST_FOR_EACH(link, &room->participants)
    {
        const struct directory_participant *p =
            LIST_ENTRY(link, struct directory_participant, link);
        if (p != except && p->socket != NULL) {
            sockets->send(p->socket, text, len);
        }
    }
    free(text);
}

json_t *telling_text(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

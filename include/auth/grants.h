/**
 * What a token allows its bearer (API.md 3).
 */
#ifndef AUTH_GRANTS_H
#define AUTH_GRANTS_H

#include <stdbool.h>

enum { GRANTS_IDENTITY_BYTES = 129, GRANTS_NAME_BYTES = 65 * 4, GRANTS_ROOM_BYTES = 65 };

/** A plain value; all false and empty allows nothing. */
struct grants {
    char identity[GRANTS_IDENTITY_BYTES]; /**< sub */
    char name[GRANTS_NAME_BYTES];
    char room[GRANTS_ROOM_BYTES]; /**< the only room, "" for none in particular */
    bool room_join;
    bool can_publish;
    bool can_subscribe;
    bool can_publish_data;
    bool room_admin;
    bool room_list;
    bool room_record;
    bool hidden;
};

/** Everything that a participant without administration may do, in any room: a server without
 * secret gives this. */
void grants_open(struct grants *grants);

/** May the bearer join this room? */
bool grants_join(const struct grants *grants, const char *room);

/** May the bearer moderate this room? */
bool grants_moderate(const struct grants *grants, const char *room);

#endif

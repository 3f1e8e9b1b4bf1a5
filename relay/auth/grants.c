#include "auth/grants.h"

#include <string.h>

void grants_open(struct grants *grants)
{
    memset(grants, 0, sizeof(*grants));
    grants->room_join = true;
    grants->can_publish = true;
    grants->can_subscribe = true;
    grants->can_publish_data = true;
}

static bool is_room(const struct grants *grants, const char *room)
{
    return grants->room[0] == '\0' || strcmp(grants->room, room) == 0;
}

bool grants_join(const struct grants *grants, const char *room)
{
    return grants->room_join && is_room(grants, room);
}

bool grants_moderate(const struct grants *grants, const char *room)
{
    return grants->room_admin && is_room(grants, room);
}

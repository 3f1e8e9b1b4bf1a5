#include "room/event.h"

#include <stdlib.h>

#include "base/err.h"

int event_new(struct event **out, enum event_kind kind)
{
    struct event *event = calloc(1, sizeof(*event));
    if (event == NULL) {
        return ERR_NO_MEMORY;
    }
    event->kind = kind;
    *out = event;
    return 0;
}

void event_free(struct event **event)
{
    if (*event != NULL) {
        free((*event)->slots);
        free((*event)->levels);
        free((*event)->layers);
        free(*event);
        *event = NULL;
    }
}

const char *feed_kind_name(enum feed_kind kind)
{
    switch (kind) {
    case FEED_TRACK:
        return "track";
    case FEED_MIX:
        return "mix";
    case FEED_GRID:
        return "grid";
    case FEED_NONE:
        break;
    }
    return NULL;
}

const char *pause_cause_name(enum pause_cause cause)
{
    switch (cause) {
    case PAUSE_NETWORK:
        return "network";
    case PAUSE_OFFSCREEN:
        return "offscreen";
    case PAUSE_MUTED:
        return "muted";
    case PAUSE_NONE:
        break;
    }
    return NULL;
}

const char *media_kind_name(enum media_kind kind)
{
    return kind == MEDIA_AUDIO ? "audio" : "video";
}

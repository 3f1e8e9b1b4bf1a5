#include "bridge_book.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

int bridge_book_new(struct bridging **out, struct room_context *context, struct room *owner,
                    const char *name)
{
    struct bridging *bridging = calloc(1, sizeof(*bridging));
    if (bridging == NULL) {
        return ERR_NO_MEMORY;
    }
    (void)snprintf(bridging->room, sizeof(bridging->room), "%s", name);
    list_init(&bridging->link);
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) {
        list_init(&bridging->sources[kind]);
        list_init(&bridging->sinks[kind]);
    }
    bridging->context = context;
    bridging->owner = owner;
    timeline_clock_ours(&bridging->clock);
    *out = bridging;
    return 0;
}

void bridge_book_add_source(struct bridging *bridging, struct bridge_source *source)
{
    source->bridge = NULL;
    list_append(&bridging->sources[source->kind], &source->link);
    bridging->sources_changed++;
}

void bridge_book_remove_source(struct bridging *bridging, struct bridge_source *source)
{
    list_remove(&source->link);
    bridging->sources_changed++;
    LIST_FOR_EACH(link, &bridging->sinks[source->kind])
    {
        struct bridge_sink *sink = LIST_ENTRY(link, struct bridge_sink, link);
        if (sink->hushed_source == source) {
            sink->hushed_source = NULL;
        }
    }
}

void bridge_book_init_sink(struct bridge_sink *sink, const struct session_media *media)
{
    *sink = (struct bridge_sink){.kind = media->kind, .media = media};
    list_init(&sink->link);
}

void bridge_book_want_sink(struct bridging *bridging, struct bridge_sink *sink,
                           uint32_t participant)
{
    if (bridge_book_is_sink(sink) && !sink->leaving) {
        return;
    }
    sink->leaving = false;
    bridging->sinks_changed++;
    if (bridge_book_is_sink(sink)) {
        return;
    }
    sink->participant = participant;
    sink->bridging = bridging;
    sink->bridge = NULL;
    sink->fresh = true;
    list_append(&bridging->sinks[sink->kind], &sink->link);
    bridging->context->sinks_come++;
    if (!bridge_book_is_open(bridging)) {
        list_append(&bridging->context->bridgings, &bridging->link);
    }
}

void bridge_book_dismiss_sink(struct bridge_sink *sink)
{
    if (!sink->leaving) {
        sink->leaving = true;
        sink->bridging->sinks_changed++;
    }
}

void bridge_book_end_sink(struct bridge_sink *sink)
{
    struct bridging *bridging = sink->bridging;
    if (bridging == NULL) {
        return;
    }
    list_remove(&sink->link);
    sink->bridging = NULL;
    sink->bridge = NULL;
    sink->feed = NULL;
    sink->leaving = false;
    sink->hushed = false;
    sink->hushed_source = NULL;
    bridging->sinks_changed++;
    bridge_book_settle(bridging);
}

void bridge_book_refresh_sink(struct bridge_sink *sink)
{
    if (bridge_book_is_sink(sink) && !sink->fresh) {
        sink->fresh = true;
        sink->bridging->sinks_changed++;
    }
}

void bridge_book_restage(struct bridging *bridging, enum media_kind kind)
{
    bridging->restage |= 1U << kind;
}

void bridge_book_settle(struct bridging *bridging)
{
    if (bridging->audio != NULL || bridging->video != NULL ||
        !list_empty(&bridging->sinks[MEDIA_AUDIO]) || !list_empty(&bridging->sinks[MEDIA_VIDEO]) ||
        (bridging->restage != 0 && !bridging->gone)) {
        return;
    }
    list_remove(&bridging->link);
    if (bridging->gone) {
        free(bridging);
    }
}

void bridge_book_free(struct bridging **bridging)
{
    struct bridging *old = *bridging;
    if (old == NULL) {
        return;
    }
    *bridging = NULL;
    old->gone = true;
    old->owner = NULL;
    old->sources_changed++;
    bridge_book_settle(old);
}

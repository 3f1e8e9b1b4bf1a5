#include "nearby.h"

#include <stddef.h>

#include "base/list.h"
#include "layer.h"
#include "slot.h"
#include "track.h"

/** Of `whole`, from its beginning to behind `member`. */
#define UP_TO(type, member) (offsetof(struct type, member) + sizeof(((struct type *)0)->member))

static struct layer *layer_of_sound(const struct streams *streams, struct track **track)
{
    for (size_t i = 0; i < streams->count; i++) {
        *track = streams->tracks[i];
        if (*track != NULL && (*track)->media.kind == MEDIA_AUDIO) {
            return (*track)->layers[0];
        }
    }
    return NULL;
}

static void note_layer(struct near *near, const struct layer *layer)
{
    near_add(near, layer, UP_TO(layer, timeline));
    near_add(near, &layer->reorder, NEAR_LINE_BYTES);
    near_add(near, (const uint8_t *)layer + offsetof(struct layer, track),
             sizeof(*layer) - offsetof(struct layer, track));
    rtx_cache_near(layer->cache, near);
}

static void note_slot(struct near *near, const struct slot *slot)
{
    near_add(near, slot, UP_TO(slot, repair));
    near_add(near, &slot->flow, sizeof(slot->flow) + NEAR_LINE_BYTES);
    stream_rewrite_near(slot->rewrite, near);
}

static void note_receiver(struct near *near, const struct slot *slot)
{
    const struct egress *egress = slot->egress;
    note_slot(near, slot);
    near_add(near, egress, sizeof(*egress));
    estimator_near(egress->estimator, near);
    transport_near_sending(egress->transport, near);
}

void nearby_note(struct near *near, const struct egress *egress, const struct streams *streams,
                 const struct demux *demux)
{
    struct track *track;
    const struct layer *layer = layer_of_sound(streams, &track);
    near->count = 0;
    near_add(near, egress, sizeof(*egress));
    transport_near_receiving(egress->transport, near);
    demux_near(demux, near);
    if (layer == NULL) {
        return;
    }
    near_add(near, track, sizeof(*track));
    note_layer(near, layer);
    if (!list_empty(&layer->slots) && layer->slots.next->next == &layer->slots) {
        note_receiver(near, LIST_ENTRY(layer->slots.next, struct slot, feed_link));
    }
}

void nearby_fetch_moving(const struct streams *streams)
{
    struct track *track;
    const struct layer *layer = layer_of_sound(streams, &track);
    if (layer != NULL) {
        rtx_cache_prefetch(layer->cache);
    }
}

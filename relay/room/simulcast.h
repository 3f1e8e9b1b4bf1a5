/**
 * Which layers of a track are to be had, and which of them anybody wants.
 *
 * A layer that stops without a word (CPU or bandwidth of its sender, INTEROP.md 29) is noticed by
 * those that go on, within a second, and nobody waits for it until it comes again. Layers that
 * nobody wanted for a while are told to the sender as not wanted (EVENT_LAYERS), if it named them
 * by RIDs; they are still offered at the rates they had, and asked for again at the first wish.
 */
#ifndef ROOM_SIMULCAST_H
#define ROOM_SIMULCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layer.h"

enum {
    SIMULCAST_SILENT_US = 800000, /**< without a packet, while other layers go on: it has stopped */
    SIMULCAST_WAKE_US = 2000000,  /**< what a layer has to begin again in once it is wanted */
    SIMULCAST_HOLD_US = 3000000   /**< a wish holds for so long after it was last uttered */
};

/** The layers of one track. */
struct simulcast {
    struct layer *const *layers; /**< borrowed from the track */
    size_t count;
    bool named;      /**< the sender gave them RIDs: it can be told which ones are wanted */
    uint32_t frames; /**< pictures of all layers together */
};

/**
 * A packet of media came on a layer.
 * @param frame it begins a picture
 * @return true when the layers to be had are others than before
 */
bool simulcast_receive(struct simulcast *simulcast, struct layer *layer, bool frame);

/** May a slot be given this layer? It comes, or would if it were wanted. */
bool simulcast_offers(const struct simulcast *simulcast, size_t index);

/**
 * Somebody wants this layer up to a temporal level now; to be said again each second.
 * @return true when nobody did before
 */
bool simulcast_want(struct simulcast *simulcast, size_t index, uint8_t temporal);

/** Lets wishes end. To be called at least each second. */
void simulcast_timeout(struct simulcast *simulcast);

/** True when the sender is to be told something about this track. */
bool simulcast_has_news(const struct simulcast *simulcast);

/** The sender has been told. */
void simulcast_told(struct simulcast *simulcast);

/** Nothing comes, and nothing is wanted: no fault of the sender. */
bool simulcast_sleeps(const struct simulcast *simulcast);

#endif

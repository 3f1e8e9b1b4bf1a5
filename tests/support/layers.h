/**
 * A publisher of three simulcast layers in a scripted call (support/call.h): low first, told apart
 * by RID alone.
 */
#ifndef SUPPORT_LAYERS_H
#define SUPPORT_LAYERS_H

#include "support/call.h"

enum { LAYERS = 3, LAYERS_MAX_BYTES = 1100 };

struct layers_frame {
    unsigned layer;
    uint16_t number; /**< picture ID, sequence number and time */
    bool key;
    unsigned width; /**< of the lowest layer, 16:9; it doubles with each */
    size_t bytes;   /**< of VP8 payload, 14 to LAYERS_MAX_BYTES */
};

/** Participant 1 joins. @return false when there is no memory */
bool layers_join(struct call *call);

/** Participant 1 sends a frame of one packet. */
void layers_send(struct call *call, const struct layers_frame *frame);

#endif

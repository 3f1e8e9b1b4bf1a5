/**
 * Somebody who watches a slot: decodes what comes and looks at the last picture.
 */
#ifndef TESTS_SIM_EYE_H
#define TESTS_SIM_EYE_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/picture.h"
#include "codec/vp8_decoder.h"
#include "media/vp8_frame.h"
#include "sim/sink.h"

struct eye {
    struct vp8_frames *frames;
    struct vp8_decoder *decoder;
    uint64_t seen;   /**< pictures */
    uint64_t broken; /**< frames that could not be decoded */
    uint64_t keyframes;
    uint32_t timestamp; /**< of the last picture */
    size_t csrc_count;  /**< of its last packet */
    int64_t seen_us;    /**< when it came */
    int64_t longest_us; /**< between two pictures */
    bool backwards;     /**< a timestamp was not higher than the one before */
};

/** @return 0 or ERR_NO_MEMORY */
int eye_init(struct eye *eye);

/** Watches a slot from its beginning. */
void eye_attach(struct eye *eye, struct sink *sink);

/** The last picture, or NULL. */
const struct picture *eye_picture(const struct eye *eye);

/** What a part of the last picture shows. @return false when no moving picture can be read there */
bool eye_read(const struct eye *eye, const struct picture_rect *part, unsigned *source,
              unsigned *frame);

void eye_deinit(struct eye *eye);

#endif

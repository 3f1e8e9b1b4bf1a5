/**
 * One room's composed picture: a decoder for each tile's stream, the canvas, an encoder for each
 * rendition that is wanted.
 */
#ifndef BRIDGE_COMPOSER_H
#define BRIDGE_COMPOSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/compose_message.h"

struct composer;

/** One encoded frame of a rendition. */
struct composed {
    const uint8_t *bytes; /**< borrowed until the next composer_compose or _take */
    size_t len;           /**< 0: the encoder left this one out */
    bool keyframe;
    bool layer_sync;
    uint8_t tid;
    uint16_t width;
    uint16_t height;
};

/** @return 0 or ERR_NO_MEMORY */
int composer_new(struct composer **out);

/** Who is shown from now on; streams that are not in it any more are forgotten. Copied. */
void composer_set_scene(struct composer *composer, const struct compose_scene *scene);

/**
 * A frame of a tile's stream. After one that failed or was left out, all are left out up to the
 * next keyframe.
 *
 * @param frame a COMPOSE_FRAME; borrowed
 * @return 0; ERR_MALFORMED or ERR_UNSUPPORTED when it cannot be decoded; ERR_NEED_KEYFRAME when it
 * is no keyframe and only one could be decoded; ERR_FULL when it has waited for too long or they
 * are more than a camera makes; ERR_INVALID when the scene has no such source; ERR_NO_MEMORY
 */
int composer_frame(struct composer *composer, const struct compose_request *frame, int64_t now_us);

/** True while a source's decoder waits for a keyframe: once, then at growing distance. */
bool composer_asks_for_keyframe(struct composer *composer, uint32_t source, int64_t now_us);

/** An encoder lives as long as its rendition is wanted. */
void composer_want(struct composer *composer, size_t rendition, bool wanted, uint32_t bps);

void composer_keyframe(struct composer *composer, size_t rendition);

/** True when a rendition is wanted. */
bool composer_is_wanted(const struct composer *composer);

/** Draws the picture of now_us. @param fps of the present rate, for the encoders */
void composer_compose(struct composer *composer, int64_t now_us, unsigned fps);

/** Encodes the picture for a rendition. @return false when it is not wanted or failed */
bool composer_encode(struct composer *composer, size_t rendition, struct composed *out);

/** When what the present picture shows had come in: of its newest frames, the mean. now_us of the
 * last composer_compose when it shows no video. */
int64_t composer_captured_us(const struct composer *composer);

void composer_free(struct composer **composer);

#endif

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
 * A frame of a tile's stream.
 * @param turn degrees clockwise, 0, 90, 180, 270
 * @return 0, ERR_NEED_KEYFRAME when only a keyframe can be decoded next (also after a frame that
 * failed), ERR_INVALID when the scene has no such source, ERR_NO_MEMORY
 */
int composer_frame(struct composer *composer, uint32_t source, const uint8_t *bytes, size_t len,
                   uint16_t turn, int64_t captured_us);

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

/**
 * VP8 decoder (RFC 6386, libvpx): whole frames in, pictures out.
 *
 * Frames are hostile bytes. What can be judged from a frame's header is judged before libvpx sees
 * it: a frame that is cut short, that is larger than its own picture, or whose picture would be
 * larger than the bound, costs nothing.
 * A frame that fails leaves the decoder waiting for a keyframe; a keyframe may have another size
 * than the one before. What a frame may cost in time is bounded by the bound on its picture; how
 * many frames are decoded in a second is the caller's business.
 *
 * One decoder is for one stream and one thread at a time. libvpx allocates its frames (about four
 * pictures) when the size changes, and not else.
 */
#ifndef CODEC_VP8_DECODER_H
#define CODEC_VP8_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/picture.h"

enum {
    VP8_DECODER_MAX_PIXELS = 4096 * 2304, /**< the greatest bound that may be asked for */
    VP8_DECODER_SPARE_BYTES = 4096        /**< a frame may have more bytes than its picture */
};

struct vp8_decoder;

/**
 * @param max_pixels largest picture that will be decoded, width x height; 1..VP8_DECODER_MAX_PIXELS
 * @return 0, ERR_INVALID or ERR_NO_MEMORY
 */
int vp8_decoder_new(struct vp8_decoder **out, uint32_t max_pixels);

/**
 * Decodes the next frame of the stream.
 *
 * Whoever knows that a frame is missing says so first (vp8_decoder_lose).
 *
 * @param frame, len one whole frame without RTP payload descriptors; borrowed for the call
 * @return 0 with a new picture (vp8_decoder_picture), ERR_AGAIN when the frame was decoded and is
 *         not to be shown, ERR_NEED_KEYFRAME when a keyframe is awaited and this is none (nothing
 *         was done), ERR_UNSUPPORTED when the picture is larger than the bound or of an unknown
 *         version, ERR_MALFORMED for every other frame that cannot be decoded, ERR_NO_MEMORY. After
 *         the last three a keyframe is awaited
 */
int vp8_decoder_decode(struct vp8_decoder *decoder, const uint8_t *frame, size_t len);

/** A frame of the stream is missing: only a keyframe will be decoded next. */
void vp8_decoder_lose(struct vp8_decoder *decoder);

/** True at the start, and whenever only a keyframe can be decoded next. */
bool vp8_decoder_needs_keyframe(const struct vp8_decoder *decoder);

/**
 * The newest picture, NULL before the first and after a keyframe that failed or is not shown.
 * Belongs to the decoder, and is valid until the next call of decode or free. After a frame that
 * failed it is the last good one, as far as there is one.
 */
const struct picture *vp8_decoder_picture(const struct vp8_decoder *decoder);

/** Number of pictures so far: another value means another picture. */
uint64_t vp8_decoder_count(const struct vp8_decoder *decoder);

void vp8_decoder_free(struct vp8_decoder **decoder);

#endif

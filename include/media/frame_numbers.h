/**
 * One slot's continuous frame numbers of the dependency descriptor ("RTP Payload Format For AV1",
 * appendix A.8.2) over changes of feed.
 *
 * Works beside stream_rewrite, whose `change` tells which feed a packet belongs to. Numbers go on
 * at last + 1 with each change: receivers take a keyframe with a lower number than before for an
 * old one, and drop it and all that follows.
 */
#ifndef MEDIA_FRAME_NUMBERS_H
#define MEDIA_FRAME_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct frame_numbers {
    uint32_t change; /**< present one, 0 before the first packet */
    uint16_t offset; /**< added to the source's numbers */
    uint16_t newest; /**< highest number used */
};

/**
 * Number for a packet that is forwarded or sent again; the same packet always gets the same.
 *
 * @param change from stream_rewrite_out or _origin; a higher one than before begins anew
 * @return false when the packet belongs to a change before the present one
 */
bool frame_numbers_forward(struct frame_numbers *numbers, uint32_t change, uint16_t source,
                           uint16_t *out);

#endif

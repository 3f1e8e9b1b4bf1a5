/**
 * What a sampled caller saw: decodes clips of what it received and compares pictures with those
 * that were filmed, by the number in their marks.
 */
#ifndef LOAD_VIEWER_H
#define LOAD_VIEWER_H

#include <stddef.h>
#include <stdint.h>

#include "codec/picture.h"
#include "load/content.h"
#include "load/stats.h"
#include "load/tally.h"

enum {
    VIEWER_CLIP_FRAMES = 60, /**< of one stream, from a keyframe on */
    VIEWER_COMPARE_EACH = 6, /**< picture of a clip */
    VIEWER_CLIP_EACH_US = 8000000
};

struct viewer_frame {
    struct stats_frame frame;
    size_t offset; /**< of its bytes in the clip's */
    size_t len;
};

struct viewer {
    unsigned compared;
    double psnr_db;
    double ssim;
    uint64_t undecodable;
};

/** @param filmed for the source's picture; keeps its memory from clip to clip
 * @return 0 or ERR_NO_MEMORY */
int viewer_watch(struct viewer *viewer, struct content *content, const struct viewer_frame *frames,
                 size_t count, const uint8_t *bytes, struct picture_buffer *filmed);

void viewer_score(const struct viewer *viewer, struct heard_score *out);

#endif

/**
 * The least that composing takes: libvpx and libyuv alone, with the settings of codec/vp8_encoder,
 * without names, frames, gaps, or a look at what comes in.
 */
#ifndef BENCH_MICRO_BARE_VIDEO_H
#define BENCH_MICRO_BARE_VIDEO_H

#include <stddef.h>
#include <stdint.h>

#include "films.h"

struct bare_video;

/** @return 0, ERR_NO_MEMORY or ERR_UNSUPPORTED */
int bare_video_new(struct bare_video **out, size_t tiles, int width, int height, uint32_t bps);

/** One picture: the frame-th frame of each film is decoded, scaled to its tile, and the canvas
 * encoded. @return 0 or ERR_MALFORMED */
int bare_video_step(struct bare_video *bare, const struct film *films, size_t frame,
                    int64_t time_us);

void bare_video_free(struct bare_video **bare);

#endif

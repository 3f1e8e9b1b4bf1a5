/**
 * The steps of one track's ladder: each layer that is to be had, up to each of its temporal levels,
 * with what it costs and what it shows; not beyond what is asked for.
 */
#ifndef ROOM_LADDER_H
#define ROOM_LADDER_H

#include <stddef.h>
#include <stdint.h>

#include "cc/allocator.h"

struct track;

/** What a slot asks for. */
struct ladder_request {
    uint32_t width; /**< shown, in pixels of the screen; 0 = not told: all */
    uint32_t height;
    uint32_t fps;    /**< 0 = all */
    uint32_t barred; /**< bit of each layer that is not to be had just now */
};

/**
 * The level of a step's last TID is 3, whatever it is in the stream: all goes through. Layers above
 * the smallest have no steps at a few pictures a second, but for a shared screen, which is read
 * rather than watched.
 *
 * @return how many
 */
size_t ladder_build(const struct track *track, const struct ladder_request *request,
                    struct allocator_step steps[static ALLOCATOR_MAX_STEPS]);

/** Index of the layer with the smallest picture that is to be had, or layer_count. */
size_t ladder_lowest(const struct track *track);

#endif

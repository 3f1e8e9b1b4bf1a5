#include "ladder.h"

#include <string.h>

#include "track.h"

enum {
    UNKNOWN_PIXELS = 640 * 360, /**< of a picture whose size nothing has told */
    USUAL_BITS_PER_PIXEL = 2,   /**< and second, of a stream that was not measured yet */
    USUAL_FPS = 30,
    FLUENT_FPS = 12 /**< fewer pictures are shown only where they are small */
};

static uint32_t pixels_of(const struct layer *layer)
{
    return (uint32_t)layer->width * layer->height;
}

static bool is_offered(const struct track *track, size_t index, uint32_t barred)
{
    return simulcast_offers(&track->simulcast, index) && (barred >> index & 1) == 0;
}

/** A layer whose size is not known is taken only when there is none whose size is. */
static bool sizes_known(const struct track *track, uint32_t barred)
{
    for (size_t i = 0; i < track->layer_count; i++) {
        if (is_offered(track, i, barred) && pixels_of(track->layers[i]) != 0) {
            return true;
        }
    }
    return false;
}

/** A tenth less in each direction is not seen. */
static bool covers(const struct layer *layer, const struct ladder_request *request)
{
    uint64_t shown = (uint64_t)request->width * request->height;
    return shown != 0 && (uint64_t)pixels_of(layer) * 5 >= shown * 4;
}

/** Pixels of the smallest layer that is large enough for what is shown, or no bound. */
static uint32_t find_bound(const struct track *track, const struct ladder_request *request)
{
    uint32_t bound = UINT32_MAX;
    for (size_t i = 0; i < track->layer_count; i++) {
        const struct layer *layer = track->layers[i];
        if (is_offered(track, i, request->barred) && covers(layer, request) &&
            pixels_of(layer) < bound) {
            bound = pixels_of(layer);
        }
    }
    return bound;
}

size_t ladder_lowest(const struct track *track)
{
    size_t lowest = track->layer_count;
    for (size_t i = 0; i < track->layer_count; i++) {
        if (is_offered(track, i, 0) &&
            (lowest == track->layer_count ||
             pixels_of(track->layers[i]) < pixels_of(track->layers[lowest]))) {
            lowest = i;
        }
    }
    return lowest;
}

static uint64_t cost_of(const struct layer *layer, size_t level, uint32_t pixels)
{
    uint64_t bps = stream_meter_bps(&layer->meter, level);
    uint64_t usual = (uint64_t)pixels * USUAL_BITS_PER_PIXEL;
    return stream_meter_ready(&layer->meter) || bps > usual ? bps : usual;
}

/** Levels that are not more than what is asked for. */
static size_t count_levels(const struct layer *layer, uint32_t fps)
{
    size_t levels = stream_meter_ready(&layer->meter) ? stream_meter_levels(&layer->meter) : 1;
    size_t count = 1;
    while (count < levels &&
           (fps == 0 || stream_meter_fps(&layer->meter, count - 1) * 10U < fps * 9U)) {
        count++;
    }
    return count;
}

static size_t add_steps(const struct layer *layer, uint8_t index, bool fluent, uint32_t fps,
                        struct allocator_step *steps)
{
    uint32_t pixels = pixels_of(layer) != 0 ? pixels_of(layer) : UNKNOWN_PIXELS;
    size_t levels = count_levels(layer, fps);
    bool ready = stream_meter_ready(&layer->meter);
    bool all = !ready || levels == stream_meter_levels(&layer->meter);
    size_t count = 0;
    for (size_t i = 0; i < levels; i++) {
        bool last = i + 1 == levels;
        uint8_t pictures = ready ? stream_meter_fps(&layer->meter, i) : USUAL_FPS;
        if (fluent && !last && pictures < FLUENT_FPS) {
            continue;
        }
        steps[count++] = (struct allocator_step){
            .bps = cost_of(layer, i, pixels),
            .pixels = pixels,
            .fps = pictures,
            .layer = index,
            .temporal = last && all ? STREAM_METER_LEVELS - 1 : (uint8_t)i,
        };
    }
    return count;
}

size_t ladder_build(const struct track *track, const struct ladder_request *request,
                    struct allocator_step steps[static ALLOCATOR_MAX_STEPS])
{
    static_assert(SESSION_MAX_LAYERS * STREAM_METER_LEVELS <= ALLOCATOR_MAX_STEPS, "steps fit");
    uint32_t bound = find_bound(track, request);
    bool known = sizes_known(track, request->barred);
    size_t lowest = ladder_lowest(track);
    bool screen = strcmp(track->media.source, "screen") == 0;
    size_t count = 0;
    for (size_t i = 0; i < track->layer_count; i++) {
        const struct layer *layer = track->layers[i];
        uint32_t pixels = pixels_of(layer);
        if (is_offered(track, i, request->barred) && pixels <= bound && (!known || pixels != 0)) {
            count +=
                add_steps(layer, (uint8_t)i, i != lowest && !screen, request->fps, steps + count);
        }
    }
    return count;
}

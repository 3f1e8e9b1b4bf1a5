#include "load/film.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/film_coder.h"
#include "load/mark.h"
#include "load/picture_source.h"

enum { TOP = CONTENT_LAYERS - 1, MIN_BPS = 30000, MIN_SIDE = 16, FIRST_ROOM = 65536 };

/** Rates of a layer, in percent of its highest. */
static const unsigned rate_percent[CONTENT_RATES] = {40, 65, 100};

/** Highest rates of the layers, in percent of that of the highest layer: as libwebrtc has them of
 * VP8 at 320x180, 640x360 and 1280x720 (150, 500 and 2500 kbit/s). */
static const unsigned layer_percent[CONTENT_LAYERS] = {6, 20, 100};

struct frame {
    size_t offset;
    uint32_t len;
    uint8_t tid;
    bool sync;
};

/** One layer at one rate. */
struct take {
    struct frame frames[PICTURE_SOURCE_MOST];
    uint8_t *bytes; /* owned */
    size_t used;
    size_t room;
    struct film_coder *coder; /* while it is made */
};

struct film {
    struct picture_source *source;
    size_t count;
    bool keys[PICTURE_SOURCE_MOST];
    uint16_t widths[CONTENT_LAYERS];
    uint16_t heights[CONTENT_LAYERS];
    unsigned first;              /* lowest layer that is there */
    bool passed[CONTENT_LAYERS]; /* coded already: all its rates are the same */
    struct take *takes[CONTENT_LAYERS][CONTENT_RATES];
    struct picture_buffer full;
    struct picture_buffer scaled[CONTENT_LAYERS];
};

static int append(struct take *take, size_t number, const struct film_coded *coded)
{
    size_t bytes_used = coded->len + MARK_BYTES; /* room for a mark behind each */
    if (take->used + bytes_used > take->room) {
        size_t room = 2 * take->room + bytes_used + FIRST_ROOM;
        uint8_t *bytes = realloc(take->bytes, room);
        if (bytes == NULL) {
            return ERR_NO_MEMORY;
        }
        take->bytes = bytes;
        take->room = room;
    }
    memcpy(take->bytes + take->used, coded->data, coded->len);
    memset(take->bytes + take->used + coded->len, 0, MARK_BYTES);
    take->frames[number] = (struct frame){
        .offset = take->used, .len = (uint32_t)coded->len, .tid = coded->tid, .sync = coded->sync};
    take->used += bytes_used;
    return 0;
}

/** Rates that are coded of a layer. */
static unsigned rates_of(const struct film *film, unsigned layer)
{
    return film->passed[layer] ? 1 : CONTENT_RATES;
}

static int add_take(struct film *film, unsigned layer, unsigned rate, uint64_t bps)
{
    struct take *take = calloc(1, sizeof(*take));
    if (take == NULL) {
        return ERR_NO_MEMORY;
    }
    film->takes[layer][rate] = take;
    uint64_t least = bps * layer_percent[layer] / 100 * rate_percent[rate] / 100;
    return film->passed[layer]
               ? 0
               : film_coder_new(&take->coder, film->widths[layer], film->heights[layer],
                                least < MIN_BPS ? MIN_BPS : least);
}

static uint16_t shrink(uint16_t side, unsigned layer)
{
    unsigned small = side >> (TOP - layer) & ~1U;
    return (uint16_t)(small < MIN_SIDE ? MIN_SIDE : small);
}

static int prepare(struct film *film, const struct film_config *config)
{
    uint16_t width = picture_source_width(film->source);
    uint16_t height = picture_source_height(film->source);
    const uint8_t *data;
    size_t len;
    int err = picture_buffer_resize(&film->full, width, height);
    film->count = picture_source_count(film->source);
    film->first = config->simulcast ? 0 : TOP;
    film->passed[TOP] = picture_source_coded(film->source, 0, &data, &len);
    for (size_t i = 0; i < film->count; i++) {
        film->keys[i] = picture_source_is_key(film->source, i);
    }
    for (unsigned layer = 0; err == 0 && layer < CONTENT_LAYERS; layer++) {
        film->widths[layer] = layer == TOP ? width : shrink(width, layer);
        film->heights[layer] = layer == TOP ? height : shrink(height, layer);
        err =
            picture_buffer_resize(&film->scaled[layer], film->widths[layer], film->heights[layer]);
        for (unsigned rate = 0; err == 0 && layer >= film->first && rate < rates_of(film, layer);
             rate++) {
            err = add_take(film, layer, rate, config->bps);
        }
    }
    return err;
}

/** Codes a picture for all layers and rates. */
static int code(struct film *film, size_t number)
{
    struct film_coded coded = {0};
    int err = picture_source_read(film->source, number, &film->full.picture);
    for (unsigned layer = film->first; err == 0 && layer < CONTENT_LAYERS; layer++) {
        if (film->passed[layer]) {
            (void)picture_source_coded(film->source, number, &coded.data, &coded.len);
            err = append(film->takes[layer][0], number, &coded);
            continue;
        }
        const struct picture *picture = &film->full.picture;
        if (layer != TOP) {
            picture = &film->scaled[layer].picture;
            picture_scale(&film->full.picture, picture);
        }
        for (unsigned rate = 0; err == 0 && rate < CONTENT_RATES; rate++) {
            struct take *take = film->takes[layer][rate];
            err = film_coder_encode(take->coder, picture, film->keys[number], &coded);
            err = err != 0 ? err : append(take, number, &coded);
        }
    }
    return err;
}

int film_new(struct film **out, const struct film_config *config, const char **reason)
{
    struct film *film = calloc(1, sizeof(*film));
    *reason = "no memory";
    if (film == NULL) {
        return ERR_NO_MEMORY;
    }
    int err =
        picture_source_new(&film->source, config->file, config->width, config->height, reason);
    if (err == 0) {
        *reason = "a size or rate that VP8 does not have";
        err = prepare(film, config);
    }
    for (size_t i = 0; err == 0 && i < film->count; i++) {
        *reason = "a picture that cannot be read, or of another size than the file says";
        err = code(film, i);
        if (err == 0 && config->progress != NULL &&
            !config->progress(config->owner, (double)(i + 1) / (double)film->count)) {
            *reason = "ended while pictures were coded";
            err = ERR_CLOSED;
        }
    }
    for (unsigned i = 0; i < CONTENT_LAYERS * CONTENT_RATES; i++) {
        struct take *take = film->takes[i / CONTENT_RATES][i % CONTENT_RATES];
        if (take != NULL) {
            film_coder_free(&take->coder);
        }
    }
    if (err != 0) {
        *reason = err == ERR_NO_MEMORY ? "no memory" : *reason;
        film_free(&film);
        return err;
    }
    *out = film;
    return 0;
}

static const struct take *take_of(const struct film *film, unsigned layer, unsigned rate)
{
    return film->takes[layer][film->passed[layer] ? 0 : rate];
}

void film_frame(const struct film *film, unsigned layer, unsigned rate, uint64_t place,
                struct content_frame *out)
{
    size_t number = (size_t)(place % film->count);
    const struct take *take = take_of(film, layer, rate);
    const struct frame *frame = &take->frames[number];
    *out = (struct content_frame){.data = take->bytes + frame->offset,
                                  .len = frame->len,
                                  .number = (uint16_t)number,
                                  .tid = frame->tid,
                                  .sync = frame->sync,
                                  .keyframe = film->keys[number],
                                  .width = film->widths[layer],
                                  .height = film->heights[layer]};
}

uint64_t film_next_keyframe(const struct film *film, uint64_t place)
{
    while (!film->keys[place % film->count]) {
        place++;
    }
    return place;
}

uint64_t film_bps(const struct film *film, unsigned layer, unsigned rate, unsigned tid)
{
    const struct take *take = take_of(film, layer, rate);
    uint64_t bytes = 0;
    assert(film->count > 0);
    for (size_t i = 0; i < film->count; i++) {
        bytes += take->frames[i].tid <= tid ? take->frames[i].len : 0;
    }
    return bytes * 8 * CONTENT_FPS / film->count;
}

int film_picture(struct film *film, unsigned layer, uint16_t number, const struct picture *out)
{
    if (number >= film->count) {
        return ERR_NOT_FOUND;
    }
    if (layer == TOP) {
        return picture_source_read(film->source, number, out);
    }
    int err = picture_source_read(film->source, number, &film->full.picture);
    if (err == 0) {
        picture_scale(&film->full.picture, out);
    }
    return err;
}

void film_free(struct film **film)
{
    struct film *old = *film;
    if (old == NULL) {
        return;
    }
    for (unsigned layer = 0; layer < CONTENT_LAYERS; layer++) {
        for (unsigned rate = 0; rate < CONTENT_RATES; rate++) {
            struct take *take = old->takes[layer][rate];
            if (take != NULL) {
                film_coder_free(&take->coder);
                free(take->bytes);
                free(take);
            }
        }
        picture_buffer_deinit(&old->scaled[layer]);
    }
    picture_buffer_deinit(&old->full);
    picture_source_free(&old->source);
    free(old);
    *film = NULL;
}

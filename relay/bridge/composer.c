#include "composer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/token_bucket.h"
#include "codec/compositor.h"
#include "codec/picture.h"
#include "codec/vp8_decoder.h"
#include "codec/vp8_encoder.h"

enum {
    LARGE_WIDTH = 1280,
    LARGE_HEIGHT = 720,
    SMALL_WIDTH = 640,
    SMALL_HEIGHT = 360,
    MAX_PIXELS = 1920 * 1088, /**< of a tile's stream */
    TEMPORAL_LAYERS = 2,
    STALE_US = 400000,     /**< a frame that has waited for so long shows the past */
    FRAME_COST_US = 12000, /**< what one stream may cost: 83 frames a second, ... */
    FRAME_BURST = 60,      /**< ... and what comes at once after a hole was filled */
    ASK_FIRST_US = 500000, /**< between the first two requests for a keyframe, then doubled ... */
    ASK_LAST_US = 16000000 /**< ... up to here, for who sends nothing that can be decoded */
};

static_assert((int)COMPOSE_MAX_TILES == (int)LAYOUT_MAX_TILES, "a scene fits a layout");

/** What comes in for one tile. */
struct stream {
    uint32_t source; /**< 0: a free place */
    struct vp8_decoder *decoder;
    struct token_bucket frames;
    uint16_t turn;
    int64_t captured_us; /**< of its newest picture */
    int64_t ask_us;      /**< not before this, while it waits for a keyframe */
    int64_t patience_us; /**< until the request after that */
    bool kept;           /**< scratch */
};

struct rendition {
    bool wanted;
    bool keyframe; /**< the next frame is to be one */
    uint32_t bps;
    unsigned fps;                 /**< as the encoder was told */
    struct vp8_encoder *encoder;  /**< made when it is first wanted */
    struct picture_buffer scaled; /**< of the small one */
};

struct composer {
    struct compositor *compositor;
    struct compose_scene scene;
    struct stream streams[COMPOSE_MAX_TILES];
    struct rendition renditions[COMPOSE_MAX_RENDITIONS];
    int64_t composed_us;
    unsigned fps;
};

static const int sizes[COMPOSE_MAX_RENDITIONS][2] = {
    [COMPOSE_LARGE] = {LARGE_WIDTH, LARGE_HEIGHT}, [COMPOSE_SMALL] = {SMALL_WIDTH, SMALL_HEIGHT}};

int composer_new(struct composer **out)
{
    struct composer *composer = calloc(1, sizeof(*composer));
    if (composer == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = compositor_new(&composer->compositor, LARGE_WIDTH, LARGE_HEIGHT);
    if (err != 0) {
        free(composer);
        return err;
    }
    *out = composer;
    return 0;
}

static struct stream *find_stream(struct composer *composer, uint32_t source)
{
    for (size_t i = 0; i < COMPOSE_MAX_TILES; i++) {
        if (composer->streams[i].source == source) {
            return &composer->streams[i];
        }
    }
    return NULL;
}

static void stream_end(struct stream *stream)
{
    vp8_decoder_free(&stream->decoder);
    *stream = (struct stream){.source = 0};
}

void composer_set_scene(struct composer *composer, const struct compose_scene *scene)
{
    for (size_t i = 0; i < COMPOSE_MAX_TILES; i++) {
        composer->streams[i].kept = false;
    }
    for (size_t i = 0; i < scene->count; i++) {
        struct stream *stream =
            scene->tiles[i].source == 0 ? NULL : find_stream(composer, scene->tiles[i].source);
        if (stream != NULL) {
            stream->kept = true;
        }
    }
    for (size_t i = 0; i < COMPOSE_MAX_TILES; i++) {
        if (!composer->streams[i].kept) {
            stream_end(&composer->streams[i]);
        }
    }
    composer->scene = *scene;
}

/** The place of a source of the scene, taken when it has none yet; NULL when the scene has no such
 * source. There are as many places as tiles. */
static struct stream *place_of(struct composer *composer, uint32_t source)
{
    struct stream *stream = find_stream(composer, source);
    bool shown = false;
    for (size_t i = 0; i < composer->scene.count && !shown; i++) {
        shown = composer->scene.tiles[i].source == source;
    }
    if (source == 0 || !shown) {
        return NULL;
    }
    if (stream == NULL) {
        stream = find_stream(composer, 0);
        stream->source = source;
        stream->ask_us = INT64_MIN;
        stream->patience_us = ASK_FIRST_US;
        token_bucket_init(&stream->frames, FRAME_COST_US, FRAME_BURST);
    }
    return stream;
}

int composer_frame(struct composer *composer, const struct compose_request *frame, int64_t now_us)
{
    struct stream *stream = place_of(composer, frame->source);
    if (stream == NULL) {
        return ERR_INVALID;
    }
    if (stream->decoder == NULL) {
        int err = vp8_decoder_new(&stream->decoder, MAX_PIXELS);
        if (err != 0) {
            return err;
        }
    }
    if (now_us - frame->sent_us > STALE_US || !token_bucket_take(&stream->frames, now_us)) {
        vp8_decoder_lose(stream->decoder);
        return ERR_FULL;
    }
    int err = vp8_decoder_decode(stream->decoder, frame->bytes, frame->len);
    if (err == 0) {
        stream->turn = frame->turn;
        stream->captured_us = frame->captured_us;
    }
    return err == ERR_AGAIN ? 0 : err; /* not to be shown */
}

bool composer_asks_for_keyframe(struct composer *composer, uint32_t source, int64_t now_us)
{
    struct stream *stream = source == 0 ? NULL : find_stream(composer, source);
    if (stream == NULL || stream->decoder == NULL) {
        return false;
    }
    if (!vp8_decoder_needs_keyframe(stream->decoder)) {
        stream->ask_us = INT64_MIN;
        stream->patience_us = ASK_FIRST_US;
        return false;
    }
    if (now_us < stream->ask_us) {
        return false;
    }
    stream->ask_us = now_us + stream->patience_us;
    stream->patience_us =
        stream->patience_us * 2 < ASK_LAST_US ? stream->patience_us * 2 : ASK_LAST_US;
    return true;
}

void composer_want(struct composer *composer, size_t rendition, bool wanted, uint32_t bps)
{
    struct rendition *wish = &composer->renditions[rendition];
    wish->wanted = wanted;
    wish->bps = bps;
    wish->keyframe = wish->keyframe || wanted;
    wish->fps = 0; /* to be told */
    if (!wanted) {
        vp8_encoder_free(&wish->encoder);
        picture_buffer_deinit(&wish->scaled);
    }
}

void composer_keyframe(struct composer *composer, size_t rendition)
{
    composer->renditions[rendition].keyframe = true;
}

bool composer_is_wanted(const struct composer *composer)
{
    bool wanted = false;
    for (size_t i = 0; i < COMPOSE_MAX_RENDITIONS; i++) {
        wanted = wanted || composer->renditions[i].wanted;
    }
    return wanted;
}

/** Stays the same while somebody shows a camera or none, so that his tile keeps place and colour.
 */
static uint64_t identity(const struct compose_scene *scene, size_t index)
{
    const struct compose_tile *tile = &scene->tiles[index];
    uint64_t before = 0;
    for (size_t i = 0; i < index; i++) {
        before += scene->tiles[i].participant == tile->participant &&
                          scene->tiles[i].screen == tile->screen
                      ? 1
                      : 0;
    }
    return (uint64_t)tile->participant << 16 | (tile->screen ? 0x8000 : 0) | before;
}

void composer_compose(struct composer *composer, int64_t now_us, unsigned fps)
{
    static const enum layout_kind kinds[] = {[COMPOSE_GRID] = LAYOUT_GRID,
                                             [COMPOSE_SPEAKER] = LAYOUT_SPEAKER,
                                             [COMPOSE_SCREEN] = LAYOUT_SCREEN};
    const struct compose_scene *scene = &composer->scene;
    struct compositor_tile tiles[COMPOSE_MAX_TILES];
    for (size_t i = 0; i < scene->count; i++) {
        const struct compose_tile *tile = &scene->tiles[i];
        const struct stream *stream =
            tile->source == 0 ? NULL : find_stream(composer, tile->source);
        bool shows = stream != NULL && stream->decoder != NULL;
        tiles[i] = (struct compositor_tile){
            .id = identity(scene, i),
            .name = tile->name,
            .picture = shows ? vp8_decoder_picture(stream->decoder) : NULL,
            .serial = shows ? vp8_decoder_count(stream->decoder) : 0,
            .turn = shows ? stream->turn : 0,
            .screen = tile->screen,
            .speaking = tile->speaking,
        };
    }
    (void)compositor_draw(composer->compositor, kinds[scene->layout], tiles, scene->count, now_us);
    composer->composed_us = now_us;
    composer->fps = fps;
}

/** The canvas in a rendition's size, or NULL without memory. */
static const struct picture *canvas_for(struct composer *composer, size_t index)
{
    struct rendition *rendition = &composer->renditions[index];
    const struct picture *canvas = compositor_picture(composer->compositor);
    int width = sizes[index][0];
    int height = sizes[index][1];
    if (canvas->width == width) {
        return canvas;
    }
    if (rendition->scaled.picture.width != width &&
        picture_buffer_resize(&rendition->scaled, width, height) != 0) {
        return NULL;
    }
    picture_scale(canvas, &rendition->scaled.picture);
    return &rendition->scaled.picture;
}

/** An encoder at the present rate. */
static int tune(struct composer *composer, size_t index)
{
    struct rendition *rendition = &composer->renditions[index];
    int err = 0;
    if (rendition->encoder == NULL) {
        const struct vp8_encoder_config config = {.width = sizes[index][0],
                                                  .height = sizes[index][1],
                                                  .bitrate_bps = rendition->bps,
                                                  .fps = (uint8_t)composer->fps,
                                                  .temporal_layers = TEMPORAL_LAYERS};
        err = vp8_encoder_new(&rendition->encoder, &config);
    } else if (rendition->fps != composer->fps) {
        err = vp8_encoder_set_rate(rendition->encoder, rendition->bps, (uint8_t)composer->fps);
    }
    rendition->fps = composer->fps;
    return err;
}

bool composer_encode(struct composer *composer, size_t index, struct composed *out)
{
    struct rendition *rendition = &composer->renditions[index];
    struct vp8_encoded encoded;
    if (!rendition->wanted || tune(composer, index) != 0) {
        return false;
    }
    const struct picture *canvas = canvas_for(composer, index);
    if (canvas == NULL || vp8_encoder_encode(rendition->encoder, canvas, composer->composed_us,
                                             rendition->keyframe, &encoded) != 0) {
        return false;
    }
    *out = (struct composed){.bytes = encoded.data,
                             .len = encoded.len,
                             .keyframe = encoded.keyframe,
                             .layer_sync = encoded.layer_sync,
                             .tid = encoded.tid,
                             .width = (uint16_t)sizes[index][0],
                             .height = (uint16_t)sizes[index][1]};
    rendition->keyframe = rendition->keyframe && encoded.len == 0;
    return true;
}

int64_t composer_captured_us(const struct composer *composer)
{
    int64_t sum_us = 0;
    int64_t count = 0;
    for (size_t i = 0; i < COMPOSE_MAX_TILES; i++) {
        const struct stream *stream = &composer->streams[i];
        int64_t age_us = composer->composed_us - stream->captured_us;
        /* a picture that stands still says nothing about the delay of the others */
        if (stream->source != 0 && stream->captured_us != 0 && age_us < 1000000) {
            sum_us += age_us;
            count++;
        }
    }
    return composer->composed_us - (count == 0 ? 0 : sum_us / count);
}

void composer_free(struct composer **composer)
{
    struct composer *old = *composer;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < COMPOSE_MAX_TILES; i++) {
        stream_end(&old->streams[i]);
    }
    for (size_t i = 0; i < COMPOSE_MAX_RENDITIONS; i++) {
        vp8_encoder_free(&old->renditions[i].encoder);
        picture_buffer_deinit(&old->renditions[i].scaled);
    }
    compositor_free(&old->compositor);
    free(old);
    *composer = NULL;
}

#include <stdbool.h>
#include <stdlib.h>

#include "bare_video.h"
#include "base/err.h"
#include "codec/compositor.h"
#include "codec/vp8_decoder.h"
#include "codec/vp8_encoder.h"
#include "cpu_clock.h"
#include "films.h"
#include "kernels.h"

enum { WIDTH = 1280, HEIGHT = 720, BITRATE_BPS = 1500000 };

/** What is to be composed. */
struct studio_plan {
    size_t tiles;
    bool bare;
};

struct studio {
    struct film films[FILMS_MAX];
    struct bare_video *bare; /**< NULL when codec/ is what is measured */
    struct vp8_decoder *decoders[FILMS_MAX];
    struct compositor *compositor;
    struct vp8_encoder *encoder;
    size_t tiles;
    int64_t time_us;
};

static void studio_close(void *state)
{
    struct studio *studio = state;
    if (studio != NULL) {
        bare_video_free(&studio->bare);
        for (size_t i = 0; i < FILMS_MAX; i++) {
            vp8_decoder_free(&studio->decoders[i]);
        }
        compositor_free(&studio->compositor);
        vp8_encoder_free(&studio->encoder);
        free(studio);
    }
}

static int open_ours(struct studio *studio)
{
    const struct vp8_encoder_config config = {.width = WIDTH,
                                              .height = HEIGHT,
                                              .bitrate_bps = BITRATE_BPS,
                                              .fps = 25,
                                              .temporal_layers = 1};
    int err = compositor_new(&studio->compositor, WIDTH, HEIGHT);
    err = err != 0 ? err : vp8_encoder_new(&studio->encoder, &config);
    for (size_t i = 0; i < studio->tiles && err == 0; i++) {
        err = vp8_decoder_new(&studio->decoders[i], FILM_WIDTH * FILM_HEIGHT);
    }
    return err;
}

static int studio_open(void **state, const void *argument)
{
    const struct studio_plan *plan = argument;
    struct studio *studio = calloc(1, sizeof(*studio));
    if (studio == NULL) {
        return ERR_NO_MEMORY;
    }
    studio->tiles = plan->tiles;
    int err = films_make(studio->films, plan->tiles);
    if (err == 0) {
        err = plan->bare ? bare_video_new(&studio->bare, plan->tiles, WIDTH, HEIGHT, BITRATE_BPS)
                         : open_ours(studio);
    }
    if (err != 0) {
        studio_close(studio);
        return err;
    }
    *state = studio;
    return 0;
}

static int decode_all(struct studio *studio, size_t frame)
{
    int err = 0;
    for (size_t i = 0; i < studio->tiles && err == 0; i++) {
        const struct film_frame *from = &studio->films[i].frames[frame];
        err = vp8_decoder_decode(studio->decoders[i], from->data, from->len);
    }
    return err;
}

/** Everybody has a new picture and a name, and somebody speaks. */
static void draw_all(struct studio *studio, size_t frame)
{
    struct compositor_tile tiles[FILMS_MAX];
    for (size_t i = 0; i < studio->tiles; i++) {
        tiles[i] = (struct compositor_tile){.id = i,
                                            .name = "Maria Fernandez",
                                            .picture = vp8_decoder_picture(studio->decoders[i]),
                                            .serial = vp8_decoder_count(studio->decoders[i]),
                                            .speaking = i == frame / 25};
    }
    (void)compositor_draw(studio->compositor, LAYOUT_GRID, tiles, studio->tiles, studio->time_us);
}

static int encode(struct studio *studio)
{
    struct vp8_encoded out;
    return vp8_encoder_encode(studio->encoder, compositor_picture(studio->compositor),
                              studio->time_us, false, &out);
}

static int step(struct studio *studio, size_t frame)
{
    if (studio->bare != NULL) {
        return bare_video_step(studio->bare, studio->films, frame, studio->time_us);
    }
    int err = decode_all(studio, frame);
    if (err == 0) {
        draw_all(studio, frame);
        err = encode(studio);
    }
    return err;
}

static double compose_round(void *state)
{
    struct studio *studio = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < FILM_FRAMES; i++) {
        if (step(studio, i) != 0) {
            return -1;
        }
        studio->time_us += FILM_FRAME_US;
    }
    return (double)(cpu_clock_ns() - start) / FILM_FRAMES;
}

/** One of the three parts of a step, alone on the clock. */
static double part_round(struct studio *studio, int part)
{
    int64_t spent = 0;
    for (size_t i = 0; i < FILM_FRAMES; i++) {
        int64_t times[4];
        times[0] = cpu_clock_ns();
        int err = decode_all(studio, i);
        times[1] = cpu_clock_ns();
        draw_all(studio, i);
        times[2] = cpu_clock_ns();
        err = err != 0 ? err : encode(studio);
        times[3] = cpu_clock_ns();
        if (err != 0) {
            return -1;
        }
        spent += times[part + 1] - times[part];
        studio->time_us += FILM_FRAME_US;
    }
    return (double)spent / FILM_FRAMES;
}

static double decode_round(void *state)
{
    return part_round(state, 0);
}

static double draw_round(void *state)
{
    return part_round(state, 1);
}

static double encode_round(void *state)
{
    return part_round(state, 2);
}

static const struct studio_plan bare_4 = {4, true};
static const struct studio_plan bare_9 = {9, true};
static const struct studio_plan bare_16 = {16, true};
static const struct studio_plan ours_4 = {4, false};
static const struct studio_plan ours_9 = {9, false};
static const struct studio_plan ours_16 = {16, false};

const struct kernel *video_kernels(size_t *count)
{
    static const struct kernel kernels[] = {
        {"video/compose-9/decode", "picture", &ours_9, studio_open, decode_round, studio_close},
        {"video/compose-9/draw", "picture", &ours_9, studio_open, draw_round, studio_close},
        {"video/compose-9/encode", "picture", &ours_9, studio_open, encode_round, studio_close},
    };
    *count = sizeof(kernels) / sizeof(kernels[0]);
    return kernels;
}

const struct kernel_pair *video_pairs(size_t *count)
{
    static const struct kernel_pair pairs[] = {
        {{"video/compose-4", "picture", &bare_4, studio_open, compose_round, studio_close},
         {"video/compose-4", "picture", &ours_4, studio_open, compose_round, studio_close}},
        {{"video/compose-9", "picture", &bare_9, studio_open, compose_round, studio_close},
         {"video/compose-9", "picture", &ours_9, studio_open, compose_round, studio_close}},
        {{"video/compose-16", "picture", &bare_16, studio_open, compose_round, studio_close},
         {"video/compose-16", "picture", &ours_16, studio_open, compose_round, studio_close}},
    };
    *count = sizeof(pairs) / sizeof(pairs[0]);
    return pairs;
}

#include "films.h"

#include <string.h>

#include "base/err.h"
#include "codec/vp8_encoder.h"
#include "score/moving_picture.h"

enum { BITRATE_BPS = 250000 };

static int make(struct film *film, unsigned source, struct vp8_encoder *encoder,
                const struct picture *picture)
{
    for (unsigned i = 0; i < FILM_FRAMES; i++) {
        struct vp8_encoded encoded;
        moving_picture_draw(picture, source, i);
        int err =
            vp8_encoder_encode(encoder, picture, (int64_t)i * FILM_FRAME_US, i == 0, &encoded);
        if (err != 0) {
            return err;
        }
        if (encoded.len == 0 || encoded.len > FILM_MAX_BYTES) {
            return ERR_FULL; /* the rate above is chosen so that no picture is dropped */
        }
        memcpy(film->frames[i].data, encoded.data, encoded.len);
        film->frames[i].len = encoded.len;
    }
    return 0;
}

int films_make(struct film *films, size_t count)
{
    const struct vp8_encoder_config config = {.width = FILM_WIDTH,
                                              .height = FILM_HEIGHT,
                                              .bitrate_bps = BITRATE_BPS,
                                              .fps = 25,
                                              .temporal_layers = 1};
    struct picture_buffer buffer = {0};
    int err = picture_buffer_resize(&buffer, FILM_WIDTH, FILM_HEIGHT);
    for (size_t i = 0; i < count && err == 0; i++) {
        struct vp8_encoder *encoder = NULL;
        err = vp8_encoder_new(&encoder, &config);
        if (err == 0) {
            err = make(&films[i], (unsigned)i, encoder, &buffer.picture);
        }
        vp8_encoder_free(&encoder);
    }
    picture_buffer_deinit(&buffer);
    return err;
}

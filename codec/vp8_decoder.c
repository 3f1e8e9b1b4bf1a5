#include "codec/vp8_decoder.h"

#include <stdlib.h>

#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "base/err.h"
#include "vp8_header.h"

struct vp8_decoder {
    vpx_codec_ctx_t codec;
    bool opened;
    bool suspect; /**< libvpx has failed: opened anew before the next keyframe */
    bool needs_keyframe;
    bool has_picture;
    uint32_t max_pixels;
    uint32_t pixels; /**< of the newest keyframe */
    uint64_t count;
    struct picture picture;
};

int vp8_decoder_new(struct vp8_decoder **out, uint32_t max_pixels)
{
    if (max_pixels < 1 || max_pixels > VP8_DECODER_MAX_PIXELS) {
        return ERR_INVALID;
    }
    struct vp8_decoder *decoder = calloc(1, sizeof(*decoder));
    if (decoder == NULL) {
        return ERR_NO_MEMORY;
    }
    decoder->max_pixels = max_pixels;
    decoder->needs_keyframe = true;
    *out = decoder;
    return 0;
}

static void close_codec(struct vp8_decoder *decoder)
{
    if (decoder->opened) {
        (void)vpx_codec_destroy(&decoder->codec);
    }
    decoder->opened = false;
    decoder->suspect = false;
    decoder->has_picture = false;
}

/** libvpx is ready for this keyframe: fresh where it had failed before. */
static int open_codec(struct vp8_decoder *decoder)
{
    if (decoder->suspect) {
        close_codec(decoder);
    }
    if (decoder->opened) {
        return 0;
    }
    const vpx_codec_dec_cfg_t config = {.threads = 1};
    vpx_codec_err_t err = vpx_codec_dec_init(&decoder->codec, vpx_codec_vp8_dx(), &config, 0);
    decoder->opened = err == VPX_CODEC_OK;
    return decoder->opened ? 0 : ERR_NO_MEMORY;
}

static bool fits(const struct vp8_decoder *decoder, const struct vp8_header *header)
{
    return (uint32_t)header->width * header->height <= decoder->max_pixels &&
           header->width <= PICTURE_MAX_WIDTH && header->height <= PICTURE_MAX_WIDTH;
}

/** No encoder makes a frame larger than the picture itself is, but for headers. */
static bool is_plausible(size_t len, uint32_t pixels)
{
    return len <= (size_t)pixels * 3 / 2 + VP8_DECODER_SPARE_BYTES;
}

/** Judges a frame by its header. @return as vp8_decoder_decode */
static int judge(const struct vp8_decoder *decoder, const uint8_t *frame, size_t len,
                 struct vp8_header *header)
{
    int err = vp8_header_parse(frame, len, header);
    if (err != 0) {
        return err == ERR_UNSUPPORTED ? err : ERR_MALFORMED;
    }
    if (!header->keyframe && decoder->needs_keyframe) {
        return ERR_NEED_KEYFRAME;
    }
    if (header->keyframe && !fits(decoder, header)) {
        return ERR_UNSUPPORTED;
    }
    uint32_t pixels = header->keyframe ? (uint32_t)header->width * header->height : decoder->pixels;
    return is_plausible(len, pixels) ? 0 : ERR_MALFORMED;
}

/** libvpx reads zeros behind the end of a frame, and only says so here. */
static bool is_corrupted(struct vp8_decoder *decoder)
{
    int corrupted = 0;
    return vpx_codec_control(&decoder->codec, VP8D_GET_FRAME_CORRUPTED, &corrupted) !=
               VPX_CODEC_OK ||
           corrupted != 0;
}

static int run_codec(struct vp8_decoder *decoder, const uint8_t *frame, size_t len)
{
    vpx_codec_err_t err = vpx_codec_decode(&decoder->codec, frame, (unsigned)len, NULL, 0);
    if (err != VPX_CODEC_OK) {
        decoder->suspect = true;
        return err == VPX_CODEC_MEM_ERROR ? ERR_NO_MEMORY : ERR_MALFORMED;
    }
    return is_corrupted(decoder) ? ERR_MALFORMED : 0;
}

/** Takes what libvpx has to show. @return 0 or ERR_AGAIN */
static int take_picture(struct vp8_decoder *decoder)
{
    vpx_codec_iter_t at = NULL;
    const vpx_image_t *image = vpx_codec_get_frame(&decoder->codec, &at);
    if (image == NULL) {
        return ERR_AGAIN;
    }
    decoder->picture = (struct picture){
        .planes = {image->planes[0], image->planes[1], image->planes[2]},
        .strides = {image->stride[0], image->stride[1], image->stride[2]},
        .width = (int)image->d_w,
        .height = (int)image->d_h,
    };
    decoder->has_picture = true;
    decoder->count++;
    return 0;
}

int vp8_decoder_decode(struct vp8_decoder *decoder, const uint8_t *frame, size_t len)
{
    struct vp8_header header;
    int err = judge(decoder, frame, len, &header);
    if (err == ERR_NEED_KEYFRAME) {
        return err;
    }
    if (err == 0 && header.keyframe) {
        err = open_codec(decoder);
    }
    if (err == 0) {
        decoder->pixels =
            header.keyframe ? (uint32_t)header.width * header.height : decoder->pixels;
        /* libvpx may release the planes of another size, also for a frame that is not shown */
        decoder->has_picture = decoder->has_picture && !header.keyframe;
        err = run_codec(decoder, frame, len);
    }
    decoder->needs_keyframe = err != 0;
    return err != 0 ? err : take_picture(decoder);
}

void vp8_decoder_lose(struct vp8_decoder *decoder)
{
    decoder->needs_keyframe = true;
}

bool vp8_decoder_needs_keyframe(const struct vp8_decoder *decoder)
{
    return decoder->needs_keyframe;
}

const struct picture *vp8_decoder_picture(const struct vp8_decoder *decoder)
{
    return decoder->has_picture ? &decoder->picture : NULL;
}

uint64_t vp8_decoder_count(const struct vp8_decoder *decoder)
{
    return decoder->count;
}

void vp8_decoder_free(struct vp8_decoder **decoder)
{
    if (*decoder == NULL) {
        return;
    }
    close_codec(*decoder);
    free(*decoder);
    *decoder = NULL;
}

#include "load/picture_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/vp8_decoder.h"
#include "score/moving_picture.h"

enum {
    LINE_BYTES = 256, /* longest header line of Y4M */
    IVF_HEAD_BYTES = 32,
    IVF_FRAME_HEAD_BYTES = 12,
    IVF_MOST_FRAME = 1 << 22,
    MIN_SIDE = 64
};

enum kind { MADE, Y4M, IVF };

/** A frame in the file. */
struct spot {
    long offset;   /* Y4M: of the samples */
    uint8_t *data; /* IVF: owned */
    size_t len;
};

struct picture_source {
    enum kind kind;
    uint16_t width;
    uint16_t height;
    size_t count;
    FILE *file; /* Y4M */
    struct spot spots[PICTURE_SOURCE_MOST];
    struct vp8_decoder *decoder; /* IVF */
    size_t next;                 /* number that the decoder can go on with */
};

static bool good_size(const struct picture_source *source)
{
    return source->width >= MIN_SIDE && source->height >= MIN_SIDE && source->width % 2 == 0 &&
           source->height % 2 == 0 && source->width <= PICTURE_MAX_WIDTH &&
           source->height <= PICTURE_MAX_WIDTH;
}

/** Reads a line without its end. @return false at the end of the file or when it is too long */
static bool read_line(FILE *file, char line[static LINE_BYTES])
{
    if (fgets(line, LINE_BYTES, file) == NULL) {
        return false;
    }
    size_t len = strlen(line);
    if (len == 0 || line[len - 1] != '\n') {
        return false;
    }
    line[len - 1] = 0;
    return true;
}

/** 0 = more than any picture has. */
static uint16_t read_side(const char *text)
{
    unsigned long side = strtoul(text, NULL, 10);
    return side <= UINT16_MAX ? (uint16_t)side : 0;
}

/** Size and form in the first line. */
static int read_y4m_head(struct picture_source *source, const char **reason)
{
    char line[LINE_BYTES];
    if (!read_line(source->file, line) || strncmp(line, "YUV4MPEG2 ", 10) != 0) {
        *reason = "a Y4M file without its first line";
        return ERR_MALFORMED;
    }
    char *rest = line + 10;
    for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
        if (word[0] == 'W') {
            source->width = read_side(word + 1);
        } else if (word[0] == 'H') {
            source->height = read_side(word + 1);
        } else if (word[0] == 'C' &&
                   (strncmp(word, "C420", 4) != 0 || strncmp(word, "C420p1", 6) == 0)) {
            *reason =
                "a Y4M file that is not 4:2:0 of 8 bit: ffmpeg -i FILE -pix_fmt yuv420p new.y4m";
            return ERR_UNSUPPORTED;
        }
    }
    return 0;
}

static int open_y4m(struct picture_source *source, const char **reason)
{
    char line[LINE_BYTES];
    int err = read_y4m_head(source, reason);
    if (err != 0) {
        return err;
    }
    long bytes = (long)source->width * source->height * 3 / 2;
    (void)fseek(source->file, 0, SEEK_END);
    long end = ftell(source->file);
    rewind(source->file);
    (void)read_line(source->file, line);
    while (source->count < PICTURE_SOURCE_MOST && read_line(source->file, line) &&
           strncmp(line, "FRAME", 5) == 0) {
        long offset = ftell(source->file);
        if (offset < 0 || end - offset < bytes || fseek(source->file, bytes, SEEK_CUR) != 0) {
            break;
        }
        source->spots[source->count++].offset = offset;
    }
    return 0;
}

static uint32_t little(const uint8_t *at, size_t bytes)
{
    uint32_t value = 0;
    for (size_t i = bytes; i > 0; i--) {
        value = value << 8 | at[i - 1];
    }
    return value;
}

static bool is_key(const struct spot *spot)
{
    return (spot->data[0] & 1) == 0; /* RFC 6386 9.1 */
}

static int read_ivf_frame(struct picture_source *source)
{
    uint8_t head[IVF_FRAME_HEAD_BYTES];
    struct spot *spot = &source->spots[source->count];
    if (fread(head, sizeof(head), 1, source->file) != 1) {
        return ERR_TRUNCATED;
    }
    spot->len = little(head, 4);
    if (spot->len == 0 || spot->len > IVF_MOST_FRAME) {
        return ERR_TRUNCATED;
    }
    spot->data = malloc(spot->len);
    if (spot->data == NULL) {
        return ERR_NO_MEMORY;
    }
    if (fread(spot->data, 1, spot->len, source->file) != spot->len) {
        free(spot->data);
        spot->data = NULL;
        return ERR_TRUNCATED;
    }
    source->count++;
    return 0;
}

static int open_ivf(struct picture_source *source, const char **reason)
{
    uint8_t head[IVF_HEAD_BYTES];
    int err = 0;
    if (fread(head, sizeof(head), 1, source->file) != 1) {
        *reason = "an IVF file that ends in its head";
        return ERR_MALFORMED;
    }
    if (memcmp(head + 8, "VP80", 4) != 0) {
        *reason = "an IVF file that is not VP8: ffmpeg -i FILE -c:v libvpx new.ivf";
        return ERR_UNSUPPORTED;
    }
    source->width = (uint16_t)little(head + 12, 2);
    source->height = (uint16_t)little(head + 14, 2);
    while (err == 0 && source->count < PICTURE_SOURCE_MOST) {
        err = read_ivf_frame(source);
    }
    if (err == ERR_NO_MEMORY) {
        return err;
    }
    if (source->count > 0 && !is_key(&source->spots[0])) {
        *reason = "an IVF file that does not begin with a keyframe";
        return ERR_MALFORMED;
    }
    return vp8_decoder_new(&source->decoder, VP8_DECODER_MAX_PIXELS);
}

static int open_file(struct picture_source *source, const char *path, const char **reason)
{
    char magic[4] = {0};
    source->file = fopen(path, "rb");
    if (source->file == NULL) {
        *reason = strerror(errno);
        return ERR_NOT_FOUND;
    }
    size_t got = fread(magic, 1, sizeof(magic), source->file);
    rewind(source->file);
    if (got == sizeof(magic) && memcmp(magic, "DKIF", 4) == 0) {
        source->kind = IVF;
        return open_ivf(source, reason);
    }
    if (got == sizeof(magic) && memcmp(magic, "YUV4", 4) == 0) {
        source->kind = Y4M;
        return open_y4m(source, reason);
    }
    *reason = "neither IVF nor Y4M: ffmpeg -i FILE -c:v libvpx new.ivf";
    return ERR_UNSUPPORTED;
}

int picture_source_new(struct picture_source **out, const char *file, uint16_t width,
                       uint16_t height, const char **reason)
{
    struct picture_source *source = calloc(1, sizeof(*source));
    *reason = "no memory";
    if (source == NULL) {
        return ERR_NO_MEMORY;
    }
    source->kind = MADE;
    source->width = width;
    source->height = height;
    source->count = PICTURE_SOURCE_MADE;
    int err = 0;
    if (file != NULL) {
        source->count = 0;
        err = open_file(source, file, reason);
    }
    if (err == 0 && !good_size(source)) {
        *reason = "width and height must be even, 64 to 4096";
        err = ERR_UNSUPPORTED;
    }
    if (err == 0 && source->count == 0) {
        *reason = "no whole picture in it";
        err = ERR_MALFORMED;
    }
    if (err != 0) {
        picture_source_free(&source);
        return err;
    }
    *out = source;
    return 0;
}

uint16_t picture_source_width(const struct picture_source *source)
{
    return source->width;
}

uint16_t picture_source_height(const struct picture_source *source)
{
    return source->height;
}

size_t picture_source_count(const struct picture_source *source)
{
    return source->count;
}

bool picture_source_is_key(const struct picture_source *source, size_t number)
{
    return source->kind == IVF ? is_key(&source->spots[number])
                               : number % PICTURE_SOURCE_GROUP == 0;
}

bool picture_source_coded(const struct picture_source *source, size_t number, const uint8_t **data,
                          size_t *len)
{
    if (source->kind != IVF) {
        return false;
    }
    *data = source->spots[number].data;
    *len = source->spots[number].len;
    return true;
}

static int read_y4m(const struct picture_source *source, size_t number, const struct picture *out)
{
    if (fseek(source->file, source->spots[number].offset, SEEK_SET) != 0) {
        return ERR_IO;
    }
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        size_t width = (size_t)picture_plane_width(out, plane);
        for (int y = 0; y < picture_plane_height(out, plane); y++) {
            if (fread(out->planes[plane] + (ptrdiff_t)y * out->strides[plane], 1, width,
                      source->file) != width) {
                return ERR_IO;
            }
        }
    }
    return 0;
}

/** Decodes from the keyframe before it, or goes on where it was. */
static int read_ivf(struct picture_source *source, size_t number, const struct picture *out)
{
    size_t from = source->next;
    if (from > number) {
        from = number;
        while (!is_key(&source->spots[from])) {
            from--;
        }
    }
    for (size_t i = from; i <= number; i++) {
        (void)vp8_decoder_decode(source->decoder, source->spots[i].data, source->spots[i].len);
    }
    source->next = number + 1;
    const struct picture *picture = vp8_decoder_picture(source->decoder);
    if (picture == NULL || picture->width != out->width || picture->height != out->height) {
        return ERR_MALFORMED;
    }
    picture_copy(picture, out);
    return 0;
}

int picture_source_read(struct picture_source *source, size_t number, const struct picture *out)
{
    switch (source->kind) {
    case Y4M:
        return read_y4m(source, number, out);
    case IVF:
        return read_ivf(source, number, out);
    case MADE:
        break;
    }
    moving_picture_draw(out, 0, (unsigned)number);
    return 0;
}

void picture_source_free(struct picture_source **source)
{
    struct picture_source *old = *source;
    if (old == NULL) {
        return;
    }
    if (old->file != NULL) {
        (void)fclose(old->file);
    }
    for (size_t i = 0; i < PICTURE_SOURCE_MOST; i++) {
        free(old->spots[i].data);
    }
    vp8_decoder_free(&old->decoder);
    free(old);
    *source = NULL;
}

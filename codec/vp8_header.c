#include "vp8_header.h"

#include "base/bytes.h"
#include "base/err.h"

enum { MAX_VERSION = 3, SIDE_MASK = 0x3FFF };

static uint16_t side(struct bytes *in)
{
    uint8_t low = bytes_u8(in);
    return (uint16_t)((low | bytes_u8(in) << 8) & SIDE_MASK);
}

int vp8_header_parse(const uint8_t *frame, size_t len, struct vp8_header *out)
{
    struct bytes in = bytes_over(frame, len);
    uint8_t first = bytes_u8(&in);
    uint32_t second = bytes_u8(&in);
    uint32_t third = bytes_u8(&in);
    struct vp8_header header = {.keyframe = (first & 1) == 0,
                                .shown = (first & 0x10) != 0,
                                .first_part_bytes =
                                    (uint32_t)(first >> 5) | second << 3 | third << 11};
    if (header.keyframe) {
        uint32_t start_code = bytes_u24(&in);
        header.width = side(&in);
        header.height = side(&in);
        if (!in.failed && (start_code != 0x9D012A || header.width == 0 || header.height == 0)) {
            return ERR_MALFORMED;
        }
    }
    /* an empty first partition cannot hold even the first flag */
    if (in.failed || header.first_part_bytes == 0 || header.first_part_bytes > bytes_left(&in)) {
        return ERR_TRUNCATED;
    }
    if ((first >> 1 & 7) > MAX_VERSION) {
        return ERR_UNSUPPORTED;
    }
    *out = header;
    return 0;
}

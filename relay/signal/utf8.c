#include "utf8.h"

#include <stdint.h>

#include "base/err.h"

/** Length of the sequence that a first byte opens, and the bits of the code point in it; 0 when no
 * sequence begins so. */
static size_t open_sequence(uint8_t first, uint32_t *bits)
{
    if (first < 0x80) {
        *bits = first;
        return 1;
    }
    if (first >= 0xC2 && first < 0xE0) {
        *bits = first & 0x1Fu;
        return 2;
    }
    if (first >= 0xE0 && first < 0xF0) {
        *bits = first & 0x0Fu;
        return 3;
    }
    if (first >= 0xF0 && first < 0xF5) {
        *bits = first & 0x07u;
        return 4;
    }
    return 0;
}

int utf8_check(const char *text, size_t len, size_t *characters)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t count = 0;
    for (size_t i = 0; i < len; count++) {
        uint32_t point = 0;
        size_t bytes = open_sequence((uint8_t)text[i], &point);
        if (bytes == 0 || bytes > len - i) {
            return ERR_MALFORMED;
        }
        for (size_t k = 1; k < bytes; k++) {
            uint8_t next = (uint8_t)text[i + k];
            if ((next & 0xC0) != 0x80) {
                return ERR_MALFORMED;
            }
            point = point << 6 | (next & 0x3Fu);
        }
        if (point < least[bytes] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
            return ERR_MALFORMED;
        }
        i += bytes;
    }
    if (characters != NULL) {
        *characters = count;
    }
    return 0;
}

#include "base/window.h"

#include <stdlib.h>
#include <string.h>

void *window_widen(void *items, size_t item_bytes, uint32_t size, uint32_t wider, int64_t end)
{
    uint8_t *widened = calloc(wider, item_bytes);
    if (widened == NULL) {
        return NULL;
    }
    for (uint32_t back = 1; back <= size; back++) {
        uint64_t number = (uint64_t)end - back;
        memcpy(widened + (number & (wider - 1)) * item_bytes,
               (const uint8_t *)items + (number & (size - 1)) * item_bytes, item_bytes);
    }
    free(items);
    return widened;
}

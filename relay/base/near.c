#include "base/near.h"

void near_add(struct near *near, const void *at, size_t bytes)
{
    if (at == NULL || bytes == 0) {
        return;
    }
    /* whole lines from here: what lies in one line there is found in one line, or in the next */
    int64_t here = (int64_t)((uintptr_t)near / NEAR_LINE_BYTES);
    int64_t first = (int64_t)((uintptr_t)at / NEAR_LINE_BYTES) - here;
    int64_t last = (int64_t)(((uintptr_t)at + bytes - 1) / NEAR_LINE_BYTES) - here;
    for (int64_t line = first; line <= last && near->count < NEAR_MOST; line++) {
        if (line >= INT32_MIN && line <= INT32_MAX) {
            near->lines[near->count++] = (int32_t)line;
        }
    }
}

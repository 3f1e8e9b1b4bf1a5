/**
 * A ring of items that are found by the low bits of a running number, and that begins small: most
 * need a small part of what the busiest one does.
 *
 * Plain items in one allocation, 2^n of them; what is in them is the owner's business, zeroed is
 * what the new ones are. Who widens it when something that still counts would be overwritten
 * allocates a few times in its life, not per packet.
 */
#ifndef BASE_WINDOW_H
#define BASE_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/**
 * @param items      `size` of them, owned, or NULL with size 0; freed unless NULL is returned
 * @param item_bytes size of each
 * @param wider      a power of two above `size`
 * @param end        number after the highest one; the last `size` before it keep their values
 * @return `wider` items, or NULL without memory: items is as it was
 */
void *window_widen(void *items, size_t item_bytes, uint32_t size, uint32_t wider, int64_t end);

#endif

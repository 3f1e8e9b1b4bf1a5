/**
 * What came to one caller in a while, kept to be decoded later: packets of sound, or pictures of
 * one stream, with their bytes. Holds one of the two only.
 */
#ifndef LOAD_TAPE_H
#define LOAD_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/ear.h"
#include "load/viewer.h"

enum { TAPE_MOST_BYTES = 8 << 20 };

struct tape {
    struct ear_packet *packets; /**< or NULL; so below */
    struct viewer_frame *frames;
    size_t count; /**< of either */
    size_t capacity;
    uint8_t *bytes;
    size_t used; /**< of bytes */
    size_t room;
};

/** Keeps a packet, whose len says how many bytes it has; the tape fills in the offset.
 * @return false without memory, or when the tape is full */
bool tape_add_packet(struct tape *tape, const struct ear_packet *packet, const uint8_t *payload);

/** The same of a frame. */
bool tape_add_frame(struct tape *tape, const struct viewer_frame *frame, const uint8_t *data);

/** Would so many bytes more be too many? */
bool tape_is_full(const struct tape *tape, size_t len);

/** Zeroed memory is an empty tape; is one again. */
void tape_deinit(struct tape *tape);

#endif

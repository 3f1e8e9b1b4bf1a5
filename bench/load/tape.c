#include "load/tape.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_RECORDS = 256, FIRST_BYTES = 32768 };

bool tape_is_full(const struct tape *tape, size_t len)
{
    return tape->used + len > TAPE_MOST_BYTES;
}

/** Room for so many bytes more. */
static bool make_room(struct tape *tape, size_t len)
{
    if (tape_is_full(tape, len)) {
        return false;
    }
    if (tape->bytes != NULL && tape->used + len <= tape->room) {
        return true;
    }
    size_t room = (tape->used + len) * 2 + FIRST_BYTES;
    uint8_t *bytes = realloc(tape->bytes, room);
    if (bytes == NULL) {
        return false;
    }
    tape->bytes = bytes;
    tape->room = room;
    return true;
}

/** Records with room for one more, or NULL. */
static void *widen(struct tape *tape, void *records, size_t record_bytes)
{
    if (tape->count < tape->capacity) {
        return records;
    }
    size_t capacity = tape->capacity * 2 + FIRST_RECORDS;
    void *wider = realloc(records, capacity * record_bytes);
    tape->capacity = wider != NULL ? capacity : tape->capacity;
    return wider;
}

static void keep(struct tape *tape, const uint8_t *data, size_t len)
{
    memcpy(tape->bytes + tape->used, data, len);
    tape->used += len;
    tape->count++;
}

bool tape_add_packet(struct tape *tape, const struct ear_packet *packet, const uint8_t *payload)
{
    struct ear_packet *packets =
        make_room(tape, packet->len) ? widen(tape, tape->packets, sizeof(*packets)) : NULL;
    if (packets == NULL) {
        return false;
    }
    tape->packets = packets;
    packets[tape->count] = *packet;
    packets[tape->count].offset = tape->used;
    keep(tape, payload, packet->len);
    return true;
}

bool tape_add_frame(struct tape *tape, const struct viewer_frame *frame, const uint8_t *data)
{
    struct viewer_frame *frames =
        make_room(tape, frame->len) ? widen(tape, tape->frames, sizeof(*frames)) : NULL;
    if (frames == NULL) {
        return false;
    }
    tape->frames = frames;
    frames[tape->count] = *frame;
    frames[tape->count].offset = tape->used;
    keep(tape, data, frame->len);
    return true;
}

void tape_deinit(struct tape *tape)
{
    free(tape->packets);
    free(tape->frames);
    free(tape->bytes);
    *tape = (struct tape){.packets = NULL};
}

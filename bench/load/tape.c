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

/** Keeps bytes, and makes room for a record of them. @return the records, or NULL as they were */
static void *keep(struct tape *tape, void *records, size_t record_bytes, const uint8_t *data,
                  size_t len)
{
    void *wider = make_room(tape, len) ? widen(tape, records, record_bytes) : NULL;
    if (wider != NULL) {
        memcpy(tape->bytes + tape->used, data, len);
        tape->used += len;
        tape->count++;
    }
    return wider;
}

bool tape_add_packet(struct tape *tape, const struct ear_packet *packet, const uint8_t *payload)
{
    size_t offset = tape->used;
    struct ear_packet *packets = keep(tape, tape->packets, sizeof(*packets), payload, packet->len);
    if (packets != NULL) {
        tape->packets = packets;
        packets[tape->count - 1] = *packet;
        packets[tape->count - 1].offset = offset;
    }
    return packets != NULL;
}

bool tape_add_frame(struct tape *tape, const struct viewer_frame *frame, const uint8_t *data)
{
    size_t offset = tape->used;
    struct viewer_frame *frames = keep(tape, tape->frames, sizeof(*frames), data, frame->len);
    if (frames != NULL) {
        tape->frames = frames;
        frames[tape->count - 1] = *frame;
        frames[tape->count - 1].offset = offset;
    }
    return frames != NULL;
}

void tape_deinit(struct tape *tape)
{
    free(tape->packets);
    free(tape->frames);
    free(tape->bytes);
    *tape = (struct tape){.packets = NULL};
}

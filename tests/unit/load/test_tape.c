#include <stdlib.h>
#include <string.h>

#include "load/tape.h"
#include "unit/runner.h"

TEST(a_tape_keeps_packets_with_their_bytes)
{
    enum { COUNT = 700 };
    struct tape tape = {.packets = NULL};
    uint8_t payload[40];
    for (unsigned i = 0; i < COUNT; i++) {
        memset(payload, (int)(i % 251), sizeof(payload));
        REQUIRE(tape_add_packet(&tape, &(struct ear_packet){.ext_seq = i, .len = i % 40}, payload));
    }
    CHECK_INT(tape.count, COUNT);
    CHECK(tape.frames == NULL);
    for (unsigned i = 0; i < COUNT; i++) {
        const struct ear_packet *packet = &tape.packets[i];
        CHECK_INT(packet->ext_seq, i);
        CHECK(packet->len == 0 || tape.bytes[packet->offset + packet->len - 1] == i % 251);
    }
out:
    tape_deinit(&tape);
    tape_deinit(&tape);
}

TEST(a_tape_ends)
{
    enum { FRAME_BYTES = TAPE_MOST_BYTES / 4 };
    struct tape tape = {.packets = NULL};
    uint8_t *data = calloc(1, FRAME_BYTES);
    const struct viewer_frame frame = {.len = FRAME_BYTES};
    REQUIRE(data != NULL);
    for (int i = 0; i < 4; i++) {
        CHECK(!tape_is_full(&tape, FRAME_BYTES));
        REQUIRE(tape_add_frame(&tape, &frame, data));
    }
    CHECK(tape_is_full(&tape, 1));
    REQUIRE(!tape_add_frame(&tape, &frame, data));
    CHECK_INT(tape.count, 4);
    CHECK_INT(tape.frames[3].offset, 3 * FRAME_BYTES);
out:
    tape_deinit(&tape);
    free(data);
}

#include "media/red_fill.h"
#include "unit/runner.h"

enum { OPUS = 111, TOC_20_MS = 0x78, TOC_10_MS = 0x70, STEP = 960 };

static const struct red_fill_place before = {.ext_seq = 70000, .timestamp = 0xFFFFFF00};

static struct red_fill fills[RED_FILL_MAX];

/** A RED payload with copies of 20 ms each, so many packets back. */
static size_t payload_of(uint8_t *out, const uint16_t *back, size_t count)
{
    static const uint8_t opus[] = {TOC_20_MS, 1, 2, 3};
    struct red_part parts[RED_MAX_BLOCKS];
    for (size_t i = 0; i <= count; i++) {
        uint16_t offset = i < count ? (uint16_t)(back[i] * STEP) : 0;
        parts[i] = (struct red_part){.at = opus, .timestamp_offset = offset, .bytes = sizeof(opus)};
    }
    red_write(out, OPUS, parts, count + 1);
    return red_bytes(parts, count + 1);
}

/** How many of `missing` packets of 20 ms copies so far back bring. */
static size_t fill(int64_t missing, const uint16_t *back, size_t count)
{
    uint8_t data[256];
    size_t len = payload_of(data, back, count);
    struct red_fill_place present = {
        .ext_seq = before.ext_seq + missing + 1,
        .timestamp = before.timestamp + (uint32_t)(missing + 1) * STEP,
    };
    return red_fill_find(&before, &present, OPUS, data, len, fills);
}

TEST(a_copy_of_the_packet_before_fills_its_place)
{
    static const uint16_t one[] = {1};
    REQUIRE_INT(fill(1, one, 1), 1);
    CHECK_INT(fills[0].ext_seq, before.ext_seq + 1);
    CHECK_INT(fills[0].timestamp, (uint32_t)(before.timestamp + STEP));
    CHECK_INT(fills[0].offset, 5);
    CHECK_INT(fills[0].bytes, 4);
    /* nothing is missing */
    CHECK_INT(fill(0, one, 1), 0);
    /* of three, the last */
    REQUIRE_INT(fill(3, one, 1), 1);
    CHECK_INT(fills[0].ext_seq, before.ext_seq + 3);
out:
    return;
}

TEST(several_copies_come_in_order)
{
    static const uint16_t three[] = {3, 2, 1};
    REQUIRE_INT(fill(2, three, 3), 2); /* the oldest was received */
    CHECK_INT(fills[0].ext_seq, before.ext_seq + 1);
    CHECK_INT(fills[1].ext_seq, before.ext_seq + 2);
    static const uint16_t skipped[] = {3, 1};
    REQUIRE_INT(fill(3, skipped, 2), 2);
    CHECK_INT(fills[0].ext_seq, before.ext_seq + 1);
    CHECK_INT(fills[1].ext_seq, before.ext_seq + 3);
out:
    return;
}

TEST(blocks_that_lie_find_no_place)
{
    static const uint16_t twice[] = {1, 1};
    static const uint16_t backward[] = {1, 2};
    CHECK_INT(fill(2, twice, 2), 1);
    CHECK_INT(fill(2, backward, 2), 1);
    uint8_t data[256];
    static const uint16_t one[] = {1};
    size_t len = payload_of(data, one, 1);
    struct red_fill_place present = {.ext_seq = before.ext_seq + 2,
                                     .timestamp = before.timestamp + 2 * STEP};
    CHECK_INT(red_fill_find(&before, &present, OPUS, data, len, fills), 1);
    CHECK_INT(red_fill_find(&before, &present, OPUS + 1, data, len, fills), 0);
    CHECK_INT(red_fill_find(&before, &present, OPUS, data, 4, fills), 0);
    data[5] = TOC_10_MS; /* too short for the time it is to fill */
    CHECK_INT(red_fill_find(&before, &present, OPUS, data, len, fills), 0);
    data[5] = TOC_20_MS;
    data[3] = 0xFF; /* longer than the payload */
    CHECK_INT(red_fill_find(&before, &present, OPUS, data, len, fills), 0);
}

TEST(pauses_are_not_filled)
{
    static const uint16_t one[] = {1};
    uint8_t data[256];
    size_t len = payload_of(data, one, 1);
    /* DTX: 400 ms lie between the two, and one packet is missing */
    struct red_fill_place present = {.ext_seq = before.ext_seq + 2,
                                     .timestamp = before.timestamp + 20 * STEP};
    CHECK_INT(red_fill_find(&before, &present, OPUS, data, len, fills), 0);
    present.timestamp = before.timestamp + 2 * STEP + 1;
    CHECK_INT(red_fill_find(&before, &present, OPUS, data, len, fills), 0);
    present.timestamp = before.timestamp - 2 * STEP;
    CHECK_INT(red_fill_find(&before, &present, OPUS, data, len, fills), 0);
    present.ext_seq = before.ext_seq + 100000;
    CHECK_INT(red_fill_find(&before, &present, OPUS, data, len, fills), 0);
}

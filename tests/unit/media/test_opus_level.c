#include <string.h>

#include "media/opus_level.h"
#include "unit/runner.h"

enum { SILK_20 = 0x48, HYBRID_20 = 0x78, CELT_20 = 0xf8, SILK_60 = 0x58, LONGEST = 200 };

/** A packet of this TOC whose frame begins with this byte. */
static uint8_t level(uint8_t toc, uint8_t first, size_t len, int told)
{
    uint8_t payload[LONGEST] = {0};
    payload[0] = toc;
    payload[1] = first;
    return opus_level(payload, len, told);
}

TEST(told_levels_count)
{
    CHECK_INT(level(HYBRID_20, 0x80, 60, 30), 30);
    CHECK_INT(level(HYBRID_20, 0x00, 60, 127), 127);
    CHECK_INT(level(CELT_20, 0, 160, 0), 0);
}

TEST(lies_of_packets_without_sound_do_not)
{
    CHECK_INT(level(HYBRID_20, 0x80, 1, 0), 127);
    CHECK_INT(level(HYBRID_20, 0x80, 2, 0), 127);
    CHECK_INT(level(SILK_20, 0x80, 8, 0), 127);
    CHECK_INT(level(SILK_60, 0x80, 24, 0), 127); /* three times as long */
    CHECK_INT(level(SILK_60, 0x80, 27, 0), 0);
    CHECK_INT(opus_level(NULL, 0, 0), 127);
}

TEST(voice_flags_are_read_where_levels_are_not_told)
{
    CHECK(level(SILK_20, 0x80, 30, OPUS_LEVEL_UNTOLD) <= 42);
    CHECK(level(SILK_20, 0x7f, 30, OPUS_LEVEL_UNTOLD) >= 80);
    CHECK(level(HYBRID_20, 0x80, 80, OPUS_LEVEL_UNTOLD) <= 30);
    CHECK(level(SILK_60, 0x20, 90, OPUS_LEVEL_UNTOLD) <= 40);
    CHECK(level(SILK_60, 0x1f, 90, OPUS_LEVEL_UNTOLD) >= 80);
}

TEST(size_speaks_for_celt)
{
    uint8_t loud = level(CELT_20, 0, 160, OPUS_LEVEL_UNTOLD);
    uint8_t quiet = level(CELT_20, 0, 20, OPUS_LEVEL_UNTOLD);
    CHECK(loud <= 30);
    CHECK(quiet >= loud + 20);
    CHECK_INT(level(CELT_20, 0, 3, OPUS_LEVEL_UNTOLD), 127);
}

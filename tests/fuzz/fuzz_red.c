/** RED: blocks lie inside the payload, in order, and the primary ends it; what fills a hole lies in
 * it. */
#include "fuzz/fuzz.h"
#include "media/red_fill.h"
#include "rtp/opus_payload.h"
#include "rtp/red.h"

/** Packets of 20 ms were lost before this payload. */
static void fill(const uint8_t *data, size_t len, int64_t missing)
{
    struct red_fill fills[RED_FILL_MAX];
    struct red_fill_place before = {.ext_seq = 65536, .timestamp = 7};
    struct red_fill_place present = {.ext_seq = before.ext_seq + missing + 1,
                                     .timestamp = 7 + 960 * (uint32_t)(missing + 1)};
    size_t count = red_fill_find(&before, &present, 111, data, len, fills);
    int64_t last = before.ext_seq;
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(fills[i].ext_seq > last && fills[i].ext_seq < present.ext_seq);
        FUZZ_CHECK(fills[i].bytes > 0 && (size_t)fills[i].offset + fills[i].bytes <= len);
        last = fills[i].ext_seq;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct red_block blocks[RED_MAX_BLOCKS];
    struct red_block primary;
    struct rtp_opus opus;
    int count = red_parse(data, len, blocks);
    FUZZ_CHECK((red_find_primary(data, len, &primary) == 0) == (count > 0));
    size_t offset = 0;
    for (int i = 0; i < count; i++) {
        FUZZ_CHECK(i == 0 || blocks[i].offset == offset);
        offset = (size_t)blocks[i].offset + blocks[i].bytes;
        FUZZ_CHECK(offset <= len);
        (void)rtp_opus_parse(data + blocks[i].offset, blocks[i].bytes, &opus);
    }
    FUZZ_CHECK(count <= 0 || (offset == len && primary.offset == blocks[count - 1].offset));
    fill(data, len, 1);
    fill(data, len, 5);
    return 0;
}

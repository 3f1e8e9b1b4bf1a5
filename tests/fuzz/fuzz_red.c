/** RED: blocks lie inside the payload, in order, and the primary ends it. */
#include "fuzz/fuzz.h"
#include "rtp/opus_payload.h"
#include "rtp/red.h"

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
    return 0;
}

/** AV1 aggregation: sizes come only with a sequence header, in a packet that begins with an OBU or
 * has more than one. */
#include "fuzz/fuzz.h"
#include "rtp/av1_payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct av1_payload av1;
    if (av1_payload_parse(data, len, &av1) != 0) {
        return 0;
    }
    FUZZ_CHECK(len > 1);
    FUZZ_CHECK(av1.has_sequence || av1.width == 0);
    FUZZ_CHECK((av1.width == 0) == (av1.height == 0));
    FUZZ_CHECK(!av1_payload_keyframe(&av1) || (data[0] & 0x80) == 0);
    return 0;
}

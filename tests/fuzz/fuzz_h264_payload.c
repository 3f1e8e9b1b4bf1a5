/** H.264 payload: sizes come only with a parameter set, and what is read does not depend on the
 * bytes behind. */
#include "fuzz/fuzz.h"
#include "rtp/h264_payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct h264_payload h264;
    struct h264_payload again;
    if (h264_payload_parse(data, len, &h264) != 0) {
        return 0;
    }
    FUZZ_CHECK(len > 0);
    FUZZ_CHECK(h264.sps || h264.width == 0);
    FUZZ_CHECK((h264.width == 0) == (h264.height == 0));
    FUZZ_CHECK(h264_payload_parse(data, len, &again) == 0);
    FUZZ_CHECK(again.idr == h264.idr && again.width == h264.width);
    return 0;
}

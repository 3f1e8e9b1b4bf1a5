/** VP9 descriptor: fields lie inside it, and it ends before the payload does. */
#include "fuzz/fuzz.h"
#include "rtp/vp9_payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vp9_payload vp9;
    struct vp9_payload again;
    if (vp9_payload_parse(data, len, &vp9) != 0) {
        return 0;
    }
    FUZZ_CHECK(vp9.descriptor_bytes >= 1 && vp9.descriptor_bytes < len);
    FUZZ_CHECK(vp9.picture_id_offset + vp9.picture_id_bits / 8U < vp9.descriptor_bytes);
    FUZZ_CHECK(vp9.tl0picidx_offset < vp9.descriptor_bytes);
    FUZZ_CHECK(!vp9.keyframe || (vp9.start && !vp9.inter_predicted && vp9.sid == 0));
    FUZZ_CHECK(vp9_payload_parse(data, vp9.descriptor_bytes, &again) != 0);
    FUZZ_CHECK(vp9_payload_parse(data, vp9.descriptor_bytes + 1U, &again) == 0);
    FUZZ_CHECK(again.picture_id == vp9.picture_id && again.width == vp9.width);
    return 0;
}

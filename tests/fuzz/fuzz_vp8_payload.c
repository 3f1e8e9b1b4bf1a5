/** VP8 descriptor: new numbers written over it are read back, and nothing else changes. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "rtp/vp8_payload.h"

enum { MAX_BYTES = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vp8_payload vp8;
    struct vp8_payload again;
    uint16_t width = 0;
    uint16_t height = 0;
    uint8_t copy[MAX_BYTES];
    if (len > MAX_BYTES || vp8_payload_parse(data, len, &vp8) != 0) {
        return 0;
    }
    FUZZ_CHECK(vp8.descriptor_bytes < len && vp8.descriptor_bytes <= VP8_DESCRIPTOR_MAX_BYTES);
    (void)vp8_payload_size(data, len, &vp8, &width, &height);
    memcpy(copy, data, len);
    vp8_payload_rewrite(copy, &vp8, 0x2a55, 0x77, 0x0b);
    FUZZ_CHECK(vp8_payload_parse(copy, len, &again) == 0);
    FUZZ_CHECK(again.descriptor_bytes == vp8.descriptor_bytes);
    FUZZ_CHECK(again.picture_id_bits == vp8.picture_id_bits);
    FUZZ_CHECK(vp8.picture_id_bits != 15 || again.picture_id == 0x2a55);
    FUZZ_CHECK(vp8.picture_id_bits != 7 || again.picture_id == 0x55);
    FUZZ_CHECK(vp8.tl0picidx_offset == 0 || again.tl0picidx == 0x77);
    FUZZ_CHECK(!vp8.has_keyidx || again.keyidx == 0x0b);
    FUZZ_CHECK(again.tid == vp8.tid && again.layer_sync == vp8.layer_sync);
    vp8_payload_rewrite(copy, &again, vp8.picture_id, vp8.tl0picidx, vp8.keyidx);
    FUZZ_CHECK(memcmp(copy, data, len) == 0);
    return 0;
}

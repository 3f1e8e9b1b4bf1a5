/** RTP header: whatever it accepts, all its parts lie inside the packet and add up to it. */
#include "fuzz/fuzz.h"
#include "rtp/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct rtp_header header;
    (void)rtp_is_rtcp(data, len);
    (void)rtp_peek_ssrc(data, len);
    if (rtp_parse(data, len, &header) != 0) {
        return 0;
    }
    FUZZ_CHECK(header.csrc_count <= RTP_MAX_CSRC);
    FUZZ_CHECK((size_t)header.ext_offset + header.ext_bytes <= len);
    FUZZ_CHECK((size_t)header.payload_offset + header.payload_bytes + header.padding_bytes == len);
    FUZZ_CHECK(header.payload_offset >= RTP_HEADER_BYTES + 4U * header.csrc_count);
    return 0;
}

/**
 * Which configuration of a video codec the fmtp parameters of a payload type stand for: what must
 * be the same on both sides (RFC 6184 8.2.2, RFC 9628 6, "RTP Payload Format For AV1" 7.2).
 */
#ifndef SDP_SDP_PROFILE_H
#define SDP_SDP_PROFILE_H

#include <stdint.h>

#include "base/str.h"

struct sdp_profile {
    uint16_t profile; /**< H.264: profile_idc << 8 | profile-iop, one value for all spellings of a
                         profile: 0x42e0 constrained baseline, 0x4200 baseline, 0x4d00 main ...;
                         VP9: profile-id 0..3; AV1: profile 0..2 */
    uint8_t mode;     /**< H.264: packetization-mode 0 or 1; else 0 */
};

/**
 * Without profile-level-id it is baseline (RFC 6184 8.1), without packetization-mode mode 0.
 * @return 0; ERR_MALFORMED; ERR_UNSUPPORTED for interleaved packets (mode 2)
 */
int sdp_profile_h264(struct str_view params, struct sdp_profile *out);

/** Profile 0 when not said. @return 0 or ERR_MALFORMED */
int sdp_profile_vp9(struct str_view params, struct sdp_profile *out);

/** Profile 0 when not said. @return 0 or ERR_MALFORMED */
int sdp_profile_av1(struct str_view params, struct sdp_profile *out);

#endif

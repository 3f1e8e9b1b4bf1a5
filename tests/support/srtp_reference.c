#include "support/srtp_reference.h"

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

const enum srtp_profile srtp_reference_profiles[SRTP_REFERENCE_PROFILES] = {
    SRTP_PROFILE_CM_128_SHA1_80, SRTP_PROFILE_GCM_128, SRTP_PROFILE_GCM_256};

void srtp_reference_fill(struct rand *rand, uint8_t *out, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (uint8_t)rand_u32(rand);
    }
}

int srtp_reference_new(srtp_t *out, enum srtp_profile profile, srtp_policy_t *policy)
{
    if (profile == SRTP_PROFILE_GCM_128) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
    } else if (profile == SRTP_PROFILE_GCM_256) {
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
    } else {
        srtp_crypto_policy_set_rtp_default(&policy->rtp);
        srtp_crypto_policy_set_rtcp_default(&policy->rtcp);
    }
    return srtp_create(out, policy) == srtp_err_status_ok ? 0 : ERR_CRYPTO;
}

size_t srtp_reference_packet(struct rand *rand, uint8_t *out, uint32_t ssrc, uint16_t seq,
                             uint32_t most)
{
    size_t csrcs = rand_below(rand, 3);
    size_t words = rand_below(rand, 5);
    bool extended = rand_below(rand, 2) == 0;
    size_t len = 12 + csrcs * 4 + (extended ? 4 + words * 4 : 0);
    len += rand_below(rand, 8) == 0 ? 0 : rand_below(rand, most);
    srtp_reference_fill(rand, out, len);
    out[0] = (uint8_t)(0x80 | (extended ? 0x10 : 0) | csrcs);
    bytes_put_u16(out + 2, seq);
    bytes_put_u32(out + 8, ssrc);
    if (extended) {
        bytes_put_u16(out + 12 + csrcs * 4 + 2, (uint16_t)words);
    }
    return len;
}

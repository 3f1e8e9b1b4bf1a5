#include "codec/fec_policy.h"

struct fec_policy fec_policy(uint32_t bitrate_bps, uint32_t loss_percent)
{
    uint32_t told = loss_percent < FEC_POLICY_MAX_PERCENT ? loss_percent : FEC_POLICY_MAX_PERCENT;
    bool fec = bitrate_bps >= FEC_POLICY_MIN_BPS && loss_percent >= FEC_POLICY_MIN_PERCENT;
    if (fec && told < FEC_POLICY_LEAST_TOLD) {
        told = FEC_POLICY_LEAST_TOLD;
    }
    return (struct fec_policy){.fec = fec, .loss_percent = (uint8_t)told};
}

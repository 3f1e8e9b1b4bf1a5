/**
 * When an Opus encoder is to add LBRR (in-band FEC): measured with libopus 1.3.1 (QUALITY.md 1.12).
 *
 * Below 32 kbit/s LBRR takes band and quality away from the primary coding (below 20 it never
 * comes), from there on it is nearly free; below 2 % of loss concealment is good enough.
 */
#ifndef CODEC_FEC_POLICY_H
#define CODEC_FEC_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    FEC_POLICY_MIN_BPS = 32000,
    FEC_POLICY_MIN_PERCENT = 2,
    FEC_POLICY_MAX_PERCENT = 25,
    FEC_POLICY_LEAST_TOLD = 6 /**< at complexity 5 and 32 kbit/s, LBRR comes from here on */
};

struct fec_policy {
    bool fec;
    uint8_t loss_percent; /**< what the encoder is told: loss, at most
                            FEC_POLICY_MAX_PERCENT, with FEC at least FEC_POLICY_LEAST_TOLD */
};

/**
 * No hysteresis: the caller holds a decision (10 s is customary).
 * @param loss_percent of the receivers, residual to their other repairs; any
 */
struct fec_policy fec_policy(uint32_t bitrate_bps, uint32_t loss_percent);

#endif

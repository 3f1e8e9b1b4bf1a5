#include "media/quality.h"

#include <math.h>
#include <stddef.h>

/**
 * Equipment impairment of Opus and its robustness against loss. ITU-T G.113 has no values for Opus;
 * these are rtpengine's for its fullband mode (daemon/ssrc.c, "MT#61263 add G.107.2 fullband
 * option").
 */
static const double opus_ie = 10.2;
static const double opus_bpl = 4.3;

/**
 * At lower rates, variable, as Alahmadi, Pocta and Melvin found them (ACM TOMM 17(4) 133, 2021):
 * at 40 kbit/s they meet the value above.
 */
static const struct {
    double bps;
    double ie;
} opus_rates[] = {{16000, 30.2}, {25000, 20.2}, {31000, 16.8}, {40000, 10.7}, {48000, 10.2}};

enum { OPUS_RATES = sizeof(opus_rates) / sizeof(opus_rates[0]) };

static const double r_without_impairment = 148; /* G.107.2: fullband, no noise */
static const double r_scale = 1.48;             /* of fullband to narrow band */
static const double ie_most = 132;

static double clamp(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

/** Idd of G.107 7.4, in the scale of G.107.2. */
static double delay_impairment(double delay_ms)
{
    if (delay_ms <= 100) {
        return 0;
    }
    double x = log2(delay_ms / 100);
    double idd = 25 * (pow(1 + pow(x, 6), 1.0 / 6) - 3 * pow(1 + pow(x / 3, 6), 1.0 / 6) + 2);
    return idd * r_scale;
}

static double loss_impairment(double lost_percent, double burst, double ie)
{
    if (lost_percent <= 0 || ie >= ie_most) {
        return ie;
    }
    return ie + (ie_most - ie) * lost_percent / (lost_percent / burst + opus_bpl);
}

/** G.107 annex B. */
static double mean_opinion(double r)
{
    if (r <= 0) {
        return 1;
    }
    if (r >= 100) {
        return 4.5;
    }
    return clamp(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1, 4.5);
}

double quality_opus_ie(uint32_t bps)
{
    if (bps == 0 || bps >= opus_rates[OPUS_RATES - 1].bps) {
        return opus_ie;
    }
    if (bps <= opus_rates[0].bps) {
        return opus_rates[0].ie;
    }
    size_t i = 1;
    while (opus_rates[i].bps < bps) {
        i++;
    }
    double share = (bps - opus_rates[i - 1].bps) / (opus_rates[i].bps - opus_rates[i - 1].bps);
    return opus_rates[i - 1].ie + share * (opus_rates[i].ie - opus_rates[i - 1].ie);
}

void quality_score(const struct quality_input *input, struct quality_score *out)
{
    double percent = 100 * clamp(input->lost, 0, 1);
    double burst = input->burst > 1 ? input->burst : 1;
    double r = r_without_impairment - delay_impairment((double)input->delay_us / 1000) -
               loss_impairment(percent, burst, input->ie > 0 ? input->ie : opus_ie);
    out->r = clamp(r, 0, r_without_impairment);
    out->mos = mean_opinion(out->r / r_scale);
}

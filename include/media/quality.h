/**
 * How good speech sounds: the E-model for fullband speech (ITU-T G.107.2, QUALITY.md 2.1) for Opus.
 *
 * R = 148 - Idd - Ie,eff; one scale for all links, from 0 to 148. The mean opinion score is that of
 * G.107 for R / 1.48.
 */
#ifndef MEDIA_QUALITY_H
#define MEDIA_QUALITY_H

#include <stdint.h>

/** Changes with the table of impairments, so that scores of different tables are not compared. */
#define QUALITY_VERSION "G.107.2/opus-1"

enum {
    QUALITY_ENCODER_US = 26500 /**< a frame of 20 ms and Opus' look-ahead: part of every delay */
};

struct quality_input {
    double lost;      /**< share of the speech that is concealed, after all repair, 0..1 */
    double burst;     /**< BurstR: mean length of a loss over that of random loss, at least 1 */
    int64_t delay_us; /**< from mouth to ear */
    double ie;        /**< of all codecs on the way, see quality_opus_ie; 0 = one Opus whose rate is
                         not known and taken to be enough */
};

struct quality_score {
    double r;   /**< 0..148 */
    double mos; /**< 1..4.5 */
};

/** Equipment impairment of Opus for speech at a rate; 0 = not known. Those of codecs one after the
 * other add up (G.113). */
double quality_opus_ie(uint32_t bps);

void quality_score(const struct quality_input *input, struct quality_score *out);

#endif

/** The versions of mix_ops, and what they have in common. */
#ifndef CODEC_MIX_OPS_VERSIONS_H
#define CODEC_MIX_OPS_VERSIONS_H

#include <stddef.h>

enum { MIX_OPS_SUMS = 8 /**< partial sums of energy: sample i goes to sum i % 8 */ };

struct mix_ops; /* codec/mix_ops.h */

extern const struct mix_ops mix_ops_plain;
#if defined(__x86_64__)
extern const struct mix_ops mix_ops_sse2;
extern const struct mix_ops mix_ops_avx2;
#endif

/** Gain per sample of a ramp over count samples; count > 0. */
static inline float mix_ops_step(size_t count, float from, float to)
{
    return (to - from) / (float)count;
}

/* What is left of an array when the vectors are through it, from index `at` on. */
void mix_ops_take_rest(float *out, const float *in, size_t at, size_t count, float from,
                       float step);
float mix_ops_peak_rest(const float *in, size_t at, size_t count, float peak);
/** Also adds the partial sums up. */
float mix_ops_energy_rest(const float *in, size_t at, size_t count, float sums[MIX_OPS_SUMS]);

#endif

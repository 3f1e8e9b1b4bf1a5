/**
 * The kernels of mixing: plain C, and versions for this machine's vector units.
 *
 * Every version gives the same bits as plain C (no fused multiplies, sums in one order), so that
 * what is tested on one machine holds on another. Lengths are any, also 0 and odd; pointers need no
 * alignment. Arrays do not overlap, except that an output may be an input of the same call.
 */
#ifndef CODEC_MIX_OPS_H
#define CODEC_MIX_OPS_H

#include <stddef.h>

/** Samples from outside are taken as within this; a decoder's are within 1. */
#define MIX_OPS_MAX 2.0F

struct mix_ops {
    const char *name; /**< "plain", "sse2", "avx2" */

    /**
     * out = in times a gain that goes evenly from `from` (before the first sample) to `to` (at the
     * last). NaN and infinities in `in` count as 0, what exceeds ±MIX_OPS_MAX as that; gains are
     * finite. A gain of 1 at both ends changes no bit of any other sample.
     */
    void (*take)(float *out, const float *in, size_t count, float from, float to);

    /** sum += in */
    void (*add)(float *sum, const float *in, size_t count);

    /** out = total - own */
    void (*subtract)(float *out, const float *total, const float *own, size_t count);

    /** The largest magnitude, 0 of none; NaN is passed over. */
    float (*peak)(const float *in, size_t count);

    /** Sum of squares. */
    float (*energy)(const float *in, size_t count);
};

/** The fastest version that this processor runs. Decided anew at each call; keep it. */
const struct mix_ops *mix_ops(void);

/** The versions that this processor runs, plain C first; NULL from the end on. */
const struct mix_ops *mix_ops_version(size_t index);

#endif

#include "codec/mix_ops.h"

#include <math.h>

#include "mix_ops_versions.h"

static float clean(float sample)
{
    float size = fabsf(sample);
    if (!(size < INFINITY)) {
        return 0;
    }
    return size > MIX_OPS_MAX ? copysignf(MIX_OPS_MAX, sample) : sample;
}

void mix_ops_take_rest(float *out, const float *in, size_t at, size_t count, float from, float step)
{
    for (size_t i = at; i < count; i++) {
        float change = step * (float)(i + 1);
        out[i] = clean(in[i]) * (from + change);
    }
}

float mix_ops_peak_rest(const float *in, size_t at, size_t count, float peak)
{
    for (size_t i = at; i < count; i++) {
        float size = fabsf(in[i]);
        peak = size > peak ? size : peak;
    }
    return peak;
}

float mix_ops_energy_rest(const float *in, size_t at, size_t count, float sums[MIX_OPS_SUMS])
{
    for (size_t i = at; i < count; i++) {
        float square = in[i] * in[i];
        sums[i % MIX_OPS_SUMS] += square;
    }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) +
           ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

static void take(float *out, const float *in, size_t count, float from, float to)
{
    if (count > 0) {
        mix_ops_take_rest(out, in, 0, count, from, mix_ops_step(count, from, to));
    }
}

static void add(float *sum, const float *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sum[i] += in[i];
    }
}

static void subtract(float *out, const float *total, const float *own, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = total[i] - own[i];
    }
}

static float peak(const float *in, size_t count)
{
    return mix_ops_peak_rest(in, 0, count, 0);
}

static float energy(const float *in, size_t count)
{
    float sums[MIX_OPS_SUMS] = {0};
    return mix_ops_energy_rest(in, 0, count, sums);
}

const struct mix_ops mix_ops_plain = {.name = "plain",
                                      .take = take,
                                      .add = add,
                                      .subtract = subtract,
                                      .peak = peak,
                                      .energy = energy};

const struct mix_ops *mix_ops_version(size_t index)
{
    switch (index) {
    case 0:
        return &mix_ops_plain;
#if defined(__x86_64__)
    case 1:
        return &mix_ops_sse2;
    case 2:
        return __builtin_cpu_supports("avx2") ? &mix_ops_avx2 : NULL;
#endif
    default:
        return NULL;
    }
}

const struct mix_ops *mix_ops(void)
{
    const struct mix_ops *best = &mix_ops_plain;
    for (size_t i = 1; mix_ops_version(i) != NULL; i++) {
        best = mix_ops_version(i);
    }
    return best;
}

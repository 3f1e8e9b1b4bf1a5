#include "codec/mix_ops.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>

#include "mix_ops_versions.h"

/* Without FMA, on purpose: a fused multiply rounds once, plain C twice. */
#define AVX2 __attribute__((target("avx2")))

enum { LANES = 8 };

AVX2 static __m256 magnitude(__m256 x)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), x);
}

AVX2 static __m256 clean(__m256 x)
{
    __m256 finite = _mm256_cmp_ps(magnitude(x), _mm256_set1_ps(INFINITY), _CMP_LT_OQ);
    x = _mm256_and_ps(x, finite);
    x = _mm256_max_ps(x, _mm256_set1_ps(-MIX_OPS_MAX));
    return _mm256_min_ps(x, _mm256_set1_ps(MIX_OPS_MAX));
}

AVX2 static void take(float *out, const float *in, size_t count, float from, float to)
{
    size_t i = 0;
    if (count == 0) {
        return;
    }
    float step = mix_ops_step(count, from, to);
    __m256 index = _mm256_setr_ps(1, 2, 3, 4, 5, 6, 7, 8);
    for (; i + LANES <= count; i += LANES) {
        __m256 change = _mm256_mul_ps(_mm256_set1_ps(step), index);
        __m256 gain = _mm256_add_ps(_mm256_set1_ps(from), change);
        _mm256_storeu_ps(out + i, _mm256_mul_ps(clean(_mm256_loadu_ps(in + i)), gain));
        index = _mm256_add_ps(index, _mm256_set1_ps(LANES));
    }
    mix_ops_take_rest(out, in, i, count, from, step);
}

AVX2 static void add(float *sum, const float *in, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m256 more = _mm256_add_ps(_mm256_loadu_ps(sum + i), _mm256_loadu_ps(in + i));
        _mm256_storeu_ps(sum + i, more);
    }
    mix_ops_plain.add(sum + i, in + i, count - i);
}

AVX2 static void subtract(float *out, const float *total, const float *own, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m256 less = _mm256_sub_ps(_mm256_loadu_ps(total + i), _mm256_loadu_ps(own + i));
        _mm256_storeu_ps(out + i, less);
    }
    mix_ops_plain.subtract(out + i, total + i, own + i, count - i);
}

AVX2 static float peak(const float *in, size_t count)
{
    size_t i = 0;
    float lanes[LANES];
    __m256 most = _mm256_setzero_ps();
    for (; i + LANES <= count; i += LANES) {
        most = _mm256_max_ps(magnitude(_mm256_loadu_ps(in + i)), most); /* NaN: the second */
    }
    _mm256_storeu_ps(lanes, most);
    return mix_ops_peak_rest(in, i, count, mix_ops_peak_rest(lanes, 0, LANES, 0));
}

AVX2 static float energy(const float *in, size_t count)
{
    size_t i = 0;
    float sums[MIX_OPS_SUMS];
    __m256 sum = _mm256_setzero_ps();
    for (; i + LANES <= count; i += LANES) {
        __m256 x = _mm256_loadu_ps(in + i);
        sum = _mm256_add_ps(sum, _mm256_mul_ps(x, x));
    }
    _mm256_storeu_ps(sums, sum);
    return mix_ops_energy_rest(in, i, count, sums);
}

const struct mix_ops mix_ops_avx2 = {
    .name = "avx2", .take = take, .add = add, .subtract = subtract, .peak = peak, .energy = energy};

#endif

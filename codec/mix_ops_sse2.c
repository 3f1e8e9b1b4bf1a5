#include "codec/mix_ops.h"

#if defined(__x86_64__)

#include <emmintrin.h>
#include <math.h>

#include "mix_ops_versions.h"

enum { LANES = 4 };

static __m128 magnitude(__m128 x)
{
    return _mm_andnot_ps(_mm_set1_ps(-0.0F), x);
}

static __m128 clean(__m128 x)
{
    __m128 finite = _mm_cmplt_ps(magnitude(x), _mm_set1_ps(INFINITY));
    x = _mm_and_ps(x, finite);
    return _mm_min_ps(_mm_max_ps(x, _mm_set1_ps(-MIX_OPS_MAX)), _mm_set1_ps(MIX_OPS_MAX));
}

static void take(float *out, const float *in, size_t count, float from, float to)
{
    size_t i = 0;
    if (count == 0) {
        return;
    }
    float step = mix_ops_step(count, from, to);
    __m128 index = _mm_setr_ps(1, 2, 3, 4);
    for (; i + LANES <= count; i += LANES) {
        __m128 gain = _mm_add_ps(_mm_set1_ps(from), _mm_mul_ps(_mm_set1_ps(step), index));
        _mm_storeu_ps(out + i, _mm_mul_ps(clean(_mm_loadu_ps(in + i)), gain));
        index = _mm_add_ps(index, _mm_set1_ps(LANES));
    }
    mix_ops_take_rest(out, in, i, count, from, step);
}

static void add(float *sum, const float *in, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        _mm_storeu_ps(sum + i, _mm_add_ps(_mm_loadu_ps(sum + i), _mm_loadu_ps(in + i)));
    }
    mix_ops_plain.add(sum + i, in + i, count - i);
}

static void subtract(float *out, const float *total, const float *own, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        _mm_storeu_ps(out + i, _mm_sub_ps(_mm_loadu_ps(total + i), _mm_loadu_ps(own + i)));
    }
    mix_ops_plain.subtract(out + i, total + i, own + i, count - i);
}

static float peak(const float *in, size_t count)
{
    size_t i = 0;
    float lanes[LANES];
    __m128 most = _mm_setzero_ps();
    for (; i + LANES <= count; i += LANES) {
        most = _mm_max_ps(magnitude(_mm_loadu_ps(in + i)), most); /* the second where one is NaN */
    }
    _mm_storeu_ps(lanes, most);
    return mix_ops_peak_rest(in, i, count, mix_ops_peak_rest(lanes, 0, LANES, 0));
}

static float energy(const float *in, size_t count)
{
    size_t i = 0;
    float sums[MIX_OPS_SUMS];
    __m128 low = _mm_setzero_ps();
    __m128 high = _mm_setzero_ps();
    for (; i + MIX_OPS_SUMS <= count; i += MIX_OPS_SUMS) {
        __m128 a = _mm_loadu_ps(in + i);
        __m128 b = _mm_loadu_ps(in + i + LANES);
        low = _mm_add_ps(low, _mm_mul_ps(a, a));
        high = _mm_add_ps(high, _mm_mul_ps(b, b));
    }
    _mm_storeu_ps(sums, low);
    _mm_storeu_ps(sums + LANES, high);
    return mix_ops_energy_rest(in, i, count, sums);
}

const struct mix_ops mix_ops_sse2 = {
    .name = "sse2", .take = take, .add = add, .subtract = subtract, .peak = peak, .energy = energy};

#endif

#include <math.h>

#include "base/err.h"
#include "score/fft.h"
#include "unit/runner.h"

enum { POINTS = 16 };

static const double pi = 3.14159265358979323846;

TEST(fft_is_the_sum_that_defines_it)
{
    struct fft *fft = NULL;
    double re[POINTS];
    double im[POINTS];
    double x[POINTS];
    double y[POINTS];
    for (size_t i = 0; i < POINTS; i++) {
        re[i] = x[i] = sin((double)(i * i));
        im[i] = y[i] = cos((double)(3 * i + i * i));
    }
    REQUIRE_OK(fft_new(&fft, POINTS));
    fft_run(fft, re, im);
    for (size_t k = 0; k < POINTS; k++) {
        double want_re = 0;
        double want_im = 0;
        for (size_t n = 0; n < POINTS; n++) {
            double angle = -2 * pi * (double)(n * k) / POINTS;
            want_re += x[n] * cos(angle) - y[n] * sin(angle);
            want_im += x[n] * sin(angle) + y[n] * cos(angle);
        }
        CHECK(fabs(re[k] - want_re) < 1e-9 && fabs(im[k] - want_im) < 1e-9);
    }
    fft_run(fft, im, re);
    for (size_t i = 0; i < POINTS; i++) {
        CHECK(fabs(re[i] / POINTS - x[i]) < 1e-9 && fabs(im[i] / POINTS - y[i]) < 1e-9);
    }
out:
    fft_free(&fft);
}

TEST(fft_wants_a_power_of_two)
{
    struct fft *fft = NULL;
    CHECK(fft_new(&fft, 0) == ERR_INVALID);
    CHECK(fft_new(&fft, 1) == ERR_INVALID);
    CHECK(fft_new(&fft, 24) == ERR_INVALID);
    goto out;
out:
    fft_free(&fft);
}

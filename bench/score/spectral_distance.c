#include "score/spectral_distance.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "score/fft.h"
#include "score/resample.h"

enum {
    RATE_HZ = 16000,
    FRAME = 512,
    HOP = 256,
    BINS = FRAME / 2 + 1,
    RANGE_DB = 45,
    FLOOR_DB = 60
};

static const double pi = 3.14159265358979323846;

/** Power of every bin of every frame of both signals. */
struct spectra {
    double (*clean)[BINS]; /* owned */
    double (*heard)[BINS]; /* owned */
    size_t frames;
};

static double sum_of(const double power[static BINS])
{
    double sum = 0;
    for (size_t k = 0; k < BINS; k++) {
        sum += power[k];
    }
    return sum;
}

/** Both at once: one as the real, the other as the imaginary part. */
static void measure_frame(const struct fft *fft, const float *clean, const float *heard,
                          double clean_out[static BINS], double heard_out[static BINS])
{
    double re[FRAME];
    double im[FRAME];
    for (size_t i = 0; i < FRAME; i++) {
        double window = 0.5 - 0.5 * cos(2 * pi * (double)i / FRAME);
        re[i] = window * clean[i];
        im[i] = window * heard[i];
    }
    fft_run(fft, re, im);
    for (size_t k = 0; k < BINS; k++) {
        size_t mirror = (FRAME - k) % FRAME;
        double even_re = (re[k] + re[mirror]) / 2;
        double even_im = (im[k] - im[mirror]) / 2;
        double odd_re = (im[k] + im[mirror]) / 2;
        double odd_im = (re[mirror] - re[k]) / 2;
        clean_out[k] = even_re * even_re + even_im * even_im;
        heard_out[k] = odd_re * odd_re + odd_im * odd_im;
    }
}

/** Frames of the clean signal that are loud enough come first; frames then counts them. */
static void keep_speech(struct spectra *spectra)
{
    double most = 0;
    size_t kept = 0;
    for (size_t i = 0; i < spectra->frames; i++) {
        most = fmax(most, sum_of(spectra->clean[i]));
    }
    for (size_t i = 0; i < spectra->frames; i++) {
        if (sum_of(spectra->clean[i]) > most * pow(10, -RANGE_DB / 10.0)) {
            for (size_t k = 0; k < BINS; k++) {
                spectra->clean[kept][k] = spectra->clean[i][k];
                spectra->heard[kept][k] = spectra->heard[i][k];
            }
            kept++;
        }
    }
    spectra->frames = kept;
}

static int compare(const struct spectra *spectra, struct spectral_distance *out)
{
    double clean_sum = 0;
    double heard_sum = 0;
    double strongest = 0;
    for (size_t i = 0; i < spectra->frames; i++) {
        clean_sum += sum_of(spectra->clean[i]);
        heard_sum += sum_of(spectra->heard[i]);
        for (size_t k = 0; k < BINS; k++) {
            strongest = fmax(strongest, spectra->clean[i][k]);
        }
    }
    if (clean_sum <= 0 || heard_sum <= 0) {
        return ERR_INVALID;
    }
    double gain = heard_sum / clean_sum;
    double least = strongest * pow(10, -FLOOR_DB / 10.0);
    double sum = 0;
    for (size_t i = 0; i < spectra->frames; i++) {
        double squares = 0;
        for (size_t k = 0; k < BINS; k++) {
            double x = 10 * log10(fmax(spectra->clean[i][k], least));
            double y = 10 * log10(fmax(spectra->heard[i][k] / gain, least));
            squares += (x - y) * (x - y);
        }
        sum += sqrt(squares / BINS);
    }
    *out = (struct spectral_distance){.lsd_db = sum / (double)spectra->frames,
                                      .gain_db = 10 * log10(gain),
                                      .frames = spectra->frames};
    return 0;
}

int spectral_distance_16k(const float *clean, const float *heard, size_t count,
                          struct spectral_distance *out)
{
    struct spectra spectra = {.frames = count < FRAME ? 0 : (count - FRAME) / HOP + 1};
    struct fft *fft = NULL;
    if (spectra.frames == 0) {
        return ERR_INVALID;
    }
    spectra.clean = malloc(spectra.frames * sizeof(*spectra.clean));
    spectra.heard = malloc(spectra.frames * sizeof(*spectra.heard));
    int err = spectra.clean == NULL || spectra.heard == NULL ? ERR_NO_MEMORY : fft_new(&fft, FRAME);
    for (size_t i = 0; i < spectra.frames && err == 0; i++) {
        measure_frame(fft, clean + i * HOP, heard + i * HOP, spectra.clean[i], spectra.heard[i]);
    }
    if (err == 0) {
        keep_speech(&spectra);
        err = compare(&spectra, out);
    }
    free(spectra.clean);
    free(spectra.heard);
    fft_free(&fft);
    return err;
}

int spectral_distance(const float *clean, const float *heard, size_t count,
                      struct spectral_distance *out)
{
    struct resample_pair pair;
    int err = resample_pair(&pair, clean, heard, count, 48000, RATE_HZ);
    if (err == 0) {
        err = spectral_distance_16k(pair.clean, pair.heard, pair.count, out);
    }
    resample_pair_deinit(&pair);
    return err;
}

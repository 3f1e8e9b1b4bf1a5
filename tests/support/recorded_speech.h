/**
 * Recorded speech of several talkers for tests of sound: the clips of Debian's alsa-utils (a woman,
 * 48 kHz; `make deps-test` installs them), for the other talkers played slower or faster, which
 * moves pitch and formants as another throat would. The same samples every time.
 *
 * A talker says the clips in an order of their own, with pauses between them, and with an active
 * level of RECORDED_SPEECH_DBFS.
 */
#ifndef TESTS_SUPPORT_RECORDED_SPEECH_H
#define TESTS_SUPPORT_RECORDED_SPEECH_H

#include <stddef.h>

enum {
    RECORDED_SPEECH_HZ = 48000,
    RECORDED_SPEECH_TALKERS = 6,
    RECORDED_SPEECH_DBFS = -26 /**< RMS while speaking */
};

/** Pauses are drawn between these. */
struct recorded_speech_pauses {
    unsigned first_ms; /**< silence before the first clip */
    unsigned least_ms;
    unsigned most_ms;
};

/** 200 ms, then 200 to 600 between clips of 1 to 1.5 s. */
extern const struct recorded_speech_pauses recorded_speech_usual;

/**
 * Fills a buffer with a talker's speech, mono, -1..1; it begins and ends anywhere in speech or
 * pause.
 *
 * @param talker 0..RECORDED_SPEECH_TALKERS - 1; 0 is as recorded
 * @param pauses NULL = recorded_speech_usual
 * @return 0, ERR_NO_MEMORY, or ERR_NOT_FOUND when the clips are not installed, which is said on
 *         stderr
 */
int recorded_speech_read(unsigned talker, const struct recorded_speech_pauses *pauses, float *out,
                         size_t count);

#endif

/**
 * Sound of a file, for callers to speak with: WAV (PCM of 16, 24 or 32 bit, or float; any rate and
 * number of channels) or Ogg Opus (RFC 7845).
 */
#ifndef LOAD_SOUND_FILE_H
#define LOAD_SOUND_FILE_H

#include <stddef.h>

enum { SOUND_FILE_MOST_S = 30 /**< of the file are used */ };

/**
 * @param out    samples at 48 kHz, channels mixed to one; owned by the caller (free)
 * @param count  out: at least one
 * @param reason out: on failure, what is wrong with it; static
 * @return 0, ERR_NO_MEMORY, ERR_NOT_FOUND, ERR_MALFORMED or ERR_UNSUPPORTED
 */
int sound_file_read(const char *path, float **out, size_t *count, const char **reason);

/** The same of a file that is in memory, as the test has it. */
int sound_file_parse(const void *data, size_t len, float **out, size_t *count, const char **reason);

#endif

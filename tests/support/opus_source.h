/**
 * A talker's sound as Opus packets of 20 ms, and as it is decoded when nothing gets lost.
 */
#ifndef TESTS_SUPPORT_OPUS_SOURCE_H
#define TESTS_SUPPORT_OPUS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/pcm.h"

enum { OPUS_SOURCE_BYTES = 400 };

struct opus_source_packet {
    uint16_t bytes;
    uint8_t payload[OPUS_SOURCE_BYTES];
};

struct opus_source {
    size_t count;
    struct opus_source_packet *packets;
    float *clean;   /**< count frames: what was said */
    float *decoded; /**< what is heard at best */
};

/** @param fec with in-band FEC for 20 % of loss. @return 0, ERR_NO_MEMORY */
int opus_source_init(struct opus_source *source, unsigned seed, size_t count, bool fec, bool dtx);

void opus_source_deinit(struct opus_source *source);

/**
 * Joins `frames` packets of one configuration from `first` on to a longer one (RFC 6716 3.2.5).
 * @param out room for frames * OPUS_SOURCE_BYTES. @return its length
 */
size_t opus_source_join(const struct opus_source *source, size_t first, size_t frames,
                        uint8_t *out);

#endif

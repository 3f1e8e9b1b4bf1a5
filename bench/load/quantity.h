/**
 * Numbers with units, as people write them in options, rules and scenario files.
 */
#ifndef LOAD_QUANTITY_H
#define LOAD_QUANTITY_H

#include <stdint.h>

/** What a number without a unit means, and which units it may have. */
enum quantity_kind {
    QUANTITY_PLAIN,   /**< none */
    QUANTITY_SECONDS, /**< us, ms, s, m or min; alone: s. Value in seconds */
    QUANTITY_SHARE,   /**< %; alone: 0..1. Value 0..1 and beyond */
    QUANTITY_RATE,    /**< /s, /min; alone: /s. Value per second */
    QUANTITY_BITS,    /**< k, M (kbit/s, Mbit/s); alone: bit/s. Value in bit/s */
    QUANTITY_BYTES,   /**< k, M, G; alone: bytes. Value in bytes */
    QUANTITY_KINDS
};

/** Reads the whole of a text. @return 0, or ERR_MALFORMED for anything else, signs included */
int quantity_read(const char *text, enum quantity_kind kind, double *out);

/** A whole number. @return 0, ERR_MALFORMED, or ERR_INVALID outside of the range */
int quantity_count(const char *text, uint32_t least, uint32_t most, uint32_t *out);

/** The units of a kind, for error messages: "ms, s or min". */
const char *quantity_units(enum quantity_kind kind);

#endif

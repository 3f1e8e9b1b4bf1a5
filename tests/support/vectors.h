/**
 * Test vectors: real packets and offers of 13 clients (tests/vectors, from captures; the JSON files
 * beside the packets say how each was made).
 */
#ifndef TESTS_SUPPORT_VECTORS_H
#define TESTS_SUPPORT_VECTORS_H

#include <stddef.h>
#include <stdint.h>

struct vectors {
    uint8_t **at;
    size_t *len;
    size_t count;
};

/**
 * Loads a file of hex lines, e.g. "corpus/chromium156.stun.hex", one packet a line.
 * @return 0, ERR_NOT_FOUND, ERR_MALFORMED or ERR_NO_MEMORY
 */
int vectors_load_hex(const char *name, struct vectors *out);
void vectors_free(struct vectors *vectors);

/** Loads a whole file, e.g. "offers/baresip-1.0.0-sendrecv.sdp", terminated; free() it. Same
 * errors. */
int vectors_load_text(const char *name, char **out, size_t *len);

/** Bytes of a hex string ("90ef5f..", blanks allowed); returns count, at most cap. */
size_t vectors_hex(const char *hex, uint8_t *out, size_t cap);

#endif

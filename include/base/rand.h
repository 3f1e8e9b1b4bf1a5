/**
 * Random numbers: a seeded generator (xoshiro256**) that tests can replay.
 *
 * The seed comes from outside. `rand_init_secure` is for the program, which seeds from the
 * operating system; then also keys and credentials may be drawn through rand_fill, since
 * a secure source draws every byte from the system (getrandom).
 */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rand {
    uint64_t state[4];
    bool secure; /**< every draw comes from the operating system */
};

/** Repeatable source for tests and simulations. */
void rand_init(struct rand *rand, uint64_t seed);

/** Source whose every draw comes from getrandom(2). */
void rand_init_secure(struct rand *rand);

void rand_fill(struct rand *rand, void *out, size_t len);
uint32_t rand_u32(struct rand *rand);
uint64_t rand_u64(struct rand *rand);

/** Uniform in 0..bound-1; bound > 0. */
uint32_t rand_below(struct rand *rand, uint32_t bound);

/** Fills out with len characters of A-Z a-z 0-9 + / (ice-char, RFC 8839 5.4) and a terminator; out
 * has len + 1 bytes. */
void rand_ice_chars(struct rand *rand, char *out, size_t len);

#endif

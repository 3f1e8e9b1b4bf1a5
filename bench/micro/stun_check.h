/**
 * A peer's ICE check (RFC 8445 7.1): what keeps its consent alive while the bench's time goes on.
 */
#ifndef BENCH_MICRO_STUN_CHECK_H
#define BENCH_MICRO_STUN_CHECK_H

#include <stddef.h>
#include <stdint.h>

enum { STUN_CHECK_MAX_BYTES = 160 };

/**
 * Writes a binding request with USE-CANDIDATE.
 *
 * @param username "relay ufrag:peer ufrag", up to 32 characters
 * @param password of the relay
 * @param number   makes the transaction unique
 * @return bytes written to out
 */
size_t stun_check_write(uint8_t out[static STUN_CHECK_MAX_BYTES], const char *username,
                        const char *password, uint64_t number);

#endif

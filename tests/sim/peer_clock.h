/**
 * Virtual time for OpenSSL's retransmission timer, which reads gettimeofday: the one here stands in
 * for libc's.
 */
#ifndef TESTS_SIM_PEER_CLOCK_H
#define TESTS_SIM_PEER_CLOCK_H

#include <stdint.h>

/** What gettimeofday shows from now on. */
void peer_clock_set(int64_t now_us);

#endif

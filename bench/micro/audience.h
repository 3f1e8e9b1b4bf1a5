/**
 * The receivers' side, for checking (never timed): decrypts what a forwarder sends to each of them
 * and sees whether it is the publisher's packets, all of them, in order, under continuous numbers.
 */
#ifndef BENCH_MICRO_AUDIENCE_H
#define BENCH_MICRO_AUDIENCE_H

#include <stddef.h>
#include <stdint.h>

#include "publisher.h"
#include "transport/transport.h"

enum { AUDIENCE_KEY_BYTES = 46 };

struct audience;

/** Master key and salt for what is sent to the index-th receiver; always the same. */
void audience_key(uint32_t index, uint8_t key[AUDIENCE_KEY_BYTES]);

/** @param publisher borrowed @return 0, ERR_NO_MEMORY or ERR_CRYPTO */
int audience_new(struct audience **out, size_t receivers, enum srtp_profile profile,
                 const struct publisher *publisher);

/** One datagram that was sent to the index-th receiver; RTCP and whatever is not RTP is counted
 * apart. */
void audience_receive(struct audience *audience, uint32_t index, const uint8_t *data, size_t len);

/**
 * Whether each receiver has got the packets first_counter..first_counter + count - 1, each once, in
 * order, intact. Says what is wrong on stderr.
 * @return 0 or ERR_INVALID
 */
int audience_verify(const struct audience *audience, const char *who, int64_t first_counter,
                    int64_t count);

void audience_free(struct audience **audience);

#endif

/**
 * Policer of what one participant may send us (SECURITY.md 2): packets beyond it are dropped before
 * decryption.
 */
#ifndef MEDIA_PACKET_RATE_H
#define MEDIA_PACKET_RATE_H

#include "media/token_bucket.h"

enum { PACKET_RATE_DEFAULT_PER_S = 3000 };

struct packet_rate {
    struct token_bucket bucket;
};

/** @param per_s packets a second, 1..1,000,000; one second's worth may come at once (a link that
 * woke up) */
void packet_rate_init(struct packet_rate *rate, uint32_t per_s);

/** False: drop this packet (DROP_RATE). */
bool packet_rate_take(struct packet_rate *rate, int64_t now_us);

#endif

#include "media/packet_rate.h"

#include <assert.h>

void packet_rate_init(struct packet_rate *rate, uint32_t per_s)
{
    assert(per_s > 0 && per_s <= 1000000);
    token_bucket_init(&rate->bucket, 1000000 / per_s, per_s);
}

bool packet_rate_take(struct packet_rate *rate, int64_t now_us)
{
    return token_bucket_take(&rate->bucket, now_us);
}

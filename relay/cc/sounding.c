#include "sounding.h"

enum {
    PACKETS = 5,
    LEAST_PACKETS = 3,  /**< fewer tell nothing */
    PACKET_BYTES = 144, /**< without what is around it: with that a train is about 1 kB, which waits
                           less on any link than sound can */
    TRAINS = 2,
    DRAWN_US = 25000,     /**< further apart than usual jitter brings packets */
    EVENLY_US = 12000,    /**< jitter hardly draws them apart evenly, and never by DRAWN_US */
    UNTAKEN_US = 20000,   /**< nobody can send it */
    LONG_RTT_US = 200000, /**< a handshake over a thin link seems longer than it is */
    WORD_US = 150000,     /**< usual time from arrival to feedback, and some */
    FIRST_WORD_US =
        200000, /**< where the round trip is not known: longer costs more than it saves */
    LAST_WORD_US = 500000
};

/** More than this is not thin, whatever else comes. */
static const uint64_t usual_bps = 700000;

/** Numbers that no probe cluster has. */
static const uint32_t first_number = 0x80000000;

void sounding_begin(struct sounding *sounding, int64_t rtt_us, int64_t now_us)
{
    sounding_forget(sounding);
    if (rtt_us <= LONG_RTT_US) {
        sounding->state = SOUNDING_DUE;
        sounding->since_us = now_us;
        sounding->word_us = rtt_us > 0 ? rtt_us + WORD_US : FIRST_WORD_US;
    }
}

void sounding_forget(struct sounding *sounding)
{
    *sounding = (struct sounding){.state = SOUNDING_OVER, .train = sounding->train + 1};
}

static uint32_t number_of(const struct sounding *sounding)
{
    return first_number | sounding->train;
}

bool sounding_burst(const struct sounding *sounding, struct estimator_burst *out)
{
    *out = (struct estimator_burst){
        .probe = number_of(sounding), .bytes = PACKET_BYTES, .padding = PACKET_BYTES};
    return sounding->state == SOUNDING_DUE;
}

void sounding_sent(struct sounding *sounding, uint32_t probe, int64_t now_us)
{
    if (sounding->state == SOUNDING_DUE && probe == number_of(sounding) &&
        ++sounding->sent == PACKETS) {
        sounding->state = SOUNDING_OUT;
        sounding->since_us = now_us;
    }
}

void sounding_acked(struct sounding *sounding, uint32_t probe, int64_t arrival_us, uint32_t bytes)
{
    if (sounding->state != SOUNDING_OUT || probe != number_of(sounding)) {
        return;
    }
    if (sounding->acked++ == 0) {
        sounding->first_us = arrival_us;
        sounding->last_us = arrival_us;
        sounding->first_bytes = bytes;
        return;
    }
    int64_t gap_us = arrival_us - sounding->last_us;
    if (sounding->acked == 2 || gap_us < sounding->gap_us) {
        sounding->gap_us = gap_us;
    }
    sounding->bytes += bytes;
    if (arrival_us < sounding->first_us) {
        sounding->bytes += sounding->first_bytes - bytes;
        sounding->first_us = arrival_us;
        sounding->first_bytes = bytes;
    }
    sounding->last_us = arrival_us > sounding->last_us ? arrival_us : sounding->last_us;
}

void sounding_lost(struct sounding *sounding, uint32_t probe)
{
    if (sounding->state == SOUNDING_OUT && probe == number_of(sounding)) {
        sounding->lost++;
    }
}

static int64_t span_us(const struct sounding *sounding)
{
    return sounding->last_us - sounding->first_us;
}

static bool is_even(const struct sounding *sounding)
{
    return 2 * sounding->gap_us * (int64_t)(sounding->acked - 1) >= span_us(sounding);
}

static bool is_drawn(const struct sounding *sounding)
{
    return sounding->acked >= LEAST_PACKETS &&
           span_us(sounding) >= (is_even(sounding) ? EVENLY_US : DRAWN_US);
}

static bool is_fast(const struct sounding *sounding)
{
    return sounding->acked >= LEAST_PACKETS &&
           (int64_t)(usual_bps * (uint64_t)span_us(sounding)) < (int64_t)sounding->bytes * 8000000;
}

static int64_t patience_us(const struct sounding *sounding)
{
    if (sounding->state == SOUNDING_DUE) {
        return UNTAKEN_US;
    }
    return sounding->drawn + sounding->acked + sounding->lost > 0 ? LAST_WORD_US
                                                                  : sounding->word_us;
}

static void over(struct sounding *sounding)
{
    sounding->state = SOUNDING_OVER;
    if (sounding->drawn >= TRAINS) {
        sounding->bps = sounding->drawn_bytes * 8000000 / (uint64_t)sounding->drawn_us;
    }
}

/** The train was drawn apart: the next one, or enough of them. */
static void draw(struct sounding *sounding, int64_t now_us)
{
    bool certain = is_even(sounding) && span_us(sounding) >= DRAWN_US;
    sounding->drawn += certain ? TRAINS : 1;
    sounding->drawn_bytes += sounding->bytes;
    sounding->drawn_us += span_us(sounding);
    if (sounding->drawn >= TRAINS) {
        over(sounding);
        return;
    }
    sounding->state = SOUNDING_DUE;
    sounding->since_us = now_us;
    sounding->train++;
    sounding->sent = 0;
    sounding->acked = 0;
    sounding->lost = 0;
    sounding->bytes = 0;
}

bool sounding_judge(struct sounding *sounding, int64_t now_us)
{
    if (sounding->state == SOUNDING_OVER) {
        return false;
    }
    bool timeout = now_us - sounding->since_us >= patience_us(sounding);
    bool all = sounding->state == SOUNDING_OUT && sounding->acked + sounding->lost >= PACKETS;
    if ((timeout || all) && is_drawn(sounding)) {
        draw(sounding, now_us);
    } else if (timeout || all || is_fast(sounding)) {
        sounding->fast = is_fast(sounding);
        over(sounding);
    }
    return sounding->state == SOUNDING_OVER;
}

int64_t sounding_next(const struct sounding *sounding)
{
    if (sounding->state == SOUNDING_OVER) {
        return INT64_MAX;
    }
    return sounding->since_us + patience_us(sounding);
}

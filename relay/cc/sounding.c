#include "sounding.h"

#include <stddef.h>

#include "base/minmax.h"

enum {
    PACKETS = 5,
    LEAST_PACKETS = 3,  /**< fewer tell nothing */
    PACKET_BYTES = 144, /**< without what is around it: with that a train is about 1 kB, which waits
                           less on any link than sound can */
    ENOUGH = 2,         /**< trains that must tell the same */
    DRAWN_US = 25000,   /**< further apart than usual jitter brings packets */
    EVENLY_US = 12000,  /**< jitter hardly draws them apart evenly, and never by DRAWN_US */
    UNTAKEN_US = 60000, /**< nobody can send it; a busy machine is late by less */
    WORD_US = 150000,   /**< usual time from arrival to feedback, and some */
    FIRST_WORD_US =
        200000,           /**< where the round trip is not known: longer costs more than it saves */
    LONG_RTT_US = 300000, /**< a handshake over a thin link seems longer than it is */
    LAST_WORD_US = 500000,  /**< when a part of it has come */
    LATE_WORD_US = 1000000, /**< after the last train nobody listens longer */
    SERIES_US = 5000000,    /**< paths that change in so short a time are one series, ... */
    MOST_US = 1000000       /**< ... which holds pictures up for no longer */
};

/** More than this is not thin, whatever else comes. */
static const uint64_t usual_bps = 700000;

/** Numbers that no probe cluster has. */
static const uint32_t first_number = 0x80000000;

void sounding_begin(struct sounding *sounding, int64_t rtt_us, int64_t now_us)
{
    int64_t series_us = sounding->series_us;
    sounding_forget(sounding);
    if (rtt_us > LONG_RTT_US) {
        return;
    }
    sounding->series_us = series_us == 0 || now_us - series_us >= SERIES_US ? now_us : series_us;
    sounding->begun_us = now_us;
    sounding->since_us = now_us;
    sounding->word_us = rtt_us > 0 ? rtt_us + WORD_US : FIRST_WORD_US;
    sounding->holds = true;
    sounding->far = rtt_us == 0;
    sounding->count = 1;
    sounding->state = SOUNDING_DUE;
}

void sounding_forget(struct sounding *sounding)
{
    *sounding = (struct sounding){.state = SOUNDING_OVER,
                                  .number = sounding->number + SOUNDING_TRAINS,
                                  .series_us = sounding->series_us};
}

static uint32_t number_of(const struct sounding *sounding, uint32_t train)
{
    return first_number | (sounding->number + train);
}

/** The train that bears a number, as far as it matters still; NULL = none. */
static struct sounding_train *train_find(struct sounding *sounding, uint32_t probe)
{
    for (uint32_t i = 0; i < sounding->count && !sounding_is_over(sounding); i++) {
        if (probe == number_of(sounding, i)) {
            return &sounding->trains[i];
        }
    }
    return NULL;
}

bool sounding_burst(const struct sounding *sounding, struct estimator_burst *out)
{
    if (sounding->state != SOUNDING_DUE) {
        return false;
    }
    *out = (struct estimator_burst){.probe = number_of(sounding, sounding->count - 1),
                                    .bytes = PACKET_BYTES,
                                    .padding = PACKET_BYTES};
    return true;
}

void sounding_sent(struct sounding *sounding, uint32_t probe, int64_t now_us)
{
    struct sounding_train *train = train_find(sounding, probe);
    if (train == NULL || train->sent == PACKETS) {
        return;
    }
    train->sent_us = now_us;
    if (++train->sent == PACKETS) {
        sounding->state = SOUNDING_OUT;
        sounding->since_us = now_us;
    }
}

void sounding_acked(struct sounding *sounding, uint32_t probe, int64_t arrival_us, uint32_t bytes)
{
    struct sounding_train *train = train_find(sounding, probe);
    if (train == NULL || train->sent < PACKETS) {
        return;
    }
    if (train->acked++ == 0) {
        train->first_us = arrival_us;
        train->last_us = arrival_us;
        train->first_bytes = bytes;
        return;
    }
    int64_t gap_us = arrival_us - train->last_us;
    if (train->acked == 2 || gap_us < train->gap_us) {
        train->gap_us = gap_us;
    }
    train->bytes += bytes;
    if (arrival_us < train->first_us) {
        train->bytes += train->first_bytes - bytes;
        train->first_us = arrival_us;
        train->first_bytes = bytes;
    }
    train->last_us = arrival_us > train->last_us ? arrival_us : train->last_us;
}

void sounding_lost(struct sounding *sounding, uint32_t probe)
{
    struct sounding_train *train = train_find(sounding, probe);
    if (train != NULL && train->sent == PACKETS) {
        train->lost++;
    }
}

static int64_t span_us(const struct sounding_train *train)
{
    return train->last_us - train->first_us;
}

static bool is_even(const struct sounding_train *train)
{
    return 2 * train->gap_us * (int64_t)(train->acked - 1) >= span_us(train);
}

static bool is_drawn(const struct sounding_train *train)
{
    return span_us(train) >= (is_even(train) ? EVENLY_US : DRAWN_US);
}

static bool is_fast(const struct sounding_train *train)
{
    return train->acked >= LEAST_PACKETS &&
           (int64_t)(usual_bps * (uint64_t)span_us(train)) < (int64_t)train->bytes * 8000000;
}

static const struct sounding_train *last_of(const struct sounding *sounding)
{
    return &sounding->trains[sounding->count - 1];
}

/** Is there no more to come of a train? */
static bool is_settled(const struct sounding_train *train, int64_t heard_us, int64_t now_us)
{
    if (train->sent < PACKETS) {
        return false;
    }
    return train->acked + train->lost >= PACKETS || heard_us > train->sent_us ||
           now_us - train->sent_us >= LAST_WORD_US;
}

/** What all trains tell together, of which there is word. */
static enum sounding_news tally(struct sounding *sounding, int64_t heard_us, int64_t now_us)
{
    uint32_t drawn = 0;
    uint32_t steady = 0;
    uint64_t bytes = 0;
    int64_t drawn_us = 0;
    for (uint32_t i = 0; i < sounding->count; i++) {
        const struct sounding_train *train = &sounding->trains[i];
        if (is_fast(train)) {
            sounding->fast = true;
            return SOUNDING_USUAL;
        }
        if (train->acked < LEAST_PACKETS || !is_settled(train, heard_us, now_us)) {
            continue;
        }
        if (is_drawn(train)) {
            drawn += is_even(train) && span_us(train) >= DRAWN_US ? ENOUGH : 1;
            bytes += train->bytes;
            drawn_us += span_us(train);
        } else {
            steady++;
        }
    }
    if (drawn >= ENOUGH) {
        sounding->bps = bytes * 8000000 / (uint64_t)drawn_us;
        return SOUNDING_THIN;
    }
    return steady > drawn ? SOUNDING_USUAL : SOUNDING_NOTHING;
}

/** Until when pictures wait, if nothing happens. */
static int64_t hold_end_us(const struct sounding *sounding)
{
    int64_t longest_us = sounding->alive ? LAST_WORD_US : sounding->word_us;
    return min_i64(sounding->begun_us + longest_us, sounding->series_us + MOST_US);
}

/** How long the present state can last. */
static int64_t patience_us(const struct sounding *sounding)
{
    if (sounding->state == SOUNDING_DUE) {
        return UNTAKEN_US;
    }
    if (sounding->count == SOUNDING_TRAINS) {
        return LATE_WORD_US;
    }
    return last_of(sounding)->acked > 0 ? LAST_WORD_US : sounding->word_us;
}

/** No verdict so far: what next? */
static enum sounding_news go_on(struct sounding *sounding, int64_t heard_us, int64_t now_us)
{
    bool timeout = now_us - sounding->since_us >= patience_us(sounding);
    if (sounding->state == SOUNDING_DUE && timeout) {
        return sounding->count == 1 ? SOUNDING_USUAL : SOUNDING_UNCLEAR;
    }
    if (sounding->state == SOUNDING_OUT &&
        (timeout || is_settled(last_of(sounding), heard_us, now_us))) {
        if (sounding->count == SOUNDING_TRAINS) {
            return SOUNDING_UNCLEAR;
        }
        sounding->state = SOUNDING_DUE;
        sounding->since_us = now_us;
        sounding->count++;
    }
    if (!sounding->holds || now_us < hold_end_us(sounding)) {
        return SOUNDING_NOTHING;
    }
    sounding->holds = false;
    return sounding->far ? SOUNDING_USUAL : SOUNDING_LET_GO;
}

enum sounding_news sounding_judge(struct sounding *sounding, int64_t heard_us, int64_t now_us)
{
    if (sounding->state == SOUNDING_OVER) {
        return SOUNDING_NOTHING;
    }
    sounding->alive = heard_us >= sounding->begun_us;
    enum sounding_news news = tally(sounding, heard_us, now_us);
    if (news == SOUNDING_NOTHING) {
        news = go_on(sounding, heard_us, now_us);
    }
    if (news != SOUNDING_NOTHING && news != SOUNDING_LET_GO) {
        sounding->state = SOUNDING_OVER;
        sounding->holds = false;
    }
    return news;
}

int64_t sounding_next(const struct sounding *sounding)
{
    if (sounding->state == SOUNDING_OVER) {
        return INT64_MAX;
    }
    int64_t next_us = sounding->since_us + patience_us(sounding);
    return sounding->holds ? min_i64(next_us, hold_end_us(sounding)) : next_us;
}

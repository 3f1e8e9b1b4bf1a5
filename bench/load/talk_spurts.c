#include "load/talk_spurts.h"

#include <math.h>

/**
 * ITU-T P.59 (03/93), the model of two-way conversation: the length of a state is -T ln(1 - x), x
 * uniform. Of the states after single talk 40 % are double talk; what follows double talk or
 * silence is single talk of either. Together: 22 % silence, 7 % double talk.
 */
static const double mean_us[] = {
    [TALK_SILENCE] = 456000, [TALK_SINGLE] = 854000, [TALK_DOUBLE] = 226000};
enum { PERCENT_TO_DOUBLE = 40 };

/** Shorter than a packet is nothing. */
enum { LEAST_US = 20000 };

static int64_t draw_length(struct talk_spurts *talk)
{
    double x = (double)rand_u32(&talk->rand) / 4294967296.0;
    int64_t length_us = (int64_t)(-mean_us[talk->state] * log(1 - x));
    return length_us > LEAST_US ? length_us : LEAST_US;
}

void talk_spurts_init(struct talk_spurts *talk, unsigned speakers, uint64_t seed, int64_t now_us)
{
    *talk = (struct talk_spurts){.speakers = speakers, .state = TALK_SILENCE};
    rand_init(&talk->rand, seed);
    talk->until_us = speakers > 0 ? now_us + draw_length(talk) : INT64_MAX;
}

bool talk_spurts_speaks(const struct talk_spurts *talk, unsigned speaker)
{
    return (talk->state != TALK_SILENCE && talk->first == speaker) ||
           (talk->state == TALK_DOUBLE && talk->second == speaker);
}

int64_t talk_spurts_next_deadline(const struct talk_spurts *talk)
{
    return talk->until_us;
}

static void after_single(struct talk_spurts *talk)
{
    bool joined = rand_below(&talk->rand, 100) < PERCENT_TO_DOUBLE;
    if (talk->speakers < 2 || !joined) {
        talk->state = TALK_SILENCE;
        return;
    }
    unsigned other = rand_below(&talk->rand, talk->speakers - 1);
    talk->second = other + (other >= talk->first);
    talk->state = TALK_DOUBLE;
}

void talk_spurts_timeout(struct talk_spurts *talk, int64_t now_us)
{
    while (now_us >= talk->until_us) {
        switch (talk->state) {
        case TALK_SILENCE:
            talk->first = rand_below(&talk->rand, talk->speakers);
            talk->state = TALK_SINGLE;
            break;
        case TALK_SINGLE:
            after_single(talk);
            break;
        case TALK_DOUBLE:
            talk->first = rand_below(&talk->rand, 2) == 0 ? talk->first : talk->second;
            talk->state = TALK_SINGLE;
            break;
        }
        talk->until_us += draw_length(talk);
    }
}

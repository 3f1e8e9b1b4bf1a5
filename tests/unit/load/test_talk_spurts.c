#include "load/talk_spurts.h"
#include "unit/runner.h"

/** Shares of an hour and a half: silence, single and double talk. */
static void measure(unsigned speakers, double shares[3], double *talks)
{
    struct talk_spurts talk;
    int64_t now_us = 5;
    const int64_t end_us = INT64_C(5400000000);
    talk_spurts_init(&talk, speakers, 7, now_us);
    while (now_us < end_us) {
        int64_t until_us = talk_spurts_next_deadline(&talk);
        unsigned talking = 0;
        for (unsigned i = 0; i < speakers; i++) {
            talking += talk_spurts_speaks(&talk, i);
        }
        shares[talking] += (double)(until_us - now_us) / (double)end_us;
        *talks += talk_spurts_speaks(&talk, 0) ? (double)(until_us - now_us) / (double)end_us : 0;
        now_us = until_us;
        talk_spurts_timeout(&talk, now_us);
    }
}

TEST(two_speakers_share_the_time_as_p59_has_it)
{
    double shares[3] = {0};
    double talks = 0;
    measure(2, shares, &talks);
    CHECK(shares[0] > 0.21 && shares[0] < 0.24);   /* P.59: 22.48 % */
    CHECK(shares[2] > 0.055 && shares[2] < 0.085); /* 6.59 % */
    CHECK(talks > 0.36 && talks < 0.46);           /* 38.53 % */
    goto out;
out:
    return;
}

TEST(many_speakers_take_turns)
{
    double shares[3] = {0};
    double talks = 0;
    measure(10, shares, &talks);
    CHECK(shares[0] > 0.21 && shares[0] < 0.24);
    CHECK(talks > 0.05 && talks < 0.12);
    goto out;
out:
    return;
}

TEST(one_speaker_pauses_and_nobody_is_silent_for_ever)
{
    struct talk_spurts none;
    double shares[3] = {0};
    double talks = 0;
    measure(1, shares, &talks);
    CHECK(shares[0] > 0.3 && shares[1] > 0.6);
    talk_spurts_init(&none, 0, 1, 0);
    CHECK(talk_spurts_next_deadline(&none) == INT64_MAX);
    talk_spurts_timeout(&none, 1000000000);
    CHECK(!talk_spurts_speaks(&none, 0));
    goto out;
out:
    return;
}

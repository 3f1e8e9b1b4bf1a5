/* Every offer that was recorded from a real client gets an answer that its client would take. */
#include <stdio.h>
#include <stdlib.h>

#include "support/answer_check.h"
#include "support/offers.h"
#include "support/vectors.h"
#include "unit/runner.h"

/** Negotiates and has the answer judged; 0, or how many things are wrong. */
static size_t try_offer(enum negotiate_kind kind, const char *name, const char *offer, size_t len)
{
    struct rand rand;
    struct session *session = NULL;
    char *answer = NULL;
    struct negotiate_problem problem = {0};
    char report[ANSWER_CHECK_TEXT] = "";
    rand_init(&rand, 7);
    int err =
        negotiate_offer(kind, offer, len, offers_config(), &rand, &session, &answer, &problem);
    size_t bad = err == 0 ? answer_check(offer, answer, report) : 1;
    if (bad > 0 && !runner_out_of_memory()) {
        fprintf(stderr, "%s: %d %s\n%s", name, problem.status, problem.detail, report);
    }
    free(session);
    free(answer);
    return bad;
}

TEST_NO_OOM(each_recorded_offer_gets_an_answer_its_client_would_take)
{
    char *offer = NULL;
    for (size_t i = 0; i < OFFERS_COUNT; i++) {
        size_t len = 0;
        REQUIRE_OK(vectors_load_text(offers_name(i), &offer, &len));
        CHECK_INT(try_offer(offers_kind(i), offers_name(i), offer, len), 0);
        free(offer);
        offer = NULL;
    }
out:
    free(offer);
}

TEST_NO_OOM(each_recorded_offer_may_join_a_call)
{
    char *offer = NULL;
    for (size_t i = 0; i < OFFERS_COUNT; i++) {
        size_t len = 0;
        REQUIRE_OK(vectors_load_text(offers_name(i), &offer, &len));
        CHECK_INT(try_offer(NEGOTIATE_CALL, offers_name(i), offer, len), 0);
        free(offer);
        offer = NULL;
    }
out:
    free(offer);
}

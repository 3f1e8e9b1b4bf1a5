/* Offers, later offers and trickle fragments from strangers: an answer or a problem, never anything
 * else. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "signal/negotiate.h"

static const struct negotiate_config config = {
    .candidates = {{.ip = {192, 0, 2, 1}, .port = 7000, .family = ADDR_IPV4}},
    .candidate_count = 1,
    .udp = true,
    .tcp = true,
    .fingerprint = "00:11",
};

static void check_problem(int err, const struct negotiate_problem *problem)
{
    FUZZ_CHECK(err == 0 || (problem->status >= 400 && problem->status < 500));
    FUZZ_CHECK(err == 0 || (problem->title[0] != '\0' && problem->detail[0] != '\0'));
}

/** The text as a first offer, then as a later one on what it agreed. */
static void offer_twice(enum negotiate_kind kind, const char *text, size_t len)
{
    struct rand rand;
    struct session *first = NULL;
    struct session *second = NULL;
    char *answer = NULL;
    char *again = NULL;
    char *fragment = NULL;
    struct negotiate_problem problem = {0};
    rand_init(&rand, 1);
    int err = negotiate_offer(kind, text, len, &config, &rand, &first, &answer, &problem);
    check_problem(err, &problem);
    if (err == 0) {
        err = negotiate_reoffer(kind, first, text, len, &config, &rand, &second, &again, &problem);
        FUZZ_CHECK(err == 0); /* what was taken once is taken again */
        FUZZ_CHECK(negotiate_fragment_write(first, &config, &fragment) == 0);
    }
    free(first);
    free(second);
    free(answer);
    free(again);
    free(fragment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size > 0 ? size : 1); /* exact, so that a byte too far is seen */
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    struct negotiate_fragment fragment;
    struct negotiate_problem problem = {0};
    check_problem(negotiate_fragment_parse(text, size, &fragment, &problem), &problem);
    offer_twice(NEGOTIATE_CALL, text, size);
    offer_twice(size % 2 == 0 ? NEGOTIATE_WHIP : NEGOTIATE_WHEP, text, size);
    free(text);
    return 0;
}

/* What a server writes to tandem-load: its answers and its offers give an agreement or a cause. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "load/answer.h"
#include "load/offer.h"

static const struct agreement_local local = {
    .ufrag = "ufrag",
    .pwd = "passwordOf24Characters..",
    .fingerprint = {.hash = "sha-256", .value = {1, 2}, .bytes = 2},
    .candidates = {{.ip = {192, 0, 2, 7}, .port = 5000, .family = ADDR_IPV4}},
    .candidate_count = 1,
};

static void check(enum load_cause cause, const struct agreement *agreement, const char *message)
{
    FUZZ_CHECK(cause != LOAD_FINE || agreement->remote.candidate_count > 0);
    FUZZ_CHECK(cause != LOAD_FINE || agreement->stream_count > 0);
    FUZZ_CHECK((cause == LOAD_FINE) == (message[0] == '\0'));
    FUZZ_CHECK(agreement->stream_count <= AGREEMENT_MAX_STREAMS);
    for (size_t i = 0; i < agreement->stream_count; i++) {
        FUZZ_CHECK(agreement->streams[i].layer_count <= AGREEMENT_MAX_LAYERS);
        FUZZ_CHECK(cause != LOAD_FINE ||
                   (agreement->streams[i].sends == (agreement->streams[i].layer_count > 0)));
    }
}

/** Read as the answer to an offer with as many m-lines as it may have. */
static void read_answer(const char *text, size_t len, unsigned audio, unsigned video)
{
    struct rand rand;
    struct agreement plan;
    char *offer = NULL;
    char message[DIAL_MESSAGE_BYTES];
    struct dial_wish wish = {.room = "r",
                             .name = "n",
                             .send_audio = audio > 0,
                             .send_video = video > 0,
                             .simulcast = true,
                             .red = true,
                             .receive_audio = audio,
                             .receive_video = video};
    rand_init(&rand, 1);
    if (offer_write(&wish, &local, &rand, &plan, &offer) == 0) {
        check(answer_read(&plan, text, len, message), &plan, message);
    }
    free(offer);
}

/** As a server's offer: what was answered once is answered again, with the same streams. */
static void answer_offer(const char *text, size_t len)
{
    struct rand rand;
    struct agreement agreement;
    char *first = NULL;
    char *second = NULL;
    char message[DIAL_MESSAGE_BYTES];
    rand_init(&rand, 1);
    offer_plan_init(&agreement, &rand);
    enum load_cause cause = answer_make(&agreement, &local, 1, text, len, &first, message);
    if (cause == LOAD_FINE) {
        check(cause, &agreement, message);
        size_t streams = agreement.stream_count;
        FUZZ_CHECK(answer_make(&agreement, &local, 2, text, len, &second, message) == LOAD_FINE);
        FUZZ_CHECK(agreement.stream_count == streams);
    }
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size > 0 ? size : 1); /* exact, so that a byte too far is seen */
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    unsigned lines = 0;
    for (size_t i = 0; i + 1 < size; i++) {
        lines += text[i] == '\n' && text[i + 1] == 'm';
    }
    read_answer(text, size, lines / 2, lines - lines / 2);
    read_answer(text, size, lines, 0);
    answer_offer(text, size);
    free(text);
    return 0;
}

/* Offers broken on purpose: each gets an answer or a problem of the client's making, in bounded
 * time and size. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "support/answer_check.h"
#include "support/offers.h"
#include "support/vectors.h"
#include "unit/runner.h"

enum { MUTATIONS = 10000, MAX_BYTES = 128 * 1024 };

/** A text that is being broken: cap MAX_BYTES. */
struct victim {
    char *text;
    size_t len;
};

/** Start and length of a random line with its end. */
static size_t pick_line(const struct victim *victim, struct rand *rand, size_t *len)
{
    size_t at = rand_below(rand, (uint32_t)victim->len);
    while (at > 0 && victim->text[at - 1] != '\n') {
        at--;
    }
    size_t end = at;
    while (end < victim->len && victim->text[end] != '\n') {
        end++;
    }
    *len = end - at + (end < victim->len);
    return at;
}

static void cut_out(struct victim *victim, size_t at, size_t len)
{
    memmove(victim->text + at, victim->text + at + len, victim->len - at - len);
    victim->len -= len;
}

static void put_in(struct victim *victim, size_t at, const char *what, size_t len)
{
    if (victim->len + len > MAX_BYTES) {
        return;
    }
    memmove(victim->text + at + len, victim->text + at, victim->len - at);
    memcpy(victim->text + at, what, len);
    victim->len += len;
}

/** Lines and pieces that have a meaning somewhere. */
static const char *const pieces[] = {
    "a=rtcp-mux\r\n",
    "a=bundle-only\r\n",
    "a=mid:0\r\n",
    "a=mid:\r\n",
    "a=setup:passive\r\n",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
    "m=video 0 RTP/AVP 96\r\n",
    "m=application 9 x y\r\n",
    "a=group:BUNDLE\r\n",
    "a=group:BUNDLE 0 0 0 1 1 1\r\n",
    "a=ice-lite\r\n",
    "a=inactive\r\n",
    "a=simulcast:send a;b;c,d;~e\r\n",
    "a=rid:a send pt=1;max-width=3\r\n",
    "a=extmap:0 x\r\n",
    "a=extmap:4294967296 urn:x\r\n",
    "a=extmap:15 urn:ietf:params:rtp-hdrext:sdes:mid\r\n",
    "a=rtpmap:127 opus/48000/2\r\n",
    "a=fmtp:111 apt=111\r\n",
    "a=rtcp-fb:* nack\r\n",
    "a=ssrc-group:FID 1 1\r\n",
    "a=ssrc-group:FID 1\r\n",
    "a=ssrc:0 cname:x\r\n",
    "a=fingerprint:sha-256 00\r\n",
    "a=ice-ufrag:x\r\n",
    "a=extmap-allow-mixed\r\n",
    "a=candidate:%s%n%x\r\n",
    "99999999999999999999",
    "\r\n\r\n",
    "\xff\xfe",
    "-1",
    " ",
    ":",
    "%n",
};

static void mutate(struct victim *victim, struct rand *rand)
{
    size_t len = 0;
    if (victim->len == 0) {
        return;
    }
    size_t at = rand_below(rand, (uint32_t)victim->len);
    switch (rand_below(rand, 8)) {
    case 0:
        victim->text[at] = (char)rand_below(rand, 256);
        break;
    case 1:
        victim->len = at;
        break;
    case 2:
        at = pick_line(victim, rand, &len);
        cut_out(victim, at, len);
        break;
    case 3: {
        char line[512];
        at = pick_line(victim, rand, &len);
        len = len < sizeof(line) ? len : sizeof(line);
        memcpy(line, victim->text + at, len);
        size_t into = 0;
        size_t other = 0;
        into = pick_line(victim, rand, &other);
        put_in(victim, into, line, len);
        break;
    }
    case 4:
        len = rand_below(rand, 16);
        len = len < victim->len - at ? len : victim->len - at;
        cut_out(victim, at, len);
        break;
    case 5: {
        const char *piece = pieces[rand_below(rand, sizeof(pieces) / sizeof(pieces[0]))];
        put_in(victim, at, piece, strlen(piece));
        break;
    }
    default: {
        const char *piece = pieces[rand_below(rand, sizeof(pieces) / sizeof(pieces[0]))];
        at = pick_line(victim, rand, &len);
        put_in(victim, at, piece, strlen(piece));
        break;
    }
    }
}

/** What one broken offer met. */
struct verdicts {
    size_t answered;
    size_t refused;
    size_t wrong;
};

static void judge(const struct victim *victim, enum negotiate_kind kind, struct verdicts *verdicts)
{
    struct rand rand;
    struct session *session = NULL;
    struct session *later = NULL;
    char *answer = NULL;
    char *again = NULL;
    struct negotiate_problem problem = {0};
    rand_init(&rand, 3);
    int err = negotiate_offer(kind, victim->text, victim->len, offers_config(), &rand, &session,
                              &answer, &problem);
    if (err == 0) {
        verdicts->answered++;
        err = negotiate_reoffer(kind, session, victim->text, victim->len, offers_config(), &rand,
                                &later, &again, &problem);
        if (err != 0) { /* what was taken once is taken again */
            fprintf(stderr, "again: %d %s\n", problem.status, problem.detail);
            verdicts->wrong++;
        }
    } else {
        verdicts->refused++;
        bool sane = (problem.status == 400 || problem.status == 406 || problem.status == 422) &&
                    problem.title[0] != '\0' && problem.detail[0] != '\0' && session == NULL &&
                    answer == NULL;
        verdicts->wrong += !sane;
    }
    free(session);
    free(later);
    free(answer);
    free(again);
}

TEST_NO_OOM(ten_thousand_broken_offers_are_answered_or_refused)
{
    struct verdicts verdicts = {0};
    struct rand rand;
    struct victim victim = {.text = malloc(MAX_BYTES)};
    char *offers[OFFERS_COUNT] = {NULL};
    size_t lens[OFFERS_COUNT];
    rand_init(&rand, 20);
    REQUIRE(victim.text != NULL);
    for (size_t i = 0; i < OFFERS_COUNT; i++) {
        REQUIRE_OK(vectors_load_text(offers_name(i), &offers[i], &lens[i]));
    }
    for (size_t n = 0; n < MUTATIONS; n++) {
        size_t i = n % OFFERS_COUNT;
        memcpy(victim.text, offers[i], lens[i]);
        victim.len = lens[i];
        for (uint32_t k = rand_below(&rand, 6) + 1; k > 0; k--) {
            mutate(&victim, &rand);
        }
        judge(&victim, n % 3 == 0 ? offers_kind(i) : NEGOTIATE_CALL, &verdicts);
    }
    CHECK_INT(verdicts.wrong, 0);
    CHECK_INT(verdicts.answered + verdicts.refused, MUTATIONS);
    CHECK(verdicts.answered > MUTATIONS / 20); /* else they were broken too badly to say much */
    CHECK(verdicts.refused > MUTATIONS / 20);
out:
    free(victim.text);
    for (size_t i = 0; i < OFFERS_COUNT; i++) {
        free(offers[i]);
    }
}

/** Appends head, a number and tail n times, while they fit. */
static size_t repeat(char *text, size_t len, const char *head, const char *tail, size_t n)
{
    for (size_t i = 0; i < n && len < NEGOTIATE_MAX_OFFER_BYTES - 64; i++) {
        len += (size_t)snprintf(text + len, 64, "%s%u%s", head, (unsigned)i, tail);
    }
    return len;
}

/* The worst that fits the limits, of every kind that is searched more than once. 100 ms is
 * SECURITY.md's bound; the sanitizers' builds are slower, so the test asks for ten times less work
 * than would break it. */
TEST_NO_OOM(the_largest_offers_are_dealt_with_in_bounded_time)
{
    static const char opening[] =
        "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\n"
        "a=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\na=fingerprint:sha-256 "
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:"
        "EE:FF\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 "
        "97\r\na=mid:0\r\na=rtcp-mux\r\n"
        "a=rtpmap:96 VP8/90000\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
        "a=simulcast:send a;b;c;d;e;f;g;h\r\n";
    static const char *const lines[][2] = {
        {"a=ssrc:", " cname:x\r\n"},
        {"a=ssrc-group:FID ", " 1\r\n"},
        {"a=extmap:", " urn:x\r\n"},
        {"a=rid:x", " send\r\n"},
        {"a=fingerprint:sha-", " 00\r\n"},
        {"a=candidate:", " 1 udp 1 x 5 typ host\r\n"},
        {"a=group:BUNDLE ", "\r\n"},
        {"a=rtcp-fb:96 x", "\r\n"},
        {"a=fmtp:97 apt=", "\r\n"},
        {"a=mid:", "\r\n"},
        {"a=", "\r\n"},
    };
    struct rand rand;
    struct negotiate_problem problem;
    struct session *session = NULL;
    char *answer = NULL;
    char *text = malloc(NEGOTIATE_MAX_OFFER_BYTES);
    rand_init(&rand, 1);
    REQUIRE(text != NULL);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        memcpy(text, opening, sizeof(opening));
        size_t len = repeat(text, sizeof(opening) - 1, lines[i][0], lines[i][1], 4000);
        len = repeat(text, len, lines[(i + 1) % 2][0], lines[(i + 1) % 2][1],
                     4000); /* beside ssrc or ssrc-group lines */
        clock_t before = clock();
        int err = negotiate_offer(NEGOTIATE_CALL, text, len, offers_config(), &rand, &session,
                                  &answer, &problem);
        double ms = (double)(clock() - before) * 1000 / CLOCKS_PER_SEC;
        CHECK(ms < 100);
        CHECK(err == 0 || problem.status < 500);
        free(session);
        free(answer);
        session = NULL;
        answer = NULL;
    }
out:
    free(text);
    free(session);
    free(answer);
}

TEST_NO_OOM(sixty_four_m_lines_get_an_answer)
{
    struct rand rand;
    struct negotiate_problem problem;
    struct session *session = NULL;
    char *answer = NULL;
    char report[ANSWER_CHECK_TEXT];
    char *text = calloc(1, NEGOTIATE_MAX_OFFER_BYTES);
    rand_init(&rand, 1);
    REQUIRE(text != NULL);
    size_t len = (size_t)snprintf(
        text, 2048,
        "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\n"
        "a=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\na=fingerprint:sha-256 "
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:"
        "EE:FF\r\na=group:BUNDLE");
    len = repeat(text, len, " m", "", SESSION_MAX_MEDIA);
    len += (size_t)snprintf(text + len, 8, "\r\n");
    for (unsigned i = 0; i < SESSION_MAX_MEDIA; i++) {
        len += (size_t)snprintf(text + len, 512,
                                "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\n"
                                "a=mid:m%u\r\na=rtcp-mux\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n"
                                "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n",
                                i);
    }
    REQUIRE_OK(negotiate_offer(NEGOTIATE_CALL, text, len, offers_config(), &rand, &session, &answer,
                               &problem));
    CHECK_INT(session->media_count, SESSION_MAX_MEDIA);
    CHECK_INT(answer_check(text, answer, report), 0);
    CHECK(!session->media[SESSION_MAX_MEDIA - 1].rejected);
out:
    free(text);
    free(session);
    free(answer);
}

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "sdp/sdp_parse.h"
#include "support/offers.h"
#include "support/vectors.h"
#include "unit/runner.h"

#define OPENING "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"

static int parse(const char *text, struct sdp **sdp, struct sdp_error *error)
{
    *error = (struct sdp_error){0};
    return sdp_parse(text, strlen(text), sdp, error);
}

/** True when the text is refused with this error at this line. */
static bool refuses(const char *text, int err, unsigned line)
{
    struct sdp *sdp = NULL;
    struct sdp_error error;
    int got = parse(text, &sdp, &error);
    if (got != ERR_NO_MEMORY && (got != err || error.line != line)) {
        fprintf(stderr, "got %d at line %u: %s\n", got, error.line, error.text);
    }
    sdp_free(&sdp);
    return got == err && error.line == line && error.text[0] != '\0';
}

TEST(keeps_session_and_section_attributes_apart)
{
    struct sdp *sdp = NULL;
    struct sdp_error error;
    REQUIRE_OK(parse(OPENING "a=group:BUNDLE 0 1\r\na=ice-lite\r\n"
                             "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
                             "m=video 0/2 X 96\r\na=mid:1\r\na=mid:2\r\n",
                     &sdp, &error));
    CHECK_INT(sdp->session.attr_count, 2);
    CHECK(sdp_section_has(&sdp->session, "ice-lite"));
    CHECK(sdp_section_find(&sdp->session, "ice-lite")->value.at == NULL);
    REQUIRE_INT(sdp->media_count, 2);
    CHECK(str_view_equal(sdp->media[0].media, "audio"));
    CHECK(str_view_equal(sdp->media[0].proto, "UDP/TLS/RTP/SAVPF"));
    CHECK(str_view_equal(sdp->media[0].formats, "111 63"));
    CHECK_INT(sdp->media[0].port, 9);
    CHECK_INT(sdp->media[0].line, 7);
    CHECK_INT(sdp->media[1].port, 0);
    const struct sdp_attr *mid = sdp_section_find(&sdp->media[1], "mid");
    REQUIRE(mid != NULL);
    CHECK(str_view_equal(mid->value, "1"));
    CHECK_INT(mid->line, 11);
    mid = sdp_section_next(&sdp->media[1], mid, "mid");
    REQUIRE(mid != NULL);
    CHECK(str_view_equal(mid->value, "2"));
    CHECK(sdp_section_next(&sdp->media[1], mid, "mid") == NULL);
    CHECK(sdp_find(sdp, &sdp->media[0], "ice-lite") != NULL);
    CHECK(sdp_find(sdp, &sdp->media[0], "setup") == NULL);
out:
    sdp_free(&sdp);
}

TEST(takes_lf_and_a_last_line_without_end)
{
    struct sdp *sdp = NULL;
    struct sdp_error error;
    REQUIRE_OK(
        parse("v=0\no=- 1 2 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=audio 9 X 0\na=mid:0", &sdp, &error));
    CHECK(str_view_equal(sdp_section_find(&sdp->media[0], "mid")->value, "0"));
out:
    sdp_free(&sdp);
}

TEST(takes_empty_lines_at_the_end_only)
{
    struct sdp *sdp = NULL;
    struct sdp_error error;
    CHECK(refuses(OPENING "\r\na=x\r\n", ERR_MALFORMED, 5));
    REQUIRE_OK(parse(OPENING "a=x\r\n\r\n\n", &sdp, &error));
    CHECK_INT(sdp->session.attr_count, 1);
out:
    sdp_free(&sdp);
}

TEST(names_the_line_and_what_was_expected)
{
    struct sdp *sdp = NULL;
    struct sdp_error error;
    CHECK_INT(parse(OPENING "m=audio 70000 X 0\r\n", &sdp, &error), ERR_MALFORMED);
    CHECK(runner_out_of_memory() ||
          strcmp(error.text, "line 5: expected m=<media> <port> with a port of 0 to 65535") == 0);
    sdp_free(&sdp);
}

TEST(refuses_broken_structure)
{
    CHECK(refuses("", ERR_MALFORMED, 0));
    CHECK(refuses("v=0\r\n", ERR_MALFORMED, 0));
    CHECK(refuses("v=1\r\n", ERR_MALFORMED, 1));
    CHECK(refuses("o=- 1 2 IN IP4 0.0.0.0\r\n", ERR_MALFORMED, 1));
    CHECK(refuses("v=0\r\ns=-\r\n", ERR_MALFORMED, 2));
    CHECK(refuses("v=0\r\no=- 1 2 IN IP4\r\n", ERR_MALFORMED, 2));
    CHECK(refuses("v=0\r\no=- 1 2 IN IP4 h\r\nt=0 0\r\n", ERR_MALFORMED, 3));
    CHECK(refuses("v=0\r\no=- 1 2 IN IP4 h\r\ns=-\r\nm=audio 9 X 0\r\n", ERR_MALFORMED, 4));
    CHECK(refuses("v=0\r\no=- 1 2 IN IP4 h\r\ns=-\r\na=x\r\n", ERR_MALFORMED, 0));
    CHECK(refuses(OPENING "nonsense\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "x\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "x=1\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "a=\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "a=:v\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "a=x\ry\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "m=audio\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "m=audio 9\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "m=audio 9 X\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "m=audio -1 X 0\r\n", ERR_MALFORMED, 5));
    CHECK(refuses(OPENING "m=audio 9 X 0\r\nt=0 0\r\n", ERR_MALFORMED, 6));
}

TEST(refuses_nul)
{
    static const char text[] = OPENING "a=x\0y\r\n";
    struct sdp *sdp = NULL;
    struct sdp_error error;
    CHECK_INT(sdp_parse(text, sizeof(text) - 1, &sdp, &error), ERR_MALFORMED);
    sdp_free(&sdp);
}

TEST(holds_its_limits)
{
    struct sdp *sdp = NULL;
    struct sdp_error error;
    char *text = malloc(SDP_MAX_BYTES + 2);
    REQUIRE(text != NULL);
    memset(text, 'a', SDP_MAX_BYTES + 2);
    CHECK_INT(sdp_parse(text, SDP_MAX_BYTES + 1, &sdp, &error), ERR_FULL);

    size_t len = (size_t)snprintf(text, 4096, OPENING "a=");
    memset(text + len, 'x', SDP_MAX_LINE_BYTES - 2);
    text[len + SDP_MAX_LINE_BYTES - 2] = '\0';
    REQUIRE_OK(parse(text, &sdp, &error));
    sdp_free(&sdp);
    text[len + SDP_MAX_LINE_BYTES - 2] = 'x';
    text[len + SDP_MAX_LINE_BYTES - 1] = '\0';
    CHECK(refuses(text, ERR_FULL, 5));

    len = (size_t)snprintf(text, 4096, OPENING);
    for (size_t i = 0; i < SDP_MAX_LINES - 4; i++) {
        len += (size_t)snprintf(text + len, 8, "a=x\n");
    }
    REQUIRE_OK(parse(text, &sdp, &error));
    CHECK_INT(sdp->session.attr_count, SDP_MAX_LINES - 4);
    sdp_free(&sdp);
    (void)snprintf(text + len, 8, "a=x\n");
    CHECK(refuses(text, ERR_FULL, SDP_MAX_LINES));

    len = (size_t)snprintf(text, 4096, OPENING);
    for (size_t i = 0; i < SDP_MAX_SECTIONS; i++) {
        len += (size_t)snprintf(text + len, 32, "m=audio 9 X 0\n");
    }
    REQUIRE_OK(parse(text, &sdp, &error));
    CHECK_INT(sdp->media_count, SDP_MAX_SECTIONS);
    (void)snprintf(text + len, 32, "m=audio 9 X 0\n");
    CHECK(refuses(text, ERR_FULL, 4 + SDP_MAX_SECTIONS + 1));
out:
    sdp_free(&sdp);
    free(text);
}

TEST(fragment_needs_no_session_lines)
{
    struct sdp *sdp = NULL;
    struct sdp_error error;
    static const char text[] = "a=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n";
    static const char whole[] = OPENING;
    REQUIRE_OK(sdp_parse_fragment(text, strlen(text), &sdp, &error));
    CHECK_INT(sdp->session.attr_count, 1);
    CHECK_INT(sdp->media_count, 1);
    sdp_free(&sdp);
    REQUIRE_OK(sdp_parse_fragment("", 0, &sdp, &error));
    sdp_free(&sdp);
    CHECK_INT(sdp_parse_fragment(whole, strlen(whole), &sdp, &error), ERR_MALFORMED);
out:
    sdp_free(&sdp);
}

TEST_NO_OOM(reads_each_recorded_offer)
{
    char *text = NULL;
    struct sdp *sdp = NULL;
    for (size_t i = 0; i < OFFERS_COUNT; i++) {
        struct sdp_error error;
        size_t len = 0;
        REQUIRE_OK(vectors_load_text(offers_name(i), &text, &len));
        REQUIRE_OK(sdp_parse(text, len, &sdp, &error));
        size_t sections = 0;
        for (const char *at = text; (at = strstr(at, "\nm=")) != NULL; at++) {
            sections++;
        }
        CHECK_INT(sdp->media_count, sections);
        sdp_free(&sdp);
        free(text);
        text = NULL;
    }
out:
    sdp_free(&sdp);
    free(text);
}

TEST_NO_OOM(survives_each_offer_cut_anywhere)
{
    char *text = NULL;
    char *cut = NULL;
    struct sdp *sdp = NULL;
    size_t len = 0;
    REQUIRE_OK(vectors_load_text("offers/firefox-153.7.0-publish-simulcast.sdp", &text, &len));
    for (size_t n = 0; n < len; n++) {
        struct sdp_error error;
        cut = malloc(n + 1); /* exact, so that sanitizers see a byte too far */
        REQUIRE(cut != NULL);
        memcpy(cut, text, n);
        (void)sdp_parse(cut, n, &sdp, &error);
        sdp_free(&sdp);
        free(cut);
        cut = NULL;
    }
out:
    sdp_free(&sdp);
    free(cut);
    free(text);
}

#include <stdio.h>

#include "base/err.h"
#include "relay/signal/http_head.h"
#include "unit/runner.h"

/** Parses text; *status gets 0, -1 for "more is needed", or the status of the refusal. */
static void parse(const char *text, struct http_head *head, int *status)
{
    struct http_fault fault = {0};
    int err = http_head_parse(text, strlen(text), head, &fault);
    *status = err == 0 ? 0 : err == ERR_TRUNCATED ? -1 : fault.status;
    if (err == ERR_MALFORMED) {
        CHECK(fault.detail != NULL && fault.detail[0] != '\0');
    }
}

TEST(reads_a_request_head)
{
    struct http_head head;
    int status = 0;
    parse("POST /call/a%20b?name=Ann HTTP/1.1\r\nHost: x\r\nContent-Type:\t application/sdp \r\n"
          "content-length: 5\r\nExpect: 100-Continue\r\n\r\nv=0\r\n",
          &head, &status);
    REQUIRE_INT(status, 0);
    CHECK_INT(head.request.method, HTTP_POST);
    CHECK(str_view_equal(head.request.path, "/call/a%20b"));
    CHECK(str_view_equal(head.request.query, "name=Ann"));
    CHECK(str_view_equal(http_field_get(&head.request, "CONTENT-TYPE"), "application/sdp"));
    CHECK(http_field_get(&head.request, "If-Match").at == NULL);
    CHECK_INT(head.content_length, 5);
    CHECK(head.keep_alive);
    CHECK(head.expect_continue);
    CHECK(!head.websocket);
out:;
}

TEST(tells_methods_apart)
{
    static const struct {
        const char *text;
        enum http_method method;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost:x\r\n\r\n", HTTP_GET},
        {"HEAD / HTTP/1.1\r\nHost:x\r\n\r\n", HTTP_HEAD},
        {"PATCH / HTTP/1.1\r\nHost:x\r\n\r\n", HTTP_PATCH},
        {"DELETE / HTTP/1.1\r\nHost:x\r\n\r\n", HTTP_DELETE},
        {"OPTIONS / HTTP/1.1\r\nHost:x\r\n\r\n", HTTP_OPTIONS},
        {"PUT / HTTP/1.1\r\nHost:x\r\n\r\n", HTTP_PUT},
        {"get / HTTP/1.1\r\nHost:x\r\n\r\n", HTTP_OTHER},
        {"BREW / HTTP/1.1\r\nHost:x\r\n\r\n", HTTP_OTHER},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_head head;
        int status = 0;
        parse(cases[i].text, &head, &status);
        CHECK_INT(status, 0);
        CHECK_INT(head.request.method, cases[i].method);
    }
    goto out;
out:;
}

TEST(refuses_what_is_ambiguous_or_malformed)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"GET / HTTP/1.1\nHost: x\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
        {"GET / HTTP/1.1\rHost: x\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 505},
        {"GET /\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        {"GET / FTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"G@T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: \x02\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 411},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 262145\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417},
        {"GET / HTTP/1.1\r\nHost: x\r\n", -1},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r", -1},
        {"", -1},
        {"GET / HTTP/1.0\r\n\r\n", 0},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 262144\r\n\r\n", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_head head;
        int status = 0;
        parse(cases[i].text, &head, &status);
        if (status != cases[i].status) {
            runner_fail(cases[i].text, __LINE__, "status");
        }
    }
    goto out;
out:;
}

TEST(bounds_the_head_and_its_fields)
{
    char text[HTTP_MAX_HEAD_BYTES + 100];
    struct http_head head;
    struct http_fault fault = {0};
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET / HTTP/1.1\r\nHost: x\r\nLong: ", 31);
    CHECK_INT(http_head_parse(text, HTTP_MAX_HEAD_BYTES - 1, &head, &fault), ERR_TRUNCATED);
    CHECK_INT(http_head_parse(text, sizeof(text), &head, &fault), ERR_MALFORMED);
    CHECK_INT(fault.status, 431);
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET /", 5);
    memcpy(text + 5 + HTTP_MAX_TARGET_BYTES, " HTTP/1.1\r\nHost: x\r\n\r\n", 22);
    CHECK_INT(http_head_parse(text, sizeof(text), &head, &fault), ERR_MALFORMED);
    CHECK_INT(fault.status, 414);
    size_t len = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < HTTP_MAX_FIELDS; i++) {
        len += (size_t)sprintf(text + len, "A%d: b\r\n", i);
    }
    len += (size_t)sprintf(text + len, "\r\n");
    CHECK_INT(http_head_parse(text, len, &head, &fault), ERR_MALFORMED);
    CHECK_INT(fault.status, 431);
    goto out;
out:;
}

TEST(knows_when_the_connection_ends)
{
    static const struct {
        const char *text;
        bool keep_alive;
        bool websocket;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true, false},
        {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false, false},
        {"GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, CLOSE\r\n\r\n", false, false},
        {"GET / HTTP/1.0\r\nHost: x\r\n\r\n", false, false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, false},
        {"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: "
         "WebSocket\r\n\r\n",
         true, true},
        {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", true, false},
        {"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", true, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_head head;
        int status = 0;
        parse(cases[i].text, &head, &status);
        CHECK_INT(status, 0);
        CHECK_INT(head.keep_alive, cases[i].keep_alive);
        CHECK_INT(head.websocket, cases[i].websocket);
    }
    goto out;
out:;
}

TEST(takes_the_absolute_form)
{
    struct http_head head;
    int status = 0;
    parse("GET http://host:80/r/x?y HTTP/1.1\r\nHost: host\r\n\r\n", &head, &status);
    CHECK_INT(status, 0);
    CHECK(str_view_equal(head.request.path, "/r/x"));
    CHECK(str_view_equal(head.request.query, "y"));
    /* found by fuzzing: nothing behind the scheme */
    parse("GET http:// HTTP/1.1\r\nHost: host\r\n\r\n", &head, &status);
    CHECK_INT(status, 0);
    parse("GET https:// HTTP/1.1\r\nHost: host\r\n\r\n", &head, &status);
    CHECK_INT(status, 0);
    parse("GET http://host HTTP/1.1\r\nHost: host\r\n\r\n", &head, &status);
    CHECK_INT(status, 0);
    CHECK(str_view_equal(head.request.path, "/"));
    goto out;
out:;
}

#include <stdlib.h>

#include "base/err.h"
#include "relay/signal/message.h"
#include "unit/runner.h"

static int decode(const char *text, bool plus, char *out, size_t bytes)
{
    return http_decode(str_view_text(text), plus, out, bytes);
}

TEST(decodes_percent_escapes)
{
    char out[8];
    CHECK_INT(decode("a%2Fb%c3%A9", false, out, sizeof(out)), 0);
    CHECK_STR(out, "a/b\xc3\xa9");
    CHECK_INT(decode("a+b", true, out, sizeof(out)), 0);
    CHECK_STR(out, "a b");
    CHECK_INT(decode("a+b", false, out, sizeof(out)), 0);
    CHECK_STR(out, "a+b");
    CHECK_INT(decode("%", false, out, sizeof(out)), ERR_MALFORMED);
    CHECK_INT(decode("%4", false, out, sizeof(out)), ERR_MALFORMED);
    CHECK_INT(decode("%4g", false, out, sizeof(out)), ERR_MALFORMED);
    CHECK_INT(decode("%00", false, out, sizeof(out)), ERR_MALFORMED);
    CHECK_INT(decode("1234567", false, out, sizeof(out)), 0);
    CHECK_INT(decode("12345678", false, out, sizeof(out)), ERR_FULL);
    goto out;
out:;
}

TEST(finds_query_arguments)
{
    char out[16];
    struct str_view query = str_view_text("name=Ann+Lee&audio=mix&empty=&flag&x=1&x=2&bad=%zz");
    CHECK_INT(http_query_get(query, "name", out, sizeof(out)), 0);
    CHECK_STR(out, "Ann Lee");
    CHECK_INT(http_query_get(query, "audio", out, sizeof(out)), 0);
    CHECK_STR(out, "mix");
    CHECK_INT(http_query_get(query, "empty", out, sizeof(out)), 0);
    CHECK_STR(out, "");
    CHECK_INT(http_query_get(query, "flag", out, sizeof(out)), 0);
    CHECK_STR(out, "");
    CHECK_INT(http_query_get(query, "nam", out, sizeof(out)), ERR_NOT_FOUND);
    CHECK_INT(http_query_get(query, "x", out, sizeof(out)), ERR_MALFORMED);
    CHECK_INT(http_query_get(query, "bad", out, sizeof(out)), ERR_MALFORMED);
    CHECK_INT(http_query_get(query, "name", out, 4), ERR_FULL);
    CHECK_INT(http_query_get(str_view_of(NULL, 0), "name", out, 4), ERR_NOT_FOUND);
    goto out;
out:;
}

TEST(writes_problem_documents)
{
    struct http_response response;
    struct str head;
    str_init(&head, 4096);
    http_response_init(&response);
    http_response_header(&response, "Retry-After", "%d", 7);
    http_response_problem(&response, 400, 12, "The \"offer\"", "bad\tline \\ \xff %d", 3);
    REQUIRE(response.body != NULL);
    const char want[] = "{\"type\":\"about:blank\",\"status\":400,\"title\":\"The \\\"offer\\\"\","
                        "\"detail\":\"bad\\u0009line \\\\ ? 3\",\"line\":12}\n";
    REQUIRE_INT(response.body_len, sizeof(want) - 1);
    CHECK_MEM(response.body, want, sizeof(want) - 1);
    REQUIRE_OK(http_response_head(&response, false, "now", &head));
    CHECK(strstr(head.at, "HTTP/1.1 400 Bad Request\r\n") == head.at);
    CHECK(strstr(head.at, "\r\nRetry-After: 7\r\n") != NULL);
    CHECK(strstr(head.at, "\r\nContent-Type: application/problem+json\r\n") != NULL);
    CHECK(strstr(head.at, "\r\nConnection: close\r\n") != NULL);
out:
    http_response_deinit(&response);
    str_deinit(&head);
}

TEST(an_answer_without_content_has_no_length)
{
    struct http_response response;
    struct str head;
    str_init(&head, 4096);
    http_response_init(&response);
    response.status = 204;
    REQUIRE_OK(http_response_head(&response, true, "now", &head));
    CHECK(strstr(head.at, "Content-Length") == NULL);
    CHECK(strstr(head.at, "Connection") == NULL);
out:
    http_response_deinit(&response);
    str_deinit(&head);
}

TEST(finds_tokens_in_lists)
{
    CHECK(http_list_has(str_view_text("a, Upgrade ,b"), "upgrade"));
    CHECK(!http_list_has(str_view_text("upgrades"), "upgrade"));
    CHECK(!http_list_has(str_view_of(NULL, 0), "upgrade"));
    goto out;
out:;
}

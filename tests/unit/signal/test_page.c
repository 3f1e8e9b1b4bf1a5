#include "relay/signal/page.h"
#include "signal/assets.h"
#include "unit/runner.h"

static struct http_request request_of(enum http_method method)
{
    return (struct http_request){.method = method};
}

TEST(serves_the_page_with_its_policy)
{
    struct http_request request = request_of(HTTP_GET);
    struct http_response response;
    http_response_init(&response);
    page_serve(&request, "index.html", &response);
    if (assets_find("index.html") != NULL && !runner_out_of_memory()) {
        REQUIRE_INT(response.status, 200);
        CHECK_STR(response.type, "text/html; charset=utf-8");
        REQUIRE(response.headers.at != NULL);
        CHECK(strstr(response.headers.at, "Content-Security-Policy: default-src 'self'") != NULL);
        CHECK(strstr(response.headers.at, "frame-ancestors 'self'") != NULL);
        CHECK(strstr(response.headers.at, "Referrer-Policy: no-referrer") != NULL);
        CHECK(strstr(response.headers.at, "ETag: \"") != NULL);
    }
out:
    http_response_deinit(&response);
}

TEST(a_known_file_is_not_sent_again)
{
    struct http_request request = request_of(HTTP_GET);
    struct http_response response;
    char etag[64] = "W/";
    http_response_init(&response);
    page_serve(&request, "index.html", &response);
    const char *line = response.headers.at == NULL ? NULL : strstr(response.headers.at, "ETag: ");
    REQUIRE(line != NULL);
    memcpy(etag + 2, line + 6, 18);
    http_response_deinit(&response);
    http_response_init(&response);
    request.fields[0].name = str_view_text("If-None-Match");
    request.fields[0].value = str_view_text(etag);
    request.field_count = 1;
    page_serve(&request, "index.html", &response);
    CHECK_INT(response.status, 304);
    CHECK_INT(response.body_len, 0);
out:
    http_response_deinit(&response);
}

TEST(refuses_unknown_files_and_other_methods)
{
    struct http_request request = request_of(HTTP_POST);
    struct http_response response;
    http_response_init(&response);
    page_serve(&request, "../Makefile", &response);
    CHECK_INT(response.status, 404);
    http_response_deinit(&response);
    http_response_init(&response);
    page_serve(&request, "index.html", &response);
    CHECK_INT(response.status, 405);
    goto out;
out:
    http_response_deinit(&response);
}

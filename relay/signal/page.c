#include "page.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "signal/assets.h"

static const char content_policy[] =
    "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob:; "
    "img-src 'self' data: blob:; style-src 'self'; base-uri 'none'; frame-ancestors 'self'";

/** Changes whenever the file does. */
static void etag_of(const struct asset *asset, char out[24])
{
    uint64_t hash = map_hash(asset->bytes, asset->len, 0);
    (void)snprintf(out, 24, "\"%016llx\"", (unsigned long long)hash);
}

/** If-None-Match, weakly compared (RFC 9110 13.1.2). */
static bool is_known(struct str_view list, const char *etag)
{
    while (list.at != NULL) {
        struct str_view tag = str_view_trim(str_view_cut(&list, ','));
        if (str_view_starts(tag, "W/")) {
            tag = str_view_of(tag.at + 2, tag.len - 2);
        }
        if (str_view_equal(tag, etag) || str_view_equal(tag, "*")) {
            return true;
        }
    }
    return false;
}

void page_serve(const struct http_request *request, const char *path,
                struct http_response *response)
{
    const struct asset *asset = assets_find(path);
    if (asset == NULL) {
        http_response_problem(response, 404, 0, "Nothing here", "There is no such file.");
        return;
    }
    if (request->method != HTTP_GET && request->method != HTTP_HEAD) {
        http_response_header(response, "Allow", "GET, HEAD");
        http_response_problem(response, 405, 0, "Method not allowed",
                              "This file can only be read.");
        return;
    }
    char etag[24];
    etag_of(asset, etag);
    http_response_header(response, "ETag", "%s", etag);
    http_response_header(response, "Cache-Control", "no-cache");
    http_response_header(response, "Content-Security-Policy", "%s", content_policy);
    http_response_header(response, "Referrer-Policy", "no-referrer");
    http_response_header(response, "Permissions-Policy",
                         "camera=(self), microphone=(self), display-capture=(self)");
    if (is_known(http_field_get(request, "If-None-Match"), etag)) {
        http_response_borrow(response, 304, NULL, NULL, 0);
        return;
    }
    http_response_borrow(response, 200, assets_type(asset->path), asset->bytes, asset->len);
}

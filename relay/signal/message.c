#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { PROBLEM_MAX_BYTES = 2048, DETAIL_MAX_BYTES = 512 };

struct str_view http_field_get(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++) {
        if (str_view_equal_nocase(request->fields[i].name, name)) {
            return request->fields[i].value;
        }
    }
    return str_view_of(NULL, 0);
}

bool http_list_has(struct str_view list, const char *token)
{
    while (list.at != NULL) {
        if (str_view_equal_nocase(str_view_trim(str_view_cut(&list, ',')), token)) {
            return true;
        }
    }
    return false;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int http_decode(struct str_view text, bool plus, char *out, size_t out_bytes)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '%') {
            int high = text.len - i > 2 ? hex_value(text.at[i + 1]) : -1;
            int low = text.len - i > 2 ? hex_value(text.at[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return ERR_MALFORMED;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0') {
            return ERR_MALFORMED;
        }
        if (len + 1 >= out_bytes) {
            return ERR_FULL;
        }
        out[len++] = c;
    }
    if (out_bytes == 0) {
        return ERR_FULL;
    }
    out[len] = '\0';
    return 0;
}

int http_query_get(struct str_view query, const char *name, char *out, size_t out_bytes)
{
    int found = ERR_NOT_FOUND;
    while (query.at != NULL) {
        struct str_view value = str_view_cut(&query, '&');
        struct str_view key = str_view_cut(&value, '=');
        if (!str_view_equal(key, name)) {
            continue;
        }
        if (found == 0) {
            return ERR_MALFORMED;
        }
        found = http_decode(value, true, out, out_bytes);
        if (found != 0) {
            return found;
        }
    }
    return found;
}

void http_response_init(struct http_response *response)
{
    memset(response, 0, sizeof(*response));
    str_init(&response->headers, HTTP_MAX_HEADER_BYTES);
}

void http_response_header(struct http_response *response, const char *name, const char *format, ...)
{
    char value[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(value, sizeof(value), format, args);
    va_end(args);
    str_printf(&response->headers, "%s: %s\r\n", name, value);
}

void http_response_borrow(struct http_response *response, int status, const char *type,
                          const void *body, size_t len)
{
    free(response->owned);
    response->owned = NULL;
    response->status = status;
    response->type = type;
    response->body = body;
    response->body_len = len;
}

void http_response_take(struct http_response *response, int status, const char *type, char *body,
                        size_t len)
{
    http_response_borrow(response, status, type, body, len);
    response->owned = body;
}

/** Text as the inside of a JSON string. Bytes outside ASCII may be anything here, so they become
 * '?'. */
static void append_json(struct str *str, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            str_printf(str, "\\%c", c);
        } else if (c < 0x20 || c == 0x7F) {
            str_printf(str, "\\u%04x", c);
        } else {
            str_append_view(str, str_view_of(c < 0x80 ? p : "?", 1));
        }
    }
}

void http_response_problem(struct http_response *response, int status, unsigned line,
                           const char *title, const char *format, ...)
{
    char detail[DETAIL_MAX_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    struct str body;
    str_init(&body, PROBLEM_MAX_BYTES);
    str_printf(&body, "{\"type\":\"about:blank\",\"status\":%d,\"title\":\"", status);
    append_json(&body, title);
    str_append(&body, "\",\"detail\":\"");
    append_json(&body, detail);
    str_append(&body, "\"");
    if (line != 0) {
        str_printf(&body, ",\"line\":%u", line);
    }
    str_append(&body, "}\n");
    char *text = NULL;
    if (str_take(&body, &text) == 0) {
        http_response_take(response, status, "application/problem+json", text, strlen(text));
    } else {
        http_response_borrow(response, status, NULL, NULL, 0);
    }
    str_deinit(&body);
}

void http_response_no_memory(struct http_response *response)
{
    http_response_header(response, "Retry-After", "1");
    http_response_problem(response, 503, 0, "Out of memory", "The relay is short of memory.");
}

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Status";
}

int http_response_head(const struct http_response *response, bool keep_alive, const char *date,
                       struct str *out)
{
    if (response->headers.err != 0) {
        return response->headers.err;
    }
    int status = response->status;
    str_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\n", status, http_reason(status), date);
    if (response->headers.at != NULL) {
        str_append(out, response->headers.at);
    }
    if (response->type != NULL) {
        str_printf(out, "Content-Type: %s\r\n", response->type);
    }
    if (status != 101) {
        if (status != 204 && status != 304) {
            str_printf(out, "Content-Length: %zu\r\n", response->body_len);
        }
        str_append(out, "X-Content-Type-Options: nosniff\r\n");
        str_append(out, keep_alive ? "" : "Connection: close\r\n");
    }
    str_append(out, "\r\n");
    return out->err;
}

void http_response_deinit(struct http_response *response)
{
    free(response->owned);
    str_deinit(&response->headers);
    memset(response, 0, sizeof(*response));
}

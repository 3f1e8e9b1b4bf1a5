#include "http_head.h"

#include <string.h>

#include "base/err.h"

static int refuse(struct http_fault *fault, int status, const char *detail)
{
    fault->status = status;
    fault->detail = detail;
    return ERR_MALFORMED;
}

/** RFC 9110 5.6.2 tchar. */
static bool is_token(struct str_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alnum && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

/** Bytes that a field value may hold (RFC 9110 5.5): visible, blank, tab, and whatever is above
 * ASCII. */
static bool is_value(struct str_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool is_target(struct str_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c <= 0x20 || c >= 0x7F || c == '#') {
            return false;
        }
    }
    return true;
}

/** Next line without its CRLF. @return 0, ERR_TRUNCATED, or ERR_MALFORMED for a bare CR or LF */
static int next_line(struct str_view *rest, struct str_view *line)
{
    for (size_t i = 0; i < rest->len; i++) {
        if (rest->at[i] == '\n') {
            return ERR_MALFORMED;
        }
        if (rest->at[i] != '\r') {
            continue;
        }
        if (i + 1 == rest->len) {
            return ERR_TRUNCATED;
        }
        if (rest->at[i + 1] != '\n') {
            return ERR_MALFORMED;
        }
        *line = str_view_of(rest->at, i);
        *rest = str_view_of(rest->at + i + 2, rest->len - i - 2);
        return 0;
    }
    return ERR_TRUNCATED;
}

static enum http_method method_of(struct str_view text)
{
    static const char *const names[] = {
        [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",
        [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
        [HTTP_PUT] = "PUT",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (str_view_equal(text, names[i])) {
            return (enum http_method)i;
        }
    }
    return HTTP_OTHER;
}

/** Path and query of a target in absolute form (RFC 9112 3.2.2); one in origin form comes back as
 * it is. */
static struct str_view without_authority(struct str_view target)
{
    size_t scheme = str_view_starts(target, "http://")    ? 7
                    : str_view_starts(target, "https://") ? 8
                                                          : 0;
    if (scheme == 0) {
        return target;
    }
    const char *path = memchr(target.at + scheme, '/', target.len - scheme);
    return path == NULL ? str_view_text("/")
                        : str_view_of(path, target.len - (size_t)(path - target.at));
}

/** "GET /path?query HTTP/1.1"; *minor gets 0 or 1. */
static int parse_request_line(struct str_view line, struct http_request *request, unsigned *minor,
                              struct http_fault *fault)
{
    struct str_view method = str_view_cut(&line, ' ');
    struct str_view target = str_view_cut(&line, ' ');
    if (!is_token(method) || target.len == 0 || line.at == NULL) {
        return refuse(fault, 400,
                      "the request line is not METHOD, one blank, target, one blank, HTTP/1.1");
    }
    if (!str_view_equal(line, "HTTP/1.1") && !str_view_equal(line, "HTTP/1.0")) {
        bool http = str_view_starts(line, "HTTP/");
        return refuse(fault, http ? 505 : 400, "the request line does not end in HTTP/1.1");
    }
    *minor = line.at[7] == '1' ? 1 : 0;
    if (target.len > HTTP_MAX_TARGET_BYTES) {
        return refuse(fault, 414, "the target of the request is longer than 4096 bytes");
    }
    if (!is_target(target)) {
        return refuse(fault, 400,
                      "the target of the request holds a byte that must be percent-encoded");
    }
    target = without_authority(target);
    if (target.at[0] != '/') {
        return refuse(fault, 400, "the target of the request does not begin with a slash");
    }
    request->method = method_of(method);
    request->path = str_view_cut(&target, '?');
    request->query = target;
    return 0;
}

static int parse_field(struct str_view line, struct http_request *request, struct http_fault *fault)
{
    if (request->field_count == HTTP_MAX_FIELDS) {
        return refuse(fault, 431, "the request has more than 64 header fields");
    }
    struct str_view value = line;
    struct str_view name = str_view_cut(&value, ':');
    if (value.at == NULL || !is_token(name)) {
        return refuse(fault, 400, "a header line is not a name, a colon and a value");
    }
    value = str_view_trim(value);
    if (!is_value(value)) {
        return refuse(fault, 400, "a header value holds a control character");
    }
    request->fields[request->field_count++] = (struct http_field){.name = name, .value = value};
    return 0;
}

static size_t count_fields(const struct http_request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->field_count; i++) {
        count += str_view_equal_nocase(request->fields[i].name, name);
    }
    return count;
}

/** Length of the body (RFC 9112 6). */
static int read_length(struct http_head *head, struct http_fault *fault)
{
    const struct http_request *request = &head->request;
    size_t lengths = count_fields(request, "Content-Length");
    if (count_fields(request, "Transfer-Encoding") > 0) {
        return lengths > 0
                   ? refuse(fault, 400, "Content-Length and Transfer-Encoding are both given")
                   : refuse(fault, 411, "bodies must come with a Content-Length, not chunked");
    }
    if (lengths == 0) {
        return 0;
    }
    uint64_t value = 0;
    int err = str_view_u64(http_field_get(request, "Content-Length"), UINT64_MAX / 16, &value);
    if (lengths > 1 || err == ERR_MALFORMED) {
        return refuse(fault, 400, "Content-Length is not one decimal number");
    }
    if (err != 0 || value > HTTP_MAX_BODY_BYTES) {
        return refuse(fault, 413, "the body is longer than 262144 bytes");
    }
    head->content_length = (size_t)value;
    return 0;
}

/** What the fields say about connection and body. */
static int read_fields(struct http_head *head, unsigned minor, struct http_fault *fault)
{
    const struct http_request *request = &head->request;
    size_t hosts = count_fields(request, "Host");
    if (hosts > 1 || (hosts == 0 && minor == 1)) {
        return refuse(fault, 400, "the request needs exactly one Host header");
    }
    int err = read_length(head, fault);
    if (err != 0) {
        return err;
    }
    struct str_view connection = http_field_get(request, "Connection");
    head->keep_alive = !http_list_has(connection, "close") &&
                       (minor == 1 || http_list_has(connection, "keep-alive"));
    struct str_view expect = http_field_get(request, "Expect");
    if (expect.at != NULL && !str_view_equal_nocase(expect, "100-continue")) {
        return refuse(fault, 417, "Expect may only be 100-continue");
    }
    head->expect_continue = expect.at != NULL && minor == 1 && head->content_length > 0;
    head->websocket = minor == 1 && http_list_has(connection, "upgrade") &&
                      http_list_has(http_field_get(request, "Upgrade"), "websocket");
    return 0;
}

int http_head_parse(const char *data, size_t len, struct http_head *out, struct http_fault *fault)
{
    struct str_view rest = str_view_of(data, len < HTTP_MAX_HEAD_BYTES ? len : HTTP_MAX_HEAD_BYTES);
    struct str_view line;
    unsigned minor = 0;
    memset(out, 0, sizeof(*out));
    for (bool first = true;; first = false) {
        int err = next_line(&rest, &line);
        if (err == ERR_TRUNCATED && len >= HTTP_MAX_HEAD_BYTES) {
            return refuse(fault, 431, "the head of the request is longer than 8192 bytes");
        }
        if (err != 0) {
            return err == ERR_TRUNCATED
                       ? err
                       : refuse(fault, 400, "a line of the head does not end in CR LF");
        }
        if (!first && line.len == 0) {
            break;
        }
        err = first ? parse_request_line(line, &out->request, &minor, fault)
                    : parse_field(line, &out->request, fault);
        if (err != 0) {
            return err;
        }
    }
    out->bytes = (size_t)(rest.at - data);
    return read_fields(out, minor, fault);
}

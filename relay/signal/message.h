/**
 * HTTP requests and responses as plain values (RFC 9110): what http.c makes of bytes, and what the
 * handlers work on.
 */
#ifndef SIGNAL_MESSAGE_H
#define SIGNAL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/str.h"

enum {
    HTTP_MAX_FIELDS = 64,
    HTTP_MAX_BODY_BYTES = 256 * 1024,
    HTTP_MAX_HEADER_BYTES = 8 * 1024 /**< of a response's own header lines */
};

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_PUT,
    HTTP_OTHER /**< a well-formed method that we do not know */
};

/** One header line of a request; the value has no blanks at its ends. */
struct http_field {
    struct str_view name;
    struct str_view value;
};

/** A request; all views are borrowed from the connection's buffer. */
struct http_request {
    enum http_method method;
    struct str_view path;  /**< begins with '/', still percent-encoded */
    struct str_view query; /**< behind '?', empty when there is none */
    struct http_field fields[HTTP_MAX_FIELDS];
    size_t field_count;
    struct str_view body;
    struct addr remote; /**< who asks: the peer, or what a proxy on this machine says about it */
};

/** A response being made; http_response_init first. */
struct http_response {
    int status;         /**< 0 until it is known */
    struct str headers; /**< whole lines with CRLF */
    const char *type;   /**< Content-Type, NULL for none; static text */
    const void *body;
    size_t body_len;
    char *owned; /**< body's memory when it must be freed */
};

/** Value of a header field, name compared without case; at == NULL when absent, the first one when
 * there are several. */
struct str_view http_field_get(const struct http_request *request, const char *name);

/** True when a comma-separated list holds the token, compared without case. */
bool http_list_has(struct str_view list, const char *token);

/**
 * Decodes %XX (and '+' when plus) into out with a terminator.
 * @return 0, ERR_MALFORMED (bad escape, or a byte 0), or ERR_FULL
 */
int http_decode(struct str_view text, bool plus, char *out, size_t out_bytes);

/**
 * Value of a query argument, decoded into out.
 * @return 0, ERR_NOT_FOUND, ERR_MALFORMED (bad escape, or given twice), or ERR_FULL
 */
int http_query_get(struct str_view query, const char *name, char *out, size_t out_bytes);

void http_response_init(struct http_response *response);

/** Adds one header line. The value must come from us: it is not checked for CR and LF. */
void http_response_header(struct http_response *response, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Sets status and a body that the response frees. */
void http_response_take(struct http_response *response, int status, const char *type, char *body,
                        size_t len);

/** Sets status and a body that outlives the response. */
void http_response_borrow(struct http_response *response, int status, const char *type,
                          const void *body, size_t len);

/** Makes it a problem document (RFC 9457); `line` of the SDP is told when it is not 0. Headers that
 * were added stay. */
void http_response_problem(struct http_response *response, int status, unsigned line,
                           const char *title, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** Likewise: 503, and to be asked again. */
void http_response_no_memory(struct http_response *response);

/**
 * Status line and header section of the response, for a body of body_len bytes.
 * @param date value of the Date field
 * @return 0 or the error of memory
 */
int http_response_head(const struct http_response *response, bool keep_alive, const char *date,
                       struct str *out);

void http_response_deinit(struct http_response *response);

/** Reason phrase of a status, "Status" when unknown. */
const char *http_reason(int status);

#endif

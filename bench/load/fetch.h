/**
 * HTTP requests on the turn (libcurl): many at a time, connections kept and shared.
 *
 * Redirects are followed with method, body and token (RFC 9725 4.5: a server sends callers to the
 * node that has the room), but never from https to http. No proxy is used, whatever the environment
 * says: a tester measures the server, not what is between.
 */
#ifndef LOAD_FETCH_H
#define LOAD_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/cause.h"
#include "load/turn.h"

struct fetcher;
struct fetch;

enum {
    FETCH_MAX_HEADERS = 24,
    FETCH_MAX_BYTES = 256 * 1024, /**< of an answer's body */
    FETCH_MAX_CONNECTIONS = 256   /**< at a time; what is more waits */
};

/** Borrowed until fetch_new returns. */
struct fetch_request {
    const char *method; /**< "POST", "GET", "DELETE" */
    const char *url;
    const char *headers[FETCH_MAX_HEADERS]; /**< "Name: value" */
    size_t header_count;
    const char *body; /**< NULL = none */
    size_t body_len;
    int64_t timeout_us; /**< from now to the last byte of the answer */
    bool insecure;      /**< certificates are not verified */
};

/** Borrowed until `done` returns. */
struct fetch_result {
    enum load_cause cause; /**< LOAD_FINE: an answer came, of whatever status; else UNREACHABLE,
                              HTTP_TIMEOUT, HTTP_ERROR (no HTTP, too long), NO_RESOURCES */
    const char *message;   /**< why there is no answer, or "" */
    long status;
    const char *content_type; /**< "" when not said */
    const char *location;     /**< as the server wrote it, or NULL */
    const char *url;          /**< that answered, after redirects */
    const char *body;         /**< terminated */
    size_t body_len;
};

/** Called once, from the turn or from fetcher_free; the fetch is freed after it. */
typedef void fetch_done(void *owner, const struct fetch_result *result);

/** @return 0 or ERR_NO_MEMORY */
int fetcher_new(struct fetcher **out, struct turn *turn);

/** @param done NULL = nobody wants to know. @return 0 or ERR_NO_MEMORY */
int fetch_new(struct fetch **out, struct fetcher *fetcher, const struct fetch_request *request,
              fetch_done *done, void *owner);

/** Ends it at once; done is not called. Only before done. */
void fetch_cancel(struct fetch **fetch);

/** How many are under way. */
size_t fetcher_pending(const struct fetcher *fetcher);

/** What is under way is given up: done is told LOAD_HTTP_TIMEOUT. Inside it nothing new begins
 * (fetch_new fails), and no other one may be cancelled. */
void fetcher_free(struct fetcher **fetcher);

#endif

#include "load/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/list.h"
#include "base/str.h"

enum { MAX_REDIRECTS = 5 };

struct fetcher {
    struct turn *turn;
    CURLM *multi;
    struct turn_timer timer;
    struct list fetches;
    size_t pending;
    bool closing;
};

struct fetch {
    struct list link;
    struct fetcher *fetcher;
    CURL *easy;
    struct curl_slist *headers;
    struct str body;
    bool too_long;
    bool starved; /**< its socket cannot be watched */
    char error[CURL_ERROR_SIZE];
    fetch_done *done;
    void *owner;
};

static void release(struct fetch *fetch)
{
    if (fetch->easy != NULL) {
        (void)curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
        curl_easy_cleanup(fetch->easy);
    }
    curl_slist_free_all(fetch->headers);
    str_deinit(&fetch->body);
    free(fetch);
}

static void unlink_and_free(struct fetch *fetch)
{
    list_remove(&fetch->link);
    fetch->fetcher->pending--;
    release(fetch);
}

/** Why curl has no answer. */
static enum load_cause cause_of(CURLcode code, const struct fetch *fetch)
{
    curl_off_t connected_us = 0;
    long system_error = 0;
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &system_error);
    if (code == CURLE_OK) {
        return LOAD_FINE;
    }
    if (code == CURLE_OUT_OF_MEMORY || system_error == EMFILE || system_error == ENFILE ||
        system_error == EADDRNOTAVAIL) {
        return LOAD_NO_RESOURCES;
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return connected_us == 0 ? LOAD_UNREACHABLE : LOAD_HTTP_TIMEOUT;
    }
    bool tls = code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION;
    bool reached = code != CURLE_COULDNT_RESOLVE_HOST && code != CURLE_COULDNT_CONNECT;
    return reached && !tls ? LOAD_HTTP_ERROR : LOAD_UNREACHABLE;
}

static const char *message_of(CURLcode code, const struct fetch *fetch)
{
    if (code == CURLE_OK) {
        return "";
    }
    if (fetch->too_long) {
        return "the answer is longer than 256 KiB";
    }
    return fetch->error[0] != '\0' ? fetch->error : curl_easy_strerror(code);
}

static void finish(struct fetch *fetch, CURLcode code)
{
    char *content_type = NULL;
    char *url = NULL;
    struct curl_header *location = NULL;
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_TYPE, &content_type);
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_EFFECTIVE_URL, &url);
    bool located =
        curl_easy_header(fetch->easy, "Location", 0, CURLH_HEADER, -1, &location) == CURLHE_OK;
    struct fetch_result result = {
        .cause = cause_of(code, fetch),
        .message = message_of(code, fetch),
        .content_type = content_type != NULL ? content_type : "",
        .location = located ? location->value : NULL,
        .url = url != NULL ? url : "",
        .body = fetch->body.at != NULL ? fetch->body.at : "",
        .body_len = fetch->body.len,
    };
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &result.status);
    if (fetch->done != NULL) {
        fetch->done(fetch->owner, &result);
    }
    unlink_and_free(fetch);
}

/** Tells who is done. Requests may be begun and cancelled by those who are told. */
static void sweep(struct fetcher *fetcher)
{
    int left = 0;
    for (;;) {
        const CURLMsg *message = curl_multi_info_read(fetcher->multi, &left);
        if (message == NULL) {
            return;
        }
        struct fetch *fetch = NULL;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch) ==
                CURLE_OK &&
            fetch != NULL) {
            finish(fetch, message->data.result);
        }
    }
}

static void on_socket(void *owner, int descriptor, bool readable, bool writable)
{
    struct fetcher *fetcher = owner;
    int running = 0;
    int events = (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0);
    (void)curl_multi_socket_action(fetcher->multi, descriptor, events, &running);
    sweep(fetcher);
}

/** Those whose sockets cannot be watched would hear nothing until their deadline. */
static void end_starved(struct fetcher *fetcher)
{
    LIST_FOR_EACH(link, &fetcher->fetches)
    {
        struct fetch *fetch = LIST_ENTRY(link, struct fetch, link);
        if (fetch->starved) {
            finish(fetch, CURLE_OUT_OF_MEMORY);
            return; /* others may have come and gone meanwhile; they have their deadline */
        }
    }
}

/** Curl asks to be called after so long; -1 = no more. */
static int set_timer(CURLM *multi, long after_ms, void *owner)
{
    struct fetcher *fetcher = owner;
    (void)multi;
    turn_set(fetcher->turn, &fetcher->timer,
             after_ms < 0 ? INT64_MAX : turn_now_us(fetcher->turn) + (int64_t)after_ms * 1000);
    return 0;
}

static void on_timer(void *owner, int64_t now_us)
{
    struct fetcher *fetcher = owner;
    int running = 0;
    long after_ms = -1;
    (void)now_us;
    (void)curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    sweep(fetcher);
    end_starved(fetcher);
    /* Curl does not say again what it has said: this may have been another's time. */
    (void)curl_multi_timeout(fetcher->multi, &after_ms);
    (void)set_timer(fetcher->multi, after_ms, fetcher);
}

/** Curl asks for a socket to be watched. */
static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *owner, void *watched)
{
    struct fetcher *fetcher = owner;
    bool write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL) {
            turn_forget(fetcher->turn, socket);
        }
        return 0;
    }
    if (watched != NULL) {
        turn_watch_write(fetcher->turn, socket, write);
        return 0;
    }
    if (turn_watch(fetcher->turn, socket, write, on_socket, fetcher) != 0) {
        struct fetch *fetch = NULL; /* an error to curl would end all others too */
        if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&fetch) == CURLE_OK &&
            fetch != NULL) {
            fetch->starved = true;
            turn_set(fetcher->turn, &fetcher->timer, turn_now_us(fetcher->turn));
        }
        return 0;
    }
    (void)curl_multi_assign(fetcher->multi, socket, fetcher);
    return 0;
}

int fetcher_new(struct fetcher **out, struct turn *turn)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return ERR_NO_MEMORY;
    }
    struct fetcher *fetcher = calloc(1, sizeof(*fetcher));
    CURLM *multi = fetcher != NULL ? curl_multi_init() : NULL;
    if (multi == NULL) {
        free(fetcher);
        curl_global_cleanup();
        return ERR_NO_MEMORY;
    }
    fetcher->turn = turn;
    fetcher->multi = multi;
    list_init(&fetcher->fetches);
    turn_timer_init(&fetcher->timer, on_timer, fetcher);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetcher);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetcher);
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)FETCH_MAX_CONNECTIONS);
    *out = fetcher;
    return 0;
}

static size_t take_body(char *data, size_t size, size_t count, void *owner)
{
    struct fetch *fetch = owner;
    size_t len = size * count;
    if (fetch->body.len + len > FETCH_MAX_BYTES) {
        fetch->too_long = true;
        return 0;
    }
    str_append_view(&fetch->body, str_view_of(data, len));
    return fetch->body.err == 0 ? len : 0;
}

/** @return false without memory */
static bool add_headers(struct fetch *fetch, const struct fetch_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(fetch->headers, request->headers[i]);
        if (longer == NULL) {
            return false;
        }
        fetch->headers = longer;
    }
    return true;
}

/** @return false when curl does not take it (memory, in practice) */
static bool set_options(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;
    /* The token goes along, and what was to be secret stays so. */
    const char *followed = strncasecmp(request->url, "https:", 6) == 0 ? "https" : "http,https";
    long timeout_ms = (long)(request->timeout_us / 1000);
    bool ok = curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_USERAGENT, "tandem-load") == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, followed) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    (void)curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    (void)curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms > 0 ? timeout_ms : 1);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request->insecure ? 0L : 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request->insecure ? 0L : 2L);
    if (request->body != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body_len);
        ok = ok && curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body) == CURLE_OK;
    }
    return ok;
}

int fetch_new(struct fetch **out, struct fetcher *fetcher, const struct fetch_request *request,
              fetch_done *done, void *owner)
{
    struct fetch *fetch = fetcher->closing ? NULL : calloc(1, sizeof(*fetch));
    if (fetch == NULL) {
        return ERR_NO_MEMORY;
    }
    fetch->fetcher = fetcher;
    fetch->done = done;
    fetch->owner = owner;
    str_init(&fetch->body, FETCH_MAX_BYTES + 1);
    list_append(&fetcher->fetches, &fetch->link);
    fetcher->pending++;
    fetch->easy = curl_easy_init();
    if (fetch->easy == NULL || !add_headers(fetch, request) || !set_options(fetch, request) ||
        curl_multi_add_handle(fetcher->multi, fetch->easy) != CURLM_OK) {
        unlink_and_free(fetch);
        return ERR_NO_MEMORY;
    }
    *out = fetch;
    return 0;
}

void fetch_cancel(struct fetch **fetch)
{
    if (*fetch != NULL) {
        unlink_and_free(*fetch);
        *fetch = NULL;
    }
}

size_t fetcher_pending(const struct fetcher *fetcher)
{
    return fetcher->pending;
}

static void give_up(struct fetch *fetch)
{
    static const struct fetch_result result = {.cause = LOAD_HTTP_TIMEOUT,
                                               .message = "given up",
                                               .content_type = "",
                                               .url = "",
                                               .body = ""};
    if (fetch->done != NULL) {
        fetch->done(fetch->owner, &result);
    }
    release(fetch);
}

void fetcher_free(struct fetcher **fetcher)
{
    struct fetcher *old = *fetcher;
    if (old == NULL) {
        return;
    }
    old->closing = true;
    LIST_FOR_EACH_SAFE(link, after, &old->fetches)
    {
        give_up(LIST_ENTRY(link, struct fetch, link));
    }
    turn_set(old->turn, &old->timer, INT64_MAX);
    (void)curl_multi_cleanup(old->multi);
    turn_set(old->turn, &old->timer, INT64_MAX);
    free(old);
    curl_global_cleanup();
    *fetcher = NULL;
}

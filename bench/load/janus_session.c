#include "load/janus_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/str.h"
#include "load/dial_url.h"
#include "load/dial_words.h"

enum {
    POLL_TIMEOUT_US = 60000000, /**< Janus answers after 30 s at the latest */
    POLL_EVENTS = 64,           /**< at a time */
    POLL_LEAST_US = 5000,       /**< from one poll to the next, when it brought something */
    POLL_IDLE_US = 200000,      /**< when it brought nothing, or did not come through */
    POLL_URL_BYTES = 16384,     /**< a token in percent-encoding included */
    URL_BYTES = 1024,
    MAX_LOST_POLLS = 3
};

enum session_state { SESSION_NONE, SESSION_CREATING, SESSION_UP };

struct janus_session {
    struct dialer *dialer;
    const char *url;
    enum session_state state;
    uint64_t id;
    uint64_t transactions;
    struct list handles;
    struct list requests;
    struct fetch *poll;
    struct turn_timer poll_timer; /**< when the next poll begins */
    int64_t poll_us;              /**< when the last one began */
    unsigned lost_polls;
    bool finishing;
};

struct janus_handle {
    struct list link;
    struct janus_session *session;
    const char *plugin;
    struct janus_ear ear;
    uint64_t id; /**< 0 = not attached yet */
};

enum request_kind { REQUEST_CREATE, REQUEST_ATTACH, REQUEST_MESSAGE, REQUEST_END };

struct janus_request {
    struct list link;
    struct janus_session *session;
    struct janus_handle *handle; /**< NULL = of the session, or detached meanwhile */
    enum request_kind kind;
};

static void on_reply(void *owner, const struct fetch_result *result);
static void on_poll(void *owner, const struct fetch_result *result);

static bool format_url(const struct janus_session *session, uint64_t handle, char out[URL_BYTES])
{
    int used = 0;
    if (session->id == 0) {
        used = snprintf(out, URL_BYTES, "%s", session->url);
    } else if (handle == 0) {
        used = snprintf(out, URL_BYTES, "%s/%llu", session->url, (unsigned long long)session->id);
    } else {
        used = snprintf(out, URL_BYTES, "%s/%llu/%llu", session->url,
                        (unsigned long long)session->id, (unsigned long long)handle);
    }
    return used > 0 && used < URL_BYTES;
}

/** Adds what every request has. @return 0 or ERR_NO_MEMORY */
static int complete(struct janus_session *session, json_t *json)
{
    char transaction[24];
    const char *token = session->dialer->target.bearer;
    (void)snprintf(transaction, sizeof(transaction), "t%llu",
                   (unsigned long long)++session->transactions);
    if (json_object_set_new(json, "transaction", json_string(transaction)) != 0 ||
        (token != NULL && json_object_set_new(json, "token", json_string(token)) != 0)) {
        return ERR_NO_MEMORY;
    }
    return 0;
}

/** Posts a request; json is taken over. @param id of the handle it is for, 0 = the session */
static int post(struct janus_session *session, struct janus_handle *handle, uint64_t id,
                enum request_kind kind, json_t *json)
{
    char url[URL_BYTES];
    char bearer[DIAL_BEARER_BYTES];
    struct fetch *fetch = NULL;
    struct janus_request *request = calloc(1, sizeof(*request));
    char *text = NULL;
    bool closing = session->dialer->fetcher == NULL;
    if (!closing && request != NULL && json != NULL && complete(session, json) == 0 &&
        format_url(session, id, url)) {
        text = json_dumps(json, JSON_COMPACT);
    }
    json_decref(json);
    if (text == NULL) {
        free(request);
        return ERR_NO_MEMORY;
    }
    *request = (struct janus_request){.session = session, .handle = handle, .kind = kind};
    struct fetch_request http = dial_request(session->dialer, "POST", url, bearer);
    http.headers[http.header_count++] = "Content-Type: application/json";
    http.body = text;
    http.body_len = strlen(text);
    int err = fetch_new(&fetch, session->dialer->fetcher, &http, on_reply, request);
    free(text);
    if (err != 0) {
        free(request);
        return err;
    }
    list_append(&session->requests, &request->link);
    return 0;
}

static int send_attach(struct janus_handle *handle)
{
    return post(handle->session, handle, 0, REQUEST_ATTACH,
                json_pack("{s:s,s:s}", "janus", "attach", "plugin", handle->plugin));
}

static void send_detach(struct janus_session *session, uint64_t id)
{
    (void)post(session, NULL, id, REQUEST_END, json_pack("{s:s}", "janus", "detach"));
}

/** @return 0 or ERR_NO_MEMORY */
static int start_poll(struct janus_session *session)
{
    char base[URL_BYTES];
    char bearer[DIAL_BEARER_BYTES];
    struct str url;
    const char *token = session->dialer->target.bearer;
    if (!format_url(session, 0, base)) {
        return ERR_NO_MEMORY;
    }
    str_init(&url, POLL_URL_BYTES);
    str_printf(&url, "%s?maxev=%d", base, POLL_EVENTS);
    if (token != NULL) {
        str_append(&url, "&token=");
        dial_url_append(&url, token);
    }
    int err = url.err;
    if (err == 0) {
        struct fetch_request http = dial_request(session->dialer, "GET", url.at, bearer);
        http.timeout_us = POLL_TIMEOUT_US;
        session->poll_us = turn_clock_us();
        err = fetch_new(&session->poll, session->dialer->fetcher, &http, on_poll, session);
    }
    str_deinit(&url);
    return err == 0 ? 0 : ERR_NO_MEMORY;
}

/** Handles may go while others are told: asked for anew each time. */
static struct janus_handle *find_handle(struct janus_session *session, uint64_t id)
{
    LIST_FOR_EACH(link, &session->handles)
    {
        struct janus_handle *handle = LIST_ENTRY(link, struct janus_handle, link);
        if (handle->id == id) {
            return handle;
        }
    }
    return NULL;
}

/** Takes a handle out of the list, so that a walk over all comes to an end whatever is done
 * meanwhile; it stays its owner's. */
static struct janus_handle *take_first(struct list *handles)
{
    struct janus_handle *handle = LIST_ENTRY(handles->next, struct janus_handle, link);
    list_remove(&handle->link);
    list_init(&handle->link);
    return handle;
}

/** The session is not to be had: all who wait or live on it are told. */
static void lose_session(struct janus_session *session, enum load_cause cause, const char *message)
{
    session->state = SESSION_NONE;
    session->id = 0;
    fetch_cancel(&session->poll);
    turn_set(session->dialer->turn, &session->poll_timer, INT64_MAX);
    while (!list_empty(&session->handles)) {
        struct janus_handle *handle = take_first(&session->handles);
        if (handle->id == 0) {
            handle->ear.failed(handle->ear.owner, cause, message);
        } else if (handle->ear.gone != NULL) {
            handle->ear.gone(handle->ear.owner, message);
        }
    }
}

static void tell(struct janus_session *session, const json_t *event)
{
    const char *kind = json_string_value(json_object_get(event, "janus"));
    json_int_t sender = json_integer_value(json_object_get(event, "sender"));
    struct janus_handle *handle = sender > 0 ? find_handle(session, (uint64_t)sender) : NULL;
    if (kind == NULL || handle == NULL) {
        return;
    }
    const json_t *data = json_object_get(json_object_get(event, "plugindata"), "data");
    if (data != NULL) {
        handle->ear.event(handle->ear.owner, data, json_object_get(event, "jsep"));
    } else if (strcmp(kind, "webrtcup") == 0 && handle->ear.up != NULL) {
        handle->ear.up(handle->ear.owner);
    } else if (strcmp(kind, "hangup") == 0 && handle->ear.gone != NULL) {
        const char *reason = json_string_value(json_object_get(event, "reason"));
        handle->ear.gone(handle->ear.owner, reason != NULL ? reason : "hung up");
    }
}

/** Nothing hears of events without polls. */
static void poll_or_lose(struct janus_session *session)
{
    if (start_poll(session) != 0) {
        lose_session(session, LOAD_NO_RESOURCES, "out of memory");
    }
}

static void on_poll_timer(void *owner, int64_t now_us)
{
    (void)now_us;
    poll_or_lose(owner);
}

/** Tells what a poll brought. @return whether it was any event */
static bool tell_events(struct janus_session *session, const json_t *events)
{
    size_t index = 0;
    json_t *event = NULL;
    json_array_foreach(events, index, event)
    {
        tell(session, event);
    }
    if (!json_is_object(events)) {
        return json_array_size(events) > 0;
    }
    tell(session, events);
    const char *kind = json_string_value(json_object_get(events, "janus"));
    if (kind != NULL && (strcmp(kind, "timeout") == 0 || strcmp(kind, "error") == 0)) {
        lose_session(session, LOAD_DROPPED, "the session with Janus is over");
    }
    return kind != NULL && strcmp(kind, "keepalive") != 0;
}

static void on_poll(void *owner, const struct fetch_result *result)
{
    struct janus_session *session = owner;
    session->poll = NULL;
    json_t *events =
        result->status == 200 ? json_loadb(result->body, result->body_len, 0, NULL) : NULL;
    session->lost_polls = events != NULL ? 0 : session->lost_polls + 1;
    bool any = tell_events(session, events);
    json_decref(events);
    if (session->lost_polls >= MAX_LOST_POLLS) {
        lose_session(session, LOAD_DROPPED, "Janus does not answer any more");
    }
    if (session->state == SESSION_UP && !session->finishing) {
        turn_set(session->dialer->turn, &session->poll_timer,
                 session->poll_us + (any ? POLL_LEAST_US : POLL_IDLE_US));
    }
}

static void session_up(struct janus_session *session, uint64_t id)
{
    session->id = id;
    session->state = SESSION_UP;
    session->lost_polls = 0;
    poll_or_lose(session);
    if (session->state != SESSION_UP) {
        return;
    }
    LIST_FOR_EACH(link, &session->handles)
    {
        struct janus_handle *handle = LIST_ENTRY(link, struct janus_handle, link);
        if (send_attach(handle) != 0) {
            lose_session(session, LOAD_NO_RESOURCES, "out of memory");
            return;
        }
    }
}

/** What an HTTP answer of Janus says. @return the JSON when it says success, else NULL with cause
 * and message */
static json_t *read_reply(const struct fetch_result *result, enum load_cause *cause,
                          char message[static DIAL_MESSAGE_BYTES])
{
    json_t *json = NULL;
    *cause = result->cause;
    if (result->cause != LOAD_FINE) {
        (void)snprintf(message, DIAL_MESSAGE_BYTES, "%s", result->message);
        return NULL;
    }
    json = json_loadb(result->body, result->body_len, 0, NULL);
    const json_t *error = json_object_get(json, "error");
    const char *reason = json_string_value(json_object_get(error, "reason"));
    if (result->status == 200 && json != NULL && error == NULL) {
        return json;
    }
    *cause = result->status != 200 ? dial_words_cause(result->status) : LOAD_HTTP_ERROR;
    if (json_integer_value(json_object_get(error, "code")) == 403) {
        *cause = LOAD_REFUSED; /* Janus: "Unauthorized request" */
    }
    if (reason != NULL) {
        (void)snprintf(message, DIAL_MESSAGE_BYTES, "%s", reason);
    } else {
        dial_words_read(result->status, result->body, result->body_len, message);
    }
    json_decref(json);
    return NULL;
}

/** The number of what was made; 0 = Janus did not say it. */
static uint64_t read_id(const json_t *json)
{
    json_int_t id = json_integer_value(json_object_get(json_object_get(json, "data"), "id"));
    return id > 0 ? (uint64_t)id : 0;
}

static void created(struct janus_session *session, uint64_t id)
{
    if (id != 0) {
        session_up(session, id);
    } else {
        lose_session(session, LOAD_HTTP_ERROR, "Janus gave its session no number");
    }
}

static void attached(struct janus_session *session, struct janus_handle *handle, uint64_t id)
{
    if (handle == NULL && id != 0) {
        send_detach(session, id);
    } else if (handle != NULL && id == 0) {
        handle->ear.failed(handle->ear.owner, LOAD_HTTP_ERROR, "Janus gave its handle no number");
    } else if (handle != NULL) {
        handle->id = id;
        handle->ear.attached(handle->ear.owner);
    }
}

static void on_success(struct janus_request *request, const json_t *json)
{
    struct janus_session *session = request->session;
    if (request->kind == REQUEST_CREATE) {
        created(session, read_id(json));
    } else if (request->kind == REQUEST_ATTACH) {
        attached(session, request->handle, read_id(json));
    } else if (request->kind == REQUEST_MESSAGE) {
        tell(session, json); /* of synchronous requests; an "ack" has no data */
    }
}

static void on_reply(void *owner, const struct fetch_result *result)
{
    struct janus_request *request = owner;
    struct janus_session *session = request->session;
    char message[DIAL_MESSAGE_BYTES];
    enum load_cause cause = LOAD_FINE;
    json_t *json = read_reply(result, &cause, message);
    list_remove(&request->link);
    if (json != NULL) {
        on_success(request, json);
    } else if (request->kind == REQUEST_CREATE) {
        lose_session(session, cause, message);
    } else if (request->handle != NULL) {
        request->handle->ear.failed(request->handle->ear.owner, cause, message);
    }
    json_decref(json);
    free(request);
    if (session->finishing) {
        janus_session_finish(session);
    }
}

int janus_session_new(struct janus_session **out, struct dialer *dialer, const char *url)
{
    struct janus_session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return ERR_NO_MEMORY;
    }
    session->dialer = dialer;
    session->url = url;
    turn_timer_init(&session->poll_timer, on_poll_timer, session);
    list_init(&session->handles);
    list_init(&session->requests);
    *out = session;
    return 0;
}

static int create_session(struct janus_session *session)
{
    int err = post(session, NULL, 0, REQUEST_CREATE, json_pack("{s:s}", "janus", "create"));
    if (err == 0) {
        session->state = SESSION_CREATING;
    }
    return err;
}

int janus_attach(struct janus_handle **out, struct janus_session *session, const char *plugin,
                 const struct janus_ear *ear)
{
    struct janus_handle *handle = calloc(1, sizeof(*handle));
    if (handle == NULL) {
        return ERR_NO_MEMORY;
    }
    *handle = (struct janus_handle){.session = session, .plugin = plugin, .ear = *ear};
    int err = 0;
    if (session->state == SESSION_NONE) {
        err = create_session(session);
    } else if (session->state == SESSION_UP) {
        err = send_attach(handle);
    }
    if (err != 0) {
        free(handle);
        return err;
    }
    list_append(&session->handles, &handle->link);
    *out = handle;
    return 0;
}

int janus_message(struct janus_handle *handle, json_t *body, const char *type, const char *sdp)
{
    json_t *message = json_pack("{s:s,s:o}", "janus", "message", "body", body);
    if (type != NULL && message != NULL) {
        json_t *jsep = json_pack("{s:s,s:s,s:b}", "type", type, "sdp", sdp, "trickle", 0);
        if (json_object_set_new(message, "jsep", jsep) != 0) {
            json_decref(message);
            return ERR_NO_MEMORY;
        }
    }
    return post(handle->session, handle, handle->id, REQUEST_MESSAGE, message);
}

void janus_detach(struct janus_handle **handle)
{
    struct janus_handle *gone = *handle;
    if (gone == NULL) {
        return;
    }
    struct janus_session *session = gone->session;
    *handle = NULL;
    LIST_FOR_EACH(link, &session->requests)
    {
        struct janus_request *request = LIST_ENTRY(link, struct janus_request, link);
        if (request->handle == gone) {
            request->handle = NULL;
        }
    }
    if (gone->id != 0 && session->state == SESSION_UP) {
        send_detach(session, gone->id);
    }
    list_remove(&gone->link);
    free(gone);
}

void janus_session_finish(struct janus_session *session)
{
    session->finishing = true;
    fetch_cancel(&session->poll);
    turn_set(session->dialer->turn, &session->poll_timer, INT64_MAX);
    if (list_empty(&session->requests) && session->state == SESSION_UP) {
        (void)post(session, NULL, 0, REQUEST_END, json_pack("{s:s}", "janus", "destroy"));
        session->state = SESSION_NONE;
    }
}

void janus_session_free(struct janus_session **session)
{
    free(*session);
    *session = NULL;
}

#include "signal/signal.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mono.h"
#include "call.h"
#include "directory.h"
#include "events.h"
#include "http.h"
#include "metrics.h"
#include "page.h"
#include "reporting.h"
#include "room/command.h"
#include "route.h"
#include "wishes.h"

enum {
    COUNTERS_PERIOD_US = 1000000, /**< how old /metrics may be */
    METRICS_MAX_BYTES = 256 * 1024
};

static const char subprotocol[] = "tandem.v1";

struct signal {
    struct relay relay;
    struct rand rand;
    char *secret;
    char *turn_secret;
    struct ice_servers ice_servers;
    struct directory *directory;
    struct events events;
    struct call call;
    struct http_server *http;
    struct event_counters *counters; /**< of each worker */
    struct metrics_control control;
    int64_t next_counters_us;
    struct reporting reporting;
};

/* ---- what the HTTP server asks ---- */

static void serve_status(const struct signal *s, bool ready, struct http_response *response)
{
    http_response_header(response, "Cache-Control", "no-store");
    if (ready && s->call.draining) {
        http_response_borrow(response, 503, "text/plain", "draining\n", 9);
    } else {
        http_response_borrow(response, 200, "text/plain", "ok\n", 3);
    }
}

static void serve_metrics(struct signal *s, struct http_response *response)
{
    struct str text;
    char *taken = NULL;
    s->control.rooms = directory_rooms(s->directory);
    s->control.participants = directory_participants(s->directory);
    s->control.draining = s->call.draining;
    s->relay.codecs(s->relay.owner, &s->control.codecs);
    str_init(&text, METRICS_MAX_BYTES);
    metrics_write(&s->control, s->counters, s->relay.worker_count, &text);
    if (str_take(&text, &taken) == 0) {
        http_response_take(response, 200, "text/plain; version=0.0.4", taken, strlen(taken));
    }
    str_deinit(&text);
}

static void serve_upgrade_needed(struct http_response *response)
{
    call_allow_origin(response);
    http_response_header(response, "Upgrade", "websocket");
    http_response_problem(response, 426, 0, "WebSocket only",
                          "Events are read over a WebSocket with the subprotocol tandem.v1.");
}

static void route_request(struct signal *s, const struct http_request *request,
                          const struct route *route, struct http_response *response)
{
    switch (route->kind) {
    case ROUTE_PAGE:
        page_serve(request, "index.html", response);
        break;
    case ROUTE_ASSET:
        page_serve(request, route->asset, response);
        break;
    case ROUTE_ENDPOINT:
    case ROUTE_SESSION:
        call_handle(&s->call, request, route, mono_now_us(), mono_wall_us() / 1000000, response);
        break;
    case ROUTE_EVENTS:
        serve_upgrade_needed(response);
        break;
    case ROUTE_HEALTH:
    case ROUTE_READY:
        serve_status(s, route->kind == ROUTE_READY, response);
        break;
    case ROUTE_METRICS:
        serve_metrics(s, response);
        break;
    case ROUTE_NONE:
    default:
        call_allow_origin(response);
        http_response_problem(
            response, 404, 0, "Nothing here",
            "There is nothing at this path; room names are 1 to 64 of A-Z a-z 0-9 . _ ~ -");
        break;
    }
}

static bool is_readable(const struct http_request *request)
{
    return request->method == HTTP_GET || request->method == HTTP_HEAD;
}

static void on_request(void *owner, const struct http_request *request,
                       struct http_response *response)
{
    struct signal *s = owner;
    struct route route;
    route_find(request->path, &route);
    bool only_read =
        route.kind == ROUTE_HEALTH || route.kind == ROUTE_READY || route.kind == ROUTE_METRICS;
    if (only_read && !is_readable(request)) {
        http_response_header(response, "Allow", "GET, HEAD");
        http_response_problem(response, 405, 0, "Method not allowed", "This can only be read.");
    } else {
        route_request(s, request, &route, response);
    }
    s->control.requests[response->status / 100 % 6]++;
}

static bool on_socket_open(void *owner, const struct http_request *request,
                           struct http_socket *socket, struct http_response *response)
{
    struct signal *s = owner;
    struct route route;
    route_find(request->path, &route);
    if (route.kind != ROUTE_EVENTS) {
        http_response_problem(response, 404, 0, "No WebSocket here",
                              "Events are at the URL of a session with /events behind it.");
        return false;
    }
    struct directory_participant *p =
        call_find_session(&s->call, request, &route, mono_wall_us() / 1000000, response);
    if (p == NULL) {
        return false;
    }
    struct str_view wanted = http_field_get(request, "Sec-WebSocket-Protocol");
    if (wanted.at != NULL) {
        if (!http_list_has(wanted, subprotocol)) {
            http_response_problem(response, 400, 0, "Unknown subprotocol",
                                  "The subprotocol of events is tandem.v1.");
            return false;
        }
        http_response_header(response, "Sec-WebSocket-Protocol", "%s", subprotocol);
    }
    http_socket_set_data(socket, p);
    return true;
}

static void on_socket_ready(void *owner, struct http_socket *socket)
{
    struct signal *s = owner;
    events_attach(&s->events, http_socket_data(socket), socket);
}

static void on_socket_message(void *owner, struct http_socket *socket, const char *text, size_t len)
{
    struct signal *s = owner;
    struct directory_participant *p = http_socket_data(socket);
    if (p != NULL) {
        wishes_receive(&s->events, p, text, len, mono_now_us());
    }
}

static void on_socket_closed(void *owner, struct http_socket *socket)
{
    (void)owner;
    struct directory_participant *p = http_socket_data(socket);
    if (p != NULL) {
        events_detach(p, socket);
    }
}

/* ---- what events needs of sockets ---- */

static void send_text(void *socket, const char *text, size_t len)
{
    http_socket_send(socket, text, len);
}

static void close_socket(void *socket, unsigned code, const char *reason)
{
    http_socket_set_data(socket,
                         NULL); /* the participant forgets it, so it must forget the participant */
    http_socket_close(socket, code, reason);
}

static const struct events_sockets sockets = {.send = send_text, .close = close_socket};

/* ---- life ---- */

static int start_http(struct signal *s, const struct signal_config *config)
{
    const struct http_handler handler = {
        .owner = s,
        .request = on_request,
        .socket_open = on_socket_open,
        .socket_ready = on_socket_ready,
        .socket_message = on_socket_message,
        .socket_closed = on_socket_closed,
    };
    const struct http_config http = {
        .address = config->http,
        .tls_cert = config->tls_cert,
        .tls_key = config->tls_key,
    };
    return http_server_new(&s->http, &http, &handler);
}

int signal_new(struct signal **out, const struct signal_config *config, const struct relay *relay)
{
    struct signal *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ERR_NO_MEMORY;
    }
    const struct directory_config limits = {
        .worker_count = relay->worker_count,
        .max_participants = config->max_participants,
        .grace_us = config->grace_us,
        .joins_per_minute = config->joins_per_minute,
        .join_burst = config->join_burst,
    };
    s->relay = *relay;
    s->rand = config->rand;
    s->counters = calloc(relay->worker_count, sizeof(s->counters[0]));
    s->secret = config->secret == NULL ? NULL : strdup(config->secret);
    s->turn_secret = config->turn_secret == NULL ? NULL : strdup(config->turn_secret);
    s->ice_servers = config->ice_servers;
    bool complete = s->counters != NULL && (config->secret == NULL || s->secret != NULL) &&
                    (config->turn_secret == NULL || s->turn_secret != NULL);
    int err = complete ? directory_new(&s->directory, &limits, &s->rand) : ERR_NO_MEMORY;
    s->events = (struct events){.directory = s->directory, .relay = &s->relay, .sockets = &sockets};
    s->call = (struct call){.directory = s->directory,
                            .events = &s->events,
                            .relay = &s->relay,
                            .rand = &s->rand,
                            .secret = s->secret,
                            .ice_servers = &s->ice_servers,
                            .turn_secret = s->turn_secret};
    if (err == 0) {
        err = start_http(s, config);
    }
    if (err != 0) {
        signal_free(&s);
        return err;
    }
    *out = s;
    return 0;
}

uint16_t signal_port(const struct signal *signal)
{
    return http_server_port(signal->http);
}

void signal_event(struct signal *signal, struct event *event)
{
    if (event->kind != EVENT_COUNTERS) {
        events_worker(&signal->events, event, mono_now_us());
    } else if (event->worker < signal->relay.worker_count) {
        signal->counters[event->worker] = event->counters;
        directory_measure(signal->directory, event->worker, (int64_t)event->counters.cpu_us,
                          mono_now_us());
    }
    event_free(&event);
}

static void ask_counters(struct signal *s)
{
    for (unsigned i = 0; i < s->relay.worker_count; i++) {
        struct command *command = NULL;
        if (command_new(&command, COMMAND_COUNTERS, 0) == 0) {
            (void)s->relay.send(s->relay.owner, i, command); /* a full mailbox: next time */
        }
    }
}

void signal_service(struct signal *signal, int64_t timeout_us)
{
    if (directory_participants(signal->directory) > 0) {
        int64_t wait_us = signal->reporting.next_us - mono_now_us();
        timeout_us = wait_us < timeout_us ? wait_us : timeout_us;
    }
    http_server_run(signal->http, timeout_us);
    int64_t now_us = mono_now_us();
    directory_sweep(signal->directory, now_us);
    reporting_run(&signal->reporting, signal->directory, &signal->relay, now_us);
    if (now_us >= signal->next_counters_us) {
        signal->next_counters_us = now_us + COUNTERS_PERIOD_US;
        ask_counters(signal);
    }
}

void signal_wake(struct signal *signal)
{
    http_server_wake(signal->http);
}

void signal_drain(struct signal *signal)
{
    if (!signal->call.draining) {
        signal->call.draining = true;
        log_info("signal", "draining participants=%zu", directory_participants(signal->directory));
        events_closing(&signal->events);
    }
}

size_t signal_participants(const struct signal *signal)
{
    return directory_participants(signal->directory);
}

void signal_free(struct signal **signal)
{
    struct signal *s = *signal;
    if (s == NULL) {
        return;
    }
    http_server_free(&s->http); /* first: it calls on_socket_closed */
    directory_free(&s->directory);
    free(s->counters);
    free(s->secret);
    free(s->turn_secret);
    free(s);
    *signal = NULL;
}

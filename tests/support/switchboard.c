#include "support/switchboard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "relay/signal/route.h"
#include "support/vectors.h"

static int keep_command(void *owner, unsigned worker, struct command *command)
{
    struct switchboard *board = owner;
    (void)worker;
    if (board->busy || board->command_count == SWITCHBOARD_MOST) {
        command_free(&command);
        return ERR_FULL;
    }
    board->commands[board->command_count++] = command;
    return 0;
}

static const struct negotiate_config *answer_config(void *owner, unsigned worker)
{
    const struct switchboard *board = owner;
    (void)worker;
    return &board->answer;
}

static void keep_text(void *socket, const char *text, size_t len)
{
    struct switchboard_socket *to = socket;
    if (to->len + len + 2 < sizeof(to->text)) {
        memcpy(to->text + to->len, text, len);
        to->len += len;
        to->text[to->len++] = '\n';
        to->text[to->len] = '\0';
    }
}

static void keep_close(void *socket, unsigned code, const char *reason)
{
    struct switchboard_socket *to = socket;
    (void)reason;
    to->close_code = code;
}

int switchboard_new(struct switchboard **out, unsigned workers, unsigned most)
{
    static const struct events_sockets sockets = {.send = keep_text, .close = keep_close};
    struct switchboard *board = calloc(1, sizeof(*board));
    if (board == NULL) {
        return ERR_NO_MEMORY;
    }
    const struct directory_config limits = {.worker_count = workers,
                                            .max_participants = most,
                                            .grace_us = 10000000,
                                            .joins_per_minute = 60,
                                            .join_burst = 60};
    rand_init(&board->rand, 7);
    int err = directory_new(&board->directory, &limits, &board->rand);
    if (err != 0) {
        free(board);
        return err;
    }
    board->now_us = 1000000;
    board->wall_s = 1500;
    (void)addr_parse_ip("192.0.2.9", 1000, &board->remote);
    (void)addr_parse_ip("192.0.2.1", 50000, &board->answer.candidates[0]);
    board->answer.candidate_count = 1;
    board->answer.udp = true;
    board->answer.fingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                                "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
    board->relay = (struct relay){
        .owner = board, .worker_count = workers, .send = keep_command, .config = answer_config};
    board->events =
        (struct events){.directory = board->directory, .relay = &board->relay, .sockets = &sockets};
    board->call = (struct call){.directory = board->directory,
                                .events = &board->events,
                                .relay = &board->relay,
                                .rand = &board->rand,
                                .ice_servers = &board->ice_servers};
    *out = board;
    return 0;
}

void switchboard_clear(struct switchboard *board)
{
    for (size_t i = 0; i < board->command_count; i++) {
        command_free(&board->commands[i]);
    }
    board->command_count = 0;
}

void switchboard_free(struct switchboard **board)
{
    if (*board == NULL) {
        return;
    }
    switchboard_clear(*board);
    directory_free(&(*board)->directory);
    free(*board);
    *board = NULL;
}

void switchboard_ask(struct switchboard *board, enum http_method method, const char *target,
                     const char *fields, const char *body, size_t body_len,
                     struct http_response *response)
{
    struct http_request request = {.method = method, .remote = board->remote};
    struct str_view rest = str_view_text(target);
    request.path = str_view_cut(&rest, '?');
    request.query = rest;
    rest = str_view_text(fields);
    while (rest.len > 0) {
        struct str_view value = str_view_cut(&rest, '\n');
        struct str_view name = str_view_cut(&value, ':');
        request.fields[request.field_count++] =
            (struct http_field){.name = name, .value = str_view_trim(value)};
    }
    request.body = str_view_of(body, body_len);
    struct route route;
    route_find(request.path, &route);
    http_response_init(response);
    if (route.kind != ROUTE_ENDPOINT && route.kind != ROUTE_SESSION) {
        response->status = 404;
        return;
    }
    call_handle(&board->call, &request, &route, board->now_us, board->wall_s, response);
}

int switchboard_status(struct switchboard *board, enum http_method method, const char *target,
                       const char *fields, const char *body)
{
    struct http_response response;
    switchboard_ask(board, method, target, fields, body, body == NULL ? 0 : strlen(body),
                    &response);
    int status = response.status;
    http_response_deinit(&response);
    return status;
}

void switchboard_header(const struct http_response *response, const char *name, char *out,
                        size_t bytes)
{
    struct str_view rest = str_view_of(response->headers.at, response->headers.len);
    out[0] = '\0';
    while (rest.len > 0) {
        struct str_view value = str_view_cut(&rest, '\n');
        struct str_view key = str_view_cut(&value, ':');
        if (str_view_equal_nocase(key, name) && value.len > 0) {
            value.len--; /* CR */
            (void)str_view_copy(str_view_trim(value), out, bytes);
            return;
        }
    }
}

const struct command *switchboard_last(const struct switchboard *board)
{
    return board->command_count == 0 ? NULL : board->commands[board->command_count - 1];
}

struct directory_participant *switchboard_join(struct switchboard *board, const char *target,
                                               const char *offer)
{
    char path[128];
    char *text = NULL;
    size_t len = 0;
    (void)snprintf(path, sizeof(path), "offers/%s.sdp", offer);
    if (vectors_load_text(path, &text, &len) != 0) {
        return NULL;
    }
    struct http_response response;
    switchboard_ask(board, HTTP_POST, target, "Content-Type: application/sdp", text, len,
                    &response);
    const struct command *last = switchboard_last(board);
    struct directory_participant *p = response.status == 201 && last != NULL
                                          ? directory_by_number(board->directory, last->number)
                                          : NULL;
    http_response_deinit(&response);
    free(text);
    return p;
}

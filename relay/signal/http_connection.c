#include "http_connection.h"

#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "base/err.h"
#include "http_head.h"
#include "http_socket.h"
#include "net/socket_addr.h"

/** A proxy on this machine tells whom it asks for (the last entry is its own word); nobody else is
 * believed. */
static struct addr remote_of(const struct http_socket *c, const struct http_request *request)
{
    struct str_view list = http_field_get(request, "X-Forwarded-For");
    if (!addr_is_loopback(&c->peer) || list.at == NULL) {
        return c->peer;
    }
    struct str_view last = list;
    while (list.at != NULL) {
        last = str_view_trim(str_view_cut(&list, ','));
    }
    char text[ADDR_TEXT_MAX];
    struct addr remote;
    if (str_view_copy(last, text, sizeof(text)) == 0 && addr_parse_ip(text, 0, &remote) == 0) {
        return remote;
    }
    return c->peer;
}

/** A whole request is in c->in. */
static void dispatch(struct http_socket *c, struct http_head *head)
{
    struct http_shared *shared = c->shared;
    struct http_request *request = &head->request;
    request->body = str_view_of(c->in + head->bytes, head->content_length);
    request->remote = remote_of(c, request);
    c->state = CONNECTION_HEAD;
    if (head->websocket) {
        http_socket_upgrade(c, request);
        return;
    }
    struct http_response response;
    http_response_init(&response);
    shared->handler.request(shared->handler.owner, request, &response);
    http_output_respond(c, &response, head->keep_alive, request->method == HTTP_HEAD);
    http_response_deinit(&response);
}

static void drop_input(struct http_socket *c, size_t bytes)
{
    memmove(c->in, c->in + bytes, c->in_len - bytes);
    c->in_len -= bytes;
}

/** Tries to take one request out of the input. @return true when there may be another */
static bool take_request(struct http_socket *c)
{
    struct http_head head;
    struct http_fault fault = {.status = 400, .detail = ""};
    while (c->state == CONNECTION_HEAD && c->in_len >= 2 && c->in[0] == '\r' && c->in[1] == '\n') {
        drop_input(c, 2); /* RFC 9112 2.2: an empty line before a request is passed over */
    }
    if (c->state == CONNECTION_BODY && c->in_len < c->head_bytes + c->body_bytes) {
        return false;
    }
    int err = http_head_parse(c->in, c->in_len, &head, &fault);
    if (err == ERR_TRUNCATED) {
        return false;
    }
    if (err != 0) {
        http_output_fault(c, fault.status, fault.detail);
        return false;
    }
    size_t whole = head.bytes + head.content_length;
    if (c->in_len < whole) {
        c->state = CONNECTION_BODY;
        c->head_bytes = head.bytes;
        c->body_bytes = head.content_length;
        c->deadline_us = c->shared->now_us + c->shared->body_timeout_us;
        if (head.expect_continue) {
            static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
            int64_t deadline_us = c->deadline_us;
            http_output_queue(c, go_on, sizeof(go_on) - 1);
            c->deadline_us = deadline_us;
        }
        return false;
    }
    dispatch(c, &head);
    drop_input(c, whole);
    if (c->state == CONNECTION_WEBSOCKET) {
        http_socket_receive(c, (const uint8_t *)c->in, c->in_len);
        c->in_len = 0;
        return false;
    }
    return c->state == CONNECTION_HEAD && !c->close_after;
}

static bool append_input(struct http_socket *c, const void *data, size_t len)
{
    if (len == 0) {
        return true;
    }
    if (c->in_len + len > c->in_cap) {
        size_t need = c->in_len + len;
        if (c->state == CONNECTION_BODY && need < c->head_bytes + c->body_bytes) {
            need = c->head_bytes + c->body_bytes;
        }
        char *grown = realloc(c->in, need);
        if (grown == NULL) {
            return false;
        }
        c->in = grown;
        c->in_cap = need;
    }
    memcpy(c->in + c->in_len, data, len);
    c->in_len += len;
    return true;
}

int http_connection_receive(struct http_socket *c, const uint8_t *data, size_t len)
{
    if (c->state == CONNECTION_WEBSOCKET) {
        http_socket_receive(c, data, len);
        return http_output_flush(c);
    }
    if (c->state == CONNECTION_LINGER || c->state == CONNECTION_CLOSING || c->close_after) {
        return 0;
    }
    if (c->in_len == 0 && c->state == CONNECTION_HEAD) {
        c->deadline_us = c->shared->now_us + c->shared->head_timeout_us;
    }
    if (!append_input(c, data, len)) {
        return -1;
    }
    while (c->in_len > 0 && http_output_waiting(c) < HTTP_BACKLOG_BYTES && take_request(c)) {
    }
    if (c->in_len == 0 && c->in_cap > HTTP_MAX_HEAD_BYTES) {
        free(c->in);
        c->in = NULL;
        c->in_cap = 0;
    }
    if (http_output_waiting(c) >= HTTP_BACKLOG_BYTES && lws_rx_flow_control(c->wsi, 0) < 0) {
        return -1;
    }
    return c->out_at < c->out_len || c->state == CONNECTION_CLOSING ? http_output_flush(c) : 0;
}

struct addr http_connection_peer(const struct sockaddr_storage *from)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    struct addr peer;
    socket_addr_from(from, &peer);
    if (peer.family == ADDR_IPV6 && memcmp(peer.ip, mapped, sizeof(mapped)) == 0) {
        peer.family = ADDR_IPV4;
        memmove(peer.ip, peer.ip + 12, 4);
        memset(peer.ip + 4, 0, 12);
    }
    return peer;
}

int http_connection_new(struct http_shared *shared, struct lws *wsi)
{
    struct http_socket *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return -1;
    }
    struct sockaddr_storage from = {0};
    socklen_t len = sizeof(from);
    if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&from, &len) != 0) {
        free(c);
        return -1;
    }
    c->peer = http_connection_peer(&from);
    c->shared = shared;
    c->wsi = wsi;
    c->state = CONNECTION_HEAD;
    c->deadline_us = shared->now_us + shared->head_timeout_us;
    list_append(&shared->connections, &c->link);
    shared->connection_count++;
    lws_set_opaque_user_data(wsi, c);
    return 0;
}

bool http_connection_admit(struct http_shared *shared, const struct addr *peer)
{
    size_t count = 0;
    struct http_socket *idle = NULL;
    LIST_FOR_EACH(link, &shared->connections)
    {
        struct http_socket *c = LIST_ENTRY(link, struct http_socket, link);
        if (c->state == CONNECTION_WEBSOCKET || !addr_same_host(&c->peer, peer)) {
            continue;
        }
        count++;
        if (idle == NULL && c->state == CONNECTION_HEAD && c->in_len == 0) {
            idle = c;
        }
    }
    /* a proxy on this machine holds everybody's connections */
    size_t most =
        addr_is_loopback(peer) ? HTTP_MAX_CONNECTIONS / 4 : HTTP_MAX_CONNECTIONS_PER_ADDRESS;
    if (count < most && shared->connection_count < HTTP_MAX_CONNECTIONS) {
        return true;
    }
    if (idle == NULL) {
        return false;
    }
    http_output_kill(idle);
    return true;
}

void http_connection_sweep(struct http_shared *shared)
{
    shared->next_sweep_us = shared->now_us + HTTP_SWEEP_US;
    LIST_FOR_EACH_SAFE(link, after, &shared->connections)
    {
        struct http_socket *c = LIST_ENTRY(link, struct http_socket, link);
        if (shared->now_us > c->deadline_us) {
            bool half = c->in_len > 0 && c->out_len == 0;
            if (half && (c->state == CONNECTION_HEAD || c->state == CONNECTION_BODY)) {
                http_output_fault(c, 408,
                                  c->state == CONNECTION_HEAD
                                      ? "the head of the request came too slowly"
                                      : "the body of the request came too slowly");
            } else {
                http_output_kill(c);
            }
        } else if (c->state == CONNECTION_WEBSOCKET) {
            http_socket_tend(c);
        }
    }
}

void http_connection_free(struct http_socket *c)
{
    c->state = CONNECTION_CLOSING;
    if (c->announced) {
        c->shared->handler.socket_closed(c->shared->handler.owner, c);
    }
    list_remove(&c->link);
    c->shared->connection_count--;
    lws_set_opaque_user_data(c->wsi, NULL);
    websocket_deinit(&c->websocket);
    free(c->in);
    free(c->out);
    free(c);
}

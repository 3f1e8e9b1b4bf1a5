#include "http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mono.h"
#include "http_head.h"
#include "net/socket_addr.h"
#include "websocket.h"

enum {
    HEAD_TIMEOUT_US = 5000000,
    BODY_TIMEOUT_US = 10000000,
    IDLE_TIMEOUT_US = 30000000, /**< between requests */
    SEND_TIMEOUT_US = 20000000, /**< a reader that takes nothing */
    LINGER_US = 2000000, /**< for the rest of a body that we refused, so that the answer is not lost
                            by RST */
    PING_US = 20000000,
    PONG_TIMEOUT_US = 60000000,
    SWEEP_US = 500000,
    WRITE_BYTES = 16384,
    BACKLOG_BYTES = 256 * 1024, /**< no more requests are read while this much waits to be sent */
    LISTEN_BACKLOG = 256,
    ACCEPTS_PER_TURN = 64
};

enum connection_state {
    CONNECTION_HEAD,      /**< reading a head, or waiting for one */
    CONNECTION_BODY,      /**< reading the body of `head` */
    CONNECTION_WEBSOCKET, /**< upgraded */
    CONNECTION_LINGER,    /**< answered; what still comes is thrown away */
    CONNECTION_CLOSING    /**< ends when the output is written */
};

/** One TCP connection, also the http_socket of its owner after an upgrade. */
struct http_socket {
    struct list link;
    struct http_server *server;
    struct lws *wsi;
    enum connection_state state;
    struct addr peer;
    char *in;
    size_t in_len;
    size_t in_cap;
    size_t body_bytes; /**< of the request in CONNECTION_BODY */
    size_t head_bytes;
    uint8_t *out;
    size_t out_at;
    size_t out_len;
    size_t out_cap;
    int64_t deadline_us;
    int64_t heard_us; /**< last bytes of a WebSocket */
    int64_t pinged_us;
    bool close_after; /**< close once the output is written */
    bool linger;      /**< a body that was refused is still coming */
    bool announced;   /**< socket_open said yes: socket_closed is owed */
    struct websocket websocket;
    void *data;
};

struct http_server {
    struct lws_context *context;
    struct lws_vhost *vhost;
    int listeners[2]; /**< until libwebsockets has them; -1 = none */
    uint16_t port;
    struct http_handler handler;
    struct list connections;
    size_t connection_count;
    int64_t head_timeout_us;
    int64_t body_timeout_us;
    int64_t now_us;
    int64_t next_sweep_us;
    lws_sorted_usec_list_t alarm;
};

/* ---- output ---- */

/** Appends bytes to the output. On failure the connection is lost: half an answer must not go out.
 */
static void queue(struct http_socket *c, const void *data, size_t len)
{
    if (c->out_at > 0) {
        memmove(c->out, c->out + c->out_at, c->out_len - c->out_at);
        c->out_len -= c->out_at;
        c->out_at = 0;
    }
    if (c->out_len + len > c->out_cap) {
        size_t cap = (c->out_len + len) * 2;
        uint8_t *grown = realloc(c->out, cap);
        if (grown == NULL) {
            c->state = CONNECTION_CLOSING;
            c->out_at = c->out_len;
            lws_callback_on_writable(c->wsi);
            return;
        }
        c->out = grown;
        c->out_cap = cap;
    }
    if (c->out_len == 0) {
        c->deadline_us = c->server->now_us + SEND_TIMEOUT_US;
    }
    memcpy(c->out + c->out_len, data, len);
    c->out_len += len;
    lws_callback_on_writable(c->wsi);
}

/** Everything is written: what happens next. @return -1 to close now */
static int output_done(struct http_socket *c)
{
    if (c->state == CONNECTION_CLOSING) {
        return -1;
    }
    if (c->close_after) {
        if (!c->linger) {
            return -1;
        }
        c->state = CONNECTION_LINGER;
        c->close_after = false;
        c->deadline_us = c->server->now_us + LINGER_US;
        (void)shutdown(lws_get_socket_fd(c->wsi), SHUT_WR);
        return 0;
    }
    if (c->state == CONNECTION_HEAD) {
        c->deadline_us = c->server->now_us + IDLE_TIMEOUT_US;
    } else if (c->state == CONNECTION_WEBSOCKET) {
        c->deadline_us = INT64_MAX;
    }
    return lws_rx_flow_control(c->wsi, 1) < 0 ? -1 : 0;
}

/** Writes what the socket takes. @return -1 to close now */
static int flush(struct http_socket *c)
{
    while (c->out_at < c->out_len && !lws_send_pipe_choked(c->wsi)) {
        size_t len = c->out_len - c->out_at;
        len = len < WRITE_BYTES ? len : WRITE_BYTES;
        int written = lws_write(c->wsi, c->out + c->out_at, len, LWS_WRITE_RAW);
        if (written < 0) {
            return -1;
        }
        c->out_at += len; /* what the socket did not take, libwebsockets keeps and sends first */
        c->deadline_us = c->server->now_us + SEND_TIMEOUT_US;
    }
    if (c->out_at < c->out_len) {
        lws_callback_on_writable(c->wsi);
        return 0;
    }
    c->out_at = 0;
    c->out_len = 0;
    return output_done(c);
}

static void http_date(char out[40])
{
    time_t now = (time_t)(mono_wall_us() / 1000000);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL ||
        strftime(out, 40, "%a, %d %b %Y %H:%M:%S GMT", &parts) == 0) {
        out[0] = '\0';
    }
}

/** Queues a whole answer; keep_alive false ends the connection after it. */
static void respond(struct http_socket *c, const struct http_response *response, bool keep_alive,
                    bool head_only)
{
    static const char last_words[] =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    char date[40];
    http_date(date);
    struct str head;
    str_init(&head, HTTP_MAX_HEADER_BYTES + 1024);
    if (response->status == 0 || http_response_head(response, keep_alive, date, &head) != 0) {
        queue(c, last_words, sizeof(last_words) - 1);
        keep_alive = false;
    } else {
        queue(c, head.at, head.len);
        if (!head_only && response->body_len > 0) {
            queue(c, response->body, response->body_len);
        }
    }
    str_deinit(&head);
    c->close_after = !keep_alive;
}

static void respond_fault(struct http_socket *c, int status, const char *detail)
{
    struct http_response response;
    http_response_init(&response);
    http_response_header(&response, "Access-Control-Allow-Origin", "*");
    http_response_problem(&response, status, 0, http_reason(status), "%s", detail);
    c->linger = true;
    respond(c, &response, false, false);
    http_response_deinit(&response);
    c->state = CONNECTION_LINGER;
}

/* ---- WebSocket ---- */

static void queue_frame(struct http_socket *c, enum websocket_opcode opcode, const void *data,
                        size_t len)
{
    uint8_t head[WEBSOCKET_MAX_HEAD_BYTES];
    size_t head_len = websocket_head(head, opcode, len);
    queue(c, head, head_len);
    if (len > 0) {
        queue(c, data, len);
    }
}

void http_socket_send(struct http_socket *socket, const char *text, size_t len)
{
    if (socket->state != CONNECTION_WEBSOCKET) {
        return;
    }
    if (socket->out_len - socket->out_at + len > HTTP_MAX_QUEUED_BYTES) {
        log_info("http", "events client reads too slowly");
        socket->state = CONNECTION_CLOSING;
        socket->out_at = socket->out_len;
        lws_callback_on_writable(socket->wsi);
        return;
    }
    queue_frame(socket, WEBSOCKET_TEXT, text, len);
}

void http_socket_close(struct http_socket *socket, unsigned code, const char *reason)
{
    if (socket->state != CONNECTION_WEBSOCKET) {
        return;
    }
    uint8_t payload[WEBSOCKET_MAX_CONTROL_BYTES];
    struct bytes_out out = bytes_out_over(payload, sizeof(payload));
    bytes_out_u16(&out, (uint16_t)code);
    bytes_out_copy(&out, reason, strlen(reason)); /* one that is too long is left out */
    queue_frame(socket, WEBSOCKET_CLOSE, payload, bytes_out_len(&out));
    if (socket->state == CONNECTION_WEBSOCKET) {
        socket->state = CONNECTION_LINGER;
        socket->close_after = true;
        socket->linger = true;
    }
}

void http_socket_set_data(struct http_socket *socket, void *data)
{
    socket->data = data;
}

void *http_socket_data(const struct http_socket *socket)
{
    return socket->data;
}

/** One whole message of the client. */
static void take_message(struct http_socket *c, const struct websocket_message *message)
{
    switch (message->opcode) {
    case WEBSOCKET_PING:
        if (c->out_len - c->out_at < WRITE_BYTES) { /* a client that floods gets fewer answers */
            queue_frame(c, WEBSOCKET_PONG, message->data, message->len);
        }
        break;
    case WEBSOCKET_CLOSE:
        queue_frame(c, WEBSOCKET_CLOSE, message->data, message->len < 2 ? 0 : 2);
        c->state = CONNECTION_CLOSING;
        break;
    case WEBSOCKET_TEXT:
        c->server->handler.socket_message(c->server->handler.owner, c, message->data, message->len);
        break;
    case WEBSOCKET_CONTINUATION:
    case WEBSOCKET_BINARY:
    case WEBSOCKET_PONG:
    default:
        break;
    }
}

static void receive_frames(struct http_socket *c, const uint8_t *data, size_t len)
{
    c->heard_us = c->server->now_us;
    while (len > 0 && c->state == CONNECTION_WEBSOCKET) {
        struct websocket_message message;
        size_t used = 0;
        int got = websocket_receive(&c->websocket, data, len, &used, &message);
        data += used;
        len -= used;
        if (got < 0) {
            http_socket_close(c, c->websocket.close_code, "");
        } else if (got > 0) {
            take_message(c, &message);
        }
    }
}

/** Sec-WebSocket-Accept, RFC 6455 4.2.2. */
static bool accept_key(struct str_view key, char out[32])
{
    char text[64];
    uint8_t digest[20];
    if (key.len != 24 || key.at[22] != '=' || key.at[23] != '=') {
        return false;
    }
    int len = snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key.at);
    lws_SHA1((const unsigned char *)text, (size_t)len, digest);
    return lws_b64_encode_string((const char *)digest, sizeof(digest), out, 32) > 0;
}

static void upgrade(struct http_socket *c, const struct http_request *request)
{
    struct http_server *server = c->server;
    struct http_response response;
    char key[32];
    http_response_init(&response);
    if (request->method != HTTP_GET ||
        !accept_key(http_field_get(request, "Sec-WebSocket-Key"), key)) {
        http_response_problem(&response, 400, 0, "Bad WebSocket handshake",
                              "A WebSocket begins with GET and a Sec-WebSocket-Key of 16 bytes.");
    } else if (!str_view_equal(http_field_get(request, "Sec-WebSocket-Version"), "13")) {
        http_response_header(&response, "Sec-WebSocket-Version", "13");
        http_response_problem(&response, 426, 0, "Unknown WebSocket version",
                              "Only version 13 of the protocol (RFC 6455) is spoken here.");
    } else if (server->handler.socket_open(server->handler.owner, request, c, &response)) {
        c->announced = true;
        http_response_header(&response, "Upgrade", "websocket");
        http_response_header(&response, "Connection", "Upgrade");
        http_response_header(&response, "Sec-WebSocket-Accept", "%s", key);
        response.status = 101;
    }
    bool accepted = c->announced && response.headers.err == 0;
    respond(c, &response, accepted, false);
    http_response_deinit(&response);
    if (accepted && c->state != CONNECTION_CLOSING) {
        websocket_init(&c->websocket);
        c->state = CONNECTION_WEBSOCKET;
        c->heard_us = server->now_us;
        c->pinged_us = server->now_us;
        server->handler.socket_ready(server->handler.owner, c);
    }
}

/* ---- HTTP ---- */

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
    struct http_server *server = c->server;
    struct http_request *request = &head->request;
    request->body = str_view_of(c->in + head->bytes, head->content_length);
    request->remote = remote_of(c, request);
    c->state = CONNECTION_HEAD;
    if (head->websocket) {
        upgrade(c, request);
        return;
    }
    struct http_response response;
    http_response_init(&response);
    server->handler.request(server->handler.owner, request, &response);
    respond(c, &response, head->keep_alive, request->method == HTTP_HEAD);
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
        respond_fault(c, fault.status, fault.detail);
        return false;
    }
    size_t whole = head.bytes + head.content_length;
    if (c->in_len < whole) {
        c->state = CONNECTION_BODY;
        c->head_bytes = head.bytes;
        c->body_bytes = head.content_length;
        c->deadline_us = c->server->now_us + c->server->body_timeout_us;
        if (head.expect_continue) {
            static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
            int64_t deadline_us = c->deadline_us;
            queue(c, go_on, sizeof(go_on) - 1);
            c->deadline_us = deadline_us;
        }
        return false;
    }
    dispatch(c, &head);
    drop_input(c, whole);
    if (c->state == CONNECTION_WEBSOCKET) {
        receive_frames(c, (const uint8_t *)c->in, c->in_len);
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

/** Bytes from the network. @return -1 to close */
static int receive(struct http_socket *c, const uint8_t *data, size_t len)
{
    if (c->state == CONNECTION_WEBSOCKET) {
        receive_frames(c, data, len);
        return flush(c);
    }
    if (c->state == CONNECTION_LINGER || c->state == CONNECTION_CLOSING || c->close_after) {
        return 0;
    }
    if (c->in_len == 0 && c->state == CONNECTION_HEAD) {
        c->deadline_us = c->server->now_us + c->server->head_timeout_us;
    }
    if (!append_input(c, data, len)) {
        return -1;
    }
    while (c->in_len > 0 && c->out_len - c->out_at < BACKLOG_BYTES && take_request(c)) {
    }
    if (c->in_len == 0 && c->in_cap > HTTP_MAX_HEAD_BYTES) {
        free(c->in);
        c->in = NULL;
        c->in_cap = 0;
    }
    if (c->out_len - c->out_at >= BACKLOG_BYTES && lws_rx_flow_control(c->wsi, 0) < 0) {
        return -1;
    }
    return c->out_at < c->out_len || c->state == CONNECTION_CLOSING ? flush(c) : 0;
}

/* ---- connections ---- */

/** Peer's address; an IPv4 one that came over IPv6 is IPv4. */
static struct addr peer_addr(const struct sockaddr_storage *from)
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

static int connection_new(struct http_server *server, struct lws *wsi)
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
    c->peer = peer_addr(&from);
    c->server = server;
    c->wsi = wsi;
    c->state = CONNECTION_HEAD;
    c->deadline_us = server->now_us + server->head_timeout_us;
    list_append(&server->connections, &c->link);
    server->connection_count++;
    lws_set_opaque_user_data(wsi, c);
    return 0;
}

static void connection_free(struct http_socket *c)
{
    c->state = CONNECTION_CLOSING;
    if (c->announced) {
        c->server->handler.socket_closed(c->server->handler.owner, c);
    }
    list_remove(&c->link);
    c->server->connection_count--;
    lws_set_opaque_user_data(c->wsi, NULL);
    websocket_deinit(&c->websocket);
    free(c->in);
    free(c->out);
    free(c);
}

/** Ends a connection from outside its own callbacks. */
static void connection_kill(struct http_socket *c)
{
    c->state = CONNECTION_CLOSING;
    c->out_at = c->out_len;
    c->deadline_us = INT64_MAX;
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/** Room for one more connection of this address? An idle one is given up for it. */
static bool admit(struct http_server *server, const struct addr *peer)
{
    size_t count = 0;
    struct http_socket *idle = NULL;
    LIST_FOR_EACH(link, &server->connections)
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
    if (count < most && server->connection_count < HTTP_MAX_CONNECTIONS) {
        return true;
    }
    if (idle == NULL) {
        return false;
    }
    connection_kill(idle);
    return true;
}

static void accept_some(struct http_server *server, int listener)
{
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof(from);
        int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        struct addr peer = peer_addr(&from);
        if (!admit(server, &peer)) {
            (void)close(fd);
            continue;
        }
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        lws_sock_file_fd_type descriptor = {.sockfd = fd};
        (void)lws_adopt_descriptor_vhost(server->vhost, LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL,
                                         descriptor, "http", NULL);
    }
}

/** WebSocket keep-alive. */
static void tend_websocket(struct http_socket *c)
{
    int64_t now_us = c->server->now_us;
    if (now_us - c->heard_us > PONG_TIMEOUT_US) {
        connection_kill(c);
    } else if (now_us - c->heard_us > PING_US && now_us - c->pinged_us > PING_US) {
        c->pinged_us = now_us;
        queue_frame(c, WEBSOCKET_PING, NULL, 0);
    }
}

static void sweep(struct http_server *server)
{
    server->next_sweep_us = server->now_us + SWEEP_US;
    LIST_FOR_EACH_SAFE(link, after, &server->connections)
    {
        struct http_socket *c = LIST_ENTRY(link, struct http_socket, link);
        if (server->now_us > c->deadline_us) {
            bool half = c->in_len > 0 && c->out_len == 0;
            if (half && (c->state == CONNECTION_HEAD || c->state == CONNECTION_BODY)) {
                respond_fault(c, 408,
                              c->state == CONNECTION_HEAD
                                  ? "the head of the request came too slowly"
                                  : "the body of the request came too slowly");
            } else {
                connection_kill(c);
            }
        } else if (c->state == CONNECTION_WEBSOCKET) {
            tend_websocket(c);
        }
    }
}

/* ---- libwebsockets ---- */

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    (void)user;
    struct lws_context *context = lws_get_context(wsi);
    struct http_server *server = context == NULL ? NULL : lws_context_user(context);
    struct http_socket *c = NULL;
    if (server == NULL) {
        return 0;
    }
    server->now_us = mono_now_us();
    /* only the reasons of raw sockets and files are ours; libwebsockets has a hundred more */
    if (reason == LWS_CALLBACK_RAW_RX_FILE) {
        accept_some(server, lws_get_socket_fd(wsi));
    } else if (reason == LWS_CALLBACK_RAW_ADOPT) {
        return connection_new(server, wsi);
    } else if (reason == LWS_CALLBACK_RAW_RX || reason == LWS_CALLBACK_RAW_WRITEABLE ||
               reason == LWS_CALLBACK_RAW_CLOSE) {
        c = lws_get_opaque_user_data(wsi);
        if (c == NULL) {
            return -1;
        }
        if (reason == LWS_CALLBACK_RAW_RX) {
            return receive(c, in, len);
        }
        if (reason == LWS_CALLBACK_RAW_WRITEABLE) {
            int result = flush(c);
            /* requests that waited for the output to shrink */
            return result == 0 && c->in_len > 0 && c->out_len == 0 ? receive(c, NULL, 0) : result;
        }
        connection_free(c);
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {.name = "http",
     .callback = on_event,
     .rx_buffer_size = WRITE_BYTES,
     .tx_packet_size = WRITE_BYTES},
    {.name = NULL},
};

static void on_log(int level, const char *line)
{
    size_t len = strcspn(line, "\n");
    log_debug("lws", "level=%d %.*s", level, (int)len, line);
}

static void on_alarm(lws_sorted_usec_list_t *alarm)
{
    (void)alarm; /* it has ended the wait, which was its purpose */
}

/** @return descriptor, or -1 with errno set */
static int listen_on(const struct addr *address)
{
    int fd = socket_addr_open(SOCK_STREAM, address);
    if (fd >= 0 && listen(fd, LISTEN_BACKLOG) != 0) {
        int saved = errno;
        (void)close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/** The address of the other family that people mean as well: ::1 beside 127.0.0.1, 0.0.0.0 beside
 * ::. False for others. */
static bool companion_of(const struct addr *address, uint16_t port, struct addr *out)
{
    if (!addr_is_loopback(address) && !addr_is_any(address)) {
        return false;
    }
    memset(out, 0, sizeof(*out));
    out->family = address->family == ADDR_IPV4 ? ADDR_IPV6 : ADDR_IPV4;
    out->port = port;
    if (addr_is_loopback(address)) {
        out->ip[out->family == ADDR_IPV4 ? 0 : 15] = out->family == ADDR_IPV4 ? 127 : 1;
        out->ip[3] = out->family == ADDR_IPV4 ? 1 : 0;
    }
    return true;
}

/** @return 0 or ERR_IO with errno set */
static int open_listeners(struct http_server *server, const struct addr *address)
{
    struct addr companion;
    server->listeners[0] = listen_on(address);
    if (server->listeners[0] < 0) {
        return ERR_IO;
    }
    server->port = socket_addr_port(server->listeners[0]);
    if (companion_of(address, server->port, &companion)) {
        server->listeners[1] = listen_on(&companion); /* a host without that family does without */
    }
    return 0;
}

/** Hands the listeners to libwebsockets, which closes them from then on. */
static int watch_listeners(struct http_server *server)
{
    for (size_t i = 0; i < 2 && server->listeners[i] >= 0; i++) {
        lws_sock_file_fd_type descriptor = {.filefd = server->listeners[i]};
        const struct lws *adopted = lws_adopt_descriptor_vhost(
            server->vhost, LWS_ADOPT_RAW_FILE_DESC, descriptor, "http", NULL);
        if (adopted == NULL) {
            return ERR_NO_MEMORY;
        }
        server->listeners[i] = -1;
    }
    return 0;
}

static int start_context(struct http_server *server, const struct http_config *config)
{
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = protocols;
    info.user = server;
    info.gid = -1;
    info.uid = -1;
    info.pt_serv_buf_size = WRITE_BYTES;
    info.vhost_name = "tandem";
    if (config->tls_cert != NULL) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = config->tls_cert;
        info.ssl_private_key_filepath = config->tls_key;
        info.alpn = "http/1.1";
    }
    lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
    server->context = lws_create_context(&info);
    if (server->context == NULL) {
        return config->tls_cert != NULL ? ERR_CRYPTO : ERR_NO_MEMORY;
    }
    server->vhost = lws_get_vhost_by_name(server->context, "tandem");
    if (server->vhost == NULL) {
        return config->tls_cert != NULL ? ERR_CRYPTO : ERR_NO_MEMORY;
    }
    return watch_listeners(server);
}

int http_server_new(struct http_server **out, const struct http_config *config,
                    const struct http_handler *handler)
{
    struct http_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        return ERR_NO_MEMORY;
    }
    server->handler = *handler;
    server->head_timeout_us =
        config->head_timeout_us > 0 ? config->head_timeout_us : HEAD_TIMEOUT_US;
    server->body_timeout_us =
        config->body_timeout_us > 0 ? config->body_timeout_us : BODY_TIMEOUT_US;
    server->now_us = mono_now_us();
    server->listeners[0] = -1;
    server->listeners[1] = -1;
    list_init(&server->connections);
    int err = open_listeners(server, &config->address);
    if (err == 0) {
        err = start_context(server, config);
    }
    if (err != 0) {
        int saved = errno;
        http_server_free(&server);
        errno = saved;
        return err;
    }
    *out = server;
    return 0;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_run(struct http_server *server, int64_t timeout_us)
{
    if (server->connection_count > 0 && timeout_us > SWEEP_US) {
        timeout_us = SWEEP_US;
    }
    lws_sul_schedule(server->context, 0, &server->alarm, on_alarm, timeout_us < 1 ? 1 : timeout_us);
    (void)lws_service(server->context, 0);
    server->now_us = mono_now_us();
    if (server->now_us >= server->next_sweep_us) {
        sweep(server);
    }
}

void http_server_wake(struct http_server *server)
{
    lws_cancel_service(server->context);
}

void http_server_free(struct http_server **server)
{
    struct http_server *s = *server;
    if (s == NULL) {
        return;
    }
    if (s->context != NULL) {
        lws_sul_cancel(&s->alarm);
        lws_context_destroy(s->context);
    }
    for (size_t i = 0; i < 2; i++) {
        if (s->listeners[i] >= 0) {
            (void)close(s->listeners[i]);
        }
    }
    free(s);
    *server = NULL;
}

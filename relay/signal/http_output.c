#include "http_output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <libwebsockets.h>

#include "base/mono.h"

enum {
    IDLE_TIMEOUT_US = 30000000, /**< between requests */
    SEND_TIMEOUT_US = 20000000, /**< a reader that takes nothing */
    KEPT_BYTES = 4096,          /**< of memory for output while there is none */
    LINGER_US = 2000000 /**< for the rest of a body that we refused, so that the answer is not lost
                           by RST */
};

void http_output_queue(struct http_socket *c, const void *data, size_t len)
{
    if (c->out_at > 0) {
        memmove(c->out, c->out + c->out_at, c->out_len - c->out_at);
        c->out_len -= c->out_at;
        c->out_at = 0;
    }
    if (c->out_len + len > c->out_cap) {
        size_t cap = c->out_len + len;
        cap = cap < 2 * c->out_cap ? 2 * c->out_cap : cap;
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
        c->deadline_us = c->shared->now_us + SEND_TIMEOUT_US;
    }
    memcpy(c->out + c->out_len, data, len);
    c->out_len += len;
    lws_callback_on_writable(c->wsi);
}

/** Everything is written: what happens next. @return -1 to close now */
static int output_done(struct http_socket *c)
{
    if (c->out_cap > KEPT_BYTES) { /* a connection may stay open for hours, as events do */
        free(c->out);
        c->out = NULL;
        c->out_cap = 0;
    }
    if (c->state == CONNECTION_CLOSING) {
        return -1;
    }
    if (c->close_after) {
        if (!c->linger) {
            return -1;
        }
        c->state = CONNECTION_LINGER;
        c->close_after = false;
        c->deadline_us = c->shared->now_us + LINGER_US;
        (void)shutdown(lws_get_socket_fd(c->wsi), SHUT_WR);
        return 0;
    }
    if (c->state == CONNECTION_HEAD) {
        c->deadline_us = c->shared->now_us + IDLE_TIMEOUT_US;
    } else if (c->state == CONNECTION_WEBSOCKET) {
        c->deadline_us = INT64_MAX;
    }
    return lws_rx_flow_control(c->wsi, 1) < 0 ? -1 : 0;
}

int http_output_flush(struct http_socket *c)
{
    while (c->out_at < c->out_len && !lws_send_pipe_choked(c->wsi)) {
        size_t len = c->out_len - c->out_at;
        len = len < HTTP_WRITE_BYTES ? len : HTTP_WRITE_BYTES;
        int written = lws_write(c->wsi, c->out + c->out_at, len, LWS_WRITE_RAW);
        if (written < 0) {
            return -1;
        }
        c->out_at += len; /* what the socket did not take, libwebsockets keeps and sends first */
        c->deadline_us = c->shared->now_us + SEND_TIMEOUT_US;
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

void http_output_respond(struct http_socket *c, const struct http_response *response,
                         bool keep_alive, bool head_only)
{
    static const char last_words[] =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    char date[40];
    http_date(date);
    struct str head;
    str_init(&head, HTTP_MAX_HEADER_BYTES + 1024);
    if (response->status == 0 || http_response_head(response, keep_alive, date, &head) != 0) {
        http_output_queue(c, last_words, sizeof(last_words) - 1);
        keep_alive = false;
    } else {
        http_output_queue(c, head.at, head.len);
        if (!head_only && response->body_len > 0) {
            http_output_queue(c, response->body, response->body_len);
        }
    }
    str_deinit(&head);
    c->close_after = !keep_alive;
}

void http_output_fault(struct http_socket *c, int status, const char *detail)
{
    struct http_response response;
    http_response_init(&response);
    http_response_header(&response, "Access-Control-Allow-Origin", "*");
    http_response_problem(&response, status, 0, http_reason(status), "%s", detail);
    c->linger = true;
    http_output_respond(c, &response, false, false);
    http_response_deinit(&response);
    c->state = CONNECTION_LINGER;
}

void http_output_kill(struct http_socket *c)
{
    c->state = CONNECTION_CLOSING;
    c->out_at = c->out_len;
    c->deadline_us = INT64_MAX;
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

#include "http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mono.h"
#include "http_connection.h"
#include "net/socket_addr.h"

enum {
    HEAD_TIMEOUT_US = 5000000,
    BODY_TIMEOUT_US = 10000000,
    LISTEN_BACKLOG = 256,
    ACCEPTS_PER_TURN = 64,
    MILLISECOND_US = 1000
};

struct http_server {
    struct http_shared shared;
    struct lws_context *context;
    struct lws_vhost *vhost;
    int listeners[2]; /**< until libwebsockets has them; -1 = none */
    uint16_t port;
    lws_sorted_usec_list_t alarm;
};

static void accept_some(struct http_server *server, int listener)
{
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof(from);
        int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        struct addr peer = http_connection_peer(&from);
        if (!http_connection_admit(&server->shared, &peer)) {
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
    server->shared.now_us = mono_now_us();
    /* only the reasons of raw sockets and files are ours; libwebsockets has a hundred more */
    if (reason == LWS_CALLBACK_RAW_RX_FILE) {
        accept_some(server, lws_get_socket_fd(wsi));
    } else if (reason == LWS_CALLBACK_RAW_ADOPT) {
        return http_connection_new(&server->shared, wsi);
    } else if (reason == LWS_CALLBACK_RAW_RX || reason == LWS_CALLBACK_RAW_WRITEABLE ||
               reason == LWS_CALLBACK_RAW_CLOSE) {
        c = lws_get_opaque_user_data(wsi);
        if (c == NULL) {
            return -1;
        }
        if (reason == LWS_CALLBACK_RAW_RX) {
            return http_connection_receive(c, in, len);
        }
        if (reason == LWS_CALLBACK_RAW_WRITEABLE) {
            int result = http_output_flush(c);
            /* requests that waited for the output to shrink */
            return result == 0 && c->in_len > 0 && c->out_len == 0
                       ? http_connection_receive(c, NULL, 0)
                       : result;
        }
        http_connection_free(c);
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {.name = "http",
     .callback = on_event,
     .rx_buffer_size = HTTP_WRITE_BYTES,
     .tx_packet_size = HTTP_WRITE_BYTES},
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
    int fd = socket_addr_open(SOCK_STREAM, address, true);
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
    info.pt_serv_buf_size = HTTP_WRITE_BYTES;
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
    server->shared.handler = *handler;
    server->shared.head_timeout_us =
        config->head_timeout_us > 0 ? config->head_timeout_us : HEAD_TIMEOUT_US;
    server->shared.body_timeout_us =
        config->body_timeout_us > 0 ? config->body_timeout_us : BODY_TIMEOUT_US;
    server->shared.now_us = mono_now_us();
    server->listeners[0] = -1;
    server->listeners[1] = -1;
    list_init(&server->shared.connections);
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
    if (server->shared.connection_count > 0 && timeout_us > HTTP_SWEEP_US) {
        timeout_us = HTTP_SWEEP_US;
    }
    /* libwebsockets waits for whole milliseconds, rounded down: without this it would look, and be
     * asked again, all through the last one */
    int64_t wait_us =
        timeout_us <= 0 ? 0 : (timeout_us + MILLISECOND_US - 1) / MILLISECOND_US * MILLISECOND_US;
    lws_sul_schedule(server->context, 0, &server->alarm, on_alarm, wait_us + MILLISECOND_US / 2);
    (void)lws_service(server->context, 0);
    server->shared.now_us = mono_now_us();
    if (server->shared.now_us >= server->shared.next_sweep_us) {
        http_connection_sweep(&server->shared);
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

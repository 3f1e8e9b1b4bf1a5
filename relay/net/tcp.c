#include "net/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/list.h"
#include "base/mono.h"
#include "net/socket_addr.h"

enum {
    TCP_FRAME_HEADER = 2,
    TCP_BACKLOG = 64,
    TCP_READ_BYTES = 16 * 1024,
    TCP_SWEEP_US = 5 * 1000000
};

struct tcp_connection {
    struct list link;
    struct tcp *tcp;
    int descriptor;
    uint32_t number;
    struct addr remote;
    struct addr local;
    int64_t opened_us;
    int64_t last_frame_us;
    bool answered;          /**< something was sent to it: who speaks there has proved himself */
    struct packet *partial; /**< frame under way, NULL between frames */
    uint8_t header[TCP_FRAME_HEADER];
    size_t header_bytes; /**< of header received */
    size_t frame_bytes;  /**< length the header told */
    uint8_t *queue;      /**< output not yet written, TCP_QUEUE_BYTES */
    size_t queue_start;
    size_t queue_end;
    bool broken; /**< to be closed at the end of the turn's work on it */
};

struct tcp {
    struct tcp_config config;
    int listeners[2];
    int spare; /**< given up to turn somebody away when there is no descriptor left; -1 = none */
    struct list connections;
    size_t count;
    uint32_t last_number;
    int64_t next_sweep_us;
};

static void connection_free(struct tcp_connection *connection)
{
    struct tcp *tcp = connection->tcp;
    uint32_t number = connection->number;
    loop_forget(tcp->config.loop, connection->descriptor);
    (void)close(connection->descriptor);
    packet_unref(&connection->partial);
    list_remove(&connection->link);
    tcp->count--;
    free(connection->queue);
    free(connection);
    tcp->config.closed(tcp->config.owner, number);
}

/** Hands a whole frame over. */
static void connection_deliver(struct tcp_connection *connection, int64_t now_us)
{
    struct packet *packet = connection->partial;
    connection->partial = NULL;
    connection->header_bytes = 0;
    connection->last_frame_us = now_us;
    packet->arrival_us = now_us;
    packet->from = (struct five_tuple){
        .remote = connection->remote, .local = connection->local, .tcp = connection->number};
    connection->tcp->config.received(connection->tcp->config.owner, packet);
}

/** Starts the frame whose header is complete; false when the connection must end. */
static bool connection_begin_frame(struct tcp_connection *connection)
{
    const struct tcp_config *config = &connection->tcp->config;
    connection->frame_bytes = bytes_get_u16(connection->header);
    if (connection->frame_bytes == 0 || connection->frame_bytes > PACKET_MAX_BYTES) {
        drop_count(config->drops, DROP_TCP_FRAME);
        return false;
    }
    connection->partial = packet_take_for(&config->packets, connection->frame_bytes);
    if (connection->partial == NULL) {
        drop_count(config->drops, DROP_OUT_OF_PACKETS);
        return false;
    }
    return true;
}

/** Takes received bytes in, whatever way TCP cut them; false when the connection must end. */
static bool connection_take(struct tcp_connection *connection, struct bytes in, int64_t now_us)
{
    while (bytes_left(&in) > 0) {
        if (connection->partial == NULL) {
            connection->header[connection->header_bytes++] = bytes_u8(&in);
            if (connection->header_bytes == TCP_FRAME_HEADER &&
                !connection_begin_frame(connection)) {
                return false;
            }
            continue;
        }
        struct packet *packet = connection->partial;
        size_t wanted = connection->frame_bytes - packet->len;
        size_t part = bytes_left(&in) < wanted ? bytes_left(&in) : wanted;
        memcpy(packet->data + packet->len, bytes_take(&in, part), part);
        packet->len += (uint32_t)part;
        if (packet->len == connection->frame_bytes) {
            connection_deliver(connection, now_us);
        }
    }
    return true;
}

static void connection_write(struct tcp_connection *connection)
{
    while (connection->queue_start < connection->queue_end) {
        ssize_t sent =
            send(connection->descriptor, connection->queue + connection->queue_start,
                 connection->queue_end - connection->queue_start, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent <= 0) {
            connection->broken = errno != EAGAIN && errno != EINTR;
            break;
        }
        connection->queue_start += (size_t)sent;
    }
    if (connection->queue_start == connection->queue_end) {
        connection->queue_start = 0;
        connection->queue_end = 0;
    }
    loop_watch_write(connection->tcp->config.loop, connection->descriptor,
                     connection->queue_end > 0 && !connection->broken);
}

static void connection_read(struct tcp_connection *connection)
{
    uint8_t buffer[TCP_READ_BYTES];
    ssize_t got = recv(connection->descriptor, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (got > 0) {
        connection->broken =
            !connection_take(connection, bytes_over(buffer, (size_t)got), mono_now_us());
    } else {
        connection->broken = got == 0 || (errno != EAGAIN && errno != EINTR);
    }
}

static void connection_ready(void *owner, int descriptor, bool readable, bool writable)
{
    struct tcp_connection *connection = owner;
    (void)descriptor;
    if (writable) {
        connection_write(connection);
    }
    if (readable && !connection->broken) {
        connection_read(connection);
    }
    if (connection->broken) {
        connection_free(connection);
    }
}

/** Room for a newcomer; the oldest connection that has proved nothing makes it. */
static bool tcp_make_room(struct tcp *tcp, const struct addr *remote)
{
    size_t of_host = 0;
    struct tcp_connection *unanswered = NULL;
    LIST_FOR_EACH(link, &tcp->connections)
    {
        struct tcp_connection *other = LIST_ENTRY(link, struct tcp_connection, link);
        of_host += addr_same_host(&other->remote, remote);
        if (unanswered == NULL && !other->answered) {
            unanswered = other;
        }
    }
    if (of_host >= TCP_MAX_PER_HOST) {
        return false;
    }
    if (tcp->count >= TCP_MAX_CONNECTIONS && unanswered != NULL) {
        connection_free(unanswered);
    }
    return tcp->count < TCP_MAX_CONNECTIONS;
}

static int tcp_add(struct tcp *tcp, int descriptor, const struct addr *remote)
{
    struct tcp_connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        return ERR_NO_MEMORY;
    }
    connection->queue = malloc(TCP_QUEUE_BYTES);
    if (connection->queue == NULL ||
        loop_watch(tcp->config.loop, descriptor, false, connection_ready, connection) != 0) {
        free(connection->queue);
        free(connection);
        return ERR_NO_MEMORY;
    }
    struct sockaddr_storage storage = {0};
    socklen_t len = sizeof(storage);
    (void)getsockname(descriptor, (struct sockaddr *)&storage, &len);
    socket_addr_from(&storage, &connection->local);
    connection->tcp = tcp;
    connection->descriptor = descriptor;
    connection->remote = *remote;
    connection->number = ++tcp->last_number;
    connection->opened_us = mono_now_us();
    connection->last_frame_us = connection->opened_us;
    list_append(&tcp->connections, &connection->link);
    tcp->count++;
    return 0;
}

static int spare_open(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/** Without a descriptor for him, who waits is turned away: a listener that stays readable would
 * spin the loop. */
static void listener_refuse(struct tcp *tcp, int descriptor)
{
    if (tcp->spare >= 0) {
        (void)close(tcp->spare);
    }
    int refused = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (refused >= 0) {
        (void)close(refused);
    }
    tcp->spare = spare_open();
}

static void listener_ready(void *owner, int descriptor, bool readable, bool writable)
{
    struct tcp *tcp = owner;
    struct sockaddr_storage storage;
    socklen_t len = sizeof(storage);
    int on = 1;
    (void)readable;
    (void)writable;
    int accepted =
        accept4(descriptor, (struct sockaddr *)&storage, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            listener_refuse(tcp, descriptor);
        }
        return;
    }
    struct addr remote;
    socket_addr_from(&storage, &remote);
    (void)setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (!tcp_make_room(tcp, &remote) || tcp_add(tcp, accepted, &remote) != 0) {
        (void)close(accepted);
    }
}

static int tcp_listen(struct tcp *tcp, size_t which, enum addr_family family)
{
    struct addr local = socket_addr_any(family, &tcp->config.bind, tcp->config.port);
    int descriptor = socket_addr_open(SOCK_STREAM, &local, true);
    if (descriptor < 0) {
        return ERR_IO;
    }
    tcp->listeners[which] = descriptor;
    if (listen(descriptor, TCP_BACKLOG) != 0) {
        return ERR_IO;
    }
    return loop_watch(tcp->config.loop, descriptor, false, listener_ready, tcp);
}

int tcp_open(struct tcp **out, const struct tcp_config *config)
{
    struct tcp *tcp = calloc(1, sizeof(*tcp));
    if (tcp == NULL) {
        return ERR_NO_MEMORY;
    }
    tcp->config = *config;
    tcp->listeners[0] = -1;
    tcp->listeners[1] = -1;
    tcp->spare = spare_open();
    list_init(&tcp->connections);
    tcp->next_sweep_us = INT64_MAX;
    int err = config->ipv4 && config->bind.family != ADDR_IPV6 ? tcp_listen(tcp, 0, ADDR_IPV4) : 0;
    if (err == 0 && config->ipv6 && config->bind.family != ADDR_IPV4) {
        err = tcp_listen(tcp, 1, ADDR_IPV6);
        if (err == ERR_IO && config->ipv4 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
            err = 0; /* a host without IPv6 */
        }
    }
    if (err != 0) {
        int cause = errno;
        tcp_close(&tcp);
        errno = cause;
        return err;
    }
    *out = tcp;
    return 0;
}

static void connection_queue(struct tcp_connection *connection, const struct outbox_entry *entry)
{
    size_t needed = TCP_FRAME_HEADER + entry->len;
    if (TCP_QUEUE_BYTES - connection->queue_end < needed && connection->queue_start > 0) {
        size_t waiting = connection->queue_end - connection->queue_start;
        memmove(connection->queue, connection->queue + connection->queue_start, waiting);
        connection->queue_start = 0;
        connection->queue_end = waiting;
    }
    connection->answered = true;
    if (TCP_QUEUE_BYTES - connection->queue_end < needed) {
        drop_count(connection->tcp->config.drops, DROP_SEND_QUEUE_FULL);
        return;
    }
    bytes_put_u16(connection->queue + connection->queue_end, (uint16_t)entry->len);
    memcpy(connection->queue + connection->queue_end + TCP_FRAME_HEADER, entry->data, entry->len);
    connection->queue_end += needed;
}

static struct tcp_connection *tcp_find(const struct tcp *tcp, uint32_t number)
{
    LIST_FOR_EACH(link, &tcp->connections)
    {
        struct tcp_connection *connection = LIST_ENTRY(link, struct tcp_connection, link);
        if (connection->number == number) {
            return connection;
        }
    }
    return NULL;
}

void tcp_send(struct tcp *tcp, const struct outbox *outbox)
{
    struct tcp_connection *connection = NULL;
    for (size_t i = 0; i < outbox->count; i++) {
        uint32_t number = outbox->destinations[outbox->entries[i].to].tcp;
        if (number == 0) {
            continue;
        }
        if (connection == NULL || connection->number != number) {
            connection = tcp_find(tcp, number);
        }
        if (connection != NULL) {
            connection_queue(connection, &outbox->entries[i]);
        }
    }
    /* a connection that breaks here is closed by its own readiness (EPOLLHUP), not under the
     * caller's feet */
    for (size_t i = 0; i < outbox->destination_count; i++) {
        uint32_t number = outbox->destinations[i].tcp;
        connection = number == 0 ? NULL : tcp_find(tcp, number);
        if (connection != NULL && connection->queue_end > connection->queue_start) {
            connection_write(connection);
        }
    }
}

void tcp_timeout(struct tcp *tcp, int64_t now_us)
{
    if (now_us < tcp_next_deadline(tcp)) {
        return;
    }
    tcp->next_sweep_us = now_us + TCP_SWEEP_US;
    LIST_FOR_EACH_SAFE(link, after, &tcp->connections)
    {
        struct tcp_connection *connection = LIST_ENTRY(link, struct tcp_connection, link);
        bool unanswered =
            !connection->answered && now_us - connection->opened_us > TCP_UNANSWERED_US;
        if (unanswered || now_us - connection->last_frame_us > TCP_IDLE_US) {
            connection_free(connection);
        }
    }
}

int64_t tcp_next_deadline(const struct tcp *tcp)
{
    if (tcp->count == 0) {
        return INT64_MAX;
    }
    return tcp->next_sweep_us == INT64_MAX ? 0 : tcp->next_sweep_us;
}

size_t tcp_connections(const struct tcp *tcp)
{
    return tcp->count;
}

void tcp_close(struct tcp **tcp)
{
    if (*tcp == NULL) {
        return;
    }
    LIST_FOR_EACH_SAFE(link, after, &(*tcp)->connections)
    {
        connection_free(LIST_ENTRY(link, struct tcp_connection, link));
    }
    for (size_t i = 0; i < 2; i++) {
        if ((*tcp)->listeners[i] >= 0) {
            loop_forget((*tcp)->config.loop, (*tcp)->listeners[i]);
            (void)close((*tcp)->listeners[i]);
        }
    }
    if ((*tcp)->spare >= 0) {
        (void)close((*tcp)->spare);
    }
    free(*tcp);
    *tcp = NULL;
}

#include "unit/load/http_stub.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

static void close_connection(struct http_stub_connection *connection)
{
    if (connection->descriptor >= 0) {
        turn_forget(connection->stub->turn, connection->descriptor);
        (void)close(connection->descriptor);
        connection->descriptor = -1;
    }
}

/** Bytes of the first whole request in the buffer, 0 = not all there. */
static size_t whole_request(const struct http_stub_connection *connection)
{
    const char *end = strstr(connection->in, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - connection->in) + 4;
    const char *length = strcasestr(connection->in, "\r\nContent-Length:");
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return head + body <= connection->in_len ? head + body : 0;
}

static void say(struct http_stub *stub, int descriptor, size_t entry)
{
    stub->given[entry] = true;
    stub->waiting[entry] = 0;
    if (stub->answers[entry] != NULL) {
        (void)!write(descriptor, stub->answers[entry], strlen(stub->answers[entry]));
    }
}

/** The entry that a request is answered by, HTTP_STUB_REQUESTS = none. */
static size_t find_entry(const struct http_stub *stub, const char *request)
{
    for (size_t i = 0; i < HTTP_STUB_REQUESTS; i++) {
        bool free = !stub->given[i] && stub->waiting[i] == 0;
        if (free && stub->words[i] != NULL && strstr(request, stub->words[i]) != NULL) {
            return i;
        }
    }
    size_t next = stub->request_count - 1;
    return stub->words[next] == NULL ? next : HTTP_STUB_REQUESTS;
}

static bool was_asked(const struct http_stub *stub, const char *words)
{
    for (size_t i = 0; i < stub->request_count; i++) {
        if (strstr(stub->requests[i], words) != NULL) {
            return true;
        }
    }
    return false;
}

static void answer(struct http_stub_connection *connection, size_t len)
{
    struct http_stub *stub = connection->stub;
    if (stub->request_count == HTTP_STUB_REQUESTS) {
        return;
    }
    char *request = stub->requests[stub->request_count++];
    memcpy(request, connection->in, len);
    request[len] = '\0';
    memmove(connection->in, connection->in + len, connection->in_len - len);
    connection->in_len -= len;
    connection->in[connection->in_len] = '\0';
    size_t entry = find_entry(stub, request);
    if (entry == HTTP_STUB_REQUESTS) {
        return;
    }
    if (stub->after[entry] != NULL && !was_asked(stub, stub->after[entry])) {
        stub->waiting[entry] = connection->descriptor;
        return;
    }
    say(stub, connection->descriptor, entry);
    for (size_t i = 0; i < HTTP_STUB_REQUESTS; i++) {
        if (stub->waiting[i] != 0 && strstr(request, stub->after[i]) != NULL) {
            say(stub, stub->waiting[i], i);
        }
    }
}

static void on_bytes(void *owner, int descriptor, bool readable, bool writable)
{
    struct http_stub_connection *connection = owner;
    (void)readable;
    (void)writable;
    ssize_t got = read(descriptor, connection->in + connection->in_len,
                       sizeof(connection->in) - 1 - connection->in_len);
    if (got <= 0) {
        close_connection(connection);
        return;
    }
    connection->in_len += (size_t)got;
    connection->in[connection->in_len] = '\0';
    for (size_t len = whole_request(connection); len > 0; len = whole_request(connection)) {
        answer(connection, len);
    }
}

static void on_connection(void *owner, int descriptor, bool readable, bool writable)
{
    struct http_stub *stub = owner;
    (void)readable;
    (void)writable;
    int accepted = accept(descriptor, NULL, NULL);
    for (size_t i = 0; i < HTTP_STUB_CONNECTIONS && accepted >= 0; i++) {
        struct http_stub_connection *connection = &stub->connections[i];
        if (connection->descriptor < 0) {
            connection->descriptor = accepted;
            connection->in_len = 0;
            stub->connection_count++;
            if (turn_watch(stub->turn, accepted, false, on_bytes, connection) != 0) {
                connection->descriptor = -1;
                break;
            }
            return;
        }
    }
    (void)close(accepted);
}

int http_stub_start(struct http_stub *stub, struct turn *turn)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(addr);
    stub->turn = turn;
    for (size_t i = 0; i < HTTP_STUB_CONNECTIONS; i++) {
        stub->connections[i].stub = stub;
        stub->connections[i].descriptor = -1;
    }
    stub->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (stub->listener < 0 ||
        bind(stub->listener, (const struct sockaddr *)&addr, sizeof(addr)) != 0 ||
        listen(stub->listener, 8) != 0 ||
        getsockname(stub->listener, (struct sockaddr *)&addr, &len) != 0) {
        return ERR_IO;
    }
    stub->port = ntohs(addr.sin_port);
    return turn_watch(turn, stub->listener, false, on_connection, stub);
}

void http_stub_stop(struct http_stub *stub)
{
    if (stub->turn == NULL) {
        return;
    }
    for (size_t i = 0; i < HTTP_STUB_CONNECTIONS; i++) {
        close_connection(&stub->connections[i]);
    }
    turn_forget(stub->turn, stub->listener);
    (void)close(stub->listener);
}

/* The server over real sockets on loopback, on a port that the system chooses. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mono.h"
#include "relay/signal/http.h"
#include "relay/signal/websocket.h"
#include "unit/runner.h"

enum { MOST_US = 3000000, TEXT_BYTES = 300000 };

/** What the handler saw. */
static struct {
    int requests;
    enum http_method method;
    char path[64];
    size_t body_len;
    struct addr remote;
    struct http_socket *socket;
    char message[128];
    int messages;
    int closed;
} seen;

static char big[100000];

static void on_request(void *owner, const struct http_request *request,
                       struct http_response *response)
{
    (void)owner;
    seen.requests++;
    seen.method = request->method;
    seen.body_len = request->body.len;
    seen.remote = request->remote;
    (void)str_view_copy(request->path, seen.path, sizeof(seen.path));
    if (str_view_equal(request->path, "/big")) {
        memset(big, 'x', sizeof(big));
        http_response_borrow(response, 200, "text/plain", big, sizeof(big));
        return;
    }
    http_response_borrow(response, 200, "text/plain", "hello", 5);
}

static bool on_open(void *owner, const struct http_request *request, struct http_socket *socket,
                    struct http_response *response)
{
    (void)owner;
    if (!str_view_equal(request->path, "/events")) {
        http_response_problem(response, 404, 0, "No", "Not here.");
        return false;
    }
    http_response_header(response, "Sec-WebSocket-Protocol", "tandem.v1");
    seen.socket = socket;
    return true;
}

static void on_ready(void *owner, struct http_socket *socket)
{
    (void)owner;
    http_socket_send(socket, "welcome", 7);
}

static void on_message(void *owner, struct http_socket *socket, const char *text, size_t len)
{
    (void)owner;
    seen.messages++;
    (void)str_view_copy(str_view_of(text, len), seen.message, sizeof(seen.message));
    http_socket_send(socket, text, len);
}

static void on_closed(void *owner, struct http_socket *socket)
{
    (void)owner;
    seen.closed += socket == seen.socket;
    seen.socket = NULL;
}

static int start(struct http_server **out)
{
    static const struct http_handler handler = {.request = on_request,
                                                .socket_open = on_open,
                                                .socket_ready = on_ready,
                                                .socket_message = on_message,
                                                .socket_closed = on_closed};
    struct http_config config = {.head_timeout_us = 200000, .body_timeout_us = 200000};
    memset(&seen, 0, sizeof(seen));
    int err = addr_parse_ip("127.0.0.1", 0, &config.address);
    return err != 0 ? err : http_server_new(out, &config, &handler);
}

static int dial(const struct http_server *server)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(server))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/** A client's view of one connection. */
struct client {
    int fd;
    char *text; /**< all that came, terminated */
    size_t len;
    bool ended;
};

static bool client_new(struct client *client, const struct http_server *server)
{
    memset(client, 0, sizeof(*client));
    client->text = calloc(1, TEXT_BYTES);
    client->fd = dial(server);
    return client->text != NULL && client->fd >= 0;
}

static void client_free(struct client *client)
{
    if (client->fd > 0) {
        (void)close(client->fd);
    }
    free(client->text);
}

static void client_read(struct client *client)
{
    ssize_t got =
        recv(client->fd, client->text + client->len, TEXT_BYTES - 1 - client->len, MSG_DONTWAIT);
    if (got > 0) {
        client->len += (size_t)got;
        client->text[client->len] = '\0';
    } else if (got == 0) {
        client->ended = true;
    }
}

/** Sends while the server runs. */
static void say(struct http_server *server, struct client *client, const void *data, size_t len)
{
    const char *at = data;
    int64_t until_us = mono_now_us() + MOST_US;
    while (len > 0 && mono_now_us() < until_us) {
        ssize_t sent = send(client->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            return;
        }
        at += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
        http_server_run(server, 1000);
        client_read(client);
    }
}

/** Runs the server until `text` has come from it, or (NULL) until it has closed. */
static bool await(struct http_server *server, struct client *client, const char *text)
{
    int64_t start_us = mono_now_us();
    /* after an injected failure there may be nothing to wait for */
    while (mono_now_us() - start_us < (runner_out_of_memory() ? 20000 : MOST_US)) {
        client_read(client);
        if (text != NULL ? memmem(client->text, client->len, text, strlen(text)) != NULL
                         : client->ended) {
            return true;
        }
        http_server_run(server, 1000);
    }
    return false;
}

/** Sends a whole request on a connection of its own; true when the answer begins with `status` and,
 * unless open, the connection ends. */
static bool answers(struct http_server *server, const char *request, const char *status, bool ends)
{
    struct client client;
    char want[32];
    bool good = false;
    (void)snprintf(want, sizeof(want), "HTTP/1.1 %s ", status);
    if (client_new(&client, server)) {
        say(server, &client, request, strlen(request));
        good = await(server, &client, "\r\n\r\n") &&
               strncmp(client.text, want, strlen(want)) == 0 &&
               (!ends || await(server, &client, NULL));
        if (!good && !runner_out_of_memory()) {
            (void)fprintf(stderr, "wanted %s, got: %.300s\n", status, client.text);
        }
    }
    client_free(&client);
    return good;
}

TEST(answers_and_keeps_the_connection)
{
    struct http_server *server = NULL;
    struct client client = {0};
    REQUIRE_OK(start(&server));
    REQUIRE(client_new(&client, server));
    const char one[] =
        "GET /one?x HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1, 192.0.2.7\r\n\r\n";
    say(server, &client, one, sizeof(one) - 1);
    REQUIRE(await(server, &client, "\r\n\r\nhello"));
    CHECK(strstr(client.text, "\r\nContent-Length: 5\r\n") != NULL);
    CHECK(strstr(client.text, "\r\nDate: ") != NULL);
    CHECK_STR(seen.path, "/one");
    struct addr proxied;
    REQUIRE_OK(addr_parse_ip("192.0.2.7", 0, &proxied));
    CHECK(addr_same_host(&seen.remote, &proxied));
    client.len = 0;
    const char two[] =
        "HEAD /two HTTP/1.1\r\nHost: x\r\n\r\nDELETE /three HTTP/1.1\r\nHost: x\r\n\r\n";
    say(server, &client, two, sizeof(two) - 1);
    REQUIRE(await(server, &client, "\r\n\r\nhello"));
    CHECK_INT(seen.requests, 3);
    CHECK_INT(seen.method, HTTP_DELETE);
    char *second = strstr(client.text, "\r\n\r\n");
    REQUIRE(second != NULL);
    CHECK(strncmp(second + 4, "HTTP/1.1 200", 12) == 0); /* HEAD had no body */
    client.len = 0;
    const char last[] = "GET /four HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    say(server, &client, last, sizeof(last) - 1);
    REQUIRE(await(server, &client, NULL));
    CHECK(strstr(client.text, "\r\nConnection: close\r\n") != NULL);
out:
    client_free(&client);
    http_server_free(&server);
}

TEST(takes_bodies_in_pieces_and_says_continue)
{
    struct http_server *server = NULL;
    struct client client = {0};
    REQUIRE_OK(start(&server));
    REQUIRE(client_new(&client, server));
    const char head[] =
        "PATCH /p HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n";
    say(server, &client, head, 20);
    say(server, &client, head + 20, sizeof(head) - 1 - 20);
    REQUIRE(await(server, &client, "HTTP/1.1 100 Continue\r\n\r\n"));
    CHECK_INT(seen.requests, 0);
    memset(big, 'b', sizeof(big));
    say(server, &client, big, sizeof(big));
    say(server, &client, big, sizeof(big));
    REQUIRE(await(server, &client, "\r\n\r\nhello"));
    CHECK_INT(seen.body_len, 200000);
    CHECK_INT(seen.method, HTTP_PATCH);
out:
    client_free(&client);
    http_server_free(&server);
}

TEST_NO_OOM(sends_long_answers_whole)
{
    struct http_server *server = NULL;
    struct client client = {0};
    REQUIRE_OK(start(&server));
    REQUIRE(client_new(&client, server));
    const char two[] = "GET /big HTTP/1.1\r\nHost: x\r\n\r\nGET /big HTTP/1.1\r\nHost: "
                       "x\r\nConnection: close\r\n\r\n";
    say(server, &client, two, sizeof(two) - 1);
    REQUIRE(await(server, &client, NULL));
    CHECK(client.len > 2 * sizeof(big));
out:
    client_free(&client);
    http_server_free(&server);
}

TEST_NO_OOM(refuses_malformed_requests_with_a_sentence)
{
    struct http_server *server = NULL;
    REQUIRE_OK(start(&server));
    CHECK(answers(server, "GET / HTTP/1.1\nHost: x\n\n", "400", true));
    CHECK(answers(server, "\x16\x03\x01 tls?\r\n\r\n", "400", true));
    CHECK(answers(server, "GET / HTTP/1.1\r\n\r\n", "400", true));
    CHECK(answers(
        server,
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        "400", true));
    CHECK(answers(
        server,
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "411", true));
    CHECK(answers(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 262145\r\n\r\n", "413",
                  true));
    CHECK(answers(server, "GET / HTTP/3.0\r\nHost: x\r\n\r\n", "505", true));
    CHECK(answers(server, "GET / HTTP/1.1\r\nHost: x\r\nExpect: gold\r\n\r\n", "417", true));
    CHECK(answers(server, "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "200", false));
    if (!runner_out_of_memory()) {
        CHECK_INT(seen.requests, 1);
    }
out:
    http_server_free(&server);
}

TEST_NO_OOM(refuses_long_heads)
{
    struct http_server *server = NULL;
    REQUIRE_OK(start(&server));
    char text[9000];
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET / HTTP/1.1\r\nHost: x\r\nA: ", 28);
    text[sizeof(text) - 1] = '\0';
    CHECK(answers(server, text, "431", true));
    memcpy(text, "GET /", 5);
    memset(text + 5, 'a', 5000);
    memcpy(text + 5000, " HTTP/1.1\r\nHost: x\r\n\r\n", 23);
    CHECK(answers(server, text, "414", true));
out:
    http_server_free(&server);
}

TEST_NO_OOM(ends_slow_heads_and_bodies)
{
    struct http_server *server = NULL;
    REQUIRE_OK(start(&server));
    CHECK(answers(server, "GET / HTT", "408", true));
    CHECK(
        answers(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", "408", true));
    struct client client;
    REQUIRE(client_new(&client, server));
    CHECK(await(server, &client, NULL)); /* who says nothing is hung up on without a word */
    CHECK_INT(client.len, 0);
    client_free(&client);
out:
    http_server_free(&server);
}

/* ---- WebSocket ---- */

#define UPGRADE(path, more)                                                                        \
    "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" more "\r"  \
    "\n"
#define KEY "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/** Sends one masked frame (with a mask of zeros). */
static void say_frame(struct http_server *server, struct client *client, unsigned first,
                      const char *payload, size_t len)
{
    uint8_t bytes[512] = {0};
    size_t at = websocket_head(bytes, WEBSOCKET_TEXT, len);
    bytes[0] = (uint8_t)first;
    bytes[1] |= 0x80;
    memcpy(bytes + at + 4, payload, len);
    say(server, client, bytes, at + 4 + len);
}

TEST(upgrades_and_carries_messages)
{
    struct http_server *server = NULL;
    struct client client = {0};
    REQUIRE_OK(start(&server));
    REQUIRE(client_new(&client, server));
    char bearer[1200];
    char request[2000];
    memset(bearer, 'a', sizeof(bearer) - 1);
    bearer[sizeof(bearer) - 1] = '\0';
    (void)snprintf(request, sizeof(request),
                   UPGRADE("/events", KEY "Sec-WebSocket-Protocol: tandem.v1, bearer.%s\r\n"),
                   bearer);
    say(server, &client, request, strlen(request));
    REQUIRE(await(server, &client, "welcome"));
    CHECK(strncmp(client.text, "HTTP/1.1 101 ", 13) == 0);
    CHECK(strstr(client.text, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") !=
          NULL); /* RFC 6455 1.3 */
    CHECK(strstr(client.text, "\r\nSec-WebSocket-Protocol: tandem.v1\r\n") != NULL);
    client.len = 0;
    say_frame(server, &client, 0x81, "{\"a\":1}", 7);
    REQUIRE(await(server, &client, "\x81\x07{\"a\":1}"));
    CHECK_STR(seen.message, "{\"a\":1}");
    client.len = 0;
    say_frame(server, &client, 0x89, "p", 1);
    REQUIRE(await(server, &client, "\x8a\x01p"));
    client.len = 0;
    say_frame(server, &client, 0x88, "\x03\xe8", 2);
    REQUIRE(await(server, &client, NULL));
    CHECK(memmem(client.text, client.len, "\x88\x02\x03\xe8", 4) != NULL);
    CHECK_INT(seen.closed, 1);
out:
    client_free(&client);
    http_server_free(&server);
}

TEST_NO_OOM(closes_on_broken_frames)
{
    struct http_server *server = NULL;
    struct client client = {0};
    REQUIRE_OK(start(&server));
    REQUIRE(client_new(&client, server));
    const char request[] = UPGRADE("/events", KEY);
    say(server, &client, request, sizeof(request) - 1);
    REQUIRE(await(server, &client, "welcome"));
    client.len = 0;
    say(server, &client, "\x81\x02hi", 4); /* not masked */
    REQUIRE(await(server, &client, NULL));
    CHECK(memmem(client.text, client.len, "\x88\x02\x03\xea", 4) != NULL);
    CHECK_INT(seen.messages, 0);
out:
    client_free(&client);
    http_server_free(&server);
    if (!runner_out_of_memory()) {
        CHECK_INT(seen.closed, 1);
    }
}

TEST_NO_OOM(the_owner_can_close_a_socket)
{
    struct http_server *server = NULL;
    struct client client = {0};
    REQUIRE_OK(start(&server));
    REQUIRE(client_new(&client, server));
    const char request[] = UPGRADE("/events", KEY);
    say(server, &client, request, sizeof(request) - 1);
    REQUIRE(await(server, &client, "welcome"));
    REQUIRE(seen.socket != NULL);
    http_socket_close(seen.socket, 4000, "newer");
    http_socket_send(seen.socket, "lost", 4);
    REQUIRE(await(server, &client, "\x88\x07\x0f\xa0newer"));
    CHECK(memmem(client.text, client.len, "lost", 4) == NULL);
out:
    client_free(&client);
    http_server_free(&server);
    if (!runner_out_of_memory()) {
        CHECK_INT(seen.closed, 1);
    }
}

TEST_NO_OOM(refuses_bad_upgrades)
{
    struct http_server *server = NULL;
    REQUIRE_OK(start(&server));
    CHECK(answers(server, UPGRADE("/other", KEY), "404", false));
    CHECK(answers(server, UPGRADE("/events", "Sec-WebSocket-Version: 13\r\n"), "400", false));
    CHECK(answers(server,
                  UPGRADE("/events", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n"),
                  "400", false));
    CHECK(answers(
        server,
        UPGRADE("/events",
                "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
        "426", false));
    CHECK_INT(seen.messages, 0);
out:
    http_server_free(&server);
}

TEST(a_taken_port_is_an_error)
{
    struct http_server *server = NULL;
    struct http_server *second = NULL;
    REQUIRE_OK(start(&server));
    struct http_config config = {0};
    static const struct http_handler handler = {.request = on_request};
    REQUIRE_OK(addr_parse_ip("127.0.0.1", http_server_port(server), &config.address));
    CHECK_INT(http_server_new(&second, &config, &handler), ERR_IO);
    CHECK(second == NULL);
out:
    http_server_free(&second);
    http_server_free(&server);
}

TEST_NO_OOM(many_clients_at_once)
{
    enum { CLIENTS = 100 };
    static struct client clients[CLIENTS];
    struct http_server *server = NULL;
    const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    memset(clients, 0, sizeof(clients));
    REQUIRE_OK(start(&server));
    for (size_t i = 0; i < CLIENTS; i++) {
        REQUIRE(client_new(&clients[i], server));
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        say(server, &clients[i], request, sizeof(request) - 1);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        CHECK(await(server, &clients[i], "hello"));
    }
out:
    for (size_t i = 0; i < CLIENTS; i++) {
        client_free(&clients[i]);
    }
    http_server_free(&server);
}

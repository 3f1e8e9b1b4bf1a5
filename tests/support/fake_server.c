#include "support/fake_server.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "load/dtls_client.h"
#include "load/ice_caller.h"
#include "net/socket_addr.h"
#include "rtp/rtp.h"

static const char ufrag[] = "server";
static const char pwd[] = "server/server/server/server";

enum { PAIR_BYTES = 4096 };

struct fake_server {
    struct turn *turn;
    struct rand rand;
    int socket;
    bool active;
    bool answers;
    bool echoes;
    bool pairs;
    uint8_t pair[PAIR_BYTES];
    size_t pair_len; /**< of the first, which waits for the second */
    struct agreement_local caller;
    struct addr peer; /**< whose check came */
    struct ice_caller *ice;
    struct dtls_identity *identity;
    struct dtls_client *dtls;
};

static void send_to_peer(void *owner, const uint8_t *data, size_t len)
{
    const struct fake_server *server = owner;
    struct sockaddr_storage storage;
    socklen_t bytes = socket_addr_to(&server->peer, &storage);
    (void)sendto(server->socket, data, len, 0, (const struct sockaddr *)&storage, bytes);
}

static void send_pair(struct fake_server *server, size_t segment_bytes)
{
    struct sockaddr_storage storage;
    socklen_t bytes = socket_addr_to(&server->peer, &storage);
    struct iovec vector = {.iov_base = server->pair, .iov_len = server->pair_len};
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = {0};
    struct msghdr message = {.msg_name = &storage,
                             .msg_namelen = bytes,
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    const uint16_t size = (uint16_t)segment_bytes;
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof(size));
    memcpy(CMSG_DATA(c), &size, sizeof(size));
    (void)sendmsg(server->socket, &message, 0);
}

static void send_back(struct fake_server *server, const uint8_t *data, size_t len)
{
    if (!server->pairs) {
        send_to_peer(server, data, len);
        return;
    }
    bool second = server->pair_len > 0;
    memcpy(server->pair + server->pair_len, data, len); /* of at most 2 KB each */
    server->pair_len += len;
    if (second) {
        send_pair(server, len);
        server->pair_len = 0;
    }
}

static void receive(struct fake_server *server, uint8_t *data, size_t len, const struct addr *from)
{
    uint8_t reply[ICE_CALLER_MAX_BYTES];
    size_t reply_len = 0;
    struct ice_caller_answer answer;
    int64_t now_us = turn_now_us(server->turn);
    if (data[0] < 4) {
        if (server->answers && ice_caller_receive(server->ice, data, len, from, now_us, reply,
                                                  &reply_len, &answer) == ICE_CALLER_REQUEST) {
            server->peer = *from;
            send_to_peer(server, reply, reply_len);
            dtls_client_start(server->dtls, now_us);
        }
    } else if (data[0] < 64) {
        dtls_client_receive(server->dtls, data, len, now_us);
    } else if (server->echoes && !rtp_is_rtcp(data, len)) {
        len = dtls_client_unprotect(server->dtls, data, len, false);
        len = len > 0 ? dtls_client_protect(server->dtls, data, len, false) : 0;
        if (len > 0) {
            send_back(server, data, len);
        }
    }
}

static void on_socket(void *owner, int descriptor, bool readable, bool writable)
{
    struct fake_server *server = owner;
    struct sockaddr_storage storage;
    socklen_t bytes = sizeof(storage);
    _Alignas(8) uint8_t data[2048];
    (void)writable;
    ssize_t len = readable ? recvfrom(descriptor, data, sizeof(data) - 100, MSG_DONTWAIT,
                                      (struct sockaddr *)&storage, &bytes)
                           : 0;
    if (len > 0 && server->ice != NULL) {
        struct addr from;
        socket_addr_from(&storage, &from);
        receive(server, data, (size_t)len, &from);
    }
}

int fake_server_new(struct fake_server **out, struct turn *turn, bool active)
{
    static const struct addr local = {.ip = {127, 0, 0, 1}, .family = ADDR_IPV4};
    struct fake_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        return ERR_NO_MEMORY;
    }
    server->turn = turn;
    server->active = active;
    server->answers = true;
    server->echoes = true;
    rand_init(&server->rand, 1);
    server->socket = socket_addr_open(SOCK_DGRAM, &local, false);
    int err = server->socket < 0 ? ERR_IO : dtls_identity_new(&server->identity);
    if (err == 0) {
        err = turn_watch(turn, server->socket, false, on_socket, server);
    }
    if (err != 0) {
        fake_server_free(&server);
        return err;
    }
    *out = server;
    return 0;
}

int fake_server_expect(struct fake_server *server, const struct agreement_local *caller)
{
    server->caller = *caller;
    const struct ice_caller_credentials credentials = {.own_ufrag = ufrag,
                                                       .own_pwd = pwd,
                                                       .remote_ufrag = server->caller.ufrag,
                                                       .remote_pwd = server->caller.pwd};
    const struct dtls_client_output output = {.send = send_to_peer, .owner = server};
    int err = ice_caller_new(&server->ice, &credentials, &server->rand);
    if (err == 0) {
        err = dtls_client_new(&server->dtls, server->identity, &output, &caller->fingerprint,
                              server->active);
    }
    return err;
}

void fake_server_describe(const struct fake_server *server, struct agreement_remote *out)
{
    *out = (struct agreement_remote){.fingerprint = *dtls_identity_fingerprint(server->identity),
                                     .we_are_active = !server->active,
                                     .ice_lite = true,
                                     .candidates = {{.ip = {127, 0, 0, 1},
                                                     .port = socket_addr_port(server->socket),
                                                     .family = ADDR_IPV4}},
                                     .priorities = {1000},
                                     .candidate_count = 1};
    (void)snprintf(out->ufrag, sizeof(out->ufrag), "%s", ufrag);
    (void)snprintf(out->pwd, sizeof(out->pwd), "%s", pwd);
}

void fake_server_set_answers(struct fake_server *server, bool on)
{
    server->answers = on;
}

void fake_server_set_echo(struct fake_server *server, bool on)
{
    server->echoes = on;
}

void fake_server_set_pairs(struct fake_server *server, bool on)
{
    server->pairs = on;
}

bool fake_server_connected(const struct fake_server *server)
{
    return server->dtls != NULL && dtls_client_state(server->dtls) == DTLS_CLIENT_CONNECTED;
}

void fake_server_hang_up(struct fake_server *server)
{
    dtls_client_close(server->dtls);
}

void fake_server_free(struct fake_server **server)
{
    struct fake_server *gone = *server;
    if (gone == NULL) {
        return;
    }
    if (gone->socket >= 0) {
        turn_forget(gone->turn, gone->socket);
        (void)close(gone->socket);
    }
    ice_caller_free(&gone->ice);
    dtls_client_free(&gone->dtls);
    dtls_identity_free(&gone->identity);
    free(gone);
    *server = NULL;
}

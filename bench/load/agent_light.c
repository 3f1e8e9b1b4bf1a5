/** The light path: one socket per caller, and just enough ICE (controlling, RFC 8445) to be let in
 * and to stay in. */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mono.h"
#include "base/rand.h"
#include "load/agent_path.h"
#include "load/ice_caller.h"
#include "load/impairment.h"
#include "load/local_hosts.h"
#include "net/socket_addr.h"

enum {
    FIRST_PACE_US = 50000, /* Ta, RFC 8445 14.2 */
    LAST_PACE_US = 500000, /* the pace slows down to this: a dead server is not flooded */
    NEXT_CANDIDATE_US = 200000,
    KEEP_US = 2500000,    /* between checks once the path is known, +-20 % */
    AGAIN_US = 500000,    /* after one that was not answered */
    SILENT_US = 15000000, /* without an answer: consent is gone (RFC 7675: 30 s; browsers: less) */
    BATCH = 16,
    BATCHES_IN_A_ROW = 4,
    MESSAGE_BYTES = 65536, /* a datagram, or many of one size that came as one (UDP_GRO) */
    CONTROL_BYTES = 64,
    SOCKET_BUFFER_BYTES = 1 << 20,
    OFFSET_LIFE_US = 100000,
    UFRAG_CHARS = 8,
    PWD_CHARS = 24
};

/** What all share: where datagrams are read to. */
struct light_kit {
    struct turn *turn;
    struct addr bind;
    struct rand rand;
    struct addr hosts[AGREEMENT_MAX_CANDIDATES];
    size_t host_count;
    int64_t wall_offset_us; /* wall clock minus monotonic */
    int64_t wall_offset_at_us;
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_storage from[BATCH];
    _Alignas(16) uint8_t control[BATCH][CONTROL_BYTES];
    _Alignas(16) uint8_t data[BATCH][MESSAGE_BYTES];
};

enum light_state {
    LIGHT_NEW,
    LIGHT_READY,
    LIGHT_CHECKING,
    LIGHT_NOMINATING, /**< a candidate answered; with ice-lite the two are one */
    LIGHT_FOUND,
    LIGHT_LOST
};

struct light_path {
    struct agent_path path;
    struct light_kit *kit;
    struct impairment *impairment; /* NULL = none */
    enum light_state state;
    int socket;
    enum addr_family family;
    struct turn_timer timer;
    struct agreement_remote remote;
    struct addr targets[AGREEMENT_MAX_CANDIDATES]; /* the remote's candidates of our family */
    size_t target_count;
    size_t next;     /* to be checked */
    size_t selected; /* what is sent goes there */
    struct ice_caller *caller;
    int64_t pace_us;
    int64_t connect_us;
    int64_t answered_us; /* last answer */
};

static struct light_path *light_of(struct agent_path *path)
{
    return (struct light_path *)(void *)path;
}

static int light_open(void **shared, const struct agent_kit_config *config)
{
    struct light_kit *kit = calloc(1, sizeof(*kit));
    if (kit == NULL) {
        return ERR_NO_MEMORY;
    }
    kit->turn = config->turn;
    kit->bind = config->bind;
    enum addr_family family = config->bind.family == ADDR_IPV6 ? ADDR_IPV6 : ADDR_IPV4;
    kit->host_count = local_hosts(&config->bind, family, kit->hosts, AGREEMENT_MAX_CANDIDATES);
    if (kit->host_count == 0) {
        free(kit);
        return ERR_IO;
    }
    rand_init_secure(&kit->rand);
    for (size_t i = 0; i < BATCH; i++) {
        kit->vectors[i] = (struct iovec){.iov_base = kit->data[i], .iov_len = MESSAGE_BYTES};
        kit->messages[i].msg_hdr = (struct msghdr){.msg_iov = &kit->vectors[i], .msg_iovlen = 1};
    }
    *shared = kit;
    return 0;
}

static void light_close(void **shared)
{
    free(*shared);
    *shared = NULL;
}

/* Sending. */

static void put_on_wire(struct light_path *light, const struct addr *to, const uint8_t *data,
                        size_t len)
{
    struct agent_counts *counts = &light->path.counts;
    ssize_t sent;
    if (light->state == LIGHT_FOUND) {
        sent = send(light->socket, data, len, MSG_DONTWAIT);
    } else {
        struct sockaddr_storage storage;
        socklen_t bytes = socket_addr_to(to, &storage);
        sent = sendto(light->socket, data, len, MSG_DONTWAIT, (const struct sockaddr *)&storage,
                      bytes);
    }
    if (sent < 0) {
        counts->send_failed++;
        return;
    }
    counts->sent++;
    counts->sent_bytes += len;
}

static void on_up(void *owner, const struct addr *peer, const uint8_t *data, size_t len)
{
    put_on_wire(owner, peer, data, len);
}

static void send_to(struct light_path *light, const struct addr *to, const uint8_t *data,
                    size_t len)
{
    if (light->impairment != NULL) {
        impairment_up(light->impairment, to, data, len, turn_now_us(light->kit->turn));
        return;
    }
    put_on_wire(light, to, data, len);
}

static void light_send(struct agent_path *path, const uint8_t *data, size_t len)
{
    struct light_path *light = light_of(path);
    if (light->state >= LIGHT_CHECKING && light->state <= LIGHT_FOUND) {
        send_to(light, &light->targets[light->selected], data, len);
    }
}

/* ICE. */

static void check(struct light_path *light, size_t target, bool nominate)
{
    uint8_t data[ICE_CALLER_MAX_BYTES];
    size_t len = ice_caller_check(light->caller, nominate, turn_now_us(light->kit->turn), data);
    if (len > 0) {
        send_to(light, &light->targets[target], data, len);
    }
}

/** The best candidate first, and as time goes by the next ones too. */
static void check_in_turn(struct light_path *light, int64_t now_us)
{
    size_t begun = 1 + (size_t)((now_us - light->connect_us) / NEXT_CANDIDATE_US);
    size_t among = begun < light->target_count ? begun : light->target_count;
    bool nominating = light->state == LIGHT_NOMINATING;
    check(light, nominating ? light->selected : light->next % among,
          nominating || light->remote.ice_lite);
    light->next++;
    turn_set(light->kit->turn, &light->timer, now_us + light->pace_us);
    light->pace_us += light->next % 4 == 0 && light->pace_us < LAST_PACE_US ? light->pace_us : 0;
}

static void lose(struct light_path *light, enum load_cause cause)
{
    light->state = LIGHT_LOST;
    turn_set(light->kit->turn, &light->timer, INT64_MAX);
    light->path.handler.lost(light->path.handler.owner, cause);
}

static void on_timer(void *owner, int64_t now_us)
{
    struct light_path *light = owner;
    switch (light->state) {
    case LIGHT_NEW:
        light->state = LIGHT_READY;
        light->path.handler.ready(light->path.handler.owner);
        break;
    case LIGHT_CHECKING:
    case LIGHT_NOMINATING:
        check_in_turn(light, now_us);
        break;
    case LIGHT_FOUND:
        if (now_us - light->answered_us > SILENT_US) {
            lose(light, LOAD_DROPPED);
            break;
        }
        check(light, light->selected, false);
        turn_set(light->kit->turn, &light->timer, now_us + AGAIN_US);
        break;
    case LIGHT_READY:
    case LIGHT_LOST:
        break;
    }
}

/** From here on the socket knows whom it talks to: sending is cheaper so. */
static void found(struct light_path *light)
{
    struct sockaddr_storage storage;
    socklen_t bytes = socket_addr_to(&light->targets[light->selected], &storage);
    if (connect(light->socket, (const struct sockaddr *)&storage, bytes) != 0) {
        lose(light, LOAD_NO_RESOURCES);
        return;
    }
    light->state = LIGHT_FOUND;
    light->path.handler.found(light->path.handler.owner);
}

static void on_answer(struct light_path *light, const struct addr *from,
                      const struct ice_caller_answer *answer)
{
    int64_t now_us = turn_now_us(light->kit->turn);
    uint32_t spread_us = rand_below(&light->kit->rand, 2 * KEEP_US / 5);
    size_t i = 0;
    while (i < light->target_count && !addr_equal(&light->targets[i], from)) {
        i++;
    }
    if (i == light->target_count) {
        return;
    }
    light->answered_us = now_us;
    switch (light->state) {
    case LIGHT_CHECKING:
    case LIGHT_NOMINATING:
        light->selected = light->state == LIGHT_CHECKING ? i : light->selected;
        if (answer->nominated) {
            turn_set(light->kit->turn, &light->timer, now_us + KEEP_US - KEEP_US / 5 + spread_us);
            found(light);
        } else if (light->state == LIGHT_CHECKING) {
            light->state = LIGHT_NOMINATING;
            light->pace_us = FIRST_PACE_US;
            check_in_turn(light, now_us);
        }
        break;
    case LIGHT_FOUND:
        turn_set(light->kit->turn, &light->timer, now_us + KEEP_US - KEEP_US / 5 + spread_us);
        break;
    case LIGHT_NEW:
    case LIGHT_READY:
    case LIGHT_LOST:
        break;
    }
}

static void receive_stun(struct light_path *light, const struct addr *from, const uint8_t *data,
                         size_t len)
{
    uint8_t reply[ICE_CALLER_MAX_BYTES];
    size_t reply_len = 0;
    struct ice_caller_answer answer;
    switch (ice_caller_receive(light->caller, data, len, from, turn_now_us(light->kit->turn), reply,
                               &reply_len, &answer)) {
    case ICE_CALLER_REQUEST:
        send_to(light, from, reply, reply_len);
        break;
    case ICE_CALLER_ANSWER:
        on_answer(light, from, &answer);
        break;
    case ICE_CALLER_NOTHING:
        break;
    }
}

/* Receiving. */

static void on_down(void *owner, const struct addr *peer, uint8_t *data, size_t len,
                    int64_t arrived_us)
{
    struct light_path *light = owner;
    if (light->state < LIGHT_CHECKING || light->state == LIGHT_LOST || len == 0) {
        return;
    }
    if (data[0] < 4) {
        receive_stun(light, peer, data, len);
        return;
    }
    light->path.handler.datagram(light->path.handler.owner, data, len, arrived_us);
}

/** Wall clock minus monotonic clock, so that kernel stamps can be moved to the monotonic line. */
static int64_t wall_offset_us(struct light_kit *kit)
{
    int64_t now_us = turn_now_us(kit->turn);
    if (kit->wall_offset_at_us == 0 || now_us - kit->wall_offset_at_us > OFFSET_LIFE_US) {
        kit->wall_offset_us = mono_wall_us() - mono_now_us();
        kit->wall_offset_at_us = now_us;
    }
    return kit->wall_offset_us;
}

/** What the kernel says of a message: when it got it (the present when it does not say), and how
 * long each datagram in it is but the last, 0 = it is one. */
struct message_facts {
    int64_t arrived_us;
    size_t segment_bytes;
};

static struct message_facts read_control(struct light_kit *kit, struct msghdr *message)
{
    struct message_facts facts = {.arrived_us = turn_now_us(kit->turn)};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
            int64_t at_us =
                (int64_t)stamp.tv_sec * 1000000 + stamp.tv_nsec / 1000 - wall_offset_us(kit);
            facts.arrived_us = at_us < facts.arrived_us ? at_us : facts.arrived_us;
        } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int bytes = 0;
            memcpy(&bytes, CMSG_DATA(c), sizeof(bytes));
            facts.segment_bytes = bytes > 0 ? (size_t)bytes : 0;
        }
    }
    return facts;
}

static void take_datagram(struct light_path *light, const struct addr *from, uint8_t *data,
                          size_t len, int64_t arrived_us)
{
    light->path.counts.received++;
    light->path.counts.received_bytes += len;
    if (light->impairment != NULL) {
        impairment_down(light->impairment, from, data, len, arrived_us);
        return;
    }
    on_down(light, from, data, len, arrived_us);
}

static void take_in(struct light_path *light, size_t i)
{
    struct light_kit *kit = light->kit;
    struct addr from = light->targets[light->selected];
    size_t len = kit->messages[i].msg_len;
    const struct message_facts facts = read_control(kit, &kit->messages[i].msg_hdr);
    if (kit->messages[i].msg_hdr.msg_name != NULL) {
        socket_addr_from(&kit->from[i], &from);
    }
    size_t segment = facts.segment_bytes > 0 ? facts.segment_bytes : len;
    size_t at = 0;
    do {
        size_t bytes = len - at < segment ? len - at : segment;
        uint8_t *data = kit->data[i] + (at & ~(size_t)3);
        if (at % 4 != 0) { /* to the alignment that is promised, over what has been read */
            memmove(data, kit->data[i] + at, bytes);
        }
        take_datagram(light, &from, data, bytes, facts.arrived_us);
        at += bytes;
    } while (at < len);
}

static void on_socket(void *owner, int descriptor, bool readable, bool writable)
{
    struct light_path *light = owner;
    struct light_kit *kit = light->kit;
    (void)writable;
    int count = readable ? BATCH : 0;
    for (int batch = 0; count == BATCH && batch < BATCHES_IN_A_ROW; batch++) {
        bool named = light->state != LIGHT_FOUND; /* else it can be only one */
        for (size_t i = 0; i < BATCH; i++) {
            struct msghdr *header = &kit->messages[i].msg_hdr;
            header->msg_name = named ? &kit->from[i] : NULL;
            header->msg_namelen = named ? sizeof(kit->from[i]) : 0;
            header->msg_control = kit->control[i];
            header->msg_controllen = CONTROL_BYTES;
        }
        count = recvmmsg(descriptor, kit->messages, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < count; i++) {
            take_in(light, (size_t)i);
        }
    }
}

/* Life. */

/** In place of a socket of another family, if there is one. @return 0 or ERR_IO, ERR_NO_MEMORY */
static int open_socket(struct light_path *light, enum addr_family family)
{
    struct turn *turn = light->kit->turn;
    const struct addr local = socket_addr_any(family, &light->kit->bind, 0);
    int fresh = socket_addr_open(SOCK_DGRAM, &local, false);
    int on = 1;
    int bytes = SOCKET_BUFFER_BYTES;
    if (fresh < 0) {
        return ERR_IO;
    }
    /* as far as the system allows */
    (void)setsockopt(fresh, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    (void)setsockopt(fresh, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    (void)setsockopt(fresh, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    /* What was sent as one message (UDP_SEGMENT) is cut here, in our time, as a network card would
     * cut it: not by the kernel in the server's. */
    (void)setsockopt(fresh, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
    int err = turn_watch_patient(turn, fresh, on_socket, light);
    if (err != 0) {
        (void)close(fresh);
        return err;
    }
    if (light->socket >= 0) {
        turn_forget(turn, light->socket);
        (void)close(light->socket);
    }
    light->socket = fresh;
    light->family = family;
    return 0;
}

static void describe(struct light_path *light)
{
    struct light_kit *kit = light->kit;
    struct agreement_local *local = &light->path.local;
    uint16_t port = socket_addr_port(light->socket);
    rand_ice_chars(&kit->rand, local->ufrag, UFRAG_CHARS);
    rand_ice_chars(&kit->rand, local->pwd, PWD_CHARS);
    local->candidate_count = kit->host_count;
    for (size_t i = 0; i < kit->host_count; i++) {
        local->candidates[i] = kit->hosts[i];
        local->candidates[i].port = port;
    }
}

static void light_free(struct agent_path **path)
{
    struct light_path *gone = light_of(*path);
    if (gone == NULL) {
        return;
    }
    turn_set(gone->kit->turn, &gone->timer, INT64_MAX);
    if (gone->socket >= 0) {
        turn_forget(gone->kit->turn, gone->socket);
        (void)close(gone->socket);
    }
    impairment_free(&gone->impairment);
    ice_caller_free(&gone->caller);
    free(gone);
    *path = NULL;
}

static int light_make(struct agent_path **out, void *shared,
                      const struct agent_impairment *impairment,
                      const struct agent_path_handler *handler)
{
    struct light_kit *kit = shared;
    struct light_path *light = calloc(1, sizeof(*light));
    if (light == NULL) {
        return ERR_NO_MEMORY;
    }
    light->path.kind = &agent_light;
    light->path.handler = *handler;
    light->kit = kit;
    light->socket = -1;
    turn_timer_init(&light->timer, on_timer, light);
    int err = open_socket(light, kit->hosts[0].family);
    if (err == 0 && impairment != NULL) {
        const struct impairment_output output = {.up = on_up, .down = on_down, .owner = light};
        err = impairment_new(&light->impairment, kit->turn, impairment, &output,
                             &light->path.counts.impaired);
    }
    if (err != 0) {
        struct agent_path *gone = &light->path;
        light_free(&gone);
        return err;
    }
    describe(light);
    turn_set(kit->turn, &light->timer, turn_now_us(kit->turn));
    *out = &light->path;
    return 0;
}

/** Those of a family, in their order. */
static void take_targets(struct light_path *light, enum addr_family family)
{
    light->target_count = 0;
    for (size_t i = 0; i < light->remote.candidate_count; i++) {
        if (light->remote.candidates[i].family == family) {
            light->targets[light->target_count++] = light->remote.candidates[i];
        }
    }
}

static int light_connect(struct agent_path *path, const struct agreement_remote *remote)
{
    struct light_path *light = light_of(path);
    enum addr_family other = light->family == ADDR_IPV4 ? ADDR_IPV6 : ADDR_IPV4;
    light->remote = *remote;
    take_targets(light, light->family);
    if (light->target_count == 0) {
        take_targets(light, other);
        if (light->target_count == 0 || open_socket(light, other) != 0) {
            return ERR_INVALID;
        }
    }
    const struct ice_caller_credentials credentials = {.own_ufrag = path->local.ufrag,
                                                       .own_pwd = path->local.pwd,
                                                       .remote_ufrag = light->remote.ufrag,
                                                       .remote_pwd = light->remote.pwd};
    int err = ice_caller_new(&light->caller, &credentials, &light->kit->rand);
    if (err != 0) {
        return err;
    }
    light->state = LIGHT_CHECKING;
    light->connect_us = turn_now_us(light->kit->turn);
    light->pace_us = FIRST_PACE_US;
    check_in_turn(light, light->connect_us);
    return 0;
}

const struct agent_path_kind agent_light = {
    .name = "light",
    .open = light_open,
    .close = light_close,
    .make = light_make,
    .connect = light_connect,
    .send = light_send,
    .free = light_free,
};

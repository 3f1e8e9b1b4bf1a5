#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srtp2/srtp.h>

#include "base/bytes.h"
#include "base/err.h"
#include "forwarder.h"
#include "transport/srtp_ciphers.h"

enum {
    /** What fits well inside the second-level cache is fastest (measured: 48 to 256 KiB alike). */
    ARENA_BYTES = 128 * 1024,
    MAX_MESSAGES = 64,
    CONTROL_BYTES = 32,
    MAX_GSO_BYTES = 65000,
    REPLAY_WINDOW = 128,
    HEADER_BYTES = 12
};

struct ideal_receiver {
    srtp_t session;
    struct sockaddr_in to;
    uint32_t ssrc;
    uint32_t timestamp_offset;
    uint16_t seq_offset;
};

struct ideal_arrival {
    struct datagram *datagrams;
    size_t count;
    size_t room;
};

struct ideal {
    size_t rooms;
    size_t receivers; /**< of a room */
    bool send;        /**< false: SINK_NONE */
    int descriptor;
    uint64_t lost;
    srtp_t *publishers;               /**< by room */
    struct ideal_receiver *listeners; /**< room * receivers + index */
    struct datagram *store;           /**< CHUNK_DATAGRAMS */
    struct ideal_arrival arrivals[CHUNK_DATAGRAMS];
    size_t arrival_count;
    struct audience **audiences; /**< NULL when nobody looks */

    uint8_t *arena;
    size_t arena_used;
    size_t message_count;
    struct mmsghdr messages[MAX_MESSAGES];
    struct iovec slices[MAX_MESSAGES];
    uint16_t segments[MAX_MESSAGES]; /**< bytes of each datagram of a message */
    uint32_t owners[MAX_MESSAGES];   /**< index into listeners */
    struct {
        _Alignas(8) uint8_t bytes[CONTROL_BYTES];
    } controls[MAX_MESSAGES]; /**< filled once, only the segment size changes */
};

void forwarder_publisher_key(size_t room, uint8_t key[AUDIENCE_KEY_BYTES])
{
    audience_key((uint32_t)(1000000 + room), key);
}

static int session_new(srtp_t *out, enum srtp_profile profile, srtp_ssrc_type_t any,
                       uint8_t key[AUDIENCE_KEY_BYTES])
{
    srtp_policy_t policy = {.ssrc = {.type = any}, .key = key, .window_size = REPLAY_WINDOW};
    if (profile == SRTP_PROFILE_GCM_128) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    }
    return srtp_create(out, &policy) == srtp_err_status_ok ? 0 : ERR_CRYPTO;
}

static void init_control(struct ideal *ideal, size_t index)
{
    struct cmsghdr *control = (struct cmsghdr *)(void *)ideal->controls[index].bytes;
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    ideal->messages[index].msg_hdr = (struct msghdr){
        .msg_namelen = sizeof(struct sockaddr_in),
        .msg_iov = &ideal->slices[index],
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = CMSG_SPACE(sizeof(uint16_t)),
    };
}

static int open_socket(struct ideal *ideal, const struct sink *sink)
{
    ideal->send = sink->kind != SINK_NONE;
    ideal->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (ideal->descriptor < 0) {
        return ERR_IO;
    }
    int bytes = 8 << 20;
    (void)setsockopt(ideal->descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
    for (size_t i = 0; i < MAX_MESSAGES; i++) {
        init_control(ideal, i);
    }
    return 0;
}

static int add_receiver(struct ideal *ideal, const struct forwarder_setup *setup, size_t index)
{
    struct ideal_receiver *receiver = &ideal->listeners[index];
    struct five_tuple tuple = sink_receiver(setup->sink, (uint32_t)index);
    uint8_t key[AUDIENCE_KEY_BYTES];
    audience_key((uint32_t)(index % ideal->receivers), key);
    receiver->to =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(tuple.remote.port)};
    memcpy(&receiver->to.sin_addr, tuple.remote.ip, sizeof(receiver->to.sin_addr));
    receiver->ssrc = (uint32_t)(0x10000 + index);
    receiver->timestamp_offset = (uint32_t)(index * 7919);
    receiver->seq_offset = (uint16_t)(index * 31);
    return session_new(&receiver->session, setup->workload->profile, ssrc_any_outbound, key);
}

static void ideal_close(void *state)
{
    struct ideal *ideal = state;
    if (ideal == NULL) {
        return;
    }
    for (size_t i = 0; ideal->publishers != NULL && i < ideal->rooms; i++) {
        (void)(ideal->publishers[i] != NULL && srtp_dealloc(ideal->publishers[i]));
    }
    for (size_t i = 0; ideal->listeners != NULL && i < ideal->rooms * ideal->receivers; i++) {
        if (ideal->listeners[i].session != NULL) {
            (void)srtp_dealloc(ideal->listeners[i].session);
        }
    }
    if (ideal->descriptor >= 0) {
        (void)close(ideal->descriptor);
    }
    free(ideal->publishers);
    free(ideal->listeners);
    free(ideal->store);
    free(ideal->arena);
    free(ideal);
}

static int open_all(struct ideal *ideal, const struct forwarder_setup *setup)
{
    ideal->publishers = calloc(ideal->rooms, sizeof(ideal->publishers[0]));
    ideal->listeners = calloc(ideal->rooms * ideal->receivers, sizeof(ideal->listeners[0]));
    ideal->store = aligned_alloc(64, CHUNK_DATAGRAMS * sizeof(ideal->store[0]));
    ideal->arena = aligned_alloc(64, ARENA_BYTES);
    if (ideal->publishers == NULL || ideal->listeners == NULL || ideal->store == NULL ||
        ideal->arena == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = srtp_ciphers_ensure();
    for (size_t i = 0; i < ideal->rooms && err == 0; i++) {
        uint8_t key[AUDIENCE_KEY_BYTES];
        forwarder_publisher_key(i, key);
        err = session_new(&ideal->publishers[i], setup->workload->profile, ssrc_any_inbound, key);
    }
    for (size_t i = 0; i < ideal->rooms * ideal->receivers && err == 0; i++) {
        err = add_receiver(ideal, setup, i);
    }
    return err == 0 ? open_socket(ideal, setup->sink) : err;
}

static int ideal_open(void **out, const struct forwarder_setup *setup)
{
    struct ideal *ideal = calloc(1, sizeof(*ideal));
    if (ideal == NULL) {
        return ERR_NO_MEMORY;
    }
    ideal->rooms = setup->workload->rooms;
    ideal->receivers = setup->workload->receivers;
    ideal->descriptor = -1;
    int err = open_all(ideal, setup);
    if (err != 0) {
        ideal_close(ideal);
        return err;
    }
    *out = ideal;
    return 0;
}

static int ideal_load(void *state, const struct arrival *arrivals, size_t count)
{
    struct ideal *ideal = state;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct ideal_arrival *to = &ideal->arrivals[i];
        *to = (struct ideal_arrival){
            .datagrams = ideal->store + used, .count = arrivals[i].count, .room = arrivals[i].room};
        for (size_t j = 0; j < to->count; j++) {
            memcpy(to->datagrams[j].data, arrivals[i].datagrams[j].data,
                   arrivals[i].datagrams[j].len);
            to->datagrams[j].len = arrivals[i].datagrams[j].len;
        }
        used += to->count;
    }
    ideal->arrival_count = count;
    return 0;
}

static void show(struct ideal *ideal)
{
    for (size_t i = 0; i < ideal->message_count; i++) {
        const uint8_t *data = ideal->slices[i].iov_base;
        size_t room = ideal->owners[i] / ideal->receivers;
        for (size_t at = 0; at < ideal->slices[i].iov_len; at += ideal->segments[i]) {
            audience_receive(ideal->audiences[room],
                             (uint32_t)(ideal->owners[i] % ideal->receivers), data + at,
                             ideal->segments[i]);
        }
    }
}

static void flush(struct ideal *ideal)
{
    if (ideal->audiences != NULL) {
        show(ideal);
    }
    for (size_t done = 0; ideal->send && done < ideal->message_count;) {
        int sent = sendmmsg(ideal->descriptor, ideal->messages + done,
                            (unsigned)(ideal->message_count - done), MSG_DONTWAIT);
        if (sent > 0) {
            done += (size_t)sent;
        } else {
            ideal->lost++;
            done++;
        }
    }
    ideal->message_count = 0;
    ideal->arena_used = 0;
}

/** Bytes of an outgoing message: `count` equal datagrams from `data` on. */
static void queue(struct ideal *ideal, size_t listener, uint8_t *data, size_t count, size_t bytes)
{
    size_t index = ideal->message_count++;
    uint16_t segment = (uint16_t)bytes;
    ideal->slices[index] = (struct iovec){.iov_base = data, .iov_len = count * bytes};
    ideal->segments[index] = segment;
    ideal->owners[index] = (uint32_t)listener;
    struct msghdr *header = &ideal->messages[index].msg_hdr;
    header->msg_name = &ideal->listeners[listener].to;
    header->msg_controllen = count > 1 ? CMSG_SPACE(sizeof(segment)) : 0;
    memcpy(ideal->controls[index].bytes + CMSG_LEN(0), &segment, sizeof(segment));
}

/** One byte of RTP padding (RFC 3550 5.1) where a packet is shorter than the burst's last. */
static size_t pad(uint8_t *data, size_t len, size_t wanted)
{
    if (len < wanted) {
        data[0] |= 0x20;
        data[len++] = 1;
    }
    return len;
}

/** Copies, rewrites and protects one burst for one receiver. @return bytes of each datagram */
static size_t make_copies(struct ideal *ideal, const struct ideal_arrival *arrival,
                          struct ideal_receiver *receiver, uint8_t *out)
{
    int bytes = 0;
    for (size_t i = 0; i < arrival->count; i++) {
        const struct datagram *from = &arrival->datagrams[i];
        memcpy(out, from->data, from->len);
        bytes_put_u16(out + 2, (uint16_t)(bytes_get_u16(from->data + 2) + receiver->seq_offset));
        bytes_put_u32(out + 4, bytes_get_u32(from->data + 4) + receiver->timestamp_offset);
        bytes_put_u32(out + 8, receiver->ssrc);
        bytes = (int)pad(out, from->len, arrival->datagrams[arrival->count - 1].len);
        if (srtp_protect(receiver->session, out, &bytes) != srtp_err_status_ok) {
            ideal->lost++;
        }
        out += bytes;
    }
    return (size_t)bytes;
}

static void forward(struct ideal *ideal, struct ideal_arrival *arrival)
{
    for (size_t i = 0; i < arrival->count; i++) {
        struct datagram *datagram = &arrival->datagrams[i];
        int bytes = (int)datagram->len;
        if (srtp_unprotect(ideal->publishers[arrival->room], datagram->data, &bytes) !=
            srtp_err_status_ok) {
            ideal->lost++;
        }
        datagram->len = (size_t)bytes;
    }
    size_t most = arrival->count * (arrival->datagrams[arrival->count - 1].len + SRTP_MAX_TAG_LEN);
    for (size_t i = 0; i < ideal->receivers; i++) {
        size_t listener = arrival->room * ideal->receivers + i;
        if (ideal->message_count == MAX_MESSAGES || ideal->arena_used + most > ARENA_BYTES) {
            flush(ideal);
        }
        uint8_t *out = ideal->arena + ideal->arena_used;
        size_t bytes = make_copies(ideal, arrival, &ideal->listeners[listener], out);
        queue(ideal, listener, out, arrival->count, bytes);
        ideal->arena_used += arrival->count * bytes;
    }
    flush(ideal);
}

static void ideal_run(void *state)
{
    struct ideal *ideal = state;
    for (size_t i = 0; i < ideal->arrival_count; i++) {
        forward(ideal, &ideal->arrivals[i]);
    }
}

static void ideal_watch(void *state, struct audience **audiences)
{
    struct ideal *ideal = state;
    ideal->audiences = audiences;
}

static uint64_t ideal_lost(void *state)
{
    const struct ideal *ideal = state;
    return ideal->lost;
}

const struct forwarder forwarder_ideal = {
    .name = "ideal",
    .open = ideal_open,
    .load = ideal_load,
    .run = ideal_run,
    .watch = ideal_watch,
    .lost = ideal_lost,
    .close = ideal_close,
};

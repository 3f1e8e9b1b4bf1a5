#include "net/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "net/socket_addr.h"
#include "udp_sockets.h"

enum {
    UDP_MAX_SEGMENTS = 64,   /**< UDP_MAX_SEGMENTS of Linux before 6.9 */
    UDP_MAX_MESSAGE = 65000, /**< payload bytes of one message with segments */
    UDP_SEND_MESSAGES = 128, /**< messages per sendmmsg */
    UDP_SEND_SLICES = 512,   /**< datagrams per sendmmsg */
    UDP_CONTROL_BYTES = 128,
    UDP_REST_BYTES = PACKET_MAX_BYTES - PACKET_USUAL_BYTES
};

/** One datagram's control messages, aligned as cmsg wants. */
struct udp_control {
    _Alignas(8) uint8_t bytes[UDP_CONTROL_BYTES];
};

/** What a message is made of: datagrams of one size, the last may be shorter. */
struct udp_group {
    size_t datagrams;
    size_t segment_bytes; /**< of all but the last */
};

struct udp {
    struct udp_sockets sockets;
    bool segments; /**< UDP_SEGMENT works here */
    struct udp_counters counters;
    struct drop_counts *drops;

    struct packet *spare[UDP_BATCH]; /**< buffers taken for a batch and not filled */
    struct mmsghdr receive[UDP_BATCH];
    struct iovec receive_slices[UDP_BATCH][2];
    uint8_t rests[UDP_BATCH][UDP_REST_BYTES]; /**< of datagrams longer than usual */
    struct sockaddr_storage receive_from[UDP_BATCH];
    struct udp_control receive_control[UDP_BATCH];

    struct mmsghdr send[UDP_SEND_MESSAGES];
    size_t send_count;
    struct iovec send_slices[UDP_SEND_SLICES];
    size_t slice_count;
    struct udp_group send_groups[UDP_SEND_MESSAGES];
    struct sockaddr_storage send_to[UDP_SEND_MESSAGES];
    struct udp_control send_control[UDP_SEND_MESSAGES];
    struct udp_socket *send_socket; /**< of the messages now collected */
    struct outbox_entry sorted[OUTBOX_MAX_ENTRIES];
    uint16_t sorted_ends[OUTBOX_MAX_ENTRIES]; /**< of each destination's entries among them */
};

_Static_assert((int)UDP_MAX_SOCKETS == (int)UDP_SOCKETS_MAX, "one bound");

/** What is the same for all messages that are ever collected in a place. */
static void prepare_messages(struct udp *udp)
{
    for (size_t i = 0; i < UDP_SEND_MESSAGES; i++) {
        udp->send[i].msg_hdr = (struct msghdr){.msg_name = &udp->send_to[i],
                                               .msg_control = udp->send_control[i].bytes};
    }
}

int udp_open(struct udp **out, const struct udp_config *config, struct drop_counts *drops)
{
    bool v4 = config->ipv4 && config->bind.family != ADDR_IPV6;
    bool v6 = config->ipv6 && config->bind.family != ADDR_IPV4;
    if (!v4 && !v6) {
        return ERR_INVALID;
    }
    struct udp *udp = calloc(1, sizeof(*udp));
    if (udp == NULL) {
        return ERR_NO_MEMORY;
    }
    udp->segments = true;
    udp->drops = drops;
    int err = udp_sockets_open(&udp->sockets, config->port, v4, v6, &config->bind);
    if (err != 0) {
        int cause = errno;
        free(udp);
        errno = cause;
        return err;
    }
    prepare_messages(udp);
    *out = udp;
    return 0;
}

uint16_t udp_port(const struct udp *udp)
{
    return udp->sockets.port;
}

static size_t list_descriptors(const struct udp_sockets *sockets, bool patient,
                               int out[UDP_MAX_SOCKETS])
{
    size_t count = 0;
    for (size_t i = 0; i < sockets->count; i++) {
        if (sockets->list[i].patient == patient) {
            out[count++] = sockets->list[i].descriptor;
        }
    }
    return count;
}

size_t udp_descriptors(const struct udp *udp, int out[UDP_MAX_SOCKETS])
{
    return list_descriptors(&udp->sockets, false, out);
}

size_t udp_patient_descriptors(const struct udp *udp, int out[UDP_MAX_SOCKETS])
{
    return list_descriptors(&udp->sockets, true, out);
}

/** Fills the gaps in udp->spare and points the receive vector at them. @return buffers at the front
 */
static size_t udp_prepare(struct udp *udp, struct pool *usual)
{
    size_t count = 0;
    for (; count < UDP_BATCH; count++) {
        if (udp->spare[count] == NULL) {
            udp->spare[count] = packet_take(usual);
            if (udp->spare[count] == NULL) {
                break;
            }
        }
        struct packet *packet = udp->spare[count];
        struct iovec *slices = udp->receive_slices[count];
        slices[0] = (struct iovec){.iov_base = packet->data, .iov_len = PACKET_USUAL_BYTES};
        slices[1] = (struct iovec){.iov_base = udp->rests[count], .iov_len = UDP_REST_BYTES};
        udp->receive[count].msg_hdr = (struct msghdr){
            .msg_name = &udp->receive_from[count],
            .msg_namelen = sizeof(udp->receive_from[count]),
            .msg_iov = slices,
            .msg_iovlen = 2,
            .msg_control = udp->receive_control[count].bytes,
            .msg_controllen = UDP_CONTROL_BYTES,
        };
    }
    return count;
}

/** What a datagram's control messages say. */
struct udp_facts {
    struct addr local; /**< without port */
    int64_t stamp_us;  /**< wall clock, 0 when there is none */
    uint32_t overflows;
};

static void udp_read_control(struct msghdr *header, struct udp_facts *facts)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
            facts->stamp_us = (int64_t)stamp.tv_sec * 1000000 + stamp.tv_nsec / 1000;
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&facts->overflows, CMSG_DATA(c), sizeof(facts->overflows));
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            facts->local.family = ADDR_IPV4;
            memcpy(facts->local.ip, &info.ipi_spec_dst, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            facts->local.family = ADDR_IPV6;
            memcpy(facts->local.ip, &info.ipi6_addr, 16);
            if (addr_is_link_local(&facts->local)) {
                facts->local.scope = (uint32_t)info.ipi6_ifindex;
            }
        }
    }
}

/** Wall clock minus monotonic clock, so that kernel stamps can be moved to the monotonic line. */
static int64_t udp_wall_offset_us(void)
{
    struct timespec wall;
    struct timespec mono;
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    (void)clock_gettime(CLOCK_MONOTONIC, &mono);
    return ((int64_t)wall.tv_sec - mono.tv_sec) * 1000000 + (wall.tv_nsec - mono.tv_nsec) / 1000;
}

/** The packet that the kernel has filled; a long one is put together. @return NULL without memory
 * for it */
static struct packet *udp_take_filled(struct udp *udp, size_t index, struct pool *large)
{
    size_t len = udp->receive[index].msg_len;
    struct packet *packet = udp->spare[index];
    if (len <= PACKET_USUAL_BYTES) {
        udp->spare[index] = NULL;
    } else {
        const struct packet *begin = packet;
        packet = packet_take(large);
        if (packet == NULL) {
            return NULL;
        }
        memcpy(packet->data, begin->data, PACKET_USUAL_BYTES);
        memcpy(packet->data + PACKET_USUAL_BYTES, udp->rests[index], len - PACKET_USUAL_BYTES);
    }
    packet->len = (uint32_t)len;
    return packet;
}

size_t udp_receive(struct udp *udp, int descriptor, struct pool *usual, struct pool *large,
                   int64_t now_us, struct packet *batch[UDP_BATCH])
{
    size_t room = udp_prepare(udp, usual);
    if (room == 0) {
        /* read and forget one, so that a full pool does not spin the loop */
        uint8_t byte;
        if (recv(descriptor, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) >= 0) {
            drop_count(udp->drops, DROP_OUT_OF_PACKETS);
        }
        return 0;
    }
    int got = recvmmsg(descriptor, udp->receive, (unsigned)room, MSG_DONTWAIT, NULL);
    if (got <= 0) {
        return 0;
    }
    struct udp_socket *socket = udp_sockets_find(&udp->sockets, descriptor);
    int64_t offset_us = udp_wall_offset_us();
    size_t count = 0;
    for (size_t i = 0; i < (size_t)got; i++) {
        struct msghdr *header = &udp->receive[i].msg_hdr;
        udp->counters.datagrams_received++;
        udp->counters.bytes_received += udp->receive[i].msg_len;
        struct udp_facts facts = {.local = socket->local, .overflows = socket->overflows};
        udp_read_control(header, &facts);
        udp->counters.receive_overflows += facts.overflows - socket->overflows;
        socket->overflows = facts.overflows;
        if ((header->msg_flags & MSG_TRUNC) != 0) {
            drop_count(udp->drops, DROP_TOO_LONG);
            continue; /* its buffer stays among the spare ones */
        }
        struct packet *packet = udp_take_filled(udp, i, large);
        if (packet == NULL) {
            drop_count(udp->drops, DROP_OUT_OF_PACKETS);
            continue;
        }
        socket_addr_from(&udp->receive_from[i], &packet->from.remote);
        packet->from.local = facts.local;
        packet->from.local.port = udp->sockets.port;
        packet->from.tcp = 0;
        int64_t arrival_us = facts.stamp_us == 0 ? now_us : facts.stamp_us - offset_us;
        packet->arrival_us = arrival_us < now_us ? arrival_us : now_us;
        batch[count++] = packet;
    }
    return count;
}

static void udp_add_control(struct msghdr *header, size_t *used, int level, int type,
                            const void *data, size_t len)
{
    struct cmsghdr *c = (struct cmsghdr *)(void *)((uint8_t *)header->msg_control + *used);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), data, len);
    *used += CMSG_SPACE(len);
}

/** Source address: the one the peer talks to, so that the answer leaves from there. */
static void udp_add_source(struct msghdr *header, size_t *used, const struct addr *local)
{
    if (local->family == ADDR_IPV4) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, local->ip, 4);
        udp_add_control(header, used, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    } else if (local->family == ADDR_IPV6) {
        struct in6_pktinfo info = {.ipi6_ifindex = local->scope};
        memcpy(&info.ipi6_addr, local->ip, 16);
        udp_add_control(header, used, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    }
}

/** Sends one segment of a message as a datagram of its own. */
static void udp_send_single(struct udp *udp, const struct msghdr *message, struct iovec *slice)
{
    struct msghdr single = *message;
    size_t used = 0;
    struct udp_control control = {.bytes = {0}};
    single.msg_iov = slice;
    single.msg_iovlen = 1;
    /* the first control message is the source address, when there is one */
    struct cmsghdr *first = message->msg_controllen == 0 ? NULL : CMSG_FIRSTHDR(message);
    if (first != NULL && first->cmsg_type != UDP_SEGMENT) {
        used = CMSG_ALIGN(first->cmsg_len);
        memcpy(control.bytes, first, first->cmsg_len);
    }
    single.msg_control = used == 0 ? NULL : control.bytes;
    single.msg_controllen = used;
    if (sendmsg(udp->send_socket->descriptor, &single, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        bool full = errno == EAGAIN || errno == ENOBUFS;
        drop_count(udp->drops, full ? DROP_SEND_QUEUE_FULL : DROP_SEND_ERROR);
    } else {
        udp->counters.messages_sent++;
    }
}

/** Sends the segments of a message one by one, where the device or kernel cannot segment. */
static void udp_send_one_by_one(struct udp *udp, const struct msghdr *message, size_t segment_bytes)
{
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        const struct iovec *slice = &message->msg_iov[i];
        for (size_t at = 0; at < slice->iov_len; at += segment_bytes) {
            size_t left = slice->iov_len - at;
            struct iovec one = {.iov_base = (uint8_t *)slice->iov_base + at,
                                .iov_len = left < segment_bytes ? left : segment_bytes};
            udp_send_single(udp, message, &one);
        }
    }
}

/** After an error on the first message not sent: send it otherwise or count it lost, and go on
 * behind it. */
static void udp_send_failed(struct udp *udp, size_t index)
{
    const struct udp_group *group = &udp->send_groups[index];
    if (group->datagrams > 1 && (errno == EIO || errno == EINVAL || errno == ENOPROTOOPT)) {
        udp->segments = errno != ENOPROTOOPT && udp->segments;
        udp_send_one_by_one(udp, &udp->send[index].msg_hdr, group->segment_bytes);
        return;
    }
    bool full = errno == EAGAIN || errno == ENOBUFS;
    for (size_t i = 0; i < group->datagrams; i++) {
        drop_count(udp->drops, full ? DROP_SEND_QUEUE_FULL : DROP_SEND_ERROR);
    }
}

static void udp_send_collected(struct udp *udp)
{
    size_t done = 0;
    while (done < udp->send_count) {
        int sent = sendmmsg(udp->send_socket->descriptor, udp->send + done,
                            (unsigned)(udp->send_count - done), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            done += (size_t)sent;
            udp->counters.messages_sent += (uint64_t)sent;
        } else if (errno != EINTR) {
            udp_send_failed(udp, done);
            done++;
        }
    }
    udp->send_count = 0;
    udp->slice_count = 0;
}

/** The entries of an outbox, those of each destination together, in their order. */
static const struct outbox_entry *sort_by_destination(struct udp *udp, const struct outbox *outbox)
{
    uint16_t *ends = udp->sorted_ends;
    size_t before = 0;
    memset(ends, 0, outbox->destination_count * sizeof(*ends));
    for (size_t i = 0; i < outbox->count; i++) {
        ends[outbox->entries[i].to]++;
    }
    for (size_t i = 0; i < outbox->destination_count; i++) {
        size_t count = ends[i];
        ends[i] = (uint16_t)before;
        before += count;
    }
    for (size_t i = 0; i < outbox->count; i++) {
        udp->sorted[ends[outbox->entries[i].to]++] = outbox->entries[i];
    }
    return udp->sorted;
}

/** How many of these entries, from the first one on, can be segments of one message. */
static size_t udp_run(const struct udp *udp, const struct outbox_entry *entries, size_t count)
{
    size_t most = udp->segments ? UDP_MAX_SEGMENTS : 1;
    size_t total = entries[0].len;
    size_t end = 1;
    while (end < count && end < most && entries[end].to == entries[0].to &&
           entries[end].len <= entries[0].len && total + entries[end].len <= UDP_MAX_MESSAGE) {
        total += entries[end].len;
        end++;
        if (entries[end - 1].len < entries[0].len) {
            break; /* only the last segment may be shorter */
        }
    }
    return end;
}

/** Datagrams that lie against each other become one slice: the kernel is slow on many. @return
 * slices made */
static size_t udp_slice(const struct outbox_entry *entries, size_t count, struct iovec *slices)
{
    size_t made = 0;
    const uint8_t *end = NULL;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].data == end) {
            slices[made - 1].iov_len += entries[i].len;
        } else {
            slices[made++] = (struct iovec){.iov_base = entries[i].data, .iov_len = entries[i].len};
        }
        end = entries[i].data + entries[i].len;
    }
    return made;
}

static void udp_collect(struct udp *udp, const struct five_tuple *to,
                        const struct outbox_entry *entries, size_t count)
{
    struct msghdr *header = &udp->send[udp->send_count].msg_hdr;
    struct iovec *slices = &udp->send_slices[udp->slice_count];
    size_t slice_count = udp_slice(entries, count, slices);
    udp->counters.datagrams_sent += count;
    /* only the last may differ in size */
    udp->counters.bytes_sent += (count - 1) * entries[0].len + entries[count - 1].len;
    udp->send_groups[udp->send_count] =
        (struct udp_group){.datagrams = count, .segment_bytes = entries[0].len};
    header->msg_namelen = socket_addr_to(&to->remote, &udp->send_to[udp->send_count]);
    header->msg_iov = slices;
    header->msg_iovlen = slice_count;
    size_t used = 0;
    if (udp->send_socket->any) {
        udp_add_source(header, &used, &to->local);
    }
    if (count > 1) {
        uint16_t segment = (uint16_t)entries[0].len;
        udp_add_control(header, &used, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment));
    }
    header->msg_controllen = used;
    udp->send_count++;
    udp->slice_count += slice_count;
}

/** Mostly the same as for the one before. @return NULL when there is none */
static struct udp_socket *find_socket(struct udp *udp, const struct five_tuple *to)
{
    struct udp_socket *last = udp->send_socket;
    return last != NULL && addr_same_host(&last->local, &to->local)
               ? last
               : udp_sockets_towards(&udp->sockets, to);
}

void udp_send(struct udp *udp, const struct outbox *outbox)
{
    const struct outbox_entry *entries =
        outbox->mixed ? sort_by_destination(udp, outbox) : outbox->entries;
    for (size_t i = 0; i < outbox->count;) {
        const struct five_tuple *to = &outbox->destinations[entries[i].to];
        struct udp_socket *socket = find_socket(udp, to);
        if (to->tcp != 0 || socket == NULL) {
            i++;
            continue;
        }
        size_t run = udp_run(udp, &entries[i], outbox->count - i);
        if (udp->send_count == UDP_SEND_MESSAGES || udp->slice_count + run > UDP_SEND_SLICES ||
            socket != udp->send_socket) {
            udp_send_collected(udp);
        }
        udp->send_socket = socket;
        udp_collect(udp, to, &entries[i], run);
        i += run;
    }
    udp_send_collected(udp);
}

const struct udp_counters *udp_counters(const struct udp *udp)
{
    return &udp->counters;
}

void udp_close(struct udp **udp)
{
    if (*udp == NULL) {
        return;
    }
    udp_sockets_close(&(*udp)->sockets);
    for (size_t i = 0; i < UDP_BATCH; i++) {
        packet_unref(&(*udp)->spare[i]);
    }
    free(*udp);
    *udp = NULL;
}

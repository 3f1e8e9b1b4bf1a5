#include "udp_sockets.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "net/socket_addr.h"
#include "udp_filter.h"

static bool turn_on(int descriptor, int level, int option)
{
    int on = 1;
    return setsockopt(descriptor, level, option, &on, sizeof(on)) == 0;
}

static void set_buffers(int descriptor)
{
    int bytes = UDP_SOCKETS_BUFFER_BYTES;
    /* the forced forms pass rmem_max but need a privilege; the plain ones give what they may */
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0) {
        (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    }
    if (setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) != 0) {
        (void)setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    }
}

static int set_options(const struct udp_socket *socket)
{
    int descriptor = socket->descriptor;
    int discover = IP_PMTUDISC_DONT;
    set_buffers(descriptor);
    bool good = turn_on(descriptor, SOL_SOCKET, SO_TIMESTAMPNS) &&
                turn_on(descriptor, SOL_SOCKET, SO_RXQ_OVFL);
    if (socket->local.family == ADDR_IPV4) {
        good = good && setsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, &discover,
                                  sizeof(discover)) == 0;
        good = good && (!socket->any || turn_on(descriptor, IPPROTO_IP, IP_PKTINFO));
    } else {
        good = good && (!socket->any || turn_on(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO));
    }
    return good && udp_filter_attach(descriptor) == 0 ? 0 : ERR_IO;
}

/** Lets other sockets of this process onto the port while `on`; nobody else's business after. */
static void share_port(int descriptor, bool on)
{
    int value = on ? 1 : 0;
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value));
}

/** @param shared the port is ours already @return 0 or ERR_IO with errno set */
static int open_one(struct udp_sockets *sockets, const struct addr *local, bool shared)
{
    if (sockets->count == UDP_SOCKETS_MAX) {
        errno = EMFILE;
        return ERR_IO;
    }
    struct addr with_port = *local;
    with_port.port = sockets->port;
    struct udp_socket *socket = &sockets->list[sockets->count];
    *socket = (struct udp_socket){.local = *local, .any = addr_is_any(local)};
    socket->descriptor = socket_addr_open(SOCK_DGRAM, &with_port, shared);
    if (socket->descriptor < 0) {
        return ERR_IO;
    }
    if (set_options(socket) != 0) {
        int cause = errno;
        (void)close(socket->descriptor);
        errno = cause;
        return ERR_IO;
    }
    sockets->count++;
    return 0;
}

/** Whether a local address gets a socket: link-local ones would need their interface as well. */
static bool deserves_socket(const struct udp_sockets *sockets, const struct addr *local)
{
    bool good = !addr_is_link_local(local);
    for (size_t i = 0; i < sockets->count; i++) {
        good = good && !addr_same_host(&sockets->list[i].local, local);
    }
    return good;
}

/** Beside the socket for all addresses: one for each that the host has, until there are `most`.
 * Whatever cannot be had is served by the one for all. */
static void open_own(struct udp_sockets *sockets, enum addr_family family, size_t most)
{
    struct ifaddrs *interfaces = NULL;
    size_t first = sockets->count - 1;
    if (getifaddrs(&interfaces) != 0) {
        return;
    }
    share_port(sockets->list[first].descriptor, true);
    for (const struct ifaddrs *i = interfaces; i != NULL; i = i->ifa_next) {
        struct sockaddr_storage storage = {0};
        struct addr local;
        if (i->ifa_addr == NULL) {
            continue;
        }
        memcpy(&storage, i->ifa_addr,
               i->ifa_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                  : sizeof(struct sockaddr_in));
        socket_addr_from(&storage, &local);
        if (local.family == family && sockets->count < most && deserves_socket(sockets, &local)) {
            (void)open_one(sockets, &local, true);
        }
    }
    for (size_t i = first; i < sockets->count; i++) {
        share_port(sockets->list[i].descriptor, false);
    }
    freeifaddrs(interfaces);
}

static int open_family(struct udp_sockets *sockets, enum addr_family family,
                       const struct addr *bind, size_t most)
{
    struct addr local = socket_addr_any(family, bind, 0);
    int err = open_one(sockets, &local, false);
    if (err != 0) {
        return err;
    }
    sockets->port = socket_addr_port(sockets->list[sockets->count - 1].descriptor);
    if (addr_is_any(&local)) {
        open_own(sockets, family, most);
    }
    return 0;
}

/** A second socket for the address of the socket at `index`, where the kernel sorts by what is in a
 * datagram. Without one all comes to the first. */
static void open_patient(struct udp_sockets *sockets, size_t index)
{
    struct udp_socket *first = &sockets->list[index];
    struct addr with_port = first->local;
    with_port.port = sockets->port;
    struct udp_socket *socket = &sockets->list[sockets->count];
    *socket = (struct udp_socket){.local = first->local, .any = first->any, .patient = true};
    socket->descriptor = socket_addr_open_beside(SOCK_DGRAM, &with_port);
    if (socket->descriptor < 0) {
        return;
    }
    if (set_options(socket) != 0 || udp_filter_sort(socket->descriptor) != 0) {
        (void)close(socket->descriptor);
        return;
    }
    sockets->count++;
}

/** Whoever else wants the port comes too late, since his first socket is one that does not share.
 */
static void open_patient_ones(struct udp_sockets *sockets)
{
    size_t count = sockets->count;
    for (size_t i = 0; i < count; i++) {
        share_port(sockets->list[i].descriptor, true);
        (void)turn_on(sockets->list[i].descriptor, SOL_SOCKET, SO_REUSEPORT);
    }
    for (size_t i = 0; i < count; i++) {
        open_patient(sockets, i);
    }
    for (size_t i = 0; i < sockets->count; i++) {
        share_port(sockets->list[i].descriptor, false);
    }
}

int udp_sockets_open(struct udp_sockets *sockets, uint16_t port, bool ipv4, bool ipv6,
                     const struct addr *bind)
{
    *sockets = (struct udp_sockets){.port = port};
    size_t first_most = UDP_SOCKETS_MAX - (ipv6 ? 1 : 0); /* a place is left for the other family */
    int err = ipv4 ? open_family(sockets, ADDR_IPV4, bind, first_most) : 0;
    if (err == 0 && ipv6) {
        err = open_family(sockets, ADDR_IPV6, bind, UDP_SOCKETS_MAX);
        if (err != 0 && ipv4 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
            err = 0; /* a host without IPv6 */
        }
    }
    if (err != 0) {
        int cause = errno;
        udp_sockets_close(sockets);
        errno = cause;
    } else {
        open_patient_ones(sockets);
    }
    return err;
}

struct udp_socket *udp_sockets_find(struct udp_sockets *sockets, int descriptor)
{
    for (size_t i = 0; i < sockets->count; i++) {
        if (sockets->list[i].descriptor == descriptor) {
            return &sockets->list[i];
        }
    }
    return NULL;
}

struct udp_socket *udp_sockets_towards(struct udp_sockets *sockets, const struct five_tuple *to)
{
    struct udp_socket *others = NULL;
    for (size_t i = 0; i < sockets->count; i++) {
        struct udp_socket *socket = &sockets->list[i];
        if (socket->patient || socket->local.family != to->remote.family) {
            continue;
        }
        if (addr_same_host(&socket->local, &to->local)) {
            return socket;
        }
        if (others == NULL) {
            others = socket; /* the first of a family is the one for all addresses, or the only */
        }
    }
    return others;
}

void udp_sockets_close(struct udp_sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++) {
        (void)close(sockets->list[i].descriptor);
    }
    sockets->count = 0;
}

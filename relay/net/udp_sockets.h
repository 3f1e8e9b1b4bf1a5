/**
 * The sockets behind one UDP port: one for each local address, and one for all others; and beside
 * each a patient one, which takes transport-wide feedback alone (net/udp_filter.h).
 *
 * A datagram from a socket that is bound to its source address need not name it, which spares the
 * kernel a control message for each. The socket for all addresses takes what comes to addresses
 * that the host has got later, or that are too many.
 */
#ifndef RELAY_NET_UDP_SOCKETS_H
#define RELAY_NET_UDP_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum {
    UDP_SOCKETS_MAX = 16, /**< without the patient ones */
    UDP_SOCKETS_BUFFER_BYTES =
        8 << 20 /**< asked of the kernel for each direction; SECURITY.md 5: 4 to 8 MiB */
};

struct udp_socket {
    int descriptor;
    struct addr local;  /**< port 0; of `any` sockets only the family counts */
    bool any;           /**< serves all addresses of its family that have no socket of their own */
    bool patient;       /**< takes what can wait; nothing is sent from it */
    uint32_t overflows; /**< the kernel's last SO_RXQ_OVFL count */
};

struct udp_sockets {
    struct udp_socket list[2 * UDP_SOCKETS_MAX];
    size_t count;
    uint16_t port;
};

/**
 * Opens all sockets of a port.
 *
 * @param port 0: the system chooses, one number for both families
 * @param bind only this address; family ADDR_NONE: all addresses
 * @return 0 or ERR_IO with errno set; then none is open
 */
int udp_sockets_open(struct udp_sockets *sockets, uint16_t port, bool ipv4, bool ipv6,
                     const struct addr *bind);

/** The socket of a descriptor, or NULL. */
struct udp_socket *udp_sockets_find(struct udp_sockets *sockets, int descriptor);

/** The socket from which a datagram leaves to `to`; NULL when its family is not open. */
struct udp_socket *udp_sockets_towards(struct udp_sockets *sockets, const struct five_tuple *to);

void udp_sockets_close(struct udp_sockets *sockets);

#endif

/**
 * Our addresses as the kernel's, and back; what udp and tcp share of opening sockets.
 */
#ifndef NET_SOCKET_ADDR_H
#define NET_SOCKET_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/addr.h"

/** @return length of the sockaddr written */
socklen_t socket_addr_to(const struct addr *addr, struct sockaddr_storage *out);

/** Unknown families become ADDR_NONE. */
void socket_addr_from(const struct sockaddr_storage *storage, struct addr *out);

/** The any-address (or `bind` where its family fits) of a family with a port. */
struct addr socket_addr_any(enum addr_family family, const struct addr *bind, uint16_t port);

/**
 * A non-blocking, close-on-exec socket of one family (IPv6 sockets take IPv6 only), bound.
 * @param reuse SO_REUSEADDR: for listeners, whose old connections may linger, and for ports that
 * are shared within the process
 * @return descriptor, or -1 with errno set
 */
int socket_addr_open(int type, const struct addr *local, bool reuse);

/** One more socket on the address and port of one that has SO_REUSEPORT. Else as
 * socket_addr_open. */
int socket_addr_open_beside(int type, const struct addr *local);

/** Port a bound socket has. */
uint16_t socket_addr_port(int descriptor);

#endif

/**
 * The addresses that the relay offers as ICE candidates (RFC 8445 5.1.1.1).
 */
#ifndef APP_CANDIDATES_H
#define APP_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/**
 * Puts addresses into the order in which they are offered, and drops what is of no use: link-local
 * and "any" addresses and those that are there twice. IPv4 comes before IPv6, since it goes into c=
 * lines; loopback comes last, but it stays: browsers on this very machine may have nothing else.
 *
 * @return how many are left
 */
size_t candidates_order(struct addr *list, size_t count);

/** The machine's addresses in that order, with port 0. @return count written, at most max; 0 when
 * the system tells none */
size_t candidates_find(struct addr *out, size_t max);

#endif

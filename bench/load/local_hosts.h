/**
 * Addresses that this machine can be reached at: host candidates.
 */
#ifndef LOAD_LOCAL_HOSTS_H
#define LOAD_LOCAL_HOSTS_H

#include <stddef.h>

#include "base/addr.h"

/**
 * Addresses of one family, ports 0; loopback last, link-local left out.
 *
 * @param bind an address: only that; ADDR_NONE or the any-address: all of the machine's
 * @return count written to out
 */
size_t local_hosts(const struct addr *bind, enum addr_family family, struct addr *out, size_t cap);

#endif

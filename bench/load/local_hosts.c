#include "load/local_hosts.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "net/socket_addr.h"

/** Of an interface's address; false when it is not wanted. */
static bool take(const struct ifaddrs *at, enum addr_family family, bool loopback, struct addr *out)
{
    struct sockaddr_storage storage = {0};
    if (at->ifa_addr == NULL || (at->ifa_flags & IFF_UP) == 0) {
        return false;
    }
    sa_family_t kernels = at->ifa_addr->sa_family;
    if (kernels != (family == ADDR_IPV6 ? AF_INET6 : AF_INET)) {
        return false;
    }
    memcpy(&storage, at->ifa_addr,
           kernels == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    socket_addr_from(&storage, out);
    out->port = 0;
    return addr_is_loopback(out) == loopback && !addr_is_link_local(out);
}

size_t local_hosts(const struct addr *bind, enum addr_family family, struct addr *out, size_t cap)
{
    struct ifaddrs *all = NULL;
    size_t count = 0;
    if (bind->family == family && !addr_is_any(bind)) {
        out[0] = *bind;
        out[0].port = 0;
        return 1;
    }
    if (getifaddrs(&all) != 0) {
        return 0;
    }
    for (int loopback = 0; loopback < 2; loopback++) {
        for (const struct ifaddrs *at = all; at != NULL && count < cap; at = at->ifa_next) {
            count += take(at, family, loopback == 1, &out[count]);
        }
    }
    freeifaddrs(all);
    return count;
}

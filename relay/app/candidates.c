#include "candidates.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>

#include "net/socket_addr.h"

/** Lower comes first. */
static int rank(const struct addr *addr)
{
    return (addr_is_loopback(addr) ? 2 : 0) + (addr->family == ADDR_IPV6 ? 1 : 0);
}

static bool is_useless(const struct addr *list, size_t count, size_t at)
{
    if (addr_is_link_local(&list[at]) || addr_is_any(&list[at])) {
        return true;
    }
    for (size_t i = 0; i < at && i < count; i++) {
        if (addr_same_host(&list[i], &list[at])) {
            return true;
        }
    }
    return false;
}

size_t candidates_order(struct addr *list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_useless(list, count, i)) {
            list[kept++] = list[i];
        }
    }
    for (size_t i = 1; i < kept; i++) { /* insertion sort: stable, and the list is short */
        struct addr moving = list[i];
        size_t to = i;
        for (; to > 0 && rank(&list[to - 1]) > rank(&moving); to--) {
            list[to] = list[to - 1];
        }
        list[to] = moving;
    }
    return kept;
}

/** False for interfaces without IP address. */
static bool read_address(const struct sockaddr *from, struct addr *out)
{
    struct sockaddr_storage storage = {0};
    if (from == NULL || (from->sa_family != AF_INET && from->sa_family != AF_INET6)) {
        return false;
    }
    memcpy(&storage, from,
           from->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    socket_addr_from(&storage, out);
    out->scope = 0;
    return true;
}

size_t candidates_find(struct addr *out, size_t max)
{
    struct addr all[128];
    size_t count = 0;
    struct ifaddrs *interfaces = NULL;
    if (getifaddrs(&interfaces) != 0) {
        return 0;
    }
    for (const struct ifaddrs *i = interfaces; i != NULL && count < sizeof(all) / sizeof(all[0]);
         i = i->ifa_next) {
        if ((i->ifa_flags & IFF_UP) != 0 && read_address(i->ifa_addr, &all[count])) {
            count++;
        }
    }
    freeifaddrs(interfaces);
    count = candidates_order(all, count);
    count = count < max ? count : max;
    memcpy(out, all, count * sizeof(all[0]));
    return count;
}

#include "candidates.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

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

static bool read_address(const struct sockaddr *from, struct addr *out)
{
    memset(out, 0, sizeof(*out));
    if (from != NULL && from->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
        out->family = ADDR_IPV4;
        memcpy(out->ip, &in->sin_addr, 4);
        return true;
    }
    if (from != NULL && from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
        out->family = ADDR_IPV6;
        memcpy(out->ip, &in6->sin6_addr, 16);
        return true;
    }
    return false;
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

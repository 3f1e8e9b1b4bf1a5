#include "net/socket_addr.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

socklen_t socket_addr_to(const struct addr *addr, struct sockaddr_storage *out)
{
    if (addr->family == ADDR_IPV6) {
        struct sockaddr_in6 v6 = {
            .sin6_family = AF_INET6, .sin6_port = htons(addr->port), .sin6_scope_id = addr->scope};
        memcpy(&v6.sin6_addr, addr->ip, 16);
        memcpy(out, &v6, sizeof(v6));
        return sizeof(v6);
    }
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
    memcpy(&v4.sin_addr, addr->ip, 4);
    memcpy(out, &v4, sizeof(v4));
    return sizeof(v4);
}

void socket_addr_from(const struct sockaddr_storage *storage, struct addr *out)
{
    *out = (struct addr){0};
    if (storage->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, storage, sizeof(v4));
        out->family = ADDR_IPV4;
        out->port = ntohs(v4.sin_port);
        memcpy(out->ip, &v4.sin_addr, 4);
    } else if (storage->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, storage, sizeof(v6));
        out->family = ADDR_IPV6;
        out->port = ntohs(v6.sin6_port);
        out->scope = v6.sin6_scope_id;
        memcpy(out->ip, &v6.sin6_addr, 16);
    }
}

struct addr socket_addr_any(enum addr_family family, const struct addr *bind, uint16_t port)
{
    struct addr local = {.family = (uint8_t)family};
    if (bind->family == family) {
        local = *bind;
    }
    local.port = port;
    return local;
}

/** @param alike SO_REUSEPORT: others have the very same address and port */
static int open_bound(int type, const struct addr *local, bool reuse, bool alike)
{
    struct sockaddr_storage storage;
    socklen_t len = socket_addr_to(local, &storage);
    int descriptor = socket(storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -1;
    }
    int on = 1;
    bool good = true;
    if (local->family == ADDR_IPV6) {
        good = setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0;
    }
    if (reuse) {
        good = good && setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0;
    }
    if (alike) {
        good = good && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0;
    }
    if (!good || bind(descriptor, (const struct sockaddr *)&storage, len) != 0) {
        int cause = errno;
        (void)close(descriptor);
        errno = cause;
        return -1;
    }
    return descriptor;
}

int socket_addr_open(int type, const struct addr *local, bool reuse)
{
    return open_bound(type, local, reuse, false);
}

int socket_addr_open_beside(int type, const struct addr *local)
{
    return open_bound(type, local, true, true);
}

uint16_t socket_addr_port(int descriptor)
{
    struct sockaddr_storage storage = {0};
    socklen_t len = sizeof(storage);
    struct addr addr;
    (void)getsockname(descriptor, (struct sockaddr *)&storage, &len);
    socket_addr_from(&storage, &addr);
    return addr.port;
}

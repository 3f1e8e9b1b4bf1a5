#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

bool addr_equal(const struct addr *a, const struct addr *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

int addr_parse_ip(const char *text, uint16_t port, struct addr *out)
{
    struct addr addr = {.port = port};
    if (inet_pton(AF_INET, text, addr.ip) == 1) {
        addr.family = ADDR_IPV4;
    } else if (inet_pton(AF_INET6, text, addr.ip) == 1) {
        addr.family = ADDR_IPV6;
        if (memcmp(addr.ip, mapped_prefix, sizeof(mapped_prefix)) == 0) {
            memmove(addr.ip, addr.ip + 12, 4);
            memset(addr.ip + 4, 0, 12);
            addr.family = ADDR_IPV4;
        }
    } else {
        return ERR_MALFORMED;
    }
    *out = addr;
    return 0;
}

int addr_parse(const char *text, struct addr *out)
{
    char host[ADDR_TEXT_MAX];
    const char *colon = strrchr(text, ':');
    if (colon == NULL) {
        return ERR_MALFORMED;
    }
    uint64_t port = 0;
    struct str_view name = str_view_of(text, (size_t)(colon - text));
    if (name.len >= 2 && name.at[0] == '[' && name.at[name.len - 1] == ']') {
        name = str_view_of(name.at + 1, name.len - 2);
    } else if (memchr(name.at, ':', name.len) != NULL) {
        return ERR_MALFORMED; /* IPv6 needs its brackets */
    }
    if (str_view_u64(str_view_text(colon + 1), 65535, &port) != 0 ||
        str_view_copy(name, host, sizeof(host)) != 0) {
        return ERR_MALFORMED;
    }
    return addr_parse_ip(host, (uint16_t)port, out);
}

const char *addr_format_ip(const struct addr *a, char out[ADDR_TEXT_MAX])
{
    int family = a->family == ADDR_IPV6 ? AF_INET6 : AF_INET;
    if (a->family == ADDR_NONE || inet_ntop(family, a->ip, out, ADDR_TEXT_MAX) == NULL) {
        (void)snprintf(out, ADDR_TEXT_MAX, "none");
    }
    return out;
}

const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
    char host[ADDR_TEXT_MAX];
    (void)addr_format_ip(a, host);
    (void)snprintf(out, ADDR_TEXT_MAX, a->family == ADDR_IPV6 ? "[%.45s]:%u" : "%.45s:%u", host,
                   (unsigned)a->port);
    return out;
}

bool addr_is_loopback(const struct addr *a)
{
    static const uint8_t one[16] = {[15] = 1};
    return (a->family == ADDR_IPV4 && a->ip[0] == 127) ||
           (a->family == ADDR_IPV6 && memcmp(a->ip, one, sizeof(one)) == 0);
}

bool addr_is_link_local(const struct addr *a)
{
    return (a->family == ADDR_IPV4 && a->ip[0] == 169 && a->ip[1] == 254) ||
           (a->family == ADDR_IPV6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80);
}

bool addr_is_any(const struct addr *a)
{
    static const uint8_t zero[16];
    return a->family != ADDR_NONE && memcmp(a->ip, zero, sizeof(zero)) == 0;
}

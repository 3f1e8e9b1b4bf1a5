/**
 * Network addresses and five-tuples as plain values, without sockets.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum addr_family { ADDR_NONE = 0, ADDR_IPV4 = 4, ADDR_IPV6 = 6 };

/** IP address and port. IPv4 uses the first 4 bytes of ip, the rest are zero. No v4-mapped IPv6 in
 * here. */
struct addr {
    uint8_t ip[16];
    uint32_t scope; /**< IPv6 interface index for link-local addresses, else 0 */
    uint16_t port;  /**< host byte order */
    uint8_t family; /**< enum addr_family */
    uint8_t zero;   /**< always 0, so that the struct has no padding and compares by bytes */
};

/**
 * Where a datagram came from and to, and so where its answer goes.
 * `tcp` is 0 for UDP, else the number of the TCP connection (unique in the worker's life).
 */
struct five_tuple {
    struct addr remote;
    struct addr local; /**< family ADDR_NONE: let the system choose the source address */
    uint32_t tcp;
};

enum { ADDR_TEXT_MAX = 64 };

/** True when all fields are equal. */
bool addr_equal(const struct addr *a, const struct addr *b);

/** True when both have the same family and IP address; ports are not compared. */
static inline bool addr_same_host(const struct addr *a, const struct addr *b)
{
    return a->family == b->family && a->scope == b->scope &&
           memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/** Looked at for every packet. */
static inline bool five_tuple_equal(const struct five_tuple *a, const struct five_tuple *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/**
 * Reads an IP address without port ("192.0.2.1", "2001:db8::1"; no names, no zone).
 * v4-mapped IPv6 becomes IPv4. @return 0 or ERR_MALFORMED
 */
int addr_parse_ip(const char *text, uint16_t port, struct addr *out);

/** Reads "192.0.2.1:80" or "[::1]:80". @return 0 or ERR_MALFORMED */
int addr_parse(const char *text, struct addr *out);

/** Writes "192.0.2.1:80" or "[::1]:80" into out, always terminated; returns out. */
const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);

/** Writes only the IP address. */
const char *addr_format_ip(const struct addr *a, char out[ADDR_TEXT_MAX]);

/** 127/8 or ::1. */
bool addr_is_loopback(const struct addr *a);

/** 169.254/16 or fe80::/10. */
bool addr_is_link_local(const struct addr *a);

/** 0.0.0.0 or ::. */
bool addr_is_any(const struct addr *a);

#endif

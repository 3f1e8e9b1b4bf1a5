#include "sdp/sdp_write.h"

#include <stdarg.h>
#include <stdio.h>

/** Longest line we write by format; views (m-lines) are appended piecewise by callers. */
enum { LINE_BYTES = 2048 };

static void write_line(struct str *out, char type, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void write_line(struct str *out, char type, const char *format, va_list args)
{
    char text[LINE_BYTES];
    (void)vsnprintf(text, sizeof(text), format, args);
    str_printf(out, "%c=%s\r\n", type, text);
}

void sdp_write_line(struct str *out, char type, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(out, type, format, args);
    va_end(args);
}

void sdp_write_attr(struct str *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(out, 'a', format, args);
    va_end(args);
}

void sdp_write_connection(struct str *out, const struct addr *addr)
{
    char ip[ADDR_TEXT_MAX];
    sdp_write_line(out, 'c', "IN IP%d %s", addr->family == ADDR_IPV6 ? 6 : 4,
                   addr_format_ip(addr, ip));
}

enum {
    HOST_PREFERENCE = 126,    /**< RFC 8445 5.1.2.2 */
    TCP_HOST_PREFERENCE = 90, /**< libwebrtc's (p2p/base/port.h, ICE_TYPE_PREFERENCE_HOST_TCP); RFC
                                 6544 4.2 asks for less than UDP's */
    PASSIVE_PREFERENCE = 4,   /**< direction-pref of RFC 6544 4.2 */
    TCP_FOUNDATION = 100      /**< foundations differ by transport (RFC 8445 5.1.1.3) */
};

static uint32_t priority_of(uint32_t type, uint32_t local)
{
    return (type << 24) | (local << 8) | 255;
}

void sdp_write_candidate_udp(struct str *out, const struct addr *addr, uint32_t index)
{
    char ip[ADDR_TEXT_MAX];
    sdp_write_attr(out, "candidate:%u 1 udp %u %s %u typ host", (unsigned)(index + 1),
                   (unsigned)priority_of(HOST_PREFERENCE, 65535 - index), addr_format_ip(addr, ip),
                   (unsigned)addr->port);
}

void sdp_write_candidate_tcp(struct str *out, const struct addr *addr, uint32_t index)
{
    char ip[ADDR_TEXT_MAX];
    uint32_t local = ((uint32_t)PASSIVE_PREFERENCE << 13) | (8191 - index);
    sdp_write_attr(out, "candidate:%u 1 tcp %u %s %u typ host tcptype passive",
                   (unsigned)(TCP_FOUNDATION + index + 1),
                   (unsigned)priority_of(TCP_HOST_PREFERENCE, local), addr_format_ip(addr, ip),
                   (unsigned)addr->port);
}

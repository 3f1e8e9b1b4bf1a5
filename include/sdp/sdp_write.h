/**
 * Session descriptions written line by line (RFC 8866), with CRLF, into a bounded str.
 *
 * Failures stay in the str (base/str.h) and are asked for once, by str_take.
 */
#ifndef SDP_SDP_WRITE_H
#define SDP_SDP_WRITE_H

#include <stdint.h>

#include "base/addr.h"
#include "base/str.h"

/** `<type>=<text>` */
void sdp_write_line(struct str *out, char type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** `a=<text>` */
void sdp_write_attr(struct str *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** `c=IN IP4 192.0.2.1` */
void sdp_write_connection(struct str *out, const struct addr *addr);

/** `a=candidate:` of a UDP host candidate; index 0 is the most preferred (RFC 8445 5.1.2.1,
 * component 1). */
void sdp_write_candidate_udp(struct str *out, const struct addr *addr, uint32_t index);

/** The same of a passive TCP host candidate (RFC 6544 4.2), always below UDP. */
void sdp_write_candidate_tcp(struct str *out, const struct addr *addr, uint32_t index);

#endif

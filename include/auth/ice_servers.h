/**
 * STUN and TURN servers that clients are told of (RFC 9725 4.6), by URL (RFC 7064, RFC 7065).
 */
#ifndef AUTH_ICE_SERVERS_H
#define AUTH_ICE_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

enum { ICE_SERVERS_MAX = 8, ICE_SERVERS_URL_BYTES = 256 };

/** A value; all zero is an empty list. */
struct ice_servers {
    char urls[ICE_SERVERS_MAX][ICE_SERVERS_URL_BYTES]; /**< fit for a header field as they are */
    size_t count;
};

/**
 * Appends a server: "stun:host[:port]", or "turn:" or "turns:" with "?transport=udp" or "=tcp" as
 * well. The host is a name, an IPv4 address, or an IPv6 address in brackets.
 * @return 0, ERR_INVALID (no such URL), or ERR_FULL
 */
int ice_servers_add(struct ice_servers *servers, const char *url);

/** Does the server at a URL of the list want credentials? STUN ones do not. */
bool ice_servers_is_turn(const char *url);

/** Is there a TURN server in the list? */
bool ice_servers_have_turn(const struct ice_servers *servers);

#endif

/**
 * URLs of targets: templates with {room}, {caller} and {name}, and what servers point to.
 */
#ifndef LOAD_DIAL_URL_H
#define LOAD_DIAL_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "load/dial.h"

/**
 * A template that gives an http or https URL with a host.
 * @param reason out: a literal, on failure
 * @return 0, ERR_NO_MEMORY or ERR_INVALID
 */
int dial_url_check(const char *url, const char **reason);

/** Fills a template; what stands in it is percent-encoded but for unreserved characters (RFC 3986
 * 2.3). @param out free() @return 0 or ERR_NO_MEMORY */
int dial_url_fill(const char *url, const struct dial_wish *wish, char **out);

/** A reference of the server's, against the URL that it came from (RFC 3986 5).
 * @param out free() @return 0, ERR_NO_MEMORY or ERR_INVALID (no http or https URL) */
int dial_url_resolve(const char *base, const char *reference, char **out);

/** Scheme, host and port are the same (RFC 6454 5), so that what one may be told the other may be.
 * @return false also when one of them is no URL, and without memory */
bool dial_url_same_origin(const char *a, const char *b);

/** Percent-encoded but for unreserved characters (RFC 3986 2.3). */
void dial_url_append(struct str *out, const char *text);

#endif

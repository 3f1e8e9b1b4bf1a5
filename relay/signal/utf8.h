/**
 * UTF-8 (RFC 3629): is it well-formed, and how many characters is it.
 */
#ifndef SIGNAL_UTF8_H
#define SIGNAL_UTF8_H

#include <stddef.h>

/**
 * Checks text: no overlong forms, no surrogates, nothing above U+10FFFF.
 * @param characters out: code points in it; may be NULL
 * @return 0 or ERR_MALFORMED
 */
int utf8_check(const char *text, size_t len, size_t *characters);

#endif

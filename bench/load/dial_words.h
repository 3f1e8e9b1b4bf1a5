/**
 * What a server said about a failure, for people: one line.
 */
#ifndef LOAD_DIAL_WORDS_H
#define LOAD_DIAL_WORDS_H

#include <stddef.h>

#include "load/cause.h"
#include "load/dial.h"

/** Cause of an HTTP status that is no success. */
enum load_cause dial_words_cause(long status);

/**
 * `detail` or `title` of a problem document (RFC 9457), or what other servers call it ("error",
 * "message", "reason"); else the first line of the body that is not empty, tags left out; else the
 * status itself. Behind words of a failure stands its status: "no such room (HTTP 404)".
 * @param out always terminated; control characters become blanks
 */
void dial_words_read(long status, const char *body, size_t len,
                     char out[static DIAL_MESSAGE_BYTES]);

#endif

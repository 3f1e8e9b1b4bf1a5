/**
 * Judges an SDP answer as a careful client would, without the relay's own parser.
 *
 * Reads offer and answer with its own eyes and looks for breaches of RFC 3264, 9143, 8853, 8285,
 * 5761, 8839 and of the numbered rules of the interoperability notes; each complaint begins with
 * its rule.
 */
#ifndef TESTS_SUPPORT_ANSWER_CHECK_H
#define TESTS_SUPPORT_ANSWER_CHECK_H

#include <stddef.h>

enum { ANSWER_CHECK_TEXT = 1024 };

/**
 * @param report out: the complaints, one a line, as many as fit
 * @return how many complaints there are; 1 with "out of memory" when it could not work
 */
size_t answer_check(const char *offer, const char *answer, char report[static ANSWER_CHECK_TEXT]);

#endif

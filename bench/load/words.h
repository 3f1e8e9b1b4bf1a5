/**
 * Numbers as people read them, for reports.
 */
#ifndef LOAD_WORDS_H
#define LOAD_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { WORDS_BYTES = 32 };

/** A text that lives in the caller's expression: WORDS(us, 1500) is "1.50 ms". */
struct words {
    char text[WORDS_BYTES];
};

struct words words_us(double us);       /**< "350 us", "1.50 ms", "12.3 s" */
struct words words_share(double share); /**< "0.25 %" */
struct words words_bps(double bps);     /**< "32.0 kbit/s" */
struct words words_bytes(double bytes); /**< "170 kB" */

#endif

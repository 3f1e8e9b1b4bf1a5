/**
 * The end of the program takes a bounded time, whatever its threads do.
 */
#ifndef RELAY_APP_ENDING_H
#define RELAY_APP_ENDING_H

#include <stdint.h>

/**
 * From here on SIGTERM and SIGINT end the program at once, as if it had never caught them; and when
 * it has not ended by itself after limit_us, it says so on standard error and exits with status 1.
 */
void ending_begin(int64_t limit_us);

#endif

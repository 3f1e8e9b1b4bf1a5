/**
 * Whether this process may open what a run needs: a socket or more for each caller.
 */
#ifndef LOAD_DESCRIPTORS_H
#define LOAD_DESCRIPTORS_H

#include <stdint.h>

#include "load/run.h"

/** How many a run needs at least: its sockets, and some of the program's own. */
uint64_t descriptors_needed(const struct run_config *config);

/**
 * Raises the soft limit as far as that is allowed and sensible.
 * @param reason out, on failure: how many are allowed, and how to allow more; valid until the next
 *               call
 * @return 0, or ERR_FULL when so many are not allowed
 */
int descriptors_ensure(uint64_t needed, const char **reason);

/** Why a caller could not begin, if it was for lack of them; else "". Valid until the next call. */
const char *descriptors_shortage(void);

#endif

/**
 * The monotonic clock and the wall clock, for the program's edge only (net, app, signal):
 * everything on floors 0 to 4 gets time as an argument.
 */
#ifndef BASE_MONO_H
#define BASE_MONO_H

#include <stdint.h>

/** Monotonic microseconds since an arbitrary start, never stepped. */
int64_t mono_now_us(void);

/** Wall clock: microseconds since 1970-01-01 UTC. */
int64_t mono_wall_us(void);

/** CPU time that the calling thread has used since it began, microseconds. */
int64_t mono_thread_cpu_us(void);

#endif

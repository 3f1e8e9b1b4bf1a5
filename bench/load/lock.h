/**
 * A lock between the turn and a thread that nobody hurries: who holds it while the turn waits for
 * it is as urgent as a turn in real time is (priority inheritance), or whatever else runs on that
 * core would keep the turn waiting. Of an ordinary turn the kernel hands nothing on.
 */
#ifndef LOAD_LOCK_H
#define LOAD_LOCK_H

#include <pthread.h>

/** In place of pthread_mutex_init; all else as of any mutex. */
void lock_init(pthread_mutex_t *lock);

#endif

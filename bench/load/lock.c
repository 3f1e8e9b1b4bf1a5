#include "load/lock.h"

void lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t inherits;
    (void)pthread_mutexattr_init(&inherits);
    (void)pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
    (void)pthread_mutex_init(lock, &inherits);
    (void)pthread_mutexattr_destroy(&inherits);
}

#include "base/mono.h"

#include <time.h>

static int64_t mono_read(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t mono_now_us(void)
{
    return mono_read(CLOCK_MONOTONIC);
}

int64_t mono_wall_us(void)
{
    return mono_read(CLOCK_REALTIME);
}

int64_t mono_thread_cpu_us(void)
{
    return mono_read(CLOCK_THREAD_CPUTIME_ID);
}

#include "load/usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STAT_BYTES = 2048, PATH_BYTES = 40 };

static int64_t in_us(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

int64_t usage_own_us(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        return 0;
    }
    return in_us(&usage.ru_utime) + in_us(&usage.ru_stime);
}

bool usage_parse(struct usage *out, const char *stat, long ticks_per_s, long page_bytes)
{
    const char *at = strrchr(stat, ')'); /* the name in brackets may hold anything */
    unsigned long long user = 0;
    unsigned long long system = 0;
    long long pages = 0;
    if (at == NULL || ticks_per_s <= 0) {
        return false;
    }
    /* proc(5): state, then fields 4 to 13; utime and stime are 14 and 15, rss is 24 */
    int found = sscanf(at + 1,
                       " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu"
                       " %*d %*d %*d %*d %*d %*d %*u %*u %lld",
                       &user, &system, &pages);
    if (found != 3) {
        return false;
    }
    out->cpu_us = (int64_t)((user + system) * 1000000 / (unsigned long long)ticks_per_s);
    out->resident_bytes = pages > 0 ? (uint64_t)pages * (uint64_t)page_bytes : 0;
    return true;
}

bool usage_read(struct usage *out, pid_t pid)
{
    char path[PATH_BYTES];
    char text[STAT_BYTES];
    (void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    ssize_t len = read(descriptor, text, sizeof(text) - 1);
    (void)close(descriptor);
    if (len <= 0) {
        return false;
    }
    text[len] = 0;
    return usage_parse(out, text, sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE));
}

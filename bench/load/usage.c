#include "load/usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/** Of proc(5)'s fields: utime and stime are 14 and 15, rss is 24; what follows the name is 3. */
enum { FIELD_AFTER_NAME = 3, FIELD_UTIME = 14, FIELD_STIME = 15, FIELD_RSS = 24 };

bool usage_parse(struct usage *out, const char *stat, long ticks_per_s, long page_bytes)
{
    const char *at = strrchr(stat, ')'); /* the name in brackets may hold anything */
    uint64_t fields[FIELD_RSS + 1] = {0};
    if (at == NULL || ticks_per_s <= 0) {
        return false;
    }
    at++;
    for (size_t field = FIELD_AFTER_NAME; field <= FIELD_RSS; field++) {
        at += strspn(at, " ");
        if (*at == 0) {
            return false;
        }
        fields[field] = strtoull(at, NULL, 10); /* those that are no numbers are not read */
        at += strcspn(at, " ");
    }
    uint64_t ticks = fields[FIELD_UTIME] + fields[FIELD_STIME];
    out->cpu_us = (int64_t)(ticks * 1000000 / (uint64_t)ticks_per_s);
    out->resident_bytes = fields[FIELD_RSS] * (uint64_t)page_bytes;
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

/**
 * What processes use: processor time and memory.
 */
#ifndef LOAD_USAGE_H
#define LOAD_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Processor time of this process, all its threads, user and system. */
int64_t usage_own_us(void);

struct usage {
    int64_t cpu_us;          /**< all threads, user and system; in steps of 10 ms */
    uint64_t resident_bytes; /**< resident set */
};

/** Of another process, by /proc. @return false when there is none, or it may not be read */
bool usage_read(struct usage *out, pid_t pid);

/** The same from the text of /proc/<pid>/stat. */
bool usage_parse(struct usage *out, const char *stat, long ticks_per_s, long page_bytes);

#endif

/**
 * Which threads run first when there are more than cores. Media workers go first: what they do is
 * short, and somebody hears or sees every delay. Codec threads go last, and interrupt nobody.
 *
 * Nothing here is needed to work: what is not permitted, or unknown to the kernel, is left out.
 */
#ifndef NET_SCHEDULING_H
#define NET_SCHEDULING_H

#include <stdbool.h>

enum {
    SCHEDULING_FIRST_NICE = -15, /**< beside what the process was started with, ... */
    SCHEDULING_LAST_NICE = 5     /**< ... within -20..19 */
};

/**
 * The calling thread runs as soon as it has something to do, by short slices (EEVDF, Linux 6.12 and
 * later) and a higher priority.
 *
 * @param name of the thread for who looks at the machine; the first 15 letters count
 * @return false when no higher priority is permitted (CAP_SYS_NICE or RLIMIT_NICE): the short
 * slices remain
 */
bool scheduling_go_first(const char *name);

/** The calling thread takes what the others leave, though never nothing: SCHED_BATCH, lower
 * priority. */
void scheduling_go_last(const char *name);

#endif

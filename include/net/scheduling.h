/**
 * Which threads run first when there are more than cores. Media workers go at once: what they do is
 * short, and somebody hears or sees every delay. Codec threads go last, and interrupt nobody.
 *
 * Nothing here is needed to work: what is not permitted, or unknown to the kernel, is left out.
 */
#ifndef NET_SCHEDULING_H
#define NET_SCHEDULING_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SCHEDULING_FIRST_NICE = -15, /**< beside what the process was started with, ... */
    SCHEDULING_LAST_NICE = 5     /**< ... within -20..19 */
};

/**
 * The calling thread runs soon after it has something to do, by short slices (EEVDF, Linux 6.12 and
 * later) and a higher priority, and may be busy all the time.
 *
 * @return false when no higher priority is permitted (CAP_SYS_NICE or RLIMIT_NICE): the short
 * slices remain
 */
bool scheduling_go_first(const char *name);

/** Of a thread that goes at once while it sleeps most of the time. */
struct scheduling {
    bool granted;     /**< real time is permitted */
    bool at_once;     /**< and in force */
    int64_t since_us; /**< when its busyness was looked at last, ... */
    int64_t used_us;  /**< ... and its CPU time then */
    int64_t busy_us;  /**< when it was not light last */
};

/**
 * The calling thread runs as soon as it has something to do, whatever ordinary threads do: SCHED_RR
 * of the lowest priority. Nice values do not help against what the kernel weighs as a group (a
 * session, a service): there, codec threads use up the share of the workers beside them.
 *
 * A thread that is busy for more than a third of its time would keep others from their core by a
 * packet at a time, among them those that it works for, so it is an ordinary one, as by
 * scheduling_go_first(), until it has been light for a second: see scheduling_follow(). One that
 * never sleeps leaves a twentieth of its core to others by the kernel's own rule (sched(7)).
 * Where real time is not permitted (CAP_SYS_NICE or RLIMIT_RTPRIO), as scheduling_go_first().
 *
 * @param name of the thread for who looks at the machine; the first 15 letters count
 * @return false when neither real time nor a higher priority is permitted
 */
bool scheduling_go_at_once(struct scheduling *scheduling, const char *name, int64_t now_us);

/** To be called by that thread between what it does, as often as it likes. */
void scheduling_follow(struct scheduling *scheduling, int64_t now_us);

/**
 * The calling thread goes before all ordinary ones, however busy it is: SCHED_RR of the lowest
 * priority, for who measures others and would measure himself if he were late. Threads that it
 * starts are ordinary ones.
 *
 * @param awake_us of CPU time without a sleep, after which it is an ordinary thread again, lest who
 *                 would end it has to wait for it (RLIMIT_RTTIME and SIGXCPU, of one thread in a
 *                 process)
 * @return false when that is not permitted, and nothing changes
 */
bool scheduling_go_real_time(int64_t awake_us);

/** The calling thread may run on one core only, of several (taskset). */
bool scheduling_is_bound(void);

/** It is an ordinary thread again, of the nice value that it had. @return false when it was already
 */
bool scheduling_leave_real_time(void);

/** The calling thread takes what the others leave, though never nothing: SCHED_BATCH, lower
 * priority. */
void scheduling_go_last(const char *name);

/** The calling thread takes what nobody else wants, and gives way at once: SCHED_IDLE. */
void scheduling_go_idle(const char *name);

#endif

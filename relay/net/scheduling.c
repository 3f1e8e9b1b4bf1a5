#include "net/scheduling.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    SLICE_NS = 100000, /**< the shortest that can be asked for: who has a longer one is interrupted
                          when this thread wakes */
    RESET_ON_FORK = 1, /**< SCHED_FLAG_RESET_ON_FORK */
    REALTIME_PRIORITY = 1, /**< the lowest: before all ordinary threads, after all others */
    LEAST_NICE = -20,
    MOST_NICE = 19,
    WATCH_US = 100000,     /**< how busy the thread was is looked at so often */
    BUSY_PERCENT = 35,     /**< of a core: no real time beyond that, ... */
    LIGHT_PERCENT = 25,    /**< ... and again when it has been below that ... */
    LIGHT_FOR_US = 1000000 /**< ... for so long */
};

/** As sched_setattr(2) takes it (its first version); beside <sched.h>, <linux/sched/types.h> cannot
 * be included. */
struct attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns; /**< slice of an ordinary thread; without effect before Linux 6.12 */
    uint64_t deadline_ns;
    uint64_t period_ns;
};

/** The calling thread's nice value so much on. */
static int nice_by(int change)
{
    int now = getpriority(PRIO_PROCESS, (id_t)gettid());
    int wanted = now + change;
    return wanted < LEAST_NICE ? LEAST_NICE : wanted > MOST_NICE ? MOST_NICE : wanted;
}

/** @param slice_ns 0 = the kernel's choice */
static bool set(uint32_t policy, int nice_value, uint64_t slice_ns)
{
    const struct attributes wanted = {
        .size = sizeof(wanted), .policy = policy, .nice = nice_value, .runtime_ns = slice_ns};
    return syscall(SYS_sched_setattr, 0, &wanted, 0) == 0;
}

bool scheduling_go_first(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name);
    for (int change = SCHEDULING_FIRST_NICE; change < 0; change++) {
        if (set(SCHED_OTHER, nice_by(change), SLICE_NS)) {
            return true;
        }
    }
    (void)set(SCHED_OTHER, nice_by(0), SLICE_NS);
    return false;
}

void scheduling_go_last(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name);
    (void)set(SCHED_BATCH, nice_by(SCHEDULING_LAST_NICE), 0);
}

static bool go_real_time(void)
{
    const struct attributes wanted = {.size = sizeof(wanted),
                                      .policy = SCHED_RR,
                                      .flags = RESET_ON_FORK,
                                      .priority = REALTIME_PRIORITY};
    return syscall(SYS_sched_setattr, 0, &wanted, 0) == 0;
}

/** An ordinary thread again. */
static bool leave_real_time(void)
{
    const struct attributes wanted = {.size = sizeof(wanted),
                                      .policy = SCHED_OTHER,
                                      .flags = RESET_ON_FORK,
                                      .nice = nice_by(0),
                                      .runtime_ns = SLICE_NS};
    return syscall(SYS_sched_setattr, 0, &wanted, 0) == 0;
}

/** In the thread that was awake for too long. */
static void on_awake_too_long(int number)
{
    int cause = errno;
    (void)number;
    (void)leave_real_time();
    errno = cause;
}

bool scheduling_go_real_time(int64_t awake_us)
{
    const struct sigaction action = {.sa_handler = on_awake_too_long, .sa_flags = SA_RESTART};
    struct rlimit limit;
    if (sigaction(SIGXCPU, &action, NULL) != 0 || getrlimit(RLIMIT_RTTIME, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = limit.rlim_max < (rlim_t)awake_us ? limit.rlim_max : (rlim_t)awake_us;
    return setrlimit(RLIMIT_RTTIME, &limit) == 0 && go_real_time();
}

bool scheduling_is_bound(void)
{
    cpu_set_t cores;
    return sysconf(_SC_NPROCESSORS_ONLN) > 1 && sched_getaffinity(0, sizeof(cores), &cores) == 0 &&
           CPU_COUNT(&cores) == 1;
}

bool scheduling_leave_real_time(void)
{
    bool was = (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_RR;
    (void)leave_real_time();
    return was;
}

/** CPU time of the calling thread. */
static int64_t used_us(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

bool scheduling_go_at_once(struct scheduling *scheduling, const char *name, int64_t now_us)
{
    bool first = scheduling_go_first(name);
    bool granted = go_real_time();
    *scheduling = (struct scheduling){
        .granted = granted, .at_once = granted, .since_us = now_us, .used_us = used_us()};
    return first || granted;
}

void scheduling_follow(struct scheduling *scheduling, int64_t now_us)
{
    int64_t span_us = now_us - scheduling->since_us;
    if (!scheduling->granted || span_us < WATCH_US) {
        return;
    }
    int64_t now_used_us = used_us();
    int64_t percent = (now_used_us - scheduling->used_us) * 100 / span_us;
    scheduling->since_us = now_us;
    scheduling->used_us = now_used_us;
    if (percent >= LIGHT_PERCENT) {
        scheduling->busy_us = now_us;
    }
    if (scheduling->at_once && percent >= BUSY_PERCENT) {
        scheduling->at_once = !leave_real_time();
    } else if (!scheduling->at_once && now_us - scheduling->busy_us >= LIGHT_FOR_US) {
        scheduling->at_once = go_real_time();
    }
}

void scheduling_go_idle(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name);
    (void)set(SCHED_IDLE, nice_by(0), 0);
}

#include "net/scheduling.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SLICE_NS = 100000, /**< the shortest that can be asked for: who has a longer one is interrupted
                          when this thread wakes */
    LEAST_NICE = -20,
    MOST_NICE = 19
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

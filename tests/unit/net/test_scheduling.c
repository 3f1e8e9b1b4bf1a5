#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "net/scheduling.h"
#include "unit/runner.h"

/** What became of a thread. */
struct thread {
    void (*choose)(struct thread *thread);
    bool permitted;
    int policy;
    int nice_before;
    int nice_after;
    char name[16];
};

static void go_first(struct thread *thread)
{
    thread->permitted = scheduling_go_first("worker");
}

static void go_last(struct thread *thread)
{
    (void)thread;
    scheduling_go_last("codec");
}

static void go_idle(struct thread *thread)
{
    (void)thread;
    scheduling_go_idle("listening");
}

static void *run(void *arg)
{
    struct thread *thread = arg;
    thread->nice_before = getpriority(PRIO_PROCESS, (id_t)gettid());
    thread->choose(thread);
    thread->nice_after = getpriority(PRIO_PROCESS, (id_t)gettid());
    thread->policy = sched_getscheduler(0);
    (void)pthread_getname_np(pthread_self(), thread->name, sizeof(thread->name));
    return NULL;
}

static int try_it(struct thread *thread)
{
    pthread_t id;
    int err = pthread_create(&id, NULL, run, thread);
    return err != 0 ? err : pthread_join(id, NULL);
}

TEST(who_goes_last_interrupts_nobody)
{
    struct thread thread = {.choose = go_last};
    REQUIRE_OK(try_it(&thread));
    CHECK(thread.policy == SCHED_BATCH);
    CHECK(thread.nice_after == 19 ||
          thread.nice_after == thread.nice_before + SCHEDULING_LAST_NICE);
    CHECK(strcmp(thread.name, "codec") == 0);
out:
    return;
}

TEST(who_is_idle_gives_way_to_all)
{
    struct thread thread = {.choose = go_idle};
    REQUIRE_OK(try_it(&thread));
    CHECK(thread.policy == SCHED_IDLE);
    CHECK(strcmp(thread.name, "listening") == 0);
out:
    return;
}

/** A thread on one core, in real time and back. */
struct bound {
    bool free_before;
    bool bound;
    bool granted;
    bool left;
    int policy;
    int policy_after;
};

static void *bind(void *arg)
{
    struct bound *bound = arg;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    bound->free_before = !scheduling_is_bound();
    (void)sched_setaffinity(0, sizeof(one), &one);
    bound->bound = scheduling_is_bound();
    bound->granted = scheduling_go_real_time(1000000);
    bound->policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
    bound->left = scheduling_leave_real_time();
    bound->policy_after = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
    return NULL;
}

TEST(who_has_one_core_of_several_is_bound_and_may_go_in_real_time)
{
    struct bound bound = {.bound = false};
    cpu_set_t mine;
    pthread_t id;
    REQUIRE_OK(sched_getaffinity(0, sizeof(mine), &mine));
    bool several = sysconf(_SC_NPROCESSORS_ONLN) > 1;
    REQUIRE_OK(pthread_create(&id, NULL, bind, &bound));
    REQUIRE_OK(pthread_join(id, NULL));
    CHECK(bound.free_before == (CPU_COUNT(&mine) > 1 || !several));
    CHECK(bound.bound == several);
    CHECK_INT(bound.policy, bound.granted ? SCHED_RR : SCHED_OTHER);
    CHECK(bound.left == bound.granted);
    CHECK_INT(bound.policy_after, SCHED_OTHER);
out:
    return;
}

/** A thread that is in real time and never sleeps, until it is in real time no more. */
static void *stay_awake(void *arg)
{
    struct bound *bound = arg;
    struct timespec used = {0};
    bound->granted = scheduling_go_real_time(20000);
    do {
        bound->policy_after = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    } while (bound->policy_after != SCHED_OTHER && used.tv_sec < 2);
    bound->left = scheduling_leave_real_time();
    return NULL;
}

TEST_NO_OOM(who_never_sleeps_is_not_in_real_time_for_long)
{
    struct bound bound = {.bound = false};
    struct rlimit before;
    pthread_t id;
    REQUIRE_OK(getrlimit(RLIMIT_RTTIME, &before));
    REQUIRE_OK(pthread_create(&id, NULL, stay_awake, &bound));
    REQUIRE_OK(pthread_join(id, NULL));
    CHECK_INT(bound.policy_after, SCHED_OTHER);
    CHECK(!bound.left);
    REQUIRE_OK(setrlimit(RLIMIT_RTTIME, &before));
out:
    return;
}

TEST(who_goes_first_stays_an_ordinary_thread)
{
    struct thread thread = {.choose = go_first};
    REQUIRE_OK(try_it(&thread));
    CHECK(thread.policy == SCHED_OTHER);
    CHECK(thread.permitted == (thread.nice_after < thread.nice_before));
    CHECK(thread.nice_after >= -20 &&
          thread.nice_after >= thread.nice_before + SCHEDULING_FIRST_NICE);
    CHECK(strcmp(thread.name, "worker") == 0);
out:
    return;
}

/** What a thread was at each point of its life. */
struct life {
    bool permitted;
    struct scheduling start;
    int policy;           /**< at the start, ... */
    int policy_when_busy; /**< ... after work for 50 ms out of 100, ... */
    int policy_at_first;  /**< ... when it has just become light, ... */
    int policy_at_last;   /**< ... and a second later */
};

static void work_for_50_ms(void)
{
    struct timespec used;
    int64_t end_ms = INT64_MAX;
    int64_t now_ms = 0;
    do {
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        now_ms = (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
        end_ms = end_ms == INT64_MAX ? now_ms + 50 : end_ms;
    } while (now_ms < end_ms);
}

static void *live(void *arg)
{
    struct life *life = arg;
    struct scheduling scheduling;
    int64_t now_us = 1000000;
    life->permitted = scheduling_go_at_once(&scheduling, "worker", now_us);
    life->start = scheduling;
    life->policy = sched_getscheduler(0);
    work_for_50_ms();
    scheduling_follow(&scheduling, now_us += 99999);
    scheduling_follow(&scheduling, ++now_us);
    life->policy_when_busy = sched_getscheduler(0);
    scheduling_follow(&scheduling, now_us += 990000);
    life->policy_at_first = sched_getscheduler(0);
    scheduling_follow(&scheduling, now_us += 990000);
    life->policy_at_last = sched_getscheduler(0);
    return NULL;
}

TEST(who_goes_at_once_does_so_while_it_sleeps_mostly)
{
    struct life life = {.permitted = false};
    pthread_t id;
    REQUIRE_OK(pthread_create(&id, NULL, live, &life));
    REQUIRE_OK(pthread_join(id, NULL));
    const int ordinary = life.start.granted ? SCHED_OTHER | SCHED_RESET_ON_FORK : SCHED_OTHER;
    const int at_once = life.start.granted ? SCHED_RR | SCHED_RESET_ON_FORK : SCHED_OTHER;
    CHECK(life.permitted || !life.start.granted);
    CHECK(life.start.granted == life.start.at_once);
    CHECK_INT(life.policy, at_once);
    CHECK_INT(life.policy_when_busy, ordinary);
    CHECK_INT(life.policy_at_first, ordinary);
    CHECK_INT(life.policy_at_last, at_once);
    CHECK_INT(sched_getscheduler(0), SCHED_OTHER); /* this thread stays as it was */
out:
    return;
}

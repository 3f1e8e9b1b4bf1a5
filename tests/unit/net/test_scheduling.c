#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/scheduling.h"
#include "unit/runner.h"

/** What became of a thread. */
struct thread {
    bool first; /**< is to go first, else last */
    bool permitted;
    int policy;
    int nice_before;
    int nice_after;
    char name[16];
};

static void *run(void *arg)
{
    struct thread *thread = arg;
    thread->nice_before = getpriority(PRIO_PROCESS, (id_t)gettid());
    if (thread->first) {
        thread->permitted = scheduling_go_first("worker");
    } else {
        scheduling_go_last("codec");
    }
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
    struct thread thread = {.first = false};
    REQUIRE_OK(try_it(&thread));
    CHECK(thread.policy == SCHED_BATCH);
    CHECK(thread.nice_after == 19 ||
          thread.nice_after == thread.nice_before + SCHEDULING_LAST_NICE);
    CHECK(strcmp(thread.name, "codec") == 0);
out:
    return;
}

TEST(who_goes_first_stays_an_ordinary_thread)
{
    struct thread thread = {.first = true};
    REQUIRE_OK(try_it(&thread));
    CHECK(thread.policy == SCHED_OTHER);
    CHECK(thread.permitted == (thread.nice_after < thread.nice_before));
    CHECK(thread.nice_after >= -20 &&
          thread.nice_after >= thread.nice_before + SCHEDULING_FIRST_NICE);
    CHECK(strcmp(thread.name, "worker") == 0);
out:
    return;
}

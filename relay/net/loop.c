#include "net/loop.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

enum { LOOP_EVENTS = 64 };

struct loop_watched {
    int descriptor; /**< -1 once forgotten */
    loop_ready *ready;
    void *owner;
    struct loop_watched *next;
};

struct loop {
    int epoll;
    struct loop_watched *watched;
    struct loop_watched *forgotten; /**< freed after the callbacks of a turn */
};

int loop_new(struct loop **out)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    if (loop == NULL) {
        return ERR_NO_MEMORY;
    }
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        free(loop);
        return ERR_IO;
    }
    *out = loop;
    return 0;
}

static int loop_control(struct loop *loop, int operation, struct loop_watched *watched, bool write)
{
    struct epoll_event event = {.events = EPOLLIN | (write ? (uint32_t)EPOLLOUT : 0u),
                                .data.ptr = watched};
    return epoll_ctl(loop->epoll, operation, watched->descriptor, &event) == 0 ? 0 : ERR_IO;
}

int loop_watch(struct loop *loop, int descriptor, bool write, loop_ready *ready, void *owner)
{
    struct loop_watched *watched = calloc(1, sizeof(*watched));
    if (watched == NULL) {
        return ERR_NO_MEMORY;
    }
    *watched = (struct loop_watched){
        .descriptor = descriptor, .ready = ready, .owner = owner, .next = loop->watched};
    int err = loop_control(loop, EPOLL_CTL_ADD, watched, write);
    if (err != 0) {
        free(watched);
        return err;
    }
    loop->watched = watched;
    return 0;
}

static struct loop_watched **loop_find(struct loop *loop, int descriptor)
{
    struct loop_watched **at = &loop->watched;
    while (*at != NULL && (*at)->descriptor != descriptor) {
        at = &(*at)->next;
    }
    return at;
}

void loop_watch_write(struct loop *loop, int descriptor, bool write)
{
    struct loop_watched *watched = *loop_find(loop, descriptor);
    if (watched != NULL) {
        (void)loop_control(loop, EPOLL_CTL_MOD, watched, write);
    }
}

void loop_watch_read(struct loop *loop, int descriptor, bool read)
{
    struct loop_watched *watched = *loop_find(loop, descriptor);
    if (watched != NULL) {
        struct epoll_event event = {.events = read ? (uint32_t)EPOLLIN : 0u, .data.ptr = watched};
        (void)epoll_ctl(loop->epoll, EPOLL_CTL_MOD, descriptor, &event);
    }
}

void loop_forget(struct loop *loop, int descriptor)
{
    struct loop_watched **at = loop_find(loop, descriptor);
    struct loop_watched *watched = *at;
    if (watched == NULL) {
        return;
    }
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, descriptor, NULL);
    *at = watched->next;
    watched->descriptor = -1; /* events of this turn may still point here */
    watched->next = loop->forgotten;
    loop->forgotten = watched;
}

static void loop_free_chain(struct loop_watched **chain)
{
    while (*chain != NULL) {
        struct loop_watched *next = (*chain)->next;
        free(*chain);
        *chain = next;
    }
}

void loop_wait(struct loop *loop, int64_t now_us, int64_t deadline_us)
{
    struct epoll_event events[LOOP_EVENTS];
    int64_t wait_us = deadline_us > now_us ? deadline_us - now_us : 0;
    struct timespec timeout = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    int count = epoll_pwait2(loop->epoll, events, LOOP_EVENTS,
                             deadline_us == INT64_MAX ? NULL : &timeout, NULL);
    for (int i = 0; i < count; i++) {
        struct loop_watched *watched = events[i].data.ptr;
        if (watched->descriptor >= 0) {
            uint32_t set = events[i].events;
            watched->ready(watched->owner, watched->descriptor,
                           (set & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0, (set & EPOLLOUT) != 0);
        }
    }
    loop_free_chain(&loop->forgotten);
}

void loop_sleep(int64_t until_us)
{
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

void loop_free(struct loop **loop)
{
    if (*loop != NULL) {
        loop_free_chain(&(*loop)->watched);
        loop_free_chain(&(*loop)->forgotten);
        (void)close((*loop)->epoll);
        free(*loop);
        *loop = NULL;
    }
}

#include "load/glib_turn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/err.h"

enum { READY_AT_ONCE = 64, FIRST_CAP = 64 };

struct glib_turn {
    struct turn *turn;
    struct turn_timer timer;
    GMainContext *context;
    int epoll;
    GPollFD *polled; /**< what the context waits for, sorted by descriptor as GLib does */
    size_t count;
    size_t cap;
    GPollFD *before; /**< of the time before, to see changes */
    size_t before_count;
    gint priority;
    bool touched; /**< descriptors may have been closed and opened again under the same number */
};

static bool grow(struct glib_turn *glib, size_t cap)
{
    GPollFD *polled = reallocarray(glib->polled, cap, sizeof(*polled));
    if (polled != NULL) {
        glib->polled = polled;
    }
    GPollFD *before = reallocarray(glib->before, cap, sizeof(*before));
    if (before != NULL) {
        glib->before = before;
    }
    if (polled == NULL || before == NULL) {
        return false;
    }
    glib->cap = cap;
    return true;
}

static uint32_t epoll_events(unsigned events)
{
    return (events & G_IO_IN ? (uint32_t)EPOLLIN : 0) |
           (events & G_IO_OUT ? (uint32_t)EPOLLOUT : 0) |
           (events & G_IO_PRI ? (uint32_t)EPOLLPRI : 0);
}

/** Entries of one descriptor follow each other; the first stands for all. @return one past them */
static size_t end_of_descriptor(const GPollFD *polled, size_t count, size_t first, uint32_t *events)
{
    size_t end = first;
    *events = 0;
    while (end < count && polled[end].fd == polled[first].fd) {
        *events |= epoll_events(polled[end].events);
        end++;
    }
    return end;
}

static bool is_polled(const struct glib_turn *glib, int descriptor)
{
    for (size_t i = 0; i < glib->count; i++) {
        if (glib->polled[i].fd == descriptor) {
            return true;
        }
    }
    return false;
}

/** Makes the epoll set the list of what is polled. */
static void sync_epoll(struct glib_turn *glib)
{
    for (size_t i = 0; i < glib->before_count; i++) {
        if (!is_polled(glib, glib->before[i].fd)) {
            /* fails when it was closed: then it is gone already */
            (void)epoll_ctl(glib->epoll, EPOLL_CTL_DEL, glib->before[i].fd, NULL);
        }
    }
    for (size_t i = 0; i < glib->count;) {
        uint32_t events = 0;
        size_t end = end_of_descriptor(glib->polled, glib->count, i, &events);
        struct epoll_event event = {.events = events, .data = {.u64 = i}};
        if (epoll_ctl(glib->epoll, EPOLL_CTL_MOD, glib->polled[i].fd, &event) != 0 &&
            errno == ENOENT) {
            (void)epoll_ctl(glib->epoll, EPOLL_CTL_ADD, glib->polled[i].fd, &event);
        }
        i = end;
    }
    memcpy(glib->before, glib->polled, glib->count * sizeof(*glib->polled));
    glib->before_count = glib->count;
    glib->touched = false;
}

/** Asks the context what it waits for, and sees to it that we are woken then. */
static void arm(struct glib_turn *glib)
{
    gint timeout_ms = -1;
    (void)g_main_context_prepare(glib->context, &glib->priority);
    gint count = g_main_context_query(glib->context, glib->priority, &timeout_ms, glib->polled,
                                      (gint)glib->cap);
    if ((size_t)count > glib->cap && grow(glib, (size_t)count * 2)) {
        count = g_main_context_query(glib->context, glib->priority, &timeout_ms, glib->polled,
                                     (gint)glib->cap);
    }
    glib->count = (size_t)count < glib->cap ? (size_t)count : glib->cap;
    if (glib->touched || glib->count != glib->before_count ||
        memcmp(glib->polled, glib->before, glib->count * sizeof(*glib->polled)) != 0) {
        sync_epoll(glib);
    }
    turn_set(glib->turn, &glib->timer,
             timeout_ms < 0 ? INT64_MAX : turn_now_us(glib->turn) + (int64_t)timeout_ms * 1000);
}

/** Tells the context what is ready and lets it work. */
static void serve(struct glib_turn *glib)
{
    struct epoll_event ready[READY_AT_ONCE];
    int count = epoll_wait(glib->epoll, ready, READY_AT_ONCE, 0);
    for (int i = 0; i < count; i++) {
        size_t at = (size_t)ready[i].data.u64;
        int descriptor = at < glib->count ? glib->polled[at].fd : -1;
        for (; at < glib->count && glib->polled[at].fd == descriptor; at++) {
            unsigned events = glib->polled[at].events;
            unsigned seen = ready[i].events;
            glib->polled[at].revents = (gushort)((seen & EPOLLIN ? events & G_IO_IN : 0) |
                                                 (seen & EPOLLOUT ? events & G_IO_OUT : 0) |
                                                 (seen & EPOLLPRI ? events & G_IO_PRI : 0) |
                                                 (seen & EPOLLERR ? (unsigned)G_IO_ERR : 0) |
                                                 (seen & EPOLLHUP ? (unsigned)G_IO_HUP : 0));
        }
    }
    if (g_main_context_check(glib->context, glib->priority, glib->polled, (gint)glib->count)) {
        g_main_context_dispatch(glib->context);
    }
    arm(glib);
}

static void on_ready(void *owner, int descriptor, bool readable, bool writable)
{
    (void)descriptor;
    (void)readable;
    (void)writable;
    serve(owner);
}

static void on_timer(void *owner, int64_t now_us)
{
    (void)now_us;
    serve(owner);
}

int glib_turn_new(struct glib_turn **out, struct turn *turn)
{
    struct glib_turn *glib = calloc(1, sizeof(*glib));
    if (glib == NULL) {
        return ERR_NO_MEMORY;
    }
    glib->turn = turn;
    turn_timer_init(&glib->timer, on_timer, glib);
    glib->context = g_main_context_new();
    glib->epoll = epoll_create1(EPOLL_CLOEXEC);
    int err = glib->epoll < 0 ? ERR_IO : 0;
    if (err == 0) {
        err = turn_watch(turn, glib->epoll, false, on_ready, glib);
    }
    if (err == 0 && !grow(glib, FIRST_CAP)) {
        turn_forget(turn, glib->epoll);
        err = ERR_NO_MEMORY;
    }
    if (err != 0) {
        if (glib->epoll >= 0) {
            (void)close(glib->epoll);
        }
        g_main_context_unref(glib->context);
        free(glib->polled);
        free(glib->before);
        free(glib);
        return err;
    }
    (void)g_main_context_acquire(glib->context); /* nobody else has it */
    arm(glib);
    *out = glib;
    return 0;
}

GMainContext *glib_turn_context(const struct glib_turn *glib)
{
    return glib->context;
}

void glib_turn_touch(struct glib_turn *glib)
{
    glib->touched = true;
    turn_set(glib->turn, &glib->timer, turn_now_us(glib->turn));
}

void glib_turn_free(struct glib_turn **glib)
{
    struct glib_turn *gone = *glib;
    if (gone == NULL) {
        return;
    }
    turn_set(gone->turn, &gone->timer, INT64_MAX);
    turn_forget(gone->turn, gone->epoll);
    (void)close(gone->epoll);
    g_main_context_release(gone->context);
    g_main_context_unref(gone->context);
    free(gone->polled);
    free(gone->before);
    free(gone);
    *glib = NULL;
}

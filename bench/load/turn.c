#include "load/turn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/minmax.h"
#include "base/mono.h"

enum { FIRES_IN_A_ROW = 256, READY_AT_ONCE = 64, WATCHED_STEP = 64 };

struct watched {
    turn_ready *ready; /* NULL = nobody */
    void *owner;
    uint32_t life; /* so that what was told of a number before is not taken for who has it now */
    bool patient;
};

struct turn {
    int prompt;  /* epoll sets: of those to be served at once, ... */
    int patient; /* ... of those that can wait, ... */
    int both;    /* ... of the two sets */
    struct wheel *wheel;
    struct watched *watched; /* by descriptor */
    size_t watched_count;
    size_t patient_count;
    int64_t now_us;
    struct hist lag_us;
    bool stopped;
};

static int open_sets(struct turn *turn)
{
    turn->prompt = epoll_create1(EPOLL_CLOEXEC);
    turn->patient = epoll_create1(EPOLL_CLOEXEC);
    turn->both = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    bool opened = turn->prompt >= 0 && turn->patient >= 0 && turn->both >= 0 &&
                  epoll_ctl(turn->both, EPOLL_CTL_ADD, turn->prompt, &event) == 0 &&
                  epoll_ctl(turn->both, EPOLL_CTL_ADD, turn->patient, &event) == 0;
    return opened ? 0 : ERR_IO;
}

int turn_new(struct turn **out)
{
    struct turn *turn = calloc(1, sizeof(*turn));
    if (turn == NULL) {
        return ERR_NO_MEMORY;
    }
    turn->now_us = mono_now_us();
    turn->prompt = -1;
    turn->patient = -1;
    turn->both = -1;
    int err = open_sets(turn);
    if (err == 0) {
        err = wheel_new(&turn->wheel, turn->now_us);
    }
    if (err != 0) {
        turn_free(&turn);
        return err;
    }
    *out = turn;
    return 0;
}

int64_t turn_now_us(const struct turn *turn)
{
    return turn->now_us;
}

int64_t turn_clock_us(void)
{
    return mono_now_us();
}

void turn_timer_init(struct turn_timer *timer, void (*fire)(void *owner, int64_t now_us),
                     void *owner)
{
    wheel_timer_init(&timer->timer);
    timer->due_us = INT64_MAX;
    timer->fire = fire;
    timer->owner = owner;
}

void turn_set(struct turn *turn, struct turn_timer *timer, int64_t at_us)
{
    if (timer->timer.deadline_us != at_us) {
        timer->due_us = at_us > turn->now_us ? at_us : turn->now_us;
    }
    wheel_set(turn->wheel, &timer->timer, at_us);
}

static int grow_to(struct turn *turn, int descriptor)
{
    if ((size_t)descriptor < turn->watched_count) {
        return 0;
    }
    size_t count = (size_t)descriptor + WATCHED_STEP;
    struct watched *watched = realloc(turn->watched, count * sizeof(*watched));
    if (watched == NULL) {
        return ERR_NO_MEMORY;
    }
    memset(watched + turn->watched_count, 0, (count - turn->watched_count) * sizeof(*watched));
    turn->watched = watched;
    turn->watched_count = count;
    return 0;
}

static int watch(struct turn *turn, int descriptor, bool write, const struct watched *wanted)
{
    int err = grow_to(turn, descriptor);
    if (err != 0) {
        return err;
    }
    struct watched *watched = &turn->watched[descriptor];
    uint32_t life = watched->life;
    *watched = *wanted;
    watched->life = life + 1;
    struct epoll_event event = {.events = EPOLLIN | (write ? (uint32_t)EPOLLOUT : 0u),
                                .data.u64 = (uint64_t)watched->life << 32 | (uint32_t)descriptor};
    int set = watched->patient ? turn->patient : turn->prompt;
    if (epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        watched->ready = NULL;
        return ERR_IO;
    }
    turn->patient_count += watched->patient;
    return 0;
}

int turn_watch(struct turn *turn, int descriptor, bool write, turn_ready *ready, void *owner)
{
    return watch(turn, descriptor, write, &(struct watched){.ready = ready, .owner = owner});
}

int turn_watch_patient(struct turn *turn, int descriptor, turn_ready *ready, void *owner)
{
    return watch(turn, descriptor, false,
                 &(struct watched){.ready = ready, .owner = owner, .patient = true});
}

void turn_watch_write(struct turn *turn, int descriptor, bool write)
{
    const struct watched *watched = &turn->watched[descriptor];
    struct epoll_event event = {.events = EPOLLIN | (write ? (uint32_t)EPOLLOUT : 0u),
                                .data.u64 = (uint64_t)watched->life << 32 | (uint32_t)descriptor};
    (void)epoll_ctl(turn->prompt, EPOLL_CTL_MOD, descriptor, &event);
}

void turn_forget(struct turn *turn, int descriptor)
{
    if ((size_t)descriptor >= turn->watched_count || turn->watched[descriptor].ready == NULL) {
        return;
    }
    struct watched *watched = &turn->watched[descriptor];
    (void)epoll_ctl(watched->patient ? turn->patient : turn->prompt, EPOLL_CTL_DEL, descriptor,
                    NULL);
    turn->patient_count -= watched->patient;
    watched->ready = NULL;
}

/** Who has something to do, of a set; the clock is read when a callback begins. Not all at once:
 * timers that become due meanwhile come in between. @return false when there may be more */
static bool serve_ready(struct turn *turn, int set)
{
    struct epoll_event events[READY_AT_ONCE];
    int count = epoll_wait(set, events, READY_AT_ONCE, 0);
    for (int i = 0; i < count; i++) {
        uint32_t descriptor = (uint32_t)events[i].data.u64;
        const struct watched watched = turn->watched[descriptor];
        if (watched.ready != NULL && watched.life == events[i].data.u64 >> 32) {
            turn->now_us = mono_now_us();
            watched.ready(watched.owner, (int)descriptor,
                          (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0,
                          (events[i].events & EPOLLOUT) != 0);
        }
    }
    return count < READY_AT_ONCE;
}

/** Until a descriptor of a set is ready, or then. */
static void sleep_until(struct turn *turn, int set, int64_t until_us)
{
    struct epoll_event event;
    turn->now_us = mono_now_us();
    int64_t wait_us = until_us > turn->now_us ? until_us - turn->now_us : 0;
    struct timespec timeout = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    (void)epoll_pwait2(set, &event, 1, until_us == INT64_MAX ? NULL : &timeout, NULL);
    turn->now_us = mono_now_us();
}

/** Those due at the begin; many are served in parts, so that descriptors have their share. @return
 * true when all were */
static bool fire_timers(struct turn *turn)
{
    int64_t begin_us = mono_now_us();
    for (int i = 0; i < FIRES_IN_A_ROW && !turn->stopped; i++) {
        struct wheel_timer *timer = wheel_pop(turn->wheel, begin_us);
        if (timer == NULL) {
            return true;
        }
        struct turn_timer *due = LIST_ENTRY(timer, struct turn_timer, timer);
        turn->now_us = mono_now_us();
        hist_add(&turn->lag_us, turn->now_us - due->due_us);
        due->fire(due->owner, turn->now_us);
    }
    return false;
}

/** Only who is prompt is served until then. */
static void gather(struct turn *turn, int64_t until_us)
{
    turn->now_us = mono_now_us();
    while (turn->now_us < until_us && !turn->stopped) {
        sleep_until(turn, turn->prompt, until_us);
        (void)serve_ready(turn, turn->prompt);
    }
}

void turn_run(struct turn *turn, int64_t until_us)
{
    turn->stopped = false;
    turn->now_us = mono_now_us();
    for (;;) {
        int64_t begin_us = turn->now_us;
        bool all = serve_ready(turn, turn->patient);
        all = fire_timers(turn) && all; /* after the last wait too, however late that ended */
        if (turn->stopped || turn->now_us >= until_us) {
            break;
        }
        if (all && turn->patient_count > 0) {
            gather(turn, min_i64(begin_us + TURN_GATHER_US, until_us));
        }
        if (!turn->stopped) {
            if (all) {
                sleep_until(turn, turn->both, min_i64(wheel_next_deadline(turn->wheel), until_us));
            }
            (void)serve_ready(turn, turn->prompt);
        }
    }
}

void turn_stop(struct turn *turn)
{
    turn->stopped = true;
}

const struct hist *turn_lag_us(const struct turn *turn)
{
    return &turn->lag_us;
}

void turn_lag_reset(struct turn *turn)
{
    turn->lag_us = (struct hist){0};
}

void turn_free(struct turn **turn)
{
    struct turn *gone = *turn;
    if (gone == NULL) {
        return;
    }
    const int sets[] = {gone->both, gone->patient, gone->prompt};
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if (sets[i] >= 0) {
            (void)close(sets[i]);
        }
    }
    wheel_free(&gone->wheel);
    free(gone->watched);
    free(gone);
    *turn = NULL;
}

#include "app/codec_pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mono.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "net/scheduling.h"

enum {
    REQUESTS = 4096, /**< of one worker for one thread: frames of 25 tiles for seconds */
    RESULTS = 256,
    FRAMES_AT_ONCE = 8, /**< requests looked at before what is due is composed */
    COUNTERS = sizeof(struct compose_desk_counters) / sizeof(uint64_t)
};

/** Between one worker and one thread. */
struct line {
    struct mailbox *requests;
    struct mailbox *results;
};

struct codec_thread {
    struct codec_pool *pool;
    struct loop *loop;
    struct compose_desk *desk;
    struct line *lines; /**< by worker */
    pthread_t thread;
    bool running;
    struct mailbox *stop; /**< anything in it ends the thread */
    _Atomic uint64_t counters[COUNTERS];
};

struct codec_pool {
    struct codec_pool_config config;
    struct codec_thread *threads;
    _Atomic unsigned turn; /**< where the next search for a thread begins */
};

static_assert(sizeof(struct compose_desk_counters) % sizeof(uint64_t) == 0,
              "counters are published word by word");

static int post_result(void *owner, struct compose_result *result)
{
    struct codec_thread *thread = owner;
    unsigned worker = compose_number_worker(result->composition) % thread->pool->config.workers;
    struct line *line = &thread->lines[worker];
    int err = mailbox_post(line->results, result);
    if (err != 0) {
        compose_result_free(&result);
    }
    return err;
}

static void publish_counters(struct codec_thread *thread)
{
    uint64_t words[COUNTERS];
    memcpy(words, compose_desk_counters(thread->desk), sizeof(words));
    for (size_t i = 0; i < COUNTERS; i++) {
        atomic_store_explicit(&thread->counters[i], words[i], memory_order_relaxed);
    }
}

/** A few requests of each worker. @return true when there may be more */
static bool take_requests(struct codec_thread *thread)
{
    bool more = false;
    for (unsigned worker = 0; worker < thread->pool->config.workers; worker++) {
        struct mailbox *requests = thread->lines[worker].requests;
        struct compose_request *request = NULL;
        mailbox_acknowledge(requests);
        for (int i = 0; i < FRAMES_AT_ONCE && (request = mailbox_take(requests)) != NULL; i++) {
            compose_desk_receive(thread->desk, request, mono_now_us());
        }
        more = more || request != NULL;
    }
    return more;
}

/** The mailboxes are looked at in the loop. */
static void wake(void *owner, int descriptor, bool readable, bool writable)
{
    (void)owner;
    (void)descriptor;
    (void)readable;
    (void)writable;
}

static void *run(void *arg)
{
    struct codec_thread *thread = arg;
    bool more = false;
    scheduling_go_last("codec");
    while (mailbox_take(thread->stop) == NULL) {
        int64_t now_us = mono_now_us();
        loop_wait(thread->loop, now_us, more ? now_us : compose_desk_next_deadline(thread->desk));
        more = take_requests(thread);
        compose_desk_timeout(thread->desk, mono_now_us());
        publish_counters(thread);
    }
    return NULL;
}

static int open_lines(struct codec_thread *thread)
{
    unsigned workers = thread->pool->config.workers;
    thread->lines = calloc(workers, sizeof(*thread->lines));
    if (thread->lines == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = 0;
    for (unsigned i = 0; i < workers && err == 0; i++) {
        struct line *line = &thread->lines[i];
        err = mailbox_new(&line->requests, REQUESTS);
        if (err == 0) {
            err = mailbox_new(&line->results, RESULTS);
        }
        if (err == 0) {
            err = loop_watch(thread->loop, mailbox_descriptor(line->requests), false, wake, thread);
        }
    }
    return err;
}

static int open_thread(struct codec_pool *pool, unsigned index)
{
    struct codec_thread *thread = &pool->threads[index];
    struct compose_desk_config config = {
        .max_compositions = pool->config.max_compositions, .result = post_result, .owner = thread};
    thread->pool = pool;
    int err = loop_new(&thread->loop);
    if (err == 0) {
        err = mailbox_new(&thread->stop, 2);
    }
    if (err == 0) {
        err = loop_watch(thread->loop, mailbox_descriptor(thread->stop), false, wake, thread);
    }
    if (err == 0) {
        err = open_lines(thread);
    }
    if (err == 0) {
        err = compose_desk_new(&thread->desk, &config);
    }
    if (err == 0 && pthread_create(&thread->thread, NULL, run, thread) != 0) {
        err = ERR_IO;
    }
    thread->running = err == 0;
    return err;
}

int codec_pool_new(struct codec_pool **out, const struct codec_pool_config *config)
{
    struct codec_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return ERR_NO_MEMORY;
    }
    pool->config = *config;
    pool->threads = calloc(config->threads, sizeof(*pool->threads));
    int err = pool->threads == NULL ? ERR_NO_MEMORY : 0;
    for (unsigned i = 0; i < config->threads && err == 0; i++) {
        err = open_thread(pool, i);
    }
    if (err != 0) {
        codec_pool_free(&pool);
        return err;
    }
    *out = pool;
    return 0;
}

int codec_pool_send(struct codec_pool *pool, unsigned worker, struct compose_request *request)
{
    unsigned thread = compose_number_thread(request->composition) % pool->config.threads;
    int err = mailbox_post(pool->threads[thread].lines[worker].requests, request);
    if (err != 0) {
        compose_request_free(&request);
    }
    return err;
}

static void read_counters(const struct codec_thread *thread, struct compose_desk_counters *out)
{
    uint64_t words[COUNTERS];
    for (size_t i = 0; i < COUNTERS; i++) {
        words[i] = atomic_load_explicit(&thread->counters[i], memory_order_relaxed);
    }
    memcpy(out, words, sizeof(*out));
}

unsigned codec_pool_place(struct codec_pool *pool)
{
    unsigned first = atomic_fetch_add_explicit(&pool->turn, 1, memory_order_relaxed);
    unsigned best = 0;
    uint32_t fewest = UINT32_MAX;
    for (unsigned i = 0; i < pool->config.threads; i++) {
        struct compose_desk_counters counters;
        unsigned thread = (first + i) % pool->config.threads;
        read_counters(&pool->threads[thread], &counters);
        if (counters.open < fewest) {
            fewest = counters.open;
            best = thread;
        }
    }
    return best;
}

unsigned codec_pool_threads(const struct codec_pool *pool)
{
    return pool->config.threads;
}

int codec_pool_descriptor(const struct codec_pool *pool, unsigned worker, unsigned thread)
{
    return mailbox_descriptor(pool->threads[thread].lines[worker].results);
}

void codec_pool_acknowledge(struct codec_pool *pool, unsigned worker, unsigned thread)
{
    mailbox_acknowledge(pool->threads[thread].lines[worker].results);
}

struct compose_result *codec_pool_take(struct codec_pool *pool, unsigned worker, unsigned thread)
{
    return mailbox_take(pool->threads[thread].lines[worker].results);
}

void codec_pool_counters(const struct codec_pool *pool, struct compose_desk_counters *out)
{
    *out = (struct compose_desk_counters){.composed = 0};
    for (unsigned t = 0; t < pool->config.threads; t++) {
        struct compose_desk_counters one;
        read_counters(&pool->threads[t], &one);
        out->composed += one.composed;
        out->encoded += one.encoded;
        out->decoded += one.decoded;
        out->broken += one.broken;
        out->left_out += one.left_out;
        out->skipped += one.skipped;
        out->untaken += one.untaken;
        out->refused += one.refused;
        out->open += one.open;
        out->slowed += one.slowed;
    }
}

static void empty_line(struct line *line)
{
    struct compose_request *request = NULL;
    struct compose_result *result = NULL;
    while (line->requests != NULL && (request = mailbox_take(line->requests)) != NULL) {
        compose_request_free(&request);
    }
    while (line->results != NULL && (result = mailbox_take(line->results)) != NULL) {
        compose_result_free(&result);
    }
    mailbox_free(&line->requests);
    mailbox_free(&line->results);
}

static void close_thread(struct codec_thread *thread, unsigned workers)
{
    if (thread->running) {
        (void)mailbox_post(thread->stop, thread); /* never full: nobody else posts */
        (void)pthread_join(thread->thread, NULL);
    }
    compose_desk_free(&thread->desk);
    for (unsigned i = 0; i < workers && thread->lines != NULL; i++) {
        empty_line(&thread->lines[i]);
    }
    free(thread->lines);
    mailbox_free(&thread->stop);
    loop_free(&thread->loop);
}

void codec_pool_free(struct codec_pool **pool)
{
    struct codec_pool *old = *pool;
    if (old == NULL) {
        return;
    }
    for (unsigned i = 0; old->threads != NULL && i < old->config.threads; i++) {
        close_thread(&old->threads[i], old->config.workers);
    }
    free(old->threads);
    free(old);
    *pool = NULL;
}

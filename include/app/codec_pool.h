/**
 * Threads of low priority that decode, compose and encode pictures, beside the media workers.
 *
 * Between each worker and each thread there is one mailbox each way, so that nobody locks. A
 * composition stays on the thread that its number tells.
 */
#ifndef APP_CODEC_POOL_H
#define APP_CODEC_POOL_H

#include <stddef.h>

#include "bridge/compose_desk.h"
#include "bridge/compose_message.h"

struct codec_pool;

struct codec_pool_config {
    unsigned threads;
    unsigned workers;
    size_t max_compositions; /**< of each thread; more are refused */
};

/** Starts the threads. @return 0, ERR_NO_MEMORY or ERR_IO */
int codec_pool_new(struct codec_pool **out, const struct codec_pool_config *config);

/** Any thread: where a new composition is to be made, the thread that had the fewest a moment ago;
 * for compose_number. */
unsigned codec_pool_place(struct codec_pool *pool);

/** Worker's thread. Takes the request over. @return 0 or ERR_FULL: the thread is far behind */
int codec_pool_send(struct codec_pool *pool, unsigned worker, struct compose_request *request);

/** How many threads there are: the places for codec_pool_descriptor and _take. */
unsigned codec_pool_threads(const struct codec_pool *pool);

/** Readable while results of a thread wait for this worker. */
int codec_pool_descriptor(const struct codec_pool *pool, unsigned worker, unsigned thread);

/** Worker's thread: to be called before the results of a thread are taken. */
void codec_pool_acknowledge(struct codec_pool *pool, unsigned worker, unsigned thread);

/** Worker's thread: next result, the caller's now, or NULL. */
struct compose_result *codec_pool_take(struct codec_pool *pool, unsigned worker, unsigned thread);

/** Any thread: sums over all threads, as of a moment ago. */
void codec_pool_counters(const struct codec_pool *pool, struct compose_desk_counters *out);

/** Ends the threads; the workers must have ended. */
void codec_pool_free(struct codec_pool **pool);

#endif

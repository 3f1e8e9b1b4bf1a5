#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "app/codec_pool.h"
#include "base/err.h"
#include "unit/runner.h"

enum { WORKERS = 2, THREADS = 2, ROOMS = 3, PICTURES = 4, PATIENCE_MS = 20000 };

/** What a worker's video bridge does, on a thread of its own. */
struct customer {
    struct codec_pool *pool;
    unsigned worker;
    pthread_t thread;
    unsigned opened;
    unsigned refused;
    unsigned pictures[ROOMS + 1]; /**< by composition */
    unsigned strange;             /**< results that are somebody else's */
    bool closes;
    bool failed;
};

static uint64_t composition_of(const struct customer *customer, unsigned room)
{
    return compose_number(customer->worker, room, room);
}

static void ask(struct customer *customer, enum compose_request_kind kind, unsigned room)
{
    struct compose_request *request = NULL;
    if (compose_request_new(&request, kind, composition_of(customer, room)) != 0) {
        customer->failed = true;
        return;
    }
    if (kind == COMPOSE_SET_SCENE) {
        request->scene = calloc(1, sizeof(*request->scene));
        customer->failed = customer->failed || request->scene == NULL;
    }
    request->rendition = COMPOSE_SMALL;
    request->wanted = true;
    request->bps = 300000;
    if (customer->failed) {
        compose_request_free(&request);
    } else if (codec_pool_send(customer->pool, customer->worker, request) != 0) {
        customer->failed = true;
    }
}

static void take(struct customer *customer, const struct compose_result *result)
{
    unsigned room = (unsigned)(result->composition & 0xFF);
    if (compose_number_worker(result->composition) != customer->worker || room < 1 ||
        room > ROOMS) {
        customer->strange++;
    } else if (result->kind == COMPOSE_OPENED) {
        customer->opened++;
        ask(customer, COMPOSE_SET_SCENE, room);
        ask(customer, COMPOSE_RENDITION, room);
    } else if (result->kind == COMPOSE_REFUSED) {
        customer->refused++;
    } else {
        customer->pictures[room]++;
    }
}

static bool is_served(const struct customer *customer)
{
    unsigned served = 0;
    for (unsigned room = 1; room <= ROOMS; room++) {
        served += customer->pictures[room] >= PICTURES ? 1 : 0;
    }
    return customer->opened + customer->refused == ROOMS && served == customer->opened;
}

static void take_all(struct customer *customer, unsigned thread)
{
    struct compose_result *result = NULL;
    codec_pool_acknowledge(customer->pool, customer->worker, thread);
    while ((result = codec_pool_take(customer->pool, customer->worker, thread)) != NULL) {
        take(customer, result);
        compose_result_free(&result);
    }
}

static void *work(void *arg)
{
    struct customer *customer = arg;
    struct pollfd waits[THREADS];
    for (unsigned thread = 0; thread < THREADS; thread++) {
        int descriptor = codec_pool_descriptor(customer->pool, customer->worker, thread);
        waits[thread] = (struct pollfd){.fd = descriptor, .events = POLLIN};
    }
    for (unsigned room = 1; room <= ROOMS; room++) {
        ask(customer, COMPOSE_OPEN, room);
    }
    while (!is_served(customer) && !customer->failed) {
        customer->failed = poll(waits, THREADS, PATIENCE_MS) <= 0;
        for (unsigned thread = 0; thread < THREADS; thread++) {
            take_all(customer, thread);
        }
    }
    for (unsigned room = 1; room <= ROOMS && customer->closes; room++) {
        ask(customer, COMPOSE_CLOSE, room);
    }
    return NULL;
}

/** All workers at once. @return false when a thread could not be started */
static bool serve(struct codec_pool *pool, struct customer customers[static WORKERS], bool closes)
{
    unsigned started = 0;
    for (unsigned i = 0; i < WORKERS; i++) {
        customers[i] = (struct customer){.pool = pool, .worker = i, .closes = closes};
        started += pthread_create(&customers[i].thread, NULL, work, &customers[i]) == 0 ? 1 : 0;
    }
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(customers[i].thread, NULL);
    }
    return started == WORKERS;
}

TEST_NO_OOM(workers_share_the_threads)
{
    static const struct codec_pool_config config = {
        .threads = THREADS, .workers = WORKERS, .max_compositions = (size_t)WORKERS * ROOMS};
    struct codec_pool *pool = NULL;
    struct customer customers[WORKERS];
    struct compose_desk_counters counters;
    REQUIRE_OK(codec_pool_new(&pool, &config));
    CHECK_INT(codec_pool_threads(pool), THREADS);
    REQUIRE(serve(pool, customers, true));
    for (unsigned i = 0; i < WORKERS; i++) {
        CHECK(!customers[i].failed);
        CHECK_INT(customers[i].strange, 0);
        CHECK_INT(customers[i].opened, ROOMS);
    }
    codec_pool_counters(pool, &counters);
    CHECK(counters.encoded >= PICTURES);
    CHECK_INT(counters.refused, 0);
out:
    codec_pool_free(&pool);
}

/** Nothing was closed: threads end in the middle of their work. */
TEST_NO_OOM(a_pool_ends_while_it_is_busy)
{
    static const struct codec_pool_config config = {
        .threads = THREADS, .workers = WORKERS, .max_compositions = 2};
    struct codec_pool *pool = NULL;
    struct customer customers[WORKERS];
    REQUIRE_OK(codec_pool_new(&pool, &config));
    REQUIRE(serve(pool, customers, false));
    CHECK(!customers[0].failed && !customers[1].failed);
    CHECK_INT(customers[0].opened + customers[1].opened, 2 * THREADS);
    CHECK_INT(customers[0].refused + customers[1].refused, WORKERS * ROOMS - 2 * THREADS);
out:
    codec_pool_free(&pool);
}

/** Whoever asks gets the thread with the fewest; of those that have none each in turn. */
TEST_NO_OOM(a_composition_goes_where_the_fewest_are)
{
    static const struct codec_pool_config config = {
        .threads = THREADS, .workers = WORKERS, .max_compositions = (size_t)WORKERS * ROOMS};
    struct codec_pool *pool = NULL;
    struct customer customers[WORKERS];
    REQUIRE_OK(codec_pool_new(&pool, &config));
    unsigned first = codec_pool_place(pool);
    CHECK(first < THREADS);
    CHECK_INT(codec_pool_place(pool), (first + 1) % THREADS);
    REQUIRE(serve(pool, customers, false)); /* rooms 1 and 3 are on the second thread */
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_INT(codec_pool_place(pool), 0);
    }
out:
    codec_pool_free(&pool);
}

#include "app/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "app/codec_pool.h"
#include "base/err.h"
#include "base/log.h"
#include "base/minmax.h"
#include "base/mono.h"
#include "base/outbox.h"
#include "base/packet.h"
#include "base/ring.h"
#include "bridge/video_bridge.h"
#include "intake.h"
#include "net/knock.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "net/scheduling.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "room/exchange.h"

enum {
    WORKER_MAX_PACKETS =
        128 * 1024, /**< about 200 MB when all are in use: 100 video layers, 1 s each */
    WORKER_MAX_LARGE_PACKETS = 32 * 1024,  /**< about 60 MB when all are in use */
    WORKER_MAX_MADE_PACKETS = 32 * 1024,   /**< likewise */
    WORKER_MAX_SMALL_PACKETS = 256 * 1024, /**< about 135 MB when all are in use: 25,000 voices */
    WORKER_COMMANDS = 4096,
    WORKER_EVENTS = 64 * 1024
};

struct worker {
    struct worker_config config;
    struct loop *loop;
    struct pool *packets;       /**< what usually comes */
    struct pool *large_packets; /**< what is longer */
    struct pool *made_packets;  /**< what is made here: nobody else can use them up */
    struct pool *small_packets; /**< what sound is kept in */
    struct outbox *outbox;
    struct intake intake;
    struct udp *udp;
    struct tcp *tcp;
    struct exchange *exchange;
    struct audio_bridge *mixes;
    struct video_bridge *pictures; /**< NULL without a codec pool */
    struct mailbox *commands;      /**< control → worker */
    struct ring *events;           /**< worker → control */
    struct knock knock;            /**< when control is told of them */
    int64_t now_us;                /**< this loop turn's time */
    bool stopping;
    bool running; /**< control thread's: the thread was started */
    struct scheduling scheduling;
    pthread_t thread;
};

static void worker_flush(void *owner, struct outbox *outbox)
{
    struct worker *worker = owner;
    if (worker->udp != NULL) {
        udp_send(worker->udp, outbox);
    }
    if (worker->tcp != NULL) {
        tcp_send(worker->tcp, outbox);
    }
    outbox_clear(outbox);
}

/** Many tell of these, and nobody's call hangs on when they are heard. */
static bool can_wait(enum event_kind kind)
{
    return kind == EVENT_SPEAKING || kind == EVENT_REPORT || kind == EVENT_COUNTERS;
}

static void worker_post_event(void *owner, struct event *event)
{
    struct worker *worker = owner;
    bool patient = can_wait(event->kind);
    if (!ring_push(worker->events, event)) {
        log_error("worker", "worker=%u event lost, control thread does not read",
                  worker->config.index);
        event_free(&event);
    }
    knock_sent(&worker->knock, patient, worker->now_us);
}

static void worker_frame(void *owner, struct packet *packet)
{
    struct worker *worker = owner;
    worker->now_us = packet->arrival_us;
    exchange_receive(worker->exchange, &packet, 1, worker->now_us);
}

static void worker_tcp_closed(void *owner, uint32_t tcp)
{
    struct worker *worker = owner;
    if (worker->exchange != NULL) {
        exchange_tcp_closed(worker->exchange, tcp, worker->now_us);
    }
}

/** What only the sockets know goes into the counters before they are asked for. */
static void worker_count(struct worker *worker)
{
    struct event_counters *counters = exchange_counters(worker->exchange);
    counters->cpu_us = (uint64_t)mono_thread_cpu_us();
    if (worker->udp != NULL) {
        const struct udp_counters *udp = udp_counters(worker->udp);
        counters->datagrams_received = udp->datagrams_received;
        counters->bytes_received = udp->bytes_received;
        counters->datagrams_sent = udp->datagrams_sent;
        counters->messages_sent = udp->messages_sent;
        counters->bytes_sent = udp->bytes_sent;
    }
}

static void worker_commands(void *owner, int descriptor, bool readable, bool writable)
{
    struct worker *worker = owner;
    struct command *command;
    (void)descriptor;
    (void)readable;
    (void)writable;
    worker->now_us = mono_now_us(); /* the loop may have slept for long */
    mailbox_acknowledge(worker->commands);
    while ((command = mailbox_take(worker->commands)) != NULL) {
        if (command->kind == COMMAND_STOP) {
            worker->stopping = true;
        } else if (command->kind == COMMAND_COUNTERS) {
            worker_count(worker);
        }
        exchange_command(worker->exchange, command, worker->now_us);
    }
}

static int worker_compose(void *owner, struct compose_request *request)
{
    struct worker *worker = owner;
    return codec_pool_send(worker->config.codecs, worker->config.index, request);
}

static unsigned worker_place(void *owner)
{
    struct worker *worker = owner;
    return codec_pool_place(worker->config.codecs);
}

static void worker_composed(void *owner, int descriptor, bool readable, bool writable)
{
    struct worker *worker = owner;
    struct codec_pool *codecs = worker->config.codecs;
    (void)descriptor;
    (void)readable;
    (void)writable;
    worker->now_us = mono_now_us();
    for (unsigned thread = 0; thread < codec_pool_threads(codecs); thread++) {
        struct compose_result *result;
        codec_pool_acknowledge(codecs, worker->config.index, thread);
        while ((result = codec_pool_take(codecs, worker->config.index, thread)) != NULL) {
            video_bridge_result(worker->pictures, result, worker->now_us);
        }
    }
}

/** The earliest time at which something is due that others would hear if it came late. */
static int64_t worker_strict_deadline(const struct worker *worker)
{
    int64_t mixes_us = audio_bridge_next_deadline(worker->mixes, worker->exchange);
    return worker->pictures == NULL
               ? mixes_us
               : min_i64(mixes_us, video_bridge_next_deadline(worker->pictures));
}

/** Waits for something to do, and takes what has come. */
static void worker_wait(struct worker *worker)
{
    int64_t strict_us = worker_strict_deadline(worker);
    int64_t deadline_us = exchange_next_deadline(worker->exchange);
    if (worker->tcp != NULL) {
        deadline_us = min_i64(deadline_us, tcp_next_deadline(worker->tcp));
    }
    deadline_us = min_i64(deadline_us, knock_deadline(&worker->knock));
    worker->now_us = intake_wait(&worker->intake, strict_us, deadline_us);
}

static void *worker_run(void *arg)
{
    struct worker *worker = arg;
    if (!scheduling_go_at_once(&worker->scheduling, "worker", mono_now_us()) &&
        worker->config.index == 0) {
        log_info("worker", "media threads have no priority over other programs: not permitted "
                           "(CAP_SYS_NICE, RLIMIT_RTPRIO or RLIMIT_NICE)");
    }
    while (!worker->stopping) {
        worker_wait(worker);
        exchange_timeout(worker->exchange, worker->now_us);
        if (worker->tcp != NULL) {
            tcp_timeout(worker->tcp, worker->now_us);
        }
        audio_bridge_timeout(worker->mixes, worker->exchange, worker->now_us);
        if (worker->pictures != NULL) {
            video_bridge_timeout(worker->pictures, worker->now_us);
        }
        exchange_flush(worker->exchange, worker->now_us);
        worker_flush(worker, worker->outbox);
        intake_measure(&worker->intake);
        if (knock_take(&worker->knock, worker->now_us)) {
            worker->config.wake(worker->config.owner);
        }
        scheduling_follow(&worker->scheduling, worker->now_us);
    }
    return NULL;
}

static int worker_open_udp(struct worker *worker)
{
    struct udp_config config = {.port = worker->config.port, .ipv4 = true, .ipv6 = true};
    int err = udp_open(&worker->udp, &config, &exchange_counters(worker->exchange)->drops);
    return err == 0 ? intake_watch(&worker->intake, worker->udp) : err;
}

static int worker_open_tcp(struct worker *worker)
{
    struct tcp_config config = {
        .port = worker->config.port,
        .ipv4 = true,
        .ipv6 = true,
        .loop = worker->loop,
        .packets = {.small = worker->small_packets,
                    .usual = worker->packets,
                    .large = worker->large_packets},
        .drops = &exchange_counters(worker->exchange)->drops,
        .received = worker_frame,
        .closed = worker_tcp_closed,
        .owner = worker,
    };
    return tcp_open(&worker->tcp, &config);
}

static int worker_open(struct worker *worker)
{
    int err = loop_new(&worker->loop);
    if (err == 0) {
        err = packet_usual_pool_new(&worker->packets, WORKER_MAX_PACKETS);
    }
    if (err == 0) {
        err = packet_pool_new(&worker->large_packets, WORKER_MAX_LARGE_PACKETS);
    }
    if (err == 0) {
        err = packet_pool_new(&worker->made_packets, WORKER_MAX_MADE_PACKETS);
    }
    if (err == 0) {
        err = packet_small_pool_new(&worker->small_packets, WORKER_MAX_SMALL_PACKETS);
    }
    if (err == 0) {
        err = outbox_new(&worker->outbox, worker_flush, worker);
    }
    if (err == 0) {
        err = mailbox_new(&worker->commands, WORKER_COMMANDS);
    }
    if (err == 0) {
        err = ring_new(&worker->events, WORKER_EVENTS);
    }
    if (err == 0) {
        err = loop_watch(worker->loop, mailbox_descriptor(worker->commands), false, worker_commands,
                         worker);
    }
    return err;
}

static int worker_open_exchange(struct worker *worker)
{
    int64_t now_us = mono_now_us();
    struct exchange_config config = {
        .certificate = worker->config.certificate,
        .outbox = worker->outbox,
        .packets = worker->made_packets,
        .wall_offset_us = mono_wall_us() - now_us,
        .worker = worker->config.index,
        .event = worker_post_event,
        .owner = worker,
    };
    rand_init_secure(&config.rand);
    int err = exchange_new(&worker->exchange, &config, now_us);
    if (err != 0) {
        return err;
    }
    const struct audio_bridge_config audio = {
        .options = worker->config.mix,
        .packets = worker->made_packets,
        .counters = &exchange_counters(worker->exchange)->mix,
    };
    return audio_bridge_new(&worker->mixes, &audio, now_us);
}

static int worker_open_pictures(struct worker *worker)
{
    struct codec_pool *codecs = worker->config.codecs;
    struct video_bridge_config config = {.exchange = worker->exchange,
                                         .packets = worker->made_packets,
                                         .counters = &exchange_counters(worker->exchange)->pictures,
                                         .worker = worker->config.index,
                                         .request = worker_compose,
                                         .place = worker_place,
                                         .owner = worker};
    rand_init_secure(&config.rand);
    int err = video_bridge_new(&worker->pictures, &config);
    for (unsigned thread = 0; thread < codec_pool_threads(codecs) && err == 0; thread++) {
        err = loop_watch(worker->loop, codec_pool_descriptor(codecs, worker->config.index, thread),
                         false, worker_composed, worker);
    }
    return err;
}

static void worker_open_intake(struct worker *worker)
{
    const struct intake_config config = {.loop = worker->loop,
                                         .exchange = worker->exchange,
                                         .packets = worker->packets,
                                         .large_packets = worker->large_packets,
                                         .small_packets = worker->small_packets,
                                         .gather_us = worker->config.gather_us};
    intake_init(&worker->intake, &config);
}

int worker_new(struct worker **out, const struct worker_config *config)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL) {
        return ERR_NO_MEMORY;
    }
    worker->config = *config;
    int err = worker_open(worker);
    knock_init(&worker->knock, mono_now_us());
    if (err == 0) {
        err = worker_open_exchange(worker);
    }
    if (err == 0) {
        worker_open_intake(worker);
    }
    if (err == 0 && config->codecs != NULL) {
        err = worker_open_pictures(worker);
    }
    if (err == 0 && config->udp) {
        err = worker_open_udp(worker);
    }
    if (err == 0 && config->tcp) {
        err = worker_open_tcp(worker);
    }
    if (err != 0) {
        int cause = errno;
        worker_free(&worker);
        errno = cause;
        return err;
    }
    *out = worker;
    return 0;
}

int worker_start(struct worker *worker)
{
    if (pthread_create(&worker->thread, NULL, worker_run, worker) != 0) {
        return ERR_IO;
    }
    worker->running = true;
    return 0;
}

int worker_send(struct worker *worker, struct command *command)
{
    int err = mailbox_post(worker->commands, command);
    if (err != 0) {
        command_free(&command);
    }
    return err;
}

struct event *worker_event(struct worker *worker)
{
    return ring_pop(worker->events);
}

/** Ends the thread; a full mailbox only means that the worker is behind. */
static void worker_stop(struct worker *worker)
{
    struct command *stop = NULL;
    while (command_new(&stop, COMMAND_STOP, 0) != 0 || worker_send(worker, stop) != 0) {
        stop = NULL;
    }
    (void)pthread_join(worker->thread, NULL);
    worker->running = false;
}

static void worker_empty_mailboxes(struct worker *worker)
{
    struct command *command = NULL;
    struct event *event = NULL;
    while (worker->commands != NULL && (command = mailbox_take(worker->commands)) != NULL) {
        command_free(&command);
    }
    while (worker->events != NULL && (event = ring_pop(worker->events)) != NULL) {
        event_free(&event);
    }
}

void worker_free(struct worker **worker)
{
    struct worker *old = *worker;
    if (old == NULL) {
        return;
    }
    *worker = NULL;
    if (old->running) {
        worker_stop(old);
    }
    tcp_close(&old->tcp);
    audio_bridge_free(&old->mixes);
    video_bridge_free(&old->pictures);
    exchange_free(&old->exchange);
    udp_close(&old->udp);
    worker_empty_mailboxes(old);
    mailbox_free(&old->commands);
    ring_free(&old->events);
    outbox_free(&old->outbox);
    pool_free(&old->packets);
    pool_free(&old->large_packets);
    pool_free(&old->made_packets);
    pool_free(&old->small_packets);
    loop_free(&old->loop);
    free(old);
}

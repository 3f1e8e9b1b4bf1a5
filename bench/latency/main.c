/*
 * build/bench-latency: how long forwarded datagrams take in a real worker while pictures are
 * composed beside it, and while they are not, in turns.
 *
 * One process: a media worker and a codec thread as in the relay, and a thread of scripted clients
 * (tests/sim/peer.h) with real DTLS-SRTP on loopback sockets. The delay is the worker's own measure
 * (event_counters.forward_us).
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/codec_pool.h"
#include "app/worker.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mono.h"
#include "bridge/audio_bridge.h"
#include "sim/camera.h"
#include "sim/peer.h"
#include "transport/certificate.h"

enum {
    PORT = 41760,
    PEERS = 32,
    LISTENERS = 10, /**< in the room that is measured, beside its publisher */
    TILES = 9,
    SETTLE_US = 6000000, /**< tiles are decoded for 5 s after the last viewer has gone */
    PHASE_US = 6000000,
    MAX_ROUNDS = 50,
    DATAGRAM_BYTES = 2048
};

struct client {
    int descriptor;
    struct addr addr;
    struct peer *peer;
};

struct bench {
    struct certificate *certificate;
    struct codec_pool *codecs;
    struct worker *worker;
    struct rand rand;
    struct client clients[PEERS];
    size_t count;
    struct camera cameras[TILES];
    struct hist delays; /**< as the worker told last */
    uint64_t composed;
    bool told;
};

static void wake(void *owner)
{
    (void)owner;
}

static void send_datagram(void *owner, const struct addr *from, const uint8_t *data, size_t len)
{
    const struct client *client = owner;
    const struct sockaddr_in relay = {.sin_family = AF_INET,
                                      .sin_port = htons(PORT),
                                      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    (void)from;
    (void)sendto(client->descriptor, data, len, 0, (const struct sockaddr *)&relay, sizeof(relay));
}

static int open_client(struct client *client)
{
    struct sockaddr_in local = {.sin_family = AF_INET,
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(local);
    client->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->descriptor < 0 ||
        bind(client->descriptor, (const struct sockaddr *)&local, len) != 0 ||
        getsockname(client->descriptor, (struct sockaddr *)&local, &len) != 0) {
        return ERR_IO;
    }
    return addr_parse_ip("127.0.0.1", ntohs(local.sin_port), &client->addr);
}

static int join(struct bench *bench, const struct peer_config *config, struct client **out)
{
    struct client *client = &bench->clients[bench->count];
    const struct peer_output output = {.send = send_datagram, .owner = client};
    struct command *command = NULL;
    uint32_t number = (uint32_t)bench->count + 1;
    int err = open_client(client);
    bench->count++;
    if (err == 0) {
        err = peer_new(&client->peer, config, &output, &bench->rand, number, &client->addr,
                       certificate_fingerprint(bench->certificate), mono_now_us());
    }
    if (err == 0) {
        err = command_new(&command, COMMAND_JOIN, number);
    }
    if (err != 0) {
        return err;
    }
    command->session = peer_session(client->peer);
    if (command->session == NULL) {
        command_free(&command);
        return ERR_NO_MEMORY;
    }
    err = worker_send(bench->worker, command);
    peer_start(client->peer, mono_now_us());
    *out = client;
    return err;
}

static void take_events(struct bench *bench)
{
    struct event *event;
    while ((event = worker_event(bench->worker)) != NULL) {
        if (event->kind == EVENT_COUNTERS) {
            bench->delays = event->counters.forward_us;
            bench->told = true;
        }
        event_free(&event);
    }
}

static void receive(struct client *client)
{
    uint8_t data[DATAGRAM_BYTES];
    ssize_t len;
    while ((len = recv(client->descriptor, data, sizeof(data), 0)) > 0) {
        peer_receive(client->peer, &client->addr, data, (size_t)len, mono_now_us());
    }
}

/** Everybody does what he does for so long. */
static void run(struct bench *bench, int64_t duration_us)
{
    int64_t end_us = mono_now_us() + duration_us;
    while (mono_now_us() < end_us) {
        struct pollfd descriptors[PEERS];
        int64_t next_us = end_us;
        for (size_t i = 0; i < bench->count; i++) {
            int64_t peer_us = peer_next_deadline(bench->clients[i].peer);
            next_us = peer_us < next_us ? peer_us : next_us;
            descriptors[i] = (struct pollfd){.fd = bench->clients[i].descriptor, .events = POLLIN};
        }
        int64_t wait_us = next_us - mono_now_us();
        struct timespec wait = {.tv_nsec =
                                    wait_us > 0 ? (wait_us < 20000 ? wait_us : 20000) * 1000 : 0};
        (void)ppoll(descriptors, bench->count, &wait, NULL);
        for (size_t i = 0; i < bench->count; i++) {
            if ((descriptors[i].revents & POLLIN) != 0) {
                receive(&bench->clients[i]);
            }
            if (peer_next_deadline(bench->clients[i].peer) <= mono_now_us()) {
                peer_timeout(bench->clients[i].peer, mono_now_us());
            }
        }
        take_events(bench);
    }
}

static int ask_counters(struct bench *bench)
{
    struct command *command = NULL;
    int err = command_new(&command, COMMAND_COUNTERS, 0);
    if (err == 0) {
        err = worker_send(bench->worker, command);
    }
    bench->told = false;
    while (err == 0 && !bench->told) {
        run(bench, 1000);
    }
    return err;
}

/** What the worker measured in one phase. */
static int measure(struct bench *bench, struct hist *out)
{
    int err = ask_counters(bench);
    struct hist before = bench->delays;
    run(bench, PHASE_US);
    err = err != 0 ? err : ask_counters(bench);
    *out = bench->delays;
    for (size_t i = 0; i < HIST_STEPS; i++) {
        out->counts[i] -= before.counts[i];
    }
    return err;
}

/** The viewer shows the composed picture, or nothing. */
static int show(struct bench *bench, uint32_t viewer, bool on)
{
    struct command *command = NULL;
    int err = command_new(&command, COMMAND_VIEW, viewer);
    if (err == 0) {
        (void)snprintf(command->mid, sizeof(command->mid), "1");
        command->width = on ? 1280 : 0;
        command->height = on ? 720 : 0;
        err = worker_send(bench->worker, command);
    }
    run(bench, SETTLE_US);
    return err;
}

static int open_relay(struct bench *bench)
{
    const struct codec_pool_config codecs = {.threads = 1, .workers = 1, .max_compositions = 1};
    int err = certificate_new(&bench->certificate, mono_wall_us());
    if (err == 0) {
        err = codec_pool_new(&bench->codecs, &codecs);
    }
    const struct worker_config worker = {.port = PORT,
                                         .udp = true,
                                         .gather_us = 1000, /* as by default */
                                         .mix = audio_bridge_defaults(),
                                         .certificate = bench->certificate,
                                         .codecs = bench->codecs,
                                         .wake = wake};
    if (err == 0) {
        err = worker_new(&bench->worker, &worker);
    }
    return err != 0 ? err : worker_start(bench->worker);
}

/** The threads that this one creates from now on, and itself, run on one core, or on all but that.
 */
static void keep_to(const cpu_set_t *cores, int core, bool on_it)
{
    cpu_set_t set = *cores;
    if (on_it) {
        CPU_ZERO(&set);
        CPU_SET(core, &set);
    } else {
        CPU_CLR(core, &set);
    }
    (void)sched_setaffinity(0, sizeof(set), &set);
}

/** The relay has all cores but the first, which is the clients': they stand for the network, and
 * what they do there is not to be measured. */
static int open_apart(struct bench *bench)
{
    cpu_set_t cores;
    int first = 0;
    if (sched_getaffinity(0, sizeof(cores), &cores) != 0 || CPU_COUNT(&cores) < 2) {
        (void)fprintf(stderr, "bench-latency: one core for the relay and the clients\n");
        return open_relay(bench);
    }
    while (!CPU_ISSET(first, &cores)) {
        first++;
    }
    keep_to(&cores, first, false);
    int err = open_relay(bench);
    keep_to(&cores, first, true);
    return err;
}

static int open_rooms(struct bench *bench, uint32_t *viewer)
{
    static const struct peer_config publisher = {
        .room = "forwarded", .real_security = true, .audio_sources = 1, .video_sources = 1};
    static const struct peer_config listener = {
        .room = "forwarded", .real_security = true, .audio_slots = 1, .video_slots = 1};
    static const struct peer_config filming = {
        .room = "composed", .real_security = true, .video_sources = 1};
    static const struct peer_config watching = {.room = "composed",
                                                .real_security = true,
                                                .audio_slots = 1,
                                                .video_slots = 1,
                                                .grid = true};
    struct client *client;
    int err = join(bench, &publisher, &client);
    for (size_t i = 0; i < LISTENERS && err == 0; i++) {
        err = join(bench, &listener, &client);
    }
    for (size_t i = 0; i < TILES && err == 0; i++) {
        err = join(bench, &filming, &client);
        if (err == 0) {
            err = camera_init(&bench->cameras[i], (unsigned)i + 1, 320, 180);
        }
        if (err == 0) {
            camera_attach(&bench->cameras[i], peer_source(client->peer, MEDIA_VIDEO));
        }
    }
    if (err == 0) {
        err = join(bench, &watching, &client);
        *viewer = peer_number(client->peer);
    }
    return err;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(values[0]), compare_numbers);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static int run_rounds(struct bench *bench, uint32_t viewer, size_t rounds)
{
    double alone[MAX_ROUNDS];
    double beside[MAX_ROUNDS];
    double ratios[MAX_ROUNDS];
    struct compose_desk_counters before;
    struct compose_desk_counters after;
    printf("round  alone p50 p99 p99.9 us   composing p50 p99 p99.9 us   pictures ratio\n");
    for (size_t i = 0; i < rounds; i++) {
        struct hist quiet = {.sum = 0};
        struct hist busy = {.sum = 0};
        int err = show(bench, viewer, false);
        err = err != 0 ? err : measure(bench, &quiet);
        err = err != 0 ? err : show(bench, viewer, true);
        codec_pool_counters(bench->codecs, &before);
        err = err != 0 ? err : measure(bench, &busy);
        codec_pool_counters(bench->codecs, &after);
        if (err != 0) {
            return err;
        }
        alone[i] = hist_permille_even(&quiet, 990);
        beside[i] = hist_permille_even(&busy, 990);
        ratios[i] = beside[i] / alone[i];
        printf("%5zu  %9.0f %3.0f %5.0f      %9.0f %7.0f %5.0f      %5llu %4.2f\n", i + 1,
               hist_permille_even(&quiet, 500), alone[i], hist_permille_even(&quiet, 999),
               hist_permille_even(&busy, 500), beside[i], hist_permille_even(&busy, 999),
               (unsigned long long)(after.composed - before.composed), ratios[i]);
        (void)fflush(stdout);
        if (after.composed - before.composed < PHASE_US / 1000000 * 10) {
            (void)fprintf(stderr, "bench-latency: hardly any picture was composed\n");
            return ERR_INVALID;
        }
    }
    printf("p99, medians: alone %.0f us, composing %.0f us, ratio %.2f\n", median(alone, rounds),
           median(beside, rounds), median(ratios, rounds));
    return 0;
}

static void close_all(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        peer_free(&bench->clients[i].peer);
        (void)close(bench->clients[i].descriptor);
    }
    for (size_t i = 0; i < TILES; i++) {
        camera_deinit(&bench->cameras[i]);
    }
    worker_free(&bench->worker);
    codec_pool_free(&bench->codecs);
    certificate_free(&bench->certificate);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    uint32_t viewer = 0;
    bool shared = argc > 1 && strcmp(argv[1], "--shared") == 0;
    int at = shared ? 2 : 1;
    long rounds = argc > at ? strtol(argv[at], NULL, 10) : 9;
    if (argc > at + 1 || rounds < 1 || rounds > MAX_ROUNDS) {
        (void)fprintf(stderr,
                      "usage: bench-latency [--shared] [rounds, 1 to %d]\n"
                      "--shared: the clients run on the relay's cores\n",
                      MAX_ROUNDS);
        return 2;
    }
    log_set_level(LOG_WARN);
    rand_init(&bench.rand, 1);
    int err = shared ? open_relay(&bench) : open_apart(&bench);
    if (err == 0) {
        err = open_rooms(&bench, &viewer);
    }
    if (err == 0) {
        run(&bench, SETTLE_US);
        err = run_rounds(&bench, viewer, (size_t)rounds);
    }
    if (err != 0) {
        (void)fprintf(stderr, "bench-latency: %s\n", err_name(err));
    }
    close_all(&bench);
    return err == 0 ? 0 : 1;
}

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mono.h"
#include "base/outbox.h"
#include "base/packet.h"
#include "cpu_clock.h"
#include "kernels.h"
#include "net/udp.h"
#include "sink.h"

enum { DATAGRAMS = 60, TURNS = 40, POOL_PACKETS = 256 };

struct udp_case {
    size_t bytes;
    size_t burst; /**< neighbours to one destination; 0: receive, not send */
};

struct udp_bench {
    const struct udp_case *what;
    struct drop_counts drops;
    struct udp *udp;
    struct udp *sender; /**< receive only */
    struct pool *packets;
    struct outbox *outbox;
};

static const struct sink *where;

static void never_full(void *owner, struct outbox *outbox)
{
    (void)owner;
    outbox_clear(outbox);
}

static void udp_bench_close(void *state)
{
    struct udp_bench *bench = state;
    if (bench != NULL) {
        udp_close(&bench->udp);
        udp_close(&bench->sender);
        pool_free(&bench->packets);
        outbox_free(&bench->outbox);
        free(bench);
    }
}

static int open_all(struct udp_bench *bench)
{
    struct udp_config config = {.ipv4 = true};
    if (bench->what->burst == 0) {
        (void)addr_parse_ip("127.0.0.1", 0, &config.bind);
    }
    int err = udp_open(&bench->udp, &config, &bench->drops);
    if (err == 0) {
        err = udp_open(&bench->sender, &config, &bench->drops);
    }
    if (err == 0) {
        err = packet_pool_new(&bench->packets, POOL_PACKETS);
    }
    return err == 0 ? outbox_new(&bench->outbox, never_full, NULL) : err;
}

static void fill(struct udp_bench *bench)
{
    const struct udp_case *what = bench->what;
    for (size_t i = 0; i < DATAGRAMS; i++) {
        struct five_tuple to = {0};
        if (what->burst == 0) {
            (void)addr_parse_ip("127.0.0.1", udp_port(bench->udp), &to.remote);
        } else {
            to = sink_receiver(where, (uint32_t)(i / what->burst));
        }
        uint8_t *data = outbox_reserve(bench->outbox, what->bytes);
        memset(data, 0x80, what->bytes); /* looks like RTP to the socket's filter */
        outbox_commit(bench->outbox, &to, what->bytes, NULL);
    }
}

static int udp_bench_open(void **state, const void *argument)
{
    const struct udp_case *what = argument;
    if (where->kind == SINK_NONE) {
        return ERR_UNSUPPORTED;
    }
    struct udp_bench *bench = calloc(1, sizeof(*bench));
    if (bench == NULL) {
        return ERR_NO_MEMORY;
    }
    bench->what = what;
    int err = open_all(bench);
    if (err != 0) {
        udp_bench_close(bench);
        return err;
    }
    fill(bench);
    *state = bench;
    return 0;
}

static double send_round(void *state)
{
    struct udp_bench *bench = state;
    int64_t start = cpu_clock_ns();
    for (size_t turn = 0; turn < TURNS; turn++) {
        udp_send(bench->udp, bench->outbox);
    }
    int64_t spent = cpu_clock_ns() - start;
    bool lost = bench->drops.n[DROP_SEND_ERROR] + bench->drops.n[DROP_SEND_QUEUE_FULL] > 0;
    return lost ? -1 : (double)spent / (TURNS * DATAGRAMS);
}

static double receive_round(void *state)
{
    struct udp_bench *bench = state;
    int64_t spent = 0;
    size_t got = 0;
    int descriptors[UDP_MAX_SOCKETS];
    (void)udp_descriptors(bench->udp, descriptors);
    for (size_t turn = 0; turn < TURNS; turn++) {
        udp_send(bench->sender, bench->outbox);
        int64_t now_us = mono_now_us();
        int64_t start = cpu_clock_ns();
        struct packet *batch[UDP_BATCH];
        size_t count;
        while ((count = udp_receive(bench->udp, descriptors[0], bench->packets, bench->packets,
                                    now_us, batch)) > 0) {
            got += count;
            for (size_t i = 0; i < count; i++) {
                packet_unref(&batch[i]);
            }
        }
        spent += cpu_clock_ns() - start;
    }
    return got == (size_t)TURNS * DATAGRAMS ? (double)spent / (double)got : -1;
}

const struct kernel *udp_kernels(size_t *count, const struct sink *sink)
{
    static const struct udp_case cases[] = {{1216, 10}, {1216, 1}, {116, 10},
                                            {116, 1},   {1216, 0}, {116, 0}};
    static const struct kernel kernels[] = {
        {"udp/send/gso-10/1216", "packet", &cases[0], udp_bench_open, send_round, udp_bench_close},
        {"udp/send/single/1216", "packet", &cases[1], udp_bench_open, send_round, udp_bench_close},
        {"udp/send/gso-10/116", "packet", &cases[2], udp_bench_open, send_round, udp_bench_close},
        {"udp/send/single/116", "packet", &cases[3], udp_bench_open, send_round, udp_bench_close},
        {"udp/receive/1216", "packet", &cases[4], udp_bench_open, receive_round, udp_bench_close},
        {"udp/receive/116", "packet", &cases[5], udp_bench_open, receive_round, udp_bench_close},
    };
    where = sink;
    *count = sizeof(kernels) / sizeof(kernels[0]);
    return kernels;
}

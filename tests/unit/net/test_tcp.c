#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mono.h"
#include "net/tcp.h"
#include "unit/runner.h"

/** A listener and what it delivered. */
struct stage {
    struct drop_counts drops;
    struct loop *loop;
    struct packet_pools packets;
    struct outbox *outbox;
    struct tcp *tcp;
    struct packet *got[64];
    size_t count;
    size_t closed;
    int client;
};

static void stage_received(void *owner, struct packet *packet)
{
    struct stage *stage = owner;
    if (stage->count < 64) {
        stage->got[stage->count++] = packet;
    } else {
        packet_unref(&packet);
    }
}

static void stage_closed(void *owner, uint32_t tcp)
{
    struct stage *stage = owner;
    (void)tcp;
    stage->closed++;
}

static void stage_flush(void *owner, struct outbox *outbox)
{
    struct stage *stage = owner;
    tcp_send(stage->tcp, outbox);
    outbox_clear(outbox);
}

/** A port that was free a moment ago. */
static uint16_t free_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(any);
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    uint16_t port = 0;
    if (probe >= 0 && bind(probe, (struct sockaddr *)&any, len) == 0 &&
        getsockname(probe, (struct sockaddr *)&any, &len) == 0) {
        port = ntohs(any.sin_port);
    }
    (void)close(probe);
    return port;
}

static int stage_open(struct stage *stage)
{
    struct tcp_config config = {.port = free_port(),
                                .ipv4 = true,
                                .drops = &stage->drops,
                                .received = stage_received,
                                .closed = stage_closed,
                                .owner = stage};
    stage->client = -1;
    int err = loop_new(&stage->loop);
    err = err == 0 ? packet_small_pool_new(&stage->packets.small, 128) : err;
    err = err == 0 ? packet_usual_pool_new(&stage->packets.usual, 128) : err;
    err = err == 0 ? packet_pool_new(&stage->packets.large, 128) : err;
    err = err == 0 ? outbox_new(&stage->outbox, stage_flush, stage) : err;
    config.loop = stage->loop;
    config.packets = stage->packets;
    err = err == 0 ? tcp_open(&stage->tcp, &config) : err;
    if (err == 0) {
        struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port = htons(config.port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int on = 1;
        stage->client = socket(AF_INET, SOCK_STREAM, 0);
        err = connect(stage->client, (struct sockaddr *)&to, sizeof(to));
        (void)setsockopt(stage->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    return err;
}

static void stage_close(struct stage *stage)
{
    for (size_t i = 0; i < stage->count; i++) {
        packet_unref(&stage->got[i]);
    }
    if (stage->client >= 0) {
        (void)close(stage->client);
    }
    tcp_close(&stage->tcp);
    outbox_free(&stage->outbox);
    pool_free(&stage->packets.small);
    pool_free(&stage->packets.usual);
    pool_free(&stage->packets.large);
    loop_free(&stage->loop);
}

/** Turns the loop until `count` packets and `closed` closings are seen, 2 s at most. */
static void stage_turn(struct stage *stage, size_t count, size_t closed)
{
    int64_t end_us = mono_now_us() + 2000000;
    while ((stage->count < count || stage->closed < closed) && mono_now_us() < end_us &&
           !runner_out_of_memory()) {
        loop_wait(stage->loop, mono_now_us(), mono_now_us() + 20000);
    }
}

TEST(frames_survive_splitting_and_merging)
{
    struct stage stage = {0};
    uint8_t stream[4096];
    struct bytes_out out = bytes_out_over(stream, sizeof(stream));
    for (uint16_t i = 0; i < 10; i++) {
        uint16_t len = (uint16_t)(1 + i * 37);
        bytes_out_u16(&out, len);
        memset(bytes_out_take(&out, len), i, len);
    }
    size_t total = bytes_out_len(&out);
    REQUIRE_OK(stage_open(&stage));
    /* cuts of growing size: inside headers, inside frames, over several frames */
    for (size_t at = 0, cut = 1; at < total; at += cut, cut = cut * 2 + 1) {
        size_t part = total - at < cut ? total - at : cut;
        REQUIRE(send(stage.client, stream + at, part, 0) == (ssize_t)part);
        loop_wait(stage.loop, mono_now_us(), mono_now_us() + 10000);
    }
    stage_turn(&stage, 10, 0);
    REQUIRE_INT(stage.count, 10);
    for (size_t i = 0; i < 10; i++) {
        CHECK_INT(stage.got[i]->len, 1 + i * 37);
        CHECK_INT(stage.got[i]->data[stage.got[i]->len - 1], i);
        CHECK(stage.got[i]->from.tcp != 0);
    }
out:
    stage_close(&stage);
}

TEST(frames_are_kept_in_packets_of_their_size)
{
    static const uint16_t lengths[] = {PACKET_SMALL_BYTES, PACKET_SMALL_BYTES + 1,
                                       PACKET_USUAL_BYTES, PACKET_USUAL_BYTES + 1,
                                       PACKET_MAX_BYTES};
    enum { COUNT = sizeof(lengths) / sizeof(lengths[0]) };
    struct stage stage = {0};
    uint8_t stream[COUNT * (2 + PACKET_MAX_BYTES)];
    struct bytes_out out = bytes_out_over(stream, sizeof(stream));
    for (uint8_t i = 0; i < COUNT; i++) {
        bytes_out_u16(&out, lengths[i]);
        memset(bytes_out_take(&out, lengths[i]), i, lengths[i]);
    }
    ssize_t total = (ssize_t)bytes_out_len(&out);
    REQUIRE_OK(stage_open(&stage));
    REQUIRE(send(stage.client, stream, (size_t)total, 0) == total);
    stage_turn(&stage, COUNT, 0);
    REQUIRE_INT(stage.count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const struct packet *packet = stage.got[i];
        CHECK_INT(packet->len, lengths[i]);
        CHECK(packet->data[0] == i && packet->data[packet->len - 1] == i);
        CHECK(packet->pool == (i < 1   ? stage.packets.small
                               : i < 3 ? stage.packets.usual
                                       : stage.packets.large));
    }
out:
    stage_close(&stage);
}

TEST(frames_go_out_with_their_length)
{
    struct stage stage = {0};
    uint8_t got[64];
    REQUIRE_OK(stage_open(&stage));
    REQUIRE(send(stage.client,
                 "\x00\x03"
                 "abc",
                 5, 0) == 5);
    stage_turn(&stage, 1, 0);
    REQUIRE_INT(stage.count, 1);
    outbox_push(stage.outbox, &stage.got[0]->from, "hello", 5);
    outbox_push(stage.outbox, &stage.got[0]->from, "you", 3);
    stage_flush(&stage, stage.outbox);
    REQUIRE(recv(stage.client, got, 12, MSG_WAITALL) == 12);
    CHECK_MEM(got, "\x00\x05hello\x00\x03you", 12);
out:
    stage_close(&stage);
}

TEST(absurd_frame_ends_the_connection_and_is_counted)
{
    struct stage stage = {0};
    REQUIRE_OK(stage_open(&stage));
    REQUIRE(send(stage.client, "\xff\xff", 2, 0) == 2);
    stage_turn(&stage, 0, 1);
    CHECK_INT(stage.closed, 1);
    CHECK_INT(stage.drops.n[DROP_TCP_FRAME], 1);
    CHECK_INT(tcp_connections(stage.tcp), 0);
out:
    stage_close(&stage);
}

TEST(reader_that_stops_reading_costs_only_its_own_frames)
{
    struct stage stage = {0};
    static uint8_t datagram[1200];
    REQUIRE_OK(stage_open(&stage));
    REQUIRE(send(stage.client, "\x00\x01x", 3, 0) == 3);
    stage_turn(&stage, 1, 0);
    REQUIRE_INT(stage.count, 1);
    for (size_t i = 0; i < 10000; i++) {
        outbox_push(stage.outbox, &stage.got[0]->from, datagram, sizeof(datagram));
    }
    stage_flush(&stage, stage.outbox);
    CHECK(stage.drops.n[DROP_SEND_QUEUE_FULL] > 0);
    CHECK_INT(tcp_connections(stage.tcp), 1);
out:
    stage_close(&stage);
}

TEST(connection_without_a_descriptor_is_turned_away)
{
    struct stage stage = {0};
    struct rlimit before;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    REQUIRE_OK(stage_open(&stage));
    int next = dup(stage.client);
    REQUIRE(next >= 0);
    (void)close(next);
    struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    loop_wait(stage.loop, mono_now_us(), mono_now_us() + 1000000);
    (void)setrlimit(RLIMIT_NOFILE, &before);
    uint8_t byte;
    CHECK_INT(tcp_connections(stage.tcp), 0);
    CHECK_INT(recv(stage.client, &byte, 1, MSG_DONTWAIT), 0); /* or the listener stays readable */
out:
    stage_close(&stage);
}

TEST(idle_connection_is_closed)
{
    struct stage stage = {0};
    REQUIRE_OK(stage_open(&stage));
    REQUIRE(send(stage.client, "\x00\x01x", 3, 0) == 3);
    stage_turn(&stage, 1, 0);
    REQUIRE_INT(tcp_connections(stage.tcp), 1);
    outbox_push(stage.outbox, &stage.got[0]->from, "answer", 6);
    stage_flush(&stage, stage.outbox);
    tcp_timeout(stage.tcp, mono_now_us() + TCP_IDLE_US - 10000000);
    CHECK_INT(tcp_connections(stage.tcp), 1);
    tcp_timeout(stage.tcp, mono_now_us() + TCP_IDLE_US + 10000000);
    CHECK_INT(tcp_connections(stage.tcp), 0);
    CHECK_INT(stage.closed, 1);
out:
    stage_close(&stage);
}

TEST(connection_that_is_not_answered_is_closed_soon)
{
    struct stage stage = {0};
    REQUIRE_OK(stage_open(&stage));
    REQUIRE(send(stage.client, "\x00\x01x", 3, 0) == 3);
    stage_turn(&stage, 1, 0);
    tcp_timeout(stage.tcp, mono_now_us() + TCP_UNANSWERED_US / 2);
    REQUIRE_INT(tcp_connections(stage.tcp), 1);
    tcp_timeout(stage.tcp, mono_now_us() + TCP_UNANSWERED_US + 10000000);
    CHECK_INT(tcp_connections(stage.tcp), 0);
out:
    stage_close(&stage);
}

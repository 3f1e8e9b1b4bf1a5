#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mono.h"
#include "net/socket_addr.h"
#include "net/udp.h"
#include "unit/runner.h"

enum { PACKETS_LARGE = 16 };

/** Two sockets on loopback, and one outbox whose flush sends from the first. */
struct pair {
    struct drop_counts drops;
    struct udp *a;
    struct udp *b;
    struct pool *packets;
    struct pool *large;
    struct outbox *outbox;
};

static void pair_flush(void *owner, struct outbox *outbox)
{
    struct pair *pair = owner;
    udp_send(pair->a, outbox);
    outbox_clear(outbox);
}

static int pair_open(struct pair *pair, const char *ip)
{
    struct udp_config config = {.ipv4 = true, .ipv6 = true};
    int err = addr_parse_ip(ip, 0, &config.bind);
    err = err == 0 ? udp_open(&pair->a, &config, &pair->drops) : err;
    err = err == 0 ? udp_open(&pair->b, &config, &pair->drops) : err;
    err = err == 0 ? packet_usual_pool_new(&pair->packets, 256) : err;
    err = err == 0 ? packet_pool_new(&pair->large, PACKETS_LARGE) : err;
    return err == 0 ? outbox_new(&pair->outbox, pair_flush, pair) : err;
}

static void pair_close(struct pair *pair)
{
    udp_close(&pair->a);
    udp_close(&pair->b);
    outbox_free(&pair->outbox);
    pool_free(&pair->packets);
    pool_free(&pair->large);
}

static struct five_tuple pair_to_b(const struct pair *pair, const char *ip)
{
    struct five_tuple to = {0};
    (void)addr_parse_ip(ip, udp_port(pair->b), &to.remote);
    (void)addr_parse_ip(ip, udp_port(pair->a), &to.local);
    return to;
}

/** Reads up to `want` packets, waiting for the kernel at most 2 s for each batch. */
static size_t receive_at(struct pair *pair, struct udp *udp, struct packet **out, size_t want)
{
    int descriptors[UDP_MAX_SOCKETS];
    struct pollfd ready[UDP_MAX_SOCKETS];
    size_t count = udp_descriptors(udp, descriptors);
    size_t got = 0;
    for (size_t i = 0; i < count; i++) {
        ready[i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
    }
    while (got < want && poll(ready, count, 2000) > 0) {
        for (size_t i = 0; i < count; i++) {
            struct packet *batch[UDP_BATCH];
            size_t read =
                udp_receive(udp, descriptors[i], pair->packets, pair->large, mono_now_us(), batch);
            for (size_t j = 0; j < read; j++) {
                if (got < want) {
                    out[got++] = batch[j];
                } else {
                    packet_unref(&batch[j]);
                }
            }
        }
    }
    return got;
}

static size_t pair_receive(struct pair *pair, struct packet **out, size_t want)
{
    return receive_at(pair, pair->b, out, want);
}

/** An RTP-like datagram: passes the filter. */
static size_t datagram(uint8_t *out, size_t len, uint8_t number)
{
    memset(out, number, len);
    out[0] = 0x80;
    return len;
}

/** Twenty datagrams: ten of one size, then a shorter one, then others of a size that leaves gaps.
 */
static size_t length_of(uint8_t number)
{
    return number < 10 ? 1200 : (number == 10 ? 700 : 901);
}

/** What comes to the patient sockets, or to the others. @return datagrams */
static size_t count_at(struct pair *pair, bool patient)
{
    int descriptors[UDP_MAX_SOCKETS];
    struct packet *batch[UDP_BATCH];
    size_t count = patient ? udp_patient_descriptors(pair->b, descriptors)
                           : udp_descriptors(pair->b, descriptors);
    size_t got = 0;
    for (size_t i = 0; i < count; i++) {
        struct pollfd ready = {.fd = descriptors[i], .events = POLLIN};
        size_t read = poll(&ready, 1, 200) > 0 ? udp_receive(pair->b, descriptors[i], pair->packets,
                                                             pair->large, mono_now_us(), batch)
                                               : 0;
        for (size_t j = 0; j < read; j++) {
            packet_unref(&batch[j]);
        }
        got += read;
    }
    return got;
}

static void check_sorting(const char *ip)
{
    static const uint8_t heads[][2] = {
        {0x8f, 205}, {0xaf, 205}, /* transport-wide feedback, padded too */
        {0x81, 205}, {0x8f, 206}, {0x81, 201}, {0x80, 96}, {0x90, 111}}; /* NACK, REMB, RR, RTP */
    struct pair pair = {0};
    struct udp_config same = {.ipv4 = true, .ipv6 = true};
    struct udp *second = NULL;
    REQUIRE_OK(pair_open(&pair, ip));
    struct five_tuple to = pair_to_b(&pair, ip);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        uint8_t data[40] = {heads[i][0], heads[i][1]};
        /* as those of strangers come: one by one, not as segments of one message */
        outbox_push(pair.outbox, &to, data, 20 + i);
        outbox_push(pair.outbox, &to, data, 1); /* too short for anything, and even to be sorted */
    }
    pair_flush(&pair, pair.outbox);
    CHECK_INT(count_at(&pair, false), 5);
    CHECK_INT(count_at(&pair, true), 2);
    same.bind = to.remote;
    same.port = udp_port(pair.b);
    CHECK_INT(udp_open(&second, &same, &pair.drops), ERR_IO); /* the port is not shared */
out:
    pair_close(&pair);
}

TEST_NO_OOM(feedback_alone_comes_to_the_patient_socket)
{
    check_sorting("127.0.0.1");
    check_sorting("::1");
    goto out;
out:
    return;
}

TEST_NO_OOM(what_one_receiver_gets_from_many_leaves_together)
{
    struct pair pair = {0};
    struct packet *got[12] = {NULL};
    uint8_t bytes[1200];
    struct outbox_place places[2] = {{0}};
    REQUIRE_OK(pair_open(&pair, "127.0.0.1"));
    struct five_tuple here = pair_to_b(&pair, "127.0.0.1");
    struct five_tuple there = here;
    there.remote.port = 9;
    for (uint8_t i = 0; i < 12; i++) { /* three who send, to both in turn */
        size_t len = datagram(bytes, i < 8 ? 400 : 100, i);
        memcpy(outbox_reserve(pair.outbox, len), bytes, len);
        outbox_commit(pair.outbox, &here, len, &places[0]);
        (void)outbox_reserve(pair.outbox, len);
        outbox_commit(pair.outbox, &there, len, &places[1]);
    }
    pair_flush(&pair, pair.outbox);
    CHECK_INT(udp_counters(pair.a)->datagrams_sent, 24);
    CHECK_INT(udp_counters(pair.a)->messages_sent, 4); /* eight and a shorter one, then three */
    REQUIRE_INT(pair_receive(&pair, got, 12), 12);
    for (uint8_t i = 0; i < 12; i++) {
        CHECK_INT(got[i]->data[1], i);
    }
out:
    for (size_t i = 0; i < 12; i++) {
        packet_unref(&got[i]);
    }
    pair_close(&pair);
}

/** Without checksums the kernel takes no segments, like a device that cannot. */
static bool refuse_segments(const struct udp *udp)
{
    int descriptors[UDP_MAX_SOCKETS];
    int on = 1;
    return udp_descriptors(udp, descriptors) == 1 &&
           setsockopt(descriptors[0], SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)) == 0;
}

static void send_and_check(const char *ip, bool segments)
{
    struct pair pair = {0};
    struct packet *got[20] = {NULL};
    uint8_t bytes[1200];
    size_t sent_messages;
    REQUIRE_OK(pair_open(&pair, ip));
    REQUIRE(segments || refuse_segments(pair.a));
    struct five_tuple to = pair_to_b(&pair, ip);
    for (uint8_t i = 0; i < 20; i++) {
        outbox_push(pair.outbox, &to, bytes, datagram(bytes, length_of(i), i));
    }
    int64_t before_us = mono_now_us();
    pair_flush(&pair, pair.outbox);
    sent_messages = udp_counters(pair.a)->messages_sent;
    CHECK_INT(udp_counters(pair.a)->datagrams_sent, 20);
    CHECK(segments ? sent_messages < 20 : sent_messages == 20);
    REQUIRE_INT(pair_receive(&pair, got, 20), 20);
    for (uint8_t i = 0; i < 20; i++) {
        CHECK_INT(got[i]->len, length_of(i));
        CHECK_INT(got[i]->data[1], i);
        CHECK_INT(got[i]->data[length_of(i) - 1], i);
        CHECK(addr_equal(&got[i]->from.remote, &to.local));
        CHECK(addr_equal(&got[i]->from.local, &to.remote));
        CHECK(got[i]->arrival_us <= mono_now_us() && got[i]->arrival_us > before_us - 1000000);
    }
out:
    for (size_t i = 0; i < 20; i++) {
        packet_unref(&got[i]);
    }
    pair_close(&pair);
}

/** An RTP-like datagram each of whose bytes tells its place. */
static void fill_numbered(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(i ^ i >> 8);
    }
    out[0] = 0x80;
}

/** As long as what they are usually read into, longer, the longest, and too long. */
TEST_NO_OOM(long_datagrams_arrive_whole_in_large_packets)
{
    static const uint16_t lengths[] = {PACKET_USUAL_BYTES, PACKET_USUAL_BYTES + 1, PACKET_MAX_BYTES,
                                       PACKET_MAX_BYTES + 1, 100};
    enum { COUNT = sizeof(lengths) / sizeof(lengths[0]), TOO_LONG = 3, WHOLE = COUNT - 1 };
    struct pair pair = {0};
    struct packet *got[WHOLE] = {NULL};
    uint8_t bytes[PACKET_MAX_BYTES + 1];
    fill_numbered(bytes, sizeof(bytes));
    REQUIRE_OK(pair_open(&pair, "127.0.0.1"));
    struct five_tuple to = pair_to_b(&pair, "127.0.0.1");
    for (size_t i = 0; i < COUNT; i++) { /* one by one, not as segments of one message */
        outbox_push(pair.outbox, &to, bytes, lengths[i]);
        pair_flush(&pair, pair.outbox);
    }
    REQUIRE_INT(pair_receive(&pair, got, WHOLE), WHOLE);
    for (size_t i = 0; i < WHOLE; i++) {
        REQUIRE_INT(got[i]->len, lengths[i < TOO_LONG ? i : i + 1]);
        CHECK(memcmp(got[i]->data, bytes, got[i]->len) == 0);
        CHECK(addr_equal(&got[i]->from.remote, &to.local));
        CHECK((got[i]->pool == pair.large) == (got[i]->len > PACKET_USUAL_BYTES));
    }
    CHECK_INT(pair.drops.n[DROP_TOO_LONG], 1);
out:
    for (size_t i = 0; i < WHOLE; i++) {
        packet_unref(&got[i]);
    }
    pair_close(&pair);
}

TEST(datagrams_arrive_whole_and_grouped_over_ipv4)
{
    send_and_check("127.0.0.1", true);
}

TEST(datagrams_arrive_whole_and_grouped_over_ipv6)
{
    send_and_check("::1", true);
}

TEST(datagrams_arrive_whole_when_the_kernel_takes_no_segments)
{
    send_and_check("127.0.0.1", false);
}

/** b listens on all of 127/8; a asks `ip`, so the answer must come from there. */
static void ask_and_check(const char *ip)
{
    struct pair pair = {0};
    struct packet *got[2] = {NULL};
    uint8_t bytes[100];
    struct udp_config all = {.ipv4 = true};
    REQUIRE_OK(pair_open(&pair, "127.0.0.1"));
    udp_close(&pair.b);
    REQUIRE_OK(udp_open(&pair.b, &all, &pair.drops));
    struct five_tuple to = pair_to_b(&pair, ip);
    to.local.family = ADDR_NONE;
    outbox_push(pair.outbox, &to, bytes, datagram(bytes, sizeof(bytes), 1));
    pair_flush(&pair, pair.outbox);
    REQUIRE_INT(pair_receive(&pair, got, 1), 1);
    CHECK(addr_equal(&got[0]->from.local, &to.remote));
    outbox_push(pair.outbox, &got[0]->from, bytes, datagram(bytes, sizeof(bytes), 2));
    udp_send(pair.b, pair.outbox);
    outbox_clear(pair.outbox);
    REQUIRE_INT(receive_at(&pair, pair.a, got + 1, 1), 1);
    CHECK_INT(got[1]->data[1], 2);
    CHECK(addr_equal(&got[1]->from.remote, &to.remote));
out:
    packet_unref(&got[0]);
    packet_unref(&got[1]);
    pair_close(&pair);
}

TEST(answer_leaves_from_the_address_that_was_asked)
{
    ask_and_check("127.0.0.1"); /* which has a socket of its own */
    ask_and_check("127.0.0.2"); /* which no interface lists */
}

TEST(filter_keeps_junk_out_of_the_process)
{
    struct pair pair = {0};
    struct packet *got[4] = {NULL};
    uint8_t bytes[64];
    REQUIRE_OK(pair_open(&pair, "127.0.0.1"));
    struct five_tuple to = pair_to_b(&pair, "127.0.0.1");
    memset(bytes, 0, sizeof(bytes));
    outbox_push(pair.outbox, &to, bytes, 64);  /* STUN without cookie */
    outbox_push(pair.outbox, &to, "hello", 5); /* too short */
    memset(bytes, 0xff, sizeof(bytes));
    outbox_push(pair.outbox, &to, bytes, 64); /* first byte in no range */
    bytes[0] = 70;
    outbox_push(pair.outbox, &to, bytes, 64); /* TURN channel data */
    bytes[0] = 22;
    outbox_push(pair.outbox, &to, bytes, 13); /* DTLS */
    outbox_push(pair.outbox, &to,
                "\x00\x01\x00\x00\x21\x12\xa4\x42"
                "012345678901",
                20); /* STUN */
    bytes[0] = 0x90;
    outbox_push(pair.outbox, &to, bytes, 60); /* RTP */
    pair_flush(&pair, pair.outbox);
    REQUIRE_INT(pair_receive(&pair, got, 3), 3);
    CHECK_INT(got[0]->data[0], 22);
    CHECK_INT(got[1]->data[0], 0);
    CHECK_INT(got[2]->data[0], 0x90);
out:
    for (size_t i = 0; i < 4; i++) {
        packet_unref(&got[i]);
    }
    pair_close(&pair);
}

TEST(taken_port_is_an_error)
{
    struct drop_counts drops = {0};
    struct udp *first = NULL;
    struct udp *second = NULL;
    struct addr local;
    int descriptor = -1;
    struct udp_config config = {.ipv4 = true};
    REQUIRE_OK(udp_open(&first, &config, &drops));
    config.port = udp_port(first);
    CHECK(udp_open(&second, &config, &drops) != 0);
    CHECK(second == NULL);
    /* not even one address of it, and not even for those who would share */
    REQUIRE_OK(addr_parse_ip("127.0.0.1", udp_port(first), &local));
    descriptor = socket_addr_open(SOCK_DGRAM, &local, true);
    CHECK(descriptor < 0);
out:
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    udp_close(&first);
    udp_close(&second);
}

/** This thread is on a host of its own, that has so many addresses. @return false where that is not
 * permitted */
static bool move_to_host(uint8_t addresses)
{
    if (unshare(CLONE_NEWNET) != 0) {
        return false;
    }
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = control >= 0;
    for (uint8_t i = 0; i < addresses && good; i++) {
        struct ifreq request = {.ifr_addr.sa_family = AF_INET};
        struct sockaddr_storage storage;
        struct addr address;
        char text[ADDR_TEXT_MAX];
        (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "lo:%u", i);
        (void)snprintf(text, sizeof(text), "10.1.1.%u", i + 1);
        good = addr_parse_ip(text, 0, &address) == 0;
        (void)memcpy(&request.ifr_addr, &storage, socket_addr_to(&address, &storage));
        good = good && ioctl(control, SIOCSIFADDR, &request) == 0;
    }
    (void)close(control);
    return good;
}

TEST_NO_OOM(more_addresses_than_sockets_share_one)
{
    struct pair pair = {.a = NULL};
    const struct udp_config config = {.ipv4 = true, .ipv6 = true};
    int before = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    int descriptors[UDP_MAX_SOCKETS + 4];
    bool moved = before >= 0 && move_to_host(2 * UDP_MAX_SOCKETS);
    if (moved) {
        REQUIRE_OK(udp_open(&pair.a, &config, &pair.drops));
        CHECK(udp_descriptors(pair.a, descriptors) <= UDP_MAX_SOCKETS);
        CHECK(udp_patient_descriptors(pair.a, descriptors) <= UDP_MAX_SOCKETS);
    }
out:
    udp_close(&pair.a);
    if (before >= 0) {
        (void)setns(before, CLONE_NEWNET);
        (void)close(before);
    }
}

/**
 * A hub with two peers driven by bytes: checks, answers, media, raw datagrams from several
 * addresses, time, restarts. Each step is an opcode byte, an address byte and what the step needs;
 * what does not parse ends the run.
 */
#include <string.h>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "support/stun_peer.h"
#include "transport/transport.h"

enum { STEPS = 64, PEERS = 2 };

static struct certificate *certificate;
static struct outbox *outbox;
static struct pool *packets;

struct world {
    struct transport_hub *hub;
    struct transport *peers[PEERS];
    struct drop_counts drops;
    struct rand rand;
    int64_t now_us;
    uint8_t last_check[12]; /**< transaction of our last STUN request to anybody */
};

static struct world world;

static void on_flush(void *owner, struct outbox *full)
{
    struct world *w = owner;
    for (size_t i = 0; i < full->count; i++) {
        FUZZ_CHECK(full->entries[i].len <= OUTBOX_MAX_DATAGRAM);
        if (full->entries[i].len >= 20 && full->entries[i].data[0] == 0 &&
            full->entries[i].data[1] == 1) {
            memcpy(w->last_check, full->entries[i].data + 8, 12);
        }
    }
    outbox_clear(full);
}

static struct five_tuple tuple_of(uint8_t number)
{
    struct five_tuple tuple = {0};
    tuple.remote = (struct addr){.ip = {192, 0, 2, (uint8_t)(number % 3)},
                                 .port = (uint16_t)(1000 + number / 3 % 8),
                                 .family = ADDR_IPV4};
    tuple.local = (struct addr){.ip = {198, 51, 100, 1}, .port = 7, .family = ADDR_IPV4};
    tuple.tcp = number >> 7;
    return tuple;
}

static void give(const struct five_tuple *from, const uint8_t *data, size_t len)
{
    struct packet *packet = packet_take(packets);
    struct transport *who = NULL;
    FUZZ_CHECK(packet != NULL);
    len = len > PACKET_MAX_BYTES ? PACKET_MAX_BYTES : len;
    if (len > 0) {
        memcpy(packet->data, data, len);
    }
    packet->len = (uint32_t)len;
    packet->from = *from;
    enum transport_verdict verdict = transport_hub_receive(world.hub, packet, world.now_us, &who);
    FUZZ_CHECK((verdict == TRANSPORT_DROPPED) == (who == NULL));
    packet_unref(&packet);
    on_flush(&world, outbox);
}

static void step_stun(uint8_t op, const struct five_tuple *from, uint8_t flags)
{
    static const char *const names[] = {"us0:a", "us1:b", "us2:c", "nobody:a"};
    uint8_t data[STUN_PEER_BYTES];
    struct stun_peer_request request = {.username = names[flags & 3],
                                        .password = (flags & 4) != 0 ? "wrong" : "pwd",
                                        .use_candidate = (flags & 8) != 0,
                                        .controlled = (flags & 16) != 0,
                                        .unknown = (flags & 32) != 0 ? 0x7777 : 0,
                                        .priority = flags};
    if (op == 1) { /* an answer to our last check */
        request.type = (flags & 8) != 0 ? 0x0111 : 0x0101;
        request.mapped = &from->local;
        memcpy(request.transaction, world.last_check, 12);
    }
    give(from, data, stun_peer_write(&request, data));
}

static void step_media(const struct five_tuple *from, uint8_t number, bool rtcp)
{
    uint8_t packet[200] = {0x80, rtcp ? 201 : 96};
    bytes_put_u16(packet + 2, rtcp ? 1 : number);
    bytes_put_u32(packet + (rtcp ? 4 : 8), number % 24);
    give(from, packet, rtcp ? 8 : sizeof(packet));
}

static void step_peer(uint8_t op, uint8_t number)
{
    struct transport *peer = world.peers[number % PEERS];
    struct five_tuple tuple = tuple_of(number);
    if (op == 4) {
        (void)transport_restart_ice(peer, (number & 64) != 0 ? "us2" : "us1", "pwd", "c", "theirs",
                                    world.now_us);
    } else if (op == 5) {
        (void)transport_adopt(peer, &tuple, SRTP_PROFILE_NULL, NULL, NULL, world.now_us);
    } else {
        uint8_t *data = transport_reserve(peer);
        memset(data, 0, 50);
        data[0] = 0x80;
        int err = transport_send_rtp(peer, data, 50);
        FUZZ_CHECK((err == 0) == transport_can_send(peer));
        on_flush(&world, outbox);
    }
}

static void time_passes(uint8_t number)
{
    world.now_us += (int64_t)number * number * 1000;
    for (int i = 0; i < PEERS; i++) {
        transport_timeout(world.peers[i], world.now_us);
        FUZZ_CHECK(transport_next_deadline(world.peers[i]) > world.now_us);
    }
    on_flush(&world, outbox);
}

static void begin(void)
{
    static const char *const ufrags[PEERS] = {"us0", "us1"};
    if (certificate == NULL) {
        FUZZ_CHECK(certificate_new(&certificate, 0) == 0);
        FUZZ_CHECK(outbox_new(&outbox, on_flush, &world) == 0);
        FUZZ_CHECK(packet_pool_new(&packets, 64) == 0);
    }
    rand_init(&world.rand, 1);
    if (world.hub == NULL) { /* kept: making one costs a hundred times a run */
        FUZZ_CHECK(
            transport_hub_new(&world.hub, certificate, outbox, &world.drops, &world.rand, 0) == 0);
    }
    world.now_us += 10000000; /* the limits of the last run are over */
    for (int i = 0; i < PEERS; i++) {
        struct transport_config config = {.local_ufrag = ufrags[i],
                                          .local_pwd = "pwd",
                                          .remote_ufrag = i == 0 ? "a" : "b",
                                          .remote_pwd = "pwd",
                                          .dtls_client = i == 1};
        FUZZ_CHECK(transport_new(&world.peers[i], world.hub, &config, NULL, world.now_us) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes bytes = bytes_over(data, len);
    begin();
    for (int i = 0; i < STEPS && bytes_left(&bytes) >= 3; i++) {
        uint8_t op = bytes_u8(&bytes) % 8;
        struct five_tuple from = tuple_of(bytes_u8(&bytes));
        uint8_t number = bytes_u8(&bytes);
        if (op <= 1) {
            step_stun(op, &from, number);
        } else if (op <= 3) {
            step_media(&from, number, op == 3);
        } else if (op <= 5) {
            step_peer(op, number);
        } else if (op == 6) {
            size_t raw = number < bytes_left(&bytes) ? number : bytes_left(&bytes);
            give(&from, bytes_take(&bytes, raw), raw);
        } else if ((number & 1) != 0) {
            time_passes(number);
        } else {
            step_peer(6, number);
            transport_hub_tcp_closed(world.hub, number >> 7);
        }
    }
    for (int i = 0; i < PEERS; i++) {
        transport_free(&world.peers[i]);
    }
    return 0;
}

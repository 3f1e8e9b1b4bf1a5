#include <stdio.h>

#include "base/bytes.h"
#include "relay/transport/dtls.h"
#include "relay/transport/dtls_record.h"
#include "relay/transport/srtp_session.h"
#include "support/stun_peer.h"
#include "support/vectors.h"
#include "transport/transport.h"
#include "unit/runner.h"

enum { BOX = 64, DATAGRAM = 1500, SECOND = 1000000 };

/** What the relay has sent. */
struct box {
    uint8_t data[BOX][DATAGRAM];
    size_t len[BOX];
    struct five_tuple to[BOX];
    size_t count;
    size_t bytes;
};

/** A hub with one transport, and the client on the other side. */
struct fixture {
    struct certificate *certificate;
    struct certificate *client_certificate;
    struct dtls_context *client_context;
    struct dtls *client;
    struct srtp_session *client_srtp;
    struct outbox *outbox;
    struct pool *packets;
    struct drop_counts drops;
    struct rand rand;
    struct transport_hub *hub;
    struct transport *transport;
    struct five_tuple tuple; /**< the client's */
    struct box *box;
    int64_t now_us;
    int64_t round_us; /* of a handshake's flights, there and back */
    int lost_ends;    /* of the relay's last flights, so many are lost */
};

static struct box the_box;

static void collect(void *owner, struct outbox *outbox)
{
    struct box *box = owner;
    for (size_t i = 0; i < outbox->count; i++) {
        if (box->count < BOX && outbox->entries[i].len <= DATAGRAM) {
            memcpy(box->data[box->count], outbox->entries[i].data, outbox->entries[i].len);
            box->len[box->count] = outbox->entries[i].len;
            box->to[box->count++] = outbox->destinations[outbox->entries[i].to];
        }
        box->bytes += outbox->entries[i].len;
    }
    outbox_clear(outbox);
}

static void flush(struct fixture *f)
{
    f->box->count = 0;
    f->box->bytes = 0;
    collect(f->box, f->outbox);
}

static struct five_tuple tuple_of(const char *remote)
{
    struct five_tuple tuple = {0};
    (void)addr_parse(remote, &tuple.remote);
    (void)addr_parse("198.51.100.1:7000", &tuple.local);
    return tuple;
}

static struct transport_fingerprint fingerprint_of(const struct certificate *certificate)
{
    struct transport_fingerprint out = {.hash = "sha-256", .bytes = 32};
    (void)vectors_hex(certificate_fingerprint(certificate), out.value, sizeof(out.value));
    return out;
}

static struct transport_config config_of(const struct fixture *f)
{
    return (struct transport_config){
        .local_ufrag = "usus",
        .local_pwd = "our-password",
        .remote_ufrag = "them",
        .remote_pwd = "their-password",
        .fingerprints = {fingerprint_of(f->client_certificate)},
        .fingerprint_count = 1,
    };
}

static int fixture_init(struct fixture *f, bool relay_is_client)
{
    memset(f, 0, sizeof(*f));
    rand_init(&f->rand, 1);
    f->box = &the_box;
    f->tuple = tuple_of("192.0.2.1:1000");
    f->now_us = SECOND;
    int err = certificate_new(&f->certificate, INT64_C(1767323045) * 1000000);
    err = err != 0 ? err : certificate_new(&f->client_certificate, INT64_C(1767323045) * 1000000);
    err = err != 0 ? err : dtls_context_new(&f->client_context, f->client_certificate);
    err = err != 0 ? err : outbox_new(&f->outbox, collect, f->box);
    err = err != 0 ? err : packet_pool_new(&f->packets, 64);
    err = err != 0 ? err
                   : transport_hub_new(&f->hub, f->certificate, f->outbox, &f->drops, &f->rand,
                                       f->now_us);
    if (err == 0) {
        struct transport_fingerprint fingerprint = fingerprint_of(f->certificate);
        struct transport_config config = config_of(f);
        config.dtls_client = relay_is_client;
        err = dtls_new(&f->client, f->client_context, !relay_is_client, &fingerprint, 1);
        err = err != 0 ? err : transport_new(&f->transport, f->hub, &config, f, f->now_us);
    }
    return err;
}

static void fixture_deinit(struct fixture *f)
{
    transport_free(&f->transport);
    transport_hub_free(&f->hub);
    srtp_session_free(&f->client_srtp);
    dtls_free(&f->client);
    dtls_context_free(&f->client_context);
    certificate_free(&f->certificate);
    certificate_free(&f->client_certificate);
    outbox_free(&f->outbox);
    if (f->packets != NULL) {
        pool_free(&f->packets);
    }
}

/** One datagram into the hub; what it answers is in the box. */
static enum transport_verdict give(struct fixture *f, const struct five_tuple *from,
                                   const uint8_t *data, size_t len)
{
    struct transport *who = NULL;
    enum transport_verdict verdict = TRANSPORT_DROPPED;
    struct packet *packet = packet_take(f->packets);
    if (packet != NULL) {
        memcpy(packet->data, data, len);
        packet->len = (uint32_t)len;
        packet->from = *from;
        verdict = transport_hub_receive(f->hub, packet, f->now_us, &who);
        CHECK(who == (verdict == TRANSPORT_DROPPED ? NULL : f->transport));
        packet_unref(&packet);
    }
    flush(f);
    return verdict;
}

static enum transport_verdict check(struct fixture *f, const struct five_tuple *from, bool nominate)
{
    uint8_t data[STUN_PEER_BYTES];
    struct stun_peer_request request = {.username = "usus:them",
                                        .password = "our-password",
                                        .use_candidate = nominate,
                                        .priority = 100};
    size_t len = stun_peer_write(&request, data);
    return give(f, from, data, len);
}

/** Carries DTLS between the client and the hub until both are silent. */
static void run_dtls(struct fixture *f)
{
    for (int round = 0; round < 10; round++) {
        const uint8_t *data = NULL;
        size_t len = 0;
        size_t moved = 0;
        f->now_us += f->round_us;
        for (size_t i = 0; i < f->box->count; i++) {
            if (f->box->data[i][0] == DTLS_RECORD_CCS && f->lost_ends > 0) {
                f->lost_ends--;
            } else if (f->box->data[i][0] >= 20 && f->box->data[i][0] < 64) {
                (void)dtls_receive(f->client, f->box->data[i], f->box->len[i], f->now_us);
            }
        }
        f->box->count = 0;
        static struct box answers;
        answers.count = 0;
        while ((data = dtls_poll(f->client, &len)) != NULL) {
            (void)give(f, &f->tuple, data, len);
            moved++;
            for (size_t i = 0; i < f->box->count && answers.count < BOX; i++) {
                memcpy(answers.data[answers.count], f->box->data[i], f->box->len[i]);
                answers.len[answers.count++] = f->box->len[i];
            }
        }
        *f->box = answers;
        if (moved == 0 && answers.count == 0) {
            return;
        }
    }
}

static int client_keys(struct fixture *f)
{
    uint8_t send_key[SRTP_SESSION_MAX_KEY];
    uint8_t receive_key[SRTP_SESSION_MAX_KEY];
    enum srtp_profile profile = dtls_keys(f->client, send_key, receive_key);
    return profile == SRTP_PROFILE_NONE
               ? -1
               : srtp_session_new(&f->client_srtp, profile, send_key, receive_key);
}

/** A valid check, DTLS, keys on both sides. */
static int connect(struct fixture *f)
{
    if (check(f, &f->tuple, true) != TRANSPORT_CONSUMED) {
        return -1;
    }
    if (dtls_state(f->client) == DTLS_IDLE) {
        (void)dtls_start(f->client, f->now_us); /* refused when the client is the DTLS server */
    }
    run_dtls(f);
    return transport_state(f->transport) != TRANSPORT_CONNECTED ? -1 : client_keys(f);
}

static size_t make_rtp(uint8_t *packet, uint32_t ssrc, uint16_t seq, size_t payload)
{
    memset(packet, 0, 12 + payload);
    packet[0] = 0x80;
    packet[1] = 96;
    bytes_put_u16(packet + 2, seq);
    bytes_put_u32(packet + 8, ssrc);
    return 12 + payload;
}

/** SRTP of the client from an address. */
static enum transport_verdict send_media(struct fixture *f, const struct five_tuple *from,
                                         uint32_t ssrc, uint16_t seq)
{
    _Alignas(16) uint8_t packet[400];
    size_t len = make_rtp(packet, ssrc, seq, 160);
    if (srtp_session_protect_rtp(f->client_srtp, packet, &len) != 0) {
        return TRANSPORT_DROPPED;
    }
    return give(f, from, packet, len);
}

/** What the relay sends arrives there, and the client can read it. */
static bool relay_sends_to(struct fixture *f, const struct five_tuple *to, uint16_t seq)
{
    uint8_t *data = transport_reserve(f->transport);
    size_t len = make_rtp(data, 77, seq, 100);
    int err = transport_send_rtp(f->transport, data, len);
    flush(f);
    if (err != 0 || f->box->count != 1 || !five_tuple_equal(&f->box->to[0], to)) {
        return false;
    }
    size_t wire = f->box->len[0];
    return srtp_session_unprotect_rtp(f->client_srtp, f->box->data[0], &wire) == DROP_NONE &&
           wire == len;
}

TEST(a_call_connects_in_either_dtls_role)
{
    for (int role = 0; role < 2; role++) {
        struct fixture f;
        REQUIRE_OK(fixture_init(&f, role == 1));
        f.round_us = 30000;
        CHECK_INT(transport_rtt_us(f.transport), 0);
        CHECK_INT(transport_state(f.transport), TRANSPORT_NEW);
        CHECK(!transport_can_send(f.transport));
        REQUIRE_OK(connect(&f));
        CHECK(transport_can_send(f.transport));
        CHECK_INT(transport_rtt_us(f.transport), f.round_us);
        CHECK_INT(send_media(&f, &f.tuple, 5, 1), TRANSPORT_RTP);
        CHECK(relay_sends_to(&f, &f.tuple, 1));
        CHECK(transport_owner(f.transport) == &f);
        fixture_deinit(&f);
        continue;
    out:
        fixture_deinit(&f);
        return;
    }
}

TEST(who_lost_the_end_of_the_handshake_was_deaf_until_then)
{
    for (int late = 0; late < 2; late++) {
        struct fixture f;
        REQUIRE_OK(fixture_init(&f, false));
        f.lost_ends = 1;
        f.round_us = late == 0 ? 80000 : 500000;
        dtls_set_rtt(f.client, 1); /* repeats after 100 ms */
        CHECK(connect(&f) != 0);   /* the client has no keys yet */
        CHECK_INT(transport_state(f.transport), TRANSPORT_CONNECTED);
        CHECK(!transport_was_deaf(f.transport));
        REQUIRE(dtls_next_deadline(f.client) < INT64_MAX);
        f.now_us = dtls_next_deadline(f.client);
        dtls_timeout(f.client, f.now_us);
        run_dtls(&f);
        REQUIRE_OK(client_keys(&f));
        CHECK(relay_sends_to(&f, &f.tuple, 1));
        /* Where the first copy could not have reached it, its repetition says nothing. */
        CHECK_INT(transport_was_deaf(f.transport), late == 0);
        CHECK(!transport_was_deaf(f.transport)); /* told once */
        fixture_deinit(&f);
        continue;
    out:
        fixture_deinit(&f);
        return;
    }
}

TEST(strangers_get_nothing_whatever_they_send)
{
    struct fixture f;
    uint8_t data[STUN_PEER_BYTES];
    uint8_t junk[300];
    struct vectors hellos = {0};
    struct five_tuple stranger = tuple_of("203.0.113.9:9");
    size_t answered = 0;
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(vectors_load_hex("corpus/chromium156.dtls.hex", &hellos));
    for (int connected = 0; connected < 2; connected++) {
        struct stun_peer_request request = {.priority = 1};
        size_t len = stun_peer_write(&request, data); /* bare */
        CHECK_INT(give(&f, &stranger, data, len), TRANSPORT_DROPPED);
        answered += f.box->bytes;
        request.username = "nobody:them";
        request.password = "our-password";
        len = stun_peer_write(&request, data);
        CHECK_INT(give(&f, &stranger, data, len), TRANSPORT_DROPPED);
        answered += f.box->bytes;
        request.username = "usus:them";
        request.password = "wrong";
        request.unknown = 0x7777; /* an error would be due, to a peer with proof */
        len = stun_peer_write(&request, data);
        CHECK_INT(give(&f, &stranger, data, len), TRANSPORT_DROPPED);
        answered += f.box->bytes;
        request = (struct stun_peer_request){.type = 0x0011};
        len = stun_peer_write(&request, data); /* indication */
        CHECK_INT(give(&f, &stranger, data, len), TRANSPORT_DROPPED);
        request = (struct stun_peer_request){
            .type = 0x0101, .password = "their-password", .mapped = &stranger.local};
        len = stun_peer_write(&request, data); /* an answer that nobody asked for */
        CHECK_INT(give(&f, &stranger, data, len), TRANSPORT_DROPPED);
        answered += f.box->bytes;
        for (size_t i = 0; i < 2; i++) {
            CHECK_INT(give(&f, &stranger, hellos.at[i], hellos.len[i]), TRANSPORT_DROPPED);
            answered += f.box->bytes;
        }
        for (int i = 0; i < 2000; i++) {
            size_t n = 1 + rand_below(&f.rand, sizeof(junk) - 1);
            rand_fill(&f.rand, junk, n);
            CHECK_INT(give(&f, &stranger, junk, n), TRANSPORT_DROPPED);
            answered += f.box->bytes;
        }
        if (connected == 0) {
            REQUIRE_OK(connect(&f));
        }
    }
    CHECK_INT(answered, 0);
    CHECK_INT(f.drops.n[DROP_STUN_UNKNOWN_UFRAG], 4); /* no name, and nobodys name, twice */
    CHECK_INT(f.drops.n[DROP_STUN_BAD_INTEGRITY], 2);
    CHECK_INT(f.drops.n[DROP_STUN_UNEXPECTED_RESPONSE], 2);
    CHECK(f.drops.n[DROP_NO_TUPLE] >= 4);
    CHECK(f.drops.n[DROP_UNKNOWN_FIRST_BYTE] > 0);
    CHECK_INT(transport_state(f.transport), TRANSPORT_CONNECTED);
    CHECK(relay_sends_to(&f, &f.tuple, 1));
out:
    vectors_free(&hellos);
    fixture_deinit(&f);
}

TEST(answers_before_dtls_are_smaller_than_the_checks)
{
    struct fixture f;
    uint8_t data[STUN_PEER_BYTES];
    REQUIRE_OK(fixture_init(&f, false));
    struct stun_peer_request request = {
        .username = "usus:them", .password = "our-password", .priority = 7};
    size_t len = stun_peer_write(&request, data);
    CHECK_INT(give(&f, &f.tuple, data, len), TRANSPORT_CONSUMED);
    CHECK_INT(f.box->count, 1);
    CHECK(f.box->bytes < len);
    CHECK(five_tuple_equal(&f.box->to[0], &f.tuple));
    CHECK_INT(transport_state(f.transport), TRANSPORT_CHECKED);
out:
    fixture_deinit(&f);
}

TEST(failed_integrity_is_bounded_per_source_and_not_per_ufrag)
{
    struct fixture f;
    uint8_t data[STUN_PEER_BYTES];
    struct five_tuple stranger = tuple_of("203.0.113.9:9");
    REQUIRE_OK(fixture_init(&f, false));
    struct stun_peer_request request = {.username = "usus:them", .password = "guess"};
    size_t len = stun_peer_write(&request, data);
    for (int i = 0; i < 200; i++) {
        CHECK_INT(give(&f, &stranger, data, len), TRANSPORT_DROPPED);
    }
    CHECK_INT(f.drops.n[DROP_STUN_BAD_INTEGRITY], 50);
    CHECK_INT(f.drops.n[DROP_STUN_RATE], 150);
    CHECK_INT(check(&f, &f.tuple, true), TRANSPORT_CONSUMED); /* the owner is not shut out */
    CHECK_INT(check(&f, &stranger, false), TRANSPORT_DROPPED);
    f.now_us += SECOND;
    CHECK_INT(check(&f, &stranger, false), TRANSPORT_CONSUMED);
out:
    fixture_deinit(&f);
}

TEST(plain_rtp_and_foreign_keys_do_not_reach_anybody)
{
    struct fixture f;
    _Alignas(16) uint8_t packet[400];
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_INT(check(&f, &f.tuple, true), TRANSPORT_CONSUMED);
    size_t len = make_rtp(packet, 5, 1, 160);
    CHECK_INT(give(&f, &f.tuple, packet, len), TRANSPORT_DROPPED);
    CHECK_INT(f.drops.n[DROP_NOT_SECURE], 1);
    REQUIRE_OK(connect(&f));
    CHECK_INT(give(&f, &f.tuple, packet, len), TRANSPORT_DROPPED);
    CHECK_INT(f.drops.n[DROP_SRTP_AUTH], 1);
    CHECK_INT(send_media(&f, &f.tuple, 5, 1), TRANSPORT_RTP);
    len = make_rtp(packet, 5, 1, 160); /* the very same again */
    REQUIRE_OK(srtp_session_protect_rtp(f.client_srtp, packet, &len));
    CHECK_INT(give(&f, &f.tuple, packet, len), TRANSPORT_DROPPED);
    CHECK_INT(f.drops.n[DROP_SRTP_REPLAY], 1);
    for (size_t cut = 0; cut < 40; cut++) {
        CHECK_INT(give(&f, &f.tuple, packet, cut), TRANSPORT_DROPPED);
    }
out:
    fixture_deinit(&f);
}

TEST(a_nominating_check_from_elsewhere_moves_the_path)
{
    struct fixture f;
    struct five_tuple elsewhere = tuple_of("192.0.2.1:2000");
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    CHECK(relay_sends_to(&f, &f.tuple, 1));
    CHECK_INT(check(&f, &elsewhere, true), TRANSPORT_CONSUMED);
    CHECK(relay_sends_to(&f, &elsewhere, 2));
    CHECK_INT(transport_hub_path_moves(f.hub), 1);
    CHECK_INT(send_media(&f, &elsewhere, 5, 1), TRANSPORT_RTP);
out:
    fixture_deinit(&f);
}

TEST(a_plain_check_and_then_media_moves_the_path)
{
    struct fixture f;
    struct five_tuple elsewhere = tuple_of("192.0.2.1:2000");
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    f.now_us += 1000;
    CHECK_INT(check(&f, &elsewhere, false), TRANSPORT_CONSUMED);
    CHECK(relay_sends_to(&f, &f.tuple, 1));
    CHECK_INT(send_media(&f, &elsewhere, 5, 1), TRANSPORT_RTP);
    CHECK(relay_sends_to(&f, &elsewhere, 2));
    CHECK_INT(transport_hub_path_moves(f.hub), 1);
out:
    fixture_deinit(&f);
}

TEST(media_from_elsewhere_is_taken_and_its_address_tried)
{
    struct fixture f;
    struct five_tuple elsewhere = tuple_of("192.0.2.77:3000");
    uint8_t data[STUN_PEER_BYTES];
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    CHECK_INT(send_media(&f, &elsewhere, 5, 1), TRANSPORT_DROPPED); /* SSRC not known yet */
    CHECK_INT(send_media(&f, &f.tuple, 5, 2), TRANSPORT_RTP);
    CHECK_INT(send_media(&f, &elsewhere, 5, 3), TRANSPORT_RTP);
    REQUIRE_INT(f.box->count, 1); /* one check of ours, not larger than what earned it */
    CHECK(f.box->bytes <= 160 + 12 + 16);
    CHECK(five_tuple_equal(&f.box->to[0], &elsewhere));
    CHECK(stun_peer_verify(f.box->data[0], f.box->len[0], "their-password"));
    struct stun_peer_request response = {
        .type = 0x0101, .password = "their-password", .mapped = &elsewhere.local};
    memcpy(response.transaction, f.box->data[0] + 8, 12);
    CHECK_INT(send_media(&f, &elsewhere, 5, 4), TRANSPORT_RTP);
    CHECK_INT(f.box->count, 0);             /* not another within 50 ms */
    CHECK(relay_sends_to(&f, &f.tuple, 1)); /* not moved yet */
    f.now_us += 20000;
    size_t len = stun_peer_write(&response, data);
    CHECK_INT(give(&f, &elsewhere, data, len), TRANSPORT_CONSUMED);
    CHECK(relay_sends_to(&f, &elsewhere, 2));
    CHECK_INT(transport_hub_path_moves(f.hub), 1);
    CHECK_INT(send_media(&f, &elsewhere, 5, 5), TRANSPORT_RTP);
    CHECK_INT(f.box->count, 0);
out:
    fixture_deinit(&f);
}

/** The shortest that a player says while it plays: a receiver report of one block. */
static enum transport_verdict send_report(struct fixture *f, const struct five_tuple *from)
{
    _Alignas(16) uint8_t packet[100] = {0x81, 201, 0, 7, 0, 0, 0, 9, 0, 0, 0, 77};
    size_t len = 32;
    if (srtp_session_protect_rtcp(f->client_srtp, packet, &len) != 0) {
        return TRANSPORT_DROPPED;
    }
    return give(f, from, packet, len);
}

TEST(a_players_short_report_earns_its_new_path_a_check)
{
    struct fixture f;
    struct five_tuple elsewhere = tuple_of("192.0.2.77:3000");
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    CHECK_INT(send_report(&f, &f.tuple), TRANSPORT_RTCP);
    CHECK_INT(send_report(&f, &elsewhere), TRANSPORT_RTCP);
    REQUIRE_INT(f.box->count, 1);
    CHECK(five_tuple_equal(&f.box->to[0], &elsewhere));
    CHECK(f.box->bytes > 32 + 4 + 16);        /* longer than what earned it */
    CHECK(f.box->bytes <= 3 * (32 + 4 + 16)); /* but no amplifier (RFC 9000 8.1) */
out:
    fixture_deinit(&f);
}

TEST(media_from_elsewhere_counts_against_the_peers_rate)
{
    struct fixture f;
    struct five_tuple elsewhere = tuple_of("192.0.2.77:3000");
    uint8_t junk[200];
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    CHECK_INT(send_media(&f, &f.tuple, 5, 0), TRANSPORT_RTP);
    size_t len = make_rtp(junk, 5, 9999, 160);
    CHECK_INT(give(&f, &elsewhere, junk, len),
              TRANSPORT_DROPPED); /* proves nothing, costs nothing */
    for (uint16_t i = 1; i < TRANSPORT_MAX_PACKETS_PER_S + 10; i++) {
        enum transport_verdict wanted =
            i < TRANSPORT_MAX_PACKETS_PER_S ? TRANSPORT_RTP : TRANSPORT_DROPPED;
        REQUIRE_INT(send_media(&f, &elsewhere, 5, i), wanted);
    }
    CHECK_INT(f.drops.n[DROP_RATE], 10);
out:
    fixture_deinit(&f);
}

TEST(trial_decryption_is_bounded_per_source)
{
    struct fixture f;
    struct five_tuple stranger = tuple_of("203.0.113.9:9");
    uint8_t packet[200];
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    transport_expect_ssrc(f.transport, 99);
    size_t len = make_rtp(packet, 99, 1, 160);
    for (int i = 0; i < 200; i++) {
        CHECK_INT(give(&f, &stranger, packet, len), TRANSPORT_DROPPED);
        CHECK_INT(f.box->count, 0);
    }
    CHECK_INT(f.drops.n[DROP_SRTP_AUTH], 50);
    CHECK_INT(f.drops.n[DROP_NO_TUPLE], 150);
out:
    fixture_deinit(&f);
}

TEST(without_checks_we_ask_then_fall_silent_then_close)
{
    struct fixture f;
    size_t asked = 0;
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    int64_t start_us = f.now_us;
    while (transport_state(f.transport) == TRANSPORT_CONNECTED && f.now_us < 100 * SECOND) {
        f.now_us = transport_next_deadline(f.transport);
        transport_timeout(f.transport, f.now_us);
        flush(&f);
        asked += f.box->count;
    }
    CHECK_INT(transport_state(f.transport), TRANSPORT_SILENT);
    CHECK_INT(f.now_us - start_us, 30 * SECOND);
    CHECK(asked >= 5 && asked <= 7);
    CHECK(!transport_can_send(f.transport));
    CHECK_INT(check(&f, &f.tuple, false), TRANSPORT_CONSUMED); /* back again */
    CHECK_INT(transport_state(f.transport), TRANSPORT_CONNECTED);
    CHECK(relay_sends_to(&f, &f.tuple, 1));
    start_us = f.now_us;
    for (int i = 0; i < 100 && transport_state(f.transport) != TRANSPORT_CLOSED; i++) {
        f.now_us = transport_next_deadline(f.transport);
        transport_timeout(f.transport, f.now_us);
        flush(&f);
    }
    CHECK_INT(f.now_us - start_us, 45 * SECOND);
    CHECK_STR(transport_close_cause(f.transport), "consent expired");
    CHECK_INT(transport_next_deadline(f.transport), INT64_MAX);
    CHECK_INT(check(&f, &f.tuple, true), TRANSPORT_DROPPED);
out:
    fixture_deinit(&f);
}

TEST(sessions_that_prove_nothing_end)
{
    struct fixture f;
    REQUIRE_OK(fixture_init(&f, false));
    CHECK_INT(transport_next_deadline(f.transport), 16 * SECOND);
    transport_timeout(f.transport, 16 * SECOND - 1);
    CHECK_INT(transport_state(f.transport), TRANSPORT_NEW);
    transport_timeout(f.transport, 16 * SECOND);
    CHECK_INT(transport_state(f.transport), TRANSPORT_CLOSED);
    CHECK_STR(transport_close_cause(f.transport), "no valid check");
    fixture_deinit(&f);
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_INT(check(&f, &f.tuple, true), TRANSPORT_CONSUMED);
    f.now_us += 10 * SECOND;
    transport_timeout(f.transport, f.now_us);
    CHECK_INT(transport_state(f.transport), TRANSPORT_CLOSED);
    CHECK_STR(transport_close_cause(f.transport), "DTLS timeout");
out:
    fixture_deinit(&f);
}

TEST(a_wrong_fingerprint_ends_in_a_named_close)
{
    struct fixture f;
    REQUIRE_OK(fixture_init(&f, false));
    struct transport_config config = config_of(&f);
    config.fingerprints[0].value[3] ^= 1;
    transport_free(&f.transport);
    REQUIRE_OK(transport_new(&f.transport, f.hub, &config, &f, f.now_us));
    CHECK(connect(&f) != 0);
    CHECK_INT(transport_state(f.transport), TRANSPORT_CHECKED);
    f.now_us += 10 * SECOND;
    transport_timeout(f.transport, f.now_us);
    CHECK_STR(transport_close_cause(f.transport), "fingerprint mismatch");
out:
    fixture_deinit(&f);
}

TEST(close_notify_ends_it_on_both_sides)
{
    struct fixture f;
    const uint8_t *data = NULL;
    size_t len = 0;
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    dtls_close(f.client);
    data = dtls_poll(f.client, &len);
    REQUIRE(data != NULL);
    CHECK_INT(give(&f, &f.tuple, data, len), TRANSPORT_CONSUMED);
    CHECK_INT(transport_state(f.transport), TRANSPORT_CLOSED);
    fixture_deinit(&f);
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    transport_close(f.transport, "leave");
    flush(&f);
    CHECK_INT(f.box->count, 1);
    CHECK_STR(transport_close_cause(f.transport), "leave");
    (void)dtls_receive(f.client, f.box->data[0], f.box->len[0], f.now_us);
    CHECK_INT(dtls_state(f.client), DTLS_CLOSED);
    CHECK_INT(send_media(&f, &f.tuple, 5, 1), TRANSPORT_DROPPED);
out:
    fixture_deinit(&f);
}

TEST_NO_OOM(handshakes_at_once_are_bounded)
{
    enum { MANY = TRANSPORT_MAX_HANDSHAKES + 3 };
    static struct transport *many[MANY];
    struct fixture f;
    const uint8_t *hello = NULL;
    size_t len = 0;
    memset(many, 0, sizeof(many));
    REQUIRE_OK(fixture_init(&f, false));
    struct transport_config config = config_of(&f);
    REQUIRE_OK(dtls_start(f.client, f.now_us));
    hello = dtls_poll(f.client, &len);
    REQUIRE(hello != NULL);
    for (int i = 0; i < MANY; i++) {
        char ufrag[16];
        char from[32];
        char username[32];
        uint8_t data[STUN_PEER_BYTES];
        (void)snprintf(ufrag, sizeof(ufrag), "us%d", i);
        (void)snprintf(username, sizeof(username), "us%d:them", i);
        (void)snprintf(from, sizeof(from), "192.0.2.1:%d", 2000 + i);
        config.local_ufrag = ufrag;
        struct five_tuple tuple = tuple_of(from);
        REQUIRE_OK(transport_new(&many[i], f.hub, &config, NULL, f.now_us));
        struct stun_peer_request request = {.username = username, .password = "our-password"};
        struct transport *keep = f.transport;
        f.transport = many[i];
        CHECK_INT(give(&f, &tuple, data, stun_peer_write(&request, data)), TRANSPORT_CONSUMED);
        CHECK_INT(give(&f, &tuple, hello, len),
                  i < TRANSPORT_MAX_HANDSHAKES ? TRANSPORT_CONSUMED : TRANSPORT_DROPPED);
        f.transport = keep;
    }
    CHECK_INT(f.drops.n[DROP_DTLS_BUSY], 3);
    transport_free(&many[0]); /* makes room for one */
    struct five_tuple tuple = tuple_of("192.0.2.1:2258");
    struct transport *keep = f.transport;
    f.transport = many[MANY - 1];
    CHECK_INT(give(&f, &tuple, hello, len), TRANSPORT_CONSUMED);
    f.transport = keep;
out:
    for (int i = 0; i < MANY; i++) {
        transport_free(&many[i]);
    }
    fixture_deinit(&f);
}

TEST(a_tuple_in_use_is_not_given_to_another_peer)
{
    struct fixture f;
    struct transport *other = NULL;
    uint8_t data[STUN_PEER_BYTES];
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    struct transport_config config = config_of(&f);
    CHECK_INT(transport_new(&other, f.hub, &config, NULL, f.now_us), -6); /* the ufrag is taken */
    config.local_ufrag = "other";
    REQUIRE_OK(transport_new(&other, f.hub, &config, NULL, f.now_us));
    struct stun_peer_request request = {.username = "other:them", .password = "our-password"};
    size_t len = stun_peer_write(&request, data);
    CHECK_INT(give(&f, &f.tuple, data, len), TRANSPORT_DROPPED);
    CHECK_INT(send_media(&f, &f.tuple, 5, 1), TRANSPORT_RTP);
    f.now_us += 6 * SECOND; /* nothing was checked there for a while, but somebody speaks */
    CHECK_INT(send_media(&f, &f.tuple, 5, 2), TRANSPORT_RTP);
    CHECK_INT(give(&f, &f.tuple, data, len), TRANSPORT_DROPPED);
    f.now_us += 6 * SECOND; /* a new session on an old port */
    struct transport *keep = f.transport;
    f.transport = other;
    CHECK_INT(give(&f, &f.tuple, data, len), TRANSPORT_CONSUMED);
    f.transport = keep;
    CHECK(!transport_can_send(f.transport));
out:
    transport_free(&other);
    fixture_deinit(&f);
}

TEST(ice_restart_keeps_media_going)
{
    struct fixture f;
    uint8_t data[STUN_PEER_BYTES];
    struct five_tuple elsewhere = tuple_of("192.0.2.1:2000");
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(connect(&f));
    REQUIRE_OK(transport_restart_ice(f.transport, "us2", "our2", "them2", "their2", f.now_us));
    CHECK_INT(transport_restart_ice(f.transport, "us2", "our2", "them2", "their2", f.now_us), -6);
    CHECK(relay_sends_to(&f, &f.tuple, 1));
    CHECK_INT(check(&f, &f.tuple, true), TRANSPORT_CONSUMED);
    struct stun_peer_request request = {
        .username = "us2:them2", .password = "our2", .use_candidate = true};
    size_t len = stun_peer_write(&request, data);
    CHECK_INT(give(&f, &elsewhere, data, len), TRANSPORT_CONSUMED);
    CHECK(relay_sends_to(&f, &elsewhere, 2));
    CHECK_INT(check(&f, &f.tuple, true), TRANSPORT_DROPPED); /* the old credentials are gone */
    CHECK_INT(f.drops.n[DROP_STUN_UNKNOWN_UFRAG], 1);
    REQUIRE_OK(transport_restart_ice(f.transport, "us3", "p", "them2", "their2", f.now_us));
    REQUIRE_OK(transport_restart_ice(f.transport, "us4", "p", "them2", "their2", f.now_us));
    CHECK_INT(transport_state(f.transport), TRANSPORT_CONNECTED);
out:
    fixture_deinit(&f);
}

TEST(a_closed_tcp_connection_stops_sending)
{
    struct fixture f;
    REQUIRE_OK(fixture_init(&f, false));
    f.tuple.tcp = 12;
    REQUIRE_OK(connect(&f));
    CHECK(relay_sends_to(&f, &f.tuple, 1));
    transport_hub_tcp_closed(f.hub, 12);
    CHECK(!transport_can_send(f.transport));
    CHECK_INT(send_media(&f, &f.tuple, 5, 1), TRANSPORT_DROPPED);
    f.tuple.tcp = 13;
    CHECK_INT(check(&f, &f.tuple, true), TRANSPORT_CONSUMED);
    CHECK(relay_sends_to(&f, &f.tuple, 2));
out:
    fixture_deinit(&f);
}

TEST(adopted_keys_carry_media_without_a_handshake)
{
    static const uint8_t key[SRTP_SESSION_MAX_KEY] = {1, 2, 3};
    static const enum srtp_profile profiles[] = {SRTP_PROFILE_GCM_128, SRTP_PROFILE_NULL};
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        REQUIRE_OK(fixture_init(&f, false));
        REQUIRE_OK(transport_adopt(f.transport, &f.tuple, profiles[i], key, key, f.now_us));
        CHECK_INT(transport_adopt(f.transport, &f.tuple, profiles[i], key, key, f.now_us), -7);
        REQUIRE_OK(srtp_session_new(&f.client_srtp, profiles[i], key, key));
        CHECK_INT(send_media(&f, &f.tuple, 5, 1), TRANSPORT_RTP);
        CHECK(relay_sends_to(&f, &f.tuple, 2));
        uint8_t *data = transport_reserve(f.transport);
        memcpy(data, "\x80\xc9\x00\x01\x00\x00\x00\x05", 8);
        CHECK_INT(transport_send_rtcp(f.transport, data, 8), 0);
        fixture_deinit(&f);
        continue;
    out:
        fixture_deinit(&f);
        return;
    }
}

TEST(what_cannot_be_encrypted_is_counted)
{
    static const uint8_t key[SRTP_SESSION_MAX_KEY] = {1, 2, 3};
    struct fixture f;
    REQUIRE_OK(fixture_init(&f, false));
    REQUIRE_OK(transport_adopt(f.transport, &f.tuple, SRTP_PROFILE_GCM_128, key, key, f.now_us));
    REQUIRE_OK(srtp_session_new(&f.client_srtp, SRTP_PROFILE_GCM_128, key, key));
    REQUIRE(relay_sends_to(&f, &f.tuple, TRANSPORT_REPEAT_WINDOW));
    CHECK_INT(f.drops.n[DROP_SRTP_SEND], 0);
    CHECK(!relay_sends_to(&f, &f.tuple, 0)); /* the first one that is too far back */
    CHECK_INT(f.drops.n[DROP_SRTP_SEND], 1);
    CHECK(relay_sends_to(&f, &f.tuple, 1));
out:
    fixture_deinit(&f);
}

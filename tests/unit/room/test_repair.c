/**
 * One publisher, the relay, one receiver, and a link on each side that loses packets of media and
 * of feedback alike: what is left unrepaired, and what the repair costs.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/rand.h"
#include "media/nack_generator.h"
#include "media/recv_stats.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "unit/runner.h"

enum {
    PUBLISHER = 1,
    RECEIVER = 2,
    RTT_US = 40000,
    TICK_US = 1000,
    TICKS_PER_PACKET = 3,
    PACKETS_PER_FRAME = 10,
    PAYLOAD_BYTES = 900,
    MAX_QUEUED = 512,
    MAX_NUMBERS = 8192,
    WARM_PACKETS = 768
};

/** Something on its way to the relay, one round trip after what caused it. */
struct queued {
    int64_t due_us; /**< 0 = free */
    bool is_nack;   /**< from the receiver; else RTX from the publisher */
    uint16_t seq;
};

struct path {
    struct call call;
    struct rand rand;
    uint32_t loss_percent;
    struct queued queue[MAX_QUEUED];
    uint16_t next_seq;
    uint16_t rtx_seq;
    uint16_t key_frames[MAX_NUMBERS / PACKETS_PER_FRAME + 1]; /**< 1 = keyframe, by frame */
    bool want_key;

    struct recv_stats stats; /**< the receiver's */
    struct nack_generator nacks;
    int64_t first;
    bool got[MAX_NUMBERS]; /**< by outgoing number, from the first on */
    size_t sent_to_receiver;
    size_t rtx_to_receiver;
};

static bool lost(struct path *path)
{
    return rand_below(&path->rand, 100) < path->loss_percent;
}

static void enqueue(struct path *path, bool is_nack, uint16_t seq)
{
    for (size_t i = 0; i < MAX_QUEUED; i++) {
        if (path->queue[i].due_us == 0) {
            path->queue[i] = (struct queued){
                .due_us = path->call.now_us + RTT_US, .is_nack = is_nack, .seq = seq};
            return;
        }
    }
}

/** The publisher's packet with this number, first copy or repeat. */
static void publish(struct path *path, uint16_t seq, bool rtx)
{
    uint8_t payload[2 + PAYLOAD_BYTES] = {0};
    uint16_t frame = seq / PACKETS_PER_FRAME;
    bool start = seq % PACKETS_PER_FRAME == 0;
    uint8_t *at = payload;
    if (rtx) {
        bytes_put_u16(at, seq);
        at += 2;
    }
    at[0] = (uint8_t)(0x80 | (start ? 0x10 : 0));
    at[1] = 0xE0; /* I, L, T */
    bytes_put_u16(at + 2, (uint16_t)(0x8000 | frame));
    at[4] = (uint8_t)frame;
    if (start) {
        static const uint8_t head[] = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};
        memcpy(at + 6, head, sizeof(head));
        at[6] = path->key_frames[frame] != 0 ? 0x10 : 0x11;
    }
    struct call_rtp rtp = {
        .from = PUBLISHER,
        .ssrc = call_track_ssrc(PUBLISHER, MEDIA_VIDEO) + (rtx ? 500 : 0),
        .pt = rtx ? CALL_VP8_RTX : CALL_VP8,
        .seq = rtx ? path->rtx_seq++ : seq,
        .timestamp = 3000U * frame,
        .marker = seq % PACKETS_PER_FRAME == PACKETS_PER_FRAME - 1,
        .level = -1,
        .twcc = -1,
        .payload = payload,
        .payload_bytes = PAYLOAD_BYTES + (rtx ? 2 : 0),
    };
    call_rtp(&path->call, &rtp);
}

static void publish_next(struct path *path)
{
    uint16_t seq = path->next_seq++;
    if (seq % PACKETS_PER_FRAME == 0) {
        path->key_frames[seq / PACKETS_PER_FRAME] = path->want_key ? 1 : 0;
        path->want_key = false;
    }
    if (!lost(path)) {
        publish(path, seq, false);
    }
}

static void ask(struct path *path, uint16_t seq)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    (void)rtcp_write_nack(&out, 77, call_slot_ssrc(RECEIVER, 1), &seq, 1);
    call_rtcp(&path->call, RECEIVER, data, bytes_out_len(&out));
}

static void deliver_queued(struct path *path)
{
    for (size_t i = 0; i < MAX_QUEUED; i++) {
        struct queued *queued = &path->queue[i];
        if (queued->due_us == 0 || queued->due_us > path->call.now_us) {
            continue;
        }
        queued->due_us = 0;
        if (queued->is_nack) {
            ask(path, queued->seq);
        } else {
            publish(path, queued->seq, true);
        }
    }
}

/** Requests of the relay that reach the publisher. */
static void take_requests(struct path *path, const struct call_sent *sent)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_fb fb;
    rtcp_reader_init(&reader, sent->data, sent->len);
    while (rtcp_reader_next(&reader, &packet) == 1) {
        if (packet.type != RTCP_RTPFB && packet.type != RTCP_PSFB) {
            continue;
        }
        if (!CHECK(rtcp_fb_parse(&packet, &fb) == 0)) {
            continue;
        }
        size_t cursor = 0;
        uint16_t seq;
        path->want_key = path->want_key || fb.kind == RTCP_FB_PLI;
        while (fb.kind == RTCP_FB_NACK && rtcp_fb_nack_next(&fb, &cursor, &seq)) {
            if (!lost(path)) { /* the copy on its way back */
                enqueue(path, false, seq);
            }
        }
    }
}

/** A packet of the slot that reaches the receiver. */
static void take_media(struct path *path, const struct call_sent *sent)
{
    struct rtp_header header;
    int64_t ext_seq = 0;
    if (!CHECK(rtp_parse(sent->data, sent->len, &header) == 0)) {
        return;
    }
    enum recv_verdict verdict = RECV_REFUSED;
    if (header.ssrc == call_slot_ssrc(RECEIVER, 1)) {
        verdict = recv_stats_receive(&path->stats, header.seq, header.timestamp, 1,
                                     path->call.now_us, &ext_seq);
    } else if (header.ssrc == call_slot_ssrc(RECEIVER, 1) + 500) {
        path->rtx_to_receiver++;
        verdict = recv_stats_recover(&path->stats,
                                     bytes_get_u16(sent->data + header.payload_offset), &ext_seq);
    }
    if (verdict != RECV_IN_ORDER && verdict != RECV_LATE) {
        CHECK(verdict != RECV_RESTART);
        return;
    }
    if (path->first < 0) {
        path->first = ext_seq;
    }
    if (ext_seq >= path->first && ext_seq - path->first < MAX_NUMBERS) {
        path->got[ext_seq - path->first] = true;
    }
    (void)nack_generator_receive(&path->nacks, ext_seq, path->call.now_us);
}

static void receiver_asks(struct path *path)
{
    int64_t missing[64];
    size_t count = 0;
    (void)nack_generator_poll(&path->nacks, path->call.now_us, missing, 64, &count);
    for (size_t i = 0; i < count; i++) {
        if (!lost(path)) {
            enqueue(path, true, (uint16_t)missing[i]);
        }
    }
}

static void tick(struct path *path, bool publishing)
{
    if (publishing && path->call.now_us / TICK_US % TICKS_PER_PACKET == 0) {
        publish_next(path);
    }
    deliver_queued(path);
    call_turn(&path->call);
    call_run(&path->call, TICK_US);
    for (size_t i = 0; i < path->call.sent_count; i++) {
        const struct call_sent *sent = &path->call.sent[i];
        if (sent->data[0] >> 6 != 2) {
            continue; /* of ICE or DTLS */
        }
        bool rtcp = rtp_is_rtcp(sent->data, sent->len);
        path->sent_to_receiver += sent->number == RECEIVER && !rtcp ? 1 : 0;
        if (lost(path)) {
            continue;
        }
        if (sent->number == PUBLISHER && rtcp) {
            take_requests(path, sent);
        } else if (sent->number == RECEIVER && !rtcp) {
            take_media(path, sent);
        }
    }
    call_clear(&path->call);
    receiver_asks(path);
}

static struct path *path_new(uint32_t loss_percent)
{
    struct path *path = calloc(1, sizeof(*path));
    if (path == NULL) {
        return NULL;
    }
    rand_init(&path->rand, 2024);
    path->want_key = true;
    path->first = -1;
    recv_stats_init(&path->stats, 90000);
    nack_generator_init(&path->nacks, true);
    nack_generator_rtt(&path->nacks, RTT_US, 1000);
    if (call_init(&path->call) != 0) {
        return path;
    }
    path->call.twcc = true;
    if (!call_join_pair(&path->call, PUBLISHER, 0)) {
        return path;
    }
    path->call.twcc = false;
    if (!call_join_pair(&path->call, RECEIVER, 0)) {
        return path;
    }
    path->loss_percent = loss_percent;
    call_clear(&path->call);
    /* The pool grows slab by slab: let it have what a cache of one second needs. */
    static struct packet *warm[WARM_PACKETS];
    for (size_t i = 0; i < WARM_PACKETS; i++) {
        warm[i] = packet_take(path->call.packets);
    }
    for (size_t i = 0; i < WARM_PACKETS; i++) {
        packet_unref(&warm[i]);
    }
    return path;
}

/** Share of outgoing numbers, in 1/10,000, that never reached the receiver. */
static int64_t unrepaired(const struct path *path)
{
    int64_t count = path->stats.highest - path->first + 1;
    int64_t missing = 0;
    for (int64_t i = 0; i < count && i < MAX_NUMBERS; i++) {
        missing += path->got[i] ? 0 : 1;
    }
    return missing * 10000 / count;
}

static void run(uint32_t loss_percent, int64_t most_unrepaired, size_t most_rtx_percent)
{
    struct path *path = path_new(loss_percent);
    REQUIRE(path != NULL && path->call.exchange != NULL);
    for (int i = 0; i < 4000; i++) {
        tick(path, true);
    }
    uint64_t allocations = runner_allocations();
    for (int i = 0; i < 11000; i++) {
        tick(path, true);
    }
    CHECK_INT(runner_allocations() - allocations, 0);
    for (int i = 0; i < 600; i++) {
        tick(path, false);
    }
    REQUIRE(path->first >= 0);
    CHECK(path->stats.highest - path->first > 4500);
    CHECK(unrepaired(path) <= most_unrepaired);
    CHECK(path->rtx_to_receiver * 100 <= path->sent_to_receiver * most_rtx_percent);
out:
    if (path != NULL) {
        call_deinit(&path->call);
        nack_generator_deinit(&path->nacks);
        free(path);
    }
}

TEST_NO_OOM(clean_links_need_no_repair)
{
    run(0, 0, 0);
}

TEST_NO_OOM(ten_percent_loss_each_way_is_nearly_all_repaired)
{
    run(10, 20, 20);
}

/** Here the bound on repeats (a quarter of what a leg is sent) is what leaves the rest. */
TEST_NO_OOM(twenty_percent_loss_each_way_is_mostly_repaired)
{
    run(20, 400, 26);
}

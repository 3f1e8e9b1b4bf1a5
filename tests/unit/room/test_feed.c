#include "base/bytes.h"
#include "room/bridging.h"
#include "room/exchange.h"
#include "room/feed.h"
#include "room/tap.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "unit/runner.h"

enum { PACKET_US = 20000, OPUS_20_MS = 0x78 /* CELT, fullband, one frame of 20 ms */ };

/** The room's bridging, NULL while nobody wants a bridge. */
static struct bridging *bridging_of(struct call *call)
{
    struct list *all = exchange_bridgings(call->exchange);
    return list_empty(all) ? NULL : LIST_ENTRY(all->next, struct bridging, link);
}

/** The sink of a participant, or NULL. */
static struct bridge_sink *sink_of(struct call *call, enum media_kind kind, uint32_t number)
{
    struct bridging *bridging = bridging_of(call);
    if (bridging != NULL) {
        LIST_FOR_EACH(link, &bridging->sinks[kind])
        {
            struct bridge_sink *sink = LIST_ENTRY(link, struct bridge_sink, link);
            if (sink->participant == number) {
                return sink;
            }
        }
    }
    return NULL;
}

/** Sends 20 ms of a mix of two people. */
static void send_mix(struct call *call, struct feed *feed, uint32_t timestamp)
{
    static const uint8_t payload[] = {OPUS_20_MS, 1, 2, 3, 4, 5, 6, 7};
    struct packet *packet = packet_take(call->packets);
    if (packet == NULL) {
        return;
    }
    memcpy(packet->data, payload, sizeof(payload));
    packet->len = sizeof(payload);
    struct feed_packet sent = {.packet = packet,
                               .timestamp = timestamp,
                               .captured_us = call->now_us - 60000,
                               .sources = {1, 2},
                               .levels = {30, 40},
                               .source_count = 2,
                               .level = 29,
                               .voice = true};
    feed_send(feed, &sent, call->now_us);
}

/** Three people with a single audio slot each, who have all sent something. */
static bool call_of_three(struct call *call)
{
    if (call_init(call) != 0) {
        return false;
    }
    for (uint32_t number = 1; number <= 3; number++) {
        if (!call_join_pair(call, number, 0)) {
            return false;
        }
    }
    for (uint32_t number = 1; number <= 3; number++) {
        call_audio(call, number, 1, 60);
    }
    call_turn(call);
    return true;
}

static const struct feed_config mix_config = {.kind = MEDIA_AUDIO, .layers = 1};

TEST(one_mix_feeds_many_slots)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_of_three(&call));
    for (uint32_t number = 1; number <= 3; number++) {
        REQUIRE(sink_of(&call, MEDIA_AUDIO, number) != NULL);
    }
    REQUIRE_OK(feed_new(&feed, bridging_of(&call), &mix_config));
    for (uint32_t number = 1; number <= 3; number++) {
        bridge_sink_take(sink_of(&call, MEDIA_AUDIO, number), feed, 0);
    }
    CHECK(feed_is_wanted(feed, 0));
    call_turn(&call);
    call_clear(&call);
    for (uint32_t i = 0; i < 5; i++) {
        send_mix(&call, feed, 1000 + 960 * i);
        call_turn(&call);
        call_run(&call, PACKET_US);
    }
    for (uint32_t number = 1; number <= 3; number++) {
        struct rtp_header before;
        struct rtp_header header;
        REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(number, 0)), 5);
        for (size_t i = 0; i < 5; i++) {
            const struct call_sent *sent =
                call_find_rtp(&call, call_slot_ssrc(number, 0), i, &header);
            CHECK_INT(sent->data[0] & 0x0F, 2);
            CHECK_INT(bytes_get_u32(sent->data + 12), 1);
            CHECK_INT(bytes_get_u32(sent->data + 16), 2);
            CHECK_INT(header.payload_bytes, 8);
            if (i > 0) {
                CHECK_INT(header.seq, (uint16_t)(before.seq + 1));
                CHECK_INT(header.timestamp - before.timestamp, 960);
            }
            before = header;
        }
    }
    const struct event *event = call_event(&call, EVENT_SLOTS, 3);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_MIX);
    CHECK_INT(event->slots[0].participant, 0);
out:
    feed_free(&feed);
    call_deinit(&call);
}

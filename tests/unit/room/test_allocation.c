#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "relay/room/allocation.h"
#include "relay/room/egress.h"
#include "relay/room/streams.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "unit/runner.h"

enum { FRAME_US = 33333 };

/** A publisher of three layers of about 60, 150 and 280 kbit/s, and a viewer who says how much he
 * can take. */
struct scene {
    struct call call;
    uint16_t frame;
};

static bool scene_init(struct scene *scene)
{
    if (call_init(&scene->call) != 0) {
        return false;
    }
    struct session *session = call_session(1, "room");
    if (session == NULL) {
        return false;
    }
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", true, false);
    memcpy(video->rids[0], "l", 2);
    memcpy(video->rids[1], "m", 2);
    memcpy(video->rids[2], "h", 2);
    video->rid_count = 3;
    return call_join(&scene->call, session) && call_join_pair(&scene->call, 2, 0);
}

static void layer_frame(struct call *call, unsigned layer, uint16_t frame)
{
    static const char *const rids[] = {"l", "m", "h"};
    static const size_t bytes[] = {200, 580, 1100};
    uint8_t payload[1100] = {0x90, 0x80, 0x80, 0};
    bytes_put_u16(payload + 2, (uint16_t)(0x8000 | frame));
    payload[4] = frame % 15 == 0 ? 0x10 : 0x11;
    payload[7] = 0x9d;
    payload[8] = 0x01;
    payload[9] = 0x2a;
    payload[10] = (uint8_t)(320U << layer);
    payload[11] = (uint8_t)((320U << layer) >> 8);
    payload[12] = (uint8_t)(180U << layer);
    payload[13] = (uint8_t)((180U << layer) >> 8);
    struct call_rtp rtp = {.from = 1,
                           .ssrc = 900 + layer,
                           .pt = CALL_VP8,
                           .seq = frame,
                           .timestamp = 100000U * layer + 3000U * frame,
                           .marker = true,
                           .mid = "v",
                           .rid = rids[layer],
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = bytes[layer]};
    call_rtp(call, &rtp);
}

/** Lets frames pass while the viewer says this rate. */
static void play(struct scene *scene, unsigned frames, uint64_t remb_bps)
{
    for (unsigned i = 0; i < frames; i++) {
        for (unsigned layer = 0; layer < 3; layer++) {
            layer_frame(&scene->call, layer, scene->frame);
        }
        if (i % 10 == 0) {
            uint8_t data[64];
            struct bytes_out out = bytes_out_over(data, sizeof(data));
            uint32_t ssrc = call_slot_ssrc(2, 1);
            (void)rtcp_write_remb(&out, 77, remb_bps, &ssrc, 1);
            call_rtcp(&scene->call, 2, data, bytes_out_len(&out));
        }
        scene->frame++;
        call_turn(&scene->call);
        call_run(&scene->call, FRAME_US);
    }
}

/** What the viewer was last told of his picture. */
static struct event_slot told(const struct call *call)
{
    for (size_t i = call->event_count; i > 0; i--) {
        const struct event *event = call->events[i - 1];
        for (size_t j = 0; event->kind == EVENT_SLOTS && j < event->slot_count; j++) {
            if (event->number == 2 && strcmp(event->slots[j].mid, "v") == 0) {
                return event->slots[j];
            }
        }
    }
    return (struct event_slot){.feed = FEED_NONE};
}

TEST(a_slot_gets_the_layer_that_its_path_carries)
{
    struct scene scene = {.frame = 0};
    REQUIRE(scene_init(&scene));
    play(&scene, 60, 5000000);
    CHECK_INT(told(&scene.call).width, 1280);
    play(&scene, 60, 220000);
    CHECK_INT(told(&scene.call).width, 640);
    play(&scene, 60, 110000);
    CHECK_INT(told(&scene.call).width, 320);
    CHECK_INT(told(&scene.call).paused, PAUSE_NONE);
out:
    call_deinit(&scene.call);
}

TEST(what_no_path_carries_is_paused_and_comes_back)
{
    struct scene scene = {.frame = 0};
    REQUIRE(scene_init(&scene));
    play(&scene, 60, 5000000);
    play(&scene, 90, 30000);
    CHECK_INT(told(&scene.call).feed, FEED_NONE);
    CHECK_INT(told(&scene.call).paused, PAUSE_NETWORK);
    CHECK_INT(told(&scene.call).participant, 1);
    CHECK_STR(told(&scene.call).track, "v");
    size_t sent = call_count_rtp(&scene.call, call_slot_ssrc(2, 1));
    play(&scene, 10, 30000);
    CHECK_INT(call_count_rtp(&scene.call, call_slot_ssrc(2, 1)), sent);
    play(&scene, 120, 2000000);
    CHECK_INT(told(&scene.call).feed, FEED_TRACK);
    CHECK_INT(told(&scene.call).paused, PAUSE_NONE);
    CHECK_INT(told(&scene.call).width, 1280);
out:
    call_deinit(&scene.call);
}

TEST(sound_of_a_slot_that_has_gone_is_no_rate)
{
    static struct room_context context;
    static struct slot slot;
    static struct egress egress;
    static struct streams streams;
    struct allocation allocation;
    context.now_us = 1000000;
    egress = (struct egress){.context = &context};
    slot = (struct slot){.stats = {.packets = 100, .octets = 10000}, .rtx_bytes = 5000};
    streams = (struct streams){.slots = {&slot}, .count = 1};
    allocation_init(&allocation);
    allocation_run(&allocation, &streams, &egress);
    context.now_us += ALLOCATION_PERIOD_US;
    egress.bytes_sent = 20000;
    slot.stats.octets += 1000;
    allocation_run(&allocation, &streams, &egress);
    CHECK_INT(allocation.sound_bps, 8000);
    context.now_us += ALLOCATION_PERIOD_US;
    egress.bytes_sent += 20000;
    streams.slots[0] = NULL;
    allocation_run(&allocation, &streams, &egress);
    CHECK_INT(allocation.sound_bps, 0);
    CHECK(allocation.repair_share < 0.01);
    goto out;
out:;
}

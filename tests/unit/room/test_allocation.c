#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "relay/room/allocation.h"
#include "relay/room/egress.h"
#include "relay/room/streams.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "support/layers.h"
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
    return call_init(&scene->call) == 0 && layers_join(&scene->call) &&
           call_join_pair(&scene->call, 2, 0);
}

/** Lets frames pass while the viewer says this rate. */
static void play(struct scene *scene, unsigned frames, uint64_t remb_bps)
{
    static const size_t bytes[LAYERS] = {200, 580, 1100};
    for (unsigned i = 0; i < frames; i++) {
        for (unsigned layer = 0; layer < 3; layer++) {
            layers_send(&scene->call, &(struct layers_frame){.layer = layer,
                                                             .number = scene->frame,
                                                             .key = scene->frame % 15 == 0,
                                                             .width = 320,
                                                             .bytes = bytes[layer]});
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

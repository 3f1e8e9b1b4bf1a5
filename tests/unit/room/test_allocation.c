#include "relay/room/allocation.h"
#include "relay/room/egress.h"
#include "relay/room/streams.h"
#include "unit/runner.h"

static struct room_context context;

TEST(sound_of_a_slot_that_has_gone_is_no_rate)
{
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

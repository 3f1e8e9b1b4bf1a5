/**
 * What must hold for hours: flat memory, no allocation for forwarded packets, and nothing that junk
 * could do.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/rand.h"
#include "sim/scenario.h"
#include "unit/runner.h"

TEST_NO_OOM(an_hour_of_a_call_ends_with_the_memory_it_began_with)
{
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    struct link_config path = clean_path;
    path.loss = 0.01;
    path.jitter_us = 3000;
    REQUIRE_OK(world_new(&world, 50));
    REQUIRE_OK(world_join(world, &caller, &path, &peers[0]));
    REQUIRE_OK(world_join(world, &caller, &path, &peers[1]));
    world_run(world, 60 * SECOND_US);
    uint64_t forwarded = world_counters(world).packets_forwarded;
    size_t bytes = runner_live_bytes();
    uint64_t allocations = runner_allocations();
    uint64_t told = world_events(world)->slots + world_events(world)->speaking;
    world_run(world, 59 * 60 * SECOND_US);
    CHECK_INT(runner_live_bytes(), bytes);
    CHECK_INT(runner_allocations(), allocations);
    forwarded = world_counters(world).packets_forwarded - forwarded;
    told = world_events(world)->slots + world_events(world)->speaking - told;
    CHECK(forwarded > 900000);
    CHECK_INT(told, 0); /* nothing changes, so nothing is told */
    for (size_t i = 0; i < 2; i++) {
        show("hour", peers[i]);
        CHECK(is_clean(peers[i]));
        CHECK(unrepaired_share(peers[i], MEDIA_VIDEO) < 0.00005);
        CHECK(peer_sum(peers[i], MEDIA_VIDEO).frames_decoded > 107000);
    }
out:
    world_free(&world);
}

/** A datagram of one of the kinds that strangers and broken clients send. */
static size_t make_junk(struct rand *rand, uint8_t data[256])
{
    size_t len = 1 + rand_below(rand, 200);
    rand_fill(rand, data, len);
    switch (rand_below(rand, 6)) {
    case 0: /* STUN request by its look */
        data[0] = 0;
        data[1 % len] = 1;
        if (len >= 20) {
            static const uint8_t rest[6] = {0, 0, 0x21, 0x12, 0xa4, 0x42};
            memcpy(data + 2, rest, sizeof(rest));
            data[3] = (uint8_t)((len - 20) & ~3U);
        }
        break;
    case 1: /* DTLS handshake record */
        data[0] = 22;
        if (len >= 13) {
            data[1] = 0xfe;
            data[2] = 0xfd;
            data[11] = (uint8_t)((len - 13) >> 8);
            data[12] = (uint8_t)(len - 13);
        }
        break;
    case 2: /* RTP */
        data[0] = 0x80;
        break;
    case 3: /* RTCP */
        data[0] = 0x80;
        data[1 % len] = 200 + (data[1 % len] & 7);
        break;
    default: /* anything */
        break;
    }
    return len;
}

TEST_NO_OOM(ten_thousand_malformed_datagrams_a_second_harm_no_call)
{
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    struct rand rand;
    rand_init(&rand, 51);
    REQUIRE_OK(world_new(&world, 52));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &peers[0]));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &peers[1]));
    REQUIRE(world_run_until_connected(world, 2 * SECOND_US));
    world_run(world, 2 * SECOND_US);
    size_t bytes = runner_live_bytes();
    for (size_t millisecond = 0; millisecond < 30000; millisecond++) {
        for (size_t i = 0; i < 10; i++) {
            uint8_t data[256];
            size_t len = make_junk(&rand, data);
            /* half from strangers, half with a caller's address forged */
            struct addr from = *peer_addr(peers[millisecond & 1]);
            if (i % 2 == 0) {
                rand_fill(&rand, from.ip, 4);
                from.port = (uint16_t)(rand_u32(&rand) | 1);
            }
            world_inject(world, &from, data, len);
        }
        world_run(world, 1000);
    }
    for (size_t i = 0; i < 2; i++) {
        show("junk", peers[i]);
        CHECK(is_clean(peers[i]));
        CHECK(got_at_least(peers[i], MEDIA_VIDEO, 30 * 30));
        CHECK(got_at_least(peers[i], MEDIA_AUDIO, 30 * 50));
        CHECK(peer_counts(peers[i])->longest_silence_us < 25000);
    }
    CHECK_INT(world_events(world)->left, 0);
    CHECK(runner_live_bytes() < bytes + 200000); /* counters of failures are bounded tables */
out:
    world_free(&world);
}

#include "relay/room/frame_padding.h"
#include "relay/room/packet_facts.h"
#include "unit/runner.h"

enum { MAX_PACKETS = 8 };

/** Packets of some payload lengths and timestamps. */
struct burst {
    struct pool *pool;
    struct packet *packets[MAX_PACKETS];
    size_t count;
};

static int burst_init(struct burst *burst)
{
    return packet_pool_new(&burst->pool, 64);
}

static bool add(struct burst *burst, uint32_t timestamp, uint16_t payload_bytes)
{
    struct packet *packet = packet_take(burst->pool);
    if (packet == NULL) {
        return false;
    }
    *packet_facts(packet) =
        (struct packet_facts){.timestamp = timestamp, .payload_bytes = payload_bytes, .padding = 9};
    burst->packets[burst->count++] = packet;
    return true;
}

static uint8_t padding_of(const struct burst *burst, size_t index)
{
    return packet_facts(burst->packets[index])->padding;
}

static void burst_deinit(struct burst *burst)
{
    for (size_t i = 0; i < burst->count; i++) {
        packet_unref(&burst->packets[i]);
    }
    pool_free(&burst->pool);
}

TEST(chromiums_frame_becomes_equal)
{
    struct burst burst = {0};
    REQUIRE_OK(burst_init(&burst));
    REQUIRE(add(&burst, 1, 1099) && add(&burst, 1, 1099) && add(&burst, 1, 1100));
    frame_padding_plan(burst.packets, burst.count);
    CHECK_INT(padding_of(&burst, 0), 1);
    CHECK_INT(padding_of(&burst, 1), 1);
    CHECK_INT(padding_of(&burst, 2), 0);
out:
    burst_deinit(&burst);
}

TEST(lengths_become_multiples_of_four)
{
    struct burst burst = {0};
    REQUIRE_OK(burst_init(&burst));
    REQUIRE(add(&burst, 1, 1096) && add(&burst, 1, 1097) && add(&burst, 2, 53) &&
            add(&burst, 2, 53));
    frame_padding_plan(burst.packets, burst.count);
    CHECK_INT(padding_of(&burst, 0), 4);
    CHECK_INT(padding_of(&burst, 1), 3);
    CHECK_INT(padding_of(&burst, 2), 3);
    CHECK_INT(padding_of(&burst, 3), 3);
out:
    burst_deinit(&burst);
}

TEST(packets_that_would_grow_much_stay)
{
    struct burst burst = {0};
    REQUIRE_OK(burst_init(&burst));
    /* a frame cut at a fixed size, the rest last */
    REQUIRE(add(&burst, 1, 1000) && add(&burst, 1, 1000) && add(&burst, 1, 995));
    /* nothing to be equal to */
    REQUIRE(add(&burst, 2, 333));
    /* near the MTU */
    REQUIRE(add(&burst, 3, 1201) && add(&burst, 3, 1202));
    frame_padding_plan(burst.packets, burst.count);
    for (size_t i = 0; i < burst.count; i++) {
        CHECK_INT(padding_of(&burst, i), 0);
    }
out:
    burst_deinit(&burst);
}

TEST(no_packets_are_no_frame)
{
    frame_padding_plan(NULL, 0);
    goto out;
out:
    return;
}

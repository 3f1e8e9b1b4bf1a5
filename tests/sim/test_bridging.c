/**
 * Pictures that the relay makes itself, on real paths. What they are made of comes from scripted
 * sources here, so that the strict sinks can tell whether they go on unbroken.
 */
#include "rtp/vp8_payload.h"
#include "sim/scenario.h"
#include "support/made.h"
#include "unit/runner.h"

enum { MAKER = 900, MAKER_PT = 96, MOST_LAYERS = 2, STEP_US = 5000, MAX_PACKETS = 4096 };

/** A rendition of what a bridge would make. */
struct made_layer {
    struct maker *maker;
    size_t index;
    struct source *source;
};

/** In place of a bridge: makes one picture and gives it to all who want one. */
struct maker {
    struct world *world;
    struct bridging *bridging;
    struct pool *packets;
    struct feed *feed;
    uint16_t twcc;
    struct made_layer layers[MOST_LAYERS];
    size_t count;
};

/** A packet of the scripted source becomes one of the feed. */
static void make(void *owner, uint8_t *rtp, size_t len)
{
    const struct made_layer *layer = owner;
    struct maker *maker = layer->maker;
    struct rtp_header header;
    struct source_mark mark;
    struct vp8_payload vp8 = {.keyframe = false};
    struct packet *packet = packet_take(maker->packets);
    if (packet == NULL || rtp_parse(rtp, len, &header) != 0) {
        packet_unref(&packet);
        return;
    }
    memcpy(packet->data, rtp + header.payload_offset, header.payload_bytes);
    packet->len = header.payload_bytes;
    (void)source_mark_read(packet->data, packet->len, &mark);
    struct feed_packet out = {.packet = packet,
                              .layer = layer->index,
                              .timestamp = header.timestamp,
                              .captured_us = mark.capture_us,
                              .marker = header.marker,
                              .sources = {MAKER},
                              .source_count = 1};
    if (vp8_payload_parse(packet->data, packet->len, &vp8) == 0 && vp8.keyframe) {
        out.keyframe_start = true;
        (void)vp8_payload_size(packet->data, packet->len, &vp8, &out.width, &out.height);
    }
    feed_send(maker->feed, &out, world_now_us(maker->world));
}

static int add_layer(struct maker *maker, uint64_t bps, uint16_t height)
{
    struct made_layer *layer = &maker->layers[maker->count];
    *layer = (struct made_layer){.maker = maker, .index = maker->count};
    const struct source_config config = {.kind = MEDIA_VIDEO,
                                         .publisher = MAKER,
                                         .ssrc = 1,
                                         .pt = MAKER_PT,
                                         .layer = (uint8_t)maker->count,
                                         .payload_bytes = 100,
                                         .bitrate_bps = bps,
                                         .width = (uint16_t)(height * 16 / 9),
                                         .height = height};
    const struct source_output output = {.send = make, .owner = layer, .twcc = &maker->twcc};
    maker->count++;
    return source_new(&layer->source, &config, &output, world_rand(maker->world),
                      world_now_us(maker->world));
}

/** The room must want a bridge by now. @return 0 or an error */
static int maker_begin(struct maker *maker, struct world *world)
{
    static const struct feed_config config = {.kind = MEDIA_VIDEO, .layers = MOST_LAYERS};
    *maker = (struct maker){.world = world, .bridging = made_bridging(world_exchange(world), "r")};
    if (maker->bridging == NULL) {
        return -1;
    }
    maker->bridging->video = maker;
    int err = packet_pool_new(&maker->packets, MAX_PACKETS);
    if (err == 0) {
        err = feed_new(&maker->feed, maker->bridging, &config);
    }
    if (err == 0) {
        err = add_layer(maker, 200000, 180);
    }
    if (err == 0) {
        err = add_layer(maker, 1500000, 720);
    }
    return err;
}

/** Time passes; the maker does what a bridge does in each loop turn. */
static void run(struct maker *maker, int64_t duration_us)
{
    int64_t end_us = world_now_us(maker->world) + duration_us;
    while (world_now_us(maker->world) < end_us) {
        LIST_FOR_EACH(link, &maker->bridging->sinks[MEDIA_VIDEO])
        {
            struct bridge_sink *sink = LIST_ENTRY(link, struct bridge_sink, link);
            if (sink->feed == NULL) {
                bridge_sink_take(sink, maker->feed, NULL);
            }
        }
        int64_t now_us = world_now_us(maker->world);
        for (size_t i = 0; i < maker->count; i++) {
            struct source *source = maker->layers[i].source;
            source_set_on(source, feed_is_wanted(maker->feed, i));
            if (feed_take_keyframe_request(maker->feed, i, now_us)) {
                source_request_keyframe(source);
            }
            source_timeout(source, now_us);
        }
        world_run(maker->world, STEP_US);
    }
}

static void maker_end(struct maker *maker)
{
    for (size_t i = 0; i < maker->count; i++) {
        source_free(&maker->layers[i].source);
    }
    feed_free(&maker->feed);
    if (maker->bridging != NULL) {
        maker->bridging->video = NULL;
        bridging_release(maker->bridging);
        maker->bridging = NULL;
    }
}

/** As the message `pin` with a feed. */
static void ask(struct world *world, const struct peer *peer, enum feed_kind feed)
{
    struct command *command = NULL;
    if (command_new(&command, COMMAND_PIN, peer_number(peer)) == 0) {
        command->mid[0] = '0';
        command->feed = feed;
        exchange_command(world_exchange(world), command, world_now_us(world));
        world_run(world, STEP_US);
    }
}

static const struct peer_config watcher = {.video_slots = 1};

TEST_NO_OOM(each_link_gets_the_rendition_of_the_picture_that_it_carries)
{
    static const struct link_config thin = {
        .delay_us = 20000, .rate_bps = 700000, .queue_us = 200000};
    struct world *world = NULL;
    struct maker maker = {.world = NULL};
    struct peer *rich = NULL;
    struct peer *poor = NULL;
    REQUIRE_OK(world_new(&world, 41));
    REQUIRE_OK(world_set_compositions(world, 0));
    REQUIRE_OK(world_join(world, &watcher, &clean_path, &rich));
    REQUIRE_OK(world_join(world, &watcher, &thin, &poor));
    REQUIRE(world_run_until_connected(world, SECOND_US));
    ask(world, rich, FEED_GRID);
    ask(world, poor, FEED_GRID);
    REQUIRE_OK(maker_begin(&maker, world));
    run(&maker, 20 * SECOND_US);
    CHECK_INT(peer_sink(rich, MEDIA_VIDEO, 0)->last.mark.layer, 1);
    CHECK_INT(peer_sink(poor, MEDIA_VIDEO, 0)->last.mark.layer, 0);
    CHECK(is_clean(rich));
    CHECK(is_clean(poor));
    CHECK(got_at_least(rich, MEDIA_VIDEO, 560));
    CHECK(peer_sum(poor, MEDIA_VIDEO).frames_decoded > 500);
    CHECK(peer_sum(poor, MEDIA_VIDEO).longest_freeze_us < SECOND_US);
    CHECK(peer_sum(rich, MEDIA_VIDEO).worst_switch_us < 1000);
    show("rich", rich);
    show("poor", poor);
    /* nobody pays for a rendition that nobody has */
    world_leave(world, rich);
    run(&maker, 5 * SECOND_US);
    CHECK(feed_is_wanted(maker.feed, 0));
    CHECK(!feed_is_wanted(maker.feed, 1));
out:
    maker_end(&maker);
    world_free(&world);
    pool_free(&maker.packets);
}

TEST_NO_OOM(a_composed_picture_survives_loss)
{
    static const struct link_config lossy = {.delay_us = 20000, .loss = 0.03};
    struct world *world = NULL;
    struct maker maker = {.world = NULL};
    struct peer *peers[6] = {NULL};
    REQUIRE_OK(world_new(&world, 42));
    REQUIRE_OK(world_set_compositions(world, 0));
    for (size_t i = 0; i < 6; i++) {
        REQUIRE_OK(world_join(world, &watcher, &lossy, &peers[i]));
    }
    REQUIRE(world_run_until_connected(world, 2 * SECOND_US));
    for (size_t i = 0; i < 6; i++) {
        ask(world, peers[i], FEED_GRID);
    }
    REQUIRE_OK(maker_begin(&maker, world));
    run(&maker, 20 * SECOND_US);
    for (size_t i = 0; i < 6; i++) {
        CHECK(is_clean(peers[i]));
        CHECK(peer_sum(peers[i], MEDIA_VIDEO).repaired > 10);
        CHECK(peer_sum(peers[i], MEDIA_VIDEO).frames_decoded > 520);
        CHECK(peer_sum(peers[i], MEDIA_VIDEO).longest_freeze_us < SECOND_US);
    }
    /* all ask one composer: it makes few keyframes */
    CHECK(source_counts(maker.layers[1].source)->keyframes <= 12);
out:
    maker_end(&maker);
    world_free(&world);
    pool_free(&maker.packets);
}

TEST_NO_OOM(a_room_ends_while_a_bridge_is_at_work)
{
    struct world *world = NULL;
    struct maker maker = {.world = NULL};
    struct peer *peers[2] = {NULL};
    REQUIRE_OK(world_new(&world, 44));
    REQUIRE_OK(world_set_compositions(world, 0));
    for (size_t i = 0; i < 2; i++) {
        REQUIRE_OK(world_join(world, &watcher, &clean_path, &peers[i]));
    }
    REQUIRE(world_run_until_connected(world, SECOND_US));
    for (size_t i = 0; i < 2; i++) {
        ask(world, peers[i], FEED_GRID);
    }
    REQUIRE_OK(maker_begin(&maker, world));
    run(&maker, 2 * SECOND_US);
    world_leave(world, peers[0]);
    run(&maker, SECOND_US);
    world_leave(world, peers[1]);
    run(&maker, SECOND_US);
    CHECK(maker.bridging->gone);
    CHECK(!feed_is_wanted(maker.feed, 1));
    maker_end(&maker);
    CHECK(list_empty(exchange_bridgings(world_exchange(world))));
    CHECK_INT(pool_in_use(maker.packets), 0);
out:
    maker_end(&maker);
    world_free(&world);
    pool_free(&maker.packets);
}

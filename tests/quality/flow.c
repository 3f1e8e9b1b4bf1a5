#include "quality/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/minmax.h"
#include "base/rand.h"
#include "cc/pacer.h"
#include "cc/twcc_recorder.h"
#include "rtp/rtcp.h"

enum {
    FRAME_US = 33333,
    PACKET_BYTES = 1200, /* of one datagram */
    PADDING_BYTES = 250,
    MIN_PACKET_BYTES = 60,
    MAX_ITEMS = 4096,
    STALE_US = 300000, /* a source skips a frame while this much waits */
    METER_US = 200000, /* points of received rate */
    SAMPLE_US = 10000, /* points of queue delay */
    TRACE_US = 50000,  /* points of target */
    HEAD_BYTES = 5,    /* flow, kind, number, marker */
    NAME_BYTES = TRACE_NAME_BYTES
};

/** A media packet that waits in the pacer. */
struct item {
    struct pacer_item paced;
    uint32_t len;
    bool marker;
};

struct flow {
    struct flow_config config;
    struct estimator *estimator;
    struct pacer pacer;
    struct pacer_flow stream;
    struct item items[MAX_ITEMS];
    size_t item_next;
    struct twcc_recorder recorder;
    uint16_t number;
    int64_t frame_us;
    int64_t traced_us;
    struct trace_meter meter;
    char target_name[NAME_BYTES];
    struct flow_counts counts;
};

struct flow_world {
    struct network *network;
    struct trace *trace;
    struct rand rand;
    struct flow *flows[FLOW_MAX];
    size_t flow_count;
    int64_t now_us;
    size_t watched[FLOW_MAX]; /* link, by watch */
    char watched_name[FLOW_MAX][NAME_BYTES];
    int64_t watched_us[FLOW_MAX];
    size_t watched_count;
};

/** A datagram enters a link: its wait is a sample of the queue. */
static void watch(void *owner, const struct network_passage *passage)
{
    struct flow_world *world = owner;
    for (size_t i = 0; i < world->watched_count; i++) {
        size_t through = network_link(world->network, passage->link)->through;
        size_t link = through > 0 ? through - 1 : passage->link;
        if (world->watched[i] != link || passage->fate == NETWORK_LOST ||
            passage->sent_us - world->watched_us[i] < SAMPLE_US) {
            continue;
        }
        world->watched_us[i] = passage->sent_us;
        trace_append(world->trace, world->watched_name[i], passage->sent_us,
                     (double)passage->queue_us / 1000);
    }
}

int flow_world_new(struct flow_world **out, uint64_t seed, struct trace *trace)
{
    struct flow_world *world = calloc(1, sizeof(*world));
    if (world == NULL) {
        return ERR_NO_MEMORY;
    }
    if (network_new(&world->network, seed) != 0) {
        free(world);
        return ERR_NO_MEMORY;
    }
    rand_init(&world->rand, seed ^ 0xf70f);
    network_set_watch(world->network, watch, world);
    world->trace = trace;
    *out = world;
    return 0;
}

struct network *flow_world_network(struct flow_world *world)
{
    return world->network;
}

void flow_world_watch(struct flow_world *world, size_t link, const char *name)
{
    size_t i = world->watched_count++;
    world->watched[i] = link;
    world->watched_us[i] = INT64_MIN / 2;
    (void)snprintf(world->watched_name[i], NAME_BYTES, "queue/%s", name);
}

int flow_world_add(struct flow_world *world, const struct flow_config *config, size_t *index)
{
    static const struct estimator_config settings = {.start_bps = ESTIMATOR_START_BPS,
                                                     .min_bps = ESTIMATOR_MIN_BPS,
                                                     .max_bps = ESTIMATOR_MAX_BPS,
                                                     .twcc = true};
    struct flow *flow = calloc(1, sizeof(*flow));
    if (flow == NULL) {
        return ERR_NO_MEMORY;
    }
    if (estimator_new(&flow->estimator, &settings, config->start_us) != 0) {
        free(flow);
        return ERR_NO_MEMORY;
    }
    flow->config = *config;
    if (flow->config.step <= 0) {
        flow->config.step = 1.3;
    }
    pacer_init(&flow->pacer);
    pacer_flow_init(&flow->stream);
    twcc_recorder_init(&flow->recorder);
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof(name), "rate/media %s", config->name);
    (void)snprintf(flow->target_name, NAME_BYTES, "rate/target %s", config->name);
    trace_meter_init(&flow->meter, name, METER_US, config->start_us);
    /* sources are not in step with each other */
    flow->frame_us = config->start_us + rand_below(&world->rand, FRAME_US);
    flow->traced_us = config->start_us;
    world->flows[world->flow_count] = flow;
    *index = world->flow_count++;
    return 0;
}

static void send(struct flow_world *world, struct flow *flow, uint32_t len, enum send_kind kind,
                 uint32_t probe, bool marker)
{
    uint8_t data[PACKET_BYTES] = {0};
    uint16_t number = flow->number++;
    for (size_t i = 0; i < world->flow_count; i++) {
        data[0] = world->flows[i] == flow ? (uint8_t)i : data[0];
    }
    data[1] = (uint8_t)kind;
    bytes_put_u16(data + 2, number);
    data[4] = marker;
    uint32_t wire = len + NETWORK_OVERHEAD_BYTES;
    estimator_sent(flow->estimator, number, wire, kind, probe, world->now_us);
    pacer_sent(&flow->pacer, wire);
    flow->counts.packets++;
    if (kind == SEND_PADDING) {
        flow->counts.padding_bytes += wire;
    } else {
        flow->counts.media_bytes += wire;
    }
    const struct addr nobody = {0};
    network_send(world->network, flow->config.link_out, &nobody, &nobody, data, len, world->now_us);
}

static bool is_running(const struct flow *flow, int64_t now_us)
{
    return now_us >= flow->config.start_us && now_us < flow->config.stop_us;
}

/** The rate that the source's encoder is set to. */
static uint64_t source_bps(const struct flow *flow)
{
    uint64_t target_bps = estimator_target_bps(flow->estimator);
    return target_bps < flow->config.source_bps ? target_bps : flow->config.source_bps;
}

/** One frame, its size up to 20 % off the mark, into the pacer. */
static void make_frame(struct flow_world *world, struct flow *flow)
{
    if (flow->pacer.bytes * 8 * 1000000 / source_bps(flow) > STALE_US) {
        flow->counts.stale_frames++;
        return;
    }
    uint64_t bytes = source_bps(flow) * FRAME_US / 8000000;
    bytes = bytes * (80 + rand_below(&world->rand, 41)) / 100;
    while (bytes > 0) {
        uint32_t wire = bytes < PACKET_BYTES + NETWORK_OVERHEAD_BYTES
                            ? (uint32_t)bytes
                            : PACKET_BYTES + NETWORK_OVERHEAD_BYTES;
        bytes -= wire;
        if (wire < MIN_PACKET_BYTES) {
            wire = MIN_PACKET_BYTES;
        }
        struct item *item = &flow->items[flow->item_next++ % MAX_ITEMS];
        item->len = wire - NETWORK_OVERHEAD_BYTES;
        item->marker = bytes == 0;
        pacer_push(&flow->pacer, &flow->stream, ALLOCATOR_DOMINANT, &item->paced, wire, false,
                   world->now_us);
    }
}

static void tell_demand(struct flow_world *world, struct flow *flow, bool paused)
{
    uint64_t used_bps = source_bps(flow);
    double next = (double)used_bps * flow->config.step;
    struct estimator_demand demand = {
        .used_bps = used_bps, .next_bps = (uint64_t)next, .ideal_bps = flow->config.source_bps};
    if (demand.next_bps > demand.ideal_bps) {
        demand.next_bps = demand.ideal_bps;
    }
    if (paused) {
        demand = (struct estimator_demand){0};
    }
    estimator_demand(flow->estimator, &demand, world->now_us);
}

static void sender_step(struct flow_world *world, struct flow *flow)
{
    int64_t now_us = world->now_us;
    if (!is_running(flow, now_us)) {
        return;
    }
    bool paused = now_us >= flow->config.pause_from_us && now_us < flow->config.pause_to_us;
    pacer_target(&flow->pacer, estimator_target_bps(flow->estimator),
                 estimator_has_room(flow->estimator), now_us);
    if (now_us >= flow->frame_us) {
        flow->frame_us += FRAME_US;
        if (!paused) {
            make_frame(world, flow);
        }
        tell_demand(world, flow, paused);
    }
    struct pacer_item *next = NULL;
    while ((next = pacer_pop(&flow->pacer, now_us)) != NULL) {
        const struct item *item = (const struct item *)(const void *)next;
        send(world, flow, item->len, SEND_VIDEO, 0, item->marker);
    }
    if (now_us >= estimator_next_deadline(flow->estimator)) {
        estimator_timeout(flow->estimator, now_us);
    }
    struct estimator_burst burst;
    while (!paused && estimator_probe(flow->estimator, now_us, &burst)) {
        for (uint32_t left = burst.bytes; left > 0;) {
            uint32_t wire = left < PADDING_BYTES ? left : PADDING_BYTES;
            left -= wire;
            send(world, flow, wire < MIN_PACKET_BYTES ? MIN_PACKET_BYTES : wire, SEND_PADDING,
                 burst.probe, false);
        }
    }
    if (now_us - flow->traced_us >= TRACE_US) {
        flow->traced_us = now_us;
        trace_append(world->trace, flow->target_name, now_us,
                     (double)estimator_target_bps(flow->estimator) / 1000);
    }
    trace_meter_add(&flow->meter, world->trace, 0, now_us);
}

static void receiver_step(struct flow_world *world, struct flow *flow)
{
    uint8_t wire[TWCC_MAX_BYTES];
    size_t bytes = twcc_recorder_poll(&flow->recorder, 1, world->now_us, wire, sizeof(wire));
    if (bytes > 0) {
        const struct addr nobody = {0};
        flow->counts.feedbacks++;
        network_send(world->network, flow->config.link_back, &nobody, &nobody, wire, bytes,
                     world->now_us);
    }
}

static void feedback_take(struct flow_world *world, struct flow *flow,
                          const struct network_datagram *datagram)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_fb fb;
    struct rtcp_twcc twcc;
    rtcp_reader_init(&reader, datagram->data, datagram->len);
    if (rtcp_reader_next(&reader, &packet) == 1 && rtcp_fb_parse(&packet, &fb) == 0 &&
        rtcp_twcc_parse(&fb, &twcc) == 0) {
        estimator_twcc(flow->estimator, &twcc, world->now_us);
    }
}

/** Feedback begins with RTCP's version bits, media with the number of its flow. */
static void deliver(struct flow_world *world, const struct network_datagram *datagram)
{
    if ((datagram->data[0] & 0x80) != 0) {
        for (size_t i = 0; i < world->flow_count; i++) {
            if (world->flows[i]->config.link_back == datagram->link) {
                feedback_take(world, world->flows[i], datagram);
            }
        }
        return;
    }
    struct flow *flow = world->flows[datagram->data[0]];
    uint32_t wire = (uint32_t)datagram->len + NETWORK_OVERHEAD_BYTES;
    flow->counts.arrived_packets++;
    if (datagram->data[1] != SEND_PADDING) {
        flow->counts.arrived_media_bytes += wire;
        trace_meter_add(&flow->meter, world->trace, wire, world->now_us);
    }
    twcc_recorder_receive(&flow->recorder, bytes_get_u16(datagram->data + 2), 2, wire,
                          datagram->data[4] != 0, datagram->arrival_us, world->now_us);
}

static int64_t next_event(const struct flow_world *world)
{
    int64_t next_us = network_next_arrival(world->network);
    for (size_t i = 0; i < world->flow_count; i++) {
        const struct flow *flow = world->flows[i];
        next_us = min_i64(next_us, twcc_recorder_next_deadline(&flow->recorder));
        if (world->now_us < flow->config.stop_us) {
            next_us = min_i64(next_us, flow->frame_us);
            next_us = min_i64(next_us, pacer_next_deadline(&flow->pacer));
            next_us = min_i64(next_us, estimator_next_deadline(flow->estimator));
        }
    }
    return next_us;
}

void flow_world_run(struct flow_world *world, int64_t until_us)
{
    while (world->now_us < until_us) {
        struct network_datagram *datagram = NULL;
        while ((datagram = network_take(world->network, world->now_us)) != NULL) {
            deliver(world, datagram);
            network_give_back(world->network, datagram);
        }
        for (size_t i = 0; i < world->flow_count; i++) {
            sender_step(world, world->flows[i]);
            receiver_step(world, world->flows[i]);
        }
        int64_t next_us = next_event(world);
        /* Nothing in a real relay happens more often than this either. */
        int64_t soonest_us = world->now_us + 200;
        next_us = next_us < soonest_us ? soonest_us : next_us;
        world->now_us = next_us < until_us ? next_us : until_us;
    }
}

const struct flow_counts *flow_world_counts(const struct flow_world *world, size_t flow)
{
    return &world->flows[flow]->counts;
}

void flow_world_view(const struct flow_world *world, size_t flow, struct estimator_view *out)
{
    estimator_view(world->flows[flow]->estimator, out);
}

void flow_world_free(struct flow_world **world)
{
    struct flow_world *gone = *world;
    if (gone == NULL) {
        return;
    }
    for (size_t i = 0; i < gone->flow_count; i++) {
        estimator_free(&gone->flows[i]->estimator);
        twcc_recorder_deinit(&gone->flows[i]->recorder);
        free(gone->flows[i]);
    }
    network_free(&gone->network);
    free(gone);
    *world = NULL;
}

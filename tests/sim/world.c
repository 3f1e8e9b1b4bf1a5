#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/grid.h"
#include "base/minmax.h"
#include "base/outbox.h"
#include "base/packet.h"
#include "bridge/compose_desk.h"
#include "bridge/video_bridge.h"
#include "transport/certificate.h"
#include "transport/transport.h"

enum {
    MAX_PACKETS = 65536,
    START_US = 1000000,
    MAX_COMPOSITIONS = 4,
    MAX_COMPOSED = 64,
    MAX_WAITING = 4096 /**< datagrams in the relay's socket */
};

/** Wall clock of the simulation's start: 2026-01-01. */
static const int64_t wall_us = INT64_C(1767225600000000);

struct world_peer {
    struct world *world;
    struct peer *peer;
    size_t up;
    size_t down;
};

struct world {
    int64_t now_us;
    struct rand rand;
    struct certificate *certificate;
    struct outbox *outbox;
    struct pool *packets;
    struct packet *waiting[MAX_WAITING]; /**< in the relay's socket */
    size_t waiting_count;
    bool patient;
    struct exchange *exchange;
    struct audio_bridge *audio_bridge;
    struct video_bridge *video_bridge;
    struct compose_desk *desk; /**< of the codec thread, which has the time of the worker here */
    struct compose_result *composed[MAX_COMPOSED]; /**< on their way to the worker */
    size_t composed_count;
    bool codecs_deaf;
    struct network *network;
    struct addr relay;
    struct world_peer peers[WORLD_MAX_PEERS];
    size_t peer_count;
    uint32_t addresses; /* given out so far */
    struct world_events events;
};

/** The peer of a participant's number, or NULL. */
static struct peer *peer_of(const struct world *world, uint32_t number)
{
    return number >= 1 && number <= world->peer_count ? world->peers[number - 1].peer : NULL;
}

static void tell_slots(struct world *world, const struct event *event)
{
    struct peer *peer = peer_of(world, event->number);
    for (size_t i = 0; peer != NULL && i < event->slot_count; i++) {
        peer_slot_told(peer, &event->slots[i], world->now_us);
    }
}

static void tell_layers(struct world *world, const struct event *event)
{
    struct peer *peer = peer_of(world, event->number);
    for (size_t i = 0; peer != NULL && i < event->layer_count; i++) {
        peer_layer_wanted(peer, &event->layers[i], world->now_us);
    }
}

static void take_event(void *owner, struct event *event)
{
    struct world *world = owner;
    struct world_events *events = &world->events;
    switch (event->kind) {
    case EVENT_CONNECTED:
        events->connected++;
        break;
    case EVENT_LEFT:
        events->left++;
        events->last_left = event->number;
        events->left_us = world->now_us;
        (void)snprintf(events->left_reason, sizeof(events->left_reason), "%s", event->reason);
        break;
    case EVENT_SLOTS:
        events->slots++;
        tell_slots(world, event);
        break;
    case EVENT_SPEAKING:
        events->speaking++;
        events->dominant = event->dominant;
        break;
    case EVENT_COUNTERS:
        events->counters = event->counters;
        break;
    case EVENT_LAYERS:
        events->layers++;
        tell_layers(world, event);
        break;
    case EVENT_REPORT:
        events->report = event->report;
        break;
    }
    event_free(&event);
}

static const struct world_peer *peer_at(const struct world *world, const struct addr *addr)
{
    for (size_t i = 0; i < world->peer_count; i++) {
        if (addr_equal(peer_addr(world->peers[i].peer), addr)) {
            return &world->peers[i];
        }
    }
    return NULL;
}

/** The relay's datagrams go onto their links; those to nobody's address are gone. */
static void flush_outbox(void *owner, struct outbox *outbox)
{
    struct world *world = owner;
    for (size_t i = 0; i < outbox->count; i++) {
        const struct outbox_entry *entry = &outbox->entries[i];
        const struct addr *to = &outbox->destinations[entry->to].remote;
        const struct world_peer *peer = peer_at(world, to);
        if (peer != NULL) {
            network_send(world->network, peer->down, &world->relay, to, entry->data, entry->len,
                         world->now_us);
        } else {
            world->events.bytes_to_nobody += entry->len;
        }
    }
    outbox_clear(outbox);
}

static void send_up(void *owner, const struct addr *from, const uint8_t *data, size_t len)
{
    const struct world_peer *peer = owner;
    struct world *world = peer->world;
    network_send(world->network, peer->up, from, &world->relay, data, len, world->now_us);
}

static struct addr make_addr(uint32_t host, uint16_t port)
{
    struct addr addr = {.family = ADDR_IPV4, .port = port};
    addr.ip[0] = 192;
    addr.ip[1] = (uint8_t)(host >> 16);
    addr.ip[2] = (uint8_t)(host >> 8);
    addr.ip[3] = (uint8_t)host;
    return addr;
}

int world_set_mix(struct world *world, struct audio_bridge_options options)
{
    const struct audio_bridge_config config = {.options = options,
                                               .packets = world->packets,
                                               .counters =
                                                   &exchange_counters(world->exchange)->mix};
    audio_bridge_free(&world->audio_bridge);
    return audio_bridge_new(&world->audio_bridge, &config, world->now_us);
}

void world_set_patient(struct world *world, bool patient)
{
    world->patient = patient;
}

static int take_request(void *owner, struct compose_request *request)
{
    struct world *world = owner;
    if (world->codecs_deaf) {
        compose_request_free(&request);
        return ERR_FULL;
    }
    compose_desk_receive(world->desk, request, world->now_us);
    return 0;
}

static int take_result(void *owner, struct compose_result *result)
{
    struct world *world = owner;
    if (world->composed_count == MAX_COMPOSED) {
        compose_result_free(&result);
        return ERR_FULL;
    }
    world->composed[world->composed_count++] = result;
    return 0;
}

static void free_codecs(struct world *world)
{
    video_bridge_free(&world->video_bridge);
    for (size_t i = 0; i < world->composed_count; i++) {
        compose_result_free(&world->composed[i]);
    }
    world->composed_count = 0;
    compose_desk_free(&world->desk);
}

int world_set_compositions(struct world *world, size_t most)
{
    const struct compose_desk_config desk = {
        .max_compositions = most, .result = take_result, .owner = world};
    struct video_bridge_config bridge = {.exchange = world->exchange,
                                         .packets = world->packets,
                                         .counters = &exchange_counters(world->exchange)->pictures,
                                         .request = take_request,
                                         .owner = world};
    rand_init(&bridge.rand, rand_u64(&world->rand));
    free_codecs(world);
    exchange_counters(world->exchange)->pictures = (struct event_pictures){.compositions = 0};
    if (most == 0) {
        return 0;
    }
    int err = compose_desk_new(&world->desk, &desk);
    return err != 0 ? err : video_bridge_new(&world->video_bridge, &bridge);
}

int world_new(struct world **out, uint64_t seed)
{
    struct world *world = calloc(1, sizeof(*world));
    if (world == NULL) {
        return ERR_NO_MEMORY;
    }
    world->now_us = START_US;
    world->relay = make_addr(1, WORLD_PORT);
    rand_init(&world->rand, seed);
    int err = certificate_new(&world->certificate, wall_us);
    if (err == 0) {
        err = outbox_new(&world->outbox, flush_outbox, world);
    }
    if (err == 0) {
        err = packet_pool_new(&world->packets, MAX_PACKETS);
    }
    if (err == 0) {
        err = network_new(&world->network, rand_u64(&world->rand));
    }
    if (err == 0) {
        struct exchange_config config = {.certificate = world->certificate,
                                         .outbox = world->outbox,
                                         .packets = world->packets,
                                         .wall_offset_us = wall_us,
                                         .event = take_event,
                                         .owner = world};
        rand_init(&config.rand, rand_u64(&world->rand));
        err = exchange_new(&world->exchange, &config, world->now_us);
    }
    if (err == 0) {
        err = world_set_mix(world, audio_bridge_defaults());
    }
    if (err == 0) {
        err = world_set_compositions(world, MAX_COMPOSITIONS);
    }
    if (err != 0) {
        world_free(&world);
        return err;
    }
    *out = world;
    return 0;
}

/** Composing takes no time. */
static void compose(struct world *world)
{
    if (world->video_bridge == NULL) {
        return;
    }
    if (compose_desk_next_deadline(world->desk) <= world->now_us) {
        compose_desk_timeout(world->desk, world->now_us);
    }
    size_t count = world->composed_count;
    for (size_t i = 0; i < count; i++) {
        video_bridge_result(world->video_bridge, world->composed[i], world->now_us);
    }
    world->composed_count -= count;
    memmove(world->composed, world->composed + count,
            world->composed_count * sizeof(struct compose_result *));
    if (video_bridge_next_deadline(world->video_bridge) <= world->now_us) {
        video_bridge_timeout(world->video_bridge, world->now_us);
    }
}

static void end_turn(struct world *world)
{
    exchange_flush(world->exchange, world->now_us);
    if (world->outbox->count > 0) {
        flush_outbox(world, world->outbox);
    }
}

/** Tells the relay about the peer, and with null security that it is connected. */
static int tell_join(struct world *world, struct peer *peer, bool real_security)
{
    struct command *command = NULL;
    int err = command_new(&command, COMMAND_JOIN, peer_number(peer));
    if (err != 0) {
        return err;
    }
    command->session = peer_session(peer);
    if (command->session == NULL) {
        command_free(&command);
        return ERR_NO_MEMORY;
    }
    exchange_command(world->exchange, command, world->now_us);
    if (!real_security) {
        struct transport *transport = exchange_transport(world->exchange, peer_number(peer));
        const struct five_tuple tuple = {.remote = *peer_addr(peer), .local = world->relay};
        err = transport == NULL ? ERR_NOT_FOUND
                                : transport_adopt(transport, &tuple, SRTP_PROFILE_NULL, NULL, NULL,
                                                  world->now_us);
    }
    return err;
}

int world_join(struct world *world, const struct peer_config *config,
               const struct link_config *link, struct peer **out)
{
    if (world->peer_count == WORLD_MAX_PEERS) {
        return ERR_FULL;
    }
    struct world_peer *entry = &world->peers[world->peer_count];
    *entry = (struct world_peer){.world = world};
    int err = network_add_link(world->network, link, &entry->up);
    if (err == 0) {
        err = network_add_link(world->network, link, &entry->down);
    }
    if (err != 0) {
        return err;
    }
    const struct peer_output output = {.send = send_up, .owner = entry};
    const struct addr addr = make_addr(2 + world->addresses++, 5000);
    err = peer_new(&entry->peer, config, &output, &world->rand, (uint32_t)world->peer_count + 1,
                   &addr, certificate_fingerprint(world->certificate), world->now_us);
    if (err != 0) {
        return err;
    }
    world->peer_count++;
    err = tell_join(world, entry->peer, config->real_security);
    if (err == 0) {
        peer_start(entry->peer, world->now_us);
        *out = entry->peer;
    }
    return err;
}

static const struct world_peer *entry_of(const struct world *world, const struct peer *peer)
{
    size_t i = 0;
    while (world->peers[i].peer != peer) {
        i++;
    }
    return &world->peers[i];
}

void world_set_link(struct world *world, const struct peer *peer, const struct link_config *up,
                    const struct link_config *down)
{
    const struct world_peer *entry = entry_of(world, peer);
    if (up != NULL) {
        network_set_link(world->network, entry->up, up);
    }
    if (down != NULL) {
        network_set_link(world->network, entry->down, down);
    }
}

int world_add_link(struct world *world, const struct link_config *config, size_t *link)
{
    return network_add_link(world->network, config, link);
}

size_t world_link(const struct world *world, const struct peer *peer, bool up)
{
    const struct world_peer *entry = entry_of(world, peer);
    return up ? entry->up : entry->down;
}

void world_leave(struct world *world, struct peer *peer)
{
    struct command *command = NULL;
    peer_leave(peer, world->now_us);
    if (command_new(&command, COMMAND_LEAVE, peer_number(peer)) == 0) {
        exchange_command(world->exchange, command, world->now_us);
        end_turn(world);
    }
}

struct addr world_move(struct world *world, struct peer *peer)
{
    const struct addr addr = make_addr(2 + world->addresses++, 6000);
    peer_move(peer, &addr);
    return addr;
}

void world_rebind(struct world *world, struct peer *peer)
{
    struct addr addr = *peer_addr(peer);
    addr.port = (uint16_t)(addr.port + 1 + world->addresses++);
    peer_move(peer, &addr);
}

int world_restart_ice(struct world *world, struct peer *peer)
{
    struct command *command = NULL;
    int err = command_new(&command, COMMAND_RESTART_ICE, peer_number(peer));
    if (err != 0) {
        return err;
    }
    command->session = peer_restart_ice(peer, world->now_us);
    if (command->session == NULL) {
        command_free(&command);
        return ERR_NO_MEMORY;
    }
    exchange_command(world->exchange, command, world->now_us);
    end_turn(world);
    return 0;
}

void world_mute(struct world *world, const struct peer *peer, enum media_kind kind, bool on)
{
    struct command *command = NULL;
    if (command_new(&command, COMMAND_MUTE, peer_number(peer)) == 0) {
        command->media_kind = kind;
        command->on = on;
        exchange_command(world->exchange, command, world->now_us);
        end_turn(world);
    }
}

void world_pin(struct world *world, const struct peer *peer, uint32_t line, uint32_t target)
{
    struct command *command = NULL;
    if (command_new(&command, COMMAND_PIN, peer_number(peer)) == 0) {
        (void)snprintf(command->mid, sizeof(command->mid), "%u", line);
        command->target = target;
        exchange_command(world->exchange, command, world->now_us);
        end_turn(world);
    }
}

void world_view(struct world *world, const struct peer *peer, uint32_t line, uint32_t width,
                uint32_t height, uint32_t fps)
{
    struct command *command = NULL;
    if (command_new(&command, COMMAND_VIEW, peer_number(peer)) == 0) {
        (void)snprintf(command->mid, sizeof(command->mid), "%u", line);
        command->width = width;
        command->height = height;
        command->fps = fps;
        exchange_command(world->exchange, command, world->now_us);
        end_turn(world);
    }
}

static void to_relay(struct world *world, const struct addr *from, const uint8_t *data, size_t len)
{
    struct packet *packet = packet_take(world->packets);
    if (packet == NULL || len > PACKET_MAX_BYTES) {
        packet_unref(&packet);
        return;
    }
    memcpy(packet->data, data, len);
    packet->len = (uint32_t)len;
    packet->arrival_us = world->now_us;
    packet->from = (struct five_tuple){.remote = *from, .local = world->relay};
    if (world->waiting_count < MAX_WAITING) {
        world->waiting[world->waiting_count++] = packet;
    } else {
        packet_unref(&packet);
    }
}

/** When the relay looks into its socket, or has something else to do. */
static int64_t relay_deadline(const struct world *world)
{
    bool patient = world->patient && exchange_is_patient(world->exchange);
    int64_t due_us = exchange_next_deadline(world->exchange);
    int64_t strict_us = audio_bridge_next_deadline(world->audio_bridge, world->exchange);
    if (world->video_bridge != NULL) {
        strict_us = min_i64(strict_us, video_bridge_next_deadline(world->video_bridge));
    }
    if (world->waiting_count > 0) {
        due_us = min_i64(due_us, patient ? grid_up(world->waiting[0]->arrival_us) : world->now_us);
    }
    return min_i64(patient ? grid_join(due_us, strict_us) : due_us, strict_us);
}

static void read_socket(struct world *world)
{
    if (world->waiting_count > 0 && relay_deadline(world) <= world->now_us) {
        exchange_receive(world->exchange, world->waiting, world->waiting_count, world->now_us);
        world->waiting_count = 0;
    }
}

void world_inject(struct world *world, const struct addr *from, const uint8_t *data, size_t len)
{
    to_relay(world, from, data, len);
    read_socket(world);
    end_turn(world);
}

static void deliver(struct world *world)
{
    struct network_datagram *datagram = NULL;
    while ((datagram = network_take(world->network, world->now_us)) != NULL) {
        if (addr_equal(&datagram->to, &world->relay)) {
            to_relay(world, &datagram->from, datagram->data, datagram->len);
        } else {
            const struct world_peer *entry = peer_at(world, &datagram->to);
            if (entry != NULL) {
                peer_receive(entry->peer, &datagram->to, datagram->data, datagram->len,
                             world->now_us);
            }
        }
        network_give_back(world->network, datagram);
    }
}

/** One loop turn at now_us. */
static void turn(struct world *world)
{
    deliver(world);
    for (size_t i = 0; i < world->peer_count; i++) {
        if (peer_next_deadline(world->peers[i].peer) <= world->now_us) {
            peer_timeout(world->peers[i].peer, world->now_us);
        }
    }
    read_socket(world);
    if (relay_deadline(world) <= world->now_us) {
        exchange_timeout(world->exchange, world->now_us);
    }
    if (audio_bridge_next_deadline(world->audio_bridge, world->exchange) <= world->now_us) {
        audio_bridge_timeout(world->audio_bridge, world->exchange, world->now_us);
    }
    compose(world);
    end_turn(world);
}

static int64_t next_turn_us(const struct world *world)
{
    int64_t next_us = network_next_arrival(world->network);
    int64_t relay_us = relay_deadline(world);
    next_us = relay_us < next_us ? relay_us : next_us;
    if (world->video_bridge != NULL) {
        int64_t desk_us = world->composed_count > 0 ? 0 : compose_desk_next_deadline(world->desk);
        next_us = desk_us < next_us ? desk_us : next_us;
    }
    for (size_t i = 0; i < world->peer_count; i++) {
        int64_t peer_us = peer_next_deadline(world->peers[i].peer);
        next_us = peer_us < next_us ? peer_us : next_us;
    }
    /* A deadline in the past is due now, and a loop that does not get on must not stand still. */
    return next_us > world->now_us ? next_us : world->now_us + 1;
}

void world_run(struct world *world, int64_t duration_us)
{
    int64_t until_us = world->now_us + duration_us;
    end_turn(world); /* what a join has begun: its links are as they are now */
    for (;;) {
        int64_t next_us = next_turn_us(world);
        if (next_us > until_us) {
            break;
        }
        world->now_us = next_us;
        turn(world);
    }
    world->now_us = until_us;
}

bool world_run_until_connected(struct world *world, int64_t max_us)
{
    for (int64_t waited_us = 0;; waited_us += 10000) {
        size_t connected = 0;
        for (size_t i = 0; i < world->peer_count; i++) {
            connected += peer_connected(world->peers[i].peer);
        }
        if (connected == world->peer_count) {
            return true;
        }
        if (waited_us >= max_us) {
            return false;
        }
        world_run(world, 10000);
    }
}

int64_t world_now_us(const struct world *world)
{
    return world->now_us;
}

struct event_counters world_counters(struct world *world)
{
    struct command *command = NULL;
    if (command_new(&command, COMMAND_COUNTERS, 0) == 0) {
        exchange_command(world->exchange, command, world->now_us);
        end_turn(world);
    }
    return world->events.counters;
}

struct event_report world_report(struct world *world, const struct peer *peer)
{
    struct command *command = NULL;
    world->events.report = (struct event_report){.rtt_us = 0};
    if (command_new(&command, COMMAND_REPORT, peer_number(peer)) == 0) {
        exchange_command(world->exchange, command, world->now_us);
        end_turn(world);
    }
    return world->events.report;
}

void world_set_codecs_deaf(struct world *world, bool deaf)
{
    world->codecs_deaf = deaf;
}

const struct event_pictures *world_pictures(const struct world *world)
{
    return &exchange_counters(world->exchange)->pictures;
}

const struct compose_desk_counters *world_desk(const struct world *world)
{
    return compose_desk_counters(world->desk);
}

const struct world_events *world_events(const struct world *world)
{
    return &world->events;
}

struct rand *world_rand(struct world *world)
{
    return &world->rand;
}

const struct link_counts *world_link_counts(const struct world *world, const struct peer *peer,
                                            bool up)
{
    const struct world_peer *entry = entry_of(world, peer);
    return network_counts(world->network, up ? entry->up : entry->down);
}

struct network *world_network(struct world *world)
{
    return world->network;
}

struct exchange *world_exchange(struct world *world)
{
    return world->exchange;
}

size_t world_packets_in_use(const struct world *world)
{
    return pool_in_use(world->packets);
}

void world_free(struct world **world)
{
    struct world *gone = *world;
    if (gone == NULL) {
        return;
    }
    audio_bridge_free(&gone->audio_bridge);
    free_codecs(gone);
    for (size_t i = 0; i < gone->waiting_count; i++) {
        packet_unref(&gone->waiting[i]);
    }
    exchange_free(&gone->exchange);
    for (size_t i = 0; i < gone->peer_count; i++) {
        peer_free(&gone->peers[i].peer);
    }
    network_free(&gone->network);
    if (gone->packets != NULL) {
        pool_free(&gone->packets);
    }
    outbox_free(&gone->outbox);
    certificate_free(&gone->certificate);
    free(gone);
    *world = NULL;
}

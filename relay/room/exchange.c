#include "room/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "base/err.h"
#include "base/log.h"
#include "base/map.h"
#include "base/wheel.h"
#include "context.h"
#include "forward.h"
#include "nearby.h"
#include "participant.h"
#include "room.h"
#include "room/bridge_ends.h"
#include "send_queue.h"
#include "transport/transport.h"

enum {
    MAX_PARTICIPANTS =
        65536,           /**< bound of a worker's table; control admits far fewer (LIMITS.md 8) */
    MAX_ROUNDS = 8,      /**< of a flush: what one part does may give another something to do */
    RECEIVE_AT_ONCE = 32 /**< packets: what was deciphered is still near when it is looked at */
};

struct exchange {
    struct room_context context;
    struct transport_hub *hub;
    struct map *rooms;        /**< by name, zero-filled to SESSION_ROOM_BYTES */
    struct map *participants; /**< by number */
    struct list ended;        /**< participant.ended_link */
};

int exchange_new(struct exchange **out, const struct exchange_config *config, int64_t now_us)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (exchange == NULL) {
        return ERR_NO_MEMORY;
    }
    struct room_context *context = &exchange->context;
    list_init(&exchange->ended);
    list_init(&context->layers);
    list_init(&context->touched);
    list_init(&context->rooms);
    list_init(&context->bridgings);
    list_init(&context->agreements);
    context->rand = config->rand;
    context->wall_offset_us = config->wall_offset_us;
    context->worker = config->worker;
    context->event = config->event;
    context->owner = config->owner;
    room_context_now(context, now_us);
    int err = wheel_new(&context->wheel, now_us);
    if (err == 0) {
        err = send_queue_pool_new(&context->waiting);
    }
    if (err == 0) {
        err = map_new(&exchange->rooms, SESSION_ROOM_BYTES, rand_u64(&context->rand));
    }
    if (err == 0) {
        err = map_new(&exchange->participants, sizeof(uint32_t), rand_u64(&context->rand));
    }
    if (err == 0) {
        err = transport_hub_new(&exchange->hub, config->certificate, config->outbox,
                                &context->counters.drops, &context->rand, now_us);
    }
    if (err != 0) {
        exchange_free(&exchange);
        return err;
    }
    *out = exchange;
    return 0;
}

static struct participant *find(const struct exchange *exchange, uint32_t number)
{
    struct participant *participant = map_get(exchange->participants, &number);
    return participant != NULL && !participant->ended ? participant : NULL;
}

/** To be swept at the end of the loop turn. */
static void end(struct exchange *exchange, struct participant *participant, const char *reason,
                bool quiet)
{
    if (participant->ended) {
        return;
    }
    participant->ended = true;
    participant->quiet = quiet;
    (void)snprintf(participant->reason, sizeof(participant->reason), "%s", reason);
    list_append(&exchange->ended, &participant->ended_link);
}

/** Follows what the transport has become. */
static void check_transport(struct exchange *exchange, struct participant *participant)
{
    bool was_connected = participant->egress.connected;
    bool connected = egress_check(&participant->egress);
    if (transport_state(participant->transport) == TRANSPORT_CLOSED) {
        end(exchange, participant, transport_close_cause(participant->transport), false);
        return;
    }
    if (transport_was_deaf(participant->transport)) {
        participant_show_anew(participant);
    }
    if (!was_connected && connected) {
        egress_reconnected(&participant->egress);
        egress_hurry_reports(&participant->egress);
        room_restage(participant->room);
        if (!participant->connected_told) {
            participant->connected_told = true;
            log_debug("room", "connected participant=%u", (unsigned)participant->number);
            announce(&exchange->context, EVENT_CONNECTED, participant->number,
                     participant->room->name, NULL);
        }
    }
}

/** What the hub made of a datagram. */
struct received {
    struct transport *transport; /**< NULL: dropped */
    enum transport_verdict verdict;
};

/** Gives a datagram to whom it belongs to. */
static void hand_over(struct exchange *exchange, struct packet *packet,
                      const struct received *received)
{
    struct participant *participant =
        received->transport == NULL ? NULL : transport_owner(received->transport);
    if (participant == NULL || participant->ended) {
        return;
    }
    if (received->verdict == TRANSPORT_CONSUMED || !participant->egress.connected) {
        check_transport(exchange, participant);
    }
    participant_check_path(participant);
    participant_receive(participant, packet, received->verdict);
}

/** Fetches what these packets will need: step by step for all, since what one step fetches tells
 * where the next is, and the memory answers many questions in the time of one. */
static void fetch(struct exchange *exchange, struct packet **packets, size_t count)
{
    const struct participant *whose[RECEIVE_AT_ONCE];
    const struct transport *transports[RECEIVE_AT_ONCE];
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !five_tuple_equal(&packets[i]->from, &packets[i - 1]->from)) {
            transport_hub_prefetch(exchange->hub, packets[i]);
        }
    }
    const struct transport *last = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct transport *found = transport_hub_expect(exchange->hub, packets[i]);
        transports[i] = found == last ? NULL : found;
        last = found;
    }
    for (size_t i = 0; i < count; i++) {
        whose[i] = transports[i] == NULL ? NULL : transport_owner(transports[i]);
        if (whose[i] != NULL) {
            near_prepare(&whose[i]->near);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (whose[i] != NULL) {
            near_fetch(&whose[i]->near);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (whose[i] != NULL) {
            nearby_fetch_moving(&whose[i]->streams);
        }
    }
}

/** Deciphers all, then looks at all: each of the two finds its code in the cache, which does not
 * hold both. */
static void receive(struct exchange *exchange, struct packet **packets, size_t count)
{
    struct room_context *context = &exchange->context;
    struct received received[RECEIVE_AT_ONCE];
    context->counters.datagrams_received += count;
    fetch(exchange, packets, count);
    for (size_t i = 0; i < count; i++) {
        context->counters.bytes_received += packets[i]->len;
        received[i].verdict = transport_hub_receive(exchange->hub, packets[i], context->now_us,
                                                    &received[i].transport);
    }
    for (size_t i = 0; i < count; i++) {
        hand_over(exchange, packets[i], &received[i]);
        packet_unref(&packets[i]);
    }
}

void exchange_receive(struct exchange *exchange, struct packet **packets, size_t count,
                      int64_t now_us)
{
    room_context_now(&exchange->context, now_us);
    for (size_t done = 0; done < count; done += RECEIVE_AT_ONCE) {
        size_t left = count - done;
        receive(exchange, packets + done, left < RECEIVE_AT_ONCE ? left : RECEIVE_AT_ONCE);
    }
}

void exchange_tcp_closed(struct exchange *exchange, uint32_t tcp, int64_t now_us)
{
    room_context_now(&exchange->context, now_us);
    transport_hub_tcp_closed(exchange->hub, tcp);
}

/** The room of a name, made when there is none. */
static int find_room(struct exchange *exchange, const char *name, struct room **out)
{
    char key[SESSION_ROOM_BYTES] = {0};
    (void)snprintf(key, sizeof(key), "%s", name);
    *out = map_get(exchange->rooms, key);
    if (*out != NULL) {
        return 0;
    }
    struct room *room = NULL;
    int err = room_new(&room, &exchange->context, key);
    if (err == 0) {
        err = map_put(exchange->rooms, key, room);
    }
    if (err != 0) {
        room_free(&room);
        return err;
    }
    *out = room;
    return 0;
}

static void drop_room_if_empty(struct exchange *exchange, struct room *room)
{
    if (room != NULL && room->count == 0) {
        (void)map_remove(exchange->rooms, room->name);
        room_free(&room);
    }
}

static int join(struct exchange *exchange, const struct session *session)
{
    if (map_count(exchange->participants) >= MAX_PARTICIPANTS) {
        return ERR_FULL;
    }
    struct room *room = NULL;
    struct participant *participant = NULL;
    int err = find_room(exchange, session->room, &room);
    if (err == 0) {
        err = participant_new(&participant, &exchange->context, exchange->hub, session);
    }
    if (err == 0) {
        err = map_put(exchange->participants, &session->number, participant);
    }
    if (err == 0) {
        err = room_join(room, participant);
        if (err != 0) {
            (void)map_remove(exchange->participants, &session->number);
        }
    }
    if (err != 0) {
        participant_free(&participant);
        drop_room_if_empty(exchange, room);
    }
    return err;
}

static void command_join(struct exchange *exchange, const struct session *session)
{
    if (map_get(exchange->participants, &session->number) != NULL) {
        log_error("room", "number taken participant=%u", (unsigned)session->number);
        return;
    }
    int err = join(exchange, session);
    if (err != 0) {
        log_warn("room", "join failed participant=%u: %s", (unsigned)session->number,
                 err_name(err));
        announce(&exchange->context, EVENT_LEFT, session->number, session->room, err_name(err));
        return;
    }
    log_debug("room", "joined participant=%u", (unsigned)session->number);
}

static void command_update(struct exchange *exchange, struct participant *participant,
                           const struct session *session)
{
    int err = room_update(participant->room, participant, session);
    if (err != 0) {
        log_warn("room", "update failed participant=%u: %s", (unsigned)participant->number,
                 err_name(err));
        end(exchange, participant, err_name(err), false);
    }
}

static void command_restart_ice(struct exchange *exchange, struct participant *participant,
                                const struct session *session)
{
    int err =
        transport_restart_ice(participant->transport, session->local_ufrag, session->local_pwd,
                              session->remote_ufrag, session->remote_pwd, exchange->context.now_us);
    if (err != 0) {
        log_warn("room", "ICE restart failed participant=%u: %s", (unsigned)participant->number,
                 err_name(err));
        end(exchange, participant, err_name(err), false);
    }
}

static void command_report(struct exchange *exchange, struct participant *participant)
{
    struct event *event = NULL;
    if (event_new(&event, EVENT_REPORT) == 0) {
        event->number = participant->number;
        memcpy(event->room, participant->room->name, sizeof(event->room));
        participant_report(participant, &event->report);
        room_context_tell(&exchange->context, event);
    }
}

static void command_counters(struct exchange *exchange)
{
    struct event_counters *counters = &exchange->context.counters;
    counters->rooms = (uint32_t)map_count(exchange->rooms);
    counters->participants = (uint32_t)map_count(exchange->participants);
    counters->path_moves = transport_hub_path_moves(exchange->hub);
    struct event *event = NULL;
    if (event_new(&event, EVENT_COUNTERS) == 0) {
        event->counters = *counters;
        room_context_tell(&exchange->context, event);
    }
}

static void leave(struct exchange *exchange, struct participant *participant, const char *cause)
{
    participant_close(participant, cause);
    end(exchange, participant, cause, true);
}

static void command_stop(struct exchange *exchange)
{
    size_t cursor = 0;
    struct participant *participant;
    while ((participant = map_next(exchange->participants, &cursor)) != NULL) {
        leave(exchange, participant, "stopping");
    }
}

/** Commands about one participant who is there. */
static void command_about(struct exchange *exchange, struct participant *participant,
                          const struct command *command)
{
    switch (command->kind) {
    case COMMAND_UPDATE:
        command_update(exchange, participant, command->session);
        break;
    case COMMAND_RESTART_ICE:
        command_restart_ice(exchange, participant, command->session);
        break;
    case COMMAND_LEAVE:
        leave(exchange, participant, "left");
        break;
    case COMMAND_PIN:
        room_pin(participant->room, participant, command);
        break;
    case COMMAND_VIEW:
        room_view(participant->room, participant, command);
        break;
    case COMMAND_MUTE:
        participant_mute(participant, command->media_kind, command->on);
        break;
    case COMMAND_REPORT:
        command_report(exchange, participant);
        break;
    case COMMAND_JOIN:
    case COMMAND_COUNTERS:
    case COMMAND_STOP:
        break;
    }
    egress_touch(&participant->egress);
}

void exchange_command(struct exchange *exchange, struct command *command, int64_t now_us)
{
    room_context_now(&exchange->context, now_us);
    if (command->kind == COMMAND_JOIN) {
        command_join(exchange, command->session);
    } else if (command->kind == COMMAND_COUNTERS) {
        command_counters(exchange);
    } else if (command->kind == COMMAND_STOP) {
        command_stop(exchange);
    } else {
        /* Who has just left by himself is not there any more: nothing to do. */
        struct participant *participant = find(exchange, command->number);
        if (participant != NULL) {
            command_about(exchange, participant, command);
        } else if (command->kind == COMMAND_REPORT) {
            /* Word of his leaving may have been lost for want of memory. */
            announce(&exchange->context, EVENT_LEFT, command->number, NULL, "gone");
        }
    }
    command_free(&command);
}

static struct participant *participant_of_egress(struct list *link)
{
    struct egress *egress = LIST_ENTRY(link, struct egress, touch_link);
    return LIST_ENTRY(egress, struct participant, egress);
}

/** What came decides about the stage. */
static void look(struct exchange *exchange)
{
    LIST_FOR_EACH(link, &exchange->context.touched)
    {
        struct participant *participant = participant_of_egress(link);
        if (participant->ended) {
            continue;
        }
        if (participant_take_restage(participant)) {
            room_restage(participant->room);
        }
        if (room_has_heard(participant->room)) {
            room_listen(participant->room);
        }
    }
}

static void stage_rooms(struct exchange *exchange)
{
    while (!list_empty(&exchange->context.rooms)) {
        room_stage(LIST_ENTRY(exchange->context.rooms.next, struct room, restage_link));
    }
}

/** Requests, reports and news of one participant, and when to look again. */
static void serve_thoroughly(struct exchange *exchange, struct participant *participant)
{
    struct room_context *context = &exchange->context;
    participant_timeout(participant, context->now_us);
    check_transport(exchange, participant);
    if (!participant->ended) {
        announce_slots(participant, participant->room->name);
        announce_layers(participant, participant->room->name);
        wheel_set(context->wheel, &participant->timer.timer,
                  participant_next_deadline(participant));
    }
}

/** After mere media: is something due, by a deadline that it has brought forward? */
static bool is_due(struct exchange *exchange, struct participant *participant)
{
    struct room_context *context = &exchange->context;
    int64_t deadline = participant_next_deadline(participant);
    if (deadline <= context->now_us) {
        return true;
    }
    wheel_set(context->wheel, &participant->timer.timer, deadline);
    return false;
}

/** Does for everybody with whom something happened what that asks for. */
static void serve(struct exchange *exchange)
{
    struct room_context *context = &exchange->context;
    struct list turn; /* whoever is touched meanwhile has his turn in the next round */
    list_init(&turn);
    list_append(context->touched.next, &turn);
    list_remove(&context->touched);
    while (!list_empty(&turn)) {
        struct participant *participant = participant_of_egress(turn.next);
        list_remove(&participant->egress.touch_link);
        participant->egress.touched = false;
        bool thorough = participant->egress.thorough;
        participant->egress.thorough = false;
        if (participant->ended) {
            continue;
        }
        if (thorough || !egress_is_calm(&participant->egress) || is_due(exchange, participant)) {
            serve_thoroughly(exchange, participant);
        }
    }
}

/** Frees what has ended. */
static void sweep(struct exchange *exchange)
{
    while (!list_empty(&exchange->ended)) {
        struct participant *participant =
            LIST_ENTRY(exchange->ended.next, struct participant, ended_link);
        struct room *room = participant->room;
        list_remove(&participant->ended_link);
        log_debug("room", "left participant=%u reason=\"%s\"", (unsigned)participant->number,
                  participant->reason);
        room_leave(room, participant);
        wheel_cancel(exchange->context.wheel, &participant->timer.timer);
        (void)map_remove(exchange->participants, &participant->number);
        if (!participant->quiet) {
            announce(&exchange->context, EVENT_LEFT, participant->number, room->name,
                     participant->reason);
        }
        participant_free(&participant);
        drop_room_if_empty(exchange, room);
    }
}

static bool idle(const struct exchange *exchange)
{
    const struct room_context *context = &exchange->context;
    return list_empty(&context->touched) && list_empty(&context->rooms) &&
           list_empty(&context->layers) && list_empty(&exchange->ended);
}

/** What bridges have done since the last loop turn. */
static void follow_bridges(struct exchange *exchange)
{
    LIST_FOR_EACH_SAFE(link, after, &exchange->context.bridgings)
    {
        struct bridging *bridging = LIST_ENTRY(link, struct bridging, link);
        if (bridging->owner != NULL && bridging->restage != 0) {
            room_follow_bridge(bridging->owner);
        }
    }
}

void exchange_flush(struct exchange *exchange, int64_t now_us)
{
    room_context_now(&exchange->context, now_us);
    follow_bridges(exchange);
    for (int round = 0; round < MAX_ROUNDS && !idle(exchange); round++) {
        look(exchange);
        stage_rooms(exchange);
        forward_all(&exchange->context);
        serve(exchange);
        sweep(exchange);
    }
}

static void fire(struct room_timer *timer)
{
    switch (timer->kind) {
    case ROOM_TIMER_PARTICIPANT:
        egress_touch(&LIST_ENTRY(timer, struct participant, timer)->egress);
        break;
    case ROOM_TIMER_SPEAKERS:
        room_listen(LIST_ENTRY(timer, struct room, timer));
        break;
    }
}

void exchange_timeout(struct exchange *exchange, int64_t now_us)
{
    room_context_now(&exchange->context, now_us);
    struct wheel_timer *timer;
    while ((timer = wheel_pop(exchange->context.wheel, now_us)) != NULL) {
        fire(LIST_ENTRY(timer, struct room_timer, timer));
    }
    if (exchange_is_patient(exchange)) {
        look(exchange); /* what has just come is read for the mix that is made now */
    }
}

int64_t exchange_next_deadline(const struct exchange *exchange)
{
    return idle(exchange) ? wheel_next_deadline(exchange->context.wheel) : exchange->context.now_us;
}

bool exchange_is_patient(const struct exchange *exchange)
{
    return exchange->context.haste == 0;
}

uint32_t exchange_sinks_come(const struct exchange *exchange)
{
    return exchange->context.sinks_come;
}

struct list *exchange_bridgings(struct exchange *exchange)
{
    return &exchange->context.bridgings;
}

struct event_counters *exchange_counters(struct exchange *exchange)
{
    return &exchange->context.counters;
}

struct transport *exchange_transport(struct exchange *exchange, uint32_t number)
{
    struct participant *participant = find(exchange, number);
    if (participant == NULL) {
        return NULL;
    }
    egress_touch(&participant->egress); /* whoever asks is about to change its state */
    return participant->transport;
}

void exchange_free(struct exchange **exchange)
{
    struct exchange *old = *exchange;
    if (old == NULL) {
        return;
    }
    if (old->participants != NULL) {
        size_t cursor = 0;
        struct participant *participant;
        while ((participant = map_next(old->participants, &cursor)) != NULL) {
            end(old, participant, "stopping", true);
        }
        sweep(old);
    }
    map_free(&old->rooms);
    map_free(&old->participants);
    transport_hub_free(&old->hub);
    wheel_free(&old->context.wheel);
    pool_free(&old->context.waiting);
    free(old);
    *exchange = NULL;
}

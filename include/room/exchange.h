/**
 * One worker's switchboard: all rooms of the worker, and the way from a datagram to its
 * participant.
 *
 * Sans-I/O: datagrams come in as packets, go out through the outbox, time comes as an argument,
 * commands come in, events go out through the sink given at birth. `app/worker` drives it with
 * sockets and a clock, `tests/sim` with a simulated network and virtual time, `bench/micro` with
 * whatever it measures.
 *
 * A loop turn: exchange_receive for the datagrams of the batch, exchange_command for each message,
 * exchange_timeout when next_deadline has come, then exchange_flush: it forwards what the batch
 * brought (receiver by receiver, so that datagrams to one destination stand together) and sweeps
 * what has ended.
 */
#ifndef ROOM_EXCHANGE_H
#define ROOM_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outbox.h"
#include "base/packet.h"
#include "base/rand.h"
#include "room/command.h"
#include "room/event.h"
#include "transport/certificate.h"

struct exchange;
struct list;
struct transport;

struct exchange_config {
    const struct certificate *certificate; /**< borrowed for the exchange's life */
    struct outbox *outbox;                 /**< borrowed */
    struct pool *packets;                  /**< borrowed; home of the packets that come in */
    struct rand rand;                      /**< copied */
    int64_t wall_offset_us; /**< wall clock minus now_us, for sender reports (NTP time) */
    uint32_t worker;        /**< index, put into events */
    void (*event)(void *owner, struct event *event); /**< takes the event over */
    void *owner;
};

/** @return 0, ERR_NO_MEMORY or ERR_CRYPTO */
int exchange_new(struct exchange **out, const struct exchange_config *config, int64_t now_us);

/**
 * Takes one reference of each packet over, and clears the pointers; from and arrival_us must be
 * set. They are treated in order, but the transports see some of them before anybody else does.
 */
void exchange_receive(struct exchange *exchange, struct packet **packets, size_t count,
                      int64_t now_us);

/** A TCP connection of the worker has closed: its five-tuples are dead. */
void exchange_tcp_closed(struct exchange *exchange, uint32_t tcp, int64_t now_us);

/** Takes the command over. COMMAND_STOP sends BYE; the caller ends the thread. */
void exchange_command(struct exchange *exchange, struct command *command, int64_t now_us);

/** Before bridges have their turns: where all hear mixes, who has begun to speak is in the next
 * one. */
void exchange_timeout(struct exchange *exchange, int64_t now_us);

int64_t exchange_next_deadline(const struct exchange *exchange);

void exchange_flush(struct exchange *exchange, int64_t now_us);

/**
 * True while nobody waits for a datagram: all are connected, no sound is forwarded and no pictures
 * come, so that what comes is needed when something is mixed next, or a deadline is met. May
 * change with each call of the other functions.
 */
bool exchange_is_patient(const struct exchange *exchange);

/** bridging.link of all rooms in which a slot wants to be mixed or composed for (room/bridging.h),
 * or of which a bridge still holds something. */
struct list *exchange_bridgings(struct exchange *exchange);

/** Rises when one of them has a new sink. */
uint32_t exchange_sinks_come(const struct exchange *exchange);

/** Counters of drops made before a participant is known; the worker adds its own (socket) drops to
 * it. */
struct event_counters *exchange_counters(struct exchange *exchange);

/** The transport of a participant, for tests, benches and hand-over that adopt keys instead of a
 * handshake; NULL when unknown. */
struct transport *exchange_transport(struct exchange *exchange, uint32_t number);

void exchange_free(struct exchange **exchange);

#endif

/**
 * Signalling as a whole: the HTTP server, rooms and participants, negotiation, events. It lives on
 * the control thread.
 */
#ifndef SIGNAL_SIGNAL_H
#define SIGNAL_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/ice_servers.h"
#include "base/addr.h"
#include "base/rand.h"
#include "room/event.h"
#include "signal/relay.h"

struct signal_config {
    struct addr http;               /**< port 0: the system chooses */
    const char *tls_cert;           /**< PEM file, NULL for plain HTTP */
    const char *tls_key;            /**< PEM file */
    const char *secret;             /**< of tokens; NULL: rooms are open */
    struct ice_servers ice_servers; /**< told to who joins */
    const char *turn_secret;        /**< shared with the TURN servers; NULL when there are none */
    unsigned max_participants;      /**< in a room */
    int64_t grace_us;               /**< life of an empty room */
    unsigned joins_per_minute;      /**< from one address that is not loopback; 0 = no limit */
    unsigned join_burst;
    struct rand rand; /**< copied */
};

struct signal;

/**
 * Opens the listener. All texts of config are copied or read here.
 * @param relay copied; its owner must outlive the signal
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO (certificate or key), or ERR_IO with errno set
 */
int signal_new(struct signal **out, const struct signal_config *config, const struct relay *relay);

/** Port that HTTP is served on. */
uint16_t signal_port(const struct signal *signal);

/** Takes over an event of a worker. */
void signal_event(struct signal *signal, struct event *event);

/** Serves HTTP and timers until timeout_us have passed at most; returns early after signal_wake. */
void signal_service(struct signal *signal, int64_t timeout_us);

/** From any thread: ends a wait in signal_service. */
void signal_wake(struct signal *signal);

/** No new calls from now on (503), /readyz says so, and clients are told. */
void signal_drain(struct signal *signal);

/** Participants in all rooms. */
size_t signal_participants(const struct signal *signal);

void signal_free(struct signal **signal);

#endif

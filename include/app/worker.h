/**
 * One media worker: a thread with its UDP socket, its TCP listener, its rooms and one mailbox each
 * way.
 */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "bridge/audio_bridge.h"
#include "room/command.h"
#include "room/event.h"
#include "transport/certificate.h"

struct codec_pool;
struct worker;

struct worker_config {
    unsigned index;
    uint16_t port; /**< media port of this worker */
    bool udp;
    bool tcp;
    unsigned gather_us; /**< longest wait for more datagrams where many come, 0 = none */
    struct audio_bridge_options mix;
    const struct certificate *certificate; /**< borrowed */
    struct codec_pool *codecs;             /**< borrowed; NULL: no pictures are composed */
    void (*wake)(
        void *owner); /**< called on the worker's thread when events wait; must be thread-safe */
    void *owner;
};

/** Opens the sockets, so that a taken port is an error here. @return 0, ERR_NO_MEMORY, ERR_CRYPTO,
 * or ERR_IO with errno set */
int worker_new(struct worker **out, const struct worker_config *config);

/** Starts the thread. @return 0 or ERR_IO */
int worker_start(struct worker *worker);

/** Control thread: takes the command over, frees it when the mailbox is full. @return 0 or ERR_FULL
 */
int worker_send(struct worker *worker, struct command *command);

/** Control thread: the next event (owned by the caller), or NULL. */
struct event *worker_event(struct worker *worker);

/** Sends COMMAND_STOP when the thread runs, waits for its end, frees all. */
void worker_free(struct worker **worker);

#endif

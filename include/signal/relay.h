/**
 * What signalling needs of the rest of the program, handed to it at birth: workers to command,
 * credentials to announce.
 */
#ifndef SIGNAL_RELAY_H
#define SIGNAL_RELAY_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/compose_desk.h"
#include "room/command.h"
#include "room/event.h"
#include "signal/negotiate.h"

/**
 * All functions are called on the control thread. Events of the workers reach signalling through
 * signal_event (signal/signal.h), on the control thread as well.
 */
struct relay {
    void *owner;
    unsigned worker_count;
    /** Takes the command over; ERR_FULL when the worker's mailbox is full (the command is freed).
     */
    int (*send)(void *owner, unsigned worker, struct command *command);
    /** What calls on this worker are answered with. */
    const struct negotiate_config *(*config)(void *owner, unsigned worker);
    /** What the threads that compose pictures have done so far. */
    void (*codecs)(void *owner, struct compose_desk_counters *out);
};

#endif

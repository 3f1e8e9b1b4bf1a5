/**
 * The control thread: starts the workers, serves signalling, carries the workers' events to it, and
 * ends all in order.
 */
#ifndef APP_CONTROL_H
#define APP_CONTROL_H

#include <stdint.h>

#include "config.h"

struct control;

/**
 * Makes certificate, workers and signalling; every port is open when it returns.
 *
 * @param why out: one sentence about what failed
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO or ERR_IO
 */
int control_new(struct control **out, const struct config *config, char why[CONFIG_WHY_BYTES]);

/** Starts the workers' threads. @return 0 or ERR_IO with *why filled */
int control_start(struct control *control, char why[CONFIG_WHY_BYTES]);

/** Port of HTTP. */
uint16_t control_http_port(const struct control *control);

/** Serves for about a second at most. */
void control_turn(struct control *control);

/** No new calls from now on. */
void control_drain(struct control *control);

/** Nobody is in any room. */
bool control_idle(const struct control *control);

/** Says goodbye to everybody, ends the threads, frees all. */
void control_free(struct control **control);

#endif

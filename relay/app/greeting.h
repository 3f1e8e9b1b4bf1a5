/**
 * What the program says once it serves: where its page is, and what whoever opens it needs.
 */
#ifndef RELAY_APP_GREETING_H
#define RELAY_APP_GREETING_H

#include <stdint.h>
#include <stdio.h>

#include "config.h"

/** @param port where HTTP is served, as --http may have left the choice to the system */
void greeting_write(const struct config *config, uint16_t port, FILE *to);

#endif

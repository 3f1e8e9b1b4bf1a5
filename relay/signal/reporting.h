/**
 * Asks the workers, each 5 s, how the calls of those go who have an events socket; the answers
 * become `quality` messages. Spread over the time, so that nobody's mailbox fills at once.
 * Everybody else is asked about now and then, because the answer for somebody whose leaving went
 * unheard is that he is gone.
 */
#ifndef SIGNAL_REPORTING_H
#define SIGNAL_REPORTING_H

#include <stdint.h>

#include "directory.h"
#include "signal/relay.h"

enum {
    REPORTING_PERIOD_US = 5000000,
    REPORTING_TURNS = 50, /**< in a period; each participant has one */
    REPORTING_SELDOM = 12 /**< periods between two questions about those without a socket */
};

/** A value. */
struct reporting {
    int64_t next_us;
    uint32_t turn; /**< counts on and on */
};

/** Asks about those whose turn it is; may be called at any time. */
void reporting_run(struct reporting *reporting, struct directory *directory,
                   const struct relay *relay, int64_t now_us);

#endif

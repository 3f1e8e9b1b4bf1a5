/**
 * Asks the workers, each 5 s, how the calls of those go who have an events socket; the answers
 * become `quality` messages. Spread over the time, so that nobody's mailbox fills at once.
 */
#ifndef SIGNAL_REPORTING_H
#define SIGNAL_REPORTING_H

#include <stdint.h>

#include "directory.h"
#include "signal/relay.h"

enum {
    REPORTING_PERIOD_US = 5000000,
    REPORTING_TURNS = 50 /**< in a period; each participant has one */
};

/** A value. */
struct reporting {
    int64_t next_us;
    uint32_t turn;
};

/** Asks about those whose turn it is; may be called at any time. */
void reporting_run(struct reporting *reporting, struct directory *directory,
                   const struct relay *relay, int64_t now_us);

#endif

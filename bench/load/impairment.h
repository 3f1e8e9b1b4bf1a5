/**
 * What is bad about one caller's line, in real time: two links of a `network` of its own, one each
 * way, and the timer that lets datagrams out of them.
 */
#ifndef LOAD_IMPAIRMENT_H
#define LOAD_IMPAIRMENT_H

#include <stddef.h>
#include <stdint.h>

#include "load/agent.h"
#include "load/turn.h"

struct impairment;

/** Called from the turn when a datagram comes out, or at once where nothing holds it up. */
struct impairment_output {
    /** Toward the server, of which `peer` is the address as it was told, as below. */
    void (*up)(void *owner, const struct addr *peer, const uint8_t *data, size_t len);
    /** Toward the caller; data may be changed in place, is 4-byte aligned and good until return. */
    void (*down)(void *owner, const struct addr *peer, uint8_t *data, size_t len,
                 int64_t arrived_us);
    void *owner;
};

/**
 * Links' schedules count from now on.
 * @param links copied with their schedules; a NULL link passes everything at once
 * @param lost borrowed: counts datagrams that were lost here
 * @return 0 or ERR_NO_MEMORY
 */
int impairment_new(struct impairment **out, struct turn *turn, const struct agent_impairment *links,
                   const struct impairment_output *output, uint64_t *lost);

/** Sends a copy up or down its link. @param arrived_us when it came to this end of the link */
void impairment_up(struct impairment *impairment, const struct addr *peer, const uint8_t *data,
                   size_t len, int64_t now_us);
void impairment_down(struct impairment *impairment, const struct addr *peer, uint8_t *data,
                     size_t len, int64_t arrived_us);

/** What is under way is lost. Not inside its output. */
void impairment_free(struct impairment **impairment);

#endif

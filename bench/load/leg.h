/**
 * One session with the server, from the offer to the hang-up: a path (agent), signalling (dial) and
 * media (endpoint) in their order.
 */
#ifndef LOAD_LEG_H
#define LOAD_LEG_H

#include <stdbool.h>
#include <stdint.h>

#include "load/agent.h"
#include "load/dial.h"
#include "load/endpoint.h"

enum leg_state {
    LEG_GATHERING,
    LEG_DIALING,
    LEG_CONNECTING, /**< agreed; ICE and DTLS */
    LEG_UP,
    LEG_ENDED, /**< by leg_end */
    LEG_FAILED
};

struct leg;

struct leg_config {
    struct turn *turn; /**< all borrowed */
    struct agent_kit *agents;
    struct dialer *dialer;
    struct content *content;
    const struct dial_wish *wish; /**< copied, its strings borrowed for the leg's life */
    const struct agent_impairment *impairment; /**< NULL = none */
    const struct endpoint_tap *tap;            /**< NULL = not sampled */
    unsigned tone;
    uint64_t seed;
    /** Of every state but GATHERING and ENDED, from the turn; the leg may be ended inside, not
     * freed. */
    void (*changed)(void *owner, struct leg *leg);
    void *owner;
};

/** Monotonic; 0 = not yet. */
struct leg_times {
    int64_t answer_us;
    int64_t path_us;
    int64_t keys_us;
};

/** @return 0 or an error of agent_new */
int leg_new(struct leg **out, const struct leg_config *config);

enum leg_state leg_state(const struct leg *leg);
enum load_cause leg_cause(const struct leg *leg);

/** The server's words about a failure, or "". */
const char *leg_message(const struct leg *leg);
const struct leg_times *leg_times(const struct leg *leg);
const struct agent_counts *leg_counts(const struct leg *leg);

/** A packet of that kind has come. */
bool leg_has(const struct leg *leg, enum load_kind kind);

/** NULL before it is up; stays afterwards. */
struct endpoint *leg_endpoint(const struct leg *leg);

void leg_speak(struct leg *leg, bool on);

/** BYE, close_notify, and the end of the session at the server. A leg that failed stays so. */
void leg_end(struct leg *leg);

/** Not inside its own callbacks. */
void leg_free(struct leg **leg);

#endif

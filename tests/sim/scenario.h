/**
 * What the scenarios share: usual clients, usual paths, and the checks that every healthy call
 * passes.
 */
#ifndef TESTS_SIM_SCENARIO_H
#define TESTS_SIM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/world.h"

/** One second of virtual time. */
#define SECOND_US INT64_C(1000000)

/** Both directions of a path with a round trip of 40 ms and nothing else. */
extern const struct link_config clean_path;

/** Sends and receives one audio and one video, without encryption. */
extern const struct peer_config caller;

/** The same with DTLS-SRTP. */
extern const struct peer_config secure_caller;

/**
 * True when nothing that reached the peer was out of place: no break of continuity, nothing
 * malformed, nothing that belongs to nobody. Says on stderr what was.
 */
bool is_clean(const struct peer *peer);

/** All its sinks of a kind got at least so many frames (video) or packets (audio), all repaired. */
bool got_at_least(const struct peer *peer, enum media_kind kind, uint64_t count);

/** Share of packets of a kind that were never repaired, over all its sinks. */
double unrepaired_share(const struct peer *peer, enum media_kind kind);

/** Prints all numbers of a peer when the environment has SIM_SHOW. */
void show(const char *what, const struct peer *peer);

#endif

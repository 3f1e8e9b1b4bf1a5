/**
 * One relay worker (struct exchange) and its scripted peers on a simulated network and a virtual
 * clock: steps from one arrival or deadline to the next, so an hour takes seconds and a run repeats
 * exactly from its seed.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/audio_bridge.h"
#include "load/network.h"
#include "room/command.h"
#include "room/event.h"
#include "room/exchange.h"
#include "sim/peer.h"

enum { WORLD_MAX_PEERS = 128, WORLD_PORT = 3478 };

struct world;
struct compose_desk_counters;
struct event_pictures;

/** What the relay told the control side. */
struct world_events {
    uint64_t connected;
    uint64_t left;
    uint64_t slots;
    uint64_t speaking;
    uint64_t layers;
    uint32_t last_left; /**< participant number */
    char left_reason[64];
    int64_t left_us;
    uint32_t dominant;
    uint64_t bytes_to_nobody;       /**< sent by the relay to addresses where no peer is */
    struct event_counters counters; /**< as last told, see world_counters */
    struct event_report report;     /**< as last told, see world_report */
};

/** @return 0, ERR_NO_MEMORY or ERR_CRYPTO */
int world_new(struct world **out, uint64_t seed);

/** While nobody waits for what comes (exchange_is_patient), the relay reads it at points of a grid
 * of time, and when it has something else to do: as a worker to which much comes. Not at first. */
void world_set_patient(struct world *world, bool patient);

/** The relay mixes with other options; what it mixes at the moment begins anew. @return 0 or
 * ERR_NO_MEMORY */
int world_set_mix(struct world *world, struct audio_bridge_options options);

/**
 * A peer joins: the relay gets its session, the peer begins its checks. Owned by the world.
 *
 * @param link both directions, each with its own state; half of the wanted round trip as delay
 * @return 0, ERR_NO_MEMORY, ERR_FULL or ERR_CRYPTO
 */
int world_join(struct world *world, const struct peer_config *config,
               const struct link_config *link, struct peer **out);

/** Sets how a peer's path is from now on; NULL leaves a direction as it is. */
void world_set_link(struct world *world, const struct peer *peer, const struct link_config *up,
                    const struct link_config *down);

/** A link of its own, for other links to go through (link_config.through). @return 0 or
 * ERR_NO_MEMORY
 */
int world_add_link(struct world *world, const struct link_config *config, size_t *link);

/** Number of a peer's link, in world_network. */
size_t world_link(const struct world *world, const struct peer *peer, bool up);

/** For watching; borrowed. */
struct network *world_network(struct world *world);
struct exchange *world_exchange(struct world *world);

/** The peer goes by its own will: the relay's control side is told (DELETE). */
void world_leave(struct world *world, struct peer *peer);

/** Gives the peer a new address (as a NAT or a phone would); returns it. */
struct addr world_move(struct world *world, struct peer *peer);

/** Its NAT loses its table: another port of the same host. */
void world_rebind(struct world *world, struct peer *peer);

/** The peer restarts ICE (PATCH): the relay is told of the new credentials. @return 0 or
 * ERR_NO_MEMORY */
int world_restart_ice(struct world *world, struct peer *peer);

/** COMMAND_MUTE for a peer's tracks of a kind. */
void world_mute(struct world *world, const struct peer *peer, enum media_kind kind, bool on);

/** COMMAND_PIN of a peer's n-th m-line to another participant (0 = unpin). */
void world_pin(struct world *world, const struct peer *peer, uint32_t line, uint32_t target);

/** COMMAND_VIEW of a peer's n-th m-line: the size shown, in pixels, and pictures a second (0 =
 * all). */
void world_view(struct world *world, const struct peer *peer, uint32_t line, uint32_t width,
                uint32_t height, uint32_t fps);

/** A datagram that no peer made reaches the relay now. */
void world_inject(struct world *world, const struct addr *from, const uint8_t *data, size_t len);

/** Lets time pass. */
void world_run(struct world *world, int64_t duration_us);

/** Runs until every peer is connected, at most max_us. @return true when they are */
bool world_run_until_connected(struct world *world, int64_t max_us);

int64_t world_now_us(const struct world *world);

/** The relay's counters of now. */
struct event_counters world_counters(struct world *world);

/** What the relay says of a peer's streams now. */
struct event_report world_report(struct world *world, const struct peer *peer);

/** Composed pictures anew, before anybody wants one: at most so many at once, 0 = a test makes
 * them.
 * @return 0 or ERR_NO_MEMORY */
int world_set_compositions(struct world *world, size_t most);

/** While deaf, the codec thread takes no requests: its mailbox is full. */
void world_set_codecs_deaf(struct world *world, bool deaf);

const struct event_pictures *world_pictures(const struct world *world);
const struct compose_desk_counters *world_desk(const struct world *world);

const struct world_events *world_events(const struct world *world);
struct rand *world_rand(struct world *world);
const struct link_counts *world_link_counts(const struct world *world, const struct peer *peer,
                                            bool up);

/** Packet buffers of the relay that are in use. */
size_t world_packets_in_use(const struct world *world);

void world_free(struct world **world);

#endif

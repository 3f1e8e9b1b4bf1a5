/**
 * A scripted client: its session, ICE checks, DTLS-SRTP or none, synthetic sources, strict sinks,
 * and RTCP both ways.
 *
 * Datagrams go out through peer_output and come in by peer_receive; time is an argument.
 */
#ifndef TESTS_SIM_PEER_H
#define TESTS_SIM_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rand.h"
#include "room/event.h"
#include "room/session.h"
#include "sim/sink.h"
#include "sim/source.h"

enum {
    PEER_MAX_MEDIA = 32,
    PEER_CHECK_INTERVAL_US = 2500000, /**< between checks once there was an answer */
    PEER_FIRST_CHECKS_US = 50000      /**< before */
};

/** Everything 0 or false is a default. */
struct peer_config {
    const char *room;       /**< default "r" */
    bool real_security;     /**< DTLS-SRTP; else the keys are adopted and nothing is encrypted */
    uint32_t audio_sources; /**< 0 or 1 */
    uint32_t video_sources; /**< 0 or 1 */
    uint32_t audio_slots;
    uint32_t video_slots;
    bool hide_ssrcs;        /**< the session announces none: they are learned from MID */
    bool always_nominates;  /**< USE-CANDIDATE in every check, as libwebrtc */
    bool may_resume;        /**< its sinks: see sink.h */
    uint32_t report_ssrc;   /**< of its RTCP, 0 = a random one; libwebrtc's players all use 1 */
    bool without_rtx;       /**< its video is sent again under its own numbers */
    bool without_nack;      /**< its video is never sent again */
    bool whole_frames;      /**< it may know no packets of Opus but those of 20 ms */
    bool audio_nack;        /**< its audio is sent again, and asked for */
    bool audio_red;         /**< it takes RED */
    uint32_t red_copies;    /**< with audio_red: its own audio goes out as RED with so many */
    uint32_t key_packets;   /**< default 10 */
    uint32_t delta_packets; /**< default 3 */
    uint32_t payload_bytes; /**< of a video packet, default 1000 */
    bool simulcast;         /**< its video comes in three layers with RIDs, see peer_layers */
    bool temporal;          /**< and each in three temporal layers */
    bool dynacast;     /**< it stops layers that nobody wants, as the page does (EVENT_LAYERS) */
    bool no_twcc;      /**< transport-wide feedback is not agreed */
    uint64_t remb_bps; /**< it tells this estimate with its reports; 0 = none */
    bool grid;         /**< video=grid */
    bool keep;         /**< its sinks keep frames and freezes, for plots */
};

/** What each simulcast layer is; bits of all payloads. */
struct peer_layer {
    const char *rid;
    uint16_t width;
    uint16_t height;
    uint64_t bps;
};

enum {
    PEER_LAYERS = 3,
    PEER_SIGNALLING_US = 50000 /**< from an event of the relay to what the page does about it */
};

extern const struct peer_layer peer_layers[PEER_LAYERS];

struct peer;

struct peer_output {
    void (*send)(void *owner, const struct addr *from, const uint8_t *data, size_t len);
    void *owner;
};

/** What the relay told it beside media. */
struct peer_counts {
    uint64_t rtp_received;
    uint64_t rtcp_received;
    uint64_t rtcp_malformed;
    uint64_t unknown_ssrc; /**< RTP that no slot owns */
    uint64_t auth_failed;
    uint64_t twcc_received; /**< feedback packets */
    uint64_t twcc_statuses; /**< numbers told as received */
    uint64_t twcc_malformed;
    uint64_t nacks_received; /**< numbers */
    uint64_t plis_received;
    uint64_t rembs_received;
    uint64_t byes_received;
    uint64_t relay_checks; /**< right checks made by the relay */
    uint64_t check_answers;
    int64_t last_media_us;      /**< arrival of the last RTP but padding, 0 = none */
    int64_t longest_silence_us; /**< between two RTP packets */
    uint64_t twcc_sent;         /**< feedback packets */
    uint64_t pauses_told;       /**< "paused by network", over all slots */
    uint64_t resumes_told;
};

/**
 * @param number            participant number
 * @param relay_fingerprint of the relay's certificate
 * @return 0, ERR_NO_MEMORY or ERR_CRYPTO
 */
int peer_new(struct peer **out, const struct peer_config *config, const struct peer_output *output,
             struct rand *rand, uint32_t number, const struct addr *addr,
             const char *relay_fingerprint, int64_t now_us);

/** A copy of the agreement, for COMMAND_JOIN or UPDATE. NULL without memory. */
struct session *peer_session(const struct peer *peer);

/** Begins to make checks (and with null security: media as well). */
void peer_start(struct peer *peer, int64_t now_us);

/** Falls silent altogether: nothing is sent and nothing is heard. */
void peer_vanish(struct peer *peer);

/** Sends BYE and close_notify, then nothing more. */
void peer_leave(struct peer *peer, int64_t now_us);

/** Takes another address; what comes for the old one is lost. */
void peer_move(struct peer *peer, const struct addr *addr);

/**
 * New ICE credentials on both sides; its checks use them at once.
 * @return the session to tell the relay of (COMMAND_RESTART_ICE), NULL without memory
 */
struct session *peer_restart_ice(struct peer *peer, int64_t now_us);

/** Stops or resumes checks of its own; answers to the relay's go on. */
void peer_set_checks(struct peer *peer, bool on);

/** Makes one check now. */
void peer_check(struct peer *peer, bool use_candidate, int64_t now_us);

/** The source of a kind starts afresh with another SSRC. */
void peer_restart_source(struct peer *peer, enum media_kind kind);

void peer_receive(struct peer *peer, const struct addr *to, const uint8_t *data, size_t len,
                  int64_t now_us);
void peer_timeout(struct peer *peer, int64_t now_us);
int64_t peer_next_deadline(const struct peer *peer);

const struct addr *peer_addr(const struct peer *peer);
uint32_t peer_number(const struct peer *peer);
bool peer_connected(const struct peer *peer);
int64_t peer_connected_us(const struct peer *peer);
const struct peer_counts *peer_counts(const struct peer *peer);

/** EVENT_LAYERS about one of its encodings. */
void peer_layer_wanted(struct peer *peer, const struct event_layer *layer, int64_t now_us);

/** EVENT_SLOTS about one of its slots. */
void peer_slot_told(struct peer *peer, const struct event_slot *slot, int64_t now_us);

/** NULL when it has none of the kind; of simulcast the lowest layer. */
struct source *peer_source(const struct peer *peer, enum media_kind kind);

/** The n-th layer of its video, or NULL. */
struct source *peer_video_layer(const struct peer *peer, size_t n);

/** The n-th slot of a kind, or NULL. */
struct sink *peer_sink(const struct peer *peer, enum media_kind kind, size_t n);

/** All its sinks' counts summed; `error` is the first found. */
struct sink_counts peer_sum(const struct peer *peer, enum media_kind kind);

void peer_free(struct peer **peer);

#endif

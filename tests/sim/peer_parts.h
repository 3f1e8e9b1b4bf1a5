/**
 * What the parts of a scripted client share: peer.c (life, datagrams), peer_setup.c (agreement,
 * sources, sinks), peer_rtcp.c (reports and feedback both ways).
 */
#ifndef TESTS_SIM_PEER_PARTS_H
#define TESTS_SIM_PEER_PARTS_H

#include "cc/twcc_recorder.h"
#include "load/dtls_client.h"
#include "load/ice_caller.h"
#include "sim/peer.h"
#include "sim/peer_clock.h"

enum { PEER_TRANSPORT_CC_ID = 3 };

struct peer {
    struct peer_config config;
    struct peer_output output;
    struct peer_counts counts;
    struct rand rand;
    struct session *session;
    struct addr addr;
    struct ice_caller *stun;
    struct dtls_identity *identity; /* both NULL with null security */
    struct dtls_client *dtls;
    struct source *audio;
    struct source *video[SESSION_MAX_LAYERS];
    size_t layer_count;
    bool wanted[SESSION_MAX_LAYERS]; /* by the relay, as told */
    int64_t wanted_us;               /* when that takes effect; INT64_MAX = it has */
    struct twcc_recorder twcc_recorder;
    struct sink *sinks; /* media_count, unused ones without entries */
    size_t media_count;
    uint16_t twcc;
    uint32_t report_ssrc;
    bool silent;
    bool checks_on;
    bool connected;
    int64_t connected_us;
    int64_t rtt_us;
    int64_t check_us;
    int64_t report_us;
    int64_t now_us; /* of the call under way, for callbacks */
};

/* peer.c */

void peer_send_datagram(void *owner, const uint8_t *data, size_t len);

/** Protects and sends RTP or RTCP; dropped until there are keys. */
void peer_send_media(struct peer *peer, const uint8_t *data, size_t len, bool rtcp);
void peer_send_rtp(void *owner, uint8_t *rtp, size_t len);

/** NULL when no slot owns it. */
struct sink *peer_sink_by_ssrc(const struct peer *peer, uint32_t ssrc);

/* peer_setup.c: 0 or an error */

int peer_make_session(struct peer *peer, uint32_t number);
int peer_make_streams(struct peer *peer, int64_t now_us);
int peer_make_security(struct peer *peer, const char *relay_fingerprint);

/** New ICE credentials in the session. */
void peer_make_credentials(struct peer *peer);

/** Checks with the session's credentials from now on. */
int peer_make_stun(struct peer *peer);

/* peer_rtcp.c */

void peer_receive_rtcp(struct peer *peer, const uint8_t *data, size_t len);
void peer_send_reports(struct peer *peer);
void peer_send_bye(struct peer *peer);

/** NACKs and PLIs that are due. */
void peer_send_requests(struct peer *peer);

/** Transport-wide feedback that is due. */
void peer_send_twcc(struct peer *peer);

#endif

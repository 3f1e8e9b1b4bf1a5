/**
 * One peer's path: ICE-lite + DTLS + SRTP, and the hub that finds the peer a datagram belongs to.
 *
 * The hub is one per worker. It knows every transport by local ufrag, by validated five-tuple and
 * by inbound SSRC. Nothing that has not proved itself by a check with right MESSAGE-INTEGRITY gets
 * an answer, costs memory, or moves anything (SECURITY.md 1).
 *
 * Address change in mid-call: (a) a valid check with USE-CANDIDATE from a new address moves the
 * path at once; (b) a valid check without it moves the path when SRTP from there authenticates; (c)
 * SRTP that authenticates from an address without a check is taken, and earns the address one STUN
 * check from us (keyed with the peer's password, at most one each 50 ms, at most three times the
 * length of the packet that earned it, RFC 9000 8.1); a right answer moves the path. (c) is path
 * validation in the manner of RFC 9000 8.2 and makes NAT rebinding cost one round trip with clients
 * whose own checks are seconds apart. Trial decryption is by known SSRC only, and failures are
 * limited per source address.
 */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/near.h"
#include "base/outbox.h"
#include "base/packet.h"
#include "base/rand.h"
#include "transport/certificate.h"
#include "transport/dtls_srtp.h"
#include "transport/transport_state.h"

struct transport_hub;
struct transport;

struct transport_config {
    const char *local_ufrag; /**< strings are copied */
    const char *local_pwd;
    const char *remote_ufrag;
    const char *remote_pwd;
    bool dtls_client;
    struct transport_fingerprint fingerprints[4]; /**< any match is good (RFC 8122 5) */
    size_t fingerprint_count;
};

enum transport_verdict {
    TRANSPORT_DROPPED,  /**< counted by reason */
    TRANSPORT_CONSUMED, /**< STUN or DTLS, dealt with */
    TRANSPORT_RTP,      /**< packet->data/len now hold plain RTP */
    TRANSPORT_RTCP      /**< packet->data/len now hold plain RTCP */
};

/**
 * @param certificate, outbox, drops borrowed for the hub's life
 * @return 0, ERR_NO_MEMORY or ERR_CRYPTO
 */
int transport_hub_new(struct transport_hub **out, const struct certificate *certificate,
                      struct outbox *outbox, struct drop_counts *drops, struct rand *rand,
                      int64_t now_us);
void transport_hub_free(struct transport_hub **hub);

/** A datagram will be received soon: fetches what tells whose it is, ... */
void transport_hub_prefetch(const struct transport_hub *hub, const struct packet *packet);

/** ... and when that has come, tells. @return NULL for nobody's address; its first part is being
 * fetched */
const struct transport *transport_hub_expect(struct transport_hub *hub,
                                             const struct packet *packet);

/**
 * Takes one datagram in: demultiplexes by first byte (RFC 7983), finds its transport, handles STUN
 * and DTLS, unprotects media in place. Answers go to the outbox. *who is set for every verdict but
 * DROPPED (and is NULL then); its state may have changed.
 */
enum transport_verdict transport_hub_receive(struct transport_hub *hub, struct packet *packet,
                                             int64_t now_us, struct transport **who);

/** All five-tuples of this TCP connection are dead. */
void transport_hub_tcp_closed(struct transport_hub *hub, uint32_t tcp);

/** How often a path was moved to another address, since the hub's birth. */
uint64_t transport_hub_path_moves(const struct transport_hub *hub);

/**
 * @param owner returned by transport_owner
 * @return 0, ERR_NO_MEMORY, ERR_FULL when the ufrag is taken
 */
int transport_new(struct transport **out, struct transport_hub *hub,
                  const struct transport_config *config, void *owner, int64_t now_us);

void *transport_owner(const struct transport *transport);
enum transport_state transport_state(const struct transport *transport);
/** How often this peer's path was moved to another address. */
uint32_t transport_path_moves(const struct transport *transport);
/** True, once, when the end of the handshake turned out to be lost (the peer repeated its own later
 * than a round trip after it): until now the peer could not read what was sent to it. */
bool transport_was_deaf(struct transport *transport);
/** Short cause of CLOSED, e.g. "consent expired", "fingerprint mismatch"; "" before. */
const char *transport_close_cause(const struct transport *transport);

/** New ICE credentials (RFC 8445 9); the old path carries on until a new one is selected; DTLS and
 * SRTP stay. @return 0, ERR_NO_MEMORY, ERR_FULL */
int transport_restart_ice(struct transport *transport, const char *local_ufrag,
                          const char *local_pwd, const char *remote_ufrag, const char *remote_pwd,
                          int64_t now_us);

/**
 * Goes to CONNECTED with keys from elsewhere instead of a handshake (simulation, bench, hand-over).
 * @param send_key, receive_key master key followed by salt, lengths by profile (16+14, 16+12,
 * 32+12; none for NULL)
 */
int transport_adopt(struct transport *transport, const struct five_tuple *tuple,
                    enum srtp_profile profile, const uint8_t *send_key, const uint8_t *receive_key,
                    int64_t now_us);

/** The SSRC will come from this peer (a=ssrc, or bound by MID): media from an unknown address may
 * be tried against it. */
void transport_expect_ssrc(struct transport *transport, uint32_t ssrc);

/** True in CONNECTED with a selected tuple. */
bool transport_can_send(const struct transport *transport);

/** Bytes that a RTP packet grows by on its way to the wire (SRTP, UDP or TCP, IP); 0 while nothing
 * can be sent. */
size_t transport_overhead(const struct transport *transport);

/** Round trip of the last check of ours that the peer answered, before that of its handshake; 0 =
 * not known. */
int64_t transport_rtt_us(const struct transport *transport);

/** Something will be sent to this peer soon: fetches it into the cache, ... */
void transport_prefetch(const struct transport *transport);

/** ... and when it has come, its keys, ... */
void transport_prefetch_keys(const struct transport *transport);

/** ... and when these have, what they are used with. */
void transport_prefetch_cipher(const struct transport *transport);

/** Notes what every packet reads that comes from this peer, ... */
void transport_near_receiving(const struct transport *transport, struct near *near);

/** ... or is sent to it. */
void transport_near_sending(const struct transport *transport, struct near *near);

/** Room for one plain RTP or RTCP packet in the outbox (OUTBOX_MAX_DATAGRAM bytes, trailer room
 * kept by the callee at the end); up to 1600 bytes may be written. */
uint8_t *transport_reserve(struct transport *transport);

/** Protects the len bytes of the last reservation and queues them. Dropped silently when
 * !transport_can_send. @return 0 or ERR_BAD_STATE, ERR_CRYPTO */
int transport_send_rtp(struct transport *transport, uint8_t *data, size_t len);
int transport_send_rtcp(struct transport *transport, uint8_t *data, size_t len);

void transport_timeout(struct transport *transport, int64_t now_us);
int64_t transport_next_deadline(const struct transport *transport);

/** Sends close_notify when there is a path (leave, shutdown). State becomes CLOSED. */
void transport_close(struct transport *transport, const char *cause);

void transport_free(struct transport **transport);

#endif

/**
 * A worker's exchange with participants who are keyed by hand (no cipher), for tests: packets go in
 * as plain RTP and RTCP, what comes out is kept and readable.
 */
#ifndef TESTS_SUPPORT_CALL_H
#define TESTS_SUPPORT_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outbox.h"
#include "base/packet.h"
#include "room/exchange.h"
#include "rtp/rtcp.h"
#include "rtp/rtp.h"
#include "transport/certificate.h"

enum {
    CALL_MAX_SENT = 2048,
    CALL_MAX_EVENTS = 256,
    CALL_MAX_GATHERED = 128,
    /* payload types of the clients made here, unless they say otherwise */
    CALL_OPUS = 111,
    CALL_RED = 63,
    CALL_VP8 = 96,
    CALL_VP8_RTX = 97,
    /* header extension ids */
    CALL_EXT_LEVEL = 1,
    CALL_EXT_SEND_TIME = 2,
    CALL_EXT_TWCC = 3,
    CALL_EXT_MID = 4,
    CALL_EXT_RID = 10,
    CALL_EXT_RRID = 11
};

/** A datagram that went out. */
struct call_sent {
    uint32_t number; /**< participant it went to */
    int64_t at_us;
    size_t len;
    uint8_t data[1600];
};

struct call {
    int64_t now_us;
    struct certificate *certificate;
    struct outbox *outbox;
    struct pool *packets;
    struct exchange *exchange;
    bool twcc;    /**< pairs that join agree on transport-wide feedback; they are told, and tell
                     nothing */
    bool gathers; /**< what is fed is kept, to be handed over together by call_turn */
    struct packet *gathered[CALL_MAX_GATHERED];
    size_t gathered_count;
    struct call_sent *sent;
    size_t sent_count;
    struct event *events[CALL_MAX_EVENTS];
    size_t event_count;
};

/** @return 0 or an error of what it makes */
int call_init(struct call *call);

/** A session without m-lines, for call_join. Heap; NULL without memory. */
struct session *call_session(uint32_t number, const char *room);

/** Appends an m-line as Chromium has it: Opus with level, or VP8 with RTX, NACK, PLI, transport-cc.
 * Transport-wide feedback is agreed only where the client just sends: nobody here gives any.
 * @return it */
struct session_media *call_add(struct session *session, enum media_kind kind, const char *mid,
                               bool sends, bool receives);

/** Joins and keys a participant, whose port is its number. Takes the session. @return false when it
 * is not there afterwards */
bool call_join(struct call *call, struct session *session);

/** Common case: audio "a" and video "v", both ways, plus so many more slots of each ("a1", "v1",
 * ...). */
bool call_join_pair(struct call *call, uint32_t number, size_t more_slots);

/** call_init, and participants 1 to `people` by call_join_pair. @return false when one of them is
 * not there; call_deinit is due in any case */
bool call_open(struct call *call, uint32_t people, size_t more_slots);

/** Sends a command without session. */
void call_command(struct call *call, enum command_kind kind, uint32_t number);

/** A command to be filled in, then given to call_submit. NULL without memory. */
struct command *call_command_new(enum command_kind kind, uint32_t number);
void call_submit(struct call *call, struct command *command);

/** One packet to come from a participant. */
struct call_rtp {
    uint32_t from;
    uint32_t ssrc;
    uint8_t pt;
    uint16_t seq;
    uint32_t timestamp;
    bool marker;
    const char *mid; /**< NULL = without */
    const char *rid; /**< NULL = without */
    int level;       /**< -dBov, -1 = without extension; note that 0 is loudest */
    int twcc;        /**< transport-wide number, -1 = without */
    const uint8_t *payload;
    size_t payload_bytes;
    uint8_t padding;             /**< bytes of padding behind the payload */
    struct rtp_ext_element more; /**< one more header extension, id 0 = without */
};

/** Feeds a packet; forwarded at the next call_turn. */
void call_rtp(struct call *call, const struct call_rtp *rtp);

/** One Opus packet of 20 ms: timestamp = 960 * seq. */
void call_audio(struct call *call, uint32_t from, uint16_t seq, int level);

/**
 * A VP8 packet with 15-bit picture id, TL0PICIDX and TID 0: timestamp = 3000 * frame.
 * @param start first packet of its frame, @param end last one
 */
void call_video(struct call *call, uint32_t from, uint16_t seq, uint16_t frame, bool key,
                bool start, bool end);

/** Feeds RTCP. */
void call_rtcp(struct call *call, uint32_t from, const uint8_t *data, size_t len);

/** SSRC that participant `number` sends m-line kind on (call_join_pair). */
uint32_t call_track_ssrc(uint32_t number, enum media_kind kind);

/** SSRC of a slot, by m-line index. */
uint32_t call_slot_ssrc(uint32_t number, size_t index);

/** Ends the loop turn: exchange_flush, and what it sent is kept. */
void call_turn(struct call *call);

/** Time passes: timers fire as they come due. */
void call_run(struct call *call, int64_t us);

/** Forgets what was sent so far. */
void call_clear(struct call *call);

/** The n-th RTP packet with this SSRC among what was sent, parsed; NULL when there are fewer. */
const struct call_sent *call_find_rtp(const struct call *call, uint32_t ssrc, size_t n,
                                      struct rtp_header *header);
size_t call_count_rtp(const struct call *call, uint32_t ssrc);

/** The n-th RTCP packet of a type (format 0 = any) to a participant, out of all compounds. @return
 * false when there are fewer */
bool call_find_rtcp(const struct call *call, uint32_t number, uint8_t type, uint8_t format,
                    size_t n, struct rtcp_packet *out);
size_t call_count_rtcp(const struct call *call, uint32_t number, uint8_t type, uint8_t format);

/** The last event of a kind about a participant (0 = any), or NULL. */
const struct event *call_event(const struct call *call, enum event_kind kind, uint32_t number);
size_t call_count_events(const struct call *call, enum event_kind kind, uint32_t number);

uint64_t call_drops(const struct call *call, enum drop_reason reason);

void call_deinit(struct call *call);

#endif

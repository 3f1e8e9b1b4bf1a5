/**
 * All that goes out to one participant passes here: transport-wide numbers, send times, pace,
 * history for the bandwidth estimate, budgets, counters.
 *
 * Every RTP packet, first copy, repeat or probe, leaves through here. What may not leave at once
 * waits in the queue (cc/pacer.h); number and send time are written when it really leaves.
 */
#ifndef ROOM_EGRESS_H
#define ROOM_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/peak.h"
#include "cc/estimator.h"
#include "context.h"
#include "media/report_schedule.h"
#include "media/rtx_limiter.h"
#include "room/session.h"
#include "send_queue.h"
#include "sending.h"
#include "transport/transport.h"

struct egress {
    /* read for every packet */
    struct room_context *context; /**< borrowed */
    struct transport *transport;  /**< borrowed from the participant */
    struct estimator *estimator;  /**< owned; NULL while the client receives nothing */
    uint64_t packets_sent;
    uint64_t bytes_sent;
    uint64_t wire_bytes; /**< as bytes_sent, with all that is around them on the wire */
    int64_t opened_us;   /**< when the path became open */
    int64_t window_us;   /**< measuring what is sent: begin, wire_bytes then, last rate */
    struct rtx_budget rtx_budget;
    uint32_t overhead; /**< bytes that a packet grows by to the wire, as of the last egress_check */
    uint16_t twcc_number; /**< last transport-wide number used */
    bool twcc;            /**< the estimator goes by transport-wide feedback */
    bool connected;       /**< keys and a path are there, as of the last egress_check */
    struct send_queue queue;

    bool touched;
    bool thorough; /**< with touched: as of egress_touch */
    struct list touch_link;
    uint64_t window_bytes;
    uint64_t sent_bps;
    uint64_t probe_credit;   /**< bytes that may be spent on probes, in fifths, ... */
    uint64_t credited_bytes; /**< ... earned by so much of wire_bytes, and probes themselves */
    struct report_schedule reports;
    int64_t rtt_us;         /**< to the participant, 0 = unknown */
    uint32_t told_expected; /**< packets that its last reports are about, some hundreds ... */
    uint32_t told_lost;     /**< ... and how many of them it missed */
    struct peak waits;      /**< how long what left late had been here */
    uint32_t starved;       /**< how often pictures were dropped because they had waited too long */
    uint64_t told_bytes; /**< of wire_bytes, told to an estimator without transport-wide feedback */
};

void egress_init(struct egress *egress, struct room_context *context, struct transport *transport);

/** The participant has something to send soon, or something to be told: the exchange looks at it
 * thoroughly in this loop turn. */
void egress_touch(struct egress *egress);

/** Media has come from the participant, as it does all the time: the exchange asks in this loop
 * turn whether a deadline has come by it. */
void egress_touch_lightly(struct egress *egress);

/** Nothing waits and no probe is under way: what is to be done has a deadline. */
bool egress_is_calm(const struct egress *egress);

/** A stream started or changed its feed: report soon. */
void egress_hurry_reports(struct egress *egress);

/** Asks the transport whether it can send; remembered in `connected`. */
bool egress_check(struct egress *egress);

/** Reads how the client's receiving m-lines are to be estimated (at first and after a re-offer).
 * @return 0 or ERR_NO_MEMORY */
int egress_configure(struct egress *egress, const struct session *session);

/**
 * Sends one RTP packet, or queues it.
 *
 * @param flow  of its slot, for what waits; NULL = it never does
 * @param class of its slot
 * @return bytes of media in it, 0 when it is too long to be sent or the queue is full
 */
size_t egress_send(struct egress *egress, const struct sending *sending, struct pacer_flow *flow,
                   enum allocator_class class);

/**
 * A part of a probe that is due now, as far as the budget for probes allows; to be sent by
 * egress_probe and egress_pad.
 * @return false when none is
 */
bool egress_probe_due(struct egress *egress, struct estimator_burst *out);

/** Sends a repeat as part of a probe, at once. @return bytes on the wire, 0 when it was not sent */
uint32_t egress_probe(struct egress *egress, const struct sending *sending, uint32_t probe);

/** Sends padding as part of a probe, at once. @return bytes on the wire */
uint32_t egress_pad(struct egress *egress, const struct padding *padding, uint32_t probe);

/** Sends all that waits of a slot at once: it is about to change what it has agreed on. */
void egress_flush(struct egress *egress, struct pacer_flow *flow);

/** A packet leaves, or is queued, some time after it came. */
void egress_note_wait(struct egress *egress, const struct packet *packet);

/** Drops all that waits of a slot that ends. */
void egress_forget(struct egress *egress, struct pacer_flow *flow);

/** A report block about one of our streams came: what it says about the time since the one before
 * (estimator_report). */
void egress_reported(struct egress *egress, uint32_t expected, uint32_t lost, int64_t rtt_us);

/** Feedback has come in: the estimate may be another one. */
void egress_follow_estimate(struct egress *egress);

/** There is a path again after there was none: whatever was known of the one before is too old.
 * Without memory it is kept. */
void egress_reconnected(struct egress *egress);

/** The client's path is another one. */
void egress_path_moved(struct egress *egress);

/** What may be sent, bit/s; UINT64_MAX while nothing is known that limits it. */
uint64_t egress_target_bps(const struct egress *egress);

/** What the allocation would send if it could. */
void egress_demand(struct egress *egress, const struct estimator_demand *demand);

/** Bytes that wait. */
static inline uint64_t egress_queue_bytes(const struct egress *egress)
{
    return egress->queue.pacer.bytes;
}

/** Lets the estimator judge what only time can tell, and sends what waits and may leave. */
void egress_timeout(struct egress *egress, int64_t now_us);

int64_t egress_next_deadline(const struct egress *egress);

/** Sends a RTCP packet (whole compound) of len bytes; data is copied. */
void egress_send_rtcp(struct egress *egress, const uint8_t *data, size_t len);

/** The slots' flows must be there still, or have been forgotten. */
void egress_deinit(struct egress *egress);

#endif

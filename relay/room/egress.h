/**
 * All that goes out to one participant passes here: transport-wide numbers, send times, budgets,
 * counters.
 *
 * The place where pacing and the history for the bandwidth estimate belong: every RTP packet, first
 * copy or repeat, leaves through egress_send.
 */
#ifndef ROOM_EGRESS_H
#define ROOM_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "context.h"
#include "media/report_schedule.h"
#include "media/rtx_limiter.h"
#include "sending.h"
#include "transport/transport.h"

struct egress {
    struct room_context *context; /**< borrowed */
    struct transport *transport;  /**< borrowed from the participant */
    uint16_t twcc_number;         /**< last transport-wide number used */
    bool connected;               /**< keys and a path are there, as of the last egress_check */
    bool touched;
    struct list touch_link;
    struct rtx_budget rtx_budget;
    struct report_schedule reports;
    int64_t rtt_us; /**< to the participant, 0 = unknown */
    uint64_t packets_sent;
    uint64_t bytes_sent;
};

void egress_init(struct egress *egress, struct room_context *context, struct transport *transport);

/** The participant has something to send soon, or a new deadline: the exchange looks at it in this
 * loop turn. */
void egress_touch(struct egress *egress);

/** A stream started or changed its feed: report soon. */
void egress_hurry_reports(struct egress *egress);

/** Asks the transport whether it can send; remembered in `connected`. */
bool egress_check(struct egress *egress);

/** Sends one RTP packet. @return bytes of media in it, 0 when it is too long to be sent */
size_t egress_send(struct egress *egress, const struct sending *sending);

/** What may be sent, bit/s; UINT64_MAX while nothing is known that limits it. */
static inline uint64_t egress_target_bps(const struct egress *egress)
{
    (void)egress;
    return UINT64_MAX;
}

/** Sends a RTCP packet (whole compound) of len bytes; data is copied. */
void egress_send_rtcp(struct egress *egress, const uint8_t *data, size_t len);

void egress_deinit(struct egress *egress);

#endif

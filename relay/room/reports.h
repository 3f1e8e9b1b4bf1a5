/**
 * RTCP to one participant: sender and receiver reports, repairs and keyframes asked for,
 * transport-wide feedback or REMB, goodbye (RFC 3550 6, RFC 4585, RFC 5104, RFC 3611, RFC 5506).
 * Sent on send-only and receive-only legs alike.
 */
#ifndef ROOM_REPORTS_H
#define ROOM_REPORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cc/remb_sender.h"
#include "cc/twcc_recorder.h"
#include "context.h"
#include "egress.h"
#include "feedback.h"
#include "room/session.h"
#include "streams.h"

struct reports {
    struct room_context *context;    /**< borrowed */
    struct egress *egress;           /**< borrowed */
    struct streams *streams;         /**< borrowed */
    const struct feedback *feedback; /**< borrowed: what the peer asked to be told */
    char cname[SESSION_CNAME_BYTES];
    uint32_t
        ssrc; /**< ours, where no slot's is at hand: reports of a leg that we send nothing on */
    bool reduced_size;          /**< feedback may go without a report in front (RFC 5506) */
    uint8_t fir_command;        /**< last one used */
    struct twcc_recorder *twcc; /**< owned, NULL when not agreed */
    struct remb_sender *remb;   /**< owned, NULL when TWCC or nothing is agreed */
    int64_t answered_us;        /**< reference time (RRTR) answered last */
    uint64_t nacks_sent;        /**< numbers asked for */
    uint64_t keyframes_requested;
};

/** All pointers are borrowed; of session only the CNAME is read. */
void reports_init(struct reports *reports, struct room_context *context, struct egress *egress,
                  struct streams *streams, const struct feedback *feedback,
                  const struct session *session);

/** Reads what the agreement wants (at first and after a re-offer). @return 0 or ERR_NO_MEMORY */
int reports_configure(struct reports *reports, const struct session *session);

/** A RTP packet came: number is its transport-wide one, -1 without. */
void reports_note_arrival(struct reports *reports, int32_t number, uint32_t ssrc, uint32_t bytes,
                          bool marker, int64_t arrival_us);

/** Sends whatever is due. */
void reports_timeout(struct reports *reports, int64_t now_us);

int64_t reports_next_deadline(const struct reports *reports);

/** Says goodbye for all that was sent. */
void reports_bye(struct reports *reports);

void reports_deinit(struct reports *reports);

#endif

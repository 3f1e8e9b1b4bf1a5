/**
 * One endpoint of a call: its transport, what it sends (tracks) and what it is sent (slots).
 *
 * A composer: RTP is found its track here, RTCP goes to feedback, deadlines are put together.
 */
#ifndef ROOM_PARTICIPANT_H
#define ROOM_PARTICIPANT_H

#include <stdbool.h>
#include <stdint.h>

#include "allocation.h"
#include "base/list.h"
#include "base/near.h"
#include "base/packet.h"
#include "base/wheel.h"
#include "context.h"
#include "egress.h"
#include "feedback.h"
#include "mixing.h"
#include "reports.h"
#include "room/command.h"
#include "room/event.h"
#include "room/session.h"
#include "rtp/demux.h"
#include "streams.h"
#include "thin_link.h"
#include "transport/transport.h"

struct room;

struct participant {
    struct list link;       /**< in room's participants */
    struct list ended_link; /**< in the exchange's list of those to be swept */
    struct room *room;      /**< where it is; not followed here */
    struct room_context *context;
    uint32_t number;
    uint32_t path_moves; /**< of the transport, as of the last participant_check_path */
    bool connected_told; /**< EVENT_CONNECTED has gone out */
    bool ended;   /**< to be swept at the end of the loop turn; nothing touches it any more */
    bool quiet;   /**< ended by command: no EVENT_LEFT */
    bool restage; /**< what he is to get is to be decided anew */
    struct transport *transport; /**< owned */
    struct demux *demux;         /**< owned */
    uint64_t packets_received;
    uint64_t bytes_received;
    uint64_t rtx_received;
    struct room_timer timer;
    struct egress egress;
    struct reports reports;
    struct streams streams;
    struct feedback feedback;
    struct allocation allocation;
    enum slot_policy audio_policy;
    enum slot_policy video_policy;
    struct thin_link link_width; /**< does his link carry several voices? */
    struct mixing mixing;        /**< is he to hear the mix? */
    bool muted[2];               /**< by enum media_kind */
    uint32_t unshown;     /**< bit of each enum codec_kind that no slot could show, told once */
    uint64_t mark;        /**< stage's scratch */
    uint32_t from_number; /**< every slot shows only this participant; 0 = nobody in particular */
    char name[SESSION_NAME_BYTES];
    char reason[64];  /**< why it ended */
    struct near near; /**< what his packets need (nearby.h) */
};

/**
 * Makes a participant from an agreement. session is only read.
 * @return 0, ERR_NO_MEMORY, or ERR_FULL when its ufrag is taken
 */
int participant_new(struct participant **out, struct room_context *context,
                    struct transport_hub *hub, const struct session *session);

/** Track of an m-line (index < SESSION_MAX_MEDIA) that participant_update would end, or NULL. */
struct track *participant_ending_track(const struct participant *participant,
                                       const struct session *session, size_t index);

/** A re-offer: m-lines come, go and change; those that stay keep their numbers. @return 0 or
 * ERR_NO_MEMORY */
int participant_update(struct participant *participant, const struct session *session);

/**
 * What was sent until now did not arrive: asks for keyframes of what the slots show, because not
 * every receiver does (GStreamer's webrtcbin neither repairs nor asks by default, aiortc does not
 * ask).
 */
void participant_show_anew(struct participant *participant);

/** When the path has moved, what went to the old address is lost. */
void participant_check_path(struct participant *participant);

/** Takes plain RTP or RTCP. */
void participant_receive(struct participant *participant, struct packet *packet,
                         enum transport_verdict verdict);

/** Sends what is due. */
void participant_timeout(struct participant *participant, int64_t now_us);

int64_t participant_next_deadline(const struct participant *participant);

/** True once after something changed that decides who feeds which slot. */
bool participant_take_restage(struct participant *participant);

/** Slot of an m-line, or NULL. */
struct slot *participant_slot(const struct participant *participant, const char *mid);

void participant_mute(struct participant *participant, enum media_kind kind, bool on);

/** Numbers since it joined, and of audio since the last call. */
void participant_report(struct participant *participant, struct event_report *out);

/** BYE, then close_notify. */
void participant_close(struct participant *participant, const char *cause);

/** Its tracks must have been taken off everybody's slots, and its timer off the wheel. */
void participant_free(struct participant **participant);

#endif

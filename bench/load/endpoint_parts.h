/**
 * What endpoint.c and endpoint_rtcp.c share.
 */
#ifndef LOAD_ENDPOINT_PARTS_H
#define LOAD_ENDPOINT_PARTS_H

#include "base/pool.h"
#include "cc/twcc_recorder.h"
#include "load/endpoint.h"
#include "load/picture_receiver.h"
#include "load/picture_sender.h"
#include "load/send_path.h"
#include "load/voice_receiver.h"
#include "load/voice_sender.h"
#include "media/report_schedule.h"
#include "rtp/demux.h"

/** One m-line: what is sent and received on it, NULL = nothing. */
struct endpoint_part {
    struct agreement_stream stream;
    struct voice_sender *voice_sender; /**< owned, as all below; by the kind of the stream */
    struct voice_receiver *voice_receiver;
    struct picture_sender *picture_sender;
    struct picture_receiver *picture_receiver;
    uint32_t remote_ssrc; /**< 0 = nothing came yet */
    uint32_t remote_rtx_ssrc;
};

struct endpoint {
    const struct content *content; /**< borrowed */
    struct endpoint_output output;
    struct endpoint_tap tap;
    bool tapped;
    uint32_t caller;
    unsigned tone;
    bool speaking;
    struct rand rand;
    struct send_path path;
    struct endpoint_part *parts[AGREEMENT_MAX_STREAMS]; /**< owned */
    size_t part_count;
    size_t receiver_count;
    struct demux *demux;
    struct pool *packets;       /**< of pictures that wait for others, NULL = none are received */
    struct twcc_recorder *twcc; /**< NULL = not agreed */
    uint8_t twcc_id;            /**< of the extension */
    struct report_schedule reports;
    uint32_t report_ssrc;
    char cname[sizeof(((struct agreement *)NULL)->cname)];
    uint64_t rtp_received;
    uint64_t malformed;
    uint64_t unknown_ssrc;
};

/** The intake of a part, NULL when it receives nothing. */
struct intake *endpoint_intake(struct endpoint_part *part);

/** Sends what is due of reports, requests and feedback. */
void endpoint_rtcp_timeout(struct endpoint *endpoint, int64_t now_us);
int64_t endpoint_rtcp_deadline(const struct endpoint *endpoint);

#endif

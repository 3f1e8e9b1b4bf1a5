/**
 * The lines that name streams and what rides on them: a=ssrc, a=ssrc-group, a=rid, a=simulcast,
 * a=extmap, a=msid, a=group, a=mid.
 *
 * RFC 5576, 8851, 8853, 8285, 8830, 5888. Readers of attribute values; views into the text.
 */
#ifndef SDP_SDP_STREAM_H
#define SDP_SDP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

enum { SDP_MAX_GROUP_SSRCS = 8, SDP_MAX_SIMULCAST = 8 };

/** `3610786779 cname:{2e3e61dc}` */
struct sdp_ssrc {
    uint32_t ssrc;
    struct str_view name;  /**< "cname" */
    struct str_view value; /**< may be empty */
};

/** `FID 915330218 1379062467` */
struct sdp_ssrc_group {
    struct str_view semantics;
    uint32_t ssrcs[SDP_MAX_GROUP_SSRCS]; /**< the first ones when the line has more */
    size_t count;
};

/** `h send pt=96;max-width=1280` */
struct sdp_rid {
    struct str_view id;
    bool send; /**< else recv */
    struct str_view restrictions;
};

/** One simulcast stream of `send 1;~2,3`: its first alternative. */
struct sdp_simulcast_stream {
    struct str_view rid;
    bool paused; /**< "~" */
};

struct sdp_simulcast {
    struct sdp_simulcast_stream
        send[SDP_MAX_SIMULCAST]; /**< the first ones when the line has more */
    size_t send_count;
};

/** `3/recvonly urn:... attributes` */
struct sdp_extmap {
    uint32_t id;
    enum sdp_direction direction; /**< SDP_SENDRECV when not said */
    struct str_view uri;
};

/** "sendrecv", ...; never NULL. */
const char *sdp_direction_name(enum sdp_direction direction);

/** What the answer says to it: send and receive change places (RFC 3264 6.1). */
enum sdp_direction sdp_direction_mirror(enum sdp_direction direction);

bool sdp_direction_sends(enum sdp_direction direction);
bool sdp_direction_receives(enum sdp_direction direction);

/** Direction with these halves. */
enum sdp_direction sdp_direction_of(bool sends, bool receives);

/** @return 0 or ERR_MALFORMED */
int sdp_direction_parse(struct str_view name, enum sdp_direction *out);

/** True for 1 or more characters of RFC 8866's token. */
bool sdp_is_token(struct str_view text);

/** True for a rid-id: 1 or more of letters, digits, '-' and '_' (RFC 8851 10). */
bool sdp_is_rid(struct str_view text);

/** @return 0 or ERR_MALFORMED */
int sdp_ssrc_parse(struct str_view value, struct sdp_ssrc *out);

/** @return 0 or ERR_MALFORMED */
int sdp_ssrc_group_parse(struct str_view value, struct sdp_ssrc_group *out);

/** @return 0 or ERR_MALFORMED */
int sdp_rid_parse(struct str_view value, struct sdp_rid *out);

/** Only the send half is kept. @return 0 or ERR_MALFORMED */
int sdp_simulcast_parse(struct str_view value, struct sdp_simulcast *out);

/** @return 0 or ERR_MALFORMED */
int sdp_extmap_parse(struct str_view value, struct sdp_extmap *out);

/** Next token of an a=group or other blank-separated list; false at its end. */
bool sdp_next_word(struct str_view *rest, struct str_view *word);

#endif

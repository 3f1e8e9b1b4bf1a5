/**
 * The lines that describe a payload type: a=rtpmap, a=fmtp, a=rtcp-fb (RFC 8866 6.6, 6.15; RFC
 * 4585 4.2).
 *
 * Readers of attribute values; views into the text. Tolerant where clients differ: names are
 * compared without case by the caller's str_view_equal_nocase, feedback values may carry blanks at
 * their end.
 */
#ifndef SDP_SDP_FMTP_H
#define SDP_SDP_FMTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { SDP_MAX_PT = 127 };

/** `111 opus/48000/2` */
struct sdp_rtpmap {
    uint8_t pt;
    struct str_view name;
    uint32_t clock_rate;
    uint32_t channels; /**< 1 when not said */
};

/** `111 minptime=10;useinbandfec=1` */
struct sdp_fmtp {
    uint8_t pt;
    struct str_view params; /**< without blanks around; may be empty */
};

/** `96 nack pli` or `* nack` */
struct sdp_rtcp_fb {
    bool any_pt; /**< "*" */
    uint8_t pt;
    struct str_view type;  /**< "nack" */
    struct str_view param; /**< "pli", or empty */
};

/** Reads one payload type of an m-line: 0 to 127. @return 0 or ERR_MALFORMED */
int sdp_pt_parse(struct str_view value, uint8_t *out);

/** @return 0 or ERR_MALFORMED */
int sdp_rtpmap_parse(struct str_view value, struct sdp_rtpmap *out);

/** @return 0 or ERR_MALFORMED */
int sdp_fmtp_parse(struct str_view value, struct sdp_fmtp *out);

/**
 * Value of a parameter in `name=value;name=value`; names without case (RFC 4855 3), blanks around
 * parts are ignored.
 * @return true when it is there; *out is empty when it has no "="
 */
bool sdp_fmtp_param(struct str_view params, const char *name, struct str_view *out);

/** True when the parameter is there with exactly this value. */
bool sdp_fmtp_param_is(struct str_view params, const char *name, const char *value);

/** @return 0 or ERR_MALFORMED */
int sdp_rtcp_fb_parse(struct str_view value, struct sdp_rtcp_fb *out);

#endif

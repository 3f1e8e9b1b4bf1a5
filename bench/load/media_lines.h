/**
 * What one m-line of a server's description says, for those codecs that we speak: Opus and VP8.
 */
#ifndef LOAD_MEDIA_LINES_H
#define LOAD_MEDIA_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/agreement.h"
#include "sdp/sdp_parse.h"

/** As the server sees it. */
struct media_lines {
    bool taken; /**< audio or video, port not 0, and with a codec of ours */
    enum load_kind kind;
    bool sends;
    bool receives;
    char mid[AGREEMENT_MID_BYTES]; /**< "" = none */
    uint8_t pt;
    uint8_t rtx_pt; /**< 0 = none */
    uint8_t red_pt; /**< 0 = none */
    bool nack;
    bool pli;
    bool remb;
    bool transport_cc;
    bool dtx; /**< Opus is to be sent to it without silence (RFC 7587 6.1) */
    struct rtp_ext_map exts;
    uint32_t ssrc;                                        /**< 0 = not announced */
    uint32_t rtx_ssrc;                                    /**< 0 = not announced */
    char rids[AGREEMENT_MAX_LAYERS][AGREEMENT_RID_BYTES]; /**< that it receives; first ones */
    size_t rid_count;
};

/**
 * Tolerant of everything but structure: lines that cannot be read are passed over.
 * @param offered stream of ours that this section answers, for payload types without a=rtpmap; NULL
 * when the server offers
 */
void media_lines_read(const struct sdp_section *section, const struct agreement_stream *offered,
                      struct media_lines *out);

#endif

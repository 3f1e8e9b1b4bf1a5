/**
 * What both sides of a leg agreed on, as plain values: the seam between signalling (`dial` makes
 * it), the path (`agent` takes `remote`) and media (`endpoint` takes `streams`).
 */
#ifndef LOAD_AGREEMENT_H
#define LOAD_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "rtp/rtp_ext.h"
#include "sdp/sdp_ice.h"

enum {
    AGREEMENT_MAX_STREAMS = 64,
    AGREEMENT_MAX_CANDIDATES = 16,
    AGREEMENT_MAX_LAYERS = 3,
    AGREEMENT_MID_BYTES = 33,
    AGREEMENT_RID_BYTES = 17,
    AGREEMENT_ICE_BYTES = 257
};

enum load_kind { LOAD_AUDIO, LOAD_VIDEO };

/** Our end of the path, for the offer. */
struct agreement_local {
    char ufrag[AGREEMENT_ICE_BYTES];
    char pwd[AGREEMENT_ICE_BYTES];
    struct sdp_fingerprint fingerprint;
    struct addr candidates[AGREEMENT_MAX_CANDIDATES]; /**< UDP, host */
    size_t candidate_count;                           /**< at least 1 */
};

/** The server's end. */
struct agreement_remote {
    char ufrag[AGREEMENT_ICE_BYTES];
    char pwd[AGREEMENT_ICE_BYTES];
    struct sdp_fingerprint fingerprint;
    bool we_are_active; /**< DTLS client; with a=setup:active of the server we are passive */
    bool ice_lite;      /**< of the server */
    struct addr candidates[AGREEMENT_MAX_CANDIDATES]; /**< UDP, component 1, best first */
    uint32_t priorities[AGREEMENT_MAX_CANDIDATES];
    size_t candidate_count; /**< at least 1 */
};

/** One m-line. */
struct agreement_stream {
    enum load_kind kind;
    bool sends;    /**< we send */
    bool receives; /**< the server sends */
    char mid[AGREEMENT_MID_BYTES];
    uint8_t pt;     /**< Opus or VP8 */
    uint8_t rtx_pt; /**< 0 = no RTX */
    uint8_t red_pt; /**< 0 = no RED */
    bool nack;
    bool pli;
    bool remb;
    bool transport_cc;
    bool dtx; /**< the server asks to be sent no silence (usedtx=1) */
    struct rtp_ext_map exts;
    uint32_t ssrcs[AGREEMENT_MAX_LAYERS]; /**< ours, as offered; one without simulcast */
    uint32_t rtx_ssrcs[AGREEMENT_MAX_LAYERS];
    char rids[AGREEMENT_MAX_LAYERS][AGREEMENT_RID_BYTES]; /**< lowest layer first */
    size_t layer_count;       /**< we send so many; 0 when we send nothing, 1 = no simulcast */
    uint32_t remote_ssrc;     /**< the server's, 0 = not announced: learned from MID or kind */
    uint32_t remote_rtx_ssrc; /**< 0 = not announced */
};

struct agreement {
    struct agreement_remote remote;
    struct agreement_stream streams[AGREEMENT_MAX_STREAMS]; /**< accepted m-lines, in order */
    size_t stream_count;
    uint32_t report_ssrc; /**< of our RTCP where we send no media */
    char cname[24];       /**< ours */
};

#endif

/**
 * Which m-line, and which simulcast layer of it, an RTP packet of a bundle belongs to (RFC
 * 8843 9.2, RFC 8852).
 *
 * Order: an SSRC that was announced or learned; then MID, with RID or RRID; then the payload type,
 * if only one sending m-line has it; a lone sending m-line takes what is left. Extension ids are
 * looked up per section, since some clients give one id two meanings within a bundle (INTEROP.md,
 * "what a relay should do" 4). SSRCs are learned up to a bound; per stream only the two latest are
 * kept, so that a source that restarts again and again does not run out.
 */
#ifndef RTP_DEMUX_H
#define RTP_DEMUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/near.h"
#include "rtp/rtp.h"
#include "rtp/rtp_ext.h"

enum {
    DEMUX_MAX_SECTIONS = 64,
    DEMUX_MAX_PTS = 16,  /**< payload types of a section, RTX ones included */
    DEMUX_MAX_SSRCS = 8, /**< announced for a section */
    DEMUX_MAX_LAYERS = 4,
    DEMUX_MAX_LEARNED = 16, /**< SSRCs learned from packets */
    DEMUX_MID_BYTES = 33,   /**< with terminator */
    DEMUX_RID_BYTES = 17
};

/** One m-line as the client announced it. */
struct demux_section {
    bool sends;                /**< the client sends here; else nothing is ever resolved to it */
    char mid[DEMUX_MID_BYTES]; /**< "" = none */
    struct rtp_ext_map exts;   /**< this section's ids */
    char rids[DEMUX_MAX_LAYERS][DEMUX_RID_BYTES];
    size_t rid_count;
    uint8_t pts[DEMUX_MAX_PTS]; /**< payload types of media */
    size_t pt_count;
    uint8_t rtx_pts[DEMUX_MAX_PTS]; /**< payload types of RTX */
    size_t rtx_pt_count;
    uint32_t ssrcs[DEMUX_MAX_SSRCS];     /**< a=ssrc, primaries; ssrcs[i] is layer i */
    uint32_t rtx_ssrcs[DEMUX_MAX_SSRCS]; /**< FID partner of ssrcs[i], 0 = none */
    size_t ssrc_count;
};

/** Where a packet belongs. */
struct demux_target {
    uint8_t section; /**< index into the sections given */
    uint8_t layer;   /**< index of the rid, or of the announced SSRC; 0 without simulcast */
    bool is_rtx;     /**< by SSRC, RRID or payload type */
    bool learned;    /**< this very packet bound its SSRC (or bound it anew) */
};

struct demux;

/** @param sections copied @param count 0..DEMUX_MAX_SECTIONS @return 0, ERR_INVALID, ERR_NO_MEMORY
 */
int demux_new(struct demux **out, const struct demux_section *sections, size_t count);

/**
 * Takes another set of sections (a re-offer). What was learned about a section stays as long as its
 * mid is offered: while it does not send, its SSRCs lead nowhere; when it sends again, they may
 * come without labels, because Chromium adds none to an SSRC that was reported on once. @return 0,
 * ERR_INVALID or ERR_NO_MEMORY (then nothing changed)
 */
int demux_update(struct demux *demux, const struct demux_section *sections, size_t count);

/**
 * Resolves a parsed packet and learns its SSRC. Never allocates.
 * @return 0, ERR_NOT_FOUND when it belongs nowhere, ERR_FULL when it would be one SSRC too many
 */
int demux_resolve(struct demux *demux, const uint8_t *data, const struct rtp_header *header,
                  struct demux_target *out);

/** As announced or learned, without looking at a packet (RTCP). @return 0 or ERR_NOT_FOUND */
int demux_find_ssrc(const struct demux *demux, uint32_t ssrc, struct demux_target *out);

/** A learned SSRC has gone (BYE, timeout). Announced ones stay. */
void demux_forget(struct demux *demux, uint32_t ssrc);

/** Notes what every packet reads. */
void demux_near(const struct demux *demux, struct near *near);

void demux_free(struct demux **demux);

#endif

/**
 * RTCP feedback: Generic NACK and PLI (RFC 4585 6.2.1, 6.3.1), FIR (RFC 5104 4.3.1), REMB
 * (draft-alvestrand-rmcat-remb-03). Transport-wide feedback is in rtcp_twcc.h.
 *
 *    |V=2|P|   FMT   |  PT 205/206   |            length             |
 *    |                     SSRC of packet sender                     |
 *    |                     SSRC of media source                      |
 *    |                feedback control information (FCI)             |
 */
#ifndef RTP_RTCP_FB_H
#define RTP_RTCP_FB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "rtp/rtcp.h"

enum rtcp_fb_kind {
    RTCP_FB_UNKNOWN, /**< a format we do not take: pass over */
    RTCP_FB_NACK,
    RTCP_FB_TWCC,
    RTCP_FB_PLI,
    RTCP_FB_FIR,
    RTCP_FB_REMB
};

enum {
    RTCP_FB_FORMAT_NACK = 1,
    RTCP_FB_FORMAT_TWCC = 15,
    RTCP_FB_FORMAT_PLI = 1,
    RTCP_FB_FORMAT_FIR = 4,
    RTCP_FB_FORMAT_AFB = 15, /**< application layer: REMB by its name */
    RTCP_FB_HEADER_BYTES = 12,
    RTCP_REMB_MAX_SSRCS = 255
};

/** A feedback message: view. */
struct rtcp_fb {
    enum rtcp_fb_kind kind;
    uint32_t sender_ssrc;
    uint32_t media_ssrc; /**< 0 for FIR and REMB */
    const uint8_t *fci;
    size_t fci_bytes; /**< multiple of 4 */
};

/** One entry of FIR. */
struct rtcp_fir {
    uint32_t ssrc;
    uint8_t command; /**< rises with each new request, stays with a repeated one */
};

/** REMB: view. */
struct rtcp_remb {
    uint64_t bps; /**< mantissa << exponent, saturated */
    size_t ssrc_count;
    const uint8_t *ssrcs;
};

/**
 * Reads a packet of type 205 or 206. Formats that are known are checked: NACK and FIR have whole
 * entries, REMB has its SSRCs.
 * @return 0, ERR_MALFORMED, or ERR_INVALID for another type
 */
int rtcp_fb_parse(const struct rtcp_packet *packet, struct rtcp_fb *out);

/**
 * Walks the numbers of a Generic NACK, each PID and its BLP expanded.
 *
 * @param cursor starts at 0
 * @return false at the end
 */
bool rtcp_fb_nack_next(const struct rtcp_fb *fb, size_t *cursor, uint16_t *seq);

/** Walks the entries of FIR. @param cursor starts at 0 @return false at the end */
bool rtcp_fb_fir_next(const struct rtcp_fb *fb, size_t *cursor, struct rtcp_fir *out);

/** The content of REMB; fb->kind must be RTCP_FB_REMB. */
void rtcp_fb_remb(const struct rtcp_fb *fb, struct rtcp_remb *out);

/** index < ssrc_count */
uint32_t rtcp_remb_ssrc_at(const struct rtcp_remb *remb, size_t index);

/**
 * Appends a Generic NACK.
 *
 * @param seqs  ascending in serial order, so that they pack well; any order is correct
 * @param count >= 1
 * @return numbers written, from the first on (fewer than count when out is full), 0 when not one
 *         fits: then nothing was written
 */
size_t rtcp_write_nack(struct bytes_out *out, uint32_t sender_ssrc, uint32_t media_ssrc,
                       const uint16_t *seqs, size_t count);

/** Appends PLI. @return 0 or ERR_FULL */
int rtcp_write_pli(struct bytes_out *out, uint32_t sender_ssrc, uint32_t media_ssrc);

/** Appends FIR. @param count >= 1 @return 0, ERR_FULL or ERR_INVALID */
int rtcp_write_fir(struct bytes_out *out, uint32_t sender_ssrc, const struct rtcp_fir *entries,
                   size_t count);

/** Appends REMB; bps is rounded down to 18 bits of mantissa. @param count 0..255 @return 0,
 * ERR_FULL or ERR_INVALID */
int rtcp_write_remb(struct bytes_out *out, uint32_t sender_ssrc, uint64_t bps,
                    const uint32_t *ssrcs, size_t count);

#endif

/**
 * RTCP: walking a compound packet, and SR, RR, SDES, BYE, APP and XR (RFC 3550 6, RFC 3611,
 * RFC 5506).
 *
 *     0                   1                   2                   3
 *    |V=2|P|  count  |      type     |      length (words - 1)       |
 *    |                         sender SSRC                           |
 *    |                              ...                              |
 *
 * Feedback messages (types 205, 206) are in rtcp_fb.h and rtcp_twcc.h. Writers append one whole
 * packet to a bytes_out, or leave it as it was and return ERR_FULL, so that a compound under
 * construction stays valid.
 */
#ifndef RTP_RTCP_H
#define RTP_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum rtcp_type {
    RTCP_SR = 200,
    RTCP_RR = 201,
    RTCP_SDES = 202,
    RTCP_BYE = 203,
    RTCP_APP = 204,
    RTCP_RTPFB = 205, /**< transport-layer feedback */
    RTCP_PSFB = 206,  /**< payload-specific feedback */
    RTCP_XR = 207
};

enum {
    RTCP_MAX_BLOCKS = 31,
    RTCP_MAX_BYE = 31,
    RTCP_BLOCK_BYTES = 24,
    RTCP_SDES_CNAME = 1,
    RTCP_MAX_DLRR = 32 /**< sub-blocks we write into one DLRR block */
};

/** One packet of a compound: a view into the datagram. */
struct rtcp_packet {
    uint8_t type;        /**< enum rtcp_type, or one that we do not know */
    uint8_t count;       /**< the 5-bit field: report blocks, chunks, SSRCs, or feedback format */
    const uint8_t *body; /**< after the 4-byte header */
    size_t body_bytes;   /**< without padding */
};

/** Walks a compound. */
struct rtcp_reader {
    struct bytes rest;
};

/** Report block (RFC 3550 6.4.1). */
struct rtcp_report_block {
    uint32_t ssrc;           /**< the stream reported on */
    uint8_t fraction_lost;   /**< of 256 */
    int32_t cumulative_lost; /**< 24 bits signed on the wire; clamped when written */
    uint32_t highest_seq;    /**< cycles in the upper 16 bits */
    uint32_t jitter;         /**< timestamp units */
    uint32_t lsr;            /**< middle 32 bits of the last SR's NTP time, 0 = none */
    uint32_t dlsr;           /**< since then, in 1/65536 s */
};

/** Sender report or receiver report, without its blocks. */
struct rtcp_report {
    uint32_t ssrc;
    bool is_sender; /**< SR: the fields below count */
    uint64_t ntp;
    uint32_t timestamp;
    uint32_t packets;
    uint32_t octets;
    size_t block_count;    /**< 0..31 */
    const uint8_t *blocks; /**< view, for rtcp_report_block_at */
};

/** Sub-block of DLRR (RFC 3611 4.5). */
struct rtcp_dlrr {
    uint32_t ssrc; /**< of the receiver whose reference time this answers */
    uint32_t lrr;  /**< middle 32 bits of its RRTR's NTP time */
    uint32_t dlrr; /**< since then, in 1/65536 s */
};

/** What of an XR packet we take. */
struct rtcp_xr {
    uint32_t ssrc;
    bool has_rrtr;
    uint64_t rrtr_ntp;   /**< receiver reference time (RFC 3611 4.4) */
    size_t dlrr_count;   /**< sub-blocks in the first DLRR block */
    const uint8_t *dlrr; /**< view, for rtcp_dlrr_at */
};

/** Over len bytes at data (plain RTCP), borrowed. */
void rtcp_reader_init(struct rtcp_reader *reader, const uint8_t *data, size_t len);

/**
 * The next packet. Any first type is taken (reduced size, RFC 5506), and padding of any length on
 * any packet.
 * @return 1 with *out set, 0 at the end, ERR_MALFORMED (then the rest cannot be walked)
 */
int rtcp_reader_next(struct rtcp_reader *reader, struct rtcp_packet *out);

/** Checks that a whole datagram can be walked and is not empty. @return 0 or ERR_MALFORMED */
int rtcp_check(const uint8_t *data, size_t len);

/** Reads an SR or RR; profile-specific extensions after the blocks are passed over. @return 0 or
 * ERR_MALFORMED, ERR_INVALID for another type */
int rtcp_report_parse(const struct rtcp_packet *packet, struct rtcp_report *out);

/** Block of a parsed report; index < block_count. */
void rtcp_report_block_at(const struct rtcp_report *report, size_t index,
                          struct rtcp_report_block *out);

/**
 * Finds an item of an SDES packet (RFC 3550 6.5).
 *
 * @param item e.g. RTCP_SDES_CNAME
 * @param text out: not terminated, borrowed
 * @return 0, ERR_NOT_FOUND or ERR_MALFORMED
 */
int rtcp_sdes_find(const struct rtcp_packet *packet, uint32_t ssrc, uint8_t item, const char **text,
                   size_t *len);

/**
 * SSRCs of a BYE packet (RFC 3550 6.6).
 * @return how many were written to out (0 is legal), or ERR_MALFORMED, ERR_INVALID
 */
int rtcp_bye_parse(const struct rtcp_packet *packet, uint32_t out[RTCP_MAX_BYE]);

/** Reads an XR packet; blocks that we do not know are passed over. @return 0 or ERR_MALFORMED,
 * ERR_INVALID */
int rtcp_xr_parse(const struct rtcp_packet *packet, struct rtcp_xr *out);

/** Sub-block; index < dlrr_count. */
void rtcp_dlrr_at(const struct rtcp_xr *xr, size_t index, struct rtcp_dlrr *out);

/**
 * Appends an SR (report->is_sender) or RR; of report only ssrc and the sender's fields are read.
 * @param count 0..31
 * @return 0, ERR_FULL or ERR_INVALID
 */
int rtcp_write_report(struct bytes_out *out, const struct rtcp_report *report,
                      const struct rtcp_report_block *blocks, size_t count);

/** Appends SDES with one chunk: the CNAME, terminated, at most 255 bytes. @return 0, ERR_FULL or
 * ERR_INVALID */
int rtcp_write_cname(struct bytes_out *out, uint32_t ssrc, const char *cname);

/** Appends BYE without reason. @param count 1..31 @return 0, ERR_FULL or ERR_INVALID */
int rtcp_write_bye(struct bytes_out *out, const uint32_t *ssrcs, size_t count);

/** Appends XR with one RRTR block. @return 0 or ERR_FULL */
int rtcp_write_rrtr(struct bytes_out *out, uint32_t ssrc, uint64_t ntp);

/** Appends XR with one DLRR block. @param count 1..RTCP_MAX_DLRR @return 0, ERR_FULL, ERR_INVALID
 */
int rtcp_write_dlrr(struct bytes_out *out, uint32_t ssrc, const struct rtcp_dlrr *entries,
                    size_t count);

#endif

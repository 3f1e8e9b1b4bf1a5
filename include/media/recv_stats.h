/**
 * What arrives on one received SSRC: extended numbers, duplicates, restarts, loss and jitter (RFC
 * 3550 A.1, A.3, A.8).
 *
 * Extended sequence numbers never go back, also when the source restarts: the new life begins in a
 * later 65536-cycle, so that every other machine may take them as the one order of a stream. Their
 * low 16 bits are always the wire's number.
 */
#ifndef MEDIA_RECV_STATS_H
#define MEDIA_RECV_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct rtcp_report_block;

enum {
    RECV_STATS_WINDOW =
        1024, /**< numbers behind the highest that are told apart; older ones are refused */
    RECV_STATS_MAX_DROPOUT =
        3000 /**< a larger step forward must be confirmed by the next packet (RFC 3550 A.1) */
};

enum recv_verdict {
    RECV_IN_ORDER,  /**< higher than all before */
    RECV_LATE,      /**< not seen before, lower than the highest */
    RECV_RESTART,   /**< in order, and the source has started afresh: numbers and timestamps have no
                       relation to before */
    RECV_DUPLICATE, /**< drop */
    RECV_REFUSED    /**< too old, or a jump that the next packet has to confirm: drop */
};

struct recv_stats {
    /* to restart: for every packet */
    int64_t highest;     /**< extended, -1 before the first packet */
    uint64_t packets;    /**< original packets taken, this life; RTX repairs do not count (RFC
                            3550 6.4.1) */
    uint64_t bytes;      /**< of their payload and header, all lives */
    uint32_t clock_rate; /**< Hz */
    uint32_t timestamp;  /**< of the packet before, for jitter */
    int64_t arrival_us;  /**< of the packet before */
    int64_t jitter_q4;   /**< interarrival jitter in timestamp units, times 16 */
    int64_t bad_seq;     /**< number that would confirm a jump, -1 = none */
    bool restart;        /**< the next original packet begins a new life */
    uint32_t lsr;        /**< middle 32 bits of the last SR's NTP time, 0 = none */
    int64_t lsr_us;      /**< when it came */
    int64_t epoch_base;  /**< extended number, multiple of 65536, that stands for cycle 0 in report
                            blocks */
    int64_t base;        /**< first number of this life of the source */
    uint64_t duplicates; /**< all lives */
    uint64_t expected_prior;
    uint64_t received_prior;
    int64_t lost_before;    /**< cumulative loss of earlier lives */
    int64_t taken_highest;  /**< at the last recv_stats_take_loss of this life, -1 = none */
    uint64_t taken_packets; /**< then */
    uint64_t seen[RECV_STATS_WINDOW / 64]; /**< bit per number, by its low bits */
};

/** @param clock_rate RTP clock in Hz, 1..1,000,000 */
void recv_stats_init(struct recv_stats *stats, uint32_t clock_rate);

/**
 * Takes note of an original packet (not an RTX repair).
 *
 * @param bytes      length for the byte counter
 * @param arrival_us monotonic, kernel's stamp where known
 * @param ext_seq    out: extended number, set unless RECV_REFUSED
 */
enum recv_verdict recv_stats_receive(struct recv_stats *stats, uint16_t seq, uint32_t timestamp,
                                     uint32_t bytes, int64_t arrival_us, int64_t *ext_seq);

/**
 * Takes note of a packet that came by RTX: told apart from duplicates, not counted as received,
 * never a restart. RECV_REFUSED before the first original packet.
 */
enum recv_verdict recv_stats_recover(struct recv_stats *stats, uint16_t seq, int64_t *ext_seq);

/** The stream goes on under another SSRC: the next original packet is a RECV_RESTART, whatever its
 * number. */
void recv_stats_restart(struct recv_stats *stats);

/** A sender report came: ntp is its 64-bit NTP time. */
void recv_stats_sender_report(struct recv_stats *stats, uint64_t ntp, int64_t now_us);

/** True when this number was taken, and is not too long ago. */
bool recv_stats_has(const struct recv_stats *stats, int64_t ext_seq);

/** True once a packet was taken. */
bool recv_stats_active(const struct recv_stats *stats);

/**
 * Fills a report block, except its ssrc, and starts the next interval of fraction lost (RFC 3550
 * A.3).
 */
void recv_stats_report(struct recv_stats *stats, int64_t now_us, struct rtcp_report_block *out);

/** Cumulative packets lost (RFC 3550 6.4.1, not clamped to 24 bits); may be negative with
 * duplicates. */
int64_t recv_stats_lost(const struct recv_stats *stats);

/** What was expected since the last call or the beginning of this life, and how much of it did not
 * come by itself (repaired or not). */
void recv_stats_take_loss(struct recv_stats *stats, uint32_t *expected, uint32_t *lost);

/** What is missing among some packets in a row. */
struct recv_stretch {
    uint32_t expected;
    uint32_t lost;   /**< and not repaired */
    uint32_t bursts; /**< losses in a row */
};

/**
 * Looks at the last packets of this life.
 *
 * @param count how many at most, less than RECV_STATS_WINDOW
 * @param skip  newest ones left out, since they may still come
 */
void recv_stats_stretch(const struct recv_stats *stats, uint32_t count, uint32_t skip,
                        struct recv_stretch *out);

/** Interarrival jitter in microseconds. */
int64_t recv_stats_jitter_us(const struct recv_stats *stats);

#endif

/**
 * What every received stream has: its numbers, what is missing of them, what is asked for again,
 * and who came in on it.
 */
#ifndef LOAD_INTAKE_H
#define LOAD_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/agreement.h"
#include "load/stats.h"
#include "media/nack_generator.h"
#include "media/recv_stats.h"
#include "rtp/rtp.h"
#include "rtp/seq.h"

enum { INTAKE_MAX_ASK = 64 /**< numbers in one request */ };

enum intake_verdict {
    INTAKE_NEW,      /**< by itself */
    INTAKE_REPAIRED, /**< because it was asked for, or as a copy in another packet */
    INTAKE_RESTART,  /**< new, and numbers have no relation to those before */
    INTAKE_DROP      /**< came before, or is too old */
};

struct intake {
    struct recv_stats recv;
    struct nack_generator *nack; /**< owned; NULL = repairs are not agreed */
    struct seq_unwrap32 timestamps;
    int64_t lives_lost; /**< of SSRCs before this one */
    uint64_t asked;     /**< repairs that came under their own number, not by RTX */
    uint16_t run;       /**< of our own marks */
    struct stats_received stats;
};

/** @param run of our own marks (content_run). @return 0 or ERR_NO_MEMORY */
int intake_init(struct intake *intake, const struct agreement_stream *stream, uint16_t run);

/** The stream goes on under another SSRC. */
void intake_other_ssrc(struct intake *intake);

/**
 * A packet with its own number.
 *
 * @param ext_seq out, unless DROP
 * @param bytes   of its payload
 */
enum intake_verdict intake_receive(struct intake *intake, const struct rtp_header *header,
                                   size_t bytes, int64_t arrived_us, int64_t now_us,
                                   int64_t *ext_seq);

/** One that came by RTX or inside another. */
enum intake_verdict intake_recover(struct intake *intake, uint16_t seq, size_t bytes,
                                   int64_t now_us, int64_t *ext_seq);

/**
 * Reads the mark and takes note of it; of another tool's it is MARK_STRANGER's, and its delay does
 * not count: clocks may differ.
 * @param delay it came by itself: its delay counts
 */
bool intake_mark(struct intake *intake, const uint8_t *payload, size_t len, bool delay,
                 int64_t arrived_us, struct mark *out);

/** So many numbers in a row will not come any more. */
void intake_lost(struct intake *intake, int64_t count);

/**
 * What to ask for now.
 * @param keyframe set when something is beyond repair
 * @return count of seqs
 */
size_t intake_ask(struct intake *intake, int64_t now_us, uint16_t seqs[static INTAKE_MAX_ASK],
                  bool *keyframe);

int64_t intake_next_deadline(const struct intake *intake);

/** Sums as of now. */
void intake_stats(const struct intake *intake, struct stats_received *out);

void intake_deinit(struct intake *intake);

#endif

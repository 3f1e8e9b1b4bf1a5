/**
 * Which packets of one received SSRC to ask for again, and when (RFC 4585 6.2.1; QUALITY.md 1.9).
 *
 * First after a reordering tolerance (reorder.h), again each max(20 ms, RTT + 4 * its deviation, of
 * which one RTT counts), until the packet is too old to be of use. Bounded in list length and in
 * rate. Fixed memory.
 */
#ifndef MEDIA_NACK_GENERATOR_H
#define MEDIA_NACK_GENERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NACK_MAX_MISSING =
        256, /**< on the list at once; a larger hole is not repaired packet by packet */
    NACK_MAX_TRIES = 10,
    NACK_REORDER_US = 10000, /**< tolerance until told otherwise */
    NACK_MIN_REPEAT_US = 20000,
    NACK_DEFAULT_RTT_US = 100000,
    NACK_GIVE_UP_VIDEO_US = 500000,
    NACK_GIVE_UP_KEYFRAME_US = 1000000,
    NACK_GIVE_UP_AUDIO_US = 120000
};

struct nack_missing {
    int64_t ext_seq;
    int64_t since_us; /**< when it was found missing */
    int64_t next_us;  /**< when to ask (again) */
    int64_t asked_us; /**< last request, with tries > 0 */
    uint32_t tries;
};

struct nack_generator {
    int64_t highest;      /**< -1 before the first packet */
    int64_t keyframe_seq; /**< first number of the newest keyframe; INT64_MAX = none yet */
    int64_t keyframe_us;  /**< when it began to come */
    int64_t give_up_us;
    int64_t reorder_us; /**< what a hole is given before the first request */
    bool video;         /**< a loss beyond repair needs a keyframe */
    int64_t rtt_us;
    int64_t rtt_var_us;
    bool rtt_told;     /**< by reports; until then the repairs themselves tell */
    bool rtt_measured; /**< by a repair */
    int64_t credit_q8; /**< requests allowed now, times 256: half of the packets received, plus a
                          burst */
    int64_t next_us;   /**< earliest next_us of the list, INT64_MAX when empty */
    size_t count;
    size_t room;                  /**< of missing: 0 before the first hole */
    struct nack_missing *missing; /**< owned; ascending by ext_seq, NACK_MAX_MISSING at most */
    uint64_t asked;               /**< numbers asked for, in all */
    uint64_t given_up;
};

/** @param video true: give-up age of video, and losses beyond repair are reported; false: audio.
 * Takes no memory before something is missing. */
void nack_generator_init(struct nack_generator *gen, bool video);
void nack_generator_deinit(struct nack_generator *gen);

/**
 * Round-trip time to the source and its mean deviation, when reports tell. Without (a leg that only
 * sends to us), the time from a request to its repair stands in.
 */
void nack_generator_rtt(struct nack_generator *gen, int64_t rtt_us, int64_t var_us);

/** How long packets may be late by themselves (reorder.h); holds for holes to come. */
void nack_generator_reorder(struct nack_generator *gen, int64_t tolerance_us);

/** Time from one request to the next: the round trip with some room. */
int64_t nack_generator_repeat_us(const struct nack_generator *gen);

/** True when one of the numbers first..end-1 is still asked for. */
bool nack_generator_seeks(const struct nack_generator *gen, int64_t first, int64_t end);

/** True when this missing number was asked for long enough ago that what comes now is the answer.
 */
bool nack_generator_awaits(const struct nack_generator *gen, int64_t ext_seq, int64_t now_us);

/**
 * Takes note of a packet, original or repaired.
 *
 * @param ext_seq extended number (recv_stats)
 * @return 0, or ERR_NEED_KEYFRAME when the hole before it is beyond repair, or without memory
 * (everything missing is forgotten)
 */
int nack_generator_receive(struct nack_generator *gen, int64_t ext_seq, int64_t now_us);

/** A keyframe's first packet is ext_seq: what is missing before it is not wanted any more; what is
 * missing in it is wanted for longer. */
void nack_generator_keyframe(struct nack_generator *gen, int64_t ext_seq, int64_t now_us);

/** The source restarted, or nobody needs it any more: forgets everything. */
void nack_generator_reset(struct nack_generator *gen);

/**
 * Numbers to ask for now, ascending; call when next_deadline has come, until count < max.
 *
 * @param out   room for max numbers
 * @param count out: how many
 * @return 0, or ERR_NEED_KEYFRAME when one of a video stream was given up (count is valid all the
 * same)
 */
int nack_generator_poll(struct nack_generator *gen, int64_t now_us, int64_t *out, size_t max,
                        size_t *count);

/** INT64_MAX when nothing is missing. */
int64_t nack_generator_next_deadline(const struct nack_generator *gen);

#endif

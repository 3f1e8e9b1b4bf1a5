/**
 * How many bits a second the path to one participant carries (QUALITY.md 1.2 to 1.5).
 *
 * The target is the least of: the delay-based estimate (trendline, AIMD with link-capacity memory,
 * RTT back-off), the loss-based one (v2), and the receiver's REMB. Receivers without transport-wide
 * feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01), or that agreed to it and give none
 * for 3 s, are judged by the loss in their reports and by REMB; where that was never agreed,
 * nothing is limited before the first word from them.
 *
 * Sans-I/O: what is sent is told, feedback goes in, a target and probes come out. No call
 * allocates after _new. Everything about bytes includes IP, UDP and SRTP overhead.
 */
#ifndef CC_ESTIMATOR_H
#define CC_ESTIMATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/near.h"
#include "cc/estimator_demand.h"
#include "rtp/rtcp_twcc.h"

struct estimator;

/** What a packet is, for history and budgets. */
enum send_kind { SEND_AUDIO, SEND_VIDEO, SEND_RTX, SEND_PADDING };

enum { ESTIMATOR_START_BPS = 1000000, ESTIMATOR_MIN_BPS = 30000, ESTIMATOR_MAX_BPS = 100000000 };

struct estimator_config {
    uint64_t start_bps;
    uint64_t min_bps;
    uint64_t max_bps;
    bool twcc; /**< packets carry transport-wide numbers, and feedback about them is agreed */
};

/** For plots, stats and tests. */
struct estimator_view {
    uint64_t target_bps;
    uint64_t delay_bps;
    uint64_t loss_bps;  /**< UINT64_MAX = does not limit */
    uint64_t remb_bps;  /**< 0 = none */
    uint64_t acked_bps; /**< robust throughput, 0 = not known */
    int64_t rtt_us;     /**< of feedback, 0 = not known */
    int64_t queue_us;   /**< standing queue: smoothed delay above the least of the last 30 s */
    double loss;        /**< share of packets lost lately */
    bool overuse;
    bool limited;       /**< application-limited (ALR) */
    uint64_t unmatched; /**< statuses for numbers never sent or forgotten */
    uint64_t probes;    /**< clusters begun */
};

/** @return 0 or ERR_NO_MEMORY */
int estimator_new(struct estimator **out, const struct estimator_config *config, int64_t now_us);

/** The path is open, or is another one since a moment: what can wait does, some 100 ms, until a few
 * packets have told whether the link is a thin one; then it begins carefully until they have. An
 * owner that cannot send them at once, or not at all, need not.
 *
 * @param rtt_us 0 = not known; on long ways nothing waits */
void estimator_sound(struct estimator *estimator, int64_t rtt_us, int64_t now_us);

/**
 * A RTP packet leaves. Without twcc only the sum counts: what left since the last call may be told
 * as one, when a report comes.
 *
 * @param number transport-wide; ignored without twcc, as are kind and probe
 * @param bytes  on the wire
 * @param probe  0, or the cluster that it belongs to
 */
void estimator_sent(struct estimator *estimator, uint16_t number, uint32_t bytes,
                    enum send_kind kind, uint32_t probe, int64_t now_us);

/** Transport-wide feedback, parsed; the walk is used up. */
void estimator_twcc(struct estimator *estimator, struct rtcp_twcc *twcc, int64_t now_us);

/** Receiver's estimate; absurd values are bounded. */
void estimator_remb(struct estimator *estimator, uint64_t bps, int64_t now_us);

/**
 * A report block about one of our streams (RFC 3550 6.4.1): counts only without twcc, except for
 * the round trip.
 *
 * @param expected packets sent since the last report of this stream
 * @param lost     of them
 * @param rtt_us   0 = not known
 */
void estimator_report(struct estimator *estimator, uint32_t expected, uint32_t lost, int64_t rtt_us,
                      int64_t now_us);

void estimator_demand(struct estimator *estimator, const struct estimator_demand *demand,
                      int64_t now_us);

/** The path has moved: what was learned of the old one is forgotten but for half of its rate, as
 * far as that is more than the start of a new call; less was learned the hard way. */
void estimator_path_moved(struct estimator *estimator, int64_t now_us);

/**
 * A part of a probe that is due now; call until false, and tell each packet sent for it by
 * estimator_sent. What else leaves meanwhile counts for the probe too. An owner with nothing to
 * send them as need not ask: a probe that stays untaken is given up.
 */
bool estimator_probe(struct estimator *estimator, int64_t now_us, struct estimator_burst *out);

/** Is there a probe of which something is still to be sent? */
bool estimator_is_probing(const struct estimator *estimator);

/** Back-off, timeouts of probes, silence of feedback. */
void estimator_timeout(struct estimator *estimator, int64_t now_us);

/**
 * When estimator_timeout, and estimator_probe after it, have something to do; INT64_MAX = never.
 * Changes with every call.
 */
int64_t estimator_next_deadline(const struct estimator *estimator);

/** What may be sent, bit/s; UINT64_MAX while nothing is known that limits it. */
uint64_t estimator_target_bps(const struct estimator *estimator);

/** What the pacer is to go by: the target, but next to nothing while the path is sounded. */
uint64_t estimator_pace_bps(const struct estimator *estimator);

/** True while the link has not shown where it ends: feedback about pictures comes, and neither was
 * it overused nor did a probe come out slower than it went in. */
bool estimator_has_room(const struct estimator *estimator);

/** For how long there has been no word of what was sent, 0 = all is well; INT64_MAX without
 * transport-wide feedback, where nobody can tell. */
int64_t estimator_silence_us(const struct estimator *estimator, int64_t now_us);

/** What was sent before this time has arrived, all of it; INT64_MIN = not known, as for some
 * seconds after a loss, a lost feedback, or a change of path. */
int64_t estimator_arrived_us(const struct estimator *estimator, int64_t now_us);

void estimator_view(const struct estimator *estimator, struct estimator_view *out);

/** Notes what every packet reads that is sent; NULL: nothing. */
void estimator_near(const struct estimator *estimator, struct near *near);

void estimator_free(struct estimator **estimator);

#endif

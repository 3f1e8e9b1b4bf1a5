/**
 * When a publisher's RTP timestamps happened, on our clock.
 *
 * One `timeline_clock` per publisher tells its NTP clock from ours (smallest delay seen; all its
 * streams share it, which is what keeps lips in sync); one `timeline` per received SSRC ties that
 * stream's RTP clock to it by the latest sender report (RFC 3550 6.4.1). Before the first report,
 * the earliest arrival stands in.
 */
#ifndef MEDIA_TIMELINE_H
#define MEDIA_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

/** Publisher's NTP clock against ours. */
struct timeline_clock {
    bool known;
    uint32_t era; /**< rises when the publisher's clock was stepped: older reports of its streams
                     are void */
    int64_t offset_us; /**< our monotonic time minus the publisher's NTP time in microseconds */
    int64_t updated_us;
};

struct timeline {
    uint32_t clock_rate; /**< Hz */
    uint32_t era;        /**< of the clock when the report came */
    bool has_report;
    bool has_arrival;
    uint32_t report_rtp;
    int64_t report_ntp_us;   /**< publisher's NTP time in microseconds */
    int64_t report_local_us; /**< the same on our clock as it was known then, for when the
                                publisher's clock is stepped */
    uint32_t arrival_rtp;    /**< reference: this timestamp would have come at arrival_us with the
                                least delay */
    int64_t arrival_us;
    int64_t least_late_us; /**< least delay against the reference since it was set */
};

void timeline_clock_init(struct timeline_clock *clock);

/** The clock of who sends is ours. */
void timeline_clock_ours(struct timeline_clock *clock);

/** @param clock_rate RTP clock in Hz, > 0 */
void timeline_init(struct timeline *timeline, uint32_t clock_rate);

/** A media packet came in order. Cheap; only looks at it until a report is there. */
void timeline_receive(struct timeline *timeline, uint32_t timestamp, int64_t arrival_us);

/** The stream restarted: forgets both references. */
void timeline_reset(struct timeline *timeline);

/** A sender report came. @param ntp 64-bit NTP time as on the wire; 0 (RFC 3550: no wall clock) is
 * ignored */
void timeline_sender_report(struct timeline *timeline, struct timeline_clock *clock, uint64_t ntp,
                            uint32_t timestamp, int64_t now_us);

/** What a sender report would say, of a stream that is made here: `timestamp` was sampled at
 * local_us of our clock. The clock must be known. */
void timeline_state(struct timeline *timeline, const struct timeline_clock *clock,
                    uint32_t timestamp, int64_t local_us);

/** True when a valid sender report is behind the answers of this timeline. */
bool timeline_is_exact(const struct timeline *timeline, const struct timeline_clock *clock);

/** Our monotonic time at which `timestamp` was sampled (plus the constant least delay); INT64_MIN
 * when nothing is known. */
int64_t timeline_instant_us(const struct timeline *timeline, const struct timeline_clock *clock,
                            uint32_t timestamp);

/** The publisher's RTP timestamp at our time now_us. @return false when nothing is known */
bool timeline_rtp_at(const struct timeline *timeline, const struct timeline_clock *clock,
                     int64_t now_us, uint32_t *timestamp);

#endif

/**
 * What a run came to: every caller's result, sums over rooms and all, the course of time. Reports
 * and rules read this and nothing else.
 */
#ifndef LOAD_TALLY_H
#define LOAD_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/agent.h"
#include "load/caller.h"
#include "load/cause.h"
#include "load/mos.h"
#include "load/stats.h"

/** What a sampled caller heard and saw, by decoding (listening_desk). */
struct heard_score {
    bool sound;           /**< estoi and clipped_share hold */
    double estoi;         /**< against the source; of a mix against the sum of those who spoke */
    double clipped_share; /**< of samples where the sum jumped: wrapped or cut */
    bool compared;        /**< something of it came: the following two hold */
    double lsd_db;
    double mouth_to_ear_ms;
    uint32_t wrong[8]; /**< callers who were heard and should not (oneself), or should and were
                          not: see missing */
    size_t wrong_count;
    uint32_t missing[8];
    size_t missing_count;
    bool pictures; /**< the following hold */
    double psnr_db;
    double ssim;
    uint64_t undecodable;
};

struct caller_result {
    struct caller_config config;
    enum caller_state state;
    enum load_cause cause;
    char message[DIAL_MESSAGE_BYTES];
    struct caller_times times;
    struct agent_counts datagrams;
    struct stats stats;      /**< of the time measured: after the ramp, before the end */
    int64_t pictures_due_us; /**< of that time, how long others sent pictures for it */
    struct mos mos;          /**< of the worst received sound: mos_of_stats */
    bool scored;
    struct heard_score score;
};

/** One moment of the run. */
struct tally_moment {
    int64_t at_us; /**< since the begin */
    uint32_t up;
    uint32_t joining;
    uint32_t failed;
    double joins_per_s;
    double mos_worst;
    double mos_mean;
    double loss; /**< share, after repair, of this second */
    int64_t delay_p50_us;
    int64_t delay_p99_us;
    double sent_bps;
    double received_bps;
    double own_cpu;        /**< cores */
    double server_cpu;     /**< cores, -1 = not asked for */
    uint64_t server_bytes; /**< resident */
    int64_t lag_p99_us;    /**< of the tool */
};

enum { TALLY_TARGET_BYTES = 512 };

struct tally {
    char target[TALLY_TARGET_BYTES]; /**< as it was called: a URL, or those of both ways */
    const char *agent;               /**< "light" or "full" */
    uint32_t audio_bps;              /**< what voices are coded at */
    int64_t length_us;               /**< of the time measured */
    struct caller_result *callers;   /**< owned */
    size_t caller_count;
    struct tally_moment *moments; /**< owned, one a second */
    size_t moment_count;
    uint32_t rooms;
    double own_cpu_s;
    /** The tool's turn went before all ordinary threads, on a core of its own (taskset). Elsewhere
     * it would keep the server from cores that both use, and measure that as the server's delay. */
    bool real_time;
    double server_cpu_s; /**< of the time measured, -1 = not asked for */
    uint64_t server_bytes_before;
    uint64_t server_bytes_peak;
    struct hist lag_us;
};

enum {
    TALLY_BLIND_US = 2000000, /**< pictures that are due for less may be on their way */
    TALLY_BLIND_PACKETS = 25, /**< of a stream; fewer may be the rest of one that ended */
    TALLY_LATE_US = 20000, /**< p99.9 of the tool's lag beyond which its measures are doubtful, */
    TALLY_STALL_US = 1000000, /**< or the most of it: it stood still */
    TALLY_LAG_US = 5000       /**< p99 of it beyond which a core of its own is worth while */
};

enum tally_stage { TALLY_HTTP, TALLY_ICE, TALLY_DTLS, TALLY_SOUND, TALLY_FRAME, TALLY_STAGES };

/** Sums over all callers, or those of a room. Means and worst are over those who have the thing. */
struct tally_sum {
    uint32_t callers;
    uint32_t up; /**< came up */
    uint32_t failed;
    uint32_t causes[LOAD_CAUSE_COUNT];
    const char *first_message[LOAD_CAUSE_COUNT]; /**< into the tally; NULL or "" = none */
    uint32_t judged;                             /**< callers who have a MOS */
    double mos_mean;
    double mos_worst;
    double mos_p5; /**< 5 % have less */
    double r_mean;
    double by_loss; /**< means: their sum is 148 - r_mean */
    double by_burst;
    double by_delay;
    uint32_t delay_unknown; /**< judged without the delay of server and network */
    double by_codec;
    double loss_before; /**< shares */
    double loss_after;
    double concealed;
    struct hist delay_us;
    struct hist stage_us[TALLY_STAGES]; /**< each from the one before; both media from DTLS */
    struct hist join_us;                /**< from the begin to the first sound or frame */
    struct hist jitter_us;              /**< of streams of sound, at the end */
    double freezes_per_min;
    double frozen;
    double fps; /**< harmonic, mean */
    uint64_t frames_backward;
    double estoi_mean;
    double estoi_worst;
    double lsd_db_mean;
    double mouth_to_ear_ms;
    double psnr_db_mean;
    double ssim_mean;
    double clipped_share; /**< mean over the scored: samples of a sum that wrapped or was cut */
    uint64_t undecodable; /**< frames */
    uint32_t sampled;     /**< who were listened with */
    uint32_t scored;      /**< whose sound was compared */
    uint32_t compared;    /**< of these, to whom something of it came: LSD and mouth to ear */
    uint32_t seen;        /**< whose pictures were compared */
    uint32_t watching;    /**< who received pictures, or should have */
    uint32_t heard_wrong; /**< sampled callers who heard somebody wrongly, or missed somebody */
    uint64_t forwarded;   /**< packets received by callers */
    uint64_t strangers;   /**< of these, with the mark of another tandem-load's callers */
    uint64_t sent;        /**< by callers */
    uint64_t left_out;    /**< packets of silence that they did not send, for the server asked so */
    double server_us_per_packet;    /**< -1 = not asked for */
    double server_bytes_per_caller; /**< resident at its peak above before, by the most callers
                                       who were there at once; -1 = not asked for */
};

void tally_sum(const struct tally *tally, struct tally_sum *out);

/** The same of one room; what is the server's is -1. */
void tally_sum_room(const struct tally *tally, uint32_t room, struct tally_sum *out);

/** Share of callers who failed, of all. */
double tally_failed_share(const struct tally_sum *sum);

/** The caller of a number, NULL when there was none. */
const struct caller_result *tally_caller(const struct tally *tally, uint32_t number);

/** Whether the tool itself was so late that what was measured may be its own fault. */
bool tally_tool_late(const struct tally *tally);

/** Whether it was late, and would be less so bound to a core of its own. */
bool tally_tool_wants_core(const struct tally *tally);

void tally_deinit(struct tally *tally);

#endif

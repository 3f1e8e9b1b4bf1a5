/**
 * The impairment scenarios of QUALITY.md 2.4 on the whole relay: publishers with three simulcast
 * and three temporal layers on good paths, one receiver on the path that is examined, and what came
 * of it.
 *
 * The tests (test_quality.c) hold the most important bars; `make quality` draws and tabulates all.
 */
#ifndef TESTS_SIM_MATRIX_H
#define TESTS_SIM_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/world.h"

enum {
    MATRIX_MAX_SLOTS = 8,
    MATRIX_VOICES = 3,
    MATRIX_SAMPLE_US = 100000,
    MATRIX_LEAD_US = 2000000
};

struct matrix_profile {
    const char *name;
    unsigned publishers;     /**< and video slots of the receiver, 1..MATRIX_MAX_SLOTS */
    int64_t length_us;       /**< from when the receiver joins */
    const char *line;        /**< of load/profiles.h: down and up are its; NULL = as given here */
    struct link_config down; /**< toward the receiver; its schedule counts from when it joins */
    struct link_config up;
    struct link_config publisher_up; /**< delay 0: the usual 10 ms */
    bool wavering;                   /**< rate +-40 % each 2 s, drawn from the seed */
    int64_t event_us;  /**< when something happens (outage's end, new address), 0 = never */
    bool moves;        /**< the receiver has a new address then */
    bool dynacast;     /**< publishers stop layers that nobody wants */
    bool no_twcc;      /**< of the receiver */
    uint64_t remb_bps; /**< that it tells; 0 = none */
};

/** NULL when there is none of the name. */
const struct matrix_profile *matrix_profile(const char *name);

/** What went on in the last MATRIX_SAMPLE_US on the receiver's path. */
struct matrix_sample {
    int64_t at_us;          /**< from when the receiver joined */
    uint64_t capacity_bps;  /**< UINT64_MAX = no bound */
    uint64_t target_bps;    /**< as the relay estimates, 0 = not known, UINT64_MAX = no bound */
    uint64_t sent_bytes;    /**< into the path, overhead included */
    uint64_t arrived_bytes; /**< out of it */
    uint64_t lost;          /**< packets, by chance or at the queue */
    int64_t queue_us;       /**< longest wait */
};

struct matrix_result {
    double first_frame_s;   /**< from joining to the first picture, the slowest slot; -1 = never */
    double top_s;           /**< until every slot shows the highest layer; -1 = never */
    double freezes_per_min; /**< of a slot */
    double frozen_share;
    double harmonic_fps; /**< mean over the slots */
    double mean_height;
    double layer_switches_per_min; /**< after 20 s, the worst slot */
    double temporal_switches_per_min;
    uint64_t pauses_told;
    double paused_share;
    int64_t longest_untold_us;  /**< without a picture and without a word */
    double concealed_share;     /**< of sound after 5 s, the worst slot */
    double concealed_start_s;   /**< of the first 5 s, the worst slot */
    double concealed_all_share; /**< of all sound, the worst slot */
    uint64_t sound_lost;        /**< packets that never came, after 5 s, over all slots */
    uint64_t sound_lost_start;  /**< in the first 5 s */
    int64_t latency_p50_us;     /**< from capture to picture */
    int64_t latency_p95_us;
    int64_t queue_p50_us;
    int64_t queue_p95_us;
    double use;     /**< sent over what the path could carry, after 5 s */
    double target;  /**< estimate over the same; 0 = not known */
    double fitting; /**< bits of pictures shown over those of the best choice of layers that fits,
                       after 5 s */
    uint64_t nacks;
    uint64_t repaired;
    uint64_t probes;
    uint64_t plis; /**< received by publishers */
    uint64_t uplink_nacks;
    double back_s; /**< from event_us to a picture in every slot that was taken since; -1 = never */
    uint64_t errors; /**< breaks of continuity */
    const char *error;
};

struct matrix_watch {
    void (*sample)(void *owner, const struct matrix_sample *sample);
    void (*end)(void *owner, const struct peer *receiver, int64_t joined_us); /**< may be NULL */
    void *owner;
};

/** @param watch may be NULL. @return 0 or an error of world_new and world_join */
int matrix_run(const struct matrix_profile *profile, uint64_t seed,
               const struct matrix_watch *watch, struct matrix_result *out);

#endif

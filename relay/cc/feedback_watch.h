/**
 * Whether feedback about what is sent comes, and what to think when it does not: nothing yet, that
 * what it said last is stale, that this receiver never gives any, or that the link is dead.
 */
#ifndef CC_FEEDBACK_WATCH_H
#define CC_FEEDBACK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum {
    FEEDBACK_WATCH_NEVER_US = 3000000, /**< agreed, but never came: it does not come */
    FEEDBACK_WATCH_BACKOFF_US = 3000000,
    FEEDBACK_WATCH_BACKOFF_STEP_US = 1000000
};

/** Times are INT64_MIN while there was none. */
struct feedback_watch {
    int64_t began_us;   /**< first packet on this path, or since feedback came back */
    int64_t told_us;    /**< last feedback about one */
    int64_t waiting_us; /**< first packet since then */
    int64_t backoff_us; /**< last step down */
};

void feedback_watch_init(struct feedback_watch *watch);

void feedback_watch_sent(struct feedback_watch *watch, int64_t now_us);

/** Feedback told of something that was sent since began_us. */
void feedback_watch_told(struct feedback_watch *watch, int64_t now_us);

/** Feedback comes again after a silence; what was sent before says nothing. */
void feedback_watch_resume(struct feedback_watch *watch, int64_t now_us);

/** How long something sent has been without a word; 0 = nothing is. */
int64_t feedback_watch_silence_us(const struct feedback_watch *watch, int64_t now_us);

/** True while feedback fails to come. */
bool feedback_watch_is_silent(const struct feedback_watch *watch, int64_t rtt_us, int64_t now_us);

/** True in a silence after which all is judged afresh. */
bool feedback_watch_is_cut(const struct feedback_watch *watch, int64_t rtt_us, int64_t now_us);

/** True when none has ever come, in spite of enough time. */
bool feedback_watch_never(const struct feedback_watch *watch, int64_t now_us);

/** No word for seconds: true once for each step that the rate has to go down. */
bool feedback_watch_steps_down(struct feedback_watch *watch, int64_t now_us);

#endif

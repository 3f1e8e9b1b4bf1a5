#include "feedback_watch.h"

enum {
    SILENCE_US = 500000, /**< without feedback: what it said last is stale */
    RESUME_US = 1000000
};

void feedback_watch_init(struct feedback_watch *watch)
{
    *watch = (struct feedback_watch){.began_us = INT64_MIN,
                                     .told_us = INT64_MIN,
                                     .waiting_us = INT64_MIN,
                                     .backoff_us = INT64_MIN};
}

void feedback_watch_sent(struct feedback_watch *watch, int64_t now_us)
{
    if (watch->began_us == INT64_MIN) {
        watch->began_us = now_us;
    }
    if (watch->waiting_us == INT64_MIN) {
        watch->waiting_us = now_us;
    }
}

void feedback_watch_told(struct feedback_watch *watch, int64_t now_us)
{
    watch->told_us = now_us;
    watch->waiting_us = INT64_MIN;
}

void feedback_watch_resume(struct feedback_watch *watch, int64_t now_us)
{
    feedback_watch_told(watch, now_us);
    watch->began_us = now_us;
    watch->backoff_us = INT64_MIN;
}

int64_t feedback_watch_silence_us(const struct feedback_watch *watch, int64_t now_us)
{
    return watch->waiting_us == INT64_MIN ? 0 : now_us - watch->waiting_us;
}

bool feedback_watch_is_silent(const struct feedback_watch *watch, int64_t rtt_us, int64_t now_us)
{
    return feedback_watch_silence_us(watch, now_us) > SILENCE_US + 2 * rtt_us;
}

bool feedback_watch_is_cut(const struct feedback_watch *watch, int64_t rtt_us, int64_t now_us)
{
    return feedback_watch_is_silent(watch, rtt_us, now_us) &&
           feedback_watch_silence_us(watch, now_us) > RESUME_US;
}

bool feedback_watch_never(const struct feedback_watch *watch, int64_t now_us)
{
    return watch->told_us == INT64_MIN && watch->began_us != INT64_MIN &&
           now_us - watch->began_us >= FEEDBACK_WATCH_NEVER_US;
}

bool feedback_watch_steps_down(struct feedback_watch *watch, int64_t now_us)
{
    if (feedback_watch_silence_us(watch, now_us) < FEEDBACK_WATCH_BACKOFF_US ||
        (watch->backoff_us != INT64_MIN &&
         now_us - watch->backoff_us < FEEDBACK_WATCH_BACKOFF_STEP_US)) {
        return false;
    }
    watch->backoff_us = now_us;
    return true;
}

/**
 * Up to where all that was sent is known to have arrived: transport-wide feedback goes on from
 * number to number, so a number that is passed over, or told lost, is a hole.
 *
 * After a hole nothing is known for some seconds: what was lost is asked for again by other means,
 * and more losses are to be expected.
 */
#ifndef CC_FEEDBACK_COVER_H
#define CC_FEEDBACK_COVER_H

#include <stdbool.h>
#include <stdint.h>

enum { FEEDBACK_COVER_DOUBT_US = 5000000 };

struct feedback_cover {
    int64_t next;     /**< lowest number that there was no word of, -1 before the first was sent */
    int64_t sent_us;  /**< when the one before was sent; INT64_MIN = none, or not known */
    int64_t doubt_us; /**< until then nothing is known */
};

/** A path of which nothing is known yet. @param doubt_us until then it is not relied on; INT64_MIN
 * = nothing was sent before */
void feedback_cover_init(struct feedback_cover *cover, int64_t doubt_us);

/** A packet with this unwrapped number leaves. Hot path. */
static inline void feedback_cover_sent(struct feedback_cover *cover, int64_t number)
{
    if (cover->next < 0) {
        cover->next = number;
    }
}

/**
 * Feedback told of the numbers from `first` to the one before `end`.
 *
 * @param whole   all of them arrived
 * @param sent_us when the last one was sent; INT64_MIN = not known
 */
void feedback_cover_told(struct feedback_cover *cover, int64_t first, int64_t end, bool whole,
                         int64_t sent_us, int64_t now_us);

/** What was sent before this time has arrived; INT64_MIN = not known. @param highest newest number
 * sent */
int64_t feedback_cover_us(const struct feedback_cover *cover, int64_t highest, int64_t now_us);

#endif

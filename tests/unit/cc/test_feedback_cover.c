#include "relay/cc/feedback_cover.h"
#include "unit/runner.h"

enum { FIRST = 70000, BEGIN_US = 7000000 };

/** So many packets are sent, one each millisecond. */
static void send(struct feedback_cover *cover, int count)
{
    feedback_cover_init(cover, INT64_MIN);
    for (int i = 0; i < count; i++) {
        feedback_cover_sent(cover, FIRST + i);
    }
}

static int64_t sent_us(int i)
{
    return BEGIN_US + (int64_t)i * 1000;
}

/** Feedback tells of the packets from `first` to the one before `end`, all of which came. */
static void tell(struct feedback_cover *cover, int first, int end, bool whole, int64_t now_us)
{
    feedback_cover_told(cover, FIRST + first, FIRST + end, whole, sent_us(end - 1), now_us);
}

TEST(what_left_before_the_newest_packet_told_of_has_arrived)
{
    struct feedback_cover cover;
    send(&cover, 100);
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, sent_us(100)), INT64_MIN);
    tell(&cover, 0, 40, true, sent_us(110));
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, sent_us(110)), sent_us(39));
    tell(&cover, 30, 60, true, sent_us(120)); /* some of it again */
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, sent_us(120)), sent_us(59));
    tell(&cover, 10, 20, true, sent_us(121)); /* late */
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, sent_us(121)), sent_us(59));
    tell(&cover, 60, 100, true, sent_us(130));
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, sent_us(5000)), sent_us(5000)); /* all */
    goto out;
out:;
}

/** @param first what the second feedback begins with: the one before tells of those below 40 */
static void check_hole(int first, bool whole)
{
    struct feedback_cover cover;
    send(&cover, 100);
    tell(&cover, 0, 40, true, BEGIN_US);
    tell(&cover, first, 60, whole, BEGIN_US);
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, BEGIN_US), INT64_MIN);
    tell(&cover, 60, 80, true, BEGIN_US + 1000);
    int64_t doubted_us = BEGIN_US + FEEDBACK_COVER_DOUBT_US;
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, doubted_us - 1), INT64_MIN);
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, doubted_us), sent_us(79));
    goto out;
out:;
}

TEST(after_a_loss_nothing_is_known_for_a_while)
{
    check_hole(40, false);
    goto out;
out:;
}

TEST(after_a_lost_feedback_nothing_is_known_for_a_while)
{
    check_hole(41, true);
    goto out;
out:;
}

TEST(a_first_feedback_that_leaves_out_the_beginning_is_doubted)
{
    struct feedback_cover cover;
    send(&cover, 100);
    tell(&cover, 1, 60, true, BEGIN_US);
    CHECK_INT(feedback_cover_us(&cover, FIRST + 99, BEGIN_US + 1000000), INT64_MIN);
    goto out;
out:;
}

TEST(another_path_is_doubted_as_long_as_its_owner_says)
{
    struct feedback_cover cover;
    feedback_cover_init(&cover, BEGIN_US + 10);
    tell(&cover, 0, 10, true, BEGIN_US); /* of the path before: nothing was sent on this one */
    feedback_cover_sent(&cover, FIRST + 10);
    feedback_cover_sent(&cover, FIRST + 11);
    tell(&cover, 10, 11, true, BEGIN_US);
    CHECK_INT(feedback_cover_us(&cover, FIRST + 11, BEGIN_US + 9), INT64_MIN);
    CHECK_INT(feedback_cover_us(&cover, FIRST + 11, BEGIN_US + 10), sent_us(10));
    goto out;
out:;
}

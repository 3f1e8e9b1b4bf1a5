#include "media/fec_loss.h"
#include "unit/runner.h"

enum { SECOND_US = 1000000, PERCENT = 256 /**< 100 %, which is told as 255 */ };

static uint8_t percent(double value)
{
    return value < 100 ? (uint8_t)(value * PERCENT / 100) : 255;
}

/** @param a, b losses of two listeners in percent */
static uint8_t tell(struct fec_loss *loss, double a, double b, double own, int64_t now_us)
{
    struct fec_loss_worst worst = {0};
    fec_loss_add(&worst, percent(a));
    fec_loss_add(&worst, percent(b));
    fec_loss_add(&worst, 0);
    return fec_loss_tell(loss, &worst, percent(own), now_us);
}

TEST(the_worst_listener_is_told)
{
    struct fec_loss loss = {0};
    CHECK_INT(tell(&loss, 0, 0, 0, 0), 0);
    CHECK_INT(tell(&loss, 3, 5, 1, 0), percent(5));
    CHECK_INT(tell(&loss, 3, 5, 8, 0), percent(8));   /* his own way is worse */
    CHECK_INT(tell(&loss, 8, 5, 50, 0), percent(50)); /* which is the truth */
}

TEST(one_liar_moves_little)
{
    struct fec_loss loss = {0};
    struct fec_loss_worst worst = {0};
    for (int i = 0; i < 20; i++) {
        fec_loss_add(&worst, percent(1));
    }
    fec_loss_add(&worst, 255);
    CHECK_INT(fec_loss_tell(&loss, &worst, 0, 0), FEC_LOSS_ONE);
    CHECK_INT(tell(&loss, 100, 20, 0, 0), percent(20));
    CHECK_INT(tell(&loss, 20, 100, 0, 0), percent(20));
    CHECK_INT(tell(&loss, 100, 100, 0, 0), FEC_LOSS_MOST);
}

TEST(less_is_told_when_it_has_held)
{
    struct fec_loss loss = {0};
    CHECK_INT(tell(&loss, 9, 9, 0, 0), percent(9));
    for (int64_t s = 1; s <= 10; s++) {
        CHECK_INT(tell(&loss, s == 4 ? 6 : 2, 0, 0, s * SECOND_US), percent(9));
    }
    CHECK_INT(tell(&loss, 2, 0, 0, 11 * SECOND_US), percent(6));
    CHECK_INT(tell(&loss, 9, 0, 0, 12 * SECOND_US), percent(9)); /* more at once */
    for (int64_t s = 13; s <= 22; s++) {
        CHECK_INT(tell(&loss, 0, 0, 0, s * SECOND_US), percent(9));
    }
    CHECK_INT(tell(&loss, 0, 0, 0, 23 * SECOND_US), 0);
}

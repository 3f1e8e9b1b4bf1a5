#include <math.h>

#include "relay/cc/loss_model.h"
#include "unit/runner.h"

static struct loss_window window;

/** Quarters of a second at a rate, over a link of a bandwidth that loses a share by chance. */
static void observe(int count, double kbps, double link_kbps, double rho)
{
    for (int i = 0; i < count; i++) {
        double excess = kbps > link_kbps ? (kbps - link_kbps) / kbps : 0;
        struct loss_observation item = {.kb = kbps / 32, .kbps = kbps, .from_us = i, .to_us = i};
        item.lost = item.kb * (rho + (1 - rho) * excess);
        loss_window_add(&window, &item);
    }
}

static double score(double kbps, double allowance)
{
    struct loss_model model = {.kbps = kbps, .rho = 0.01};
    for (int i = 0; i < 20; i++) {
        loss_model_fit(&model, &window, allowance);
    }
    return loss_model_score(&model, &window, loss_window_average(&window));
}

TEST(model_finds_the_inherent_loss)
{
    window = (struct loss_window){0};
    observe(LOSS_WINDOW, 1000, 1e9, 0.1);
    struct loss_model model = {.kbps = 2000, .rho = 0.01};
    for (int i = 0; i < 30; i++) {
        loss_model_fit(&model, &window, 0.3);
    }
    CHECK(fabs(model.rho - 0.1) < 0.01);
    loss_model_fit(&model, &window, 0.05); /* no more than it is allowed */
    CHECK(model.rho <= 0.05);
}

TEST(model_prefers_the_bandwidth_that_explains_the_loss)
{
    window = (struct loss_window){0};
    observe(7, 800, 1000, 0);
    observe(7, 1200, 1000, 0);
    CHECK(score(1000, 0.03) > score(1300, 0.03));
    CHECK(score(1000, 0.03) > score(600, 0.03));
    window = (struct loss_window){0};
    observe(7, 800, 1e9, 0.1);
    observe(7, 1200, 1e9, 0.1);
    CHECK(score(1300, 0.2) > score(1000, 0.2)); /* the rate made no difference */
}

TEST(average_leaves_out_the_extremes)
{
    window = (struct loss_window){0};
    observe(6, 1000, 1e9, 0.1);
    observe(1, 1000, 1e9, 0.9);
    observe(1, 1000, 1e9, 0);
    CHECK(fabs(loss_window_average(&window) - 0.1) < 0.001);
    window = (struct loss_window){0};
    observe(6, 1000, 1e9, 0.1);
    observe(1, 3000, 1000, 0); /* far faster than the rest: tells of a bound */
    CHECK(loss_window_average(&window) > 0.2);
}

TEST(late_arrival_corrects_the_observation_that_it_belongs_to)
{
    window = (struct loss_window){0};
    struct loss_observation item = {.kb = 10, .lost = 2, .kbps = 500, .from_us = 100, .to_us = 200};
    loss_window_add(&window, &item);
    loss_window_correct(&window, 150, 1.5);
    CHECK(fabs(window.items[0].lost - 0.5) < 1e-9);
    loss_window_correct(&window, 250, 0.5);
    CHECK(fabs(window.items[0].lost - 0.5) < 1e-9);
    loss_window_correct(&window, 150, 5);
    CHECK(window.items[0].lost == 0);
}

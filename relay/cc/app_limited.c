#include "app_limited.h"

#include <math.h>

/** As libwebrtc has them: `alr_detector.h`. */
#define RATIO    0.65
#define START    0.80
#define STOP     0.50
#define WINDOW_S 0.5

void app_limited_init(struct app_limited *app, uint64_t rate_bps, int64_t now_us)
{
    *app = (struct app_limited){.rate_bps = rate_bps, .filled_us = now_us, .left_us = INT64_MIN};
}

static double size_bits(const struct app_limited *app)
{
    return RATIO * (double)app->rate_bps * WINDOW_S;
}

void app_limited_sent(struct app_limited *app, uint32_t bytes, int64_t now_us)
{
    double size = size_bits(app);
    double filled = RATIO * (double)app->rate_bps * (double)(now_us - app->filled_us) / 1e6;
    app->filled_us = now_us;
    app->level_bits = fmin(app->level_bits + filled, size) - (double)bytes * 8;
    app->level_bits = fmax(app->level_bits, -size);
    if (app->level_bits > START * size) {
        app->limited = true;
    } else if (app->limited && app->level_bits < STOP * size) {
        app->limited = false;
        app->left_us = now_us;
    }
}

void app_limited_rate(struct app_limited *app, uint64_t rate_bps, int64_t now_us)
{
    app_limited_sent(app, 0, now_us);
    double share = app->level_bits / size_bits(app);
    app->rate_bps = rate_bps;
    app->level_bits = share * size_bits(app);
}

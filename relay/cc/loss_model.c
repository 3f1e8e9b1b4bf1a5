#include "loss_model.h"

#include <math.h>

/** As libwebrtc's `loss_based_bwe_v2.cc` has them, but for what is said beside them. */
#define AGING       0.9
#define MIN_P       1e-6
#define RHO_MIN     0.001
#define NEWTON_STEP 0.75
#define BIAS        0.0002
#define LOG_BIAS    0.02
#define BIAS_SOFTEN 0.002
/** 0.2 there. */
#define BIAS_LOSS    0.3
#define OUTLIER_RATE 2.0

/** The observation of an age, 0 = latest. */
static const struct loss_observation *observation_at(const struct loss_window *window, size_t age)
{
    return &window->items[(window->next + LOSS_WINDOW - 1 - age) % LOSS_WINDOW];
}

void loss_window_add(struct loss_window *window, const struct loss_observation *observation)
{
    window->items[window->next] = *observation;
    window->next = (window->next + 1) % LOSS_WINDOW;
    if (window->count < LOSS_WINDOW) {
        window->count++;
    }
}

void loss_window_correct(struct loss_window *window, int64_t sent_us, double kb)
{
    for (size_t i = 0; i < window->count; i++) {
        struct loss_observation *item = &window->items[i];
        if (sent_us >= item->from_us && sent_us <= item->to_us) {
            item->lost = fmax(item->lost - kb, 0);
            loss_runs_correct(&item->runs);
            return;
        }
    }
}

static double ratio_of(const struct loss_observation *observation)
{
    return observation->kb > 0 ? observation->lost / observation->kb : 0;
}

/** How many observations were sent slower than this one. */
static size_t slower_than(const struct loss_window *window, double kbps)
{
    size_t slower = 0;
    for (size_t i = 0; i < window->count; i++) {
        slower += window->items[i].kbps < kbps;
    }
    return slower;
}

double loss_window_average(const struct loss_window *window)
{
    const struct loss_observation *least = NULL;
    const struct loss_observation *most = NULL;
    for (size_t age = 0; window->count > 3 && age < window->count; age++) {
        const struct loss_observation *item = observation_at(window, age);
        if (least == NULL || ratio_of(item) < ratio_of(least)) {
            least = item;
        }
        if (most == NULL || ratio_of(item) > ratio_of(most)) {
            most = item;
        }
    }
    /* Sent at twice what more than half were sent at: its loss tells of a real bound. */
    if (most != NULL && slower_than(window, most->kbps / OUTLIER_RATE) > window->count / 2) {
        most = NULL;
    }
    double kb = 0;
    double lost = 0;
    double weight = 1;
    for (size_t age = 0; age < window->count; age++, weight *= AGING) {
        const struct loss_observation *item = observation_at(window, age);
        if (item != least && item != most) {
            kb += weight * item->kb;
            lost += weight * item->lost;
        }
    }
    return kb > 0 ? lost / kb : 0;
}

double loss_window_rate(const struct loss_window *window, size_t count)
{
    double sum = 0;
    for (size_t age = 0; age < count; age++) {
        sum += observation_at(window, age)->kbps;
    }
    return sum / (double)count;
}

const struct loss_observation *loss_window_latest(const struct loss_window *window)
{
    return observation_at(window, 0);
}

struct loss_runs loss_window_runs(const struct loss_window *window)
{
    struct loss_runs sum = {0};
    for (size_t i = 0; i < window->count; i++) {
        loss_runs_join(&sum, &window->items[i].runs);
    }
    return sum;
}

static double clamp(double value, double low, double high)
{
    return fmin(fmax(value, low), high);
}

/** Probability that a packet sent at a rate is lost. */
static double probability(const struct loss_model *model, double kbps)
{
    double excess = kbps > model->kbps ? (kbps - model->kbps) / kbps : 0;
    return clamp(model->rho + (1 - model->rho) * excess, MIN_P, 1 - MIN_P);
}

void loss_model_fit(struct loss_model *model, const struct loss_window *window, double allowance)
{
    model->rho = clamp(model->rho, RHO_MIN, allowance);
    double first = 0;
    double second = 0;
    double weight = 1;
    for (size_t age = 0; age < window->count; age++, weight *= AGING) {
        const struct loss_observation *item = observation_at(window, age);
        double p = probability(model, item->kbps);
        double kept = item->kb - item->lost;
        first += weight * (item->lost / p - kept / (1 - p));
        second -= weight * (item->lost / (p * p) + kept / ((1 - p) * (1 - p)));
    }
    if (second < 0) {
        model->rho = clamp(model->rho - NEWTON_STEP * first / second, RHO_MIN, allowance);
    }
}

/** The preference for bandwidth fades out as loss comes near its bound, and turns beyond it. */
static double bias_of(double size, double average_loss)
{
    double room = BIAS_LOSS - average_loss;
    return size * room / (BIAS_SOFTEN + fabs(room));
}

double loss_model_score(const struct loss_model *model, const struct loss_window *window,
                        double average_loss)
{
    double bias = bias_of(BIAS, average_loss) * model->kbps +
                  bias_of(LOG_BIAS, average_loss) * log(1 + model->kbps);
    double score = 0;
    double weight = 1;
    for (size_t age = 0; age < window->count; age++, weight *= AGING) {
        const struct loss_observation *item = observation_at(window, age);
        double p = probability(model, item->kbps);
        score +=
            weight * (item->lost * log(p) + (item->kb - item->lost) * log(1 - p) + bias * item->kb);
    }
    return score;
}

#include "load/tally.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOS_STEPS = 500, /* of a hundredth */
    ALL_ROOMS = -1
};

static const double us_per_s = 1e6;

/** What is added up before it is divided. */
struct adder {
    struct tally_sum *sum;
    uint32_t mos_steps[MOS_STEPS];
    uint64_t numbers;
    uint64_t lost_before;
    uint64_t lost_after;
    uint64_t due_us;
    uint64_t concealed_us;
    uint64_t shown_us;
    uint64_t freezes;
    uint64_t frozen_us;
    double fps;
    uint32_t fps_streams;
};

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void add_stage(struct hist *hist, int64_t from_us, int64_t to_us)
{
    if (from_us != 0 && to_us != 0) {
        hist_add(hist, to_us - from_us);
    }
}

static void add_times(struct tally_sum *sum, const struct caller_times *times)
{
    add_stage(&sum->stage_us[TALLY_HTTP], times->begin_us, times->answer_us);
    add_stage(&sum->stage_us[TALLY_ICE], times->answer_us, times->path_us);
    add_stage(&sum->stage_us[TALLY_DTLS], times->path_us, times->keys_us);
    add_stage(&sum->stage_us[TALLY_SOUND], times->keys_us, times->sound_us);
    add_stage(&sum->stage_us[TALLY_FRAME], times->keys_us, times->frame_us);
    int64_t first = times->sound_us;
    if (first == 0 || (times->frame_us != 0 && times->frame_us < first)) {
        first = times->frame_us;
    }
    add_stage(&sum->join_us, times->begin_us, first);
}

static void add_received(struct adder *adder, const struct stats_received *received)
{
    struct tally_sum *sum = adder->sum;
    adder->numbers += received->packets + received->lost_after;
    adder->lost_before += received->lost_before;
    adder->lost_after += received->lost_after;
    hist_join(&sum->delay_us, &received->delay_us);
    for (size_t i = 0; i < received->heard_count; i++) {
        sum->strangers +=
            received->heard[i].caller == MARK_STRANGER ? received->heard[i].packets : 0;
    }
    if (received->kind == LOAD_AUDIO) {
        adder->due_us += received->due_us;
        adder->concealed_us += received->concealed_us;
        if (received->packets > 0) {
            hist_add(&sum->jitter_us, received->jitter_us);
        }
        return;
    }
    adder->shown_us += received->shown_us;
    adder->freezes += received->freezes;
    adder->frozen_us += received->frozen_us;
    sum->frames_backward += received->frames_backward;
    if (received->interval2_s2 > 0) {
        adder->fps += received->interval_s / received->interval2_s2;
        adder->fps_streams++;
    }
}

/** Its picture moves, or has only just come. */
static bool is_seen(const struct stats_received *received)
{
    return received->interval2_s2 > 0 ||
           (received->frames > 0 && received->shown_us < TALLY_BLIND_US);
}

/** Pictures should have come, and packets of them did or not: nothing moved all the time. */
static void add_blind(struct adder *adder, const struct stats_received *received, int64_t due_us)
{
    adder->fps_streams++;
    if (received != NULL && received->shown_us > 0) { /* one that stands: playback knows it */
        adder->frozen_us += received->shown_us - received->frozen_us;
        adder->freezes += received->freezes == 0;
        return;
    }
    adder->shown_us += (uint64_t)due_us;
    adder->frozen_us += (uint64_t)due_us;
    adder->freezes++;
}

/** @return whether pictures were seen, or should have been */
static bool add_pictures(struct adder *adder, const struct caller_result *result)
{
    const struct stats_received *best = NULL; /* of those where nothing moved */
    bool watches = false;
    bool due = result->pictures_due_us >= TALLY_BLIND_US;
    for (size_t i = 0; i < result->stats.received_count; i++) {
        const struct stats_received *received = &result->stats.received[i];
        if (received->kind != LOAD_VIDEO) {
            continue;
        }
        if (is_seen(received)) {
            watches = true;
            continue;
        }
        best = best == NULL || received->shown_us > best->shown_us ? received : best;
        if (due && received->packets >= TALLY_BLIND_PACKETS) {
            add_blind(adder, received, result->pictures_due_us);
            watches = true;
        }
    }
    if (due && !watches) {
        add_blind(adder, best, result->pictures_due_us);
    }
    return watches || due;
}

static void add_mos(struct adder *adder, const struct mos *mos)
{
    if (mos->score <= 0) {
        return;
    }
    struct tally_sum *sum = adder->sum;
    if (sum->judged == 0 || mos->score < sum->mos_worst) {
        sum->mos_worst = mos->score;
    }
    sum->judged++;
    sum->mos_mean += mos->score;
    sum->r_mean += mos->r;
    sum->by_codec += mos->by_codec;
    sum->by_loss += mos->by_loss;
    sum->by_burst += mos->by_burst;
    sum->by_delay += mos->by_delay;
    sum->delay_unknown += mos->delay_known ? 0 : 1;
    size_t step = (size_t)(mos->score * 100);
    adder->mos_steps[step < MOS_STEPS ? step : MOS_STEPS - 1]++;
}

static void add_score(struct tally_sum *sum, const struct heard_score *score)
{
    sum->sampled++;
    if (score->sound) {
        if (sum->scored == 0 || score->estoi < sum->estoi_worst) {
            sum->estoi_worst = score->estoi;
        }
        sum->scored++;
        sum->estoi_mean += score->estoi;
        sum->clipped_share += score->clipped_share;
    }
    if (score->compared) {
        sum->compared++;
        sum->lsd_db_mean += score->lsd_db;
        sum->mouth_to_ear_ms += score->mouth_to_ear_ms;
    }
    if (score->pictures) {
        sum->seen++;
        sum->psnr_db_mean += score->psnr_db;
        sum->ssim_mean += score->ssim;
        sum->undecodable += score->undecodable;
    }
    if (score->wrong_count > 0 || score->missing_count > 0) {
        sum->heard_wrong++;
    }
}

static void add_caller(struct adder *adder, const struct caller_result *result)
{
    struct tally_sum *sum = adder->sum;
    sum->callers++;
    if (result->state == CALLER_FAILED) {
        sum->failed++;
        sum->causes[result->cause]++;
        const char **first = &sum->first_message[result->cause];
        if ((*first == NULL || **first == 0) && result->message[0] != 0) {
            *first = result->message;
        }
    }
    bool left_early = result->state == CALLER_FAILED || result->state == CALLER_JOINING;
    sum->up += !left_early || result->times.keys_us != 0;
    add_times(sum, &result->times);
    for (size_t i = 0; i < result->stats.received_count; i++) {
        add_received(adder, &result->stats.received[i]);
    }
    sum->watching += add_pictures(adder, result) ? 1 : 0;
    sum->forwarded += result->stats.rtp_received;
    sum->sent += result->stats.rtp_sent;
    for (size_t i = 0; i < result->stats.sent_count; i++) {
        sum->left_out += result->stats.sent[i].left_out;
    }
    add_mos(adder, &result->mos);
    if (result->scored) {
        add_score(sum, &result->score);
    }
}

/** The least MOS that 5 % do not reach, to a hundredth. */
static double mos_p5(const struct adder *adder)
{
    uint32_t below = 0;
    for (size_t i = 0; i < MOS_STEPS; i++) {
        below += adder->mos_steps[i];
        if (below * 20 > adder->sum->judged) {
            double value = (double)i / 100;
            return value > adder->sum->mos_worst ? value : adder->sum->mos_worst;
        }
    }
    return 0;
}

static void divide(struct adder *adder)
{
    struct tally_sum *sum = adder->sum;
    sum->mos_p5 = mos_p5(adder);
    sum->mos_mean = share(sum->mos_mean, sum->judged);
    sum->r_mean = share(sum->r_mean, sum->judged);
    sum->by_codec = share(sum->by_codec, sum->judged);
    sum->by_loss = share(sum->by_loss, sum->judged);
    sum->by_burst = share(sum->by_burst, sum->judged);
    sum->by_delay = share(sum->by_delay, sum->judged);
    sum->loss_before = share((double)adder->lost_before, (double)adder->numbers);
    sum->loss_after = share((double)adder->lost_after, (double)adder->numbers);
    sum->concealed = share((double)adder->concealed_us, (double)adder->due_us);
    sum->freezes_per_min = share((double)adder->freezes * 60 * us_per_s, (double)adder->shown_us);
    sum->frozen = share((double)adder->frozen_us, (double)adder->shown_us);
    sum->fps = share(adder->fps, adder->fps_streams);
    sum->estoi_mean = share(sum->estoi_mean, sum->scored);
    sum->lsd_db_mean = share(sum->lsd_db_mean, sum->compared);
    sum->mouth_to_ear_ms = share(sum->mouth_to_ear_ms, sum->compared);
    sum->clipped_share = share(sum->clipped_share, sum->scored);
    sum->psnr_db_mean = share(sum->psnr_db_mean, sum->seen);
    sum->ssim_mean = share(sum->ssim_mean, sum->seen);
}

static void sum_up(const struct tally *tally, int64_t room, struct tally_sum *out)
{
    memset(out, 0, sizeof(*out));
    struct adder adder = {.sum = out};
    for (size_t i = 0; i < tally->caller_count; i++) {
        if (room == ALL_ROOMS || tally->callers[i].config.room == room) {
            add_caller(&adder, &tally->callers[i]);
        }
    }
    divide(&adder);
    out->server_us_per_packet = -1;
    out->server_bytes_per_caller = -1;
}

/** How many were there at once. */
static uint32_t most_up(const struct tally *tally)
{
    uint32_t most = 0;
    for (size_t i = 0; i < tally->moment_count; i++) {
        most = tally->moments[i].up > most ? tally->moments[i].up : most;
    }
    return most;
}

void tally_sum(const struct tally *tally, struct tally_sum *out)
{
    sum_up(tally, ALL_ROOMS, out);
    if (tally->server_cpu_s < 0) {
        return;
    }
    out->server_us_per_packet = share(tally->server_cpu_s * us_per_s, (double)out->forwarded);
    double grown = (double)tally->server_bytes_peak - (double)tally->server_bytes_before;
    out->server_bytes_per_caller = share(grown > 0 ? grown : 0, most_up(tally));
}

void tally_sum_room(const struct tally *tally, uint32_t room, struct tally_sum *out)
{
    sum_up(tally, room, out);
}

double tally_failed_share(const struct tally_sum *sum)
{
    return share(sum->failed, sum->callers);
}

const struct caller_result *tally_caller(const struct tally *tally, uint32_t number)
{
    for (size_t i = 0; i < tally->caller_count; i++) {
        if (tally->callers[i].config.number == number) {
            return &tally->callers[i];
        }
    }
    return NULL;
}

bool tally_tool_late(const struct tally *tally)
{
    return hist_permille(&tally->lag_us, 999) > TALLY_LATE_US ||
           hist_permille(&tally->lag_us, 1000) > TALLY_STALL_US;
}

bool tally_tool_wants_core(const struct tally *tally)
{
    return !tally->real_time &&
           (tally_tool_late(tally) || hist_permille(&tally->lag_us, 990) > TALLY_LAG_US);
}

void tally_deinit(struct tally *tally)
{
    free(tally->callers);
    free(tally->moments);
    *tally = (struct tally){.callers = NULL};
}

#include "load/mos.h"

#include "base/hist.h"

void mos_score(struct mos *out, const struct quality_input *input)
{
    struct quality_input step = {.burst = 1, .ie = input->ie};
    struct quality_score score;
    quality_score(&step, &score);
    double before = score.r;
    out->by_codec = MOS_PERFECT_R - before;
    step.lost = input->lost;
    quality_score(&step, &score);
    out->by_loss = before - score.r;
    before = score.r;
    step.burst = input->burst;
    quality_score(&step, &score);
    out->by_burst = before - score.r;
    before = score.r;
    step.delay_us = input->delay_us;
    quality_score(&step, &score);
    out->by_delay = before - score.r;
    out->r = score.r;
    out->score = score.mos;
}

/** Mean length of a run of losses over the mean length that random losses of that share have,
 * 1 / (1 - share). */
static double burst_ratio(const struct stats_received *received)
{
    uint64_t numbers = received->packets + received->lost_after;
    if (received->runs == 0 || received->lost_after == 0 || received->packets == 0) {
        return 1;
    }
    double mean = (double)received->lost_after / (double)received->runs;
    double ratio = mean * (double)received->packets / (double)numbers;
    return ratio > 1 ? ratio : 1;
}

/** From mouth to ear. @return false when server and network are left out of it */
static bool delay_of(const struct stats_received *received, const struct mos_about *about,
                     int64_t *delay_us)
{
    int64_t path_us = about->rtt_us;
    bool marked = hist_count(&received->delay_us) > 0;
    if (marked) {
        path_us = hist_permille(&received->delay_us, 500);
    }
    *delay_us = QUALITY_ENCODER_US + path_us + received->buffer_us + MOS_DECODER_US;
    if (!marked && about->heard_us > 0) {
        *delay_us = about->heard_us;
    }
    return marked || about->heard_us > 0 || about->rtt_us > 0;
}

bool mos_of_stream(struct mos *out, const struct stats_received *received,
                   const struct mos_about *about)
{
    if (received->kind != LOAD_AUDIO || received->due_us < MOS_LEAST_DUE_US) {
        return false;
    }
    bool mix = received->mixed * 2 > received->packets;
    struct quality_input input = {.lost = (double)received->concealed_us / (double)received->due_us,
                                  .burst = burst_ratio(received),
                                  .ie = quality_opus_ie(about->sent_bps) +
                                        (mix ? quality_opus_ie(0) : 0)};
    out->delay_known = delay_of(received, about, &input.delay_us);
    mos_score(out, &input);
    return true;
}

void mos_of_heard(struct mos *out, const struct stats *stats, uint32_t sent_bps, int64_t heard_us)
{
    struct mos_about about = {.sent_bps = sent_bps, .heard_us = heard_us};
    for (size_t i = 0; i < stats->sent_count; i++) {
        const struct stats_sent *sent = &stats->sent[i];
        about.rtt_us = sent->rtt_us > about.rtt_us ? sent->rtt_us : about.rtt_us;
    }
    *out = (struct mos){.score = 0};
    for (size_t i = 0; i < stats->received_count; i++) {
        struct mos mos;
        if (mos_of_stream(&mos, &stats->received[i], &about) &&
            (out->score == 0 || mos.r < out->r)) {
            *out = mos;
        }
    }
}

void mos_of_stats(struct mos *out, const struct stats *stats, uint32_t sent_bps)
{
    mos_of_heard(out, stats, sent_bps, 0);
}

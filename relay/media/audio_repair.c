#include "media/audio_repair.h"

enum { Q16_ONE = 65535 };

/** Loss from which on so many copies are made, and below which one of them is saved again. */
struct copy_step {
    uint32_t from_q16;
    uint32_t below_q16;
};

static const struct copy_step far_steps[AUDIO_REPAIR_MAX_DISTANCE] = {
    {655, 328},   /* 1 %, 0.5 % */
    {3277, 1966}, /* 5 %, 3 % */
};

/** So much is hardly lost one by one, and of a burst what is asked for last comes too late. */
static const struct copy_step near_steps[AUDIO_REPAIR_MAX_DISTANCE] = {
    {5243, 3277}, /* 8 %, 5 % */
    {5243, 3277},
};

void audio_repair_init(struct audio_repair *repair)
{
    *repair = (struct audio_repair){.chosen_us = INT64_MIN, .calm_us = INT64_MAX};
}

static enum audio_repair_means best_means(const struct audio_repair *repair, int64_t rtt_us)
{
    if (!repair->red_agreed) {
        return repair->nack_agreed ? AUDIO_REPAIR_NACK : AUDIO_REPAIR_NONE;
    }
    int64_t near_us =
        repair->means == AUDIO_REPAIR_NACK ? AUDIO_REPAIR_FAR_US : AUDIO_REPAIR_NEAR_US;
    return repair->nack_agreed && rtt_us != 0 && rtt_us < near_us ? AUDIO_REPAIR_NACK
                                                                  : AUDIO_REPAIR_RED;
}

static uint8_t best_distance(const struct audio_repair *repair)
{
    const struct copy_step *steps = repair->means == AUDIO_REPAIR_RED ? far_steps : near_steps;
    uint8_t distance = 0;
    while (repair->red_agreed && distance < AUDIO_REPAIR_MAX_DISTANCE &&
           repair->loss_q16 >= (distance < repair->distance ? steps[distance].below_q16
                                                            : steps[distance].from_q16)) {
        distance++;
    }
    return distance;
}

/** More copies at once, fewer when that has held for a while. */
static void choose_distance(struct audio_repair *repair, int64_t now_us)
{
    uint8_t best = best_distance(repair);
    bool at_once = best >= repair->distance || repair->chosen_us == now_us || !repair->red_agreed;
    bool calm = repair->calm_us != INT64_MAX && now_us - repair->calm_us >= AUDIO_REPAIR_HOLD_US;
    if (at_once || calm) {
        repair->distance = best;
        repair->calm_us = INT64_MAX;
    } else if (repair->calm_us == INT64_MAX) {
        repair->calm_us = now_us;
    }
}

static void choose_means(struct audio_repair *repair, enum audio_repair_means means, int64_t now_us)
{
    if (means != repair->means) {
        repair->means = means;
        repair->chosen_us = now_us;
    }
}

void audio_repair_agree(struct audio_repair *repair, bool nack, bool red, int64_t now_us)
{
    if (nack == repair->nack_agreed && red == repair->red_agreed) {
        return;
    }
    repair->nack_agreed = nack;
    repair->red_agreed = red;
    choose_means(repair, best_means(repair, 0), now_us);
    repair->chosen_us = INT64_MIN; /* a guess: the first report decides */
    choose_distance(repair, now_us);
}

/** Share lost since the last report, repeats taken back. */
static uint32_t true_loss_q16(struct audio_repair *repair, const struct audio_repair_sent *sent,
                              uint8_t fraction_lost)
{
    uint64_t packets = sent->packets - repair->sent.packets;
    uint64_t repeats = sent->repeats - repair->sent.repeats;
    repair->sent = *sent;
    uint64_t loss_q16 = (uint64_t)fraction_lost << 8;
    loss_q16 += packets > 0 ? (repeats << 16) / packets : 0;
    return loss_q16 < Q16_ONE ? (uint32_t)loss_q16 : Q16_ONE;
}

void audio_repair_report(struct audio_repair *repair, const struct audio_repair_sent *sent,
                         uint8_t fraction_lost, int64_t rtt_us, int64_t now_us)
{
    uint32_t loss_q16 = true_loss_q16(repair, sent, fraction_lost);
    /* Quarter steps: one report covers some fifty packets, of which one is two in a hundred. */
    repair->loss_q16 = repair->reported ? (3 * repair->loss_q16 + loss_q16) / 4 : loss_q16;
    repair->reported = true;
    repair->rtt_us = rtt_us;
    if (rtt_us != 0 &&
        (repair->chosen_us == INT64_MIN || now_us - repair->chosen_us >= AUDIO_REPAIR_HOLD_US)) {
        choose_means(repair, best_means(repair, rtt_us), now_us);
        repair->chosen_us = repair->chosen_us == INT64_MIN ? now_us : repair->chosen_us;
    }
    choose_distance(repair, now_us);
}

bool audio_repair_is_helpless(const struct audio_repair *repair)
{
    switch (repair->means) {
    case AUDIO_REPAIR_NONE:
        return true;
    case AUDIO_REPAIR_NACK:
        return repair->rtt_us >= AUDIO_REPAIR_VAIN_US;
    case AUDIO_REPAIR_RED:
        break;
    }
    return false; /* copies are made when there is loss */
}

uint8_t audio_repair_loss(const struct audio_repair *repair)
{
    return (uint8_t)(repair->loss_q16 >> 8);
}

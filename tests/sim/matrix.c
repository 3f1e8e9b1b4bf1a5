#include "sim/matrix.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "sim/scenario.h"

enum {
    USUAL_DELAY_US = 10000,
    SETTLED_US = 5000000, /* use of the path is judged from here on */
    STEADY_US = 20000000, /* and changes of layer from here on */
    WAVER_US = 2000000,
    MAX_STEPS = 64,
    MAX_SAMPLES = 2000,
    QUEUE_BINS = 2000, /* of 1 ms */
    FRAMES_PER_S = 30,
    SILENCE_DBOV = 127,
    TEMPORAL_STEPS = 3
};

/** Bits on the wire for each of payload: headers of RTP, extensions, UDP, IP. */
static const double wire_share = 1.06;

/** Audio of one publisher on the wire. */
static const double audio_bps = 56000;

/** What temporal levels make of a layer's bits. */
static const double temporal_share[TEMPORAL_STEPS] = {0.4, 0.6, 1.0};

/** Bits of one frame of a temporal layer, of the layer's mean. */
static const double frame_weight[TEMPORAL_STEPS] = {1.6, 0.8, 0.8};

struct matrix {
    const struct matrix_profile *profile;
    const struct matrix_watch *watch;
    struct matrix_result *result;
    struct world *world;
    struct peer *publishers[MATRIX_MAX_SLOTS];
    struct peer *receiver;
    size_t down; /* number of the link that is examined */
    int64_t joined_us;
    struct rate_step steps[MAX_STEPS];
    struct matrix_sample sample;
    uint64_t arrived_bytes[MAX_SAMPLES]; /* by time of arrival */
    uint32_t queue[QUEUE_BINS];
    uint64_t queued;
    double sent_bits;     /* since SETTLED_US */
    double capacity_bits; /* the same */
    double target_bits;
    double fitting_bits; /* of the best choice of layers */
    struct playback_sums steady[MATRIX_MAX_SLOTS];
    struct listening settled[MATRIX_MAX_SLOTS];
    uint64_t settled_lost;
};

static int64_t since_join(const struct matrix *matrix)
{
    return world_now_us(matrix->world) - matrix->joined_us;
}

static void watch_passage(void *owner, const struct network_passage *passage)
{
    struct matrix *matrix = owner;
    struct matrix_sample *sample = &matrix->sample;
    if (matrix->receiver == NULL || passage->link != matrix->down) {
        return;
    }
    sample->sent_bytes += passage->len;
    if (passage->fate != NETWORK_PASSED) {
        sample->lost++;
        return;
    }
    int64_t arrives = (passage->arrival_us - matrix->joined_us) / MATRIX_SAMPLE_US;
    if (arrives < MAX_SAMPLES) {
        matrix->arrived_bytes[arrives] += passage->len;
    }
    sample->queue_us = passage->queue_us > sample->queue_us ? passage->queue_us : sample->queue_us;
    int64_t bin = passage->queue_us / 1000;
    matrix->queue[bin < QUEUE_BINS ? bin : QUEUE_BINS - 1]++;
    matrix->queued++;
}

static int64_t queue_percentile(const struct matrix *matrix, double share)
{
    uint64_t count = 0;
    int64_t bin = 0;
    while (bin < QUEUE_BINS - 1 &&
           (double)(count += matrix->queue[bin]) < share * (double)matrix->queued) {
        bin++;
    }
    return bin * 1000;
}

/** Bits of the most that a number of slots can show within a budget, each any layer or nothing. */
static double best_fit(unsigned slots, double budget_bps)
{
    double best = 0;
    if (slots == 0) {
        return 0;
    }
    for (size_t layer = 0; layer < PEER_LAYERS; layer++) {
        for (size_t t = 0; t < TEMPORAL_STEPS; t++) {
            double bps = (double)peer_layers[layer].bps * temporal_share[t];
            if (bps * wire_share <= budget_bps) {
                double all = bps + best_fit(slots - 1, budget_bps - bps * wire_share);
                best = all > best ? all : best;
            }
        }
    }
    return best;
}

/** So many people speak, and are heard. */
static unsigned voices(const struct matrix_profile *profile)
{
    return profile->publishers < MATRIX_VOICES ? profile->publishers : MATRIX_VOICES;
}

/** A slower search would find little more for many slots: the same for each. */
static double fitting_bps(const struct matrix_profile *profile, double capacity_bps)
{
    const struct link_config *down = &profile->down;
    double lost = down->loss;
    if (down->burst_leave > 0) {
        lost = down->burst_enter / (down->burst_enter + down->burst_leave);
    }
    double budget = capacity_bps * (1 - lost) - audio_bps * (double)voices(profile);
    if (profile->publishers <= 3) {
        return best_fit(profile->publishers, budget);
    }
    return (double)profile->publishers * best_fit(1, budget / (double)profile->publishers);
}

/** Lets a sample's time pass, and tells of it. */
static void run_sample(struct matrix *matrix)
{
    struct matrix_sample *sample = &matrix->sample;
    *sample = (struct matrix_sample){.at_us = since_join(matrix)};
    world_run(matrix->world, MATRIX_SAMPLE_US);
    sample->capacity_bps = network_rate_bps(world_network(matrix->world), matrix->down,
                                            matrix->joined_us + sample->at_us);
    sample->arrived_bytes = matrix->arrived_bytes[sample->at_us / MATRIX_SAMPLE_US % MAX_SAMPLES];
    sample->target_bps = world_report(matrix->world, matrix->receiver).available_bps;
    if (sample->at_us >= SETTLED_US) {
        double s = (double)MATRIX_SAMPLE_US / 1e6;
        matrix->sent_bits += (double)sample->sent_bytes * 8;
        matrix->capacity_bits += (double)sample->capacity_bps * s;
        if (sample->target_bps != UINT64_MAX) {
            matrix->target_bits += (double)sample->target_bps * s;
        }
        matrix->fitting_bits += s * fitting_bps(matrix->profile, (double)sample->capacity_bps);
    }
    if (matrix->watch != NULL && matrix->watch->sample != NULL) {
        matrix->watch->sample(matrix->watch->owner, sample);
    }
}

/** The profile's path with its schedule counted from now; a wavering one is drawn. */
static struct link_config path_now(struct matrix *matrix)
{
    struct link_config down = matrix->profile->down;
    size_t count = 0;
    if (matrix->profile->wavering) {
        for (int64_t at_us = 0; at_us < matrix->profile->length_us && count < MAX_STEPS;
             at_us += WAVER_US) {
            uint64_t percent = 60 + rand_below(world_rand(matrix->world), 81);
            matrix->steps[count++] = (struct rate_step){.at_us = matrix->joined_us + at_us,
                                                        .rate_bps = down.rate_bps * percent / 100};
        }
    }
    for (size_t i = 0; i < down.schedule_count && count < MAX_STEPS; i++) {
        matrix->steps[count] = down.schedule[i];
        matrix->steps[count++].at_us += matrix->joined_us;
    }
    down.schedule = matrix->steps;
    down.schedule_count = count;
    return down;
}

static int set_up(struct matrix *matrix, uint64_t seed)
{
    const struct matrix_profile *profile = matrix->profile;
    const struct peer_config publisher = {.audio_sources = 1,
                                          .video_sources = 1,
                                          .audio_nack = true,
                                          .simulcast = true,
                                          .temporal = true,
                                          .dynacast = profile->dynacast};
    const struct peer_config receiver = {.audio_slots = voices(profile),
                                         .video_slots = profile->publishers,
                                         .audio_nack = true, /* as the page */
                                         .audio_red = true,
                                         .no_twcc = profile->no_twcc,
                                         .remb_bps = profile->remb_bps,
                                         .keep = true};
    const struct link_config usual = {.delay_us = USUAL_DELAY_US};
    int err = world_new(&matrix->world, seed);
    for (unsigned i = 0; i < profile->publishers && err == 0; i++) {
        err = world_join(matrix->world, &publisher,
                         profile->publisher_up.delay_us > 0 ? &profile->publisher_up : &usual,
                         &matrix->publishers[i]);
        if (err == 0 && i >= MATRIX_VOICES) {
            source_set_level(peer_source(matrix->publishers[i], MEDIA_AUDIO), SILENCE_DBOV);
        }
    }
    if (err != 0) {
        return err;
    }
    network_set_watch(world_network(matrix->world), watch_passage, matrix);
    world_run(matrix->world, MATRIX_LEAD_US);
    matrix->joined_us = world_now_us(matrix->world);
    err = world_join(matrix->world, &receiver, &profile->up, &matrix->receiver);
    if (err == 0) {
        struct link_config down = path_now(matrix);
        world_set_link(matrix->world, matrix->receiver, NULL, &down);
        matrix->down = world_link(matrix->world, matrix->receiver, false);
    }
    return err;
}

static const struct playback *playback_of(const struct matrix *matrix, size_t slot)
{
    return &peer_sink(matrix->receiver, MEDIA_VIDEO, slot)->playback;
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

static double seconds(int64_t us)
{
    return (double)us / 1e6;
}

/** First frame taken and shown after a time that is high enough, in seconds from it; -1 = none. */
static double first_frame_s(const struct matrix *matrix, size_t slot, int64_t from_us,
                            uint16_t height)
{
    const struct playback *playback = playback_of(matrix, slot);
    for (size_t i = 0; i < playback->frame_count; i++) {
        const struct playback_frame *frame = &playback->frames[i];
        if (frame->capture_us >= from_us && frame->height >= height) {
            return seconds(frame->shown_us - from_us);
        }
    }
    return -1;
}

/** The slowest slot; -1 when one never comes. */
static double slowest_s(const struct matrix *matrix, int64_t from_us, uint16_t height)
{
    double slowest = 0;
    for (size_t i = 0; i < matrix->profile->publishers; i++) {
        double s = first_frame_s(matrix, i, from_us, height);
        if (s < 0) {
            return -1;
        }
        slowest = s > slowest ? s : slowest;
    }
    return slowest;
}

/** How much of a time lies in told pauses. */
static int64_t told_us(const struct playback_spans *pauses, int64_t from_us, int64_t to_us)
{
    int64_t sum_us = 0;
    for (size_t i = 0; i < pauses->count; i++) {
        const struct playback_span *pause = &pauses->at[i];
        int64_t begin_us = pause->from_us > from_us ? pause->from_us : from_us;
        int64_t end_us = pause->end_us != 0 && pause->end_us < to_us ? pause->end_us : to_us;
        sum_us += end_us > begin_us ? end_us - begin_us : 0;
    }
    return sum_us;
}

/** Longest time in a slot without a picture, the time of told pauses taken off. */
static int64_t longest_untold_us(const struct matrix *matrix, const struct playback *playback)
{
    int64_t longest_us = 0;
    int64_t from_us = matrix->joined_us;
    for (size_t i = 0; i <= playback->frame_count; i++) {
        int64_t to_us =
            i < playback->frame_count ? playback->frames[i].shown_us : world_now_us(matrix->world);
        int64_t gap_us = to_us - from_us - told_us(&playback->told_pauses, from_us, to_us);
        longest_us = gap_us > longest_us ? gap_us : longest_us;
        from_us = to_us;
    }
    return longest_us;
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void judge_latency(const struct matrix *matrix, struct matrix_result *result)
{
    size_t all = 0;
    for (size_t i = 0; i < matrix->profile->publishers; i++) {
        all += playback_of(matrix, i)->frame_count;
    }
    int64_t *values = all == 0 ? NULL : malloc(all * sizeof(*values));
    if (values == NULL) {
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < matrix->profile->publishers; i++) {
        const struct playback *playback = playback_of(matrix, i);
        for (size_t j = 0; j < playback->frame_count; j++) {
            values[count++] = playback->frames[j].shown_us - playback->frames[j].capture_us;
        }
    }
    qsort(values, count, sizeof(*values), by_value);
    result->latency_p50_us = values[count / 2];
    result->latency_p95_us = values[count * 95 / 100];
    free(values);
}

/** Bits of the pictures shown after SETTLED_US. */
static double shown_bits(const struct matrix *matrix)
{
    double bits = 0;
    for (size_t i = 0; i < matrix->profile->publishers; i++) {
        const struct playback *playback = playback_of(matrix, i);
        for (size_t j = 0; j < playback->frame_count; j++) {
            const struct playback_frame *frame = &playback->frames[j];
            if (frame->shown_us >= matrix->joined_us + SETTLED_US) {
                bits +=
                    (double)peer_layers[frame->layer].bps / FRAMES_PER_S * frame_weight[frame->tid];
            }
        }
    }
    return bits;
}

static void judge_pictures(const struct matrix *matrix, struct matrix_result *result)
{
    int64_t now_us = world_now_us(matrix->world);
    double slots = matrix->profile->publishers;
    double minutes = seconds(matrix->profile->length_us) / 60;
    double steady_minutes = seconds(matrix->profile->length_us - STEADY_US) / 60;
    for (size_t i = 0; i < matrix->profile->publishers; i++) {
        const struct playback *playback = playback_of(matrix, i);
        struct playback_sums sums = playback_sums(playback, now_us);
        struct playback_sums steady = playback_since(&matrix->steady[i], &sums);
        double switches = (double)steady.layer_switches / steady_minutes;
        double temporal = (double)steady.temporal_switches / steady_minutes;
        int64_t untold_us = longest_untold_us(matrix, playback);
        result->freezes_per_min += (double)sums.freezes / minutes / slots;
        result->frozen_share += (double)sums.frozen_us / (double)matrix->profile->length_us / slots;
        result->harmonic_fps += playback_harmonic_fps(&sums) / slots;
        result->mean_height += playback_mean_height(&sums) / slots;
        result->paused_share += (double)sums.paused_us / (double)matrix->profile->length_us / slots;
        result->layer_switches_per_min = greater(switches, result->layer_switches_per_min);
        result->temporal_switches_per_min = greater(temporal, result->temporal_switches_per_min);
        if (untold_us > result->longest_untold_us) {
            result->longest_untold_us = untold_us;
        }
    }
}

static void judge_streams(struct matrix *matrix, struct matrix_result *result)
{
    const struct sink *sink = NULL;
    for (size_t i = 0; (sink = peer_sink(matrix->receiver, MEDIA_AUDIO, i)) != NULL; i++) {
        const struct listening *settled = &matrix->settled[i];
        const struct listening after = {.heard_us = sink->listening.heard_us - settled->heard_us,
                                        .concealed_us =
                                            sink->listening.concealed_us - settled->concealed_us};
        result->concealed_share =
            greater(listening_concealed_share(&after), result->concealed_share);
        result->concealed_all_share =
            greater(listening_concealed_share(&sink->listening), result->concealed_all_share);
        result->sound_lost += sink->counts.unrepaired;
        result->concealed_start_s =
            greater(seconds((int64_t)settled->concealed_us), result->concealed_start_s);
    }
    result->sound_lost -= matrix->settled_lost;
    result->sound_lost_start = matrix->settled_lost;
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) {
        struct sink_counts sum = peer_sum(matrix->receiver, (enum media_kind)kind);
        result->nacks += sum.nacks;
        result->repaired += sum.repaired;
        result->probes += sum.probes;
        result->errors += sum.errors;
        result->error = sum.error != NULL ? sum.error : result->error;
    }
    for (size_t i = 0; i < matrix->profile->publishers; i++) {
        result->plis += peer_counts(matrix->publishers[i])->plis_received;
        result->uplink_nacks += peer_counts(matrix->publishers[i])->nacks_received;
    }
    result->pauses_told = peer_counts(matrix->receiver)->pauses_told;
}

static void judge(struct matrix *matrix)
{
    struct matrix_result *result = matrix->result;
    const struct matrix_profile *profile = matrix->profile;
    judge_pictures(matrix, result);
    judge_streams(matrix, result);
    judge_latency(matrix, result);
    result->first_frame_s = slowest_s(matrix, matrix->joined_us, 1);
    result->top_s = slowest_s(matrix, matrix->joined_us, peer_layers[PEER_LAYERS - 1].height);
    result->queue_p50_us = queue_percentile(matrix, 0.5);
    result->queue_p95_us = queue_percentile(matrix, 0.95);
    result->use = matrix->sent_bits / matrix->capacity_bits;
    result->target = matrix->target_bits / matrix->capacity_bits;
    result->fitting = matrix->fitting_bits > 0 ? shown_bits(matrix) / matrix->fitting_bits : 0;
    result->back_s =
        profile->event_us == 0 ? 0 : slowest_s(matrix, matrix->joined_us + profile->event_us, 1);
}

static void run(struct matrix *matrix)
{
    const struct matrix_profile *profile = matrix->profile;
    bool moved = !profile->moves;
    while (since_join(matrix) < profile->length_us) {
        if (since_join(matrix) == SETTLED_US) {
            for (size_t i = 0; i < voices(profile); i++) {
                const struct sink *sink = peer_sink(matrix->receiver, MEDIA_AUDIO, i);
                matrix->settled[i] = sink->listening;
                matrix->settled_lost += sink->counts.unrepaired;
            }
        }
        if (since_join(matrix) == STEADY_US) {
            for (size_t i = 0; i < profile->publishers; i++) {
                matrix->steady[i] =
                    playback_sums(playback_of(matrix, i), world_now_us(matrix->world));
            }
        }
        if (!moved && since_join(matrix) >= profile->event_us) {
            (void)world_move(matrix->world, matrix->receiver);
            peer_check(matrix->receiver, true, world_now_us(matrix->world));
            moved = true;
        }
        run_sample(matrix);
    }
}

int matrix_run(const struct matrix_profile *profile, uint64_t seed,
               const struct matrix_watch *watch, struct matrix_result *out)
{
    struct matrix *matrix = calloc(1, sizeof(*matrix));
    if (matrix == NULL) {
        return ERR_NO_MEMORY;
    }
    *out = (struct matrix_result){.first_frame_s = -1};
    matrix->profile = profile;
    matrix->watch = watch;
    matrix->result = out;
    int err = set_up(matrix, seed);
    if (err == 0) {
        run(matrix);
        judge(matrix);
        if (watch != NULL && watch->end != NULL) {
            watch->end(watch->owner, matrix->receiver, matrix->joined_us);
        }
    }
    world_free(&matrix->world);
    free(matrix);
    return err;
}

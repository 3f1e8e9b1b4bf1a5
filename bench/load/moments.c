#include "load/moments.h"

#include <stdlib.h>

#include "base/err.h"
#include "load/measure.h"
#include "load/mos.h"

enum { WINDOW_S = 5 /**< of the MOS that is shown */ };

int moments_init(struct moments *moments, struct roster *roster, struct turn *turn, pid_t server)
{
    *moments = (struct moments){.roster = roster, .turn = turn, .server = server};
    moments->begin_us = turn_now_us(turn);
    moments->since_us = moments->begin_us;
    moments->own_us = usage_own_us();
    if (server != 0) {
        (void)usage_read(&moments->server_usage, server);
    }
    moments->scratch = calloc(1, sizeof(*moments->scratch));
    moments->change = calloc(1, sizeof(*moments->change));
    if (moments->scratch == NULL || moments->change == NULL) {
        moments_deinit(moments);
        return ERR_NO_MEMORY;
    }
    return 0;
}

/** What came since a second ago. */
static void add_second(struct moments *moments, struct seat *seat)
{
    struct agent_counts counts;
    struct stats *change = moments->change;
    span_copy(change, moments->scratch);
    span_since(change, seat->second);
    (void)span_set(&seat->second, moments->scratch);
    for (size_t i = 0; i < change->received_count; i++) {
        moments->packets += change->received[i].packets;
        moments->lost += change->received[i].lost_after;
        hist_join(&moments->delay_us, &change->received[i].delay_us);
    }
    caller_agent_counts(seat->caller, &counts);
    moments->sent_bytes += counts.sent_bytes - seat->counts.sent_bytes;
    moments->received_bytes += counts.received_bytes - seat->counts.received_bytes;
    seat->counts = counts;
}

static void judge(struct moments *moments, struct seat *seat)
{
    struct mos mos;
    span_copy(moments->change, moments->scratch);
    span_since(moments->change, seat->window);
    if (seat->sound_due_us != 0) {
        bool since = seat->sound_due_us > seat->window_us;
        measure_silence(moments->change, since ? seat->sound_due_us : seat->window_us,
                        roster_spoken_us(seat));
    }
    mos_of_stats(&mos, moments->change, moments->roster->tally->audio_bps);
    seat->mos = mos.score;
    (void)span_set(&seat->window, moments->scratch);
    seat->window_us = turn_now_us(moments->turn);
}

static void look_at(struct moments *moments, struct seat *seat)
{
    if (seat->caller == NULL || !seat->up) {
        return;
    }
    caller_stats(seat->caller, moments->scratch);
    add_second(moments, seat);
    if ((moments->second + seat->index) % WINDOW_S == 0) {
        judge(moments, seat);
    }
}

static void sum_mos(const struct moments *moments, struct tally_moment *out)
{
    uint32_t judged = 0;
    double sum = 0;
    for (uint32_t i = 0; i < moments->roster->seat_count; i++) {
        double mos = moments->roster->seats[i].mos;
        if (mos > 0) {
            sum += mos;
            out->mos_worst = judged == 0 || mos < out->mos_worst ? mos : out->mos_worst;
            judged++;
        }
    }
    out->mos_mean = judged > 0 ? sum / judged : 0;
}

static int64_t lag_p99_us(struct moments *moments)
{
    const struct hist *all = turn_lag_us(moments->turn);
    struct hist since = *all;
    if (hist_count(all) >= hist_count(&moments->lag_us)) { /* else it was reset */
        for (size_t i = 0; i < HIST_STEPS; i++) {
            since.counts[i] -= moments->lag_us.counts[i];
        }
    }
    moments->lag_us = *all;
    return hist_permille(&since, 990);
}

static void use_of_processors(struct moments *moments, struct tally_moment *out, double seconds)
{
    int64_t own_us = usage_own_us();
    struct usage server = moments->server_usage;
    out->own_cpu = (double)(own_us - moments->own_us) / 1e6 / seconds;
    moments->own_us = own_us;
    out->server_cpu = -1;
    if (moments->server != 0 && usage_read(&server, moments->server)) {
        out->server_cpu = (double)(server.cpu_us - moments->server_usage.cpu_us) / 1e6 / seconds;
        out->server_bytes = server.resident_bytes;
        moments->server_usage = server;
    }
}

static void complete(struct moments *moments, struct tally_moment *out)
{
    const struct roster *roster = moments->roster;
    int64_t now_us = turn_now_us(moments->turn);
    double seconds = (double)(now_us - moments->since_us) / 1e6;
    uint64_t numbers = moments->packets + moments->lost;
    *out = (struct tally_moment){
        .at_us = now_us - moments->begin_us,
        .up = roster->up,
        .joining = roster->joining,
        .failed = roster->failed,
        .joins_per_s = (double)(roster->joined - moments->joined) / seconds,
        .loss = numbers > 0 ? (double)moments->lost / (double)numbers : 0,
        .delay_p50_us = hist_permille(&moments->delay_us, 500),
        .delay_p99_us = hist_permille(&moments->delay_us, 990),
        .sent_bps = (double)moments->sent_bytes * 8 / seconds,
        .received_bps = (double)moments->received_bytes * 8 / seconds,
        .lag_p99_us = lag_p99_us(moments),
    };
    sum_mos(moments, out);
    use_of_processors(moments, out, seconds);
    moments->packets = 0;
    moments->lost = 0;
    moments->sent_bytes = 0;
    moments->received_bytes = 0;
    moments->delay_us = (struct hist){0};
    moments->since_us = now_us;
    moments->joined = roster->joined;
}

bool moments_slice(struct moments *moments, struct tally_moment *out)
{
    uint64_t seats = moments->roster->seat_count;
    uint64_t from = seats * moments->slice / MOMENTS_SLICES;
    uint64_t to = seats * (moments->slice + 1) / MOMENTS_SLICES;
    for (uint64_t i = from; i < to; i++) {
        look_at(moments, &moments->roster->seats[i]);
    }
    if (++moments->slice < MOMENTS_SLICES) {
        return false;
    }
    moments->slice = 0;
    moments->second++;
    complete(moments, out);
    return true;
}

void moments_deinit(struct moments *moments)
{
    free(moments->scratch);
    free(moments->change);
    *moments = (struct moments){.roster = NULL};
}

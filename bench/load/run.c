#include "load/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "load/descriptors.h"
#include "load/listening_desk.h"
#include "load/moments.h"
#include "load/mos.h"
#include "load/roster.h"
#include "load/usage.h"
#include "net/scheduling.h"

enum {
    ICE_TIMEOUT_US = 10000000,
    DTLS_TIMEOUT_US = 10000000,
    MEDIA_TIMEOUT_US = 10000000,
    SETTLE_US = 1000000,    /* after the last has come, before it counts */
    MARK_PARTS = 40,        /* of the seats, whose stats are marked one after the other, ... */
    MARK_PART_US = 1000,    /* ... each after so long; the time measured begins amid them */
    LEAVE_EACH = 20,        /* callers who hang up in one slice */
    AWAKE_MOST_US = 500000, /* in real time: who never sleeps for so long is late anyway */
    LINGER_US = 100000,     /* for the last BYE and close_notify to go their way */
    DEFAULT_AUDIO_BPS = 32000
};

enum phase {
    PHASE_COMING,
    PHASE_SETTLING,
    PHASE_MARKING,
    PHASE_MEASURING,
    PHASE_LEAVING,
    PHASE_GONE
};

struct run_state {
    const struct run_config *config;
    const struct scenario *scenario;
    struct tally *tally;
    struct turn *turn;
    struct content *content;
    struct agent_kit *agents;
    struct dialer *dialer;
    struct listening_desk *desk; /* NULL = nobody is sampled */
    struct roster roster;
    struct moments moments;
    struct turn_timer timer;
    struct turn_timer mark_timer;
    uint32_t marked; /* parts */
    enum phase phase;
    int64_t phase_us; /* when it began */
    int64_t begin_us;
    uint32_t admitted;
    double churn; /* callers who are due to leave and come again */
    int64_t own_us;
    struct usage server;
    int err;
};

/* The course. */

static void set_phase(struct run_state *state, enum phase phase, int64_t now_us)
{
    state->phase = phase;
    state->phase_us = now_us;
}

static void begin_measuring(struct run_state *state, int64_t now_us)
{
    set_phase(state, PHASE_MEASURING, now_us);
    roster_begin(&state->roster);
    if (state->desk != NULL) {
        listening_desk_begin(state->desk, now_us);
    }
    turn_lag_reset(state->turn);
    state->own_us = usage_own_us();
    if (state->config->server != 0) {
        (void)usage_read(&state->server, state->config->server);
    }
}

static void on_mark_timer(void *owner, int64_t now_us)
{
    struct run_state *state = owner;
    if (state->phase != PHASE_MARKING && state->phase != PHASE_MEASURING) {
        return;
    }
    roster_mark(&state->roster, state->marked++, MARK_PARTS);
    if (state->marked == MARK_PARTS / 2) {
        begin_measuring(state, now_us);
    }
    if (state->marked < MARK_PARTS) {
        turn_set(state->turn, &state->mark_timer, now_us + MARK_PART_US);
    }
}

/** What was measured is noted before anybody hangs up. */
static void begin_leaving(struct run_state *state, int64_t now_us)
{
    struct tally *tally = state->tally;
    if (state->phase == PHASE_MEASURING) {
        struct usage server;
        tally->length_us = now_us - state->phase_us;
        tally->own_cpu_s = (double)(usage_own_us() - state->own_us) / 1e6;
        tally->lag_us = *turn_lag_us(state->turn);
        if (state->config->server != 0 && usage_read(&server, state->config->server)) {
            tally->server_cpu_s = (double)(server.cpu_us - state->server.cpu_us) / 1e6;
        }
    }
    set_phase(state, PHASE_LEAVING, now_us);
    roster_note(&state->roster);
}

static void admit_who_is_due(struct run_state *state, int64_t now_us)
{
    double later = (double)(now_us - state->begin_us) / 1e6 * state->scenario->ramp_per_s;
    double due = 1 + floor(later);
    while (state->admitted < state->roster.seat_count && state->admitted < due) {
        roster_admit(&state->roster, state->admitted++);
    }
    if (state->admitted == state->roster.seat_count && state->roster.joining == 0) {
        set_phase(state, PHASE_SETTLING, now_us);
    }
}

static void measure_on(struct run_state *state, int64_t now_us)
{
    state->churn += state->scenario->churn_per_s * MOMENTS_SLICE_US / 1e6;
    for (; state->churn >= 1; state->churn -= 1) {
        roster_churn(&state->roster);
    }
    bool nobody = state->roster.up == 0 && state->roster.joining == 0;
    if (nobody || now_us >= state->phase_us + state->scenario->duration_us) {
        begin_leaving(state, now_us);
    }
}

static void go_on(struct run_state *state, int64_t now_us)
{
    switch (state->phase) {
    case PHASE_COMING:
        admit_who_is_due(state, now_us);
        break;
    case PHASE_SETTLING:
        if (state->roster.up == 0) {
            begin_leaving(state, now_us);
        } else if (now_us >= state->phase_us + SETTLE_US) {
            set_phase(state, PHASE_MARKING, now_us);
            turn_set(state->turn, &state->mark_timer, now_us);
        }
        break;
    case PHASE_MARKING:
        break;
    case PHASE_MEASURING:
        measure_on(state, now_us);
        break;
    case PHASE_LEAVING:
        if (!roster_leave(&state->roster, LEAVE_EACH)) {
            set_phase(state, PHASE_GONE, now_us);
        }
        break;
    case PHASE_GONE:
        if (now_us >= state->phase_us + LINGER_US) {
            turn_stop(state->turn);
        }
        break;
    }
}

/** Keeps a moment. @return false when the run is to end */
static bool keep_moment(struct run_state *state, const struct tally_moment *moment)
{
    struct tally *tally = state->tally;
    struct tally_moment *moments =
        realloc(tally->moments, (tally->moment_count + 1) * sizeof(*moments));
    if (moments == NULL) {
        state->err = ERR_NO_MEMORY;
        return false;
    }
    moments[tally->moment_count++] = *moment;
    tally->moments = moments;
    if (moment->server_bytes > tally->server_bytes_peak) {
        tally->server_bytes_peak = moment->server_bytes;
    }
    const struct run_config *config = state->config;
    return config->moment == NULL || config->moment(config->owner, moment, tally);
}

static void on_timer(void *owner, int64_t now_us)
{
    struct run_state *state = owner;
    struct tally_moment moment;
    roster_sweep(&state->roster);
    if (state->phase < PHASE_LEAVING && moments_slice(&state->moments, &moment) &&
        !keep_moment(state, &moment)) {
        begin_leaving(state, now_us);
    }
    go_on(state, now_us);
    turn_set(state->turn, &state->timer, state->timer.due_us + MOMENTS_SLICE_US);
}

/* Opening and closing. */

static bool has_pictures(const struct scenario *scenario)
{
    bool any = false;
    for (size_t i = 0; i < scenario->group_count; i++) {
        any = any || (scenario->groups[i].video && scenario->groups[i].callers > 0);
    }
    return any;
}

static int open_parts(struct run_state *state, const char **reason)
{
    const struct run_config *config = state->config;
    struct content_config content = config->content;
    content.video = has_pictures(config->scenario);
    int err = content_new(&state->content, &content, reason);
    if (err != 0) {
        return err;
    }
    *reason = "no descriptors or memory";
    err = turn_new(&state->turn);
    if (err != 0) {
        return err;
    }
    const struct agent_kit_config agents = {.turn = state->turn,
                                            .kind = config->agent,
                                            .ice_timeout_us = ICE_TIMEOUT_US,
                                            .dtls_timeout_us = DTLS_TIMEOUT_US};
    err = agent_kit_new(&state->agents, &agents);
    if (err != 0) {
        *reason = "DTLS or ICE could not be set up";
        return err;
    }
    err = dialer_new(&state->dialer, state->turn, &config->target, reason);
    if (err == 0 && config->scenario->listen > 0) {
        *reason = "no memory to listen with";
        err = listening_desk_new(&state->desk, state->content,
                                 config->target.kind == DIAL_JANUS_ECHO);
    }
    return err;
}

static int open_roster(struct run_state *state, const char **reason)
{
    const struct caller_kit kit = {.turn = state->turn,
                                   .agents = state->agents,
                                   .dialer = state->dialer,
                                   .content = state->content,
                                   .desk = state->desk,
                                   .audio_nack = state->config->audio_nack,
                                   .audio_red = state->config->audio_red,
                                   .media_timeout_us = MEDIA_TIMEOUT_US};
    *reason = "no memory for so many callers";
    int err = roster_init(&state->roster, &kit, state->scenario, state->tally);
    if (err == 0) {
        err = moments_init(&state->moments, &state->roster, state->turn, state->config->server);
    }
    return err;
}

static void describe(struct run_state *state)
{
    const struct run_config *config = state->config;
    struct tally *tally = state->tally;
    const struct dial_target *target = &config->target;
    bool both = target->whip != NULL && target->whep != NULL;
    (void)snprintf(tally->target, sizeof(tally->target), "%s%s%s",
                   target->url != NULL    ? target->url
                   : target->whip != NULL ? target->whip
                                          : target->whep,
                   both ? " and " : "", both ? target->whep : "");
    tally->agent = config->agent == AGENT_FULL ? "full" : "light";
    tally->audio_bps =
        config->content.audio_bps != 0 ? config->content.audio_bps : DEFAULT_AUDIO_BPS;
    tally->rooms = crowd_rooms(config->scenario);
    tally->server_cpu_s = -1;
    if (config->server != 0 && usage_read(&state->server, config->server)) {
        tally->server_bytes_before = state->server.resident_bytes;
        tally->server_bytes_peak = state->server.resident_bytes;
    }
}

/** What sampled callers heard and saw, once nothing comes any more. */
static void note_heard(struct run_state *state)
{
    struct tally *tally = state->tally;
    for (size_t i = 0; i < tally->caller_count && state->desk != NULL; i++) {
        struct caller_result *result = &tally->callers[i];
        result->scored = result->config.listens &&
                         listening_desk_score(state->desk, result->config.number, &result->score);
        if (result->scored && result->score.compared) {
            mos_of_heard(&result->mos, &result->stats, tally->audio_bps,
                         (int64_t)(result->score.mouth_to_ear_ms * 1000));
        }
    }
}

static void close_all(struct run_state *state)
{
    roster_deinit(&state->roster);
    moments_deinit(&state->moments);
    listening_desk_free(&state->desk);
    dialer_free(&state->dialer);
    agent_kit_free(&state->agents);
    turn_free(&state->turn);
    content_free(&state->content);
}

int run(struct tally *out, const struct run_config *config, const char **reason)
{
    struct run_state state = {.config = config, .scenario = config->scenario, .tally = out};
    *out = (struct tally){.rooms = 0};
    *reason = "nobody is to come";
    int err = crowd_people(config->scenario) > 0 ? 0 : ERR_INVALID;
    if (err == 0) {
        err = descriptors_ensure(descriptors_needed(config), reason);
    }
    if (err == 0) {
        err = open_parts(&state, reason);
    }
    if (err == 0) {
        describe(&state);
        err = open_roster(&state, reason);
    }
    if (err == 0) {
        state.begin_us = turn_clock_us();
        turn_timer_init(&state.timer, on_timer, &state);
        turn_timer_init(&state.mark_timer, on_mark_timer, &state);
        turn_set(state.turn, &state.timer, state.begin_us);
        out->real_time = scheduling_is_bound() && scheduling_go_real_time(AWAKE_MOST_US);
        turn_run(state.turn, INT64_MAX);
        out->real_time = out->real_time && scheduling_leave_real_time();
        err = state.err;
        *reason = err != 0 ? "no memory" : "";
        note_heard(&state);
    }
    close_all(&state);
    if (err != 0) {
        tally_deinit(out);
    }
    return err;
}

#include "load/caller.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/minmax.h"
#include "load/leg.h"
#include "load/listening_desk.h"
#include "load/profiles.h"

struct caller {
    struct caller_kit kit;
    struct caller_config config;
    void (*changed)(void *owner, struct caller *caller);
    void *owner;
    enum caller_state state;
    enum load_cause cause;
    const char *message; /* of a leg, or "" */
    struct caller_times times;
    struct leg *legs[DIAL_MAX_LEGS];
    size_t leg_count;
    struct turn_timer media_timer;
    const struct endpoint_tap *tap;  /* of the desk; NULL = nobody is sampled */
    bool receives[LOAD_VIDEO + 1];   /* what the legs can take of what others send */
    int64_t due_us[LOAD_VIDEO + 1];  /* until when the first of it is to come, INT64_MAX = none */
    int64_t sent_us[LOAD_VIDEO + 1]; /* since when others send it, while none has come; 0 = never */
};

/** The desk need not wait for its voice any more. */
static void tell_gone(const struct caller *caller)
{
    if (caller->tap != NULL) {
        listening_desk_leave(caller->kit.desk, caller->tap, turn_now_us(caller->kit.turn));
    }
}

static void fail(struct caller *caller, enum load_cause cause, const char *message)
{
    if (caller->state == CALLER_FAILED || caller->state == CALLER_LEFT) {
        return;
    }
    caller->state = CALLER_FAILED;
    caller->cause = cause;
    caller->message = message;
    turn_set(caller->kit.turn, &caller->media_timer, INT64_MAX);
    tell_gone(caller);
    for (size_t i = 0; i < caller->leg_count; i++) {
        leg_end(caller->legs[i]);
    }
    caller->changed(caller->owner, caller);
}

/** The time at which the last leg came there; 0 while one has not. */
static void note_times(struct caller *caller)
{
    struct leg_times all = {0};
    bool have[3] = {true, true, true};
    for (size_t i = 0; i < caller->leg_count; i++) {
        const struct leg_times *one = leg_times(caller->legs[i]);
        all.answer_us = max_i64(all.answer_us, one->answer_us);
        all.path_us = max_i64(all.path_us, one->path_us);
        all.keys_us = max_i64(all.keys_us, one->keys_us);
        have[0] = have[0] && one->answer_us != 0;
        have[1] = have[1] && one->path_us != 0;
        have[2] = have[2] && one->keys_us != 0;
    }
    caller->times.answer_us = have[0] ? all.answer_us : 0;
    caller->times.path_us = have[1] ? all.path_us : 0;
    caller->times.keys_us = have[2] ? all.keys_us : 0;
}

static void on_leg(void *owner, struct leg *leg)
{
    struct caller *caller = owner;
    note_times(caller);
    if (leg_state(leg) == LEG_FAILED) {
        fail(caller, leg_cause(leg), leg_message(leg));
        return;
    }
    size_t up = 0;
    for (size_t i = 0; i < caller->leg_count; i++) {
        up += leg_state(caller->legs[i]) == LEG_UP;
    }
    if (caller->state == CALLER_JOINING && up == caller->leg_count) {
        caller->state = CALLER_UP;
        caller->changed(caller->owner, caller);
    }
}

/** A packet of that kind has come on any leg. */
static bool has(const struct caller *caller, enum load_kind kind)
{
    bool any = false;
    for (size_t i = 0; i < caller->leg_count; i++) {
        any = any || leg_has(caller->legs[i], kind);
    }
    return any;
}

static void set_media_timer(struct caller *caller)
{
    turn_set(caller->kit.turn, &caller->media_timer,
             min_i64(caller->due_us[LOAD_AUDIO], caller->due_us[LOAD_VIDEO]));
}

static void on_media_timer(void *owner, int64_t now_us)
{
    struct caller *caller = owner;
    for (unsigned kind = LOAD_AUDIO; kind <= LOAD_VIDEO; kind++) {
        if (now_us < caller->due_us[kind]) {
            continue;
        }
        caller->due_us[kind] = INT64_MAX;
        if (caller->state == CALLER_UP && !has(caller, (enum load_kind)kind)) {
            fail(caller, LOAD_NO_MEDIA, "");
            return;
        }
    }
    set_media_timer(caller);
}

static int make_legs(struct caller *caller, const struct dial_wish *whole)
{
    struct dial_wish wishes[DIAL_MAX_LEGS];
    const struct profile *profile =
        caller->config.profile != NULL ? profile_find(caller->config.profile) : NULL;
    size_t count = dialer_legs(caller->kit.dialer, whole, wishes);
    if (count == 0 || (caller->config.profile != NULL && profile == NULL)) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        const struct agent_impairment impairment = {
            .up = profile != NULL ? &profile->up : NULL,
            .down = profile != NULL ? &profile->down : NULL,
            .seed = caller->config.seed + i + 1,
        };
        const struct leg_config leg = {
            .turn = caller->kit.turn,
            .agents = caller->kit.agents,
            .dialer = caller->kit.dialer,
            .content = caller->kit.content,
            .wish = &wishes[i],
            .impairment = profile != NULL ? &impairment : NULL,
            .tap = caller->tap,
            .tone = content_tone(caller->kit.content, caller->config.place),
            .seed = caller->config.seed + i + 1,
            .changed = on_leg,
            .owner = caller,
        };
        int err = leg_new(&caller->legs[i], &leg);
        if (err != 0) {
            return err;
        }
        caller->leg_count++;
        caller->receives[LOAD_AUDIO] = caller->receives[LOAD_AUDIO] || wishes[i].receive_audio > 0;
        caller->receives[LOAD_VIDEO] = caller->receives[LOAD_VIDEO] || wishes[i].receive_video > 0;
    }
    return 0;
}

int caller_new(struct caller **out, const struct caller_kit *kit,
               const struct caller_config *config,
               void (*changed)(void *owner, struct caller *caller), void *owner)
{
    struct caller *caller = calloc(1, sizeof(*caller));
    if (caller == NULL) {
        return ERR_NO_MEMORY;
    }
    caller->kit = *kit;
    caller->config = *config;
    caller->changed = changed;
    caller->owner = owner;
    caller->message = "";
    caller->due_us[LOAD_AUDIO] = INT64_MAX;
    caller->due_us[LOAD_VIDEO] = INT64_MAX;
    caller->times.begin_us = turn_now_us(kit->turn);
    turn_timer_init(&caller->media_timer, on_media_timer, caller);
    const struct dial_wish whole = {.room = caller->config.room_name,
                                    .name = caller->config.name,
                                    .caller = config->number,
                                    .send_audio = config->send_audio,
                                    .send_video = config->send_video,
                                    .simulcast = config->simulcast,
                                    .audio_nack = kit->audio_nack,
                                    .red = kit->audio_red,
                                    .receive_audio = config->receive_audio,
                                    .receive_video = config->receive_video};
    if (kit->desk != NULL) {
        caller->tap = listening_desk_seat(kit->desk, &caller->config);
    }
    int err = make_legs(caller, &whole);
    if (err != 0) {
        caller_free(&caller);
        return err;
    }
    *out = caller;
    return 0;
}

const struct caller_config *caller_config(const struct caller *caller)
{
    return &caller->config;
}

enum caller_state caller_state(const struct caller *caller)
{
    return caller->state;
}

enum load_cause caller_cause(const struct caller *caller)
{
    return caller->cause;
}

const char *caller_message(const struct caller *caller)
{
    return caller->message;
}

const struct caller_times *caller_times(const struct caller *caller)
{
    return &caller->times;
}

/** First media counts from when all legs are up (one may have some before another has its keys),
 * and from when others send any: how long company let wait is not the server's doing. */
static void note_first(struct caller *caller, const struct stats *stats)
{
    int64_t keys_us = caller->times.keys_us;
    for (size_t i = 0; i < stats->received_count && keys_us != 0; i++) {
        enum load_kind kind = stats->received[i].kind;
        int64_t first_us = stats->received[i].first_us;
        int64_t *at_us = kind == LOAD_AUDIO ? &caller->times.sound_us : &caller->times.frame_us;
        int64_t took_us = first_us - max_i64(keys_us, caller->sent_us[kind]);
        int64_t came_us = keys_us + max_i64(took_us, 0);
        if (first_us != 0 && (*at_us == 0 || came_us < *at_us)) {
            *at_us = came_us;
        }
    }
}

/** Another leg's streams behind those that are there. */
static void add_leg(struct stats *to, const struct stats *from)
{
    for (size_t i = 0; i < from->received_count && to->received_count < STATS_MAX_STREAMS; i++) {
        to->received[to->received_count++] = from->received[i];
    }
    for (size_t i = 0; i < from->sent_count && to->sent_count < STATS_MAX_STREAMS; i++) {
        to->sent[to->sent_count++] = from->sent[i];
    }
    to->rtp_received += from->rtp_received;
    to->rtp_sent += from->rtp_sent;
    to->malformed += from->malformed;
    to->unknown_ssrc += from->unknown_ssrc;
}

void caller_stats(struct caller *caller, struct stats *out)
{
    int64_t now_us = turn_now_us(caller->kit.turn);
    bool begun = false;
    out->received_count = 0;
    out->sent_count = 0;
    out->rtp_received = 0;
    out->rtp_sent = 0;
    out->malformed = 0;
    out->unknown_ssrc = 0;
    for (size_t i = 0; i < caller->leg_count; i++) {
        const struct endpoint *endpoint = leg_endpoint(caller->legs[i]);
        if (endpoint == NULL) {
            continue;
        }
        if (!begun) {
            endpoint_stats(endpoint, now_us, out);
            begun = true;
            continue;
        }
        struct stats *another = malloc(sizeof(*another));
        if (another != NULL) {
            endpoint_stats(endpoint, now_us, another);
            add_leg(out, another);
            free(another);
        }
    }
    note_first(caller, out);
}

void caller_agent_counts(const struct caller *caller, struct agent_counts *out)
{
    *out = (struct agent_counts){0};
    for (size_t i = 0; i < caller->leg_count; i++) {
        const struct agent_counts *one = leg_counts(caller->legs[i]);
        out->sent += one->sent;
        out->received += one->received;
        out->sent_bytes += one->sent_bytes;
        out->received_bytes += one->received_bytes;
        out->auth_failed += one->auth_failed;
        out->send_failed += one->send_failed;
        out->impaired += one->impaired;
    }
}

void caller_speak(struct caller *caller, bool on)
{
    for (size_t i = 0; i < caller->leg_count; i++) {
        leg_speak(caller->legs[i], on);
    }
}

void caller_expect(struct caller *caller, bool audio, bool video)
{
    const bool due[] = {[LOAD_AUDIO] = audio, [LOAD_VIDEO] = video};
    if (caller->state != CALLER_UP) {
        return;
    }
    for (unsigned kind = LOAD_AUDIO; kind <= LOAD_VIDEO; kind++) {
        bool wanted = due[kind] && caller->receives[kind] && !has(caller, (enum load_kind)kind);
        if (!wanted) {
            caller->due_us[kind] = INT64_MAX;
        } else if (caller->due_us[kind] == INT64_MAX) {
            caller->sent_us[kind] = turn_now_us(caller->kit.turn);
            caller->due_us[kind] = caller->sent_us[kind] + caller->kit.media_timeout_us;
        }
    }
    set_media_timer(caller);
}

void caller_leave(struct caller *caller)
{
    caller_speak(caller, false); /* so that nobody waits for its voice any more */
    tell_gone(caller);
    turn_set(caller->kit.turn, &caller->media_timer, INT64_MAX);
    if (caller->state != CALLER_FAILED) {
        caller->state = CALLER_LEFT;
    }
    for (size_t i = 0; i < caller->leg_count; i++) {
        leg_end(caller->legs[i]);
    }
}

void caller_free(struct caller **caller)
{
    struct caller *gone = *caller;
    if (gone == NULL) {
        return;
    }
    turn_set(gone->kit.turn, &gone->media_timer, INT64_MAX);
    for (size_t i = 0; i < gone->leg_count; i++) {
        leg_free(&gone->legs[i]);
    }
    free(gone);
    *caller = NULL;
}

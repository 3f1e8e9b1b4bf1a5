#include "load/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/descriptors.h"
#include "load/listening_desk.h"
#include "load/measure.h"
#include "load/mos.h"

/* Rooms. */

static struct roster_room *room_of(const struct seat *seat)
{
    struct caller_config config;
    crowd_describe(seat->roster->scenario, seat->index, &config);
    return &seat->roster->rooms[config.room];
}

static void note_speaks(struct seat *seat, bool speaks)
{
    if (seat->speaks && !speaks) {
        seat->spoke_us = turn_now_us(seat->roster->kit.turn);
    }
    seat->speaks = speaks;
}

static void tell_who_speaks(const struct roster_room *room)
{
    for (unsigned place = 0; place < room->about.speakers; place++) {
        struct seat *seat = &room->roster->seats[room->first + place];
        if (seat->caller != NULL && caller_state(seat->caller) == CALLER_UP) {
            bool speaks = room->about.all_at_once || talk_spurts_speaks(&room->talk, place);
            note_speaks(seat, speaks);
            caller_speak(seat->caller, speaks);
        }
    }
}

int64_t roster_spoken_us(const struct seat *seat)
{
    const struct roster_room *room = room_of(seat);
    int64_t spoken_us = 0;
    for (unsigned place = 0; place < room->about.speakers; place++) {
        const struct seat *other = &room->roster->seats[room->first + place];
        int64_t at_us = other->speaks ? turn_now_us(room->roster->kit.turn) : other->spoke_us;
        if (other != seat && at_us > spoken_us) {
            spoken_us = at_us;
        }
    }
    return spoken_us;
}

static void on_room_timer(void *owner, int64_t now_us)
{
    struct roster_room *room = owner;
    talk_spurts_timeout(&room->talk, now_us);
    tell_who_speaks(room);
    turn_set(room->roster->kit.turn, &room->timer, talk_spurts_next_deadline(&room->talk));
}

static void note_due(int64_t *since_us, bool due, int64_t now_us)
{
    if (!due) {
        *since_us = 0;
    } else if (*since_us == 0) {
        *since_us = now_us;
    }
}

/** Each who is up hears of what others send. */
static void tell_what_is_due(const struct roster_room *room)
{
    int64_t now_us = turn_now_us(room->roster->kit.turn);
    for (unsigned place = 0; place < room->about.people; place++) {
        struct seat *seat = &room->roster->seats[room->first + place];
        if (!seat->up) {
            continue;
        }
        const struct caller_config *config = caller_config(seat->caller);
        bool strangers = room->about.strangers;
        bool sound = strangers || room->senders > (config->send_audio ? 1U : 0U);
        bool pictures = strangers || room->camera_senders > (config->send_video ? 1U : 0U);
        bool sound_due = sound && config->receive_audio > 0;
        if (sound_due && !seat->sound_due) {
            seat->sound_due_us = now_us; /* else it stays, for silence before the others left */
        }
        seat->sound_due = sound_due;
        note_due(&seat->pictures_due_us, pictures && config->receive_video > 0, now_us);
        caller_expect(seat->caller, sound, pictures);
    }
}

static void count_senders(struct roster_room *room, const struct caller_config *config, bool more)
{
    unsigned sound = config->send_audio ? 1 : 0;
    unsigned camera = config->send_video ? 1 : 0;
    room->senders += more ? sound : 0U - sound;
    room->camera_senders += more ? camera : 0U - camera;
}

/* Seats. */

/** Is up, or is not any more. */
static void set_up(struct seat *seat, bool up)
{
    struct roster *roster = seat->roster;
    if (seat->up == up) {
        return;
    }
    struct roster_room *room = room_of(seat);
    seat->up = up;
    roster->up += up ? 1U : 0U - 1U;
    count_senders(room, caller_config(seat->caller), up);
    if (!up) {
        note_speaks(seat, false);
    }
    if (roster->kit.desk != NULL && caller_config(seat->caller)->listens) {
        listening_desk_attend(roster->kit.desk, caller_config(seat->caller)->number, up,
                              turn_now_us(roster->kit.turn));
    }
    tell_what_is_due(room);
    if (up) {
        tell_who_speaks(room);
    }
}

static void on_caller(void *owner, struct caller *caller)
{
    struct seat *seat = owner;
    struct roster *roster = seat->roster;
    if (caller_state(caller) == CALLER_UP) {
        roster->joining--;
        roster->joined++;
        set_up(seat, true);
        return;
    }
    roster->joining -= seat->up ? 0 : 1;
    roster->failed++;
    roster->broken++;
    set_up(seat, false);
}

/** Room in the tally for one more, or NULL. */
static struct caller_result *next_result(struct roster *roster)
{
    struct tally *tally = roster->tally;
    return tally->caller_count < roster->result_room ? &tally->callers[tally->caller_count++]
                                                     : NULL;
}

/** For how long of the time measured others' pictures should have come. */
static int64_t pictures_due_us(const struct seat *seat)
{
    const struct roster *roster = seat->roster;
    int64_t from_us = seat->pictures_due_us;
    if (roster->begin_us == 0 || from_us == 0) {
        return 0;
    }
    from_us = from_us > roster->begin_us ? from_us : roster->begin_us;
    return turn_now_us(roster->kit.turn) - from_us;
}

static void note(struct seat *seat)
{
    struct roster *roster = seat->roster;
    struct caller_result *result = seat->noted ? NULL : next_result(roster);
    if (result == NULL) {
        return;
    }
    seat->noted = true;
    result->config = *caller_config(seat->caller);
    result->state = caller_state(seat->caller);
    result->cause = caller_cause(seat->caller);
    (void)snprintf(result->message, sizeof(result->message), "%s", caller_message(seat->caller));
    caller_stats(seat->caller, roster->scratch);
    const struct measure_time time = {.begin_us = roster->begin_us,
                                      .mark = seat->begin,
                                      .sound_due_us = seat->sound_due_us,
                                      .spoken_us = roster_spoken_us(seat)};
    measure_take(roster->scratch, &time);
    result->pictures_due_us = pictures_due_us(seat);
    span_copy(&result->stats, roster->scratch);
    result->times = *caller_times(seat->caller);
    caller_agent_counts(seat->caller, &result->datagrams);
    mos_of_stats(&result->mos, &result->stats, roster->tally->audio_bps);
}

static void vacate(struct seat *seat)
{
    if (seat->caller == NULL) {
        return;
    }
    set_up(seat, false);
    caller_free(&seat->caller);
    span_free(&seat->begin);
    span_free(&seat->second);
    span_free(&seat->window);
    seat->counts = (struct agent_counts){0};
    seat->mos = 0;
    seat->window_us = 0;
    seat->sound_due = false;
    seat->sound_due_us = 0;
    seat->pictures_due_us = 0;
    seat->noted = false;
}

/** A caller that could not even begin: ERR_INVALID = no URL serves what it is to do. */
static void note_stillborn(struct roster *roster, const struct caller_config *config, int err)
{
    struct caller_result *result = next_result(roster);
    roster->failed++;
    if (result != NULL) {
        result->config = *config;
        result->state = CALLER_FAILED;
        result->cause = err == ERR_INVALID ? LOAD_NOT_FOUND : LOAD_NO_RESOURCES;
        (void)snprintf(result->message, sizeof(result->message), "%s",
                       err == ERR_INVALID ? "" : descriptors_shortage());
    }
}

static void admit(struct seat *seat, uint32_t number)
{
    struct roster *roster = seat->roster;
    struct caller_config config;
    crowd_describe(roster->scenario, seat->index, &config);
    config.seed += number - config.number;
    config.number = number;
    (void)snprintf(config.name, sizeof(config.name), "caller %u", number);
    int err = caller_new(&seat->caller, &roster->kit, &config, on_caller, seat);
    if (err != 0) {
        note_stillborn(roster, &config, err);
        return;
    }
    roster->joining++;
}

void roster_admit(struct roster *roster, uint32_t i)
{
    admit(&roster->seats[i], i + 1);
}

void roster_churn(struct roster *roster)
{
    uint32_t from = rand_below(&roster->rand, roster->seat_count);
    for (uint32_t k = 0; k < roster->seat_count; k++) {
        struct seat *seat = &roster->seats[(from + k) % roster->seat_count];
        if (seat->up && roster->tally->caller_count < roster->result_room) {
            caller_speak(seat->caller, false);
            set_up(seat, false);
            caller_leave(seat->caller);
            note(seat);
            vacate(seat);
            admit(seat, roster->next_number++);
            return;
        }
    }
}

void roster_begin(struct roster *roster)
{
    roster->begin_us = turn_now_us(roster->kit.turn);
}

void roster_mark(struct roster *roster, uint32_t part, uint32_t parts)
{
    uint64_t from = (uint64_t)roster->seat_count * part / parts;
    uint64_t to = (uint64_t)roster->seat_count * (part + 1) / parts;
    for (uint64_t i = from; i < to; i++) {
        struct seat *seat = &roster->seats[i];
        if (seat->caller != NULL) {
            caller_stats(seat->caller, roster->scratch);
            (void)span_set(&seat->begin, roster->scratch);
        }
    }
}

void roster_sweep(struct roster *roster)
{
    for (uint32_t i = 0; roster->broken > 0 && i < roster->seat_count; i++) {
        struct seat *seat = &roster->seats[i];
        if (seat->caller != NULL && caller_state(seat->caller) == CALLER_FAILED) {
            note(seat);
            vacate(seat);
            roster->broken--;
        }
    }
}

void roster_note(struct roster *roster)
{
    for (uint32_t i = 0; i < roster->seat_count; i++) {
        if (roster->seats[i].caller != NULL) {
            note(&roster->seats[i]);
        }
    }
}

bool roster_leave(struct roster *roster, uint32_t most)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < roster->seat_count; i++) {
        struct seat *seat = &roster->seats[i];
        if (seat->caller == NULL) {
            continue;
        }
        if (left++ == most) {
            return true;
        }
        set_up(seat, false);
        caller_leave(seat->caller);
        vacate(seat);
    }
    return false;
}

/* Life. */

static void set_rooms(struct roster *roster)
{
    int64_t now_us = turn_now_us(roster->kit.turn);
    uint32_t first = 0;
    for (uint32_t i = 0; i < roster->room_count; i++) {
        struct roster_room *room = &roster->rooms[i];
        crowd_room(roster->scenario, i, &room->about);
        room->roster = roster;
        room->first = first;
        first += room->about.people;
        talk_spurts_init(&room->talk, room->about.all_at_once ? 0 : room->about.speakers,
                         rand_u64(&roster->rand), now_us);
        turn_timer_init(&room->timer, on_room_timer, room);
        turn_set(roster->kit.turn, &room->timer, talk_spurts_next_deadline(&room->talk));
    }
}

int roster_init(struct roster *roster, const struct caller_kit *kit,
                const struct scenario *scenario, struct tally *tally)
{
    *roster = (struct roster){.kit = *kit, .scenario = scenario, .tally = tally};
    rand_init(&roster->rand, scenario->seed);
    roster->seat_count = crowd_people(scenario);
    roster->room_count = crowd_rooms(scenario);
    roster->next_number = roster->seat_count + 1;
    double again = scenario->churn_per_s * (double)scenario->duration_us / 1e6;
    roster->result_room = roster->seat_count + (size_t)again + 1;
    roster->seats = calloc(roster->seat_count, sizeof(*roster->seats));
    roster->rooms = calloc(roster->room_count, sizeof(*roster->rooms));
    roster->scratch = calloc(1, sizeof(*roster->scratch));
    tally->callers = calloc(roster->result_room, sizeof(*tally->callers));
    if (roster->seats == NULL || roster->rooms == NULL || roster->scratch == NULL ||
        tally->callers == NULL) {
        roster_deinit(roster);
        return ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < roster->seat_count; i++) {
        roster->seats[i].roster = roster;
        roster->seats[i].index = i;
    }
    set_rooms(roster);
    return 0;
}

void roster_deinit(struct roster *roster)
{
    for (uint32_t i = 0; roster->seats != NULL && i < roster->seat_count; i++) {
        vacate(&roster->seats[i]);
    }
    for (uint32_t i = 0; roster->rooms != NULL && i < roster->room_count; i++) {
        if (roster->rooms[i].roster != NULL) {
            turn_set(roster->kit.turn, &roster->rooms[i].timer, INT64_MAX);
        }
    }
    free(roster->seats);
    free(roster->rooms);
    free(roster->scratch);
    *roster = (struct roster){.seats = NULL};
}

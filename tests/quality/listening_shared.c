/**
 * A hundred times somebody begins or ends to be heard, and so goes from the shared encoder to one
 * of his own and back: what he hears of the others must not suffer. Held against the same room in
 * which nobody but the others is ever heard, so that one encoder makes it all, as one of his own
 * that is never shared would.
 *
 * Those who come and go only claim to be loud and send silence: the sound to be heard is the same
 * in both rooms.
 */
#include <math.h>
#include <string.h>

#include "quality/case.h"
#include "quality/hearing.h"
#include "sim/scenario.h"

enum {
    SPEECH_S = 60,
    TALKERS = 2,
    CLAIMANTS = 4,
    CLAIM_US = 600000,
    EACH_US = 4800000, /* 60 s / 4.8 s, beginning and end, four people: 100 events */
    LOUD_DBOV = 25,
    SILENT_DBOV = 127,
    SETTLING = 20 /* frames, until an encoder's silence is all the same */
};

static const struct ear_buffer buffer = {.us = 100000};

/** Sends silence, and now and then calls it loud. */
struct claimant {
    const struct room *room;
    int64_t first_us; /* INT64_MAX = never */
};

struct room {
    struct hearing hearing;
    uint8_t silence[SOURCE_MAX_PAYLOAD]; /* a packet of it */
    size_t silence_bytes;
    struct claimant claimants[CLAIMANTS];
    struct hearing_person *people[CLAIMANTS];
};

static size_t next_packet(void *owner, int64_t capture_us, uint8_t *out, uint8_t *level)
{
    const struct claimant *claimant = owner;
    memcpy(out, claimant->room->silence, claimant->room->silence_bytes);
    int64_t since_us = capture_us - claimant->first_us;
    *level = since_us >= 0 && since_us % EACH_US < CLAIM_US ? LOUD_DBOV : SILENT_DBOV;
    return claimant->room->silence_bytes;
}

static int add_claimant(struct room *room, size_t i)
{
    static const struct peer_config config = {
        .audio_sources = 1, .audio_slots = 1, .audio_nack = true, .audio_red = true};
    static const struct recorded_speech_pauses silent = {1000 * SPEECH_S, 0, 0};
    struct claimant *claimant = &room->claimants[i];
    int err = hearing_join(&room->hearing, &config, &silent, NULL, &room->people[i]);
    if (err == 0) {
        *claimant = (struct claimant){.room = room, .first_us = INT64_MAX};
        source_set_voice(peer_source(room->people[i]->peer, MEDIA_AUDIO),
                         &(struct source_voice){.next = next_packet, .owner = claimant});
    }
    return err;
}

/** A mouth that says nothing makes the packet. */
static int make_silence(struct room *room)
{
    struct mouth mouth;
    uint8_t level = 0;
    int err = mouth_init(&mouth, NULL);
    for (int i = 0; i < SETTLING && err == 0; i++) {
        room->silence_bytes = mouth_next(&mouth, 0, room->silence, &level);
    }
    mouth_deinit(&mouth);
    return err;
}

static int hold_talk(struct room *room, uint64_t seed, bool claims)
{
    static const struct peer_config talker = {.audio_sources = 1, .audio_nack = true};
    struct hearing *hearing = &room->hearing;
    int err = hearing_init(hearing, seed, SPEECH_S);
    if (err == 0) {
        err = make_silence(room);
    }
    for (size_t i = 0; i < TALKERS && err == 0; i++) {
        struct hearing_person *person = NULL;
        err = hearing_join(hearing, &talker, NULL, NULL, &person);
    }
    for (size_t i = 0; i < CLAIMANTS && err == 0; i++) {
        err = add_claimant(room, i);
    }
    if (err == 0) {
        hearing_begin(hearing);
        for (size_t i = 0; i < CLAIMANTS && claims; i++) {
            room->claimants[i].first_us = hearing->start_us + (int64_t)i * EACH_US / CLAIMANTS;
        }
        hearing_finish(hearing);
        hearing_expect(hearing, room->people[0]);
    }
    return err;
}

/** Scores of one room: means over those who listen, and the worst. */
struct scores {
    double estoi;
    double worst_estoi;
    double lsd_db;
    uint64_t copies;
    uint64_t rejoins;
};

static int listen(struct quality_run *run, bool claims, struct scores *out)
{
    struct room room = {.people = {NULL}};
    int err = hold_talk(&room, run->seed, claims);
    *out = (struct scores){.worst_estoi = 1};
    size_t count = claims ? CLAIMANTS : 1; /* all hear the same while nobody claims anything */
    for (size_t i = 0; i < count && err == 0; i++) {
        err = hearing_judge(&room.hearing, room.people[i], &buffer);
        if (err == 0) {
            out->estoi += room.hearing.score.estoi / (double)count;
            out->lsd_db += room.hearing.score.lsd_db / (double)count;
            out->worst_estoi = fmin(out->worst_estoi, room.hearing.score.estoi);
        }
    }
    if (err == 0) {
        struct event_counters counters = world_counters(room.hearing.world);
        out->copies = counters.mix.copies;
        out->rejoins = counters.mix.rejoins;
    }
    if (err == 0 && claims) {
        hearing_report(&room.hearing, &run->report);
        hearing_draw(&room.hearing, &run->trace);
    }
    hearing_deinit(&room.hearing);
    return err;
}

QUALITY_CASE(mix_shared, "mixing",
             "two talk, four listen in one slot each and are heard 50 times for a moment")
{
    struct scores calm;
    struct scores moved;
    run->to_us = SPEECH_S * SECOND_US;
    int err = listen(run, false, &calm);
    if (err == 0) {
        err = listen(run, true, &moved);
    }
    if (err != 0) {
        return err;
    }
    struct report *report = &run->report;
    report_number(report, "encoder copies", 0, (double)moved.copies);
    report_number(report, "rejoins", 0, (double)moved.rejoins);
    report_number(report, "unshared ESTOI", 4, calm.estoi);
    report_number(report, "shared ESTOI", 4, moved.estoi);
    report_bar(report, moved.copies >= 40, "there is an encoder for each who is heard", "%u",
               (unsigned)moved.copies);
    report_bar(report, fabs(moved.worst_estoi - calm.estoi) <= 0.005,
               "ESTOI within 0.005 of an unshared encoder's, for each", "%.4f, %.4f",
               moved.worst_estoi, calm.estoi);
    report_bar(report, moved.lsd_db <= calm.lsd_db + 0.05, "LSD is that of an unshared encoder",
               "%.3f dB, %.3f dB", moved.lsd_db, calm.lsd_db);
    return 0;
}

/**
 * Five people say a word now and then, and a listener hears the mix: nobody is decoded before he
 * speaks, so the first syllable is there only if he is decoded from his first packet on. How strong
 * the first 60 ms of each word are, beside the rest of it and beside what was said; and without
 * pre-roll, which is little less as long as places in the mix are free: then nobody waits until it
 * is certain that somebody speaks.
 */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "quality/case.h"
#include "quality/hearing.h"
#include "quality/ideal_mixer.h"
#include "room/tap.h"
#include "sim/scenario.h"

enum {
    SPEECH_S = 45,
    TALKERS = 5,
    PER_MS = 48,
    FRAME = 10 * PER_MS,
    ONSET_FRAMES = 6,  /* judged */
    REST_FRAMES = 40,  /* of the word, to be compared with */
    QUIET_FRAMES = 30, /* before it */
    SETTLED_FRAME = 500,
    MAX_ONSETS = 256,
    THIN = 6,                /* samples taken as one, to look where a word begins */
    SEARCHED = 150 * PER_MS, /* so much of the word, */
    REACH = 80 * PER_MS      /* so far around where the rest is heard */
};

static const struct ear_buffer buffer = {.us = 100000};

/** Most packets from before an onset that a mix may have. */
static size_t most_preroll = SIZE_MAX;

/* The linker puts the one in the place of tap_open, and calls that the other (Makefile). */
void __real_tap_open(struct tap *tap, struct bridge_source *source, size_t layer, size_t preroll);
void __wrap_tap_open(struct tap *tap, struct bridge_source *source, size_t layer, size_t preroll);

void __wrap_tap_open(struct tap *tap, struct bridge_source *source, size_t layer, size_t preroll)
{
    __real_tap_open(tap, source, layer, preroll < most_preroll ? preroll : most_preroll);
}

/* Mean energies: -60 dBFS begins a word, and its first 60 ms are at least at -45 dBFS. */
static const double silence = 1e-6;
static const double sound = 3e-5;

/** Mean energies of frames of 10 ms. */
struct energies {
    double *said;  /* owned */
    double *heard; /* owned */
    size_t count;
};

static double energy(const float *at, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)at[i] * at[i];
    }
    return sum / (double)count;
}

static int measure(const struct hearing *hearing, struct energies *out)
{
    out->count = hearing->speech / FRAME;
    out->said = malloc(out->count * sizeof(*out->said));
    out->heard = malloc(out->count * sizeof(*out->heard));
    if (out->said == NULL || out->heard == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < out->count; i++) {
        out->said[i] = energy(hearing->said + i * FRAME, FRAME);
        out->heard[i] = energy(hearing->in_step + i * FRAME, FRAME);
    }
    return 0;
}

static double sum_of(const double *at, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += at[i];
    }
    return sum;
}

/** True when a word begins in a frame, after silence. */
static bool begins(const struct energies *energies, size_t frame)
{
    for (size_t i = frame - QUIET_FRAMES; i < frame; i++) {
        if (energies->said[i] > silence) {
            return false;
        }
    }
    return energies->said[frame] > silence &&
           sum_of(energies->said + frame, ONSET_FRAMES) > ONSET_FRAMES * sound;
}

/** Correlation of the beginning of a word with what was heard somewhere. */
static double likeness(const float *said, const float *heard)
{
    double product = 0;
    double said_energy = 0;
    double heard_energy = 0;
    for (size_t i = 0; i < SEARCHED; i += THIN) {
        double x = 0;
        double y = 0;
        for (size_t j = i; j < i + THIN; j++) {
            x += said[j];
            y += heard[j];
        }
        product += x * y;
        said_energy += x * x;
        heard_energy += y * y;
    }
    return product / sqrt(said_energy * fmax(heard_energy, said_energy * 1e-4) + 1e-12);
}

/** Where the beginning of a word is heard: a mix may play it later than the rest, and catch up. */
static size_t find_beginning(const struct hearing *hearing, size_t at)
{
    size_t block = at / (ALIGNMENT_HOP_MS * PER_MS) + 3;
    block = block < hearing->alignment.count ? block : hearing->alignment.count - 1;
    size_t usual = at + (size_t)(hearing->alignment.blocks[block].delay_ms * PER_MS);
    size_t best = usual;
    double most = -1;
    for (size_t place = usual - REACH; place + SEARCHED < hearing->count && place < usual + REACH;
         place += THIN) {
        double match = likeness(hearing->said + at, hearing->heard + place);
        if (match > most) {
            most = match;
            best = place;
        }
    }
    return best;
}

/** How much stronger the beginning is heard than the rest, beside the same of what was said. */
static double onset_db(const struct hearing *hearing, const struct energies *energies, size_t frame)
{
    const double *said = energies->said + frame;
    const double *heard = energies->heard + frame;
    const float *beginning = hearing->heard + find_beginning(hearing, frame * FRAME);
    double first =
        energy(beginning, ONSET_FRAMES * FRAME) * ONSET_FRAMES / sum_of(said, ONSET_FRAMES);
    double rest =
        sum_of(heard + ONSET_FRAMES, REST_FRAMES) / sum_of(said + ONSET_FRAMES, REST_FRAMES);
    return 10 * log10(fmax(first, 1e-6) / fmax(rest, 1e-6));
}

/** What the onsets of a run come to. */
struct onsets {
    double db[MAX_ONSETS]; /* in order of time */
    size_t count;
    double off_db; /* most of a word, to either side, from what the relay received of it */
};

static void find_onsets(const struct hearing *hearing, const struct energies *energies,
                        struct trace *trace, struct onsets *out)
{
    trace_set_kind(trace, "onset/first 60 ms", TRACE_DOTS);
    for (size_t i = SETTLED_FRAME; i + ONSET_FRAMES + REST_FRAMES < energies->count; i++) {
        if (out->count < MAX_ONSETS && begins(energies, i)) {
            double db = onset_db(hearing, energies, i);
            out->db[out->count++] = db;
            trace_append(trace, "onset/first 60 ms", (int64_t)i * 10000, fabs(db));
        }
    }
}

static int hold_talk(struct hearing *hearing, uint64_t seed, struct hearing_person **listener)
{
    static const struct peer_config talker = {.audio_sources = 1, .audio_nack = true};
    static const struct peer_config phone = {
        .audio_slots = 1, .audio_nack = true, .audio_red = true};
    const struct recorded_speech_pauses rare = {300 + 400 * (unsigned)(seed % 8), 7000, 10000};
    struct hearing_person *person = NULL;
    int err = hearing_init(hearing, seed, SPEECH_S);
    for (size_t i = 0; i < TALKERS && err == 0; i++) {
        err = hearing_join(hearing, &talker, &rare, NULL, &person);
    }
    if (err == 0) {
        err = hearing_join(hearing, &phone, NULL, NULL, &person);
    }
    if (err == 0) {
        hearing_begin(hearing);
        hearing_finish(hearing);
        hearing_expect(hearing, person);
        err = hearing_judge(hearing, person, &buffer);
    }
    *listener = person;
    return err;
}

/** What coding did to a word before it came to the relay is not of the mix. */
static int compare_with_received(struct hearing *hearing, const struct hearing_person *listener,
                                 struct onsets *onsets)
{
    struct energies energies = {.said = NULL};
    struct trace unseen = {.count = 0};
    struct onsets received = {.count = 0};
    int err = hearing_judge_received(hearing, listener);
    if (err == 0) {
        err = measure(hearing, &energies);
    }
    if (err == 0) {
        find_onsets(hearing, &energies, &unseen, &received);
    }
    for (size_t i = 0; i < received.count && err == 0; i++) {
        onsets->off_db = fmax(onsets->off_db, fabs(onsets->db[i] - received.db[i]));
    }
    trace_deinit(&unseen);
    free(energies.said);
    free(energies.heard);
    return err;
}

/** @param run scores and plots, NULL = none; *onsets is added to */
static int run_onsets(uint64_t seed, struct quality_run *run, struct onsets *onsets)
{
    struct hearing hearing;
    struct hearing_person *listener = NULL;
    struct energies energies = {.said = NULL};
    struct trace unseen = {.count = 0};
    int err = hold_talk(&hearing, seed, &listener);
    if (err == 0) {
        err = measure(&hearing, &energies);
    }
    if (err == 0) {
        find_onsets(&hearing, &energies, run != NULL ? &run->trace : &unseen, onsets);
    }
    if (err == 0 && run != NULL) {
        hearing_report(&hearing, &run->report);
        hearing_draw(&hearing, &run->trace);
        err = compare_with_received(&hearing, listener, onsets);
    }
    trace_deinit(&unseen);
    free(energies.said);
    free(energies.heard);
    hearing_deinit(&hearing);
    return err;
}

static double least_db(const struct onsets *onsets)
{
    double least = onsets->db[0];
    for (size_t i = 1; i < onsets->count; i++) {
        least = fmin(least, onsets->db[i]);
    }
    return least;
}

static double mean_db(const struct onsets *onsets)
{
    return onsets->count == 0 ? 0 : sum_of(onsets->db, onsets->count) / (double)onsets->count;
}

QUALITY_CASE(mix_onsets, "mixing", "five say a word now and then, a listener hears the mix")
{
    struct onsets onsets = {.count = 0};
    struct onsets without = {.count = 0};
    run->to_us = SPEECH_S * SECOND_US;
    int err = run_onsets(run->seed, run, &onsets);
    if (err == 0) {
        most_preroll = 0;
        err = run_onsets(run->seed, NULL, &without);
        most_preroll = SIZE_MAX;
    }
    if (err != 0) {
        return err;
    }
    double weakest = onsets.count == 0 ? -99 : least_db(&onsets);
    report_number(&run->report, "onsets", 0, (double)onsets.count);
    report_number(&run->report, "onset |mean| dB", 2, fabs(mean_db(&onsets)));
    report_number(&run->report, "onset weakest -dB", 2, fmax(-weakest, 0));
    report_number(&run->report, "onset off dB", 2, onsets.off_db);
    report_number(&run->report, "no pre-roll, -dB", 2, fmax(-mean_db(&without), 0));
    report_bar(&run->report, onsets.count >= 5 && fabs(mean_db(&onsets)) <= 1,
               "the first 60 ms of a word are within 1 dB of the source", "%.2f dB, %zu words",
               mean_db(&onsets), onsets.count);
    report_bar(&run->report, onsets.off_db <= 0.5,
               "of each word they are within 0.5 dB of what the relay received", "%.2f dB",
               onsets.off_db);
    report_bar(&run->report, weakest >= -4, "no word loses 4 dB of them", "%.2f dB", weakest);
    return 0;
}

/**
 * Five people say a word now and then, and a listener hears the mix: nobody is decoded before he
 * speaks, so the first syllable is there only if he is decoded from his first packet on. How strong
 * the first 60 ms of each word are, beside the rest of it: first in what a plain decoder makes of
 * the packets that the speaker sent, then in the mix. What is lost from the one to the other is the
 * relay's part. What is lost before is the speaker's codec's: at a browser's 32 kbit/s it models a
 * faint beginning too weak now and then (by 2 dB in one word of seed 1), at 128 kbit/s by no more
 * than 0.2 dB; whoever hears him without a relay misses as much.
 *
 * And without pre-roll, which is little less as long as places in the mix are free: then nobody
 * waits until it is certain that somebody speaks.
 *
 * And with talkers whose encoders leave pauses out (DTX), in rooms with noise: then the encoder of
 * the talker decides how a word begins, in some of them too late.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    ONSET = 60 * PER_MS, /* judged */
    REST = 400 * PER_MS, /* of the word, to be compared with */
    QUIET_FRAMES = 30,   /* before it */
    SETTLED = 5 * 1000 * PER_MS,
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

/** Most that a mix may add to a beginning, or take from it: a second coding and 19 ms at the front
 * of a faint packet are less. */
static const double relay_db = 0.25;

/** The same words, in step. */
struct words {
    const struct hearing *hearing;
    float *received; /* owned: what a plain decoder makes of what the relay received */
};

/** What the words of a run come to. */
struct onsets {
    size_t count;
    double sum_db;       /* of all, from what was said to what is heard */
    double weakest_db;   /* the least of it */
    double received_db;  /* the least of what the relay received, against what was said */
    double relay_db;     /* most, to either side, between the two */
    double weaker_db;    /* and most by which the mix is weaker */
    size_t received_off; /* words that a plain decoder brings off by more than 1 dB, */
    size_t mix_off;      /* and those of the others that the mix does */
};

static double energy(const float *at, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)at[i] * at[i];
    }
    return sum / (double)count;
}

/** True when a word begins at a sample, after silence. */
static bool begins(const float *said)
{
    for (size_t i = 1; i <= QUIET_FRAMES; i++) {
        if (energy(said - i * FRAME, FRAME) > silence) {
            return false;
        }
    }
    return energy(said, FRAME) > silence && energy(said, ONSET) > sound;
}

/** Correlation of the beginning of a word with what was heard somewhere. */
static double likeness(const float *received, const float *heard)
{
    double product = 0;
    double received_energy = 0;
    double heard_energy = 0;
    for (size_t i = 0; i < SEARCHED; i += THIN) {
        double x = 0;
        double y = 0;
        for (size_t j = i; j < i + THIN; j++) {
            x += received[j];
            y += heard[j];
        }
        product += x * y;
        received_energy += x * x;
        heard_energy += y * y;
    }
    return product / sqrt(received_energy * fmax(heard_energy, received_energy * 1e-4) + 1e-12);
}

/** Where the beginning of a word is heard: a mix may play it later than the rest, and catch up. */
static size_t find_beginning(const struct words *words, size_t at)
{
    const struct hearing *hearing = words->hearing;
    size_t block = at / (ALIGNMENT_HOP_MS * PER_MS) + 3;
    block = block < hearing->alignment.count ? block : hearing->alignment.count - 1;
    size_t usual = at + (size_t)(hearing->alignment.blocks[block].delay_ms * PER_MS);
    size_t best = usual;
    double most = -1;
    for (size_t place = usual - REACH; place + SEARCHED < hearing->count && place < usual + REACH;
         place++) {
        double match = likeness(words->received + at, hearing->heard + place);
        if (match > most) {
            most = match;
            best = place;
        }
    }
    return best;
}

/** How much stronger a beginning is, beside the rest of its word, than the same of another. */
static double stronger_db(const float *beginning, const float *rest, const float *than)
{
    double first = energy(beginning, ONSET) / energy(than, ONSET);
    double after = energy(rest, REST) / energy(than + ONSET, REST);
    return 10 * log10(fmax(first, 1e-6) / fmax(after, 1e-6));
}

static void add_word(const struct words *words, size_t at, struct trace *trace, struct onsets *out)
{
    const struct hearing *hearing = words->hearing;
    const float *received = words->received + at;
    double codec_db = stronger_db(received, received + ONSET, hearing->said + at);
    double mix_db = stronger_db(hearing->heard + find_beginning(words, at),
                                hearing->in_step + at + ONSET, received);
    double db = codec_db + mix_db;
    out->count++;
    out->sum_db += db;
    out->weakest_db = fmin(out->weakest_db, db);
    out->received_db = fmin(out->received_db, codec_db);
    out->relay_db = fmax(out->relay_db, fabs(mix_db));
    out->weaker_db = fmax(out->weaker_db, -mix_db);
    out->received_off += fabs(codec_db) > 1 ? 1 : 0;
    out->mix_off += fabs(codec_db) <= 1 && fabs(db) > 1 ? 1 : 0;
    trace_append(trace, "onset/first 60 ms", (int64_t)(at / PER_MS) * 1000, fabs(db));
    trace_append(trace, "onset/of it the relay's part", (int64_t)(at / PER_MS) * 1000,
                 fabs(mix_db));
}

/** True when one person alone speaks while a word begins: how two who begin together stand to each
 * other is no matter of onsets. */
static bool is_alone(const struct hearing *hearing, size_t at)
{
    size_t speakers = 0;
    for (size_t i = 0; i < hearing->people_count; i++) {
        const float *said = hearing->people[i].said;
        speakers += said != NULL && energy(said + at, ONSET + REST) > silence ? 1 : 0;
    }
    return speakers == 1;
}

static void add_words(const struct words *words, struct trace *trace, struct onsets *out)
{
    trace_set_kind(trace, "onset/first 60 ms", TRACE_DOTS);
    trace_set_kind(trace, "onset/of it the relay's part", TRACE_DOTS);
    for (size_t at = SETTLED; at + ONSET + REST < words->hearing->speech; at += FRAME) {
        if (begins(words->hearing->said + at) &&
            (words->hearing->coded == NULL || is_alone(words->hearing, at))) {
            add_word(words, at, trace, out);
        }
    }
}

/** @param coded how the talkers' sound is, NULL = usual; with DTX there is noise around them */
static int hold_talk(struct hearing *hearing, uint64_t seed,
                     const struct audio_encoder_config *coded, struct hearing_person **listener)
{
    const struct recorded_speech_pauses rare = {300 + 400 * (unsigned)(seed % 8), 7000, 10000};
    int err = hearing_init(hearing, seed, SPEECH_S);
    hearing->coded = coded;
    hearing->room_dbov = coded != NULL ? -72 : 0;
    return err != 0 ? err : hearing_of_mix(hearing, TALKERS, &rare, &buffer, listener);
}

/** @param run scores and plots, NULL = none */
static int run_onsets(uint64_t seed, const struct audio_encoder_config *coded,
                      struct quality_run *run, struct onsets *onsets)
{
    struct hearing hearing;
    struct hearing_person *listener = NULL;
    struct words words = {.hearing = &hearing};
    struct trace unseen = {.count = 0};
    *onsets = (struct onsets){.count = 0};
    int err = hold_talk(&hearing, seed, coded, &listener);
    if (err == 0) {
        words.received = malloc(hearing.count * sizeof(*words.received));
        err = words.received == NULL ? ERR_NO_MEMORY : 0;
    }
    if (err == 0) {
        hearing_receive(&hearing, listener, words.received);
        memmove(words.received, words.received + AUDIO_ENCODER_DELAY,
                (hearing.count - AUDIO_ENCODER_DELAY) * sizeof(*words.received));
        add_words(&words, run != NULL ? &run->trace : &unseen, onsets);
    }
    if (err == 0 && run != NULL) {
        hearing_report(&hearing, &run->report);
        hearing_draw(&hearing, &run->trace);
    }
    trace_deinit(&unseen);
    free(words.received);
    hearing_deinit(&hearing);
    return err;
}

static double mean_db(const struct onsets *onsets)
{
    return onsets->count == 0 ? 0 : onsets->sum_db / (double)onsets->count;
}

static int judge_onsets(struct quality_run *run, const struct audio_encoder_config *coded)
{
    struct onsets onsets;
    struct onsets without;
    run->to_us = SPEECH_S * SECOND_US;
    int err = run_onsets(run->seed, coded, run, &onsets);
    if (err == 0) {
        most_preroll = 0;
        err = run_onsets(run->seed, coded, NULL, &without);
        most_preroll = SIZE_MAX;
    }
    if (err != 0) {
        return err;
    }
    report_number(&run->report, "onsets", 0, (double)onsets.count);
    report_number(&run->report, "onset |mean| dB", 2, fabs(mean_db(&onsets)));
    report_number(&run->report, "weakest -dB", 2, -onsets.weakest_db);
    report_number(&run->report, "forwarded, weakest -dB", 2, -onsets.received_db);
    report_number(&run->report, "relay's part, dB", 2, onsets.relay_db);
    report_number(&run->report, "no pre-roll, -dB", 2, fmax(-mean_db(&without), 0));
    report_number(&run->report, "no pre-roll, relay's", 2, without.relay_db);
    report_bar(&run->report, onsets.count >= (coded == NULL ? 5 : 4) && fabs(mean_db(&onsets)) <= 1,
               "the first 60 ms of a word are within 1 dB of the source", "%.2f dB, %zu words",
               mean_db(&onsets), onsets.count);
    report_bar(&run->report, onsets.mix_off == 0,
               "each word's, that is so when its packets are forwarded",
               "%zu of %zu words are not, forwarded %zu", onsets.mix_off, onsets.count,
               onsets.received_off);
    if (coded == NULL) {
        report_bar(&run->report, onsets.relay_db <= relay_db,
                   "of each word they are within 0.25 dB of what the relay received", "%.2f dB",
                   onsets.relay_db);
    } else { /* what decoders make of a pause depends on all that they had before */
        report_bar(&run->report, onsets.weaker_db <= relay_db,
                   "of no word they are weaker by 0.25 dB than what the relay received", "%.2f dB",
                   onsets.weaker_db);
    }
    return 0;
}

QUALITY_CASE(mix_onsets, "mixing", "five say a word now and then, a listener hears the mix")
{
    return judge_onsets(run, NULL);
}

QUALITY_CASE(mix_onsets_dtx, "mixing", "the same in rooms with noise, and nothing is sent of it")
{
    struct audio_encoder_config pauses = audio_encoder_defaults();
    pauses.dtx = true;
    pauses.complexity = 9; /* as libwebrtc has it */
    return judge_onsets(run, &pauses);
}

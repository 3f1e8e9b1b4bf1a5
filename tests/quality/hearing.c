#include "quality/hearing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "score/spectral_distance.h"
#include "sim/scenario.h"

enum {
    WINDOW = 24000 /* samples of a point of the plots */,
    PER_MS = 48,
    FADE = 10 * PER_MS,
    FRAME_US = 20000
};

static int64_t us_of(size_t samples)
{
    return (int64_t)samples * 1000 / PER_MS;
}

int hearing_init(struct hearing *hearing, uint64_t seed, unsigned seconds)
{
    *hearing = (struct hearing){.speech = (size_t)seconds * RECORDED_SPEECH_HZ,
                                .first_voice = (unsigned)(seed % RECORDED_SPEECH_TALKERS)};
    hearing->count = hearing->speech + HEARING_TAIL_US / 1000 * PER_MS;
    hearing->said = calloc(hearing->count, sizeof(*hearing->said));
    hearing->heard = calloc(hearing->count, sizeof(*hearing->heard));
    hearing->in_step = calloc(hearing->count, sizeof(*hearing->in_step));
    if (hearing->said == NULL || hearing->heard == NULL || hearing->in_step == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = world_new(&hearing->world, seed);
    if (err == 0) {
        world_set_patient(hearing->world, true);
    }
    return err;
}

/** The mouth's next packet; what is in it is kept where it was said. */
static size_t next_packet(void *owner, int64_t capture_us, uint8_t *out, uint8_t *level)
{
    struct hearing_person *person = owner;
    struct mouth *mouth = &person->mouth;
    float pcm[PCM_MAX_SAMPLES];
    size_t samples = 0;
    size_t bytes = mouth_next(mouth, capture_us, out, level);
    if (bytes == 0 || audio_decoder_decode(person->decoder, out, bytes, pcm, &samples) != 0) {
        return bytes;
    }
    int64_t first = (capture_us - mouth->start_us) * PER_MS / 1000 - (int64_t)samples;
    for (size_t i = 0; i < samples; i++) {
        int64_t at = first + (int64_t)i;
        if (at >= 0 && at < (int64_t)mouth->count) {
            person->sent[at] = pcm[i];
        }
    }
    return bytes;
}

static int give_voice(struct hearing *hearing, struct hearing_person *person,
                      const struct recorded_speech_pauses *pauses)
{
    person->said = malloc(hearing->speech * sizeof(*person->said));
    person->sent = calloc(hearing->speech, sizeof(*person->sent));
    if (person->said == NULL || person->sent == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = audio_decoder_new(&person->decoder);
    if (err == 0) {
        err = mouth_init(&person->mouth, hearing->coded);
    }
    if (err == 0) {
        err = recorded_speech_read((hearing->first_voice + hearing->voices++) %
                                       RECORDED_SPEECH_TALKERS,
                                   pauses, person->said, hearing->speech);
    }
    if (err == 0) {
        if (hearing->room_dbov < 0) {
            mouth_surround(&person->mouth, hearing->room_dbov, hearing->voices);
        }
        source_set_voice(peer_source(person->peer, MEDIA_AUDIO),
                         &(struct source_voice){.next = next_packet, .owner = person});
        mouth_say(&person->mouth, person->said, hearing->speech, hearing->start_us);
    }
    return err;
}

int hearing_join(struct hearing *hearing, const struct peer_config *config,
                 const struct recorded_speech_pauses *pauses, const struct link_config *path,
                 struct hearing_person **out)
{
    if (hearing->people_count == HEARING_MAX) {
        return ERR_FULL;
    }
    struct hearing_person *person = &hearing->people[hearing->people_count];
    int err = world_join(hearing->world, config, path == NULL ? &clean_path : path, &person->peer);
    if (err != 0) {
        return err;
    }
    hearing->people_count++;
    ear_init(&person->ear);
    if (config->audio_slots > 0) {
        person->listens = true;
        ear_attach(&person->ear, peer_sink(person->peer, MEDIA_AUDIO, 0));
    }
    *out = person;
    return config->audio_sources > 0 ? give_voice(hearing, person, pauses) : 0;
}

/** Silence but for every n-th turn, which fades in and out. */
static void keep_turns(float *said, size_t count, size_t turn, size_t which, size_t of)
{
    for (size_t i = 0; i < count; i++) {
        size_t within = i % turn;
        size_t edge = within < turn - 1 - within ? within : turn - 1 - within;
        float fade = edge < FADE ? (float)edge / FADE : 1;
        said[i] *= i / turn % of == which ? fade : 0;
    }
}

void hearing_take_turns(struct hearing *hearing, int64_t turn_us)
{
    size_t which = 0;
    for (size_t i = 0; i < hearing->people_count; i++) {
        if (hearing->people[i].said != NULL) {
            keep_turns(hearing->people[i].said, hearing->speech, (size_t)(turn_us * PER_MS / 1000),
                       which++, hearing->voices);
        }
    }
}

/** A period fades in and out, so that it ends in no click. */
static void repeat(float *said, size_t count, size_t period)
{
    for (size_t i = 0; i < count; i++) {
        if (i < period) {
            size_t edge = i < period - 1 - i ? i : period - 1 - i;
            said[i] *= edge < FADE ? (float)edge / FADE : 1;
        } else {
            said[i] = said[i - period];
        }
    }
}

void hearing_repeat(struct hearing *hearing, int64_t period_us)
{
    for (size_t i = 0; i < hearing->people_count; i++) {
        if (hearing->people[i].said != NULL) {
            repeat(hearing->people[i].said, hearing->speech, (size_t)(period_us * PER_MS / 1000));
        }
    }
}

void hearing_begin(struct hearing *hearing)
{
    hearing->start_us = world_now_us(hearing->world) + HEARING_LEAD_US;
    for (size_t i = 0; i < hearing->people_count; i++) {
        struct hearing_person *person = &hearing->people[i];
        if (person->said != NULL) {
            mouth_say(&person->mouth, person->said, hearing->speech, hearing->start_us);
        }
    }
    world_run(hearing->world, HEARING_LEAD_US);
}

void hearing_run_until(struct hearing *hearing, int64_t at_us)
{
    world_run(hearing->world, hearing->start_us + at_us - world_now_us(hearing->world));
}

void hearing_finish(struct hearing *hearing)
{
    hearing_run_until(hearing, us_of(hearing->count));
}

void hearing_expect(struct hearing *hearing, const struct hearing_person *listener)
{
    memset(hearing->said, 0, hearing->count * sizeof(*hearing->said));
    for (size_t i = 0; i < hearing->people_count; i++) {
        const struct hearing_person *person = &hearing->people[i];
        for (size_t j = 0; person != listener && person->said != NULL && j < hearing->speech; j++) {
            hearing->said[j] += person->said[j];
        }
    }
}

int hearing_judge_heard(struct hearing *hearing)
{
    alignment_deinit(&hearing->alignment);
    return sound_score(hearing->said, hearing->heard, hearing->count, hearing->in_step,
                       &hearing->alignment, &hearing->score);
}

int hearing_judge(struct hearing *hearing, const struct hearing_person *listener,
                  const struct ear_buffer *buffer)
{
    int err = ear_play(&listener->ear, buffer, hearing->start_us, hearing->heard, hearing->count,
                       &hearing->account);
    return err != 0 ? err : hearing_judge_heard(hearing);
}

double hearing_concealed(const struct hearing *hearing)
{
    double played_us = (double)hearing->account.played * FRAME_US;
    double concealed_us = (double)(hearing->account.concealed_us - hearing->account.paused_us);
    return 100 * concealed_us / (played_us + concealed_us);
}

void hearing_report(const struct hearing *hearing, struct report *report)
{
    const struct sound_score *score = &hearing->score;
    report_number(report, "ESTOI", 3, score->estoi);
    report_number(report, "LSD dB", 2, score->lsd_db);
    report_number(report, "concealed %", 2, hearing_concealed(hearing));
    report_number(report, "mouth to ear ms", 0, score->delay_ms);
    report_number(report, "longest gap ms", 0, score->gap_ms);
    report_number(report, "inserted ms", 0, score->inserted_ms);
    report_number(report, "removed ms", 0, score->removed_ms);
}

void hearing_hold_against(const struct hearing *hearing, const struct hearing_bars *bars,
                          struct report *report)
{
    char what[REPORT_TEXT_BYTES];
    double concealed = hearing_concealed(hearing);
    (void)snprintf(what, sizeof(what), "ESTOI at least %.3f", bars->estoi);
    report_bar(report, hearing->score.estoi >= bars->estoi, what, "%.3f", hearing->score.estoi);
    (void)snprintf(what, sizeof(what), "LSD at most %.1f dB", bars->lsd_db);
    report_bar(report, hearing->score.lsd_db <= bars->lsd_db, what, "%.2f dB",
               hearing->score.lsd_db);
    (void)snprintf(what, sizeof(what), "at most %.1f %% concealed", bars->concealed);
    report_bar(report, concealed <= bars->concealed, what, "%.2f %%", concealed);
}

double hearing_distance_db(const struct hearing *hearing, int64_t from_us, int64_t to_us)
{
    struct spectral_distance distance;
    size_t from = (size_t)(from_us * PER_MS / 1000);
    size_t to = (size_t)(to_us * PER_MS / 1000);
    int err =
        spectral_distance(hearing->said + from, hearing->in_step + from, to - from, &distance);
    return err != 0 ? -1 : distance.lsd_db;
}

/** Above -80 dBFS. */
static double level_db(const float *at)
{
    double sum = 0;
    for (size_t i = 0; i < WINDOW; i++) {
        sum += (double)at[i] * at[i];
    }
    return 10 * log10(fmax(sum / WINDOW, 1e-8)) + 80;
}

static void draw_window(const struct hearing *hearing, size_t from, struct trace *trace)
{
    int64_t at_us = us_of(from);
    double said_db = level_db(hearing->said + from);
    trace_append(trace, "level/said", at_us, said_db);
    trace_append(trace, "level/heard, in step", at_us, level_db(hearing->in_step + from));
    if (said_db > 80 + RECORDED_SPEECH_DBFS - 15) {
        trace_append(trace, "distance/log-spectral", at_us,
                     hearing_distance_db(hearing, at_us, us_of(from + WINDOW)));
    }
}

void hearing_draw(const struct hearing *hearing, struct trace *trace)
{
    for (size_t from = 0; from + WINDOW <= hearing->speech; from += WINDOW) {
        draw_window(hearing, from, trace);
    }
    trace_set_kind(trace, "delay/mouth to ear", TRACE_STEP);
    for (size_t i = 0; i < hearing->alignment.count; i++) {
        trace_append(trace, "delay/mouth to ear", (int64_t)i * ALIGNMENT_HOP_MS * 1000,
                     hearing->alignment.blocks[i].delay_ms);
    }
}

int hearing_of_mix(struct hearing *hearing, size_t talkers,
                   const struct recorded_speech_pauses *pauses, const struct ear_buffer *buffer,
                   struct hearing_person **out)
{
    static const struct peer_config talker = {.audio_sources = 1, .audio_nack = true};
    static const struct peer_config phone = {
        .audio_slots = 1, .audio_nack = true, .audio_red = true};
    struct hearing_person *person = NULL;
    int err = 0;
    for (size_t i = 0; i < talkers && err == 0; i++) {
        err = hearing_join(hearing, &talker, pauses, NULL, &person);
    }
    if (err == 0) {
        err = hearing_join(hearing, &phone, NULL, NULL, out);
    }
    if (err == 0) {
        hearing_begin(hearing);
        hearing_finish(hearing);
        hearing_expect(hearing, *out);
        err = hearing_judge(hearing, *out, buffer);
    }
    return err;
}

void hearing_deinit(struct hearing *hearing)
{
    for (size_t i = 0; i < hearing->people_count; i++) {
        mouth_deinit(&hearing->people[i].mouth);
        ear_deinit(&hearing->people[i].ear);
        audio_decoder_free(&hearing->people[i].decoder);
        free(hearing->people[i].said);
        free(hearing->people[i].sent);
    }
    free(hearing->said);
    free(hearing->heard);
    free(hearing->in_step);
    alignment_deinit(&hearing->alignment);
    world_free(&hearing->world);
}

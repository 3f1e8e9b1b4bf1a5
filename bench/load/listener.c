#include "load/listener.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/said.h"
#include "load/tone_ear.h"
#include "score/sound_score.h"

enum {
    GROWTH = 16,
    RATE_HZ = 48000,
    STEP = 960,
    STEP_US = 20000,
    LEAST_SPEECH = 48000,    /* samples: less is not compared */
    DELAY_GUESS_US = 100000, /* of a mix whose delay was not found */
    DELAY_SLACK_US = 400000  /* around what is taken for silence */
};

static const double step_s = 0.02;
static const double block_s = 0.5;
static const double spoke_least_s = 3;  /* before somebody can be missing */
static const double heard_least = 0.25; /* of what was spoken */
static const double wrong_least_s = 0.9;
static const double sounding_most = 0.6; /* of a block: the tone has to be heard in it */

/** @return NULL without memory */
static struct listener_who *find_who(struct listener *listener, uint32_t caller)
{
    for (size_t i = 0; i < listener->who_count; i++) {
        if (listener->who[i].caller == caller) {
            return &listener->who[i];
        }
    }
    if (listener->who_count == listener->who_room) {
        size_t room = listener->who_room * 2 + GROWTH;
        struct listener_who *whos = realloc(listener->who, room * sizeof(*whos));
        if (whos == NULL) {
            return NULL;
        }
        listener->who = whos;
        listener->who_room = room;
    }
    struct listener_who *who = &listener->who[listener->who_count++];
    *who = (struct listener_who){.caller = caller};
    return who;
}

static const struct spoken_voice *find_voice(const struct listener_desk *desk, uint32_t caller)
{
    for (size_t i = 0; i < desk->voice_count; i++) {
        if (desk->voices[i].caller == caller) {
            return &desk->voices[i];
        }
    }
    return NULL;
}

/** Does a voice sound at this time? Its pauses within speech do not. */
static bool sounds(const struct listener_desk *desk, const struct spoken_voice *voice,
                   int64_t at_us)
{
    uint64_t place = 0;
    return spoken_at(voice, at_us, &place) && content_says(desk->content, voice->tone, place);
}

static unsigned voices_at(const struct listener_desk *desk, uint32_t listener, int64_t at_us)
{
    unsigned count = 0;
    for (size_t i = 0; i < desk->voice_count; i++) {
        count += desk->voices[i].caller != listener && sounds(desk, &desk->voices[i], at_us);
    }
    return count;
}

/** Forwarded voices: who should be heard in a window. */
static void expect_voices(struct listener *listener, const struct listener_desk *desk,
                          const struct listener_window *window, unsigned at_once)
{
    for (int64_t at_us = window->from_us; at_us < window->to_us; at_us += STEP_US) {
        unsigned count = voices_at(desk, listener->caller, at_us);
        for (size_t i = 0; i < desk->voice_count && count > 0 && count <= at_once; i++) {
            if (desk->voices[i].caller != listener->caller &&
                sounds(desk, &desk->voices[i], at_us)) {
                struct listener_who *who = find_who(listener, desk->voices[i].caller);
                if (who != NULL) {
                    who->spoke_s += step_s;
                }
            }
        }
    }
}

/** Forwarded voices: who is heard, by marks. */
static void note_marks(struct listener *listener, const struct listener_desk *desk,
                       const struct ear_packet *packets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct mark *mark = &packets[i].mark;
        if (!packets[i].marked || mark->content == CONTENT_QUIET) {
            continue;
        }
        const struct spoken_voice *voice = find_voice(desk, mark->caller);
        bool known = voice != NULL ? content_says(desk->content, voice->tone, mark->content)
                                   : spoken_elsewhere(desk->spoken, mark->caller, listener->room);
        struct listener_who *who = known ? find_who(listener, mark->caller) : NULL;
        if (who == NULL) {
            continue;
        }
        bool right = voice != NULL && (mark->caller != listener->caller || listener->echo);
        *(right ? &who->heard_s : &who->wrong_s) += step_s;
    }
}

/** More than one caller who was in the room in a span has this tone: it tells nobody. */
static bool is_shared(const struct listener_desk *desk, const struct spoken_voice *voice,
                      int64_t from_us, int64_t to_us)
{
    for (size_t i = 0; i < desk->voice_count; i++) {
        if (&desk->voices[i] != voice && desk->voices[i].tone == voice->tone &&
            spoken_there(&desk->voices[i], from_us, to_us)) {
            return true;
        }
    }
    return false;
}

/** Share of a span in which a voice sounds while not more do than a mix holds; *any: at all. */
static double sounding(const struct listener *listener, const struct listener_desk *desk,
                       const struct spoken_voice *voice, int64_t from_us, int64_t to_us, bool *any)
{
    unsigned steps = 0;
    unsigned sounding_steps = 0;
    *any = false;
    for (int64_t at_us = from_us; at_us < to_us; at_us += STEP_US) {
        steps++;
        if (sounds(desk, voice, at_us)) {
            *any = true;
            sounding_steps += voices_at(desk, listener->caller, at_us) <= LISTENER_AT_ONCE_IN_MIX;
        }
    }
    return steps == 0 ? 0 : (double)sounding_steps / steps;
}

static void note_block(struct listener *listener, const struct listener_desk *desk,
                       const struct spoken_voice *voice, const float *pcm, int64_t said_us)
{
    bool any = false;
    bool near = false;
    int64_t end_us = said_us + (int64_t)(block_s * 1e6);
    double share = sounding(listener, desk, voice, said_us, end_us, &any);
    (void)sounding(listener, desk, voice, said_us - DELAY_SLACK_US, end_us + DELAY_SLACK_US, &near);
    bool self = voice->caller == listener->caller && !listener->echo;
    bool due = share >= sounding_most && !self;
    if (!due && near && !self) {
        return; /* on the edge: it may be heard or not */
    }
    struct listener_who *who = find_who(listener, voice->caller);
    if (who == NULL) {
        return;
    }
    who->spoke_s += due ? block_s : 0;
    if (tone_ear_hears(pcm, voice->tone)) {
        *(due ? &who->heard_s : &who->wrong_s) += block_s;
    }
}

/** Does a voice's tone tell that it is heard, in a block of sound that was said at a time? */
static bool is_telling(const struct listener_desk *desk, const struct spoken_voice *voice,
                       int64_t said_us)
{
    int64_t from_us = said_us - DELAY_SLACK_US;
    int64_t to_us = said_us + (int64_t)(block_s * 1e6) + DELAY_SLACK_US;
    return spoken_there(voice, from_us, to_us) && !is_shared(desk, voice, from_us, to_us);
}

/** A mix: who is heard, by tones. */
static void note_tones(struct listener *listener, const struct listener_desk *desk,
                       const struct listener_window *window, int64_t delay_us)
{
    size_t samples = (size_t)((window->to_us - window->from_us) * RATE_HZ / 1000000);
    for (size_t at = TONE_EAR_SAMPLES; at + TONE_EAR_SAMPLES <= samples; at += TONE_EAR_SAMPLES) {
        int64_t said_us = window->from_us + (int64_t)at * 1000000 / RATE_HZ - delay_us;
        for (size_t i = 0; i < desk->voice_count; i++) {
            if (is_telling(desk, &desk->voices[i], said_us)) {
                note_block(listener, desk, &desk->voices[i], desk->heard + at, said_us);
            }
        }
    }
}

/** Compares what was heard with what was said. @return the delay, or -1 when it was not found */
static double compare(struct listener *listener, const struct listener_desk *desk, size_t samples,
                      size_t speech, int *err)
{
    struct sound_score score;
    struct alignment alignment;
    if (speech < LEAST_SPEECH) {
        return -1;
    }
    int result = sound_score(desk->said, desk->heard, samples, desk->in_step, &alignment, &score);
    if (result == ERR_NOT_FOUND) {
        listener->scored++; /* nothing of it came: ESTOI 0 */
        return -1;
    }
    if (result != 0) {
        *err = result == ERR_NO_MEMORY ? result : *err;
        return -1;
    }
    alignment_deinit(&alignment);
    listener->scored++;
    listener->compared++;
    listener->estoi += score.estoi > 0 ? score.estoi : 0;
    listener->lsd_db += score.lsd_db;
    listener->delay_ms += score.delay_ms;
    return score.delay_ms;
}

static bool is_mix(const struct ear_packet *packets, size_t count)
{
    size_t marked = 0;
    for (size_t i = 0; i < count; i++) {
        marked += packets[i].marked;
    }
    return marked * 2 < count;
}

static int judge_stream(struct listener *listener, const struct listener_desk *desk,
                        const struct listener_window *window, const struct ear_packet *packets,
                        size_t count, bool *mixed)
{
    bool mix = is_mix(packets, count);
    *mixed = *mixed || mix;
    if (!mix) {
        note_marks(listener, desk, packets, count);
    }
    if (packets[0].stream >= LISTENER_STREAMS) {
        return 0;
    }
    size_t samples = (size_t)((window->to_us - window->from_us) * RATE_HZ / 1000000);
    size_t tail = (size_t)LISTENER_TAIL_US / 1000 * (RATE_HZ / 1000);
    memset(desk->heard, 0, samples * sizeof(float));
    memset(desk->said, 0, samples * sizeof(float));
    const struct ear_stage stage = {
        .pcm = desk->heard, .samples = samples, .from_us = window->from_us};
    int err = ear_play(&listener->ears[packets[0].stream], packets, count, window->bytes, &stage);
    if (err != 0) {
        return err;
    }
    clipping_count(desk->heard, samples, &listener->clipping);
    listener->samples += samples;
    size_t speech =
        mix ? said_together(desk->content, desk->voices, desk->voice_count,
                            listener->echo ? 0 : listener->caller, desk->said, samples - tail,
                            window->from_us)
            : said_forwarded(desk->content, packets, count, desk->voices, desk->voice_count,
                             desk->said, samples - tail, window->from_us);
    double delay_ms = compare(listener, desk, samples, speech, &err);
    if (mix) {
        note_tones(listener, desk, window,
                   delay_ms >= 0 ? (int64_t)(delay_ms * 1000) : DELAY_GUESS_US);
    }
    return err;
}

/** Nothing came at all: of whoever spoke, something should have. */
static void judge_silence(struct listener *listener, const struct listener_desk *desk,
                          const struct listener_window *window)
{
    unsigned spoken = 0;
    for (int64_t at_us = window->from_us; at_us < window->to_us - LISTENER_TAIL_US;
         at_us += STEP_US) {
        spoken += voices_at(desk, listener->caller, at_us) > 0;
    }
    if (listener->at_once == 0 || spoken * STEP < LEAST_SPEECH) {
        return;
    }
    expect_voices(listener, desk, window, UINT_MAX);
    listener->scored++; /* ESTOI 0 */
    listener->windows++;
}

int listener_judge(struct listener *listener, const struct listener_desk *desk,
                   const struct listener_window *window)
{
    int64_t length_us = window->to_us - window->from_us;
    if (length_us < LISTENER_LEAST_US || length_us > LISTENER_WINDOW_US) {
        return 0;
    }
    if (window->count == 0) {
        judge_silence(listener, desk, window);
        return 0;
    }
    size_t count = ear_sort(window->packets, window->count);
    bool mixed = false;
    int err = 0;
    for (size_t i = 0; i < count && err == 0;) {
        size_t end = i;
        while (end < count && window->packets[end].stream == window->packets[i].stream) {
            end++;
        }
        err = judge_stream(listener, desk, window, window->packets + i, end - i, &mixed);
        i = end;
    }
    if (!mixed) {
        expect_voices(listener, desk, window, listener->at_once);
    }
    listener->windows++;
    return err;
}

void listener_score(const struct listener *listener, struct heard_score *out)
{
    out->sound = listener->scored > 0;
    out->estoi = out->sound ? listener->estoi / listener->scored : 0;
    out->compared = listener->compared > 0;
    out->lsd_db = listener->compared > 0 ? listener->lsd_db / listener->compared : 0;
    out->mouth_to_ear_ms = listener->compared > 0 ? listener->delay_ms / listener->compared : 0;
    out->clipped_share = listener->samples > 0
                             ? (double)(listener->clipping.jumps + listener->clipping.cut) /
                                   (double)listener->samples
                             : 0;
    size_t most = sizeof(out->wrong) / sizeof(out->wrong[0]);
    for (size_t i = 0; i < listener->who_count; i++) {
        const struct listener_who *who = &listener->who[i];
        if (who->wrong_s >= wrong_least_s && out->wrong_count < most) {
            out->wrong[out->wrong_count++] = who->caller;
        }
        if (who->spoke_s >= spoke_least_s && who->heard_s < heard_least * who->spoke_s &&
            out->missing_count < most) {
            out->missing[out->missing_count++] = who->caller;
        }
    }
}

void listener_deinit(struct listener *listener)
{
    for (size_t i = 0; i < LISTENER_STREAMS; i++) {
        ear_deinit(&listener->ears[i]);
    }
    free(listener->who);
    listener->who = NULL;
    listener->who_count = 0;
    listener->who_room = 0;
}

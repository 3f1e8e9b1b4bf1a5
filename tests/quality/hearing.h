/**
 * A room in which recorded speech is said, and what comes of it at each ear: the relay in virtual
 * time with real Opus at the ends.
 *
 * People join before anybody speaks (HEARING_LEAD_US); time 0 of the run is when the speech begins.
 */
#ifndef TESTS_QUALITY_HEARING_H
#define TESTS_QUALITY_HEARING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/audio_decoder.h"
#include "quality/report.h"
#include "quality/trace.h"
#include "score/alignment.h"
#include "score/sound_score.h"
#include "sim/ear.h"
#include "sim/mouth.h"
#include "sim/world.h"
#include "support/recorded_speech.h"

enum {
    HEARING_MAX = 24,
    HEARING_LEAD_US = 2000000,
    HEARING_TAIL_US = 1000000 /**< after the speech, until the last of it is heard */
};

/** Somebody in the room; with or without a mouth, with or without an ear (first audio slot). */
struct hearing_person {
    struct peer *peer;
    struct mouth mouth;
    float *said; /**< owned; NULL = says nothing */
    float *sent; /**< owned: what a plain decoder makes of the packets that it sends */
    struct audio_decoder *decoder; /**< of them */
    struct ear ear;
    bool listens;
};

struct hearing {
    struct world *world;
    struct hearing_person people[HEARING_MAX];
    size_t people_count;
    unsigned first_voice;                     /**< by the seed */
    unsigned voices;                          /**< taken so far */
    const struct audio_encoder_config *coded; /**< borrowed: how they are, NULL = usual; a test sets
                                                 it before they join */
    double room_dbov;                         /**< noise around them, below 0; 0 = none; likewise */
    size_t count;                             /**< samples of a run, its tail included */
    size_t speech;                            /**< samples in which somebody may speak */
    int64_t start_us;
    float *said;    /**< count: what is expected at an ear */
    float *heard;   /**< count: what was played there */
    float *in_step; /**< count: the same, moved to when it was said, by what was judged last */
    struct alignment alignment; /**< by it */
    struct ear_account account;
    struct sound_score score;
};

/** @param hearing need not be initialized. @return 0, or an error; hearing_deinit in any case */
int hearing_init(struct hearing *hearing, uint64_t seed, unsigned seconds);

/**
 * Somebody joins, on the usual path or another.
 *
 * @param config audio_sources: speaks with the next voice; audio_slots: the first one is heard
 * @param pauses between phrases, NULL = usual
 * @param path   NULL = clean_path
 */
int hearing_join(struct hearing *hearing, const struct peer_config *config,
                 const struct recorded_speech_pauses *pauses, const struct link_config *path,
                 struct hearing_person **out);

/** Before hearing_begin: all who have a voice speak in turn, each for so long. */
void hearing_take_turns(struct hearing *hearing, int64_t turn_us);

/** Before hearing_begin: each says again and again what is said first, so that the same words can
 * be compared. */
void hearing_repeat(struct hearing *hearing, int64_t period_us);

/** Time passes until speech begins. Those who join later find it under way. */
void hearing_begin(struct hearing *hearing);

/** Until this time of the run. */
void hearing_run_until(struct hearing *hearing, int64_t at_us);

/** Until all is heard. */
void hearing_finish(struct hearing *hearing);

/**
 * A whole run: so many with a microphone, and a telephone with one slot that hears them mixed and
 * is judged.
 *
 * @param pauses of those who talk
 * @param out    who listens, once he is there
 * @return 0 or an error
 */
int hearing_of_mix(struct hearing *hearing, size_t talkers,
                   const struct recorded_speech_pauses *pauses, const struct ear_buffer *buffer,
                   struct hearing_person **out);

/** What a listener should hear: all that others say, as it was said. */
void hearing_expect(struct hearing *hearing, const struct hearing_person *listener);

/** Plays what came to a listener and judges it against what is expected. @return 0 or an error */
int hearing_judge(struct hearing *hearing, const struct hearing_person *listener,
                  const struct ear_buffer *buffer);

/** Judges what is in `heard` already. @return 0 or an error */
int hearing_judge_heard(struct hearing *hearing);

/** Scores that one must at least reach. */
struct hearing_bars {
    double estoi;
    double lsd_db;
    double concealed; /**< percent of what was played */
};

/** Percent of what was played last that the receiver made up. */
double hearing_concealed(const struct hearing *hearing);

/** Scores of what was judged last. */
void hearing_report(const struct hearing *hearing, struct report *report);
void hearing_hold_against(const struct hearing *hearing, const struct hearing_bars *bars,
                          struct report *report);

/** Draws levels, delay and distance of what was judged last. */
void hearing_draw(const struct hearing *hearing, struct trace *trace);

/** Log-spectral distance from one time of the run to another of what was judged last; negative when
 * nothing is said there. */
double hearing_distance_db(const struct hearing *hearing, int64_t from_us, int64_t to_us);

void hearing_deinit(struct hearing *hearing);

#endif

/**
 * Who speaks in a room, from the levels of its audio tracks (QUALITY.md 1.14). Three questions have
 * three answers:
 *
 * - Who dominates? Volfin and Cohen: the comparison of immediate, medium and long activity, each
 *   100 ms, with at most one change in 300 ms; beyond the paper, only a voice of more than half a
 * second may take over, so that a cough in a silent room does not.
 * - Who is to be heard, when not everybody can be? `voices`: the dominant speaker and those whose
 *   voice is heard now, in the order in which they began (who comes later pushes nobody out, but a
 *   louder one goes before a quieter one in its pause, and a much louder one at once); then steady
 *   sounds; then those who fell silent, the last first. The first n of it are whom n slots carry.
 * - Whom to show? `turns`: the dominant speaker, then everybody by the last time that he took a
 *   turn.
 *
 * Members live inside their owner (an audio track); this machine only links them. A level costs
 * constant time; an evaluation looks only at those who made a sound within the last second or two.
 */
#ifndef MEDIA_ACTIVE_SPEAKER_H
#define MEDIA_ACTIVE_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "media/audio_level.h"
#include "media/speech_activity.h"

enum {
    SPEAKER_EVALUATION_US = 100000, /**< a new voice waits at most so long for the verdict ... */
    SPEAKER_TENURE_US = 300000,     /**< ... and dominance changes at most once in this time */
    SPEAKER_TURN_BLOCKS = 6,        /**< tenths of the last second that make a turn of speech */
    SPEAKER_ONSET_SAMPLES = 3,      /**< of five: a voice begins */
    SPEAKER_VOICE_HANG_US = 500000, /**< longer than the pauses between words: a voice ends */
    SPEAKER_LIST_SAMPLES = 8,       /**< loud ones of twenty: is speaking (40 % of 400 ms) */
    SPEAKER_LIST_HANG_US = 800000,  /**< since it was so: not speaking any more */
    SPEAKER_VACANT_US = 5000000 /**< so long after its last turn, dominance may go to any sound */
};

/** What active_speaker_poll tells of. */
enum {
    SPEAKERS_LIST = 1,   /**< somebody began or ended speaking, or dominance changed */
    SPEAKERS_VOICES = 2, /**< the order of voices */
    SPEAKERS_TURNS = 4   /**< the order of turns */
};

/** Where in `voices`. */
enum speaker_zone { SPEAKER_VOICE, SPEAKER_STEADY, SPEAKER_SILENT };

struct speaker_member {
    struct list voice_link;  /**< in voices */
    struct list turn_link;   /**< in turns */
    struct list lively_link; /**< in lively, else in none */
    uint32_t id;             /**< the owner's number, for dominant */
    enum speaker_zone zone;
    int32_t peak;                /**< loudness of its voice, 0..127: rises at once, falls slowly */
    bool speaking;               /**< listed as one who speaks */
    bool in_turn;                /**< a turn of speech goes on */
    int64_t sound_us;            /**< last voiced or steady sample, INT64_MIN = never */
    int64_t listed_us;           /**< speaking was true of itself, without hang-over */
    struct speech_scores scores; /**< of the last evaluation */
    struct speech_activity activity;
    struct audio_level level;
};

struct active_speaker {
    struct list voices; /**< speaker_member.voice_link: all, whom to hear first */
    struct list turns;  /**< speaker_member.turn_link: all, whom to show first */
    struct list lively; /**< speaker_member.lively_link: who makes a sound, or did lately */
    struct speaker_member *dominant;
    int64_t dominant_us; /**< last change of dominant, INT64_MIN = never */
    int64_t turn_us;     /**< the dominant speaker's last turn was under way */
    int64_t next_us;     /**< next evaluation, INT64_MAX while nobody is lively */
    unsigned changed;    /**< SPEAKERS_* since the last poll */
};

void active_speaker_init(struct active_speaker *speakers);

/**
 * Adds a member (owner's memory, set up here) at the end of the orders.
 *
 * @param clock_rate of its RTP timestamps, Hz
 */
void active_speaker_add(struct active_speaker *speakers, struct speaker_member *member, uint32_t id,
                        uint32_t clock_rate);

void active_speaker_remove(struct active_speaker *speakers, struct speaker_member *member);

/** A level of a member's audio came: -dBov, 0 loudest. Constant time but for the moment in which a
 * voice begins. */
void active_speaker_receive(struct active_speaker *speakers, struct speaker_member *member,
                            uint8_t dbov, uint32_t timestamp, int64_t now_us);

/** Evaluates when the deadline has come. @return SPEAKERS_*: what has changed since the last poll
 */
unsigned active_speaker_poll(struct active_speaker *speakers, int64_t now_us);

/** INT64_MAX while nobody makes a sound. */
int64_t active_speaker_next_deadline(const struct active_speaker *speakers);

/** True when a member who is not heard yet makes a sound that may be the first of a voice: whoever
 * has room need not wait until it is known to be one. It mostly is none when noises come and go. */
static inline bool speaker_member_stirs(const struct speaker_member *member)
{
    return member->zone == SPEAKER_SILENT && (member->activity.voiced & 3) != 0;
}

/** True when a voice makes a sound, or did so within the last 60 ms. */
static inline bool speaker_member_sounds(const struct speaker_member *member)
{
    return ((member->activity.voiced | member->activity.steady) & 7) != 0;
}

/** True when a voice has made no sound for longer than within a word, 200 ms: who has begun
 * meanwhile may be heard in its place. */
static inline bool speaker_member_pauses(const struct speaker_member *member)
{
    return ((member->activity.voiced | member->activity.steady) & 0x3FF) == 0;
}

/** Id of the dominant speaker; 0 when nobody has spoken yet. Stays with the last one through
 * silence. */
uint32_t active_speaker_dominant(const struct active_speaker *speakers);

#endif

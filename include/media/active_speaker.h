/**
 * Who speaks in a room: who is speaking, who dominates, and who spoke most recently, from RFC 6464
 * levels.
 *
 * Speaking begins after a short attack (a click is no speech) and ends after a hang-over. The
 * dominant speaker changes when another one has spoken on while the present one fell silent, or has
 * been clearly louder for a while. Members live inside their owner (an audio track); this machine
 * only links them.
 */
#ifndef MEDIA_ACTIVE_SPEAKER_H
#define MEDIA_ACTIVE_SPEAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/audio_level.h"

enum {
    SPEAKER_LOUD_DBOV = 50,        /**< -dBov: louder than this counts as voice */
    SPEAKER_ATTACK_US = 120000,    /**< voiced time within the attack window that makes a speaker */
    SPEAKER_HANG_OVER_US = 800000, /**< silence that ends speaking */
    SPEAKER_CHALLENGE_US = 600000  /**< a louder speaker takes over after so long */
};

struct speaker_member {
    struct list link; /**< in order of recency */
    uint32_t id;      /**< the owner's number, for dominant */
    struct audio_level level;
    bool speaking;
    int64_t voiced_us;       /**< voiced time gathered towards the attack */
    int64_t last_us;         /**< last level */
    int64_t last_voice_us;   /**< last voiced level, INT64_MIN = never */
    int64_t spoke_since_us;  /**< while speaking: since when */
    int64_t louder_since_us; /**< while louder than the dominant: since when; INT64_MAX else */
};

struct active_speaker {
    struct list members; /**< speaker_member.link: the most recent speaker first; who never spoke,
                            in order of joining, last */
    struct speaker_member *dominant;
    int64_t next_us;         /**< next evaluation */
    uint64_t version;        /**< rises when dominance, the order or somebody's speaking changed */
    uint64_t polled_version; /**< at the last poll */
};

void active_speaker_init(struct active_speaker *speakers);

/** Adds a member (owner's memory, set up here) at the end of the order. */
void active_speaker_add(struct active_speaker *speakers, struct speaker_member *member,
                        uint32_t id);

void active_speaker_remove(struct active_speaker *speakers, struct speaker_member *member);

/** A level of a member's audio came: -dBov, 0 loudest. Constant time. */
void active_speaker_receive(struct active_speaker *speakers, struct speaker_member *member,
                            uint8_t dbov, int64_t now_us);

/** Evaluates hang-overs and dominance; when the deadline has come. @return true when version has
 * risen since the last poll */
bool active_speaker_poll(struct active_speaker *speakers, int64_t now_us);

/** INT64_MAX while nobody speaks. */
int64_t active_speaker_next_deadline(const struct active_speaker *speakers);

/** Id of the dominant speaker; 0 when nobody has spoken yet. Stays with the last one through
 * silence. */
uint32_t active_speaker_dominant(const struct active_speaker *speakers);

/** Members by recency of speech, up to max. @return count */
size_t active_speaker_recent(const struct active_speaker *speakers, struct speaker_member **out,
                             size_t max);

#endif

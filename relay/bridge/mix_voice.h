/**
 * One source that is heard in a mix: its tap, its voice, its place in the mixer, and whether what
 * it tells of its loudness is true.
 */
#ifndef BRIDGE_MIX_VOICE_H
#define BRIDGE_MIX_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "codec/leveler.h"
#include "codec/mixer.h"
#include "room/bridging.h"
#include "room/tap.h"
#include "voice.h"

enum {
    MIX_VOICE_PREROLL = 6, /**< packets: what it takes to know of an onset, and one to warm up */
    MIX_VOICE_SILENT_DBOV = 70 /**< a decoded frame that is no louder is silence */
};

/** Up to where a source was heard already. */
struct mix_voice_floor {
    bool known;
    uint32_t life; /**< counts for this one only (struct tap_packet) */
    uint32_t timestamp;
};

/** Where a voice is to begin. */
struct mix_voice_start {
    bool known;                   /**< else: where sound begins, among the last packets that came */
    uint32_t timestamp;           /**< known: this sample is the first */
    struct mix_voice_floor floor; /**< not before this in any case */
    const struct delay_tracker *jitter; /**< of the source, as far as it is known; copied */
    uint16_t early; /**< its frames begin, at best, so many samples before packets do; and the first
                       one does, where sound begins */
};

struct mix_voice {
    struct list link;             /**< the owner's */
    struct bridge_source *source; /**< valid while mix_voice_is_live */
    uint32_t participant;
    size_t place; /**< in the mixer */
    struct tap tap;
    struct voice *voice;
    uint32_t life;
    bool has_life;
    bool ending;   /**< this frame is its last */
    bool sounds;   /**< the present frame holds sound of it */
    uint8_t level; /**< of the present frame, -dBov */
    float pcm[PCM_FRAME];
};

/**
 * Begins to listen to a source.
 * @return 0, ERR_NO_MEMORY
 */
int mix_voice_new(struct mix_voice **out, struct bridge_source *source, size_t place,
                  const struct mix_voice_start *start);

/** False once the source has ended. */
bool mix_voice_is_live(const struct mix_voice *voice);

/** The next frame is played neither faster nor slower than it came: somebody comes to the mix, or
 * leaves it, inside that frame. */
void mix_voice_hold(struct mix_voice *voice);

/** Plays its next frame into the mixer, as loud as the others. @param aim_db see leveler_run */
void mix_voice_play(struct mix_voice *voice, struct leveler *leveler, float aim_db,
                    struct mixer *mixer, int64_t now_us);

/** True when the present frame is silence and its source calls itself loud. */
bool mix_voice_lies(const struct mix_voice *voice);

/** The sample that comes next, of the source's clock; or not known. */
struct mix_voice_floor mix_voice_position(const struct mix_voice *voice);

/** From a packet's arrival by the least transit to its departure in the mix, if the present frame
 * departs now. */
int64_t mix_voice_delay_us(const struct mix_voice *voice, int64_t now_us);

/** Clears the pointer; NULL is allowed. */
void mix_voice_free(struct mix_voice **voice);

#endif

/**
 * Who is heard in a mixed room: by the room's order of voices, and not by what a source tells of
 * itself when that has proved untrue.
 */
#ifndef BRIDGE_MIX_SPEAKERS_H
#define BRIDGE_MIX_SPEAKERS_H

#include "mix_parts.h"

/** A source that is to be heard from a sample on, because somebody has heard it up to there. */
struct mix_wish {
    const struct bridge_source *source;
    uint32_t timestamp;
};

enum { MIX_MAX_WISHES = MIX_CAST_MOST };

/**
 * Chooses for the coming frame. Voices that end have `ending` set and are to be freed after it.
 *
 * @param wishes go behind those who speak
 * @return true when somebody has begun to be heard
 */
bool mix_speakers_choose(struct mix_room *room, const struct mix_wish *wishes, size_t count,
                         int64_t now_us);

/** Lets every voice play its next frame into the mixer. */
void mix_speakers_play(struct mix_room *room, int64_t now_us);

/** Frees voices that have played their last frame. */
void mix_speakers_settle(struct mix_room *room, int64_t now_us);

/** A voice of this source, or NULL. */
struct mix_voice *mix_speakers_voice_of(const struct mix_room *room,
                                        const struct bridge_source *source);

/** True when a participant is heard, with any of his sources. */
bool mix_speakers_hear(const struct mix_room *room, uint32_t participant);

/** Everybody but a participant. @param out PCM_FRAME samples */
void mix_speakers_without(const struct mix_room *room, uint32_t participant, float out[PCM_FRAME]);

/** Ends a voice at once, for want of memory: it is not heard for a while. */
void mix_speakers_silence(struct mix_room *room, uint32_t participant, int64_t now_us);

/** Forgets those whose source has ended. */
void mix_speakers_sweep(struct mix_room *room);

void mix_speakers_free(struct mix_room *room);

#endif

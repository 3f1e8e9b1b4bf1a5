/**
 * What would be heard of a mixer that adds nothing and loses nothing: every voice is encoded and
 * decoded once, all are summed, and the sum is encoded and decoded once more. No relay's mix of the
 * same bitrate can be much better.
 */
#ifndef TESTS_QUALITY_IDEAL_MIXER_H
#define TESTS_QUALITY_IDEAL_MIXER_H

#include "quality/hearing.h"

/** Judges this against what is expected at a listener (hearing_expect). @return 0 or an error */
int hearing_judge_ideal(struct hearing *hearing, const struct hearing_person *listener);

/**
 * What a mixer receives, and what one hears to whom the same packets are forwarded and who loses
 * none of them: all that others sent, decoded and summed. It is AUDIO_ENCODER_DELAY later than it
 * was said.
 *
 * @param out hearing->count samples
 */
void hearing_receive(const struct hearing *hearing, const struct hearing_person *listener,
                     float *out);

/** Judges that. @return 0 or an error */
int hearing_judge_received(struct hearing *hearing, const struct hearing_person *listener);

#endif

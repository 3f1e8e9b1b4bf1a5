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

/** Judges what a mixer receives, as one who hears it forwarded and loses nothing does: every voice
 * is encoded and decoded once. @return 0 or an error */
int hearing_judge_received(struct hearing *hearing, const struct hearing_person *listener);

#endif

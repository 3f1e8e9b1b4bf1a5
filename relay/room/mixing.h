/**
 * Whether one participant is to hear the mix: when there are more voices than his slots carry
 * (DESIGN.md 1), not for every coming and going.
 */
#ifndef ROOM_MIXING_H
#define ROOM_MIXING_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MIXING_ENTER_US = 2000000, /**< of too many, though nothing was missed so far */
    MIXING_LEAVE_US = 2000000  /**< of few enough */
};

struct mixing {
    bool wanted;
    int64_t since_us; /**< since when it should be otherwise, INT64_MAX = it is as it should be */
};

/** What is there to be heard. */
struct mixing_input {
    bool needed; /**< his slots do not carry all who may speak, or the network not all slots */
    bool silent; /**< nothing was sent to him so far: there is nothing to go over from */
    bool paused; /**< nobody of those whom he hears speaks just now */
    bool missed; /**< somebody speaks whom he does not hear */
};

void mixing_init(struct mixing *mixing);

/** @return is the mix wanted? */
bool mixing_update(struct mixing *mixing, const struct mixing_input *input, int64_t now_us);

/** When to update it though nothing has happened; INT64_MAX = never. */
int64_t mixing_next_deadline(const struct mixing *mixing);

#endif

/**
 * Who is there: a seat for each person of the crowd, taken by one caller after the other; rooms in
 * which they speak in turn; results of those who have gone.
 */
#ifndef LOAD_ROSTER_H
#define LOAD_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "load/caller.h"
#include "load/crowd.h"
#include "load/span.h"
#include "load/talk_spurts.h"
#include "load/tally.h"

struct roster;

struct seat {
    struct roster *roster;
    struct caller *caller;    /**< NULL while nobody sits here */
    uint32_t index;           /**< in the crowd */
    bool up;                  /**< counted so */
    bool noted;               /**< its result is in the tally */
    struct span_mark *begin;  /**< of the time measured */
    struct span_mark *second; /**< the two are for moments.c: as of a second ago */
    struct span_mark *window; /**< as of some seconds ago */
    struct agent_counts counts;
    int64_t window_us;       /**< when that window began */
    double mos;              /**< of the window, 0 = none */
    bool sound_due;          /**< others send sound now */
    int64_t sound_due_us;    /**< since when it should come, or should have before others left;
                                0 = never */
    int64_t pictures_due_us; /**< since when others send pictures, 0 = they do not */
    bool speaks;
    int64_t spoke_us; /**< when it spoke last, if it does not now */
};

struct roster_room {
    struct crowd_room about;
    struct talk_spurts talk;
    struct turn_timer timer;
    struct roster *roster;
    uint32_t first;          /**< seat */
    unsigned senders;        /**< of sound, who are up */
    unsigned camera_senders; /**< of pictures */
};

struct roster {
    struct caller_kit kit;
    const struct scenario *scenario;
    struct tally *tally;
    size_t result_room; /**< of the tally's callers */
    struct seat *seats;
    uint32_t seat_count;
    struct roster_room *rooms;
    uint32_t room_count;
    struct rand rand;
    int64_t begin_us;     /**< of the time measured, 0 = not yet */
    uint32_t next_number; /**< of who comes in again */
    struct stats *scratch;
    uint32_t joining;
    uint32_t up;
    uint32_t failed; /**< in all */
    uint32_t joined; /**< in all */
    uint32_t broken; /**< failed ones that still sit */
};

/**
 * Seats and rooms for a scenario; the tally's callers are allocated.
 * @param kit copied; its members and the others are borrowed
 * @return 0 or ERR_NO_MEMORY
 */
int roster_init(struct roster *roster, const struct caller_kit *kit,
                const struct scenario *scenario, struct tally *tally);

/** Places the call of the i-th person. */
void roster_admit(struct roster *roster, uint32_t i);

/** Somebody who is up leaves, and comes again as a new caller. */
void roster_churn(struct roster *roster);

/** From now on it counts: stats go by marks, which roster_mark sets at about that time. */
void roster_begin(struct roster *roster);

/** Marks what the `part`-th of so many parts of the seats have measured so far: all at once would
 * keep the turn from sending. */
void roster_mark(struct roster *roster, uint32_t part, uint32_t parts);

/** Notes results of those who failed, and frees them. Not inside a caller's callback. */
void roster_sweep(struct roster *roster);

/** Notes the results of all who are there. */
void roster_note(struct roster *roster);

/** When somebody else of the seat's room was speaking last: now, or earlier; 0 = never. */
int64_t roster_spoken_us(const struct seat *seat);

/** Up to so many hang up and are freed. @return false when nobody is left */
bool roster_leave(struct roster *roster, uint32_t most);

void roster_deinit(struct roster *roster);

#endif

/**
 * On which worker a new room is placed: on the first that is lightly loaded, so that small rooms
 * share wake-ups and system calls (two workers with half of them each take more than one with all),
 * and on the least loaded one once all have enough.
 *
 * A room never moves, and may grow. So the mark is low: who is placed below it finds more than two
 * thirds of a core free. Load is the CPU time that a worker's thread has used lately; those who
 * came since it was measured are not in that yet, and count by what a caller usually takes. Nobody
 * counts for less than a caller with sound only, though he be muted now.
 */
#ifndef SIGNAL_PLACEMENT_H
#define SIGNAL_PLACEMENT_H

#include <stdint.h>

enum {
    PLACEMENT_WINDOW_US = 900000,   /**< shortest time over which load is measured */
    PLACEMENT_MARK_PERMILLE = 300,  /**< of a core: who has less takes the next room */
    PLACEMENT_LEAST_PERMILLE = 1,   /**< what each caller counts for, muted or not */
    PLACEMENT_SOUND_PERMILLE = 2,   /**< one who came in this window or the one before ... */
    PLACEMENT_PICTURES_PERMILLE = 8 /**< ... and so much more, where pictures are agreed on */
};

struct placement;

/** @param workers 1 or more. @return 0 or ERR_NO_MEMORY */
int placement_new(struct placement **out, unsigned workers);

/** Takes note of what a worker's thread has used since its start. As often as one likes. */
void placement_measure(struct placement *placement, unsigned worker, int64_t cpu_us,
                       int64_t now_us);

/** One more participant on a worker, or one fewer. */
void placement_join(struct placement *placement, unsigned worker);
void placement_leave(struct placement *placement, unsigned worker);

/** The one who joined last sends or receives pictures, too. */
void placement_pictures(struct placement *placement, unsigned worker);

/** Load of a worker as it counts here, in thousandths of a core. */
uint32_t placement_load(const struct placement *placement, unsigned worker);

/** The worker for a new room. */
unsigned placement_choose(const struct placement *placement);

void placement_free(struct placement **placement);

#endif

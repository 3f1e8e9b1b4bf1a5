/**
 * How much a server carries: runs again and again with more load until a rule breaks, then comes
 * closer from both sides.
 */
#ifndef LOAD_CAPACITY_H
#define LOAD_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/expect.h"
#include "load/run.h"
#include "load/tally.h"

/** What is raised, in all groups of the scenario in proportion. */
enum capacity_axis { CAPACITY_ROOMS, CAPACITY_CALLERS, CAPACITY_WATCHERS };

enum {
    CAPACITY_MAX_STEPS = 24,
    CAPACITY_PARTS = 16, /**< found to a sixteenth of itself */
    CAPACITY_TEXT_BYTES = 400
};

struct capacity_step {
    uint32_t load; /**< sum of the axis over all groups */
    uint64_t people;
    struct tally tally;
    struct tally_sum sum;
    bool holds;
    const struct expect_rule *broken; /**< the first that broke, NULL when all held */
    struct expect_verdict verdict;    /**< of that rule */
    bool tool_late;                   /**< the tool lagged: what broke may be its own fault */
    bool tool_short;                  /**< callers could not begin for lack of its resources */
};

struct capacity {
    enum capacity_axis axis;
    struct capacity_step steps[CAPACITY_MAX_STEPS]; /**< in the order of the runs */
    size_t count;
    const struct capacity_step *best;     /**< most load at which all rules held, NULL = none did */
    const struct capacity_step *breaks;   /**< least load at which one broke, NULL = none did */
    const struct capacity_step *gave_out; /**< one broke and the tool was late or short: it can tell
                                             no more, which ended the search; NULL = not so */
    const char *stopped; /**< what else ended the search before it had found what it sought; NULL =
                            nothing */
};

/** How a run is made; `run` in life. */
typedef int capacity_run(struct tally *out, const struct run_config *config, const char **reason);

/** Told before (tally NULL) and after each step; may be NULL. @return false to end the search */
typedef bool capacity_told(void *owner, const struct capacity_step *step, bool done);

/**
 * Ends also where the scenario would be more than scenario_check allows. A run that its `moment`
 * ended is not judged: it is no step.
 * @param base  its scenario is where the search begins
 * @param rules borrowed as long as the result lives
 * @return 0, ERR_CLOSED when it was ended before its first step was done, or what the first run
 * that could not be made returned, with its reason
 */
int capacity_find(struct capacity *out, const struct run_config *base, enum capacity_axis axis,
                  const struct expect *rules, capacity_run *make, capacity_told *told, void *owner,
                  const char **reason);

/** "rooms", "callers in each room" or "watchers in each room", of so many. */
const char *capacity_axis_name(enum capacity_axis axis, uint32_t load);

/** For people: "holds" or what broke. @return out */
const char *capacity_verdict(const struct capacity_step *step, char *out, size_t size);

/** For people: "it carries 3 rooms (6 callers); at 4 mos>=4.0 3.71 broke first". @return out */
const char *capacity_tell(const struct capacity *capacity, char *out, size_t size);

void capacity_deinit(struct capacity *capacity);

#endif

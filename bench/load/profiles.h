/**
 * Callers' lines by name, from clean to awful: what `--impair` takes. Those of QUALITY.md 2.4, both
 * ways, and some more plain ones to vary one thing only.
 */
#ifndef LOAD_PROFILES_H
#define LOAD_PROFILES_H

#include <stddef.h>

#include "load/network.h"

struct profile {
    const char *name; /**< as in "lossy-10" */
    const char *text; /**< one line for people */
    struct link_config up;
    struct link_config down; /**< schedules count from when the caller connects */
};

/** NULL when there is none of that name. */
const struct profile *profile_find(const char *name);

/** The i-th, NULL beyond the last. */
const struct profile *profile_at(size_t i);

#endif

#include "load/descriptors.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"

enum {
    OWN = 24,      /* of the program itself, files and libraries */
    OF_FULL = 2,   /* of libnice's agent at least: a socket for each local address, an eventfd */
    SPARE = 4,     /* what a caller who could not begin may have had and given back */
    MOST = 1 << 18 /* what many need is not asked for by few: some kernels clear tables by it */
};

static char text[160];

uint64_t descriptors_needed(const struct run_config *config)
{
    const struct scenario *scenario = config->scenario;
    bool two_legs = config->target.whip != NULL && config->target.whep != NULL;
    uint64_t legs = 0;
    for (size_t i = 0; i < scenario->group_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        bool both = two_legs && group->callers > 1;
        legs += (uint64_t)group->rooms *
                ((uint64_t)group->callers * (both ? 2 : 1) + (uint64_t)group->watchers);
    }
    return OWN + legs * (config->agent == AGENT_FULL ? OF_FULL : 1);
}

int descriptors_ensure(uint64_t needed, const char **reason)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0; /* nobody can tell */
    }
    rlim_t wanted = limit.rlim_max < MOST ? limit.rlim_max : MOST;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= needed) {
        return 0;
    }
    (void)snprintf(text, sizeof(text),
                   "so many callers need %" PRIu64 " file descriptors or more, and %" PRIu64
                   " are allowed here: ulimit -n %" PRIu64 " allows more",
                   needed, (uint64_t)limit.rlim_cur, 2 * needed);
    *reason = text;
    return ERR_FULL;
}

const char *descriptors_shortage(void)
{
    int spare[SPARE];
    int got = 0;
    struct rlimit limit = {0};
    while (got < SPARE && (spare[got] = dup(STDERR_FILENO)) >= 0) {
        got++;
    }
    for (int i = 0; i < got; i++) {
        (void)close(spare[i]);
    }
    if (got == SPARE || getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return "";
    }
    (void)snprintf(text, sizeof(text),
                   "all %" PRIu64 " file descriptors are in use: ulimit -n %" PRIu64 " allows more",
                   (uint64_t)limit.rlim_cur, 2 * (uint64_t)limit.rlim_cur);
    return text;
}

#include "placement.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"

/** A worker as it counts here. */
struct load {
    bool measured; /**< at least once: cpu_us and since_us are set */
    int64_t cpu_us;
    int64_t since_us; /**< when this window was opened */
    uint32_t share_permille;
    uint32_t people;
    uint32_t fresh_permille; /**< what is expected of those who came in this window */
    uint32_t young_permille; /**< and in the one before */
};

struct placement {
    unsigned count;
    struct load loads[];
};

int placement_new(struct placement **out, unsigned workers)
{
    struct placement *placement =
        calloc(1, sizeof(*placement) + workers * sizeof(placement->loads[0]));
    if (placement == NULL) {
        return ERR_NO_MEMORY;
    }
    placement->count = workers;
    *out = placement;
    return 0;
}

void placement_measure(struct placement *placement, unsigned worker, int64_t cpu_us, int64_t now_us)
{
    struct load *load = &placement->loads[worker];
    int64_t span_us = now_us - load->since_us;
    if (load->measured && span_us < PLACEMENT_WINDOW_US) {
        return;
    }
    if (load->measured) {
        uint32_t share = (uint32_t)((cpu_us - load->cpu_us) * 1000 / span_us);
        uint32_t mean = (share + load->share_permille) / 2;
        load->share_permille = share > mean ? share : mean; /* a lull is not believed at once */
    }
    load->measured = true;
    load->cpu_us = cpu_us;
    load->since_us = now_us;
    load->young_permille = load->fresh_permille;
    load->fresh_permille = 0;
}

void placement_join(struct placement *placement, unsigned worker)
{
    placement->loads[worker].people++;
    placement->loads[worker].fresh_permille += PLACEMENT_SOUND_PERMILLE;
}

void placement_pictures(struct placement *placement, unsigned worker)
{
    placement->loads[worker].fresh_permille += PLACEMENT_PICTURES_PERMILLE;
}

void placement_leave(struct placement *placement, unsigned worker)
{
    struct load *load = &placement->loads[worker];
    load->people--;
    /* who has come and gone has told nothing about how loaded it will be */
    uint32_t most = load->people * (PLACEMENT_SOUND_PERMILLE + PLACEMENT_PICTURES_PERMILLE);
    load->fresh_permille = load->fresh_permille < most ? load->fresh_permille : most;
    load->young_permille = load->young_permille < most ? load->young_permille : most;
}

uint32_t placement_load(const struct placement *placement, unsigned worker)
{
    const struct load *load = &placement->loads[worker];
    uint32_t used = load->share_permille + load->fresh_permille + load->young_permille;
    uint32_t least = load->people * PLACEMENT_LEAST_PERMILLE;
    return used > least ? used : least;
}

unsigned placement_choose(const struct placement *placement)
{
    unsigned least = 0;
    for (unsigned i = 0; i < placement->count; i++) {
        uint32_t load = placement_load(placement, i);
        if (load < PLACEMENT_MARK_PERMILLE) {
            return i;
        }
        if (load < placement_load(placement, least)) {
            least = i;
        }
    }
    return least;
}

void placement_free(struct placement **placement)
{
    free(*placement);
    *placement = NULL;
}

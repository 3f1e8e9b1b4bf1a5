/**
 * The most important bars of `make quality`, with one seed each: what a receiver on a bad path sees
 * and hears must not get worse.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/matrix.h"
#include "sim/scenario.h"
#include "unit/runner.h"

/** Runs a path of the matrix; shows what came of it when the environment has SIM_SHOW. */
static struct matrix_result judge(const char *name)
{
    struct matrix_result r = {.first_frame_s = -1};
    const struct matrix_profile *profile = matrix_profile(name);
    if (profile == NULL || matrix_run(profile, 1, NULL, &r) != 0) {
        r.errors = UINT64_MAX;
    }
    if (r.errors != 0) {
        (void)fprintf(stderr, "%s: the stream breaks: %s\n", name,
                      r.error == NULL ? "no run" : r.error);
    }
    if (getenv("SIM_SHOW") != NULL) {
        printf("  %s: first %.2f s, freezes %.1f a minute, frozen %.2f %%, %.1f fps, %.0f lines, "
               "%.1f changes a minute, concealed %.2f %%, p95 %.0f ms, queue p95 %.0f ms, "
               "target %.0f %%, fitting %.0f %%, back %.2f s\n",
               name, r.first_frame_s, r.freezes_per_min, r.frozen_share * 100, r.harmonic_fps,
               r.mean_height, r.layer_switches_per_min, r.concealed_share * 100,
               (double)r.latency_p95_us / 1e3, (double)r.queue_p95_us / 1e3, r.target * 100,
               r.fitting * 100, r.back_s);
    }
    return r;
}

TEST_NO_OOM(quality_a_wide_path_shows_all_there_is)
{
    struct matrix_result r = judge("clean");
    CHECK_INT(r.errors, 0);
    CHECK(r.first_frame_s >= 0 && r.first_frame_s < 0.5);
    CHECK(r.top_s >= 0 && r.top_s < 4);
    CHECK(r.frozen_share == 0);
    CHECK(r.fitting > 0.9);
}

TEST_NO_OOM(quality_reordering_costs_no_requests_upward)
{
    struct matrix_result r = judge("reorder");
    CHECK_INT(r.errors, 0);
    CHECK(r.uplink_nacks <= 20);
    CHECK(r.frozen_share == 0);
}

TEST_NO_OOM(quality_a_new_address_costs_less_than_a_second)
{
    struct matrix_result r = judge("handover");
    CHECK_INT(r.errors, 0);
    CHECK(r.back_s >= 0 && r.back_s < 1);
}

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
static struct matrix_result judge_seed(const char *name, uint64_t seed)
{
    struct matrix_result r = {.first_frame_s = -1};
    const struct matrix_profile *profile = matrix_profile(name);
    if (profile == NULL || matrix_run(profile, seed, NULL, &r) != 0) {
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

static struct matrix_result judge(const char *name)
{
    return judge_seed(name, 1);
}

TEST_NO_OOM(quality_a_wide_path_shows_all_there_is)
{
    struct matrix_result r = judge("clean");
    CHECK_INT(r.errors, 0);
    CHECK(r.first_frame_s >= 0 && r.first_frame_s < 0.5);
    CHECK(r.top_s >= 0 && r.top_s < 4);
    CHECK(r.frozen_share == 0);
    CHECK(r.concealed_share == 0);
    CHECK(r.fitting > 0.9);
}

TEST_NO_OOM(quality_loss_by_chance_keeps_three_quarters_of_the_link)
{
    struct matrix_result r = judge("lossy_10");
    CHECK_INT(r.errors, 0);
    CHECK(r.target > 0.75);
    CHECK(r.fitting > 0.4);
    CHECK(r.frozen_share < 0.04);
    CHECK(r.concealed_share < 0.02);
}

/** With these seeds a trial once took luck for proof: sound alone was left, as a mix. */
TEST_NO_OOM(quality_a_fifth_of_loss_is_not_taken_for_a_thin_link)
{
    static const uint64_t unlucky[] = {2, 76};
    for (size_t i = 0; i < sizeof(unlucky) / sizeof(unlucky[0]); i++) {
        struct matrix_result r = judge_seed("lossy_20", unlucky[i]);
        CHECK_INT(r.errors, 0);
        CHECK(r.target > 0.6);
        CHECK(r.fitting > 0.4);
        CHECK(r.paused_share < 0.1);
    }
}

TEST_NO_OOM(quality_a_link_between_two_layers_does_not_make_them_change)
{
    struct matrix_result r = judge("mid_layer");
    CHECK_INT(r.errors, 0);
    CHECK(r.layer_switches_per_min <= 1);
    CHECK(r.frozen_share < 0.005);
    CHECK(r.mean_height > 300);
}

TEST_NO_OOM(quality_a_starving_link_keeps_its_sound_and_says_why_there_is_no_picture)
{
    struct matrix_result r = judge("starve_audio");
    CHECK_INT(r.errors, 0);
    CHECK_INT(r.sound_lost_start + r.sound_lost, 0);
    CHECK(r.concealed_start_s <= 0.05);
    CHECK(r.concealed_all_share < 0.01);
    CHECK(r.pauses_told >= 1);
    CHECK(r.longest_untold_us < 2 * SECOND_US);
}

TEST_NO_OOM(quality_after_an_outage_the_picture_is_soon_back)
{
    struct matrix_result r = judge("outage");
    CHECK_INT(r.errors, 0);
    CHECK(r.back_s >= 0 && r.back_s < 1.5);
}

TEST_NO_OOM(quality_a_link_that_shrinks_and_grows_costs_little_sound_and_picture)
{
    struct matrix_result r = judge("step_down");
    CHECK_INT(r.errors, 0);
    CHECK(r.frozen_share * 80 < 3);
    CHECK(r.concealed_share < 0.01);
    CHECK(r.queue_p95_us < 120000);
}

TEST_NO_OOM(quality_jitter_and_stalls_are_not_taken_for_a_full_link)
{
    struct matrix_result r = judge("home_wifi");
    CHECK_INT(r.errors, 0);
    CHECK(r.target > 0.6);
    CHECK(r.frozen_share < 0.01);
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

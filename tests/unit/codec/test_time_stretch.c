#include <math.h>
#include <stdlib.h>

#include "codec/time_stretch.h"
#include "unit/runner.h"

enum { FRAMES = 100, ALL = FRAMES * PCM_FRAME };

/** Second difference at most: what a click exceeds. */
static float roughness(const float *pcm, size_t count)
{
    float most = 0;
    for (size_t i = 2; i < count; i++) {
        most = fmaxf(most, fabsf(pcm[i] - 2 * pcm[i - 1] + pcm[i - 2]));
    }
    return most;
}

static bool same(const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

/** A buzz of several harmonics, gliding a little. */
static void buzz(float *pcm, size_t count)
{
    double phase = 0;
    for (size_t i = 0; i < count; i++) {
        phase += 2 * M_PI * (120 + 20 * sin((double)i / 30000)) / PCM_HZ;
        pcm[i] = (float)(0.2 * sin(phase) + 0.1 * sin(2 * phase + 1) + 0.05 * sin(5 * phase));
    }
}

struct run {
    struct time_stretch *stretch;
    float *in;
    float *out;
    size_t pushed;
    size_t played;
};

static int set_up(struct run *run)
{
    size_t bytes = (size_t)2 * ALL * sizeof(float);
    run->in = malloc(bytes);
    run->out = malloc(bytes);
    return run->in == NULL || run->out == NULL ? -1 : time_stretch_new(&run->stretch);
}

static void tear_down(struct run *run)
{
    time_stretch_free(&run->stretch);
    free(run->in);
    free(run->out);
}

/** One frame, with so many samples pending before it. */
static int32_t pull(struct run *run, size_t ahead, int32_t adjust, int32_t urgent)
{
    while (time_stretch_pending(run->stretch) < ahead) {
        time_stretch_push(run->stretch, &run->in[run->pushed], PCM_FRAME);
        run->pushed += PCM_FRAME;
    }
    int32_t adjusted = time_stretch_pull(run->stretch, adjust, urgent, &run->out[run->played]);
    run->played += PCM_FRAME;
    return adjusted;
}

TEST(time_stretch_is_exact_without_adjustment)
{
    struct run run = {0};
    REQUIRE_INT(set_up(&run), 0);
    buzz(run.in, ALL);
    for (int i = 0; i < FRAMES; i++) {
        CHECK_INT(pull(&run, PCM_FRAME, 0, 1000), 0);
        CHECK_INT(time_stretch_pending(run.stretch), 0);
    }
    CHECK(same(run.out, run.in, ALL));
    CHECK_INT(time_stretch_pull(run.stretch, 0, 0, run.out), 0);
    CHECK(roughness(run.out, PCM_FRAME) == 0);
out:
    tear_down(&run);
}

TEST(time_stretch_plays_faster_without_clicks)
{
    struct run run = {0};
    REQUIRE_INT(set_up(&run), 0);
    buzz(run.in, (size_t)2 * ALL);
    int32_t due = 0;
    int32_t removed = 0;
    for (int i = 0; i < FRAMES; i++) {
        due += PCM_FRAME / 4;
        int32_t adjusted = pull(&run, TIME_STRETCH_LOOK, 48000, due);
        CHECK(adjusted >= 0 && adjusted <= due);
        due -= adjusted;
        removed += adjusted;
    }
    CHECK(removed > FRAMES * PCM_FRAME / 5 && removed <= FRAMES * PCM_FRAME / 4);
    CHECK_INT(run.pushed - time_stretch_pending(run.stretch), run.played + (size_t)removed);
    CHECK(roughness(run.out, run.played) < 1.5F * roughness(run.in, run.pushed));
out:
    tear_down(&run);
}

TEST(time_stretch_plays_slower_with_nothing_ahead)
{
    struct run run = {0};
    REQUIRE_INT(set_up(&run), 0);
    buzz(run.in, (size_t)2 * ALL);
    int32_t due = 0;
    int32_t inserted = 0;
    for (int i = 0; i < FRAMES; i++) {
        due += PCM_FRAME / 10;
        int32_t adjusted = -pull(&run, PCM_FRAME, -48000, due);
        CHECK(adjusted >= 0 && adjusted <= due);
        due -= adjusted;
        inserted += adjusted;
    }
    CHECK(inserted > FRAMES * PCM_FRAME / 13 && inserted <= FRAMES * PCM_FRAME / 10);
    CHECK_INT(run.pushed - time_stretch_pending(run.stretch), run.played - (size_t)inserted);
    CHECK(roughness(run.out, run.played) < 1.5F * roughness(run.in, run.pushed));
out:
    tear_down(&run);
}

TEST(time_stretch_changes_no_more_than_asked)
{
    struct run run = {0};
    REQUIRE_INT(set_up(&run), 0);
    buzz(run.in, (size_t)2 * ALL);
    int32_t sum = 0;
    for (int i = 0; i < FRAMES / 2; i++) {
        sum += pull(&run, TIME_STRETCH_LOOK, 1000 - sum, 2000);
    }
    CHECK(sum <= 1000 && sum > 1000 - 10 * PCM_MS);
    for (int i = 0; i < FRAMES / 2; i++) {
        sum += pull(&run, TIME_STRETCH_LOOK, -sum, 2000);
    }
    CHECK(sum >= 0 && sum < 10 * PCM_MS);
out:
    tear_down(&run);
}

/** Silence goes at once, and exactly. */
TEST(time_stretch_cuts_silence)
{
    struct run run = {0};
    REQUIRE_INT(set_up(&run), 0);
    memset(run.in, 0, (size_t)2 * ALL * sizeof(float));
    CHECK_INT(pull(&run, TIME_STRETCH_LOOK, 700, 0), 700);
    CHECK_INT(pull(&run, TIME_STRETCH_LOOK, 13, 0), 13);
    CHECK_INT(pull(&run, TIME_STRETCH_LOOK, -13, 0), -13);
out:
    tear_down(&run);
}

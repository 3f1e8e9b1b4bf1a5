#include <math.h>

#include "base/rand.h"
#include "codec/mix_ops.h"
#include "unit/runner.h"

enum { MOST = 1000, GUARD = 16, ROOM = MOST + 2 * GUARD + 1 };

/** Samples of all kinds: sound, silence, denormals, loud, and what is no number. */
static float odd_sample(struct rand *rand, bool wild)
{
    static const float kinds[] = {0.0F,  -0.0F, 1e-40F, -1e-42F,  1.0F,      -1.0F,  2.0F,
                                  -2.0F, 2.5F,  -1e30F, INFINITY, -INFINITY, 1e-20F, NAN};
    if (rand_below(rand, 4) == 0) {
        return kinds[rand_below(rand, wild ? 14 : 6)];
    }
    return (float)rand_below(rand, 2000001) / 1000000 - 1;
}

static void fill(struct rand *rand, float *pcm, size_t count, bool wild)
{
    for (size_t i = 0; i < count; i++) {
        pcm[i] = odd_sample(rand, wild);
    }
}

static bool same(const float *a, const float *b, size_t count)
{
    return memcmp(a, b, count * sizeof(*a)) == 0;
}

/** Each version against plain C, bit by bit, at any length and alignment, guarded on both sides. */
TEST_NO_OOM(mix_ops_versions_give_the_bits_of_plain_c)
{
    static const float gains[][2] = {{1, 1}, {0, 1}, {1, 0}, {0.3F, 0.31F}, {4, 0.001F}};
    static float in[ROOM];
    static float own[ROOM];
    static float want[ROOM];
    static float got[ROOM];
    const struct mix_ops *plain = mix_ops_version(0);
    struct rand rand;
    rand_init(&rand, 5);
    for (size_t v = 1; mix_ops_version(v) != NULL; v++) {
        const struct mix_ops *ops = mix_ops_version(v);
        for (size_t round = 0; round < 300; round++) {
            size_t count = round < 40 ? round : rand_below(&rand, MOST + 1);
            size_t at = GUARD + round % 2; /* aligned, and not */
            const float *gain = gains[round % 5];
            fill(&rand, in, ROOM, true);
            memcpy(want, in, sizeof(want));
            memcpy(got, in, sizeof(got));
            plain->take(want + at, in + GUARD, count, gain[0], gain[1]);
            ops->take(got + at, in + GUARD, count, gain[0], gain[1]);
            REQUIRE(same(got, want, ROOM));
            fill(&rand, in, ROOM, false);
            fill(&rand, own, ROOM, false);
            memcpy(want, own, sizeof(want));
            memcpy(got, own, sizeof(got));
            plain->add(want + at, in + GUARD, count);
            ops->add(got + at, in + GUARD, count);
            REQUIRE(same(got, want, ROOM));
            plain->subtract(want + at, in + at, own + GUARD, count);
            ops->subtract(got + at, in + at, own + GUARD, count);
            REQUIRE(same(got, want, ROOM));
            plain->subtract(want, want, own, count); /* in place */
            ops->subtract(got, got, own, count);
            REQUIRE(same(got, want, ROOM));
            float sum = plain->energy(in + at, count);
            float most = plain->peak(in + at, count);
            CHECK(ops->energy(in + at, count) == sum);
            CHECK(ops->peak(in + at, count) == most);
        }
        in[3] = NAN;
        CHECK(isfinite(ops->peak(in, 40)));
    }
    goto out;
out:
    return;
}

TEST(mix_ops_do_what_they_say)
{
    for (size_t v = 0; mix_ops_version(v) != NULL; v++) {
        const struct mix_ops *ops = mix_ops_version(v);
        const float in[9] = {1, -1, 0.5F, NAN, INFINITY, -INFINITY, 3, -3, 0.25F};
        float out[9];
        float sum[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
        const float ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, -2};
        ops->take(out, in, 9, 1, 1);
        const float clean[9] = {1, -1, 0.5F, 0, 0, 0, 2, -2, 0.25F};
        CHECK(same(out, clean, 9));
        ops->take(out, ones, 8, 0, 1);
        CHECK(out[0] == 0.125F && out[3] == 0.5F && out[7] == 1);
        ops->add(sum, ones, 9);
        CHECK(sum[0] == 2 && sum[7] == 2 && sum[8] == -1);
        ops->subtract(out, sum, ones, 9);
        CHECK(out[0] == 1 && out[8] == 1);
        CHECK(ops->peak(ones, 9) == 2 && ops->peak(ones, 0) == 0);
        CHECK(ops->energy(ones, 9) == 12 && ops->energy(ones, 0) == 0);
    }
    CHECK(mix_ops() != NULL && mix_ops()->name != NULL);
    goto out;
out:
    return;
}

/**
 * The score that tandem-load gives a call by counting (G.107.2) ranks the paths of the matrix as
 * what is heard on them does (ESTOI of the decoded sound), with repairs and without.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/ear.h"
#include "load/mos.h"
#include "load/profiles.h"
#include "score/sound_score.h"
#include "support/leg_pair.h"
#include "unit/runner.h"

enum {
    SECONDS = 24,
    COUNT = SECONDS * PCM_HZ,
    PACKETS = 50 * SECONDS + 100,
    BYTES = PACKETS * 400,
    MOST = 40,
    AUDIO_BPS = 40000
};

/** What a listener got. */
struct recorder {
    struct ear_packet packets[PACKETS];
    size_t count;
    uint8_t bytes[BYTES];
    size_t used;
};

static struct recorder recorder;
static float said[COUNT];
static float heard[COUNT];
static float in_step[COUNT];

static void take(void *owner, unsigned stream, const struct stats_sound *sound,
                 const uint8_t *payload, size_t len)
{
    struct recorder *to = owner;
    if (to->count == PACKETS || to->used + len > BYTES) {
        return;
    }
    struct ear_packet *packet = &to->packets[to->count++];
    *packet = ear_packet_of(stream, sound, len);
    packet->offset = to->used;
    memcpy(to->bytes + to->used, payload, len);
    to->used += len;
}

/** What goes into the microphone from a time on. */
static void say(const struct content *content, const struct endpoint *endpoint, int64_t from_us)
{
    uint64_t place = 0;
    int64_t at_us = 0;
    memset(said, 0, sizeof(said));
    if (!endpoint_voice(endpoint, &place, &at_us)) {
        return;
    }
    size_t at = (size_t)(at_us - from_us) * PCM_MS / 1000;
    for (; at + PCM_FRAME <= COUNT; at += PCM_FRAME) {
        content_samples(content, 0, true, place++, said + at);
    }
}

struct verdict {
    double mos;
    double estoi;
    uint64_t lost; /* before repair */
};

/** A call over a path, counted and heard. */
static int call(const struct content *content, const struct profile *profile, bool repair,
                struct verdict *out)
{
    const struct endpoint_tap tap = {.sound = take, .owner = &recorder};
    struct leg_pair pair = {.now_us = 0};
    struct stats *stats = calloc(1, sizeof(*stats));
    struct ear ear = {.decoder = NULL};
    struct mos mos = {.score = 0};
    struct sound_score score = {.estoi = 0};
    struct alignment alignment = {.blocks = NULL};
    recorder.count = 0;
    recorder.used = 0;
    memset(heard, 0, sizeof(heard));
    leg_pair_sound(&pair);
    pair.ends[LEG_RECEIVER].agreement.streams[0].nack = repair;
    int err = stats == NULL ? ERR_NO_MEMORY : leg_pair_start(&pair, content, &profile->down, &tap);
    if (err == 0) {
        int64_t from_us = pair.now_us;
        say(content, pair.ends[LEG_SENDER].endpoint, from_us);
        endpoint_speak(pair.ends[LEG_SENDER].endpoint, true, pair.now_us);
        leg_pair_run(&pair, SECONDS * INT64_C(1000000));
        endpoint_stats(pair.ends[LEG_RECEIVER].endpoint, pair.now_us, stats);
        mos_of_stats(&mos, stats, AUDIO_BPS);
        size_t count = ear_sort(recorder.packets, recorder.count);
        const struct ear_stage stage = {.pcm = heard, .samples = COUNT, .from_us = from_us};
        err = ear_play(&ear, recorder.packets, count, recorder.bytes, &stage);
    }
    err = err != 0 ? err : sound_score(said, heard, COUNT, in_step, &alignment, &score);
    *out = (struct verdict){.mos = mos.score,
                            .estoi = score.estoi,
                            .lost = stats == NULL ? 0 : stats->received[0].lost_before};
    if (getenv("UNIT_SHOW") != NULL && stats != NULL) {
        printf("  %-10s %-6s MOS %.2f ESTOI %.3f concealed %.2f %% by loss %.1f burst %.1f delay "
               "%.1f\n",
               profile->name, repair ? "repair" : "bare", mos.score, score.estoi,
               100.0 * (double)stats->received[0].concealed_us / (double)stats->received[0].due_us,
               mos.by_loss, mos.by_burst, mos.by_delay);
    }
    alignment_deinit(&alignment);
    ear_deinit(&ear);
    leg_pair_deinit(&pair);
    free(stats);
    return err;
}

/** Rank of each value, ties (closer than `same`) by their mean. */
static void rank(const double *values, size_t count, double same, double *out)
{
    for (size_t i = 0; i < count; i++) {
        double below = 0;
        double equal = 0;
        for (size_t j = 0; j < count; j++) {
            double off = values[j] - values[i];
            below += off < -same;
            equal += fabs(off) <= same;
        }
        out[i] = below + (equal + 1) / 2;
    }
}

static double correlation(const double *a, const double *b, size_t count)
{
    double sa = 0;
    double sb = 0;
    double aa = 0;
    double bb = 0;
    double ab = 0;
    for (size_t i = 0; i < count; i++) {
        sa += a[i];
        sb += b[i];
    }
    for (size_t i = 0; i < count; i++) {
        double x = a[i] - sa / (double)count;
        double y = b[i] - sb / (double)count;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    return ab / sqrt(aa * bb);
}

TEST_NO_OOM(mos_ranks_paths_as_ears_do)
{
    const struct content_config config = {.tones = 1, .seed = 5, .audio_bps = AUDIO_BPS};
    struct content *content = NULL;
    const char *reason = "";
    double mos[MOST];
    double estoi[MOST];
    double mos_rank[MOST];
    double estoi_rank[MOST];
    size_t count = 0;
    REQUIRE_OK(content_new(&content, &config, &reason));
    for (size_t i = 0; profile_at(i) != NULL; i++) {
        struct verdict verdict = {.lost = 1};
        for (int bare = 0; bare < 2 && verdict.lost > 0 && count < MOST; bare++) {
            REQUIRE_OK(call(content, profile_at(i), bare == 0, &verdict));
            mos[count] = verdict.mos;
            estoi[count++] = verdict.estoi;
        }
    }
    rank(mos, count, 0.02, mos_rank);
    rank(estoi, count, 0.004, estoi_rank);
    double spearman = correlation(mos_rank, estoi_rank, count);
    if (getenv("UNIT_SHOW") != NULL) {
        printf("  Spearman %.3f of %zu\n", spearman, count);
    }
    CHECK(count >= 18);
    CHECK(spearman > 0.9);
out:
    content_free(&content);
}

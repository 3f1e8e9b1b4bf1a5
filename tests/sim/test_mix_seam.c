/**
 * A slot goes over from what is forwarded to the mix and back while somebody speaks without a
 * pause: sample by sample, nothing is heard twice and nothing is left out, however the packets of
 * the source stand to the frames of the mix, and whatever the clocks do.
 *
 * Measured at the ear: of which sample of the source is what is decoded right before and right
 * behind each change, by cross-correlation. Timestamps are taken at their word.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rand.h"
#include "codec/audio_decoder.h"
#include "codec/audio_encoder.h"
#include "codec/pcm_level.h"
#include "sim/scenario.h"
#include "support/recorded_speech.h"
#include "unit/runner.h"

enum {
    SECONDS = 14,
    COUNT = SECONDS * PCM_HZ,
    SAID = 2 * COUNT, /**< begins anew behind that */
    CHANGES = 8,
    WINDOW = 25 * PCM_MS, /**< of sound, compared on each side */
    SETTLED = 3 * PCM_MS, /**< decoders cross-fade so long */
    FARTHEST = 500 * PCM_MS,
    NEAR = 25 * PCM_MS, /**< a change is looked for within this */
    CELT = 0x80         /**< of a TOC: the mix, not the source */
};

static const struct recorded_speech_pauses never = {.first_ms = 0, .least_ms = 0, .most_ms = 1};

/** Says the same without end, each packet what follows on that before, by its own clock. */
struct reciter {
    struct audio_encoder *encoder;
    const float *said;
    size_t at;
};

/** Decodes packets as they come, on a path that loses none and keeps their order. */
struct listener {
    struct audio_decoder *decoder;
    float *heard;
    bool begun;
    bool made; /**< the last packet was */
    uint32_t first_timestamp;
    uint32_t end; /**< of what was decoded, samples */
    size_t holes; /**< packets that do not begin where those before ended */
    size_t parts; /**< packets of other lengths than those of the sources */
    size_t changes;
    uint32_t change_at[CHANGES];
};

static const double street_pole = 0.15; /* 1.2 kHz */
static const double street_level = 0.5;

static float said[3][SAID]; /**< the third nothing */

/** A street behind the talker: there is something to be recognized at any time, and no pause. */
static void add_street(float *pcm, size_t count, uint64_t seed)
{
    struct rand rand;
    double hum = 0;
    rand_init(&rand, seed);
    for (size_t i = 0; i < count; i++) {
        double noise = (double)rand_below(&rand, 65536) / 32768 - 1;
        hum += (noise - hum) * street_pole;
        pcm[i] += (float)(hum * street_level);
    }
}

static size_t recite(void *owner, int64_t capture_us, uint8_t *out, uint8_t *level)
{
    struct reciter *reciter = owner;
    const float *pcm = reciter->said + reciter->at;
    size_t bytes = 0;
    (void)capture_us;
    *level = pcm_level_dbov(pcm, PCM_FRAME);
    if (audio_encoder_encode(reciter->encoder, pcm, out, SOURCE_MAX_PAYLOAD, &bytes) != 0) {
        return 0;
    }
    reciter->at = (reciter->at + PCM_FRAME) % SAID;
    return bytes;
}

static void note_change(struct listener *listener, uint32_t at, bool made)
{
    if (listener->begun && made != listener->made && listener->changes < CHANGES) {
        listener->change_at[listener->changes++] = at;
    }
    listener->made = made;
}

static void hear(void *owner, const struct sink_sound *sound)
{
    struct listener *listener = owner;
    float pcm[PCM_MAX_SAMPLES];
    size_t samples = 0;
    if (!listener->begun) {
        listener->first_timestamp = sound->timestamp;
    }
    uint32_t at = sound->timestamp - listener->first_timestamp;
    if (audio_decoder_decode(listener->decoder, sound->payload, sound->bytes, pcm, &samples) != 0) {
        listener->holes++;
        return;
    }
    listener->holes += at != listener->end ? 1 : 0;
    listener->parts += samples != PCM_FRAME ? 1 : 0;
    note_change(listener, at, (sound->payload[0] & CELT) != 0);
    listener->begun = true;
    listener->end = at + (uint32_t)samples;
    if (listener->end <= COUNT) {
        memcpy(listener->heard + at, pcm, samples * sizeof(*pcm));
    }
}

static double likeness(const float *a, const float *b)
{
    double ab = 0;
    double aa = 1e-9;
    double bb = 1e-9;
    for (size_t i = 0; i < WINDOW; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

struct place {
    int64_t at; /**< sample of the source */
    double likeness;
};

/** Which sample of the source, from `from` to `to`, a window of what was heard begins with. */
static struct place find(const float *heard, const float *source, int64_t from, int64_t to)
{
    struct place best = {.likeness = -1};
    for (int64_t at = from < 0 ? 0 : from; at <= to && at + WINDOW <= SAID; at++) {
        double alike = likeness(heard, source + at);
        if (alike > best.likeness) {
            best = (struct place){.at = at, .likeness = alike};
        }
    }
    return best;
}

/** Samples left out (above 0) or doubled (below 0) at a change. @param near of the source, where
 * heard sample 0 was said */
static int64_t jump_at(const struct listener *listener, size_t change, const float *source,
                       struct place sides[2])
{
    int64_t at = listener->change_at[change];
    const float *before = listener->heard + at - WINDOW;
    const float *after = listener->heard + at + SETTLED;
    int64_t far = change == 0 ? FARTHEST : 2 * NEAR;
    sides[0] = find(before, source, at - WINDOW - far, at - WINDOW + far);
    sides[1] = find(after, source, sides[0].at + WINDOW + SETTLED - NEAR,
                    sides[0].at + WINDOW + SETTLED + NEAR);
    return sides[1].at - (sides[0].at + WINDOW + SETTLED);
}

struct scene {
    struct world *world;
    bool whole_frames; /**< nobody takes parts of frames */
    struct peer *peers[3];
    struct reciter reciters[3];
    struct listener listeners[2];
};

static int join(struct scene *scene, size_t who, int32_t ppm)
{
    const struct peer_config one_slot = {
        .audio_sources = 1, .audio_slots = 1, .whole_frames = scene->whole_frames};
    const struct audio_encoder_config usual = audio_encoder_defaults();
    struct reciter *reciter = &scene->reciters[who];
    int err = world_join(scene->world, &one_slot, &clean_path, &scene->peers[who]);
    err = err == 0 ? audio_encoder_new(&reciter->encoder, &usual) : err;
    if (err == 0) {
        struct source *source = peer_source(scene->peers[who], MEDIA_AUDIO);
        reciter->said = said[who];
        source_set_drift(source, ppm);
        source_set_voice(source, &(struct source_voice){.next = recite, .owner = reciter});
    }
    return err;
}

static int begin(struct scene *scene, uint64_t seed, int32_t ppm, bool whole_frames)
{
    *scene = (struct scene){.whole_frames = whole_frames};
    int err = world_new(&scene->world, seed);
    if (err == 0) {
        world_set_patient(scene->world, true);
    }
    for (size_t i = 0; i < 2 && err == 0; i++) {
        struct listener *listener = &scene->listeners[i];
        listener->heard = calloc(COUNT, sizeof(*listener->heard));
        err = listener->heard == NULL ? ERR_NO_MEMORY : audio_decoder_new(&listener->decoder);
        err = err == 0 ? join(scene, i, i == 0 ? ppm : -ppm) : err;
        if (err == 0) {
            sink_set_listener(peer_sink(scene->peers[i], MEDIA_AUDIO, 0),
                              &(struct sink_listener){.take = hear, .owner = listener});
            world_run(scene->world, 1000 + (int64_t)(seed * 3571 % 20000));
        }
    }
    return err;
}

static void end(struct scene *scene)
{
    world_free(&scene->world);
    for (size_t i = 0; i < 3; i++) {
        audio_encoder_free(&scene->reciters[i].encoder);
    }
    for (size_t i = 0; i < 2; i++) {
        audio_decoder_free(&scene->listeners[i].decoder);
        free(scene->listeners[i].heard);
    }
}

static int make_talkers(void)
{
    int err = 0;
    for (unsigned i = 0; i < 2 && err == 0; i++) {
        err = recorded_speech_read(i, &never, said[i], SAID);
        add_street(said[i], SAID, i);
    }
    return err;
}

/** A third, who is silent, comes and goes. */
static int come_and_go(struct scene *scene, uint64_t seed)
{
    world_run(scene->world, 2 * SECOND_US + (int64_t)(seed * 7919 % 1000) * 1000);
    int err = join(scene, 2, 0);
    if (err == 0) {
        world_run(scene->world, 4 * SECOND_US);
        world_leave(scene->world, scene->peers[2]);
        world_run(scene->world, 5 * SECOND_US);
    }
    return err;
}

static void judge(const struct scene *scene, uint64_t seed, size_t who, int64_t *worst)
{
    const struct listener *listener = &scene->listeners[who];
    CHECK_INT(listener->holes, 0);
    CHECK_INT(listener->changes, 2);
    for (size_t i = 0; i < listener->changes; i++) {
        struct place sides[2];
        int64_t jump = jump_at(listener, i, said[1 - who], sides);
        if (getenv("SIM_SHOW") != NULL) {
            printf("  seed %u, listener %zu, %s: %+.3f ms (%.3f, %.3f)\n", (unsigned)seed, who,
                   i == 0 ? "mixed" : "forwarded", (double)jump / PCM_MS, sides[0].likeness,
                   sides[1].likeness);
        }
        CHECK(sides[0].likeness > 0.5 && sides[1].likeness > 0.5);
        *worst = llabs(jump) > *worst ? llabs(jump) : *worst;
    }
}

TEST_NO_OOM(what_is_forwarded_and_the_mix_join_to_the_sample)
{
    static const int32_t drifts[] = {0, 100, -100, 30};
    struct scene scene = {.world = NULL};
    int64_t worst = 0;
    REQUIRE_OK(make_talkers());
    for (uint64_t seed = 1; seed <= 8; seed++) {
        REQUIRE_OK(begin(&scene, seed, drifts[seed % 4], false));
        REQUIRE_OK(come_and_go(&scene, seed));
        CHECK(is_clean(scene.peers[0]) && is_clean(scene.peers[1]));
        for (size_t who = 0; who < 2; who++) {
            judge(&scene, seed, who, &worst);
        }
        end(&scene);
        scene = (struct scene){.world = NULL};
    }
    CHECK(worst <= AUDIO_ENCODER_STEP / 2);
out:
    end(&scene);
}

TEST_NO_OOM(who_may_not_know_parts_of_frames_has_whole_ones)
{
    struct scene scene = {.world = NULL};
    int64_t worst = 0;
    REQUIRE_OK(make_talkers());
    for (uint64_t seed = 1; seed <= 4; seed++) {
        REQUIRE_OK(begin(&scene, seed, 0, true));
        REQUIRE_OK(come_and_go(&scene, seed));
        CHECK(is_clean(scene.peers[0]) && is_clean(scene.peers[1]));
        for (size_t who = 0; who < 2; who++) {
            CHECK_INT(scene.listeners[who].parts, 0);
            judge(&scene, seed, who, &worst);
        }
        end(&scene);
        scene = (struct scene){.world = NULL};
    }
    CHECK(worst <= PCM_FRAME);
out:
    end(&scene);
}

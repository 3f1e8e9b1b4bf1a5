#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_encoder.h"
#include "load/listener.h"
#include "unit/runner.h"

enum {
    PACKETS = 220,
    STEP_US = 20000,
    WINDOW_US = PACKETS * STEP_US,
    ROOM_BYTES = PACKETS * 400,
    BEGIN_US = 50000000,
    PATH_US = 10000
};

/** A listener (caller 1) in a room with caller 2; both have spoken all the time. Caller 3 is there
 * when a test says so. */
struct scene {
    struct content *content;
    struct spoken *spoken;
    struct spoken_voice *voices;
    size_t voice_count;
    unsigned stream; /* on which packets come */
    uint32_t named;  /* caller that marks name, 0 = who spoke */
    struct ear_packet *packets;
    uint8_t *bytes;
    float *sounds;
    size_t count;
    size_t used;
    struct listener listener;
};

static bool open_scene(struct scene *scene)
{
    const struct content_config config = {.tones = 2, .seed = 3, .audio_bps = 40000};
    const char *reason = "";
    *scene = (struct scene){.voice_count = 2, .listener = {.caller = 1, .room = 7, .at_once = 2}};
    scene->voices = calloc(3, sizeof(*scene->voices));
    scene->packets = calloc(PACKETS, sizeof(*scene->packets));
    scene->bytes = calloc(1, ROOM_BYTES);
    scene->sounds = calloc(3 * (size_t)LISTENER_SAMPLES, sizeof(float));
    if (scene->voices == NULL || scene->packets == NULL || scene->bytes == NULL ||
        scene->sounds == NULL || spoken_new(&scene->spoken) != 0 ||
        content_new(&scene->content, &config, &reason) != 0) {
        return false;
    }
    for (unsigned i = 0; i < 2; i++) {
        scene->voices[i] = (struct spoken_voice){.caller = i + 1, .room = 7, .tone = i, .count = 1};
        scene->voices[i].spurts[0] = (struct spoken_spurt){
            .from_us = BEGIN_US - WINDOW_US, .place = 40 * i, .speaking = true};
    }
    return true;
}

static void close_scene(struct scene *scene)
{
    listener_deinit(&scene->listener);
    content_free(&scene->content);
    spoken_free(&scene->spoken);
    free(scene->voices);
    free(scene->packets);
    free(scene->bytes);
    free(scene->sounds);
}

static void restart(struct scene *scene)
{
    listener_deinit(&scene->listener);
    scene->listener = (struct listener){.caller = 1, .room = 7, .at_once = 2};
    scene->count = 0;
    scene->used = 0;
}

/** The packet that is sent at step i, when the 20 ms before were said. */
static uint64_t place_of(unsigned voice, unsigned i)
{
    return 40 * voice + PACKETS + i;
}

static struct ear_packet *add(struct scene *scene, unsigned i, const uint8_t *data, size_t len)
{
    struct ear_packet *packet = &scene->packets[scene->count++];
    *packet = (struct ear_packet){.stream = scene->stream,
                                  .ssrc = 99,
                                  .arrived_us = BEGIN_US + i * STEP_US + PATH_US,
                                  .ext_seq = i,
                                  .timestamp = 960LL * i,
                                  .offset = scene->used,
                                  .len = len};
    memcpy(scene->bytes + scene->used, data, len);
    scene->used += len;
    return packet;
}

/** What a caller sent arrives as it is; each `lose`-th is lost, 0 = none. */
static void forward(struct scene *scene, unsigned voice, bool quiet, unsigned lose)
{
    size_t loop = content_loop(scene->content, true);
    for (unsigned i = 0; i < PACKETS; i++) {
        struct content_sound sound;
        if (lose != 0 && i % lose == lose - 1) {
            continue;
        }
        content_sound(scene->content, voice, !quiet, place_of(voice, i), &sound);
        struct ear_packet *packet = add(scene, i, sound.data, sound.len);
        packet->marked = true;
        packet->mark =
            (struct mark){.caller = scene->named != 0 ? scene->named : voice + 1,
                          .number = i,
                          .content = (uint16_t)(quiet ? CONTENT_QUIET : place_of(voice, i) % loop),
                          .sent_us = BEGIN_US + i * STEP_US};
    }
}

/** Somebody mixes voices and codes the sum. */
static bool mix(struct scene *scene, bool first, bool second)
{
    const struct audio_encoder_config config = {.channels = 1,
                                                .complexity = 5,
                                                .purpose = AUDIO_FOR_SOUND,
                                                .max_bandwidth = AUDIO_FULLBAND,
                                                .bitrate_bps = 48000};
    struct audio_encoder *encoder = NULL;
    if (audio_encoder_new(&encoder, &config) != 0) {
        return false;
    }
    for (unsigned i = 0; i < PACKETS; i++) {
        uint8_t data[AUDIO_PACKET_MAX_BYTES];
        float sum[960] = {0};
        float voice[960];
        size_t len = 0;
        for (unsigned who = 0; who < 2; who++) {
            content_samples(scene->content, who, true, place_of(who, i), voice);
            for (size_t j = 0; j < 960 && (who == 0 ? first : second); j++) {
                sum[j] += voice[j];
            }
        }
        if (audio_encoder_encode(encoder, sum, data, 300, &len) == 0) {
            (void)add(scene, i, data, len);
        }
    }
    audio_encoder_free(&encoder);
    return true;
}

/** @return false without memory */
static bool judge(struct scene *scene, struct heard_score *score)
{
    struct listener_window window = {.from_us = BEGIN_US,
                                     .to_us = BEGIN_US + WINDOW_US,
                                     .packets = scene->packets,
                                     .count = scene->count,
                                     .bytes = scene->bytes};
    const struct listener_desk desk = {.content = scene->content,
                                       .spoken = scene->spoken,
                                       .voices = scene->voices,
                                       .voice_count = scene->voice_count,
                                       .heard = scene->sounds,
                                       .said = scene->sounds + LISTENER_SAMPLES,
                                       .in_step = scene->sounds + 2 * LISTENER_SAMPLES};
    if (listener_judge(&scene->listener, &desk, &window) != 0) {
        return false;
    }
    *score = (struct heard_score){.sound = false};
    listener_score(&scene->listener, score);
    return true;
}

TEST_NO_OOM(forwarded_voices_are_known_by_their_marks)
{
    struct scene scene;
    struct heard_score clean;
    struct heard_score score;
    REQUIRE(open_scene(&scene));

    forward(&scene, 1, false, 0);
    REQUIRE(judge(&scene, &clean));
    CHECK(clean.sound && clean.estoi > 0.9 && clean.lsd_db < 3 && clean.clipped_share == 0);
    /* 20 ms until it is sent, 6.5 of the coder, the path, 40 ms of buffer */
    CHECK(fabs(clean.mouth_to_ear_ms - 76.5) < 2);
    CHECK(clean.wrong_count == 0 && clean.missing_count == 0);

    restart(&scene);
    forward(&scene, 1, false, 8);
    REQUIRE(judge(&scene, &score));
    CHECK(score.sound && score.estoi < clean.estoi - 0.02 && score.missing_count == 0);

    restart(&scene);
    forward(&scene, 0, false, 0); /* the server sends everybody his own voice */
    REQUIRE(judge(&scene, &score));
    REQUIRE(score.wrong_count == 1 && score.missing_count == 1);
    CHECK(score.wrong[0] == 1 && score.missing[0] == 2);

    restart(&scene);
    scene.listener.echo = true; /* and is meant to */
    forward(&scene, 0, false, 0);
    REQUIRE(judge(&scene, &score));
    CHECK(score.wrong_count == 0 && score.estoi > 0.9);

    restart(&scene);
    forward(&scene, 1, true, 0); /* its quiet is sent on, and never its speech */
    REQUIRE(judge(&scene, &score));
    CHECK(!score.sound && score.missing_count == 1 && score.missing[0] == 2);
out:
    close_scene(&scene);
}

TEST_NO_OOM(voices_in_a_mix_are_known_by_their_tones)
{
    struct scene scene;
    struct heard_score score;
    REQUIRE(open_scene(&scene));

    REQUIRE(mix(&scene, false, true));
    REQUIRE(judge(&scene, &score));
    CHECK(score.sound && score.estoi > 0.9);
    CHECK(score.wrong_count == 0 && score.missing_count == 0);

    restart(&scene);
    REQUIRE(mix(&scene, true, true)); /* the listener is in it, too */
    REQUIRE(judge(&scene, &score));
    REQUIRE(score.wrong_count == 1 && score.missing_count == 0);
    CHECK(score.wrong[0] == 1 && score.estoi < 0.9);

    restart(&scene);
    REQUIRE(mix(&scene, true, false)); /* only the listener is */
    REQUIRE(judge(&scene, &score));
    REQUIRE(score.wrong_count == 1 && score.missing_count == 1);
    CHECK(score.wrong[0] == 1 && score.missing[0] == 2);

    restart(&scene);
    scene.voices[1].spurts[0].speaking = false; /* caller 2 is said to be silent */
    REQUIRE(mix(&scene, false, true));
    REQUIRE(judge(&scene, &score));
    REQUIRE(score.wrong_count == 1);
    CHECK(score.wrong[0] == 2 && score.missing_count == 0);
out:
    close_scene(&scene);
}

TEST_NO_OOM(only_who_is_known_to_be_elsewhere_is_heard_wrongly_by_marks)
{
    struct scene scene;
    struct heard_score score;
    REQUIRE(open_scene(&scene));

    scene.named = 3; /* the desk was never told of it */
    forward(&scene, 1, false, 0);
    REQUIRE(judge(&scene, &score));
    CHECK(score.wrong_count == 0);

    restart(&scene);
    REQUIRE(spoken_add(scene.spoken, 3, 8, 1) != NULL); /* it is in another room */
    forward(&scene, 1, false, 0);
    REQUIRE(judge(&scene, &score));
    REQUIRE(score.wrong_count == 1);
    CHECK(score.wrong[0] == 3);
out:
    close_scene(&scene);
}

TEST_NO_OOM(streams_that_are_not_played_are_heard_by_their_marks)
{
    struct scene scene;
    struct heard_score score;
    REQUIRE(open_scene(&scene));

    scene.stream = LISTENER_STREAMS;
    forward(&scene, 1, false, 0);
    REQUIRE(judge(&scene, &score));
    CHECK(!score.sound && score.wrong_count == 0 && score.missing_count == 0);

    restart(&scene);
    forward(&scene, 0, false, 0);
    REQUIRE(judge(&scene, &score));
    REQUIRE(score.wrong_count == 1 && score.missing_count == 1);
    CHECK(score.wrong[0] == 1 && score.missing[0] == 2);
out:
    close_scene(&scene);
}

TEST_NO_OOM(a_tone_tells_its_caller_after_who_had_it_before_has_left)
{
    struct scene scene;
    struct heard_score score;
    REQUIRE(open_scene(&scene));
    scene.voice_count = 3;
    scene.voices[2] = scene.voices[1];
    scene.voices[2].caller = 3;

    REQUIRE(mix(&scene, true, false)); /* caller 3 is still there: who of the two is missing? */
    REQUIRE(judge(&scene, &score));
    REQUIRE(score.wrong_count == 1 && score.missing_count == 0);
    CHECK(score.wrong[0] == 1);

    restart(&scene);
    scene.voices[2].left_us = BEGIN_US - 100000;
    scene.voices[2].spurts[scene.voices[2].count++] =
        (struct spoken_spurt){.from_us = BEGIN_US - 100000, .speaking = false};
    REQUIRE(mix(&scene, true, false));
    REQUIRE(judge(&scene, &score));
    REQUIRE(score.wrong_count == 1 && score.missing_count == 1);
    CHECK(score.wrong[0] == 1 && score.missing[0] == 2);

    restart(&scene);
    REQUIRE(mix(&scene, false, true));
    REQUIRE(judge(&scene, &score));
    CHECK(score.wrong_count == 0 && score.missing_count == 0);
out:
    close_scene(&scene);
}

TEST(windows_that_are_too_short_are_not_judged)
{
    struct listener listener = {.caller = 1};
    struct listener_window window = {.from_us = 0, .to_us = LISTENER_LEAST_US - 1};
    struct heard_score score = {.sound = true};
    CHECK(listener_judge(&listener, NULL, &window) == 0 && listener.windows == 0);
    listener_score(&listener, &score);
    CHECK(!score.sound && score.estoi == 0);
}

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/listening_desk.h"
#include "unit/runner.h"

enum { NOBODY = 65534, PACKETS = 200, STEP_US = 20000, BEGIN_US = 60000000 };

static const struct caller_config listens = {
    .number = 1, .room = 3, .place = 0, .receive_audio = 1, .listens = true};
static const struct caller_config speaks = {.number = 2, .room = 3, .place = 1, .receive_audio = 1};

/** Caller 1, who listens, and caller 2, who speaks to it. */
struct scene {
    struct content *content;
    struct listening_desk *desk;
    const struct endpoint_tap *ear;
    const struct endpoint_tap *mouth;
    struct heard_score score;
};

static bool open_scene(struct scene *scene, const struct caller_config *listener)
{
    const struct content_config config = {.tones = 2, .seed = 3, .audio_bps = 40000};
    const char *reason = "";
    *scene = (struct scene){.content = NULL};
    if (content_new(&scene->content, &config, &reason) != 0 ||
        listening_desk_new(&scene->desk, scene->content, false) != 0) {
        return false;
    }
    scene->ear = listening_desk_seat(scene->desk, listener);
    scene->mouth = listening_desk_seat(scene->desk, &speaks);
    return scene->ear != NULL && scene->mouth != NULL;
}

static void close_scene(struct scene *scene)
{
    listening_desk_free(&scene->desk);
    content_free(&scene->content);
}

/** What a caller says in a tone comes to caller 1. */
static void hear(const struct scene *scene, const struct endpoint_tap *mouth, unsigned tone,
                 uint32_t caller)
{
    size_t loop = content_loop(scene->content, true);
    mouth->spoke(mouth->owner, true, 5, BEGIN_US);
    for (unsigned i = 0; i < PACKETS; i++) {
        struct content_sound sound;
        content_sound(scene->content, tone, true, 5 + i, &sound);
        struct stats_sound told = {.arrived_us = BEGIN_US + i * STEP_US + 5000,
                                   .ssrc = 8,
                                   .ext_seq = 100 + i,
                                   .timestamp = 960LL * i,
                                   .marked = true,
                                   .mark = {.caller = caller,
                                            .number = i,
                                            .content = (uint16_t)((5 + i) % loop),
                                            .sent_us = BEGIN_US + i * STEP_US}};
        scene->ear->sound(scene->ear->owner, 0, &told, sound.data, sound.len);
    }
}

/** What caller 2 sends comes to caller 1, or caller 1's own voice does. */
static void call(const struct scene *scene, unsigned who)
{
    hear(scene, scene->mouth, who, who + 1);
}

TEST_NO_OOM(sampled_callers_are_scored_when_nothing_comes_any_more)
{
    struct scene scene;
    REQUIRE(open_scene(&scene, &listens));
    CHECK(scene.mouth->sound == NULL);
    listening_desk_begin(scene.desk, BEGIN_US);
    call(&scene, 1);
    REQUIRE(listening_desk_score(scene.desk, 1, &scene.score));
    CHECK(scene.score.sound && scene.score.estoi > 0.9 && scene.score.wrong_count == 0 &&
          scene.score.missing_count == 0);
    CHECK(fabs(scene.score.mouth_to_ear_ms - 71.5) < 2);
    CHECK(!listening_desk_score(scene.desk, 2, &scene.score) &&
          !listening_desk_score(scene.desk, 9, &scene.score));
out:
    close_scene(&scene);
}

/** Who may not come back from the lowest priority lets another thread score. @return whether it
 * did */
static bool scores_without_privileges(void)
{
    struct scene scene = {.content = NULL};
    const struct rlimit none = {.rlim_cur = 0};
    bool scored = setrlimit(RLIMIT_NICE, &none) == 0 &&
                  (getuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0)) &&
                  open_scene(&scene, &listens);
    if (scored) {
        listening_desk_begin(scene.desk, BEGIN_US);
        call(&scene, 1);
        scored = listening_desk_score(scene.desk, 1, &scene.score) && scene.score.sound;
    }
    close_scene(&scene);
    return scored;
}

TEST_NO_OOM(who_has_no_privileges_is_scored_too)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        _exit(scores_without_privileges() ? 0 : 1);
    }
    REQUIRE(child > 0);
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
out:
    return;
}

TEST_NO_OOM(who_hears_himself_is_found_at_the_desk)
{
    struct scene scene;
    REQUIRE(open_scene(&scene, &listens));
    listening_desk_begin(scene.desk, BEGIN_US);
    call(&scene, 0);
    REQUIRE(listening_desk_score(scene.desk, 1, &scene.score));
    REQUIRE(scene.score.wrong_count == 1 && scene.score.missing_count == 1);
    CHECK(scene.score.wrong[0] == 1 && scene.score.missing[0] == 2);
out:
    close_scene(&scene);
}

TEST_NO_OOM(a_voice_of_a_large_room_is_known)
{
    struct scene scene;
    struct caller_config config = speaks;
    const struct endpoint_tap *mouth = NULL;
    REQUIRE(open_scene(&scene, &listens));
    for (config.number = 3; config.number <= 80; config.number++) {
        mouth = listening_desk_seat(scene.desk, &config);
        REQUIRE(mouth != NULL);
    }
    listening_desk_begin(scene.desk, BEGIN_US);
    hear(&scene, mouth, 1, 80);
    REQUIRE(listening_desk_score(scene.desk, 1, &scene.score));
    CHECK(scene.score.sound && scene.score.estoi > 0.9 && scene.score.wrong_count == 0 &&
          scene.score.missing_count == 0);
out:
    close_scene(&scene);
}

TEST_NO_OOM(who_has_left_in_the_midst_of_a_word_is_not_missing)
{
    struct scene scene;
    struct caller_config third = speaks;
    struct caller_config two = listens;
    third.number = 3;
    two.receive_audio = 2;
    REQUIRE(open_scene(&scene, &two));
    const struct endpoint_tap *gone = listening_desk_seat(scene.desk, &third);
    REQUIRE(gone != NULL);
    listening_desk_begin(scene.desk, BEGIN_US);
    gone->spoke(gone->owner, true, 7, BEGIN_US - 50000000);
    listening_desk_leave(scene.desk, gone, BEGIN_US);
    call(&scene, 1);
    REQUIRE(listening_desk_score(scene.desk, 1, &scene.score));
    CHECK(scene.score.wrong_count == 0 && scene.score.missing_count == 0);
out:
    close_scene(&scene);
}

TEST_NO_OOM(warm_up_does_not_count_and_the_desk_may_close_early)
{
    struct scene scene;
    REQUIRE(open_scene(&scene, &listens));
    call(&scene, 1);
    CHECK(!listening_desk_score(scene.desk, 1, &scene.score));
out:
    close_scene(&scene);
}

TEST_NO_OOM(silence_is_judged_up_to_the_end)
{
    struct scene scene;
    REQUIRE(open_scene(&scene, &listens));
    listening_desk_attend(scene.desk, 1, true, BEGIN_US - 5000000);
    listening_desk_begin(scene.desk, BEGIN_US);
    call(&scene, 1); /* for four seconds; then it goes on speaking, unheard */
    listening_desk_attend(scene.desk, 1, false, BEGIN_US + 40000000);
    REQUIRE(listening_desk_score(scene.desk, 1, &scene.score));
    CHECK(scene.score.sound && scene.score.estoi < 0.5);
    REQUIRE_INT(scene.score.missing_count, 1);
    CHECK_INT(scene.score.missing[0], 2);
out:
    close_scene(&scene);
}

TEST_NO_OOM(who_gets_nothing_at_all_misses_who_speaks)
{
    struct scene scene;
    REQUIRE(open_scene(&scene, &listens));
    listening_desk_attend(scene.desk, 1, true, BEGIN_US - 5000000);
    listening_desk_begin(scene.desk, BEGIN_US);
    scene.mouth->spoke(scene.mouth->owner, true, 5, BEGIN_US);
    listening_desk_attend(scene.desk, 1, false, BEGIN_US + 15000000);
    REQUIRE(listening_desk_score(scene.desk, 1, &scene.score));
    CHECK(scene.score.sound && scene.score.estoi == 0 && !scene.score.compared);
    CHECK_INT(scene.score.missing_count, 1);
out:
    close_scene(&scene);
}

TEST_NO_OOM(nobody_is_missed_where_nobody_speaks)
{
    struct scene scene;
    REQUIRE(open_scene(&scene, &listens));
    listening_desk_begin(scene.desk, BEGIN_US);
    listening_desk_attend(scene.desk, 1, true, BEGIN_US + 1000);
    listening_desk_attend(scene.desk, 1, false, BEGIN_US + 15000000);
    CHECK(!listening_desk_score(scene.desk, 1, &scene.score));
out:
    close_scene(&scene);
}

#include <stdio.h>

#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "support/layers.h"
#include "unit/runner.h"

enum { FRAME_US = 33333 };

/** What publisher and clock have come to. */
struct scene {
    struct call call;
    uint16_t frame;
    size_t asked; /**< PLIs answered */
};

/** Time passes; the layers of the mask send, with a keyframe whenever asked for. */
static void play(struct scene *scene, unsigned mask, unsigned frames)
{
    struct call *call = &scene->call;
    for (unsigned i = 0; i < frames; i++) {
        size_t asked = call_count_rtcp(call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI);
        bool key = scene->frame == 0 || asked != scene->asked;
        scene->asked = asked;
        for (unsigned layer = 0; layer < 3; layer++) {
            if ((mask >> layer & 1) != 0) {
                layers_send(call, &(struct layers_frame){.layer = layer,
                                                         .number = scene->frame,
                                                         .key = key,
                                                         .width = 320,
                                                         .bytes = 200});
            }
        }
        scene->frame++;
        call_turn(call);
        call_run(call, FRAME_US);
    }
}

static void view(struct call *call, uint32_t number, uint32_t width, uint32_t height)
{
    struct command *command = call_command_new(COMMAND_VIEW, number);
    if (command != NULL) {
        (void)snprintf(command->mid, sizeof(command->mid), "v");
        command->width = width;
        command->height = height;
        call_submit(call, command);
    }
}

static unsigned width_shown(const struct call *call, uint32_t number)
{
    const struct event *event = call_event(call, EVENT_SLOTS, number);
    return event == NULL || event->slot_count == 0 ? 0 : event->slots[0].width;
}

/** Bits of the layers that the publisher was last told to be wanted; 7 when never told. */
static unsigned wanted(const struct call *call)
{
    const struct event *event = call_event(call, EVENT_LAYERS, 1);
    unsigned mask = 0;
    for (size_t i = 0; event != NULL && i < event->layer_count; i++) {
        mask |= (event->layers[i].wanted ? 1U : 0U) << event->layers[i].index;
    }
    return event == NULL ? 7 : mask;
}

static bool scene_init(struct scene *scene)
{
    return call_init(&scene->call) == 0 && layers_join(&scene->call) &&
           call_join_pair(&scene->call, 2, 0);
}

TEST(the_smallest_layer_that_covers_the_view_is_shown)
{
    static const struct {
        uint32_t width;
        uint32_t height;
        unsigned want;
    } cases[] = {{160, 90, 320},  {320, 180, 320},   {340, 190, 320},   {400, 225, 640},
                 {640, 360, 640}, {1000, 562, 1280}, {3840, 2160, 1280}};
    struct scene scene = {.frame = 0};
    REQUIRE(scene_init(&scene));
    play(&scene, 7, 10);
    CHECK_INT(width_shown(&scene.call, 2), 1280);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        view(&scene.call, 2, cases[i].width, cases[i].height);
        play(&scene, 7, 75);
        CHECK_INT(width_shown(&scene.call, 2), cases[i].want);
    }
out:
    call_deinit(&scene.call);
}

TEST(a_layer_that_stops_is_left_within_a_second)
{
    struct scene scene = {.frame = 0};
    REQUIRE(scene_init(&scene));
    play(&scene, 7, 60);
    CHECK_INT(width_shown(&scene.call, 2), 1280);
    play(&scene, 3, 29);
    CHECK_INT(width_shown(&scene.call, 2), 640);
    play(&scene, 1, 29);
    CHECK_INT(width_shown(&scene.call, 2), 320);
    /* and taken again when it comes again */
    play(&scene, 7, 100);
    CHECK_INT(width_shown(&scene.call, 2), 1280);
    /* a source that rests altogether has no layer that stopped */
    call_run(&scene.call, 3000000);
    play(&scene, 7, 2);
    CHECK_INT(width_shown(&scene.call, 2), 1280);
out:
    call_deinit(&scene.call);
}

TEST(layers_that_nobody_wants_are_told_and_wanted_again_at_once)
{
    struct scene scene = {.frame = 0};
    REQUIRE(scene_init(&scene));
    play(&scene, 7, 30);
    view(&scene.call, 2, 320, 180);
    play(&scene, 7, 60);
    CHECK_INT(wanted(&scene.call), 7);
    play(&scene, 7, 60);
    CHECK_INT(wanted(&scene.call), 1);
    const struct event *event = call_event(&scene.call, EVENT_LAYERS, 1);
    REQUIRE(event != NULL);
    REQUIRE_INT(event->layer_count, 3);
    CHECK_STR(event->layers[2].mid, "v");
    CHECK_STR(event->layers[2].rid, "h");
    /* it has stopped, as it was told; a larger view has it begin again */
    play(&scene, 1, 60);
    view(&scene.call, 2, 1280, 720);
    play(&scene, 1, 1);
    CHECK_INT(wanted(&scene.call), 7);
    play(&scene, 1, 5);
    play(&scene, 7, 60);
    CHECK_INT(width_shown(&scene.call, 2), 1280);
    /* nobody there: all off */
    call_command(&scene.call, COMMAND_LEAVE, 2);
    play(&scene, 7, 150);
    CHECK_INT(wanted(&scene.call), 0);
    call_clear(&scene.call);
    scene.asked = 0;
    /* not heard for long, by our wish: he is there for whoever comes */
    call_run(&scene.call, 8000000);
    REQUIRE(call_join_pair(&scene.call, 3, 0));
    call_turn(&scene.call);
    CHECK(wanted(&scene.call) != 0);
    play(&scene, 7, 60);
    CHECK_INT(width_shown(&scene.call, 3), 1280);
out:
    call_deinit(&scene.call);
}

TEST(a_layer_that_does_not_wake_is_not_waited_for)
{
    struct scene scene = {.frame = 0};
    REQUIRE(scene_init(&scene));
    play(&scene, 7, 30);
    view(&scene.call, 2, 320, 180);
    play(&scene, 7, 150);
    CHECK_INT(wanted(&scene.call), 1);
    play(&scene, 1, 30);
    view(&scene.call, 2, 1280, 720);
    play(&scene, 1, 30);
    /* the middle one begins, the large one never does */
    play(&scene, 3, 100);
    CHECK_INT(width_shown(&scene.call, 2), 640);
out:
    call_deinit(&scene.call);
}

TEST(senders_without_rids_are_told_nothing)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    for (uint16_t i = 0; i < 200; i++) {
        call_video(&call, 1, i, i, i == 0, true, true);
        call_turn(&call);
        call_run(&call, FRAME_US);
    }
    CHECK(call_event(&call, EVENT_LAYERS, 1) == NULL);
out:
    call_deinit(&call);
}

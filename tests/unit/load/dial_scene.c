#include "unit/load/dial_scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

static void on_agreed(void *owner, const struct agreement *agreement)
{
    struct dial_scene *scene = owner;
    scene->agreed++;
    scene->agreement = *agreement;
    turn_stop(scene->turn);
}

static void on_failed(void *owner, enum load_cause cause, const char *message)
{
    struct dial_scene *scene = owner;
    scene->failed++;
    scene->cause = cause;
    (void)snprintf(scene->message, sizeof(scene->message), "%s", message);
    turn_stop(scene->turn);
}

static void on_ended(void *owner, const char *message)
{
    struct dial_scene *scene = owner;
    scene->ended++;
    (void)snprintf(scene->message, sizeof(scene->message), "%s", message);
    turn_stop(scene->turn);
}

int dial_scene_start(struct dial_scene *scene, const char *path)
{
    scene->stub = calloc(1, sizeof(*scene->stub));
    if (scene->stub == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = turn_new(&scene->turn);
    if (err == 0) {
        err = http_stub_start(scene->stub, scene->turn);
    }
    if (err == 0) {
        (void)snprintf(scene->url, sizeof(scene->url), "http://127.0.0.1:%u%s", scene->stub->port,
                       path);
    }
    return err;
}

struct dial_handler dial_scene_handler(struct dial_scene *scene)
{
    return (struct dial_handler){
        .agreed = on_agreed, .failed = on_failed, .ended = on_ended, .owner = scene};
}

unsigned dial_scene_told(const struct dial_scene *scene)
{
    return scene->agreed + scene->failed + scene->ended;
}

void dial_scene_end(struct dial_scene *scene)
{
    dial_hang_up(&scene->dial);
    dialer_free(&scene->dialer);
    if (scene->stub != NULL) {
        http_stub_stop(scene->stub);
    }
    turn_free(&scene->turn);
    free(scene->stub);
    scene->stub = NULL;
}

/**
 * A server that says what it is told to (http_stub), a dialer, and what one dial was told: what
 * tests of ways to dial begin with. Zeroed at first.
 */
#ifndef TESTS_UNIT_LOAD_DIAL_SCENE_H
#define TESTS_UNIT_LOAD_DIAL_SCENE_H

#include "load/dial.h"
#include "unit/load/http_stub.h"

enum { DIAL_SCENE_PATIENCE_US = 2000000 };

struct dial_scene {
    struct turn *turn;
    struct http_stub *stub;
    struct dialer *dialer;
    struct dial *dial;
    char url[128];
    unsigned agreed;
    unsigned failed;
    unsigned ended;
    struct agreement agreement;
    enum load_cause cause;
    char message[DIAL_MESSAGE_BYTES];
};

/** A turn and the server on it, whose URL has this path. @return 0 or what it makes returned */
int dial_scene_start(struct dial_scene *scene, const char *path);

/** Notes what a dial is told, and stops the turn. */
struct dial_handler dial_scene_handler(struct dial_scene *scene);

/** How often something was told so far. */
unsigned dial_scene_told(const struct dial_scene *scene);

/** Hangs up; goes. */
void dial_scene_end(struct dial_scene *scene);

#endif

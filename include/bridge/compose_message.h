/**
 * What the worker's video bridge and a composing thread of the codec pool tell each other: owned
 * messages. A composition is one room's composed picture.
 */
#ifndef BRIDGE_COMPOSE_MESSAGE_H
#define BRIDGE_COMPOSE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "room/session.h"

enum {
    COMPOSE_MAX_TILES = 25,
    COMPOSE_MAX_RENDITIONS = 2,
    COMPOSE_MAX_FPS = 25,
    COMPOSE_LARGE = 0, /**< rendition: 1280 x 720 */
    COMPOSE_SMALL = 1  /**< rendition: 640 x 360 */
};

/** A composition's number: whose it is, where it is made, and which of them. @param thread 0..255
 */
static inline uint64_t compose_number(unsigned worker, unsigned thread, uint64_t count)
{
    return (uint64_t)worker << 48 | (uint64_t)(thread & 0xFF) << 40 | (count & 0xFFFFFFFFFF);
}

static inline unsigned compose_number_worker(uint64_t composition)
{
    return (unsigned)(composition >> 48);
}

static inline unsigned compose_number_thread(uint64_t composition)
{
    return (unsigned)(composition >> 40) & 0xFF;
}

enum compose_layout { COMPOSE_GRID, COMPOSE_SPEAKER, COMPOSE_SCREEN };

struct compose_tile {
    uint32_t source;               /**< as in COMPOSE_FRAME; 0 = no video: placeholder */
    uint32_t participant;          /**< its colour and CSRC */
    char name[SESSION_NAME_BYTES]; /**< UTF-8 */
    bool speaking;
    bool screen; /**< shown whole, with bars */
};

/** Who is shown, in order; with COMPOSE_SPEAKER and COMPOSE_SCREEN the first one large. */
struct compose_scene {
    enum compose_layout layout;
    size_t count;
    struct compose_tile tiles[COMPOSE_MAX_TILES];
};

enum compose_request_kind {
    COMPOSE_OPEN,      /**< a new composition; answered by COMPOSE_OPENED or COMPOSE_REFUSED */
    COMPOSE_SET_SCENE, /**< scene */
    COMPOSE_FRAME,     /**< source, bytes, captured_us, sent_us, turn: one frame of a tile */
    COMPOSE_RENDITION, /**< rendition, wanted, bps */
    COMPOSE_KEYFRAME,  /**< rendition */
    COMPOSE_CLOSE
};

struct compose_request {
    enum compose_request_kind kind;
    uint64_t composition;        /**< compose_number, never used twice */
    struct compose_scene *scene; /**< owned */
    uint32_t source;
    uint8_t *bytes; /**< owned */
    size_t len;
    int64_t captured_us;
    int64_t sent_us; /**< when it was given to the pool */
    uint16_t turn;   /**< degrees to turn clockwise for showing: 0, 90, 180, 270 */
    size_t rendition;
    bool wanted;
    uint32_t bps;
};

enum compose_result_kind {
    COMPOSE_PICTURE,        /**< rendition, bytes and all below */
    COMPOSE_NEEDS_KEYFRAME, /**< source: its decoder waits for one */
    COMPOSE_OPENED,         /**< there is room for the composition */
    COMPOSE_REFUSED         /**< the pool is full: there is no such composition */
};

struct compose_result {
    enum compose_result_kind kind;
    uint64_t composition;
    uint32_t source;
    size_t rendition;
    uint8_t *bytes; /**< owned: one encoded VP8 frame */
    size_t len;
    bool keyframe;
    bool layer_sync; /**< refers to temporal level 0 only */
    uint8_t tid;
    uint16_t width;
    uint16_t height;
    int64_t at_us;       /**< when it was composed: its place in time */
    int64_t captured_us; /**< when what it shows had come in */
};

/** Do both show the same people in the same places? */
bool compose_scene_equal(const struct compose_scene *a, const struct compose_scene *b);

/** Zeroed. @return 0 or ERR_NO_MEMORY */
int compose_request_new(struct compose_request **out, enum compose_request_kind kind,
                        uint64_t composition);

/** With all that it owns. */
void compose_request_free(struct compose_request **request);

int compose_result_new(struct compose_result **out, enum compose_result_kind kind,
                       uint64_t composition);

void compose_result_free(struct compose_result **result);

#endif

/**
 * Who said what when, as the callers themselves told it: what the desk compares with what was
 * heard. Safe to be told by one thread and asked by another.
 */
#ifndef LOAD_SPOKEN_H
#define LOAD_SPOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SPOKEN_SPURTS = 96, /**< changes that are kept of each caller: more than a minute's */
    SPOKEN_STEP_US = 20000,
    SPOKEN_LINGER_US =
        2000000 /**< so long after a caller left, its voice may still be on the way */
};

/** From a time on a caller's packets were so, each SPOKEN_STEP_US. */
struct spoken_spurt {
    int64_t from_us; /**< when the first of them was sent; it was said in the 20 ms before */
    uint64_t place;  /**< of the first of them, in the speaking loop */
    bool speaking;
};

struct spoken_voice {
    uint32_t caller;
    uint32_t room;
    unsigned tone;
    int64_t left_us;                           /**< when it went, 0 = it is there */
    size_t count;                              /**< of all changes so far */
    struct spoken_spurt spurts[SPOKEN_SPURTS]; /**< change i is at i % SPOKEN_SPURTS */
};

/** Voices of a room, whatever its size. Zeroed at first; owner's, spoken_list_deinit. */
struct spoken_list {
    struct spoken_voice *voices;
    size_t count;
    size_t capacity;
};

struct spoken;

/** @return 0 or ERR_NO_MEMORY */
int spoken_new(struct spoken **out);

/** A caller comes. @return its voice, for spoken_tell only; NULL without memory */
struct spoken_voice *spoken_add(struct spoken *spoken, uint32_t caller, uint32_t room,
                                unsigned tone);

void spoken_tell(struct spoken *spoken, struct spoken_voice *voice, bool speaking, uint64_t place,
                 int64_t at_us);

/** It goes: from then on it says nothing. Only the first time counts. */
void spoken_leave(struct spoken *spoken, struct spoken_voice *voice, int64_t at_us);

/** Copies the voices of a room, but for those who were long gone at a time (SPOKEN_LINGER_US).
 * @return 0 or ERR_NO_MEMORY */
int spoken_room(struct spoken *spoken, uint32_t room, int64_t from_us, struct spoken_list *out);

/** Is (or was) this a caller of another room? @return false, too, for who is not known at all */
bool spoken_elsewhere(struct spoken *spoken, uint32_t caller, uint32_t room);

/** Was it there, and had it been told what it says, at some time of a span? */
bool spoken_there(const struct spoken_voice *voice, int64_t from_us, int64_t to_us);

/** What packet of the speaking loop holds what was said at a time. @return false: it was silent */
bool spoken_at(const struct spoken_voice *voice, int64_t at_us, uint64_t *place);

void spoken_list_deinit(struct spoken_list *list);

void spoken_free(struct spoken **spoken);

#endif

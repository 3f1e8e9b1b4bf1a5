/**
 * The picture part of content: each layer in several rates, all with the same frames and keyframes
 * at the same places. But for film_picture, nothing changes after it is made.
 */
#ifndef LOAD_FILM_H
#define LOAD_FILM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/content.h"

struct film;

struct film_config {
    const char *file; /**< NULL = drawn here */
    uint16_t width;   /**< of the highest layer, where it is drawn */
    uint16_t height;
    uint64_t bps;
    bool simulcast;
    bool (*progress)(void *owner, double share); /**< false ends it; may be NULL */
    void *owner;
};

/** @param reason out: static. @return as content_new */
int film_new(struct film **out, const struct film_config *config, const char **reason);

/** See content.h, as of all below. */
void film_frame(const struct film *film, unsigned layer, unsigned rate, uint64_t place,
                struct content_frame *out);
uint64_t film_next_keyframe(const struct film *film, uint64_t place);
uint64_t film_bps(const struct film *film, unsigned layer, unsigned rate, unsigned tid);
int film_picture(struct film *film, unsigned layer, uint16_t number, const struct picture *out);

void film_free(struct film **film);

#endif

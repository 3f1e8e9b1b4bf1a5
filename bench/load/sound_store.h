/**
 * The sound part of content: what talkers say, once as samples, and coded once for each name tone.
 * Nothing changes after it is made, so any thread may read it.
 */
#ifndef LOAD_SOUND_STORE_H
#define LOAD_SOUND_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sound_store;

struct sound_store_config {
    const char *file; /**< NULL = made here, see made_voice.h */
    uint32_t bps;
    unsigned tones;      /**< so many are made, 1..NAME_TONES ... */
    unsigned first_tone; /**< ... from this one on, round in a circle */
    uint64_t seed;
};

/** A packet: what content_sound gives. */
struct sound_packet {
    const uint8_t *data;
    size_t len;
    uint8_t level; /**< -dBov */
};

/** Is told how far it is, 0..1. */
struct sound_store_progress {
    bool (*told)(void *owner, double share); /**< false ends it; may be NULL */
    void *owner;
};

/** @param reason out: as of sound_file_read. @return as sound_file_read, or ERR_CLOSED when
 * `progress` ended it */
int sound_store_new(struct sound_store **out, const struct sound_store_config *config,
                    const struct sound_store_progress *progress, const char **reason);

/** Packets of a loop. */
size_t sound_store_packets(const struct sound_store *store, bool speaking);

/** @param tone 0..NAME_TONES - 1; beyond those that were made it is one of them; @param place any,
 * modulo the loop */
void sound_store_packet(const struct sound_store *store, unsigned tone, bool speaking,
                        uint64_t place, struct sound_packet *out);

/**
 * The quiet as an encoder with DTX codes it after speech, at the complexity that libwebrtc has: a
 * few packets, then empty ones with another one each 420 ms.
 * @param place any, counted from the end of speech
 */
void sound_store_paused(const struct sound_store *store, uint64_t place, struct sound_packet *out);

/** What was coded into it. */
void sound_store_samples(const struct sound_store *store, unsigned tone, bool speaking,
                         uint64_t place, float out[static 960]);

/** Is something said in it, so that its tone sounds? */
bool sound_store_says(const struct sound_store *store, unsigned tone, uint64_t place);

void sound_store_free(struct sound_store **store);

#endif

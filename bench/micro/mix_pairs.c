#include <stdio.h>
#include <stdlib.h>

#include "bare_mixer.h"
#include "base/err.h"
#include "cpu_clock.h"
#include "forwarder.h"
#include "kernels.h"
#include "mixed_room.h"
#include "talkers.h"

enum { PACKET_BYTES = 360 /**< of sound at 128 kbit/s, as one of ours in the mean */ };

static const struct sink *where;

/** Libopus alone, and the ideal forwarder with one packet for everybody. */
struct bare_room {
    struct talkers *talkers;
    struct bare_mixer *mixer;
    struct workload workload;
    struct publisher *publisher;
    void *forwarder;
    int64_t now_us;
};

static void bare_close(void *state)
{
    struct bare_room *room = state;
    if (room != NULL) {
        if (room->forwarder != NULL) {
            forwarder_ideal.close(room->forwarder);
        }
        publisher_free(&room->publisher);
        bare_mixer_free(&room->mixer);
        free(room->talkers);
        free(room);
    }
}

static int open_sender(struct bare_room *room, size_t listeners)
{
    uint8_t key[AUDIENCE_KEY_BYTES];
    forwarder_publisher_key(0, key);
    room->workload = (struct workload){.rooms = 1,
                                       .receivers = TALKERS + listeners,
                                       .burst = 1,
                                       .packet_bytes = PACKET_BYTES,
                                       .profile = SRTP_PROFILE_GCM_128};
    const struct publisher_config config = {.burst = 1,
                                            .ssrc = PUBLISHER_SSRC,
                                            .packet_bytes = PACKET_BYTES,
                                            .profile = SRTP_PROFILE_GCM_128,
                                            .key = key};
    int err = publisher_new(&room->publisher, &config);
    const struct forwarder_setup setup = {
        .workload = &room->workload, .sink = where, .publishers = &room->publisher};
    return err != 0 ? err : forwarder_ideal.open(&room->forwarder, &setup);
}

static int bare_open(void **state, const void *argument)
{
    struct bare_room *room = calloc(1, sizeof(*room));
    if (room == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = talkers_new(&room->talkers);
    err = err != 0 ? err : bare_mixer_new(&room->mixer);
    err = err != 0 ? err : open_sender(room, *(const size_t *)argument);
    if (err != 0) {
        bare_close(room);
        return err;
    }
    *state = room;
    return 0;
}

static double bare_round(void *state)
{
    struct bare_room *room = state;
    int64_t spent = 0;
    for (size_t i = 0; i < TALKERS_FRAMES; i++) {
        struct datagram datagram;
        if (publisher_burst(room->publisher, room->now_us, &datagram) != 0) {
            return -1;
        }
        const struct arrival arrival = {.datagrams = &datagram, .count = 1, .now_us = room->now_us};
        int err = forwarder_ideal.load(room->forwarder, &arrival, 1);
        int64_t start = cpu_clock_ns();
        err = err != 0 ? err : bare_mixer_step(room->mixer, room->talkers, i);
        forwarder_ideal.run(room->forwarder);
        spent += cpu_clock_ns() - start;
        if (err != 0) {
            return -1;
        }
        room->now_us += TALKERS_FRAME_US;
    }
    return (double)spent / TALKERS_FRAMES;
}

/** The relay. */
struct mixed {
    struct talkers *talkers;
    struct mixed_room *room;
};

static void mixed_close(void *state)
{
    struct mixed *mixed = state;
    if (mixed != NULL) {
        mixed_room_free(&mixed->room);
        free(mixed->talkers);
        free(mixed);
    }
}

/** @return CPU ns of a step, or negative */
static double mixed_steps(struct mixed *mixed)
{
    int64_t spent = 0;
    for (size_t i = 0; i < TALKERS_FRAMES; i++) {
        if (mixed_room_load(mixed->room, i) != 0) {
            return -1;
        }
        int64_t start = cpu_clock_ns();
        mixed_room_step(mixed->room);
        spent += cpu_clock_ns() - start;
    }
    return (double)spent / TALKERS_FRAMES;
}

static int mixed_open(void **state, const void *argument)
{
    struct mixed *mixed = calloc(1, sizeof(*mixed));
    if (mixed == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = talkers_new(&mixed->talkers);
    err = err != 0 ? err
                   : mixed_room_new(&mixed->room, mixed->talkers, *(const size_t *)argument, where);
    /* until everybody is heard, and has a mix */
    for (int i = 0; i < 3 && err == 0; i++) {
        err = mixed_steps(mixed) < 0 ? ERR_INVALID : 0;
    }
    if (err != 0) {
        mixed_close(mixed);
        return err;
    }
    (void)mixed_room_is_right(mixed->room);
    *state = mixed;
    return 0;
}

static double mixed_round(void *state)
{
    struct mixed *mixed = state;
    double ns = mixed_steps(mixed);
    if (!mixed_room_is_right(mixed->room)) {
        (void)fprintf(stderr, "mixed room: not everybody has heard everything once\n");
        return -1;
    }
    return ns;
}

const struct kernel_pair *mix_pairs(size_t *count, const struct sink *sink)
{
    static const size_t listeners[] = {10, 100, 1000};
    static const struct kernel_pair pairs[] = {
        {{"mix/10-listeners", "frame", &listeners[0], bare_open, bare_round, bare_close},
         {"mix/10-listeners", "frame", &listeners[0], mixed_open, mixed_round, mixed_close}},
        {{"mix/100-listeners", "frame", &listeners[1], bare_open, bare_round, bare_close},
         {"mix/100-listeners", "frame", &listeners[1], mixed_open, mixed_round, mixed_close}},
        {{"mix/1000-listeners", "frame", &listeners[2], bare_open, bare_round, bare_close},
         {"mix/1000-listeners", "frame", &listeners[2], mixed_open, mixed_round, mixed_close}},
    };
    where = sink;
    *count = sizeof(pairs) / sizeof(pairs[0]);
    return pairs;
}

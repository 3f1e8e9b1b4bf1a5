/**
 * One sampled caller: judges windows of what it received, and sums up how well it heard, whom it
 * heard, and whom it should have heard.
 *
 * A voice that was forwarded is known by its marks; in a mix it is known by its name tone. Somebody
 * is heard wrongly who did not speak at that time, or is in another room, or is the listener (of
 * whom nothing is known is passed over); somebody is missing who spoke for seconds, while not more
 * spoke than can be heard at once, and was hardly heard.
 */
#ifndef LOAD_LISTENER_H
#define LOAD_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/content.h"
#include "load/ear.h"
#include "load/spoken.h"
#include "load/tally.h"
#include "score/clipping.h"

enum {
    LISTENER_STREAMS = 8, /**< of more of one caller only the marks are looked at */
    LISTENER_WINDOW_US = 10000000,
    LISTENER_SAMPLES = 480000,   /**< of a window */
    LISTENER_AT_ONCE_IN_MIX = 3, /**< voices that a mix need not hold more of */
    LISTENER_LEAST_US = 2000000, /**< a shorter window is not judged */
    LISTENER_TAIL_US = 600000    /**< said so late in a window, it is heard in the next */
};

struct listener_who {
    uint32_t caller;
    double spoke_s; /**< so that it should be heard */
    double heard_s; /**< of that */
    double wrong_s; /**< heard and should not */
};

struct listener {
    uint32_t caller;
    uint32_t room;
    unsigned at_once; /**< voices that are received side by side */
    bool echo;        /**< the server is to send callers their own voice */
    struct ear ears[LISTENER_STREAMS];
    struct listener_who *who; /**< owned */
    size_t who_count;
    size_t who_room;
    unsigned windows;
    unsigned scored;   /**< pieces of sound that were compared */
    unsigned compared; /**< of these, with a spectral distance and a delay */
    double estoi;
    double lsd_db;
    double delay_ms;
    struct clipping clipping;
    uint64_t samples; /**< listened to for clipping */
};

/** What came in a span of time. */
struct listener_window {
    int64_t from_us;
    int64_t to_us;
    struct ear_packet *packets; /**< sorted in place */
    size_t count;
    const uint8_t *bytes;
};

/** What the desk has ready for all listeners: the room's voices and room for sound. */
struct listener_desk {
    const struct content *content;
    struct spoken *spoken; /**< of all rooms */
    const struct spoken_voice *voices;
    size_t voice_count;
    float *heard; /**< LISTENER_SAMPLES each */
    float *said;
    float *in_step;
};

/** A window without a packet counts when somebody spoke in it.
 * @return 0 or ERR_NO_MEMORY */
int listener_judge(struct listener *listener, const struct listener_desk *desk,
                   const struct listener_window *window);

void listener_score(const struct listener *listener, struct heard_score *out);

void listener_deinit(struct listener *listener);

#endif

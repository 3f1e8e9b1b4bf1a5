/**
 * What a listener hears of one slot: how much sound had to be made up. A model of an adaptive
 * playout buffer: what is missing is concealed; what comes late as a whole (the buffer runs dry) is
 * concealed for as long as that lasts and enlarges the buffer; a buffer that is larger than need be
 * shrinks by 10 ms a second, which is not heard.
 */
#ifndef LOAD_LISTENING_H
#define LOAD_LISTENING_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LISTENING_FRAME_US = 20000,
    LISTENING_START_US = 40000,  /**< buffer ahead of the first packet */
    LISTENING_MARGIN_US = 20000, /**< a buffer that was never emptier for a second can shrink */
    LISTENING_SHRINK_US = 10000, /**< by so much a second */
    LISTENING_MOST_US = 1000000  /**< a longer gap is a pause of the sender */
};

struct listening {
    bool begun;
    uint32_t publisher;
    uint32_t life;
    uint32_t number;   /**< of the last packet played or passed over */
    int64_t offset_us; /**< played at capture time + offset */
    int64_t least_us;  /**< least time in the buffer, of the second under way */
    int64_t second_us; /**< when that second began */

    uint64_t heard_us;     /**< sound that was due */
    uint64_t concealed_us; /**< of it, made up */
};

/** What is known of a packet, in order of its numbers; missing ones are left out. */
struct listening_packet {
    uint32_t publisher;
    uint32_t life;
    uint32_t number;
    int64_t capture_us;
    int64_t arrival_us;
    bool overtaken; /**< later ones came before it */
};

void listening_hear(struct listening *listening, const struct listening_packet *packet);

/** 0..1 */
double listening_concealed_share(const struct listening *listening);

#endif

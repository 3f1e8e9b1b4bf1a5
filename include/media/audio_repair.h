/**
 * How one receiver's lost audio is repaired, by its round trip and its loss (QUALITY.md 1.10, 3.1).
 *
 * Near: it asks again (Generic NACK), which costs only what is lost and beats one redundant copy at
 * any loss; where very much is lost, packets carry copies as well. Far: packets carry copies of
 * those before (RED), as many as the loss is worth. Where only one of the two is agreed, that one;
 * where none is, nothing.
 */
#ifndef MEDIA_AUDIO_REPAIR_H
#define MEDIA_AUDIO_REPAIR_H

#include <stdbool.h>
#include <stdint.h>

enum audio_repair_means {
    AUDIO_REPAIR_NONE,
    AUDIO_REPAIR_NACK, /**< it asks, and is answered; packets may carry copies all the same */
    AUDIO_REPAIR_RED   /**< packets carry `distance` copies */
};

enum {
    AUDIO_REPAIR_MAX_DISTANCE = 2,
    AUDIO_REPAIR_NEAR_US = 50000,   /**< a repair is in time for a usual jitter buffer; beyond, it
                                       makes the buffer larger than copies do */
    AUDIO_REPAIR_FAR_US = 65000,    /**< when it was near before */
    AUDIO_REPAIR_VAIN_US = 120000,  /**< repeats come too late for most */
    AUDIO_REPAIR_HOLD_US = 10000000 /**< a choice stands so long, but for more copies */
};

/** What was sent so far. */
struct audio_repair_sent {
    uint64_t packets;
    uint64_t repeats; /**< under their own numbers: reports count them as received */
};

struct audio_repair {
    bool nack_agreed;
    bool red_agreed;
    bool reported;
    enum audio_repair_means means;
    uint8_t distance;              /**< copies in each packet */
    struct audio_repair_sent sent; /**< as of the last report */
    uint32_t loss_q16;             /**< share lost before repair, smoothed */
    int64_t rtt_us;                /**< as last told, 0 = unknown */
    int64_t chosen_us;             /**< when means were chosen */
    int64_t calm_us; /**< since when fewer copies would do, INT64_MAX = they would not */
};

/** Nothing is known yet: what is agreed decides, and nothing is copied. */
void audio_repair_init(struct audio_repair *repair);

/** What the agreement allows, at first and after a re-offer. */
void audio_repair_agree(struct audio_repair *repair, bool nack, bool red, int64_t now_us);

/**
 * The receiver reported. What was repaired counts as lost all the same: else the repairs would hide
 * what they are for.
 *
 * @param fraction_lost of 256 (RFC 3550 6.4.1)
 * @param rtt_us        0 = unknown
 */
void audio_repair_report(struct audio_repair *repair, const struct audio_repair_sent *sent,
                         uint8_t fraction_lost, int64_t rtt_us, int64_t now_us);

/** True when nothing that is done repairs its losses in time: in-band FEC would help it. */
bool audio_repair_is_helpless(const struct audio_repair *repair);

/** Its loss before repair, smoothed, of 256. */
uint8_t audio_repair_loss(const struct audio_repair *repair);

#endif

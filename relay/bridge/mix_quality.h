/**
 * How a listener's mix is coded, by what he agreed on and what he loses (QUALITY.md 1.12): all who
 * have it alike share one encoder.
 *
 * The voices in it were coded before. At the rate of one voice the second coding is heard; on links
 * that are not narrow it is given so much that it is not. Rates are one of a few steps, so that
 * strange agreements do not cost an encoder each. Who loses packets that nothing else repairs is
 * helped by in-band FEC, which there is only at MIX_QUALITY_PLAIN_BPS and less.
 */
#ifndef BRIDGE_MIX_QUALITY_H
#define BRIDGE_MIX_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/audio_encoder.h"
#include "room/session.h"

enum {
    MIX_QUALITY_HOLD_US = 10000000, /**< a loss counts so long */
    MIX_QUALITY_PLAIN_BPS = 48000,  /**< at most, on narrow links and with FEC */
    MIX_QUALITY_SPEECH_BPS = 40000, /**< below this, modelled as speech */
    MIX_QUALITY_MOST = 9            /**< different ones there may be in a room */
};

struct mix_quality {
    uint32_t bitrate_bps;
    bool fec;
};

/** The largest loss of the last MIX_QUALITY_HOLD_US. Zeroed memory is a new one. */
struct mix_loss {
    uint8_t percent;
    int64_t at_us; /**< when it was last as large */
};

/** A report said so much; also to be told again what it last said as time goes on. */
void mix_loss_note(struct mix_loss *loss, uint8_t percent, int64_t now_us);

/** @param narrow   his link (struct bridge_sink)
 * @param most_bps what the relay gives at most */
struct mix_quality mix_quality_of(const struct session_media *media, const struct mix_loss *loss,
                                  bool narrow, uint32_t most_bps);

bool mix_quality_equal(struct mix_quality a, struct mix_quality b);

/** Settings of an encoder. @param loss_percent the largest of its listeners */
struct audio_encoder_config mix_quality_encoder(struct mix_quality quality, uint8_t complexity,
                                                uint8_t loss_percent);

#endif

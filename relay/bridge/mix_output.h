/**
 * One encoder with the feed that carries what it makes: shared by many listeners, or one's own.
 */
#ifndef BRIDGE_MIX_OUTPUT_H
#define BRIDGE_MIX_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "codec/audio_encoder.h"
#include "mix_line.h"
#include "room/bridging.h"
#include "room/feed.h"

struct mix_output {
    struct audio_encoder *encoder;
    struct feed *feed;
    struct audio_encoder_config settings; /**< while there is sound */
    bool calm;    /**< a pause is near, and coded as speech: in it decoders make up what they heard
                     last, and those that heard waves make noise of them (libopus 1.3) */
    uint8_t toc;  /**< of the last packet */
    bool resumes; /**< the next sound is the first after a pause */
};

/** @param output zeroed. @return 0 or ERR_NO_MEMORY; then it is to be deinitialized as well */
int mix_output_init(struct mix_output *output, struct bridging *bridging,
                    const struct audio_encoder_config *config);

/** Changes how sound is coded from now on. @param config channels and kind of purpose as before */
void mix_output_set(struct mix_output *output, const struct audio_encoder_config *config);

/** Makes dst go on exactly where src stands, for decoders; its feed stays its own. */
void mix_output_copy(struct mix_output *dst, const struct mix_output *src);

/** Forgets the sound before. */
void mix_output_restart(struct mix_output *output);

/**
 * Encodes the line's frame, if it is to be sent at all, and gives it to the feed.
 *
 * @param facts what goes with it; packet, marker, level and voice are filled in here
 * @return true when something was encoded
 */
bool mix_output_send(struct mix_output *output, const struct mix_line *line,
                     const struct feed_packet *facts, struct pool *packets, int64_t now_us);

/**
 * Encodes a part of the line's frame, which has sound, for single sinks: as if the stream ended
 * with it, or, when it is not at the frame's begin, as if it began there. The encoder is of no use
 * for whole frames then.
 *
 * @param facts of the whole frame
 * @return its number (feed_prepare), or negative
 */
int64_t mix_output_send_part(struct mix_output *output, const struct mix_line *line,
                             const struct feed_packet *facts, size_t first, size_t samples,
                             struct pool *packets, int64_t now_us);

/** Lets go of its slots. Zeroed memory is allowed. */
void mix_output_deinit(struct mix_output *output);

#endif

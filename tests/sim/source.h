/**
 * A synthetic publisher of one stream: Opus at 50 packets a second, or VP8 at 30 frames a second
 * with valid payload descriptors, temporal layers if wanted, keyframes on demand, and a history
 * from which it answers NACKs by RTX. A simulcast track is several of these, one for each layer.
 *
 * Frames have a fixed number of packets, or follow a bitrate: varying by a fifth, large keyframes
 * that the frames after them pay for.
 *
 * Every payload carries who made it, its place, and what it refers to (struct source_mark), so that
 * a receiver can tell what it got and whether it could be decoded. A source with a voice sends that
 * in place of it, and no marks.
 */
#ifndef TESTS_SIM_SOURCE_H
#define TESTS_SIM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "room/session.h"

enum {
    SOURCE_HISTORY = 1024,
    SOURCE_MAX_PAYLOAD = 1200,
    SOURCE_MARK_OFFSET =
        16, /**< in the payload: beyond the longest VP8 descriptor and keyframe header */
    SOURCE_MARK_BYTES = 32,
    SOURCE_AUDIO_STEP = 960,
    SOURCE_VIDEO_STEP = 3000
};

/** What each payload says about itself. */
struct source_mark {
    uint32_t publisher;
    uint32_t life;      /**< rises when the source restarts */
    uint32_t number;    /**< of the frame: rises by one each */
    uint8_t index;      /**< packet of the frame */
    uint8_t count;      /**< packets of the frame */
    int64_t capture_us; /**< when the frame was taken */
    uint8_t layer;      /**< simulcast layer */
    uint8_t tid;        /**< temporal layer */
    uint8_t refers[2];  /**< how many frames back the ones are that it needs; 0 = none */
    uint16_t height;    /**< of the picture */
};

struct source_config {
    enum media_kind kind;
    uint32_t publisher;
    uint32_t ssrc;
    uint32_t rtx_ssrc; /**< 0 = no RTX */
    uint8_t pt;
    uint8_t rtx_pt;
    uint8_t red_pt;              /**< audio: goes out as RED with so many ... */
    uint32_t red_copies;         /**< ... packets before, 0..4; 0 = plain */
    char mid[SESSION_MID_BYTES]; /**< "" = no MID in the packets */
    char rid[SESSION_RID_BYTES]; /**< "" = no RID in the packets */
    uint8_t layer;               /**< place among the track's layers, for the marks */
    struct rtp_ext_map exts;
    uint32_t key_packets;   /**< packets of a keyframe */
    uint32_t delta_packets; /**< packets of any other frame */
    uint32_t payload_bytes; /**< of each packet, SOURCE_MARK_OFFSET +
                               SOURCE_MARK_BYTES..SOURCE_MAX_PAYLOAD */
    uint64_t bitrate_bps;   /**< in place of the three above: of all payloads; 0 = fixed */
    uint16_t width;         /**< 0 = 640 x 360 */
    uint16_t height;
    bool temporal; /**< three temporal layers, 0 2 1 2 with a sync point in every second round */
};

struct source;

/** Takes plain RTP packets: the peer protects and sends them. twcc counts over all its streams. */
struct source_output {
    void (*send)(void *owner, uint8_t *rtp, size_t len);
    void *owner;
    uint16_t *twcc;
};

/** What an audio source sends in place of marks. */
struct source_voice {
    /**
     * The next packet's payload, of 20 ms that end at capture_us.
     * @param out   room for SOURCE_MAX_PAYLOAD
     * @param level out: -dBov
     * @return bytes; 0 = nothing goes out this time
     */
    size_t (*next)(void *owner, int64_t capture_us, uint8_t *out, uint8_t *level);
    void *owner;
};

/** What a video source sends in place of marks. */
struct source_camera {
    /**
     * The frame that is taken at capture_us, VP8 without temporal levels.
     * @param out valid until the next call
     * @return bytes; 0 = nothing goes out this time
     */
    size_t (*next)(void *owner, int64_t capture_us, bool keyframe, const uint8_t **out);
    void *owner;
};

/** @return 0 or ERR_NO_MEMORY */
int source_new(struct source **out, const struct source_config *config,
               const struct source_output *output, struct rand *rand, int64_t start_us);

/** A new life under another SSRC: numbers and timestamps have no relation to those before. */
void source_restart(struct source *source, uint32_t ssrc, uint32_t rtx_ssrc, struct rand *rand);

/** RFC 6464 level of the packets to come. */
void source_set_level(struct source *source, uint8_t dbov);

/** Its clock runs faster than ours, by so many millionths; of an audio source. */
void source_set_drift(struct source *source, int32_t ppm);

/** Real sound from now on, of an audio source. */
void source_set_voice(struct source *source, const struct source_voice *voice);

/** Real pictures from now on, of a video source. */
void source_set_camera(struct source *source, const struct source_camera *camera);

/** What goes with all packets to come of a video source, urn:3gpp:video-orientation; -1 = nothing.
 */
void source_set_turn(struct source *source, int quarters);

/** Makes no packets while off; time goes on, and the first frame after it is no keyframe by itself.
 */
void source_set_on(struct source *source, bool on);

/** PLI or FIR came: the next frame is a keyframe. */
void source_request_keyframe(struct source *source);

/** A NACK came: sends the packet again, by RTX where there is one, if it is remembered. */
void source_repair(struct source *source, uint16_t seq);

void source_timeout(struct source *source, int64_t now_us);
int64_t source_next_deadline(const struct source *source);

uint32_t source_ssrc(const struct source *source);
bool source_is_on(const struct source *source);
enum media_kind source_kind(const struct source *source);
const struct source_counts *source_counts(const struct source *source);

/** RTP time of now, for sender reports. */
uint32_t source_timestamp_at(const struct source *source, int64_t now_us);

struct source_counts {
    uint64_t packets; /**< originals */
    uint64_t octets;
    uint64_t frames;
    uint64_t keyframes;
    uint64_t repairs;
    uint64_t repairs_missed; /**< asked for and not remembered */
};

void source_free(struct source **source);

/** Reads the mark of a payload. @return false when it is too short */
bool source_mark_read(const uint8_t *payload, size_t len, struct source_mark *out);

#endif

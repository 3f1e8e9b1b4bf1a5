#include "mix_output.h"

#include "base/err.h"

enum {
    TOC_AT_FIRST = 15 << 3,  /**< hybrid, full band, 20 ms, mono */
    TOC_WITHOUT_CODE = 0xFC, /**< RFC 6716 3.1: one frame in the packet */
    VOICE_DBOV = 60,         /**< louder counts as somebody's voice */
    CALM_FRAMES = MIX_LINE_HANG_FRAMES / 2,
    CALM_BPS = 24000 /**< at which speech is not coded as a wave, whatever was before */
};

int mix_output_init(struct mix_output *output, struct bridging *bridging,
                    const struct audio_encoder_config *config)
{
    const struct feed_config feed = {.kind = MEDIA_AUDIO, .layers = 1};
    int err = audio_encoder_new(&output->encoder, config);
    if (err == 0) {
        err = feed_new(&output->feed, bridging, &feed);
    }
    output->settings = *config;
    output->toc = TOC_AT_FIRST;
    output->resumes = true;
    return err;
}

static void apply(struct mix_output *output)
{
    struct audio_encoder_config config = output->settings;
    if (output->calm) {
        config.purpose = AUDIO_FOR_SPEECH;
        config.bitrate_bps = config.bitrate_bps < CALM_BPS ? config.bitrate_bps : CALM_BPS;
    }
    (void)audio_encoder_set(output->encoder, &config); /* refused is only what new refuses */
}

void mix_output_set(struct mix_output *output, const struct audio_encoder_config *config)
{
    output->settings = *config;
    apply(output);
}

static void follow_calm(struct mix_output *output, const struct mix_line *line)
{
    bool calm = line->silent_frames >= CALM_FRAMES;
    if (calm != output->calm) {
        output->calm = calm;
        apply(output);
    }
}

void mix_output_copy(struct mix_output *dst, const struct mix_output *src)
{
    (void)audio_encoder_copy(dst->encoder, src->encoder); /* all are mono */
    dst->settings = src->settings;
    dst->calm = src->calm;
    dst->toc = src->toc;
    dst->resumes = src->resumes;
}

void mix_output_restart(struct mix_output *output)
{
    audio_encoder_reset(output->encoder);
    output->resumes = true;
}

/**
 * A frame of no bytes: decoders make comfort noise, and players know that nothing is missing (RFC
 * 6716 2.1.9). The encoder stands still meanwhile: what it heard last was silence.
 */
static void write_reminder(const struct mix_output *output, struct packet *packet)
{
    packet->data[0] = output->toc & TOC_WITHOUT_CODE;
    packet->len = 1;
}

static void tell_level(struct feed_packet *out, const struct mix_line *line)
{
    out->level = line->level;
    out->voice = line->level < VOICE_DBOV;
}

bool mix_output_send(struct mix_output *output, const struct mix_line *line,
                     const struct feed_packet *facts, struct pool *packets, int64_t now_us)
{
    enum mix_line_state state = mix_line_state(line);
    struct feed_packet out = *facts;
    size_t len = 0;
    follow_calm(output, line);
    if (state == MIX_LINE_PAUSE) {
        output->resumes = true;
        return false;
    }
    out.packet = packet_take(packets);
    if (out.packet == NULL) {
        return false;
    }
    if (state == MIX_LINE_REMINDER) {
        write_reminder(output, out.packet);
        output->resumes = true;
        audio_encoder_stand_alone(output->encoder);
    } else if (audio_encoder_encode(output->encoder, line->pcm, out.packet->data,
                                    AUDIO_PACKET_MAX_BYTES, &len) == 0) {
        out.packet->len = (uint32_t)len;
        output->toc = out.packet->data[0];
        out.marker = output->resumes;
        output->resumes = false;
    } else {
        packet_unref(&out.packet);
        return false;
    }
    tell_level(&out, line);
    feed_send(output->feed, &out, now_us);
    return state == MIX_LINE_SOUND;
}

int64_t mix_output_send_part(struct mix_output *output, const struct mix_line *line,
                             const struct feed_packet *facts, size_t first, size_t samples,
                             struct pool *packets, int64_t now_us)
{
    struct audio_encoder *encoder = output->encoder;
    struct feed_packet out = *facts;
    size_t len = 0;
    out.packet = packet_take(packets);
    if (out.packet == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = 0;
    if (first > 0) { /* his decoder has not heard what is before */
        err = audio_encoder_encode_part(encoder, line->pcm, first, out.packet->data,
                                        AUDIO_PACKET_MAX_BYTES, &len);
        audio_encoder_stand_alone(encoder);
    }
    if (err == 0) {
        err = audio_encoder_encode_part(encoder, line->pcm + first, samples, out.packet->data,
                                        AUDIO_PACKET_MAX_BYTES, &len);
    }
    if (err != 0) {
        packet_unref(&out.packet);
        return err;
    }
    out.packet->len = (uint32_t)len;
    out.timestamp += (uint32_t)first;
    out.captured_us += (int64_t)first * 1000 / PCM_MS;
    tell_level(&out, line);
    return feed_prepare(output->feed, &out, now_us);
}

void mix_output_deinit(struct mix_output *output)
{
    feed_free(&output->feed);
    audio_encoder_free(&output->encoder);
}

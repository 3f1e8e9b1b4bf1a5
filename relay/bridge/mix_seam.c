#include "mix_seam.h"

#include <stdlib.h>

#include "base/err.h"

enum {
    MOST_PARTS = 2 * PCM_FRAME / AUDIO_ENCODER_STEP, /**< of one output, in one frame */
    KEEP_US = 1000000
};

struct mix_seam {
    struct mix_output output;    /**< its encoder is a copy of the one that a part is asked of */
    int64_t used_us;             /**< last */
    const struct mix_output *of; /**< of which these parts are: */
    size_t count;
    struct mix_cut cuts[MOST_PARTS];
    int64_t numbers[MOST_PARTS];
};

uint16_t mix_seam_round(int32_t samples)
{
    if (samples < AUDIO_ENCODER_STEP / 2 || samples > PCM_FRAME + AUDIO_ENCODER_STEP / 2) {
        return 0;
    }
    int32_t steps = (samples + AUDIO_ENCODER_STEP / 2) / AUDIO_ENCODER_STEP;
    int32_t rounded = steps * AUDIO_ENCODER_STEP;
    return (uint16_t)(rounded < PCM_FRAME ? rounded : PCM_FRAME);
}

void mix_seam_begin(struct mix_room *room)
{
    if (room->seam != NULL) {
        room->seam->of = NULL;
    }
}

/** NULL without memory. */
static struct mix_seam *seam_of(struct mix_room *room, const struct mix_output *like)
{
    if (room->seam == NULL) {
        room->seam = calloc(1, sizeof(*room->seam));
        if (room->seam != NULL &&
            mix_output_init(&room->seam->output, room->bridging, &like->settings) != 0) {
            mix_seam_free(room);
        }
    }
    return room->seam;
}

int64_t mix_seam_make(struct mix_room *room, const struct mix_output *output,
                      const struct mix_line *line, const struct feed_packet *facts,
                      struct mix_cut cut, int64_t now_us)
{
    struct mix_seam *seam = mix_line_state(line) == MIX_LINE_SOUND ? seam_of(room, output) : NULL;
    if (seam == NULL) {
        return ERR_NOT_FOUND;
    }
    seam->used_us = now_us;
    if (seam->of != output) {
        seam->of = output;
        seam->count = 0;
    }
    for (size_t i = 0; i < seam->count; i++) {
        if (seam->cuts[i].first == cut.first && seam->cuts[i].samples == cut.samples) {
            return seam->numbers[i];
        }
    }
    mix_output_copy(&seam->output, output);
    int64_t number = mix_output_send_part(&seam->output, line, facts, cut.first, cut.samples,
                                          room->config->packets, now_us);
    if (number >= 0 && seam->count < MOST_PARTS) {
        seam->cuts[seam->count] = cut;
        seam->numbers[seam->count++] = number;
        room->config->counters->encoded++;
    }
    return number;
}

struct feed *mix_seam_feed(const struct mix_room *room)
{
    return room->seam->output.feed;
}

void mix_seam_sweep(struct mix_room *room)
{
    if (room->seam != NULL && room->due_us - room->seam->used_us >= KEEP_US) {
        mix_seam_free(room);
    }
}

void mix_seam_free(struct mix_room *room)
{
    if (room->seam != NULL) {
        mix_output_deinit(&room->seam->output);
        free(room->seam);
        room->seam = NULL;
    }
}

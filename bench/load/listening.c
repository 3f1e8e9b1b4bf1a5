#include "load/listening.h"

static void begin(struct listening *listening, const struct listening_packet *packet)
{
    bool first = !listening->begun;
    bool other = first || listening->publisher != packet->publisher;
    if (other) {
        listening->offset_us = packet->arrival_us - packet->capture_us + LISTENING_START_US;
        listening->least_us = INT64_MAX;
        listening->second_us = packet->arrival_us;
    }
    listening->begun = true;
    listening->publisher = packet->publisher;
    listening->life = packet->life;
    listening->number = packet->number;
}

/** Once a second: a buffer that was never nearly empty shrinks. */
static void shrink(struct listening *listening, int64_t spare_us, int64_t now_us)
{
    if (spare_us < listening->least_us) {
        listening->least_us = spare_us;
    }
    if (now_us - listening->second_us < 1000000) {
        return;
    }
    if (listening->least_us > LISTENING_MARGIN_US + LISTENING_SHRINK_US) {
        listening->offset_us -= LISTENING_SHRINK_US;
    }
    listening->least_us = INT64_MAX;
    listening->second_us = now_us;
}

static void conceal(struct listening *listening, int64_t us)
{
    listening->heard_us += (uint64_t)us;
    listening->concealed_us += (uint64_t)us;
}

void listening_hear(struct listening *listening, const struct listening_packet *packet)
{
    bool same = listening->begun && listening->publisher == packet->publisher &&
                listening->life == packet->life;
    int64_t missing_us =
        same ? (int64_t)(packet->number - listening->number - 1) * LISTENING_FRAME_US : 0;
    if (!same || missing_us > LISTENING_MOST_US) {
        begin(listening, packet);
        listening->heard_us += LISTENING_FRAME_US;
        return;
    }
    listening->number = packet->number;
    conceal(listening, missing_us);
    int64_t spare_us = packet->capture_us + listening->offset_us - packet->arrival_us;
    if (spare_us >= 0) {
        listening->heard_us += LISTENING_FRAME_US;
        shrink(listening, spare_us, packet->arrival_us);
    } else if (packet->overtaken) {
        conceal(listening, LISTENING_FRAME_US);
        listening->offset_us -= spare_us < -LISTENING_FRAME_US ? -LISTENING_FRAME_US : spare_us;
    } else {
        conceal(listening, -spare_us);
        listening->heard_us += LISTENING_FRAME_US;
        listening->offset_us -= spare_us;
    }
}

double listening_concealed_share(const struct listening *listening)
{
    return listening->heard_us == 0 ? 0
                                    : (double)listening->concealed_us / (double)listening->heard_us;
}

#include "load/send_path.h"

#include <string.h>

#include "base/bytes.h"
#include "rtp/rtp.h"

enum { AGAIN_US = 5000, MAX_ELEMENTS = 6, ABS_SEND_FRACTION_BITS = 18, US_PER_S = 1000000 };

void send_path_init(struct send_path *path, const struct endpoint_output *output)
{
    *path = (struct send_path){.output = output};
    pacer_init(&path->pacer);
}

int send_path_adapt(struct send_path *path, bool twcc, int64_t now_us)
{
    const struct estimator_config config = {.start_bps = SEND_PATH_START_BPS,
                                            .min_bps = ESTIMATOR_MIN_BPS,
                                            .max_bps = ESTIMATOR_MAX_BPS,
                                            .twcc = twcc};
    if (path->estimator != NULL) {
        return 0;
    }
    int err = estimator_new(&path->estimator, &config, now_us);
    if (err == 0) {
        send_path_update(path, now_us);
    }
    return err;
}

void send_path_update(struct send_path *path, int64_t now_us)
{
    if (path->estimator == NULL) {
        return;
    }
    path->updated_us = now_us;
    if (estimator_next_deadline(path->estimator) <= now_us) {
        estimator_timeout(path->estimator, now_us);
    }
    pacer_target(&path->pacer, estimator_pace_bps(path->estimator),
                 estimator_has_room(path->estimator), now_us);
}

int64_t send_path_next_deadline(const struct send_path *path)
{
    int64_t due_us = pacer_next_deadline(&path->pacer);
    if (path->estimator != NULL) {
        int64_t estimate_us = estimator_next_deadline(path->estimator);
        int64_t again_us =
            path->updated_us + AGAIN_US; /* a probe that nobody could send stays due */
        estimate_us = estimate_us > again_us ? estimate_us : again_us;
        due_us = estimate_us < due_us ? estimate_us : due_us;
    }
    return due_us;
}

void send_path_deinit(struct send_path *path)
{
    estimator_free(&path->estimator);
}

struct elements {
    struct rtp_ext_element at[MAX_ELEMENTS];
    size_t count;
};

static void add(struct elements *elements, uint8_t id, const void *at, size_t bytes)
{
    if (id != 0 && bytes > 0) {
        elements->at[elements->count++] =
            (struct rtp_ext_element){.id = id, .bytes = (uint8_t)bytes, .at = at};
    }
}

static void add_text(struct elements *elements, uint8_t id, const char *text)
{
    if (text != NULL) {
        add(elements, id, text, strlen(text));
    }
}

size_t send_path_head(struct send_path *path, const struct send_head *head, int64_t now_us,
                      uint8_t *out)
{
    const uint8_t *ids = head->exts->id;
    struct elements elements = {.count = 0};
    uint8_t number[2];
    uint8_t sent[3];
    bytes_put_u16(number, ++path->number);
    uint64_t sent_at = ((uint64_t)now_us << ABS_SEND_FRACTION_BITS) / US_PER_S;
    bytes_put_u24(sent, (uint32_t)(sent_at & 0xffffff));
    add_text(&elements, ids[RTP_EXT_MID], head->mid);
    add_text(&elements, ids[RTP_EXT_RID], head->rid);
    add_text(&elements, ids[RTP_EXT_RRID], head->repaired);
    add(&elements, ids[RTP_EXT_TRANSPORT_CC], number, sizeof(number));
    add(&elements, ids[RTP_EXT_ABS_SEND_TIME], sent, sizeof(sent));
    if (head->level != NULL) {
        add(&elements, ids[RTP_EXT_AUDIO_LEVEL], head->level, 1);
    }
    out[1] = (uint8_t)((head->marker ? 0x80 : 0) | head->pt);
    bytes_put_u16(out + 2, head->seq);
    bytes_put_u32(out + 4, head->timestamp);
    bytes_put_u32(out + 8, head->ssrc);
    size_t bytes = rtp_ext_write(out + RTP_HEADER_BYTES, SEND_PATH_HEAD_BYTES - RTP_HEADER_BYTES,
                                 elements.at, elements.count, false);
    out[0] = bytes == 0 ? 0x80 : 0x90;
    return RTP_HEADER_BYTES + bytes;
}

void send_path_send(struct send_path *path, uint8_t *packet, size_t len, enum send_kind kind,
                    uint32_t probe, int64_t now_us)
{
    uint32_t wire_bytes = (uint32_t)len + SEND_PATH_OVERHEAD_BYTES;
    path->packets++;
    if (path->estimator != NULL) {
        pacer_sent(&path->pacer, wire_bytes);
        estimator_sent(path->estimator, path->number, wire_bytes, kind, probe, now_us);
    }
    path->output->rtp(path->output->owner, packet, len);
}

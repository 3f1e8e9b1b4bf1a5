#include "load/picture_receiver.h"

#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/vp8_payload.h"

enum {
    CLOCK_PER_S = 90000,
    US_PER_S = 1000000,
    KEY_HEAD_BYTES = 10, /* RFC 6386 9.1: tag, start code, width, height */
    SIZE_MASK = 0x3fff
};

/** What is kept of a packet beside its payload. */
struct place {
    int64_t ext_seq;
    int64_t timestamp; /* unwrapped */
    bool marker;
};

_Static_assert(sizeof(struct place) <= PACKET_NOTE_BYTES, "a place fits beside its packet");

int picture_receiver_init(struct picture_receiver *receiver, const struct agreement_stream *stream,
                          uint16_t run, struct pool *packets, const struct endpoint_tap *tap,
                          unsigned number)
{
    *receiver = (struct picture_receiver){
        .packets = packets, .pli = stream->pli, .next = -1, .keyframe_seq = -1, .stream = number};
    if (tap != NULL) {
        receiver->tap = *tap;
    }
    keyframe_request_init(&receiver->keyframe);
    playback_init(&receiver->playback, false);
    int err = intake_init(&receiver->intake, stream, run);
    err = err != 0 ? err : hold_back_new(&receiver->hold);
    return err != 0 ? err : vp8_frames_new(&receiver->frames);
}

/** Did it go back behind what was shown before? */
static bool goes_back(const struct picture_receiver *receiver, const struct stats_frame *frame)
{
    if (!receiver->shown || frame->keyframe) {
        return false;
    }
    bool same = frame->marked && receiver->mark.caller == frame->mark.caller &&
                receiver->mark.layer == frame->mark.layer;
    return frame->timestamp <= receiver->timestamp ||
           (same && frame->mark.number <= receiver->mark.number);
}

static uint16_t height_of(const struct vp8_frame *frame)
{
    return (uint16_t)((frame->bytes[8] | frame->bytes[9] << 8) & SIZE_MASK);
}

/** A frame that can be decoded is shown. */
static void show(struct picture_receiver *receiver, const struct vp8_frame *whole,
                 const struct place *place, int64_t arrived_us)
{
    struct stats_received *stats = &receiver->intake.stats;
    struct stats_frame frame = {
        .arrived_us = arrived_us, .timestamp = place->timestamp, .keyframe = whole->keyframe};
    frame.marked =
        mark_read(whole->bytes, whole->len, &frame.mark) && frame.mark.run == receiver->intake.run;
    if (whole->keyframe && whole->len >= KEY_HEAD_BYTES) {
        receiver->height = height_of(whole);
        stats->keyframes++;
        keyframe_request_received(&receiver->keyframe);
    }
    frame.height = receiver->height;
    const struct playback_frame shown = {.capture_us = place->timestamp * US_PER_S / CLOCK_PER_S,
                                         .publisher = frame.marked ? frame.mark.caller : 0,
                                         .height = frame.height,
                                         .layer = frame.marked ? frame.mark.layer : 0,
                                         .tid = whole->tid};
    playback_take(&receiver->playback, &shown, arrived_us);
    frame.shown_us = receiver->playback.last.shown_us;
    stats->frames_backward += goes_back(receiver, &frame);
    stats->first_us = stats->first_us == 0 ? arrived_us : stats->first_us;
    receiver->shown = true;
    receiver->timestamp = frame.timestamp;
    receiver->mark = frame.marked ? frame.mark : (struct mark){0};
    if (receiver->tap.frame != NULL) {
        receiver->tap.frame(receiver->tap.owner, receiver->stream, &frame, whole->bytes,
                            whole->len);
    }
}

/** A packet whose turn has come. */
static void process(struct picture_receiver *receiver, const struct packet *packet, int64_t now_us)
{
    struct place place;
    struct vp8_frame whole;
    memcpy(&place, packet->note, sizeof(place));
    if (receiver->next >= 0 && place.ext_seq > receiver->next) {
        intake_lost(&receiver->intake, place.ext_seq - receiver->next);
    }
    receiver->next = place.ext_seq + 1;
    const struct vp8_frame_packet part = {.ext_seq = place.ext_seq,
                                          .timestamp = (uint32_t)place.timestamp,
                                          .marker = place.marker,
                                          .payload = packet->data,
                                          .bytes = packet->len};
    enum vp8_frame_verdict verdict = vp8_frames_receive(receiver->frames, &part, &whole);
    if (verdict == VP8_FRAME_READY) {
        show(receiver, &whole, &place, now_us);
        return;
    }
    receiver->intake.stats.frames_broken += place.marker;
    if (verdict == VP8_FRAME_BROKEN ||
        (place.marker && vp8_frames_need_keyframe(receiver->frames))) {
        picture_receiver_want_keyframe(receiver, now_us);
    }
}

/** How long the first hole is waited for. */
static int64_t patience_us(const struct picture_receiver *receiver)
{
    int64_t first = 0;
    int64_t end = 0;
    bool passed_over = hold_back_hole(receiver->hold, &first, &end) &&
                       (receiver->keyframe_seq >= end || receiver->intake.nack == NULL);
    return passed_over ? PICTURE_RECEIVER_SKIP_US : PICTURE_RECEIVER_WAIT_US;
}

void picture_receiver_timeout(struct picture_receiver *receiver, int64_t now_us)
{
    struct packet *packet = hold_back_poll(receiver->hold, patience_us(receiver), now_us);
    while (packet != NULL) {
        process(receiver, packet, now_us);
        packet_unref(&packet);
        packet = hold_back_poll(receiver->hold, patience_us(receiver), now_us);
    }
}

/** A keyframe makes what is missing before it dispensable. */
static void note_keyframe(struct picture_receiver *receiver, const uint8_t *payload, size_t bytes,
                          int64_t ext_seq, int64_t now_us)
{
    struct vp8_payload vp8;
    if (vp8_payload_parse(payload, bytes, &vp8) == 0 && vp8.keyframe &&
        ext_seq > receiver->keyframe_seq) {
        receiver->keyframe_seq = ext_seq;
        if (receiver->intake.nack != NULL) {
            nack_generator_keyframe(receiver->intake.nack, ext_seq, now_us);
        }
    }
}

static void restart(struct picture_receiver *receiver)
{
    hold_back_reset(receiver->hold);
    vp8_frames_reset(receiver->frames);
    receiver->next = -1;
    receiver->keyframe_seq = -1;
    receiver->shown = false;
}

/** In order or held back. */
static void file(struct picture_receiver *receiver, const uint8_t *payload, size_t bytes,
                 const struct place *place, int64_t arrived_us, int64_t now_us)
{
    struct packet *packet = bytes > PACKET_MAX_BYTES ? NULL : packet_take(receiver->packets);
    if (packet == NULL) {
        return; /* as if it had been lost */
    }
    memcpy(packet->data, payload, bytes);
    memcpy(packet->note, place, sizeof(*place));
    packet->len = (uint32_t)bytes;
    packet->arrival_us = arrived_us;
    switch (hold_back_receive(receiver->hold, place->ext_seq, packet)) {
    case HOLD_BACK_PASS:
        process(receiver, packet, now_us);
        break;
    case HOLD_BACK_HELD:
        picture_receiver_timeout(receiver, now_us);
        break;
    case HOLD_BACK_LATE:
        break;
    }
    packet_unref(&packet);
}

bool picture_receiver_receive(struct picture_receiver *receiver, const uint8_t *data,
                              const struct rtp_header *header, bool rtx, int64_t arrived_us,
                              int64_t now_us)
{
    const uint8_t *payload = data + header->payload_offset;
    size_t bytes = header->payload_bytes;
    struct place place = {.marker = header->marker};
    enum intake_verdict verdict = INTAKE_DROP;
    struct mark mark;
    if (rtx && bytes < 2) {
        return true; /* padding */
    }
    if (rtx) {
        verdict = intake_recover(&receiver->intake, bytes_get_u16(payload), bytes - 2, now_us,
                                 &place.ext_seq);
        payload += 2;
        bytes -= 2;
    } else {
        verdict =
            intake_receive(&receiver->intake, header, bytes, arrived_us, now_us, &place.ext_seq);
    }
    if (verdict == INTAKE_DROP) {
        return true;
    }
    if (verdict == INTAKE_RESTART) {
        restart(receiver);
    }
    place.timestamp = seq_unwrap32(&receiver->intake.timestamps, header->timestamp);
    if (place.marker) {
        (void)intake_mark(&receiver->intake, payload, bytes, verdict != INTAKE_REPAIRED, arrived_us,
                          &mark);
    }
    note_keyframe(receiver, payload, bytes, place.ext_seq, now_us);
    file(receiver, payload, bytes, &place, arrived_us, now_us);
    return true;
}

void picture_receiver_want_keyframe(struct picture_receiver *receiver, int64_t now_us)
{
    if (receiver->pli) {
        keyframe_request_want(&receiver->keyframe, now_us);
    }
}

bool picture_receiver_ask(struct picture_receiver *receiver, int64_t now_us)
{
    bool ask = keyframe_request_poll(&receiver->keyframe, now_us);
    receiver->intake.stats.plis_sent += ask;
    return ask;
}

int64_t picture_receiver_next_deadline(const struct picture_receiver *receiver)
{
    int64_t hold_us = hold_back_next_deadline(receiver->hold);
    int64_t ask_us = keyframe_request_next_deadline(&receiver->keyframe);
    return hold_us < ask_us ? hold_us : ask_us;
}

void picture_receiver_stats(const struct picture_receiver *receiver, int64_t now_us,
                            struct stats_received *out)
{
    intake_stats(&receiver->intake, out);
    struct playback_sums sums = playback_sums(&receiver->playback, now_us);
    out->frames = sums.frames;
    out->freezes = sums.freezes;
    out->frozen_us = (uint64_t)sums.frozen_us;
    out->interval_s = sums.interval_s;
    out->interval2_s2 = sums.interval2_s2;
    out->height_s = sums.height_s;
    out->shown_us = (uint64_t)sums.shown_us;
    out->layer_switches = sums.layer_switches;
    out->buffer_us = receiver->playback.last.shown_us - receiver->playback.there_us;
    out->buffer_us = out->buffer_us > 0 ? out->buffer_us : 0;
}

void picture_receiver_deinit(struct picture_receiver *receiver)
{
    intake_deinit(&receiver->intake);
    hold_back_free(&receiver->hold);
    vp8_frames_free(&receiver->frames);
    playback_deinit(&receiver->playback);
}

#include "load/voice_receiver.h"

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/red.h"

enum { CLOCK_PER_MS = 48, SMOOTH = 16 };

int voice_receiver_init(struct voice_receiver *receiver, const struct agreement_stream *stream,
                        uint16_t run, const struct endpoint_tap *tap, unsigned number)
{
    *receiver = (struct voice_receiver){
        .pt = stream->pt, .red_pt = stream->red_pt, .next = -1, .stream = number};
    if (tap != NULL) {
        receiver->tap = *tap;
    }
    return intake_init(&receiver->intake, stream, run);
}

static struct voice_place *place_of(struct voice_receiver *receiver, int64_t ext_seq)
{
    return &receiver->window[ext_seq % VOICE_RECEIVER_WINDOW];
}

/** Plays a packet that came. */
static void play(struct voice_receiver *receiver, const struct voice_place *place)
{
    const struct listening_packet packet = {.life = receiver->life,
                                            .number = (uint32_t)place->ext_seq,
                                            .capture_us = place->timestamp * 1000 / CLOCK_PER_MS,
                                            .arrival_us = place->arrived_us,
                                            .overtaken = place->overtaken};
    listening_hear(&receiver->listening, &packet);
    int64_t kept_us = packet.capture_us + receiver->listening.offset_us - packet.arrival_us;
    receiver->kept_us += (kept_us - receiver->kept_us) / SMOOTH;
}

/** So many numbers from the next one on are not awaited any more. */
static void give_up(struct voice_receiver *receiver, int64_t count)
{
    struct stats_received *stats = &receiver->intake.stats;
    intake_lost(&receiver->intake, count);
    stats->runs -= receiver->gap;
    receiver->gap = true;
    receiver->next += count;
}

/** Plays what is next, as far as it is there or given up. */
static void advance(struct voice_receiver *receiver, int64_t now_us)
{
    while (receiver->next <= receiver->highest) {
        const struct voice_place *place = place_of(receiver, receiver->next);
        if (place->came) {
            play(receiver, place);
            receiver->next++;
            receiver->gap = false;
        } else if (now_us - place->arrived_us >= VOICE_RECEIVER_GIVE_UP_US) {
            give_up(receiver, 1);
        } else {
            return;
        }
    }
}

/** A hole that is longer than the window: everything up to it is over. */
static void cut(struct voice_receiver *receiver, int64_t ext_seq)
{
    advance(receiver, INT64_MAX);
    int64_t missing = ext_seq - receiver->next;
    if (missing > 0) {
        give_up(receiver, missing);
        receiver->cut_us += (uint64_t)missing * LISTENING_FRAME_US;
        receiver->life++;
    }
    receiver->highest = ext_seq - 1;
}

/** Finds a number's place; those before it that were not seen are missing from now on. */
static struct voice_place *open_place(struct voice_receiver *receiver, int64_t ext_seq,
                                      int64_t now_us)
{
    if (receiver->next < 0) {
        receiver->next = ext_seq;
        receiver->highest = ext_seq - 1;
    }
    if (ext_seq - receiver->next >= VOICE_RECEIVER_WINDOW) {
        cut(receiver, ext_seq);
    }
    while (receiver->highest < ext_seq) {
        struct voice_place *place = place_of(receiver, ++receiver->highest);
        *place = (struct voice_place){
            .ext_seq = receiver->highest, .overtaken = true, .arrived_us = now_us};
    }
    return place_of(receiver, ext_seq);
}

/** A packet that is new. */
struct arrival {
    enum intake_verdict verdict;
    int64_t ext_seq;
    uint32_t timestamp;
    const uint8_t *payload;
    size_t bytes;
    const uint8_t *csrcs; /* as on the wire */
    uint8_t csrc_count;
    int64_t arrived_us;
};

static void give(const struct voice_receiver *receiver, const struct arrival *arrival,
                 const struct stats_sound *sound)
{
    if (receiver->tap.sound != NULL) {
        struct stats_sound told = *sound;
        told.csrc_count = arrival->csrc_count;
        for (size_t i = 0; i < arrival->csrc_count; i++) {
            told.csrcs[i] = bytes_get_u32(arrival->csrcs + 4 * i);
        }
        receiver->tap.sound(receiver->tap.owner, receiver->stream, &told, arrival->payload,
                            arrival->bytes);
    }
}

static void file(struct voice_receiver *receiver, const struct arrival *arrival, int64_t now_us)
{
    struct intake *intake = &receiver->intake;
    struct stats_sound sound = {.arrived_us = arrival->arrived_us,
                                .ssrc = receiver->ssrc,
                                .ext_seq = arrival->ext_seq,
                                .timestamp = seq_unwrap32(&intake->timestamps, arrival->timestamp)};
    if (arrival->verdict == INTAKE_RESTART) {
        advance(receiver, INT64_MAX);
        receiver->next = -1;
        receiver->life++;
    }
    sound.marked =
        intake_mark(intake, arrival->payload, arrival->bytes, arrival->verdict != INTAKE_REPAIRED,
                    arrival->arrived_us, &sound.mark);
    intake->stats.mixed += !sound.marked;
    if (intake->stats.first_us == 0) {
        intake->stats.first_us = arrival->arrived_us;
    }
    give(receiver, arrival, &sound);
    if (receiver->next >= 0 && arrival->ext_seq < receiver->next) {
        return; /* its time is over */
    }
    bool newest = arrival->ext_seq > receiver->highest;
    struct voice_place *place = open_place(receiver, arrival->ext_seq, now_us);
    place->came = true;
    place->overtaken = !newest;
    place->timestamp = sound.timestamp;
    place->arrived_us = arrival->arrived_us;
    advance(receiver, now_us);
}

/** Packets before this one that it has copies of and that did not come. */
static void fill_holes(struct voice_receiver *receiver, const struct arrival *present, size_t bytes,
                       int64_t now_us)
{
    struct red_fill fills[RED_FILL_MAX];
    const struct red_fill_place here = {.ext_seq = present->ext_seq,
                                        .timestamp = present->timestamp};
    if (receiver->next < 0 || present->ext_seq <= receiver->newest.ext_seq + 1) {
        return;
    }
    size_t count =
        red_fill_find(&receiver->newest, &here, receiver->pt, present->payload, bytes, fills);
    for (size_t i = 0; i < count; i++) {
        struct arrival copy = *present;
        copy.verdict = intake_recover(&receiver->intake, (uint16_t)fills[i].ext_seq, fills[i].bytes,
                                      now_us, &copy.ext_seq);
        copy.timestamp = fills[i].timestamp;
        copy.payload = present->payload + fills[i].offset;
        copy.bytes = fills[i].bytes;
        copy.csrc_count = 0;
        if (copy.verdict != INTAKE_DROP) {
            file(receiver, &copy, now_us);
        }
    }
}

/** Takes the wrapping of RED off, and what it brings besides. @return false when it is malformed */
static bool unwrap(struct voice_receiver *receiver, struct arrival *arrival, int64_t now_us)
{
    struct red_block primary;
    if (red_find_primary(arrival->payload, arrival->bytes, &primary) != 0) {
        return false;
    }
    if (arrival->verdict == INTAKE_NEW) {
        fill_holes(receiver, arrival, arrival->bytes, now_us);
    }
    arrival->payload += primary.offset;
    arrival->bytes = primary.bytes;
    return true;
}

bool voice_receiver_receive(struct voice_receiver *receiver, const uint8_t *data,
                            const struct rtp_header *header, bool rtx, int64_t arrived_us,
                            int64_t now_us)
{
    struct arrival arrival = {.timestamp = header->timestamp,
                              .payload = data + header->payload_offset,
                              .bytes = header->payload_bytes,
                              .csrcs = data + RTP_HEADER_BYTES,
                              .csrc_count = header->csrc_count,
                              .arrived_us = arrived_us};
    bool red = receiver->red_pt != 0 && header->pt == receiver->red_pt;
    if (rtx && arrival.bytes < 2) {
        return true; /* padding */
    }
    if (rtx) {
        uint16_t seq = bytes_get_u16(arrival.payload);
        arrival.payload += 2;
        arrival.bytes -= 2;
        arrival.verdict =
            intake_recover(&receiver->intake, seq, arrival.bytes, now_us, &arrival.ext_seq);
    } else {
        receiver->ssrc = header->ssrc;
        arrival.verdict = intake_receive(&receiver->intake, header, arrival.bytes, arrived_us,
                                         now_us, &arrival.ext_seq);
    }
    if (arrival.verdict == INTAKE_DROP) {
        return true;
    }
    if (red && !unwrap(receiver, &arrival, now_us)) {
        return false;
    }
    file(receiver, &arrival, now_us);
    if (arrival.verdict == INTAKE_RESTART || arrival.ext_seq > receiver->newest.ext_seq) {
        receiver->newest = (struct red_fill_place){arrival.ext_seq, arrival.timestamp};
    }
    return true;
}

void voice_receiver_stats(const struct voice_receiver *receiver, struct stats_received *out)
{
    intake_stats(&receiver->intake, out);
    out->due_us = receiver->listening.heard_us + receiver->cut_us;
    out->concealed_us = receiver->listening.concealed_us + receiver->cut_us;
    out->buffer_us = receiver->kept_us > 0 ? receiver->kept_us : 0;
}

void voice_receiver_deinit(struct voice_receiver *receiver)
{
    intake_deinit(&receiver->intake);
}

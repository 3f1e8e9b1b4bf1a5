#include "media/jitter_buffer.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "jitter_ring.h"
#include "media/delay_tracker.h"
#include "media/sample_clock.h"
#include "playout_phase.h"

enum {
    MASK = JITTER_BUFFER_PACKETS - 1,
    HZ = 48000,
    EARLY_US = 4000,            /**< play-out may be so much earlier than required */
    LATER_US = 1000,            /**< or later, before a whole packet's time is taken out */
    SPARE_US = 2000,            /**< what recent packets had to spare is not used up beyond this */
    SPARE_SPAN_US = 1000000,    /**< recent: this span and the one before */
    SMALL_GAP = 10 * HZ / 1000, /**< a step of timestamps that is no pause */
    MAX_JUMP = 2 * HZ,          /**< of timestamps against time that passed */
    MAX_BACK = 10 * HZ,         /**< of a late packet's time */
    MAX_AHEAD = HZ,             /**< sound held beyond what is required */
    PRIME_MAX = 120 * HZ / 1000,
    REPAIR_WEIGHT = 3, /**< of a packet that came as repair, for the delay to be kept */
    LATE_RUN = 8,      /**< packets in a row from before the window mean a new life */
    PLAYED = 8         /**< packets remembered to tell positions */
};

struct played {
    int64_t ext_seq;
    int64_t time;
    uint16_t samples;
};

struct jitter_buffer {
    struct jitter_ring ring;
    struct sample_clock clock;
    struct delay_tracker tracker;
    uint16_t early;       /**< frames begin before packets do */
    struct packet *taken; /**< of the step before */
    int64_t newest_seq;   /**< highest received in this life, -1 = none */
    int64_t newest_time;
    int64_t newest_arrival_us;
    uint16_t newest_samples;
    bool newest_dtx;
    unsigned late_run;
    bool begin_given;
    uint32_t begin;
    bool whole;    /**< nothing there is left out */
    bool anchored; /**< next_seq follows a packet that was passed over, and is no guess */

    bool playing;
    int64_t position;    /**< time of the sample that the next step begins with */
    int64_t passed;      /**< packets of holes before this time are late */
    int64_t skip_before; /**< play-out begins with this sample, inside a packet */
    uint32_t stalled;    /**< samples concealed since the buffer ran empty, without moving on */
    uint32_t run;        /**< samples concealed in a row */
    bool quiet;          /**< the sender is silent, or was given up */
    bool dtx;            /**< the last packet said so */
    uint64_t unsettled;  /**< samples of quiet after loss: the next packet tells what they were */
    int64_t spare_us[2]; /**< least time that packets were here too early: present span, before */
    int64_t spare_span;
    struct played played[PLAYED];
    size_t played_count;
    struct jitter_stats stats;
};

int jitter_buffer_new(struct jitter_buffer **out, int64_t max_us)
{
    if (max_us < DELAY_TRACKER_MIN_US || max_us > DELAY_TRACKER_MOST_US) {
        return ERR_INVALID;
    }
    struct jitter_buffer *buffer = calloc(1, sizeof(*buffer));
    if (buffer == NULL) {
        return ERR_NO_MEMORY;
    }
    delay_tracker_init(&buffer->tracker, max_us);
    sample_clock_init(&buffer->clock);
    jitter_buffer_restart(buffer);
    buffer->stats.restarts = 0;
    *out = buffer;
    return 0;
}

void jitter_buffer_learn(struct jitter_buffer *buffer, const struct delay_tracker *known)
{
    int64_t max_us = buffer->tracker.max_us;
    buffer->tracker = *known;
    buffer->tracker.max_us = max_us;
    delay_tracker_restart(&buffer->tracker);
}

void jitter_buffer_stand(struct jitter_buffer *buffer, uint16_t early)
{
    assert(early < JITTER_BUFFER_UNIT);
    buffer->early = early;
}

const struct delay_tracker *jitter_buffer_known(const struct jitter_buffer *buffer)
{
    return &buffer->tracker;
}

static void advance(struct jitter_buffer *buffer, int64_t next_seq)
{
    buffer->stats.discarded += jitter_ring_advance(&buffer->ring, next_seq);
}

void jitter_buffer_restart(struct jitter_buffer *buffer)
{
    buffer->stats.discarded += jitter_ring_clear(&buffer->ring);
    packet_unref(&buffer->taken);
    delay_tracker_restart(&buffer->tracker);
    sample_clock_restart(&buffer->clock);
    buffer->newest_seq = -1;
    buffer->late_run = 0;
    buffer->begin_given = false;
    buffer->anchored = false;
    buffer->playing = false;
    buffer->passed = INT64_MIN;
    buffer->skip_before = INT64_MIN;
    buffer->stalled = 0;
    buffer->run = 0;
    buffer->quiet = false;
    buffer->dtx = false;
    buffer->spare_us[0] = INT64_MAX;
    buffer->spare_us[1] = INT64_MAX;
    buffer->spare_span = 0;
    buffer->played_count = 0;
    buffer->stats.restarts++;
}

/** Timestamps of one life go with its numbers and with the time that passes. */
static bool in_step(const struct jitter_buffer *buffer, const struct jitter_packet *packet,
                    int64_t time)
{
    int64_t steps = packet->ext_seq - buffer->newest_seq;
    int64_t apart = time - buffer->newest_time;
    int64_t elapsed = playout_samples(packet->arrival_us - buffer->newest_arrival_us);
    elapsed = elapsed > 0 ? elapsed : 0;
    return apart > 0 && (apart <= steps * JITTER_BUFFER_MAX_STEP || apart <= elapsed + MAX_JUMP);
}

/** What the packet's time of arrival tells; a repair brings what was lost and not merely late. */
static void track(struct jitter_buffer *buffer, const struct jitter_packet *packet, int64_t time)
{
    delay_tracker_receive(&buffer->tracker, packet->arrival_us - playout_us(time),
                          packet->arrival_us, packet->repair ? REPAIR_WEIGHT : 1);
    int64_t before = time - packet->samples;
    if (packet->fec && packet->ext_seq == buffer->newest_seq + 2 &&
        before == buffer->newest_time + buffer->newest_samples) {
        delay_tracker_receive(&buffer->tracker, packet->arrival_us - playout_us(before),
                              packet->arrival_us, REPAIR_WEIGHT);
    }
}

static bool was_played(const struct jitter_buffer *buffer, int64_t ext_seq)
{
    for (size_t i = 0; i < PLAYED && i < buffer->played_count; i++) {
        if (buffer->played[i].ext_seq == ext_seq) {
            return true;
        }
    }
    return false;
}

static void keep(struct jitter_buffer *buffer, const struct jitter_packet *packet, int64_t time)
{
    jitter_ring_put(&buffer->ring, packet, time);
    buffer->stats.packets++;
    buffer->stats.repair_packets += packet->repair;
    if (packet->ext_seq > buffer->newest_seq) {
        buffer->newest_seq = packet->ext_seq;
        buffer->newest_time = time;
        buffer->newest_arrival_us = packet->arrival_us;
        buffer->newest_samples = packet->samples;
        buffer->newest_dtx = packet->dtx;
    }
}

static enum jitter_verdict keep_first(struct jitter_buffer *buffer,
                                      const struct jitter_packet *packet)
{
    int64_t time = sample_clock_time(&buffer->clock, packet->timestamp);
    (void)sample_clock_receive(&buffer->clock, packet->ext_seq, packet->timestamp, packet->samples,
                               true, packet->arrival_us);
    buffer->ring.next_seq = packet->ext_seq - MASK;
    buffer->ring.next_seq = buffer->ring.next_seq > 0 ? buffer->ring.next_seq : 0;
    buffer->newest_time = time;
    track(buffer, packet, time);
    keep(buffer, packet, time);
    return JITTER_KEPT;
}

static enum jitter_verdict begin_life(struct jitter_buffer *buffer,
                                      const struct jitter_packet *packet)
{
    jitter_buffer_restart(buffer);
    (void)keep_first(buffer, packet);
    return JITTER_RESTART;
}

static enum jitter_verdict late(struct jitter_buffer *buffer, const struct jitter_packet *packet)
{
    buffer->stats.late++;
    buffer->late_run++;
    return buffer->late_run > LATE_RUN ? begin_life(buffer, packet) : JITTER_LATE;
}

enum jitter_verdict jitter_buffer_receive(struct jitter_buffer *buffer,
                                          const struct jitter_packet *packet)
{
    assert(packet->ext_seq >= 0 && packet->samples > 0);
    assert(packet->samples <= JITTER_BUFFER_MAX_STEP);
    if (buffer->newest_seq < 0) {
        return keep_first(buffer, packet);
    }
    int64_t time = sample_clock_time(&buffer->clock, packet->timestamp);
    if (packet->ext_seq > buffer->newest_seq) {
        if (!in_step(buffer, packet, time)) {
            return begin_life(buffer, packet);
        }
        if (sample_clock_receive(&buffer->clock, packet->ext_seq, packet->timestamp,
                                 packet->samples, !buffer->newest_dtx, packet->arrival_us)) {
            /* what was taken for jitter was the wrong rate */
            delay_tracker_init(&buffer->tracker, buffer->tracker.max_us);
            return begin_life(buffer, packet);
        }
    }
    if (packet->ext_seq < buffer->newest_seq - JITTER_BUFFER_PACKETS) {
        return late(buffer, packet);
    }
    if (jitter_ring_find(&buffer->ring, packet->ext_seq) != NULL ||
        was_played(buffer, packet->ext_seq)) {
        buffer->stats.duplicates++;
        return JITTER_DUPLICATE;
    }
    if (packet->ext_seq < buffer->newest_seq &&
        (time >= buffer->newest_time || time < buffer->newest_time - MAX_BACK)) {
        return late(buffer, packet);
    }
    buffer->late_run = 0;
    track(buffer, packet, time);
    if (packet->ext_seq < buffer->ring.next_seq || time < buffer->passed) {
        buffer->stats.late++;
        return JITTER_LATE;
    }
    if (packet->ext_seq - buffer->ring.next_seq >= JITTER_BUFFER_PACKETS) {
        advance(buffer, packet->ext_seq - MASK);
    }
    keep(buffer, packet, time);
    return JITTER_KEPT;
}

void jitter_buffer_begin(struct jitter_buffer *buffer, uint32_t timestamp, bool whole)
{
    buffer->begin_given = true;
    buffer->begin = timestamp;
    buffer->whole = whole;
}

/** Hands a packet out; its reference lives until the next step. */
static void take(struct jitter_buffer *buffer, struct jitter_held *held, struct jitter_packet *out)
{
    packet_unref(&buffer->taken);
    *out = held->facts;
    buffer->taken = jitter_ring_take(held);
}

/** Samples to be left out where play-out begins. */
static int64_t hurry(const struct jitter_buffer *buffer, int64_t time, int64_t now_us)
{
    int64_t delay_us = now_us - delay_tracker_base_us(&buffer->tracker) - playout_us(time);
    int64_t excess_us =
        delay_us - delay_tracker_required_us(&buffer->tracker) - JITTER_BUFFER_BEGIN_US;
    if (buffer->whole || excess_us <= 0) {
        return 0;
    }
    return (playout_samples(excess_us) / JITTER_BUFFER_UNIT + 1) * JITTER_BUFFER_UNIT;
}

/** Samples before a time that only the packet that begins then has a copy of: its own number is
 * there and the one before is missing. A word that begins after a pause may have lost its first
 * packet. */
static uint16_t copied_before(const struct jitter_buffer *buffer, int64_t time)
{
    const struct jitter_held *first = NULL;
    const struct jitter_held *held = jitter_ring_find(&buffer->ring, buffer->newest_seq);
    while (held != NULL && held->time >= time) {
        first = held;
        held = jitter_ring_find(&buffer->ring, first->facts.ext_seq - 1);
    }
    bool missing = first != NULL && held == NULL && first->facts.ext_seq > buffer->ring.next_seq;
    return missing && first->facts.fec && first->time - time <= JITTER_BUFFER_UNIT
               ? first->facts.samples
               : 0;
}

/** Time to begin with; false when none is given that makes sense. */
static bool begin_time(const struct jitter_buffer *buffer, int64_t now_us, int64_t *time)
{
    if (!buffer->begin_given || buffer->newest_seq < 0) {
        return false;
    }
    *time = sample_clock_time(&buffer->clock, buffer->begin);
    int64_t apart = *time - buffer->newest_time;
    if (apart > MAX_JUMP || apart < -MAX_JUMP) {
        return false;
    }
    *time -= buffer->whole ? 0 : copied_before(buffer, *time);
    *time += hurry(buffer, *time, now_us);
    return true;
}

bool jitter_buffer_prime(struct jitter_buffer *buffer, int64_t now_us, struct jitter_packet *packet)
{
    int64_t begin = 0;
    if (buffer->playing || !begin_time(buffer, now_us, &begin)) {
        return false;
    }
    struct jitter_held *held = NULL;
    while ((held = jitter_ring_lowest(&buffer->ring)) != NULL &&
           held->time + held->facts.samples <= begin) {
        bool near = held->time >= begin - PRIME_MAX;
        int64_t ext_seq = held->facts.ext_seq;
        if (near) {
            take(buffer, held, packet);
        }
        advance(buffer, ext_seq + 1);
        buffer->anchored = true;
        if (near) {
            return true;
        }
    }
    return false;
}

static struct playout_phase phase_of(const struct jitter_buffer *buffer)
{
    return (struct playout_phase){.boundary = buffer->newest_time,
                                  .samples = buffer->newest_samples,
                                  .early = buffer->early,
                                  .base_us = delay_tracker_base_us(&buffer->tracker)};
}

static int64_t least_lead_us(const struct jitter_buffer *buffer)
{
    return delay_tracker_required_us(&buffer->tracker) - EARLY_US;
}

static bool due(const struct jitter_buffer *buffer, int64_t position, int64_t now_us)
{
    struct playout_phase phase = phase_of(buffer);
    return playout_lead_us(&phase, position, now_us) >= least_lead_us(buffer);
}

/** Nothing is there before a packet but its copy of that: so the number before it is a hole. */
static bool begins_with_copy(const struct jitter_buffer *buffer, const struct jitter_held *held,
                             int64_t time)
{
    int64_t gap = held->time - time;
    return buffer->begin_given && !buffer->whole && held->facts.fec && gap > JITTER_BUFFER_UNIT &&
           gap <= held->facts.samples + JITTER_BUFFER_UNIT;
}

static bool start(struct jitter_buffer *buffer, size_t pending, int64_t now_us)
{
    struct jitter_held *held = jitter_ring_lowest(&buffer->ring);
    int64_t time = 0;
    bool given = begin_time(buffer, now_us, &time);
    if (pending > 0 || (held == NULL && !given)) {
        return false;
    }
    time = given ? time : held->time;
    if (!due(buffer, time, now_us)) {
        return false;
    }
    while (held != NULL && held->time + held->facts.samples <= time) {
        advance(buffer, held->facts.ext_seq + 1);
        buffer->anchored = true;
        held = jitter_ring_lowest(&buffer->ring);
    }
    buffer->playing = true;
    buffer->position = time;
    if (!buffer->anchored) {
        buffer->ring.next_seq = held != NULL ? held->facts.ext_seq : buffer->newest_seq + 1;
        buffer->ring.next_seq -= held != NULL && begins_with_copy(buffer, held, time) ? 1 : 0;
    }
    buffer->skip_before = held != NULL && held->time < time ? time : INT64_MIN;
    return true;
}

static uint16_t in_units(int64_t samples)
{
    int64_t units = (samples + JITTER_BUFFER_UNIT - 1) / JITTER_BUFFER_UNIT;
    return (uint16_t)((units > 0 ? units : 1) * JITTER_BUFFER_UNIT);
}

static void pause(struct jitter_buffer *buffer, size_t wanted, struct jitter_step *step)
{
    step->action = JITTER_PAUSE;
    step->samples = (uint16_t)wanted;
    buffer->position += (int64_t)wanted;
    if (buffer->dtx) {
        buffer->stats.pause_samples += wanted;
    } else {
        buffer->unsettled += wanted;
    }
}

/** What the quiet time after concealment was, now that a packet is there. */
static void settle(struct jitter_buffer *buffer, bool lost)
{
    if (lost) {
        buffer->stats.concealed_samples += buffer->unsettled;
        buffer->stats.silent_concealed_samples += buffer->unsettled;
    } else {
        buffer->stats.pause_samples += buffer->unsettled;
    }
    buffer->unsettled = 0;
}

static void conceal(struct jitter_buffer *buffer, int64_t samples, struct jitter_step *step)
{
    buffer->stats.concealment_events += buffer->run == 0;
    step->action = JITTER_CONCEAL;
    step->samples = in_units(samples);
    buffer->run += step->samples;
    buffer->stats.concealed_samples += step->samples;
    buffer->quiet = buffer->run >= JITTER_BUFFER_CONCEAL_MAX;
}

/** Nothing is there: all that has come is played. */
static void run_empty(struct jitter_buffer *buffer, size_t wanted, struct jitter_step *step)
{
    if (buffer->quiet || buffer->dtx) {
        buffer->quiet = true;
        buffer->stalled = 0;
        pause(buffer, wanted, step);
        return;
    }
    conceal(buffer, (int64_t)wanted, step);
    buffer->stalled += step->samples;
}

static void note_spare(struct jitter_buffer *buffer, int64_t spare_us, int64_t now_us)
{
    int64_t span = now_us / SPARE_SPAN_US;
    if (span != buffer->spare_span) {
        buffer->spare_us[1] = span == buffer->spare_span + 1 ? buffer->spare_us[0] : INT64_MAX;
        buffer->spare_us[0] = INT64_MAX;
        buffer->spare_span = span;
    }
    buffer->spare_us[0] = spare_us < buffer->spare_us[0] ? spare_us : buffer->spare_us[0];
}

static void decode(struct jitter_buffer *buffer, struct jitter_held *held, size_t pending,
                   int64_t now_us, struct jitter_step *step)
{
    settle(buffer, held->facts.ext_seq != buffer->ring.next_seq);
    take(buffer, held, &step->packet);
    const struct jitter_packet *packet = &step->packet;
    int64_t wait_us = now_us - packet->arrival_us;
    size_t frames_ahead = pending / JITTER_BUFFER_FRAME;
    note_spare(buffer, wait_us + playout_us((int64_t)(frames_ahead * JITTER_BUFFER_FRAME)), now_us);
    step->action = JITTER_DECODE;
    step->samples = packet->samples;
    step->skip = 0;
    if (buffer->skip_before > held->time) {
        step->skip = (uint16_t)(buffer->skip_before - held->time);
        step->samples = (uint16_t)(step->samples - step->skip);
    }
    buffer->played[buffer->played_count++ % PLAYED] =
        (struct played){.ext_seq = packet->ext_seq, .time = held->time, .samples = packet->samples};
    buffer->position = held->time + packet->samples;
    buffer->ring.next_seq = packet->ext_seq + 1;
    buffer->skip_before = INT64_MIN;
    buffer->stalled = 0;
    buffer->run = 0;
    buffer->quiet = false;
    buffer->dtx = packet->dtx;
    wait_us += playout_us((int64_t)pending);
    buffer->stats.emitted_samples += step->samples;
    buffer->stats.delay_us_samples += (uint64_t)(wait_us > 0 ? wait_us : 0) * step->samples;
}

/** The last samples before a packet, from its copy of them. */
static void recover(struct jitter_buffer *buffer, const struct jitter_held *held, uint16_t samples,
                    struct jitter_step *step)
{
    step->action = JITTER_RECOVER;
    step->samples = samples;
    step->packet = held->facts;
    buffer->stats.recovered_samples += samples;
    buffer->position = held->time;
    buffer->passed = held->time;
    advance(buffer, held->facts.ext_seq);
    buffer->run = 0;
    buffer->quiet = false;
}

/** Numbers are missing before the lowest packet that is there. */
static void fill_hole(struct jitter_buffer *buffer, struct jitter_held *held, size_t wanted,
                      size_t pending, int64_t now_us, struct jitter_step *step)
{
    const struct jitter_packet *packet = &held->facts;
    int64_t gap = held->time - buffer->position;
    int64_t covered = gap < buffer->stalled ? gap : buffer->stalled;
    if (covered > 0) {
        buffer->position += covered;
        buffer->passed = buffer->position;
        gap -= covered;
    }
    buffer->stalled = 0;
    if (gap <= JITTER_BUFFER_UNIT / 2) {
        decode(buffer, held, pending, now_us, step);
        return;
    }
    int64_t copied = packet->fec ? packet->samples : 0;
    if (gap <= copied + JITTER_BUFFER_UNIT) {
        recover(buffer, held, in_units(gap - JITTER_BUFFER_UNIT / 2), step);
        return;
    }
    int64_t left = gap - copied;
    int64_t samples = left < (int64_t)wanted ? left - JITTER_BUFFER_UNIT / 2 : (int64_t)wanted;
    conceal(buffer, samples, step);
    buffer->position += step->samples;
    buffer->passed = buffer->position;
}

/** More is held than any delay calls for: what is oldest goes. */
static void trim(struct jitter_buffer *buffer)
{
    int64_t most = playout_samples(delay_tracker_required_us(&buffer->tracker)) + MAX_AHEAD;
    if (buffer->newest_time - buffer->position <= most) {
        return;
    }
    struct jitter_held *held = jitter_ring_lowest(&buffer->ring);
    while (held != NULL && buffer->newest_time - held->time > most - MAX_AHEAD / 2) {
        advance(buffer, held->facts.ext_seq + 1);
        held = jitter_ring_lowest(&buffer->ring);
    }
    if (held != NULL && held->time > buffer->position) {
        buffer->position = held->time;
        buffer->ring.next_seq = held->facts.ext_seq;
    }
}

void jitter_buffer_pull(struct jitter_buffer *buffer, size_t wanted, size_t pending, int64_t now_us,
                        struct jitter_step *step)
{
    assert(wanted > 0 && wanted <= JITTER_BUFFER_MAX_STEP);
    packet_unref(&buffer->taken);
    if (!buffer->playing && !start(buffer, pending, now_us)) {
        *step = (struct jitter_step){.action = JITTER_WAIT, .samples = (uint16_t)wanted};
        return;
    }
    trim(buffer);
    struct jitter_held *held = jitter_ring_lowest(&buffer->ring);
    if (held == NULL) {
        run_empty(buffer, wanted, step);
        return;
    }
    bool missing = held->facts.ext_seq != buffer->ring.next_seq;
    bool pausing = missing ? buffer->quiet : held->time - buffer->position > SMALL_GAP;
    /* the first packet of a word may be lost */
    uint16_t copied = pausing && missing && held->facts.fec ? held->facts.samples : 0;
    if (pausing && (pending > 0 || !due(buffer, held->time - copied, now_us))) {
        buffer->quiet = true;
        pause(buffer, wanted, step);
    } else if (copied > 0) {
        settle(buffer, true);
        recover(buffer, held, copied, step);
    } else if (pausing || !missing) {
        decode(buffer, held, pending, now_us, step);
    } else {
        fill_hole(buffer, held, wanted, pending, now_us, step);
    }
}

bool jitter_buffer_ready(const struct jitter_buffer *buffer)
{
    const struct jitter_held *held =
        buffer->playing ? jitter_ring_find(&buffer->ring, buffer->ring.next_seq) : NULL;
    return held != NULL && held->time - buffer->position <= SMALL_GAP;
}

int32_t jitter_buffer_adjustment(const struct jitter_buffer *buffer, size_t pending, int64_t now_us)
{
    if (!buffer->playing || buffer->quiet) {
        return 0;
    }
    int64_t spare_us =
        buffer->spare_us[0] < buffer->spare_us[1] ? buffer->spare_us[0] : buffer->spare_us[1];
    spare_us = spare_us == INT64_MAX ? 0 : spare_us - SPARE_US;
    struct playout_phase phase = phase_of(buffer);
    int64_t samples = playout_adjustment(&phase, buffer->position - (int64_t)pending, now_us,
                                         least_lead_us(buffer), LATER_US, spare_us);
    samples = samples < JITTER_BUFFER_MAX_STEP ? samples : JITTER_BUFFER_MAX_STEP;
    return (int32_t)(samples > -JITTER_BUFFER_MAX_STEP ? samples : -JITTER_BUFFER_MAX_STEP);
}

void jitter_buffer_played(struct jitter_buffer *buffer, size_t samples, int32_t adjusted)
{
    if (!buffer->playing) {
        return;
    }
    buffer->stats.total_samples += samples;
    if (adjusted > 0) {
        buffer->stats.removed_samples += (uint32_t)adjusted;
    } else {
        buffer->stats.inserted_samples += (uint32_t)-adjusted;
    }
}

bool jitter_buffer_position(const struct jitter_buffer *buffer, size_t pending,
                            struct jitter_position *out)
{
    if (!buffer->playing) {
        return false;
    }
    int64_t position = buffer->position - (int64_t)pending;
    out->ext_seq = buffer->ring.next_seq;
    out->timestamp = sample_clock_timestamp(&buffer->clock, position);
    for (size_t i = 0; i < PLAYED && i < buffer->played_count; i++) {
        const struct played *played = &buffer->played[i];
        if (position >= played->time && position < played->time + played->samples) {
            out->ext_seq = played->ext_seq;
        }
    }
    return true;
}

int64_t jitter_buffer_delay_us(const struct jitter_buffer *buffer, size_t pending, int64_t now_us)
{
    if (!buffer->playing) {
        return 0;
    }
    return now_us - delay_tracker_base_us(&buffer->tracker) -
           playout_us(buffer->position - (int64_t)pending);
}

int64_t jitter_buffer_required_us(const struct jitter_buffer *buffer)
{
    return delay_tracker_required_us(&buffer->tracker);
}

const struct jitter_stats *jitter_buffer_stats(const struct jitter_buffer *buffer)
{
    return &buffer->stats;
}

void jitter_buffer_free(struct jitter_buffer **buffer)
{
    if (*buffer == NULL) {
        return;
    }
    jitter_buffer_restart(*buffer);
    free(*buffer);
    *buffer = NULL;
}

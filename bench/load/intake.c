#include "load/intake.h"

#include <stdlib.h>

#include "base/err.h"

enum { AUDIO_HZ = 48000, VIDEO_HZ = 90000 };

int intake_init(struct intake *intake, const struct agreement_stream *stream, uint16_t run)
{
    *intake = (struct intake){.run = run, .stats.kind = stream->kind};
    recv_stats_init(&intake->recv, stream->kind == LOAD_AUDIO ? AUDIO_HZ : VIDEO_HZ);
    if (!stream->nack) {
        return 0;
    }
    intake->nack = malloc(sizeof(*intake->nack));
    if (intake->nack == NULL) {
        return ERR_NO_MEMORY;
    }
    nack_generator_init(intake->nack, stream->kind == LOAD_VIDEO);
    return 0;
}

void intake_other_ssrc(struct intake *intake)
{
    if (recv_stats_active(&intake->recv)) {
        intake->lives_lost += recv_stats_lost(&intake->recv);
        recv_stats_restart(&intake->recv);
    }
}

static void note_missing(const struct intake *intake, int64_t ext_seq, int64_t now_us)
{
    if (intake->nack != NULL) {
        (void)nack_generator_receive(intake->nack, ext_seq, now_us); /* poll says what is lost */
    }
}

static void count_new(struct intake *intake, size_t bytes, int64_t now_us)
{
    intake->stats.packets++;
    intake->stats.bytes += bytes;
    intake->stats.last_us = now_us;
}

enum intake_verdict intake_receive(struct intake *intake, const struct rtp_header *header,
                                   size_t bytes, int64_t arrived_us, int64_t now_us,
                                   int64_t *ext_seq)
{
    enum intake_verdict verdict = INTAKE_NEW;
    switch (recv_stats_receive(&intake->recv, header->seq, header->timestamp,
                               (uint32_t)(header->payload_offset + bytes), arrived_us, ext_seq)) {
    case RECV_IN_ORDER:
        break;
    case RECV_LATE:
        if (intake->nack != NULL && nack_generator_awaits(intake->nack, *ext_seq, now_us)) {
            verdict = INTAKE_REPAIRED;
            intake->asked++;
            intake->stats.repaired++;
        } else {
            intake->stats.reordered++;
        }
        break;
    case RECV_RESTART:
        verdict = INTAKE_RESTART;
        if (intake->nack != NULL) {
            nack_generator_reset(intake->nack);
        }
        break;
    case RECV_DUPLICATE:
        intake->stats.duplicates++;
        return INTAKE_DROP;
    case RECV_REFUSED:
        return INTAKE_DROP;
    }
    note_missing(intake, *ext_seq, now_us);
    count_new(intake, bytes, arrived_us);
    return verdict;
}

enum intake_verdict intake_recover(struct intake *intake, uint16_t seq, size_t bytes,
                                   int64_t now_us, int64_t *ext_seq)
{
    enum recv_verdict verdict = recv_stats_recover(&intake->recv, seq, ext_seq);
    if (verdict != RECV_LATE && verdict != RECV_IN_ORDER) {
        return INTAKE_DROP; /* a probe, or a repair that nobody waits for any more */
    }
    intake->stats.repaired++;
    note_missing(intake, *ext_seq, now_us);
    count_new(intake, bytes, now_us);
    return INTAKE_REPAIRED;
}

/** Who it came from. */
static void count_heard(struct stats_received *stats, uint32_t caller, size_t bytes)
{
    size_t i = 0;
    while (i < stats->heard_count && stats->heard[i].caller != caller) {
        i++;
    }
    if (i == STATS_MAX_HEARD) {
        stats->heard_more++;
        return;
    }
    if (i == stats->heard_count) {
        stats->heard[stats->heard_count++] = (struct stats_heard){.caller = caller};
    }
    stats->heard[i].packets++;
    stats->heard[i].bytes += bytes;
}

bool intake_mark(struct intake *intake, const uint8_t *payload, size_t len, bool delay,
                 int64_t arrived_us, struct mark *out)
{
    if (!mark_read(payload, len, out)) {
        return false;
    }
    bool stranger = out->run != intake->run;
    out->caller = stranger ? MARK_STRANGER : out->caller;
    count_heard(&intake->stats, out->caller, len);
    if (delay && !stranger) {
        hist_add(&intake->stats.delay_us, arrived_us - out->sent_us);
    }
    return true;
}

void intake_lost(struct intake *intake, int64_t count)
{
    intake->stats.lost_after += (uint64_t)count;
    intake->stats.runs++;
}

size_t intake_ask(struct intake *intake, int64_t now_us, uint16_t seqs[static INTAKE_MAX_ASK],
                  bool *keyframe)
{
    int64_t missing[INTAKE_MAX_ASK];
    size_t count = 0;
    *keyframe = false;
    if (intake->nack == NULL || nack_generator_next_deadline(intake->nack) > now_us) {
        return 0;
    }
    *keyframe = nack_generator_poll(intake->nack, now_us, missing, INTAKE_MAX_ASK, &count) != 0;
    for (size_t i = 0; i < count; i++) {
        seqs[i] = (uint16_t)missing[i];
    }
    intake->stats.nacks_sent += count;
    return count;
}

int64_t intake_next_deadline(const struct intake *intake)
{
    return intake->nack == NULL ? INT64_MAX : nack_generator_next_deadline(intake->nack);
}

void intake_stats(const struct intake *intake, struct stats_received *out)
{
    *out = intake->stats;
    bool active = recv_stats_active(&intake->recv);
    int64_t lost = intake->lives_lost + (int64_t)intake->asked;
    lost += active ? recv_stats_lost(&intake->recv) : 0;
    out->lost_before = lost > 0 ? (uint64_t)lost : 0;
    if (active) {
        out->jitter_us = recv_stats_jitter_us(&intake->recv);
    }
}

void intake_deinit(struct intake *intake)
{
    if (intake->nack != NULL) {
        nack_generator_deinit(intake->nack);
        free(intake->nack);
    }
    intake->nack = NULL;
}

#include "load/span.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct span_mark {
    size_t received_count;
    size_t sent_count;
    uint64_t rtp_received;
    uint64_t rtp_sent;
    uint64_t malformed;
    uint64_t unknown_ssrc;
    struct stats_sent sent[STATS_MAX_STREAMS];
    struct stats_received received[]; /* received_count */
};

int span_set(struct span_mark **mark, const struct stats *stats)
{
    struct span_mark *set = *mark;
    if (set == NULL || set->received_count < stats->received_count) {
        set = realloc(set, sizeof(*set) + stats->received_count * sizeof(set->received[0]));
        if (set == NULL) {
            return ERR_NO_MEMORY;
        }
        *mark = set;
    }
    set->received_count = stats->received_count;
    set->sent_count = stats->sent_count;
    set->rtp_received = stats->rtp_received;
    set->rtp_sent = stats->rtp_sent;
    set->malformed = stats->malformed;
    set->unknown_ssrc = stats->unknown_ssrc;
    memcpy(set->sent, stats->sent, stats->sent_count * sizeof(set->sent[0]));
    memcpy(set->received, stats->received, stats->received_count * sizeof(set->received[0]));
    return 0;
}

static void hist_since(struct hist *hist, const struct hist *mark)
{
    for (size_t i = 0; i < HIST_STEPS; i++) {
        hist->counts[i] -= mark->counts[i];
    }
    hist->sum -= mark->sum;
}

static void heard_since(struct stats_received *now, const struct stats_received *mark)
{
    size_t kept = 0;
    for (size_t i = 0; i < now->heard_count; i++) {
        struct stats_heard heard = now->heard[i];
        for (size_t k = 0; k < mark->heard_count; k++) {
            if (mark->heard[k].caller == heard.caller) {
                heard.packets -= mark->heard[k].packets;
                heard.bytes -= mark->heard[k].bytes;
            }
        }
        if (heard.packets > 0) {
            now->heard[kept++] = heard;
        }
    }
    now->heard_count = kept;
    now->heard_more -= mark->heard_more;
}

/** Of a count that may fall: what was missing comes late. */
static uint64_t grown(uint64_t now, uint64_t mark)
{
    return now > mark ? now - mark : 0;
}

static void received_since(struct stats_received *now, const struct stats_received *mark)
{
    now->packets -= mark->packets;
    now->bytes -= mark->bytes;
    now->lost_before = grown(now->lost_before, mark->lost_before);
    now->lost_after -= mark->lost_after;
    now->repaired -= mark->repaired;
    now->duplicates -= mark->duplicates;
    now->reordered -= mark->reordered;
    now->runs -= mark->runs;
    now->nacks_sent -= mark->nacks_sent;
    now->plis_sent -= mark->plis_sent;
    hist_since(&now->delay_us, &mark->delay_us);
    now->due_us -= mark->due_us;
    now->concealed_us -= mark->concealed_us;
    now->mixed -= mark->mixed;
    now->frames -= mark->frames;
    now->keyframes -= mark->keyframes;
    now->frames_broken -= mark->frames_broken;
    now->frames_backward -= mark->frames_backward;
    now->freezes -= mark->freezes;
    now->frozen_us -= mark->frozen_us;
    now->interval_s -= mark->interval_s;
    now->interval2_s2 -= mark->interval2_s2;
    now->height_s -= mark->height_s;
    now->shown_us -= mark->shown_us;
    now->layer_switches -= mark->layer_switches;
    heard_since(now, mark);
}

static void sent_since(struct stats_sent *now, const struct stats_sent *mark)
{
    now->packets -= mark->packets;
    now->bytes -= mark->bytes;
    now->repairs -= mark->repairs;
    now->repairs_missed -= mark->repairs_missed;
    now->keyframes_asked -= mark->keyframes_asked;
    now->nacks -= mark->nacks;
    now->reported_lost -= mark->reported_lost;
    now->spoke_us -= mark->spoke_us;
    now->left_out -= mark->left_out;
}

void span_since(struct stats *stats, const struct span_mark *mark)
{
    if (mark == NULL) {
        return;
    }
    for (size_t i = 0; i < stats->received_count && i < mark->received_count; i++) {
        received_since(&stats->received[i], &mark->received[i]);
    }
    for (size_t i = 0; i < stats->sent_count && i < mark->sent_count; i++) {
        sent_since(&stats->sent[i], &mark->sent[i]);
    }
    stats->rtp_received -= mark->rtp_received;
    stats->rtp_sent -= mark->rtp_sent;
    stats->malformed -= mark->malformed;
    stats->unknown_ssrc -= mark->unknown_ssrc;
}

void span_copy(struct stats *to, const struct stats *from)
{
    to->received_count = from->received_count;
    to->sent_count = from->sent_count;
    to->rtp_received = from->rtp_received;
    to->rtp_sent = from->rtp_sent;
    to->malformed = from->malformed;
    to->unknown_ssrc = from->unknown_ssrc;
    memcpy(to->received, from->received, from->received_count * sizeof(to->received[0]));
    memcpy(to->sent, from->sent, from->sent_count * sizeof(to->sent[0]));
}

void span_free(struct span_mark **mark)
{
    free(*mark);
    *mark = NULL;
}

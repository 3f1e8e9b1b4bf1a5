#include "media/nack_generator.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum {
    /** Half a request for each packet received: 20 % loss with repeats needs 0.39, and hostile gaps
       get no more. */
    CREDIT_PER_PACKET_Q8 = 128,
    CREDIT_PER_REQUEST_Q8 = 256,
    CREDIT_MAX_Q8 = NACK_MAX_MISSING * CREDIT_PER_REQUEST_Q8,
    FIRST_ROOM = 16,
    /** What is found missing so soon after a keyframe began is part of it, or leans on it. */
    KEYFRAME_SPAN_US = 200000
};

void nack_generator_init(struct nack_generator *gen, bool video)
{
    *gen = (struct nack_generator){
        .give_up_us = video ? NACK_GIVE_UP_VIDEO_US : NACK_GIVE_UP_AUDIO_US,
        .reorder_us = NACK_REORDER_US,
        .video = video,
        .rtt_us = NACK_DEFAULT_RTT_US,
        .credit_q8 = CREDIT_MAX_Q8,
    };
    nack_generator_reset(gen);
}

void nack_generator_deinit(struct nack_generator *gen)
{
    free(gen->missing);
    gen->missing = NULL;
    gen->room = 0;
    nack_generator_reset(gen);
}

void nack_generator_rtt(struct nack_generator *gen, int64_t rtt_us, int64_t var_us)
{
    gen->rtt_told = true;
    gen->rtt_us = rtt_us;
    gen->rtt_var_us = var_us;
}

/**
 * A repair came. Only one that was asked for once tells how long it took (Karn's rule); but on a
 * path slower than was thought each is asked for twice, so until there is such a one, the time
 * since the first request stands in.
 */
static void rtt_measure(struct nack_generator *gen, const struct nack_missing *entry,
                        int64_t now_us)
{
    if (gen->rtt_told || entry->tries == 0) {
        return;
    }
    if (entry->tries > 1) {
        int64_t most_us = now_us - entry->since_us;
        if (!gen->rtt_measured && most_us > gen->rtt_us) {
            gen->rtt_us = most_us;
        }
        return;
    }
    int64_t sample_us = now_us - entry->asked_us;
    if (!gen->rtt_measured) {
        gen->rtt_measured = true;
        gen->rtt_us = sample_us;
        gen->rtt_var_us = sample_us / 2;
        return;
    }
    int64_t off_us = sample_us > gen->rtt_us ? sample_us - gen->rtt_us : gen->rtt_us - sample_us;
    gen->rtt_var_us += (off_us - gen->rtt_var_us) / 4;
    gen->rtt_us += (sample_us - gen->rtt_us) / 8;
}

void nack_generator_reset(struct nack_generator *gen)
{
    gen->highest = -1;
    gen->keyframe_seq = INT64_MAX;
    gen->next_us = INT64_MAX;
    gen->count = 0;
}

/** Index of the first entry with a number >= ext_seq. */
static size_t missing_lower_bound(const struct nack_generator *gen, int64_t ext_seq)
{
    size_t low = 0;
    size_t high = gen->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (gen->missing[middle].ext_seq < ext_seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/** Takes entries from..from+n-1 out. next_us may stay too early, which costs one empty poll. */
static void missing_remove(struct nack_generator *gen, size_t from, size_t n)
{
    size_t after = gen->count - from - n;
    if (n == 0) {
        return;
    }
    memmove(&gen->missing[from], &gen->missing[from + n], after * sizeof(gen->missing[0]));
    gen->count -= n;
    if (gen->count == 0) {
        gen->next_us = INT64_MAX;
    }
}

static void missing_found(struct nack_generator *gen, int64_t ext_seq, int64_t now_us)
{
    size_t at = missing_lower_bound(gen, ext_seq);
    if (at < gen->count && gen->missing[at].ext_seq == ext_seq) {
        rtt_measure(gen, &gen->missing[at], now_us);
        missing_remove(gen, at, 1);
    }
}

static void missing_add(struct nack_generator *gen, int64_t ext_seq, int64_t now_us)
{
    int64_t first_us = now_us + gen->reorder_us;
    gen->missing[gen->count++] =
        (struct nack_missing){.ext_seq = ext_seq, .since_us = now_us, .next_us = first_us};
    if (first_us < gen->next_us) {
        gen->next_us = first_us;
    }
}

/** Room for so many more. @return false when they are too many, or without memory */
static bool missing_make_room(struct nack_generator *gen, int64_t more)
{
    if (more > (int64_t)(NACK_MAX_MISSING - gen->count)) {
        return false;
    }
    size_t room = gen->room == 0 ? FIRST_ROOM : gen->room;
    while (room < gen->count + (size_t)more) {
        room *= 2;
    }
    if (room != gen->room) {
        struct nack_missing *missing = realloc(gen->missing, room * sizeof(missing[0]));
        if (missing == NULL) {
            return false;
        }
        gen->missing = missing;
        gen->room = room;
    }
    return true;
}

void nack_generator_reorder(struct nack_generator *gen, int64_t tolerance_us)
{
    gen->reorder_us = tolerance_us;
}

int64_t nack_generator_repeat_us(const struct nack_generator *gen)
{
    int64_t room_us = 4 * gen->rtt_var_us;
    int64_t repeat_us = gen->rtt_us + (room_us < gen->rtt_us ? room_us : gen->rtt_us);
    return repeat_us > NACK_MIN_REPEAT_US ? repeat_us : NACK_MIN_REPEAT_US;
}

bool nack_generator_seeks(const struct nack_generator *gen, int64_t first, int64_t end)
{
    size_t at = missing_lower_bound(gen, first);
    return at < gen->count && gen->missing[at].ext_seq < end;
}

bool nack_generator_awaits(const struct nack_generator *gen, int64_t ext_seq, int64_t now_us)
{
    if (gen->count == 0) {
        return false;
    }
    size_t at = missing_lower_bound(gen, ext_seq);
    const struct nack_missing *entry = &gen->missing[at];
    return at < gen->count && entry->ext_seq == ext_seq && entry->tries > 0 &&
           now_us - entry->asked_us >= gen->rtt_us * 3 / 4;
}

int nack_generator_receive(struct nack_generator *gen, int64_t ext_seq, int64_t now_us)
{
    if (gen->credit_q8 < CREDIT_MAX_Q8) {
        gen->credit_q8 += CREDIT_PER_PACKET_Q8;
    }
    if (gen->highest < 0) {
        gen->highest = ext_seq;
        return 0;
    }
    if (ext_seq <= gen->highest) {
        if (gen->count > 0) {
            missing_found(gen, ext_seq, now_us);
        }
        return 0;
    }
    int64_t hole = ext_seq - gen->highest - 1;
    int64_t first = gen->highest + 1;
    gen->highest = ext_seq;
    if (hole > 0 && !missing_make_room(gen, hole)) {
        gen->count = 0;
        gen->next_us = INT64_MAX;
        return gen->video ? ERR_NEED_KEYFRAME : 0;
    }
    for (int64_t seq = first; seq < ext_seq; seq++) {
        missing_add(gen, seq, now_us);
    }
    return 0;
}

void nack_generator_keyframe(struct nack_generator *gen, int64_t ext_seq, int64_t now_us)
{
    if (gen->keyframe_seq != INT64_MAX && ext_seq <= gen->keyframe_seq) {
        return;
    }
    gen->keyframe_seq = ext_seq;
    gen->keyframe_us = now_us;
    missing_remove(gen, 0, missing_lower_bound(gen, ext_seq));
}

static int64_t give_up_at(const struct nack_generator *gen, const struct nack_missing *entry)
{
    bool of_keyframe =
        entry->ext_seq > gen->keyframe_seq && entry->since_us - gen->keyframe_us < KEYFRAME_SPAN_US;
    return entry->since_us + (of_keyframe ? NACK_GIVE_UP_KEYFRAME_US : gen->give_up_us);
}

/** Asks for one entry that is due, if the rate allows it. */
static bool entry_ask(struct nack_generator *gen, struct nack_missing *entry, int64_t now_us)
{
    int64_t give_up_us = give_up_at(gen, entry);
    entry->next_us = now_us + nack_generator_repeat_us(gen);
    if (entry->next_us > give_up_us) {
        entry->next_us = give_up_us;
    }
    /* A repeat whose answer would come after the end of its use is not made. */
    bool useful = entry->tries == 0 || now_us + gen->rtt_us <= give_up_us;
    if (!useful || entry->tries >= NACK_MAX_TRIES) {
        entry->next_us = give_up_us;
        return false;
    }
    if (gen->credit_q8 < CREDIT_PER_REQUEST_Q8) {
        return false;
    }
    gen->credit_q8 -= CREDIT_PER_REQUEST_Q8;
    gen->asked++;
    entry->asked_us = now_us;
    entry->tries++;
    return true;
}

int nack_generator_poll(struct nack_generator *gen, int64_t now_us, int64_t *out, size_t max,
                        size_t *count)
{
    size_t written = 0;
    *count = 0;
    if (now_us < gen->next_us) {
        return 0;
    }
    int result = 0;
    size_t kept = 0;
    int64_t next_us = INT64_MAX;
    for (size_t i = 0; i < gen->count; i++) {
        struct nack_missing entry = gen->missing[i];
        if (now_us >= give_up_at(gen, &entry)) {
            gen->given_up++;
            result = gen->video ? ERR_NEED_KEYFRAME : result;
            continue;
        }
        if (entry.next_us <= now_us && written < max && entry_ask(gen, &entry, now_us)) {
            out[written++] = entry.ext_seq;
        }
        if (entry.next_us < next_us) {
            next_us = entry.next_us;
        }
        gen->missing[kept++] = entry;
    }
    gen->count = kept;
    gen->next_us = next_us;
    *count = written;
    return result;
}

int64_t nack_generator_next_deadline(const struct nack_generator *gen)
{
    return gen->next_us;
}

#include "media/hold_back.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum {
    HOLD_BACK_PLACES = HOLD_BACK_PACKETS + 1 /**< the last is for the one too many that makes the
                                                first hole go */
};

struct held {
    int64_t ext_seq;
    struct packet *packet;
};

struct hold_back {
    int64_t next;     /**< lowest number that has not passed, -1 before the first packet */
    int64_t since_us; /**< when the first hole was found, INT64_MAX = to be looked up */
    int64_t due_us;   /**< when it has been waited for long enough */
    size_t first;     /**< index of the lowest packet held */
    size_t count;
    struct held *held; /**< ascending, HOLD_BACK_PLACES of them; NULL before the first packet */
};

int64_t hold_back_wait_us(int64_t tolerance_us, int64_t rtt_us, int64_t repeat_us)
{
    if (rtt_us == INT64_MAX) {
        return tolerance_us;
    }
    int64_t one_us = tolerance_us + rtt_us + rtt_us / 4 + HOLD_BACK_SLACK_US;
    if (one_us > HOLD_BACK_MAX_ONE_TRY_US) {
        return tolerance_us;
    }
    int64_t wait_us = tolerance_us + HOLD_BACK_TRIES * repeat_us + HOLD_BACK_SLACK_US;
    wait_us = wait_us < HOLD_BACK_MIN_US ? HOLD_BACK_MIN_US : wait_us;
    wait_us = wait_us > HOLD_BACK_MAX_US ? HOLD_BACK_MAX_US : wait_us;
    return wait_us > one_us ? wait_us : one_us;
}

int hold_back_new(struct hold_back **out)
{
    struct hold_back *hold = calloc(1, sizeof(*hold));
    if (hold == NULL) {
        return ERR_NO_MEMORY;
    }
    hold_back_reset(hold);
    *out = hold;
    return 0;
}

/** Puts a packet among those held; mostly it is the highest. */
static void keep(struct hold_back *hold, int64_t ext_seq, struct packet *packet)
{
    assert(hold->count <= HOLD_BACK_PACKETS);
    if (hold->first + hold->count > HOLD_BACK_PACKETS) {
        memmove(hold->held, &hold->held[hold->first], hold->count * sizeof(hold->held[0]));
        hold->first = 0;
    }
    size_t at = hold->first + hold->count;
    while (at > hold->first && hold->held[at - 1].ext_seq > ext_seq) {
        hold->held[at] = hold->held[at - 1];
        at--;
    }
    hold->held[at] = (struct held){.ext_seq = ext_seq, .packet = packet_ref(packet)};
    hold->count++;
}

enum hold_back_verdict hold_back_receive(struct hold_back *hold, int64_t ext_seq,
                                         struct packet *packet)
{
    if (hold->next < 0) {
        hold->next = ext_seq;
    }
    if (ext_seq < hold->next) {
        return HOLD_BACK_LATE;
    }
    if (ext_seq == hold->next && hold->count == 0) {
        hold->next++;
        return HOLD_BACK_PASS;
    }
    if (hold->held == NULL) {
        hold->held = calloc(HOLD_BACK_PLACES, sizeof(hold->held[0]));
    }
    if (hold->held == NULL) { /* the hole stays one */
        hold->next = ext_seq + 1;
        return HOLD_BACK_PASS;
    }
    keep(hold, ext_seq, packet);
    return HOLD_BACK_HELD;
}

/** A hole is found when the first packet behind it comes, which may not be the lowest. */
static int64_t hole_since_us(const struct hold_back *hold)
{
    int64_t since_us = INT64_MAX;
    for (size_t i = hold->first; i < hold->first + hold->count; i++) {
        int64_t arrival_us = hold->held[i].packet->arrival_us;
        since_us = arrival_us < since_us ? arrival_us : since_us;
    }
    return since_us;
}

struct packet *hold_back_poll(struct hold_back *hold, int64_t wait_us, int64_t now_us)
{
    hold->due_us = INT64_MAX;
    if (hold->count == 0) {
        return NULL;
    }
    struct held *lowest = &hold->held[hold->first];
    if (lowest->ext_seq > hold->next && hold->count <= HOLD_BACK_PACKETS && wait_us > 0) {
        if (hold->since_us == INT64_MAX) {
            hold->since_us = hole_since_us(hold);
        }
        if (now_us < hold->since_us + wait_us) {
            hold->due_us = hold->since_us + wait_us;
            return NULL;
        }
    }
    struct packet *packet = lowest->packet;
    hold->next = lowest->ext_seq + 1;
    hold->since_us = INT64_MAX;
    hold->first++;
    hold->count--;
    return packet;
}

bool hold_back_hole(const struct hold_back *hold, int64_t *first, int64_t *end)
{
    if (hold->count == 0 || hold->held[hold->first].ext_seq == hold->next) {
        return false;
    }
    *first = hold->next;
    *end = hold->held[hold->first].ext_seq;
    return true;
}

void hold_back_let_go(struct hold_back *hold)
{
    if (hold->count > 0) {
        hold->next = hold->held[hold->first].ext_seq;
    }
}

int64_t hold_back_next_deadline(const struct hold_back *hold)
{
    return hold->due_us;
}

bool hold_back_empty(const struct hold_back *hold)
{
    return hold->count == 0;
}

int64_t hold_back_passed(const struct hold_back *hold)
{
    return hold->next < 0 ? -1 : hold->next - 1;
}

void hold_back_reset(struct hold_back *hold)
{
    for (size_t i = hold->first; i < hold->first + hold->count; i++) {
        packet_unref(&hold->held[i].packet);
    }
    hold->first = 0;
    hold->count = 0;
    hold->next = -1;
    hold->since_us = INT64_MAX;
    hold->due_us = INT64_MAX;
}

void hold_back_free(struct hold_back **hold)
{
    if (*hold == NULL) {
        return;
    }
    hold_back_reset(*hold);
    free((*hold)->held);
    free(*hold);
    *hold = NULL;
}

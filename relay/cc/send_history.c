#include "send_history.h"

#include <stdlib.h>

#include "base/window.h"
#include "rtp/seq.h"

void send_history_init(struct send_history *history)
{
    *history = (struct send_history){.highest = -1};
}

void send_history_deinit(struct send_history *history)
{
    free(history->packets);
    send_history_init(history);
}

static struct sent_packet *packet_at(struct send_history *history, int64_t number)
{
    return &history->packets[(uint64_t)number & (history->size - 1)];
}

/** What goes when `number` comes, is it still of interest? */
static bool forgets_too_soon(struct send_history *history, int64_t number, int64_t now_us)
{
    if (history->size == 0) {
        return true;
    }
    int64_t gone = number - history->size;
    if (history->size == SEND_HISTORY_SIZE || gone > history->highest) {
        return false;
    }
    const struct sent_packet *packet = packet_at(history, gone);
    int64_t age_us = now_us - packet->sent_us;
    return (packet->state == SEND_UNKNOWN && age_us < SEND_HISTORY_AGE_US) ||
           (packet->state == SEND_LOST && age_us < SEND_HISTORY_LOST_US);
}

/** @return false when there is no room at all */
static bool make_room(struct send_history *history, int64_t number, int64_t now_us)
{
    while (forgets_too_soon(history, number, now_us)) {
        uint32_t wider = history->size == 0 ? SEND_HISTORY_FIRST_SIZE : 2 * history->size;
        struct sent_packet *packets = window_widen(history->packets, sizeof(*packets),
                                                   history->size, wider, history->highest + 1);
        if (packets == NULL) {
            return history->size > 0;
        }
        history->packets = packets;
        history->size = wider;
    }
    return true;
}

void send_history_add(struct send_history *history, uint16_t number, struct sent_packet packet)
{
    int64_t ext =
        history->highest < 0 ? INT64_C(65536) + number : seq_extend(history->highest, number);
    if (ext <= history->highest || !make_room(history, ext, packet.sent_us)) {
        return;
    }
    if (history->highest >= 0) {
        int64_t first = history->highest + 1;
        if (ext - first > history->size) {
            first = ext - history->size;
        }
        for (int64_t n = first; n < ext; n++) {
            packet_at(history, n)->state = SEND_EMPTY;
        }
    }
    packet.state = SEND_UNKNOWN;
    *packet_at(history, ext) = packet;
    history->highest = ext;
}

struct sent_packet *send_history_find(struct send_history *history, uint16_t number)
{
    if (history->highest < 0) {
        return NULL;
    }
    int64_t ext = seq_extend(history->highest, number);
    if (ext > history->highest || ext <= history->highest - history->size) {
        return NULL;
    }
    struct sent_packet *packet = packet_at(history, ext);
    return packet->state == SEND_EMPTY ? NULL : packet;
}

#include "send_history.h"

#include "rtp/seq.h"

void send_history_init(struct send_history *history)
{
    history->highest = -1;
    for (size_t i = 0; i < SEND_HISTORY_SIZE; i++) {
        history->packets[i] = (struct sent_packet){.state = SEND_EMPTY};
    }
}

static struct sent_packet *packet_at(struct send_history *history, int64_t number)
{
    return &history->packets[(uint64_t)number % SEND_HISTORY_SIZE];
}

void send_history_add(struct send_history *history, uint16_t number, struct sent_packet packet)
{
    int64_t ext =
        history->highest < 0 ? INT64_C(65536) + number : seq_extend(history->highest, number);
    if (history->highest >= 0) {
        if (ext <= history->highest) {
            return;
        }
        int64_t first = history->highest + 1;
        if (ext - first > SEND_HISTORY_SIZE) {
            first = ext - SEND_HISTORY_SIZE;
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
    if (ext > history->highest || ext <= history->highest - SEND_HISTORY_SIZE) {
        return NULL;
    }
    struct sent_packet *packet = packet_at(history, ext);
    return packet->state == SEND_EMPTY ? NULL : packet;
}

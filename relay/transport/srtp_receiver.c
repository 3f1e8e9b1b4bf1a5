#include "srtp_receiver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "replay_window.h"
#include "srtp_keys.h"

enum { FIRST_STREAMS = 1 /**< who sends sound only has no more */ };

struct srtp_receiver {
    struct srtp_keys keys;
    uint32_t room;
    struct replay_window *windows;
    struct replay_window
        first_windows[FIRST_STREAMS]; /**< where they are kept while they are few */
};

int srtp_receiver_new(struct srtp_receiver **out, enum srtp_profile profile, const uint8_t *master)
{
    struct srtp_receiver *receiver = calloc(1, sizeof(*receiver));
    if (receiver == NULL) {
        return ERR_NO_MEMORY;
    }
    receiver->windows = receiver->first_windows;
    receiver->room = FIRST_STREAMS;
    int err = srtp_keys_init(&receiver->keys, profile, master);
    if (err != 0) {
        srtp_receiver_free(&receiver);
        return err;
    }
    *out = receiver;
    return 0;
}

void srtp_receiver_near(const struct srtp_receiver *receiver, struct near *near)
{
    near_add(near, receiver, offsetof(struct srtp_receiver, first_windows));
    near_add(near, receiver->windows, offsetof(struct replay_window, older));
    srtp_keys_near(&receiver->keys, near);
}

/** Makes room for a stream. @return false when there is no memory */
static bool widen(struct srtp_receiver *receiver, size_t stream)
{
    uint32_t room = receiver->room;
    while (room <= stream) {
        room *= 2;
    }
    struct replay_window *windows = calloc(room, sizeof(*windows));
    if (windows == NULL) {
        return false;
    }
    memcpy(windows, receiver->windows, receiver->room * sizeof(*windows));
    if (receiver->windows != receiver->first_windows) {
        free(receiver->windows);
    }
    receiver->windows = windows;
    receiver->room = room;
    return true;
}

enum drop_reason srtp_receiver_unprotect(struct srtp_receiver *receiver, size_t stream, bool fresh,
                                         uint8_t *data, size_t *len)
{
    static const struct replay_window nothing = {0};
    assert(stream < SRTP_RECEIVER_STREAMS);
    size_t tag = srtp_keys_tag_bytes(&receiver->keys);
    size_t clear = *len < SRTP_KEYS_MIN_BYTES + tag || *len > SRTP_KEYS_MAX_BYTES
                       ? 0
                       : srtp_keys_clear_bytes(data, *len - tag);
    if (clear == 0) {
        return DROP_RTP_MALFORMED;
    }
    const struct replay_window *window =
        fresh || stream >= receiver->room ? &nothing : &receiver->windows[stream];
    uint64_t index = replay_window_index(window, bytes_get_u16(data + 2));
    if (index >> SRTP_KEYS_INDEX_BITS != 0) {
        return DROP_SRTP_ERROR;
    }
    if (!replay_window_admits(window, index)) {
        return DROP_SRTP_REPLAY;
    }
    if (!srtp_keys_open(&receiver->keys, data, len, clear, index)) {
        return DROP_SRTP_AUTH;
    }
    if (stream >= receiver->room && !widen(receiver, stream)) {
        return DROP_SRTP_ERROR;
    }
    if (fresh) {
        receiver->windows[stream] = nothing;
    }
    replay_window_note(&receiver->windows[stream], index);
    return DROP_NONE;
}

void srtp_receiver_free(struct srtp_receiver **receiver)
{
    struct srtp_receiver *gone = *receiver;
    if (gone == NULL) {
        return;
    }
    *receiver = NULL;
    srtp_keys_deinit(&gone->keys);
    if (gone->windows != gone->first_windows) {
        free(gone->windows);
    }
    free(gone);
}

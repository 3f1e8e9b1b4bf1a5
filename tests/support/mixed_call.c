#include "support/mixed_call.h"

enum {
    FRAMES = 60,
    TURN_US = 5000,
    FRAME_TURNS = AUDIO_BRIDGE_FRAME_US / TURN_US,
    SSRCS = 5000 /* of tracks; so many more for each m-line */
};

int mixed_call_init(struct mixed_call *mixed, struct audio_bridge_options options)
{
    *mixed = (struct mixed_call){.seq = 100};
    int err = call_init(&mixed->call);
    if (err == 0) {
        err = opus_source_init(&mixed->speech, 1, FRAMES, false, false);
    }
    if (err == 0) {
        const struct audio_bridge_config config = {
            .options = options,
            .packets = mixed->call.packets,
            .counters = &exchange_counters(mixed->call.exchange)->mix};
        err = audio_bridge_new(&mixed->bridge, &config, mixed->call.now_us);
    }
    return err;
}

bool mixed_call_join(struct mixed_call *mixed, uint32_t number, bool sends)
{
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return false;
    }
    (void)call_add(session, MEDIA_AUDIO, "a", sends, true);
    session->audio_policy = SLOT_POLICY_MIX;
    return call_join(&mixed->call, session);
}

void mixed_call_say(struct mixed_call *mixed, uint32_t number, int level, const uint8_t *payload,
                    size_t bytes)
{
    mixed_call_send(mixed, number, "a", 960U * mixed->seq, level, payload, bytes);
}

void mixed_call_send(struct mixed_call *mixed, uint32_t number, const char *mid, uint32_t timestamp,
                     int level, const uint8_t *payload, size_t bytes)
{
    const struct opus_source_packet *packet = &mixed->speech.packets[mixed->seq % FRAMES];
    call_rtp(&mixed->call,
             &(struct call_rtp){.from = number,
                                .ssrc = SSRCS * (uint32_t)mid[0] + number,
                                .pt = CALL_OPUS,
                                .seq = mixed->seq,
                                .timestamp = timestamp,
                                .mid = mid,
                                .level = level,
                                .twcc = -1,
                                .payload = payload != NULL ? payload : packet->payload,
                                .payload_bytes = payload != NULL ? bytes : packet->bytes});
}

void mixed_call_pass(struct mixed_call *mixed)
{
    mixed->seq++;
    for (int i = 0; i < FRAME_TURNS; i++) {
        audio_bridge_timeout(mixed->bridge, mixed->call.exchange, mixed->call.now_us);
        call_turn(&mixed->call);
        call_run(&mixed->call, TURN_US);
    }
}

void mixed_call_deinit(struct mixed_call *mixed)
{
    audio_bridge_free(&mixed->bridge);
    opus_source_deinit(&mixed->speech);
    call_deinit(&mixed->call);
}

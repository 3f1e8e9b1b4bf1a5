/**
 * A room that is mixed for everybody, whose participants send whatever they like as sound: any
 * payload, numbers and times, claimed levels, while they come and go, are muted, and want to be
 * forwarded again.
 *
 * Each step begins with a byte: two bits what, two bits who, the rest says more. Checked: what goes
 * out is well-formed, nobody is told that he hears himself, and in the end nothing is kept.
 */
#include <string.h>

#include "base/bytes.h"
#include "bridge/audio_bridge.h"
#include "fuzz/fuzz.h"
#include "rtp/rtcp.h"
#include "support/call.h"

enum { PEOPLE = 4, MAX_STEPS = 300, TURN_US = 5000 };

struct room {
    struct call call;
    struct audio_bridge *bridge;
    int64_t budget_us; /* of virtual time: encoders are slow */
};

static void check_sent(struct call *call)
{
    for (size_t i = 0; i < call->sent_count; i++) {
        const struct call_sent *sent = &call->sent[i];
        struct rtp_header header;
        if (sent->data[0] < 128 || rtp_is_rtcp(sent->data, sent->len)) {
            continue;
        }
        FUZZ_CHECK(rtp_parse(sent->data, sent->len, &header) == 0);
        FUZZ_CHECK(header.payload_bytes > 0);
        for (size_t k = 0; k < header.csrc_count; k++) {
            FUZZ_CHECK(bytes_get_u32(sent->data + 12 + 4 * k) != sent->number);
        }
    }
    call_clear(call);
}

static void pass(struct room *room, int64_t us)
{
    us = us < room->budget_us ? us : room->budget_us;
    room->budget_us -= us;
    for (; us > 0; us -= TURN_US) {
        audio_bridge_timeout(room->bridge, room->call.exchange, room->call.now_us);
        call_turn(&room->call);
        call_run(&room->call, TURN_US);
        check_sent(&room->call);
    }
}

/** The third prefers to be forwarded to, the fourth only listens. */
static void join(struct room *room, uint32_t number)
{
    struct session *session = call_session(number, "room");
    FUZZ_CHECK(session != NULL);
    struct session_media *audio = call_add(session, MEDIA_AUDIO, "a", number != 4, true);
    audio->codecs[0].inband_fec = number != 1;
    audio->codecs[0].max_bps = number == 2 ? 12000 : 0;
    audio->codecs[1] =
        (struct session_codec){.kind = CODEC_RED, .pt = CALL_RED, .clock_rate = 48000};
    audio->codec_count = 2;
    audio->ssrcs[0] = call_track_ssrc(number, MEDIA_AUDIO);
    audio->ssrc_count = 1;
    session->audio_policy = number == 3 ? SLOT_POLICY_AUTO : SLOT_POLICY_MIX;
    FUZZ_CHECK(call_join(&room->call, session));
}

static void step_sound(struct room *room, uint32_t from, uint8_t how, struct bytes *in)
{
    size_t len = bytes_u8(in) % 128;
    struct call_rtp rtp = {.from = from,
                           .pt = (how & 8) != 0 ? CALL_RED : CALL_OPUS,
                           .ssrc = call_track_ssrc(from, MEDIA_AUDIO) + ((how & 4) != 0 ? 7U : 0U),
                           .mid = "a",
                           .seq = bytes_u16(in),
                           .timestamp = bytes_u16(in) * 120U,
                           .level = bytes_u8(in) & 0x7F,
                           .twcc = -1,
                           .padding = (how & 3) == 3 ? 9 : 0};
    len = len < bytes_left(in) ? len : bytes_left(in);
    rtp.payload = bytes_take(in, len);
    rtp.payload_bytes = rtp.payload == NULL ? 0 : len;
    call_rtp(&room->call, &rtp);
}

static void step_command(struct room *room, uint32_t number, uint8_t how)
{
    if (how < 4) {
        call_command(&room->call, COMMAND_LEAVE, number);
        pass(room, TURN_US);
        join(room, number);
        return;
    }
    struct command *command = call_command_new(how < 8    ? COMMAND_MUTE
                                               : how < 12 ? COMMAND_PIN
                                                          : COMMAND_REPORT,
                                               number);
    FUZZ_CHECK(command != NULL);
    memcpy(command->mid, "a", 2);
    command->on = (how & 1) != 0;
    command->media_kind = MEDIA_AUDIO;
    command->target = how & 3;
    call_submit(&room->call, command);
}

static void run(struct room *room, struct bytes *in)
{
    for (int step = 0; step < MAX_STEPS && bytes_left(in) > 0; step++) {
        uint8_t first = bytes_u8(in);
        uint32_t number = 1 + (uint32_t)(first >> 2 & 3) % PEOPLE;
        uint8_t how = first >> 4;
        switch (first & 3) {
        case 0:
        case 1:
            step_sound(room, number, how, in);
            break;
        case 2:
            pass(room, (1 + how) * 20000);
            break;
        default:
            step_command(room, number, how);
            break;
        }
    }
    pass(room, 500000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct room room;
    room = (struct room){.budget_us = 4000000};
    FUZZ_CHECK(call_init(&room.call) == 0);
    const struct audio_bridge_config config = {
        .options = {.speakers = 2, .bitrate_bps = AUDIO_BRIDGE_MIN_BPS},
        .packets = room.call.packets,
        .counters = &exchange_counters(room.call.exchange)->mix};
    FUZZ_CHECK(audio_bridge_new(&room.bridge, &config, room.call.now_us) == 0);
    for (uint32_t number = 1; number <= PEOPLE; number++) {
        join(&room, number);
    }
    struct bytes in = bytes_over(data, len);
    run(&room, &in);
    audio_bridge_free(&room.bridge);
    call_deinit(&room.call);
    return 0;
}

#include "load/voice_sender.h"

#include "base/bytes.h"
#include "codec/audio_packet.h"
#include "load/mark.h"

enum { STEP = 960, CLOCK_HZ = 48000, VOICE_FLAG = 0x80 };

void voice_sender_init(struct voice_sender *sender, const struct voice_sender_config *config,
                       struct send_path *path, struct rand *rand, int64_t now_us)
{
    *sender = (struct voice_sender){.stream = *config->stream,
                                    .content = config->content,
                                    .path = path,
                                    .caller = config->caller,
                                    .tone = config->tone,
                                    .seq = (uint16_t)rand_u32(rand),
                                    .rtx_seq = (uint16_t)rand_u32(rand),
                                    .timestamp = rand_u32(rand)};
    sender->place = rand_below(rand, (uint32_t)content_loop(config->content, true));
    sender->quiet = rand_below(rand, (uint32_t)content_loop(config->content, false));
    sender->next_us = now_us + rand_below(rand, VOICE_SENDER_STEP_US);
    sender->stats.kind = LOAD_AUDIO;
    if (config->tap != NULL) {
        sender->tap = *config->tap;
    }
    send_stats_init(&sender->send, CLOCK_HZ);
}

static void tell(const struct voice_sender *sender)
{
    if (sender->tap.spoke != NULL) {
        sender->tap.spoke(sender->tap.owner, sender->speaking, sender->place, sender->next_us);
    }
}

void voice_sender_speak(struct voice_sender *sender, bool on)
{
    if (sender->speaking != on) {
        sender->speaking = on;
        sender->quiet = sender->stream.dtx && !on ? 0 : sender->quiet;
        tell(sender);
    }
}

static void find_sound(const struct voice_sender *sender, bool speaking, uint64_t place,
                       struct content_sound *out)
{
    if (sender->stream.dtx && !speaking) {
        content_paused(sender->content, place, out);
    } else {
        content_sound(sender->content, sender->tone, speaking, place, out);
    }
}

/** A packet's bytes go out, for the first time or again. */
static void send_packet(struct voice_sender *sender, const struct voice_packet *packet, bool again,
                        int64_t now_us)
{
    const struct agreement_stream *stream = &sender->stream;
    uint8_t bytes[SEND_PATH_PACKET_BYTES];
    struct content_sound sound;
    bool rtx = again && stream->rtx_pt != 0;
    find_sound(sender, packet->speaking, packet->place, &sound);
    size_t loop = content_loop(sender->content, true);
    struct mark mark = {.caller = sender->caller,
                        .run = content_run(sender->content),
                        .number = packet->number,
                        .content = CONTENT_QUIET,
                        .sent_us = packet->sent_us};
    if (packet->speaking) {
        mark.content = (uint16_t)(packet->place % loop);
    }
    bool voice = packet->speaking && content_says(sender->content, sender->tone, packet->place);
    const uint8_t level = (uint8_t)((voice ? VOICE_FLAG : 0) | sound.level);
    const struct send_head head = {.pt = rtx ? stream->rtx_pt : stream->pt,
                                   .marker = packet->marker,
                                   .seq = rtx ? sender->rtx_seq++ : packet->seq,
                                   .timestamp = packet->timestamp,
                                   .ssrc = rtx ? stream->rtx_ssrcs[0] : stream->ssrcs[0],
                                   .exts = &stream->exts,
                                   .mid = rtx || !sender->known ? stream->mid : NULL,
                                   .level = &level};
    size_t len = send_path_head(sender->path, &head, now_us, bytes);
    if (rtx) {
        bytes_put_u16(bytes + len, packet->seq);
        len += 2;
    }
    size_t payload = mark_opus(sound.data, sound.len, &mark, bytes + len, SEND_PATH_MAX_PAYLOAD);
    if (!again) {
        sender->stats.packets++;
        sender->stats.bytes += payload;
        send_stats_send(&sender->send, packet->timestamp, (uint32_t)payload, now_us);
    }
    send_path_send(sender->path, bytes, len + payload, again ? SEND_RTX : SEND_AUDIO, 0, now_us);
}

static void make_packet(struct voice_sender *sender, int64_t now_us)
{
    struct voice_packet *packet = &sender->kept[sender->seq % VOICE_SENDER_KEPT];
    *packet = (struct voice_packet){.used = true,
                                    .speaking = sender->speaking,
                                    .marker = sender->left_out,
                                    .seq = sender->seq++,
                                    .timestamp = sender->timestamp,
                                    .number = sender->number,
                                    .place = sender->speaking ? sender->place : sender->quiet,
                                    .sent_us = now_us};
    send_packet(sender, packet, false, now_us);
}

/** Is there nothing to be sent for these 20 ms? */
static bool is_left_out(struct voice_sender *sender)
{
    struct content_sound sound;
    if (!sender->stream.dtx || sender->speaking) {
        sender->empty = false;
        return false;
    }
    find_sound(sender, false, sender->quiet, &sound);
    bool again = sender->empty;
    sender->empty = sound.len <= AUDIO_PACKET_DTX_BYTES;
    return sender->empty && again;
}

static void go_on(struct voice_sender *sender, int64_t now_us)
{
    bool left_out = is_left_out(sender);
    if (left_out) {
        sender->stats.left_out++;
    } else {
        make_packet(sender, now_us);
    }
    sender->left_out = left_out;
    *(sender->speaking ? &sender->place : &sender->quiet) += 1;
    sender->number++;
    sender->timestamp += STEP;
    sender->stats.spoke_us += sender->speaking ? VOICE_SENDER_STEP_US : 0;
}

void voice_sender_timeout(struct voice_sender *sender, int64_t now_us)
{
    int64_t late_us = now_us - sender->next_us;
    if (late_us > VOICE_SENDER_LATE_US) {
        int64_t left_out = late_us / VOICE_SENDER_STEP_US;
        sender->next_us += left_out * VOICE_SENDER_STEP_US;
        sender->timestamp += (uint32_t)left_out * STEP;
        tell(sender);
    }
    while (sender->next_us <= now_us) {
        go_on(sender, now_us);
        sender->next_us += VOICE_SENDER_STEP_US;
    }
}

void voice_sender_repair(struct voice_sender *sender, uint16_t seq, int64_t now_us)
{
    const struct voice_packet *packet = &sender->kept[seq % VOICE_SENDER_KEPT];
    sender->stats.nacks++;
    if (!packet->used || packet->seq != seq) {
        sender->stats.repairs_missed++;
        return;
    }
    sender->stats.repairs++;
    send_packet(sender, packet, true, now_us);
}

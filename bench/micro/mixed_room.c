#include "mixed_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audience.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/outbox.h"
#include "base/packet.h"
#include "bridge/audio_bridge.h"
#include "forwarder.h"
#include "net/udp.h"
#include "publisher.h"
#include "relay/transport/srtp_session.h"
#include "room/exchange.h"
#include "rtp/rtp.h"
#include "stun_check.h"

enum {
    POOL_PACKETS = 64 * 1024,
    TURNS = 2,        /**< of the loop in a step: packets come in the first one */
    CHECK_STEPS = 250 /**< of each peer: consent is gone after 30 s without one */
};

struct mixed_room {
    const struct talkers *talkers;
    const struct sink *sink;
    size_t people; /**< the talkers first */
    struct certificate *certificate;
    struct pool *packets;
    struct outbox *outbox;
    struct udp *udp; /**< NULL: SINK_NONE */
    struct exchange *exchange;
    struct audio_bridge *bridge;
    struct event_mix counters;
    struct drop_counts drops;
    struct srtp_session *senders[TALKERS];
    struct packet *loaded[TALKERS];
    uint32_t steps;    /**< so far */
    uint64_t checks;   /**< sent to the relay */
    uint64_t sent;     /**< packets of sound, when it was asked last */
    uint32_t asked_at; /**< `steps` then */
    int64_t now_us;
};

static void flush(void *owner, struct outbox *outbox)
{
    struct mixed_room *room = owner;
    if (room->udp != NULL) {
        udp_send(room->udp, outbox);
    }
    outbox_clear(outbox);
}

static void forget_event(void *owner, struct event *event)
{
    (void)owner;
    event_free(&event);
}

/** What signalling would have agreed on with a client of one m-line for sound. */
static void fill_session(size_t index, struct session *session)
{
    (void)snprintf(session->room, sizeof(session->room), "room");
    (void)snprintf(session->participant, sizeof(session->participant), "p%zu", index);
    (void)snprintf(session->cname, sizeof(session->cname), "bench");
    (void)snprintf(session->local_ufrag, sizeof(session->local_ufrag), "r%07zu", index);
    (void)snprintf(session->local_pwd, sizeof(session->local_pwd), "relay-password-%07zu", index);
    (void)snprintf(session->remote_ufrag, sizeof(session->remote_ufrag), "peer");
    (void)snprintf(session->remote_pwd, sizeof(session->remote_pwd), "peer-password-0123456789");
    session->number = (uint32_t)index + 1;
    session->bundle = true;
    session->extmap_allow_mixed = true;
    session->rtcp_rsize = true;
    session->audio_policy = SLOT_POLICY_MIX;
    session->media_count = 1;
    struct session_media *media = &session->media[0];
    media->kind = MEDIA_AUDIO;
    media->client_sends = index < TALKERS;
    media->client_receives = true;
    (void)snprintf(media->mid, sizeof(media->mid), "0");
    (void)snprintf(media->source, sizeof(media->source), "microphone");
    media->codecs[0] = (struct session_codec){
        .kind = CODEC_OPUS, .pt = PUBLISHER_AUDIO_PT, .clock_rate = 48000, .inband_fec = true};
    media->codec_count = 1;
    media->exts = publisher_exts;
    media->exts.id[RTP_EXT_TRANSPORT_CC] = 0; /* receivers would have to answer */
    if (media->client_sends) {
        media->ssrcs[0] = PUBLISHER_SSRC + (uint32_t)index;
        media->ssrc_count = 1;
    }
    media->slot_ssrc = 0x20000000 + (uint32_t)index;
}

static int join(struct mixed_room *room, size_t index)
{
    struct command *command = NULL;
    int err = command_new(&command, COMMAND_JOIN, (uint32_t)index + 1);
    if (err != 0) {
        return err;
    }
    command->session = session_new(1);
    if (command->session == NULL) {
        command_free(&command);
        return ERR_NO_MEMORY;
    }
    fill_session(index, command->session);
    exchange_command(room->exchange, command, room->now_us);
    struct transport *transport = exchange_transport(room->exchange, (uint32_t)index + 1);
    if (transport == NULL) {
        return ERR_NOT_FOUND;
    }
    uint8_t key[AUDIENCE_KEY_BYTES];
    audience_key((uint32_t)index, key);
    struct five_tuple tuple = sink_receiver(room->sink, (uint32_t)index);
    err = transport_adopt(transport, &tuple, SRTP_PROFILE_GCM_128, key, key, room->now_us);
    if (err == 0 && index < TALKERS) {
        err = srtp_session_new(&room->senders[index], SRTP_PROFILE_GCM_128, key, key);
    }
    return err;
}

static int open_parts(struct mixed_room *room)
{
    int err = certificate_new(&room->certificate, room->now_us);
    err = err != 0 ? err : packet_pool_new(&room->packets, POOL_PACKETS);
    err = err != 0 ? err : outbox_new(&room->outbox, flush, room);
    if (err == 0 && room->sink->kind != SINK_NONE) {
        const struct udp_config config = {.ipv4 = true};
        err = udp_open(&room->udp, &config, &room->drops);
    }
    if (err != 0) {
        return err;
    }
    struct exchange_config config = {.certificate = room->certificate,
                                     .outbox = room->outbox,
                                     .packets = room->packets,
                                     .event = forget_event};
    rand_init(&config.rand, 1);
    err = exchange_new(&room->exchange, &config, room->now_us);
    const struct audio_bridge_config bridge = {
        .options = audio_bridge_defaults(), .packets = room->packets, .counters = &room->counters};
    return err != 0 ? err : audio_bridge_new(&room->bridge, &bridge, room->now_us);
}

/** A turn of the worker's loop (app/worker.c). */
static void turn(struct mixed_room *room)
{
    for (size_t i = 0; i < TALKERS; i++) {
        if (room->loaded[i] != NULL) {
            struct packet *packet = room->loaded[i];
            room->loaded[i] = NULL;
            exchange_receive(room->exchange, &packet, 1, room->now_us);
        }
    }
    if (exchange_next_deadline(room->exchange) <= room->now_us) {
        exchange_timeout(room->exchange, room->now_us);
    }
    if (audio_bridge_next_deadline(room->bridge, room->exchange) <= room->now_us) {
        audio_bridge_timeout(room->bridge, room->exchange, room->now_us);
    }
    exchange_flush(room->exchange, room->now_us);
    if (room->outbox->count > 0) {
        flush(room, room->outbox);
    }
}

/** Every peer proves that it is still there. */
static void check_all(struct mixed_room *room)
{
    for (size_t i = 0; i < room->people; i++) {
        struct packet *packet = packet_take(room->packets);
        char username[64];
        char password[64];
        if (packet == NULL) {
            return;
        }
        (void)snprintf(username, sizeof(username), "r%07zu:peer", i);
        (void)snprintf(password, sizeof(password), "relay-password-%07zu", i);
        packet->len = (uint32_t)stun_check_write(packet->data, username, password, ++room->checks);
        packet->from = sink_receiver(room->sink, (uint32_t)i);
        packet->arrival_us = room->now_us;
        exchange_receive(room->exchange, &packet, 1, room->now_us);
    }
}

int mixed_room_new(struct mixed_room **out, const struct talkers *talkers, size_t listeners,
                   const struct sink *sink)
{
    struct mixed_room *room = calloc(1, sizeof(*room));
    if (room == NULL) {
        return ERR_NO_MEMORY;
    }
    room->talkers = talkers;
    room->sink = sink;
    room->people = TALKERS + listeners;
    room->now_us = 1000000;
    int err = open_parts(room);
    for (size_t i = 0; i < room->people && err == 0; i++) {
        err = join(room, i);
    }
    if (err != 0) {
        mixed_room_free(&room);
        return err;
    }
    *out = room;
    return 0;
}

static int write_packet(struct mixed_room *room, size_t talker, size_t frame, struct packet *packet)
{
    const struct talkers_packet *from = &room->talkers->packets[talker][frame];
    uint8_t *data = packet->data;
    uint8_t level = 0x80 | from->level;
    const struct rtp_ext_element elements[] = {
        {.id = PUBLISHER_MID_ID, .bytes = 1, .at = (const uint8_t *)"0"},
        {.id = PUBLISHER_LEVEL_ID, .bytes = 1, .at = &level},
    };
    memset(data, 0, RTP_HEADER_BYTES);
    data[0] = 0x90; /* version 2, extensions */
    data[1] = PUBLISHER_AUDIO_PT;
    bytes_put_u16(data + 2, (uint16_t)(1000 + room->steps));
    bytes_put_u32(data + 4, room->steps * PCM_FRAME);
    bytes_put_u32(data + 8, PUBLISHER_SSRC + (uint32_t)talker);
    size_t len = RTP_HEADER_BYTES;
    len += rtp_ext_write(data + len, 32, elements, 2, false);
    memcpy(data + len, from->data, from->len);
    len += from->len;
    int err = srtp_session_protect_rtp(room->senders[talker], data, &len);
    packet->len = (uint32_t)len;
    packet->from = sink_receiver(room->sink, (uint32_t)talker);
    packet->arrival_us = room->now_us;
    return err;
}

int mixed_room_load(struct mixed_room *room, size_t frame)
{
    if (room->steps % CHECK_STEPS == 0) {
        check_all(room);
    }
    int err = 0;
    for (size_t i = 0; i < TALKERS && err == 0; i++) {
        struct packet *packet = packet_take(room->packets);
        if (packet == NULL) {
            return ERR_NO_MEMORY;
        }
        err = write_packet(room, i, frame, packet);
        room->loaded[i] = packet;
    }
    return err;
}

void mixed_room_step(struct mixed_room *room)
{
    for (int i = 0; i < TURNS; i++) {
        turn(room);
        room->now_us += TALKERS_FRAME_US / TURNS;
    }
    room->steps++;
}

bool mixed_room_is_right(struct mixed_room *room)
{
    uint64_t due = (uint64_t)(room->steps - room->asked_at) * room->people;
    uint64_t all = exchange_counters(room->exchange)->packets_forwarded;
    uint64_t sent = all - room->sent;
    bool right =
        sent == due && room->counters.encoders == TALKERS + 1 && room->counters.decoders == TALKERS;
    room->sent = all;
    room->asked_at = room->steps;
    return right;
}

void mixed_room_free(struct mixed_room **room)
{
    struct mixed_room *old = *room;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < TALKERS; i++) {
        packet_unref(&old->loaded[i]);
        srtp_session_free(&old->senders[i]);
    }
    audio_bridge_free(&old->bridge);
    exchange_free(&old->exchange);
    udp_close(&old->udp);
    outbox_free(&old->outbox);
    pool_free(&old->packets);
    certificate_free(&old->certificate);
    free(old);
    *room = NULL;
}

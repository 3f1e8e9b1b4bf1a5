#include "support/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/rtp_ext.h"
#include "transport/transport.h"

enum { START_US = 1000000000, FIRST_PORT = 10000, MAX_PACKETS = 4096 };

static struct five_tuple tuple_of(uint32_t number)
{
    struct five_tuple tuple = {.remote = {.family = ADDR_IPV4}, .local = {.family = ADDR_NONE}};
    tuple.remote.ip[0] = 10;
    tuple.remote.port = (uint16_t)(FIRST_PORT + number);
    return tuple;
}

static void collect(void *owner, struct outbox *outbox)
{
    struct call *call = owner;
    for (size_t i = 0; i < outbox->count && call->sent_count < CALL_MAX_SENT; i++) {
        const struct outbox_entry *entry = &outbox->entries[i];
        struct call_sent *sent = &call->sent[call->sent_count++];
        sent->number = (uint32_t)(outbox->destinations[entry->to].remote.port - FIRST_PORT);
        sent->at_us = call->now_us;
        sent->len = entry->len;
        memcpy(sent->data, entry->data, entry->len);
    }
    outbox_clear(outbox);
}

static void take_event(void *owner, struct event *event)
{
    struct call *call = owner;
    if (call->event_count == CALL_MAX_EVENTS) {
        event_free(&event);
        return;
    }
    call->events[call->event_count++] = event;
}

int call_init(struct call *call)
{
    *call = (struct call){.now_us = START_US};
    call->sent = malloc(CALL_MAX_SENT * sizeof(*call->sent));
    if (call->sent == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = certificate_new(&call->certificate, 0);
    if (err == 0) {
        err = outbox_new(&call->outbox, collect, call);
    }
    if (err == 0) {
        err = packet_pool_new(&call->packets, MAX_PACKETS);
    }
    if (err == 0) {
        struct exchange_config config = {.certificate = call->certificate,
                                         .outbox = call->outbox,
                                         .packets = call->packets,
                                         .wall_offset_us = 1700000000000000,
                                         .event = take_event,
                                         .owner = call};
        rand_init(&config.rand, 42);
        err = exchange_new(&call->exchange, &config, call->now_us);
    }
    return err;
}

struct session *call_session(uint32_t number, const char *room)
{
    struct session *session = session_new(SESSION_MAX_MEDIA);
    if (session == NULL) {
        return NULL;
    }
    session->number = number;
    (void)snprintf(session->room, sizeof(session->room), "%s", room);
    (void)snprintf(session->participant, sizeof(session->participant), "p%u", (unsigned)number);
    (void)snprintf(session->cname, sizeof(session->cname), "cname%u", (unsigned)number);
    (void)snprintf(session->local_ufrag, sizeof(session->local_ufrag), "ufrag%u", (unsigned)number);
    (void)snprintf(session->local_pwd, sizeof(session->local_pwd), "password-password-%u",
                   (unsigned)number);
    (void)snprintf(session->remote_ufrag, sizeof(session->remote_ufrag), "peer%u",
                   (unsigned)number);
    (void)snprintf(session->remote_pwd, sizeof(session->remote_pwd), "peer-password-peer-%u",
                   (unsigned)number);
    session->fingerprint_count = 1;
    (void)snprintf(session->fingerprints[0].hash, sizeof(session->fingerprints[0].hash), "sha-256");
    session->fingerprints[0].bytes = 32;
    session->bundle = true;
    session->extmap_allow_mixed = true;
    session->rtcp_rsize = true;
    return session;
}

uint32_t call_track_ssrc(uint32_t number, enum media_kind kind)
{
    return number * 1000 + (kind == MEDIA_AUDIO ? 1 : 2);
}

uint32_t call_slot_ssrc(uint32_t number, size_t index)
{
    return 0x40000000 + number * 1000 + (uint32_t)index;
}

struct session_media *call_add(struct session *session, enum media_kind kind, const char *mid,
                               bool sends, bool receives)
{
    struct session_media *media = &session->media[session->media_count];
    bool audio = kind == MEDIA_AUDIO;
    media->kind = kind;
    media->client_sends = sends;
    media->client_receives = receives;
    (void)snprintf(media->mid, sizeof(media->mid), "%s", mid);
    (void)snprintf(media->source, sizeof(media->source), "%s", audio ? "microphone" : "camera");
    media->codecs[0] = (struct session_codec){.kind = audio ? CODEC_OPUS : CODEC_VP8,
                                              .pt = audio ? CALL_OPUS : CALL_VP8,
                                              .rtx_pt = audio ? 0 : CALL_VP8_RTX,
                                              .clock_rate = audio ? 48000 : 90000,
                                              .nack = !audio,
                                              .nack_pli = !audio,
                                              .ccm_fir = !audio,
                                              .goog_remb = !audio,
                                              .transport_cc = sends && !receives};
    media->codec_count = 1;
    media->exts.id[RTP_EXT_MID] = CALL_EXT_MID;
    media->exts.id[RTP_EXT_ABS_SEND_TIME] = CALL_EXT_SEND_TIME;
    media->exts.id[RTP_EXT_TRANSPORT_CC] = CALL_EXT_TWCC;
    if (audio) {
        media->exts.id[RTP_EXT_AUDIO_LEVEL] = CALL_EXT_LEVEL;
    } else {
        media->exts.id[RTP_EXT_RID] = CALL_EXT_RID;
        media->exts.id[RTP_EXT_RRID] = CALL_EXT_RRID;
    }
    if (receives) {
        media->slot_ssrc = call_slot_ssrc(session->number, session->media_count);
        media->slot_rtx_ssrc = audio ? 0 : media->slot_ssrc + 500;
    }
    session->media_count++;
    return media;
}

bool call_join(struct call *call, struct session *session)
{
    if (session == NULL) {
        return false;
    }
    uint32_t number = session->number;
    struct command *command = call_command_new(COMMAND_JOIN, number);
    if (command == NULL) {
        free(session);
        return false;
    }
    command->session = session;
    exchange_command(call->exchange, command, call->now_us);
    struct transport *transport = exchange_transport(call->exchange, number);
    if (transport == NULL) {
        return false;
    }
    struct five_tuple tuple = tuple_of(number);
    if (transport_adopt(transport, &tuple, SRTP_PROFILE_NULL, NULL, NULL, call->now_us) != 0) {
        return false;
    }
    call_turn(call);
    return true;
}

bool call_join_pair(struct call *call, uint32_t number, size_t more_slots)
{
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return false;
    }
    call_add(session, MEDIA_AUDIO, "a", true, true);
    call_add(session, MEDIA_VIDEO, "v", true, true);
    for (size_t i = 1; i <= more_slots; i++) {
        char mid[8];
        (void)snprintf(mid, sizeof(mid), "a%u", (unsigned)i);
        call_add(session, MEDIA_AUDIO, mid, false, true);
        mid[0] = 'v';
        call_add(session, MEDIA_VIDEO, mid, false, true);
    }
    session->media[0].codecs[0].transport_cc = call->twcc;
    session->media[1].codecs[0].transport_cc = call->twcc;
    session->media[0].ssrcs[0] = call_track_ssrc(number, MEDIA_AUDIO);
    session->media[0].ssrc_count = 1;
    session->media[1].ssrcs[0] = call_track_ssrc(number, MEDIA_VIDEO);
    session->media[1].rtx_ssrcs[0] = call_track_ssrc(number, MEDIA_VIDEO) + 500;
    session->media[1].ssrc_count = 1;
    return call_join(call, session);
}

bool call_open(struct call *call, uint32_t people, size_t more_slots)
{
    bool open = call_init(call) == 0;
    for (uint32_t number = 1; number <= people && open; number++) {
        open = call_join_pair(call, number, more_slots);
    }
    return open;
}

struct command *call_command_new(enum command_kind kind, uint32_t number)
{
    struct command *command = NULL;
    return command_new(&command, kind, number) == 0 ? command : NULL;
}

void call_submit(struct call *call, struct command *command)
{
    exchange_command(call->exchange, command, call->now_us);
    call_turn(call);
}

void call_command(struct call *call, enum command_kind kind, uint32_t number)
{
    struct command *command = call_command_new(kind, number);
    if (command != NULL) {
        call_submit(call, command);
    }
}

static void receive(struct call *call, uint32_t from, const uint8_t *data, size_t len)
{
    struct packet *packet = packet_take(call->packets);
    if (packet == NULL) {
        return;
    }
    memcpy(packet->data, data, len);
    packet->len = (uint32_t)len;
    packet->arrival_us = call->now_us;
    packet->from = tuple_of(from);
    if (call->gathers && call->gathered_count < CALL_MAX_GATHERED) {
        call->gathered[call->gathered_count++] = packet;
    } else {
        exchange_receive(call->exchange, &packet, 1, call->now_us);
    }
}

static size_t write_exts(uint8_t *out, size_t cap, const struct call_rtp *rtp)
{
    struct rtp_ext_element elements[5];
    size_t count = 0;
    uint8_t level = (uint8_t)((rtp->level < 64 ? 0x80 : 0) | rtp->level);
    uint8_t twcc[2];
    if (rtp->mid != NULL) {
        elements[count++] = (struct rtp_ext_element){.id = CALL_EXT_MID,
                                                     .bytes = (uint8_t)strlen(rtp->mid),
                                                     .at = (const uint8_t *)rtp->mid};
    }
    if (rtp->rid != NULL) {
        elements[count++] = (struct rtp_ext_element){.id = CALL_EXT_RID,
                                                     .bytes = (uint8_t)strlen(rtp->rid),
                                                     .at = (const uint8_t *)rtp->rid};
    }
    if (rtp->level >= 0) {
        elements[count++] =
            (struct rtp_ext_element){.id = CALL_EXT_LEVEL, .bytes = 1, .at = &level};
    }
    if (rtp->twcc >= 0) {
        bytes_put_u16(twcc, (uint16_t)rtp->twcc);
        elements[count++] = (struct rtp_ext_element){.id = CALL_EXT_TWCC, .bytes = 2, .at = twcc};
    }
    if (rtp->more.id != 0) {
        elements[count++] = rtp->more;
    }
    return rtp_ext_write(out, cap, elements, count, true);
}

void call_rtp(struct call *call, const struct call_rtp *rtp)
{
    uint8_t data[1600];
    size_t ext_bytes = write_exts(data + RTP_HEADER_BYTES, 200, rtp);
    size_t len = RTP_HEADER_BYTES + ext_bytes;
    data[0] = (uint8_t)(0x80 | (ext_bytes > 0 ? 0x10 : 0) | (rtp->padding > 0 ? 0x20 : 0));
    data[1] = (uint8_t)((rtp->marker ? 0x80 : 0) | rtp->pt);
    bytes_put_u16(data + 2, rtp->seq);
    bytes_put_u32(data + 4, rtp->timestamp);
    bytes_put_u32(data + 8, rtp->ssrc);
    if (rtp->payload_bytes > 0) {
        memcpy(data + len, rtp->payload, rtp->payload_bytes);
        len += rtp->payload_bytes;
    }
    if (rtp->padding > 0) {
        memset(data + len, 0, rtp->padding);
        len += rtp->padding;
        data[len - 1] = rtp->padding;
    }
    receive(call, rtp->from, data, len);
}

void call_audio(struct call *call, uint32_t from, uint16_t seq, int level)
{
    uint8_t payload[40];
    memset(payload, seq & 0xFF, sizeof(payload));
    payload[0] = 0x78;
    struct call_rtp rtp = {.from = from,
                           .ssrc = call_track_ssrc(from, MEDIA_AUDIO),
                           .pt = CALL_OPUS,
                           .seq = seq,
                           .timestamp = 960U * seq,
                           .level = level,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(call, &rtp);
}

void call_video(struct call *call, uint32_t from, uint16_t seq, uint16_t frame, bool key,
                bool start, bool end)
{
    uint8_t payload[100];
    memset(payload, seq & 0xFF, sizeof(payload));
    payload[0] = (uint8_t)(0x80 | (start ? 0x10 : 0));
    payload[1] = 0xE0; /* I, L, T */
    bytes_put_u16(payload + 2, (uint16_t)(0x8000 | frame));
    payload[4] = (uint8_t)frame;
    payload[5] = 0;
    if (start) {
        static const uint8_t key_head[] = {0x10, 0x02, 0x00, 0x9d, 0x01,
                                           0x2a, 0x80, 0x02, 0x68, 0x01}; /* 640x360 */
        memcpy(payload + 6, key_head, sizeof(key_head));
        payload[6] = key ? 0x10 : 0x11;
    }
    struct call_rtp rtp = {.from = from,
                           .ssrc = call_track_ssrc(from, MEDIA_VIDEO),
                           .pt = CALL_VP8,
                           .seq = seq,
                           .timestamp = 3000U * frame,
                           .marker = end,
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(call, &rtp);
}

void call_rtcp(struct call *call, uint32_t from, const uint8_t *data, size_t len)
{
    receive(call, from, data, len);
}

void call_turn(struct call *call)
{
    exchange_receive(call->exchange, call->gathered, call->gathered_count, call->now_us);
    call->gathered_count = 0;
    exchange_flush(call->exchange, call->now_us);
    collect(call, call->outbox);
}

void call_run(struct call *call, int64_t us)
{
    int64_t until_us = call->now_us + us;
    for (;;) {
        int64_t deadline_us = exchange_next_deadline(call->exchange);
        if (deadline_us > until_us) {
            break;
        }
        /* The wheel's own tick is a millisecond; never stand still. */
        call->now_us = deadline_us > call->now_us ? deadline_us : call->now_us + 1000;
        if (call->now_us > until_us) {
            break;
        }
        exchange_timeout(call->exchange, call->now_us);
        call_turn(call);
    }
    call->now_us = until_us;
}

void call_clear(struct call *call)
{
    call->sent_count = 0;
}

const struct call_sent *call_find_rtp(const struct call *call, uint32_t ssrc, size_t n,
                                      struct rtp_header *header)
{
    for (size_t i = 0; i < call->sent_count; i++) {
        const struct call_sent *sent = &call->sent[i];
        if (!rtp_is_rtcp(sent->data, sent->len) && rtp_parse(sent->data, sent->len, header) == 0 &&
            header->ssrc == ssrc && n-- == 0) {
            return sent;
        }
    }
    return NULL;
}

size_t call_count_rtp(const struct call *call, uint32_t ssrc)
{
    struct rtp_header header;
    size_t count = 0;
    while (call_find_rtp(call, ssrc, count, &header) != NULL) {
        count++;
    }
    return count;
}

bool call_find_rtcp(const struct call *call, uint32_t number, uint8_t type, uint8_t format,
                    size_t n, struct rtcp_packet *out)
{
    for (size_t i = 0; i < call->sent_count; i++) {
        const struct call_sent *sent = &call->sent[i];
        if (sent->number != number || !rtp_is_rtcp(sent->data, sent->len)) {
            continue;
        }
        struct rtcp_reader reader;
        rtcp_reader_init(&reader, sent->data, sent->len);
        while (rtcp_reader_next(&reader, out) == 1) {
            if (out->type == type && (format == 0 || out->count == format) && n-- == 0) {
                return true;
            }
        }
    }
    return false;
}

size_t call_count_rtcp(const struct call *call, uint32_t number, uint8_t type, uint8_t format)
{
    struct rtcp_packet packet;
    size_t count = 0;
    while (call_find_rtcp(call, number, type, format, count, &packet)) {
        count++;
    }
    return count;
}

const struct event *call_event(const struct call *call, enum event_kind kind, uint32_t number)
{
    for (size_t i = call->event_count; i > 0; i--) {
        const struct event *event = call->events[i - 1];
        if (event->kind == kind && (number == 0 || event->number == number)) {
            return event;
        }
    }
    return NULL;
}

size_t call_count_events(const struct call *call, enum event_kind kind, uint32_t number)
{
    size_t count = 0;
    for (size_t i = 0; i < call->event_count; i++) {
        const struct event *event = call->events[i];
        count += event->kind == kind && (number == 0 || event->number == number) ? 1 : 0;
    }
    return count;
}

uint64_t call_drops(const struct call *call, enum drop_reason reason)
{
    return exchange_counters(call->exchange)->drops.n[reason];
}

void call_deinit(struct call *call)
{
    exchange_free(&call->exchange);
    for (size_t i = 0; i < call->gathered_count; i++) {
        packet_unref(&call->gathered[i]);
    }
    for (size_t i = 0; i < call->event_count; i++) {
        event_free(&call->events[i]);
    }
    call->event_count = 0;
    outbox_free(&call->outbox);
    pool_free(&call->packets);
    certificate_free(&call->certificate);
    free(call->sent);
    call->sent = NULL;
}

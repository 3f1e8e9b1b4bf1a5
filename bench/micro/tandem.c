#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/outbox.h"
#include "base/packet.h"
#include "forwarder.h"
#include "net/udp.h"
#include "room/exchange.h"
#include "stun_check.h"

enum {
    POOL_PACKETS = 256 * 1024,
    CHECK_US = 5000000,     /**< of each peer: consent is gone after 30 s without one */
    REPORT_US = 1000000,    /**< sender reports of publishers */
    FIRST_PUBLISHER = 60000 /**< index into the sink's addresses; receivers are below */
};

struct tandem_arrival {
    struct packet **packets;
    size_t count;
    int64_t now_us;
};

struct tandem {
    const struct workload *workload;
    const struct sink *sink;
    struct certificate *certificate;
    struct pool *packets;
    struct outbox *outbox;
    struct udp *udp; /**< NULL: SINK_NONE */
    struct exchange *exchange;
    struct drop_counts drops;
    struct audience **audiences; /**< NULL when nobody looks */
    struct publisher **publishers;

    struct packet *store[CHUNK_DATAGRAMS];
    struct tandem_arrival arrivals[CHUNK_DATAGRAMS];
    size_t arrival_count;
    int64_t next_check_us;
    int64_t next_report_us;
    uint64_t checks;
};

/** One participant of the bench: a room's publisher or one of its receivers. */
struct member {
    uint32_t number;  /**< as participant */
    uint32_t address; /**< index into the sink's addresses */
    size_t room;
    bool publishes;
    size_t index; /**< among the room's receivers */
};

/** The n-th of all participants: publishers first. */
static struct member member_at(const struct tandem *tandem, size_t n)
{
    size_t rooms = tandem->workload->rooms;
    struct member member = {.number = (uint32_t)n + 1, .publishes = n < rooms};
    if (member.publishes) {
        member.room = n;
        member.address = (uint32_t)(FIRST_PUBLISHER + n);
    } else {
        member.room = (n - rooms) / tandem->workload->receivers;
        member.index = (n - rooms) % tandem->workload->receivers;
        member.address = (uint32_t)(n - rooms);
    }
    return member;
}

static size_t member_count(const struct tandem *tandem)
{
    return tandem->workload->rooms * (1 + tandem->workload->receivers);
}

/** Shows a datagram to the receiver that lives at its address. */
static void show(struct tandem *tandem, const struct outbox_entry *entry,
                 const struct five_tuple *to)
{
    uint32_t address = (uint32_t)to->remote.ip[2] << 8 | to->remote.ip[3];
    if (address < FIRST_PUBLISHER) {
        audience_receive(tandem->audiences[address / tandem->workload->receivers],
                         (uint32_t)(address % tandem->workload->receivers), entry->data,
                         entry->len);
    }
}

/** What the worker does with a full outbox, and at the end of each turn. */
static void flush(void *owner, struct outbox *outbox)
{
    struct tandem *tandem = owner;
    for (size_t i = 0; tandem->audiences != NULL && i < outbox->count; i++) {
        show(tandem, &outbox->entries[i], &outbox->destinations[outbox->entries[i].to]);
    }
    if (tandem->udp != NULL) {
        udp_send(tandem->udp, outbox);
    }
    outbox_clear(outbox);
}

static void forget_event(void *owner, struct event *event)
{
    (void)owner;
    event_free(&event);
}

static void fill_codec(struct session_codec *codec, bool video)
{
    *codec = (struct session_codec){
        .kind = video ? CODEC_VP8 : CODEC_OPUS,
        .pt = video ? PUBLISHER_VIDEO_PT : PUBLISHER_AUDIO_PT,
        .rtx_pt = video ? PUBLISHER_VIDEO_PT + 1 : 0,
        .clock_rate = video ? 90000 : 48000,
        .nack = video,
        .nack_pli = video,
        .ccm_fir = video,
        .inband_fec = !video,
    };
}

/** What signalling would have agreed on with a Chromium that sends, or receives, one m-line. */
static void fill_session(const struct tandem *tandem, const struct member *member,
                         struct session *session)
{
    bool video = tandem->workload->video;
    (void)snprintf(session->room, sizeof(session->room), "room-%zu", member->room);
    (void)snprintf(session->participant, sizeof(session->participant), "p%u",
                   (unsigned)member->number);
    (void)snprintf(session->cname, sizeof(session->cname), "bench");
    (void)snprintf(session->local_ufrag, sizeof(session->local_ufrag), "r%07u",
                   (unsigned)member->number);
    (void)snprintf(session->local_pwd, sizeof(session->local_pwd), "relay-password-%07u",
                   (unsigned)member->number);
    (void)snprintf(session->remote_ufrag, sizeof(session->remote_ufrag), "peer");
    (void)snprintf(session->remote_pwd, sizeof(session->remote_pwd), "peer-password-0123456789");
    session->number = member->number;
    session->bundle = true;
    session->extmap_allow_mixed = true;
    session->rtcp_rsize = true;
    session->media_count = 1;
    struct session_media *media = &session->media[0];
    media->kind = video ? MEDIA_VIDEO : MEDIA_AUDIO;
    media->client_sends = member->publishes;
    media->client_receives = !member->publishes;
    (void)snprintf(media->mid, sizeof(media->mid), "0");
    (void)snprintf(media->source, sizeof(media->source), video ? "camera" : "microphone");
    fill_codec(&media->codecs[0], video);
    media->codecs[0].transport_cc = member->publishes; /* receivers would have to answer */
    media->codec_count = 1;
    media->exts = publisher_exts;
    if (member->publishes) {
        media->ssrcs[0] = PUBLISHER_SSRC + (uint32_t)member->room;
        media->ssrc_count = 1;
    } else {
        media->slot_ssrc = 0x20000000 + member->number;
        media->slot_rtx_ssrc = video ? 0x30000000 + member->number : 0;
    }
}

static void receive(struct tandem *tandem, const struct member *member, const uint8_t *data,
                    size_t len, int64_t now_us)
{
    struct packet *packet = packet_take(tandem->packets);
    if (packet == NULL) {
        drop_count(&tandem->drops, DROP_OUT_OF_PACKETS);
        return;
    }
    memcpy(packet->data, data, len);
    packet->len = (uint32_t)len;
    packet->from = sink_receiver(tandem->sink, member->address);
    packet->arrival_us = now_us;
    exchange_receive(tandem->exchange, &packet, 1, now_us);
}

/** Every peer proves that it is still there. */
static void check_all(struct tandem *tandem, int64_t now_us)
{
    for (size_t i = 0; i < member_count(tandem); i++) {
        struct member member = member_at(tandem, i);
        uint8_t check[STUN_CHECK_MAX_BYTES];
        char username[33];
        char password[32];
        (void)snprintf(username, sizeof(username), "r%07u:peer", (unsigned)member.number);
        (void)snprintf(password, sizeof(password), "relay-password-%07u", (unsigned)member.number);
        size_t len = stun_check_write(check, username, password, ++tandem->checks);
        receive(tandem, &member, check, len, now_us);
    }
    exchange_flush(tandem->exchange, now_us);
    flush(tandem, tandem->outbox);
}

static int join(struct tandem *tandem, const struct member *member, int64_t now_us)
{
    struct command *command = NULL;
    int err = command_new(&command, COMMAND_JOIN, member->number);
    if (err != 0) {
        return err;
    }
    command->session = session_new(1);
    if (command->session == NULL) {
        command_free(&command);
        return ERR_NO_MEMORY;
    }
    fill_session(tandem, member, command->session);
    exchange_command(tandem->exchange, command, now_us);
    struct transport *transport = exchange_transport(tandem->exchange, member->number);
    if (transport == NULL) {
        return ERR_NOT_FOUND;
    }
    uint8_t key[AUDIENCE_KEY_BYTES];
    if (member->publishes) {
        forwarder_publisher_key(member->room, key);
    } else {
        audience_key((uint32_t)member->index, key);
    }
    struct five_tuple tuple = sink_receiver(tandem->sink, member->address);
    return transport_adopt(transport, &tuple, tandem->workload->profile, key, key, now_us);
}

static void tandem_close(void *state)
{
    struct tandem *tandem = state;
    if (tandem == NULL) {
        return;
    }
    for (size_t i = 0; i < CHUNK_DATAGRAMS; i++) {
        packet_unref(&tandem->store[i]);
    }
    exchange_free(&tandem->exchange);
    udp_close(&tandem->udp);
    outbox_free(&tandem->outbox);
    pool_free(&tandem->packets);
    certificate_free(&tandem->certificate);
    free(tandem);
}

static int open_parts(struct tandem *tandem, int64_t now_us)
{
    int err = certificate_new(&tandem->certificate, now_us);
    if (err == 0) {
        err = packet_pool_new(&tandem->packets, POOL_PACKETS);
    }
    if (err == 0) {
        err = outbox_new(&tandem->outbox, flush, tandem);
    }
    if (err == 0 && tandem->sink->kind != SINK_NONE) {
        const struct udp_config config = {.ipv4 = true};
        err = udp_open(&tandem->udp, &config, &tandem->drops);
    }
    if (err != 0) {
        return err;
    }
    struct exchange_config config = {.certificate = tandem->certificate,
                                     .outbox = tandem->outbox,
                                     .packets = tandem->packets,
                                     .event = forget_event};
    rand_init(&config.rand, 1);
    return exchange_new(&tandem->exchange, &config, now_us);
}

static int tandem_open(void **state, const struct forwarder_setup *setup)
{
    struct tandem *tandem = calloc(1, sizeof(*tandem));
    if (tandem == NULL) {
        return ERR_NO_MEMORY;
    }
    tandem->workload = setup->workload;
    tandem->sink = setup->sink;
    tandem->publishers = setup->publishers;
    int err = open_parts(tandem, setup->now_us);
    for (size_t i = 0; i < member_count(tandem) && err == 0; i++) {
        struct member member = member_at(tandem, i);
        err = join(tandem, &member, setup->now_us);
    }
    if (err != 0) {
        tandem_close(tandem);
        return err;
    }
    check_all(tandem, setup->now_us);
    tandem->next_check_us = setup->now_us + CHECK_US;
    tandem->next_report_us = setup->now_us;
    *state = tandem;
    return 0;
}

/** Sender reports, as publishers send them. */
static int report_all(struct tandem *tandem, int64_t now_us)
{
    for (size_t i = 0; i < tandem->workload->rooms; i++) {
        struct member member = member_at(tandem, i);
        struct datagram report;
        int err = publisher_report(tandem->publishers[i], now_us, &report);
        if (err != 0) {
            return err;
        }
        receive(tandem, &member, report.data, report.len, now_us);
    }
    return 0;
}

static int load_arrival(struct tandem *tandem, const struct arrival *arrival, size_t used)
{
    struct tandem_arrival *to = &tandem->arrivals[tandem->arrival_count++];
    *to = (struct tandem_arrival){
        .packets = tandem->store + used, .count = arrival->count, .now_us = arrival->now_us};
    struct five_tuple from = sink_receiver(tandem->sink, FIRST_PUBLISHER + (uint32_t)arrival->room);
    for (size_t i = 0; i < arrival->count; i++) {
        struct packet *packet = packet_take(tandem->packets);
        if (packet == NULL) {
            return ERR_NO_MEMORY;
        }
        memcpy(packet->data, arrival->datagrams[i].data, arrival->datagrams[i].len);
        packet->len = (uint32_t)arrival->datagrams[i].len;
        packet->from = from;
        packet->arrival_us = arrival->now_us;
        to->packets[i] = packet;
    }
    return 0;
}

static int tandem_load(void *state, const struct arrival *arrivals, size_t count)
{
    struct tandem *tandem = state;
    int64_t now_us = arrivals[0].now_us;
    int err = 0;
    if (now_us >= tandem->next_check_us) {
        tandem->next_check_us = now_us + CHECK_US;
        check_all(tandem, now_us);
    }
    if (now_us >= tandem->next_report_us) {
        tandem->next_report_us = now_us + REPORT_US;
        err = report_all(tandem, now_us);
    }
    tandem->arrival_count = 0;
    for (size_t i = 0, used = 0; i < count && err == 0; used += arrivals[i++].count) {
        err = load_arrival(tandem, &arrivals[i], used);
    }
    return err;
}

/** One turn of the worker's loop (app/worker.c). */
static void turn(struct tandem *tandem, struct tandem_arrival *arrival)
{
    exchange_receive(tandem->exchange, arrival->packets, arrival->count, arrival->now_us);
    if (exchange_next_deadline(tandem->exchange) <= arrival->now_us) {
        exchange_timeout(tandem->exchange, arrival->now_us);
    }
    exchange_flush(tandem->exchange, arrival->now_us);
    if (tandem->outbox->count > 0) {
        flush(tandem, tandem->outbox);
    }
}

static void tandem_run(void *state)
{
    struct tandem *tandem = state;
    for (size_t i = 0; i < tandem->arrival_count; i++) {
        turn(tandem, &tandem->arrivals[i]);
    }
}

static void tandem_watch(void *state, struct audience **audiences)
{
    struct tandem *tandem = state;
    tandem->audiences = audiences;
}

static uint64_t tandem_lost(void *state)
{
    struct tandem *tandem = state;
    const struct drop_counts *inside = &exchange_counters(tandem->exchange)->drops;
    uint64_t lost = 0;
    for (size_t i = DROP_NONE + 1; i < DROP_REASON_COUNT; i++) {
        uint64_t drops = tandem->drops.n[i] + inside->n[i];
        if (drops > 0) {
            (void)fprintf(stderr, "tandem: %llu dropped: %s\n", (unsigned long long)drops,
                          drop_help((enum drop_reason)i));
        }
        lost += drops;
    }
    return lost;
}

const struct forwarder forwarder_tandem = {
    .name = "tandem",
    .open = tandem_open,
    .load = tandem_load,
    .run = tandem_run,
    .watch = tandem_watch,
    .lost = tandem_lost,
    .close = tandem_close,
};

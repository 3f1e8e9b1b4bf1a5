#include "load/picture_sender.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

enum {
    CLOCK_HZ = 90000,
    CLOCK_STEP = CLOCK_HZ / CONTENT_FPS,
    US_PER_S = 1000000,
    CHOOSE_US = 100000,
    SOUND_BPS = 60000, /* that goes out beside the pictures */
    LATE_FRAMES = 6,   /* what is later is left out */
    THIN_US = 250000,  /* of waiting packets: only level 0 is made */
    FULL_US = 1000000, /* nothing is made */
    PROBE_PACKETS = 64 /* most repeats for one burst */
};

static int64_t tick_us(const struct picture_sender *sender, uint64_t tick)
{
    return sender->start_us + (int64_t)(tick * US_PER_S / CONTENT_FPS);
}

static int layer_init(struct picture_layer *layer, struct picture_sender *sender, size_t number,
                      struct rand *rand)
{
    *layer =
        (struct picture_layer){.sender = sender,
                               .layer = (unsigned)(CONTENT_LAYERS - sender->layer_count + number),
                               .number = number,
                               .tid = CONTENT_LEVELS - 1,
                               .seq = (uint16_t)rand_u32(rand),
                               .rtx_seq = (uint16_t)rand_u32(rand),
                               .first_timestamp = rand_u32(rand),
                               .keyframe_us = INT64_MIN};
    pacer_flow_init(&layer->flow);
    vp8_packets_init(&layer->packets, (uint16_t)rand_u32(rand), (uint8_t)rand_u32(rand));
    send_stats_init(&layer->send, CLOCK_HZ);
    layer->kept = calloc(PICTURE_SENDER_KEPT, sizeof(*layer->kept));
    return layer->kept == NULL ? ERR_NO_MEMORY : 0;
}

int picture_sender_init(struct picture_sender *sender, const struct agreement_stream *stream,
                        const struct content *content, uint32_t caller, struct send_path *path,
                        struct rand *rand, int64_t now_us)
{
    *sender = (struct picture_sender){.stream = *stream,
                                      .content = content,
                                      .path = path,
                                      .caller = caller,
                                      .stats.kind = LOAD_VIDEO};
    size_t layers = stream->layer_count > 1 ? CONTENT_LAYERS : 1;
    int err = 0;
    sender->layer_count = layers;
    for (size_t i = 0; i < layers && err == 0; i++) {
        err = layer_init(&sender->layers[i], sender, i, rand);
    }
    picture_costs_of(content, layers, &sender->costs);
    sender->start_us = now_us + rand_below(rand, US_PER_S / CONTENT_FPS);
    sender->next_us = sender->start_us;
    sender->choose_us = now_us;
    return err;
}

/** Bytes of a packet behind its header. */
static size_t write_payload(const struct picture_packet *packet, uint8_t *out)
{
    memcpy(out, packet->descriptor, sizeof(packet->descriptor));
    memcpy(out + sizeof(packet->descriptor), packet->bytes, packet->len);
    size_t len = sizeof(packet->descriptor) + packet->len;
    if (packet->last) {
        mark_write(out + len - MARK_BYTES, &packet->mark);
    }
    return len;
}

/** @return bytes of the payload */
static size_t send_packet(const struct picture_layer *layer, const struct picture_packet *packet,
                          int64_t now_us)
{
    const struct agreement_stream *stream = &layer->sender->stream;
    uint8_t bytes[SEND_PATH_PACKET_BYTES];
    bool tells = !layer->known;
    const struct send_head head = {.pt = stream->pt,
                                   .marker = packet->last,
                                   .seq = packet->seq,
                                   .timestamp = packet->timestamp,
                                   .ssrc = stream->ssrcs[layer->number],
                                   .exts = &stream->exts,
                                   .mid = tells ? stream->mid : NULL,
                                   .rid = tells ? stream->rids[layer->number] : NULL};
    size_t len = send_path_head(layer->sender->path, &head, now_us, bytes);
    size_t payload = write_payload(packet, bytes + len);
    send_path_send(layer->sender->path, bytes, len + payload, SEND_VIDEO, 0, now_us);
    return payload;
}

/** Once more, by RTX where there is one. @return bytes of the payload */
static size_t send_again(struct picture_layer *layer, const struct picture_packet *packet,
                         uint32_t probe, int64_t now_us)
{
    const struct agreement_stream *stream = &layer->sender->stream;
    uint8_t bytes[SEND_PATH_PACKET_BYTES];
    if (stream->rtx_pt == 0) {
        return send_packet(layer, packet, now_us);
    }
    const struct send_head head = {.pt = stream->rtx_pt,
                                   .marker = packet->last,
                                   .seq = layer->rtx_seq++,
                                   .timestamp = packet->timestamp,
                                   .ssrc = stream->rtx_ssrcs[layer->number],
                                   .exts = &stream->exts,
                                   .mid = stream->mid,
                                   .repaired = stream->rids[layer->number]};
    size_t len = send_path_head(layer->sender->path, &head, now_us, bytes);
    bytes_put_u16(bytes + len, packet->seq);
    size_t payload = 2 + write_payload(packet, bytes + len + 2);
    send_path_send(layer->sender->path, bytes, len + payload, SEND_RTX, probe, now_us);
    return payload;
}

static void leave(struct picture_packet *packet, struct picture_layer *layer, int64_t now_us)
{
    struct picture_sender *sender = layer->sender;
    packet->waits = false;
    packet->mark.sent_us = now_us;
    size_t payload = send_packet(layer, packet, now_us);
    sender->stats.packets++;
    sender->stats.bytes += payload;
    send_stats_send(&layer->send, packet->timestamp, (uint32_t)payload, now_us);
}

void picture_sender_leave(struct pacer_item *item, int64_t now_us)
{
    struct picture_layer *layer = LIST_ENTRY(item->flow, struct picture_layer, flow);
    leave(LIST_ENTRY(item, struct picture_packet, item), layer, now_us);
}

/** A place in the ring for the next packet. */
static struct picture_packet *next_place(struct picture_layer *layer)
{
    struct picture_packet *packet = &layer->kept[layer->seq % PICTURE_SENDER_KEPT];
    if (packet->waits) {
        pacer_remove(&layer->sender->path->pacer, &packet->item);
    }
    return packet;
}

/** Cuts a frame into packets, which leave or wait. */
static void send_frame(struct picture_layer *layer, const struct content_frame *frame,
                       int64_t now_us)
{
    struct picture_sender *sender = layer->sender;
    struct pacer *pacer = &sender->path->pacer;
    const struct mark mark = {.caller = sender->caller,
                              .run = content_run(sender->content),
                              .number = layer->frame++,
                              .content = frame->number,
                              .layer = (uint8_t)layer->number};
    struct vp8_packet part;
    if (frame->keyframe) {
        layer->keyframe_us = now_us;
        pacer_flow_keyframe(&layer->flow, now_us);
    }
    vp8_packets_frame(&layer->packets, frame->data, frame->len + MARK_BYTES, frame->tid,
                      frame->sync);
    while (vp8_packets_next(&layer->packets, &part)) {
        struct picture_packet *packet = next_place(layer);
        *packet = (struct picture_packet){.used = true,
                                          .last = part.last,
                                          .seq = layer->seq++,
                                          .len = (uint16_t)part.len,
                                          .timestamp = layer->first_timestamp +
                                                       (uint32_t)(sender->ticks * CLOCK_STEP),
                                          .bytes = part.bytes,
                                          .mark = mark};
        memcpy(packet->descriptor, part.descriptor, sizeof(packet->descriptor));
        if (pacer_passes(pacer, now_us)) {
            leave(packet, layer, now_us);
        } else {
            packet->waits = true;
            pacer_push(pacer, &layer->flow, ALLOCATOR_VISIBLE, &packet->item,
                       (uint32_t)part.len + SEND_PATH_OVERHEAD_BYTES, false, now_us);
        }
    }
}

/** How long what waits will take to leave. */
static int64_t waiting_us(const struct send_path *path)
{
    uint64_t bps = path->pacer.target_bps;
    return path->pacer.count == 0 || bps == 0 || bps == UINT64_MAX
               ? 0
               : (int64_t)(path->pacer.bytes * 8 * US_PER_S / bps);
}

/** The next frame of a layer, if it is to go out. */
static void make_frame(struct picture_layer *layer, int64_t now_us)
{
    struct picture_sender *sender = layer->sender;
    const struct picture_rate *chosen = &sender->rates[layer->number];
    const struct content *content = sender->content;
    struct content_frame frame;
    if (!chosen->on) {
        layer->on = false;
        return;
    }
    int64_t wait_us = waiting_us(sender->path);
    if (wait_us > FULL_US) {
        layer->want_keyframe = true; /* what comes after the gap has nothing to refer to */
        return;
    }
    if (!layer->on || layer->want_keyframe) {
        layer->place = content_next_keyframe(content, layer->place);
        layer->on = true;
        layer->want_keyframe = false;
    }
    content_frame(content, layer->layer, layer->rate, layer->place, &frame);
    if (frame.keyframe) {
        layer->rate = chosen->rate;
        content_frame(content, layer->layer, layer->rate, layer->place, &frame);
    }
    unsigned tid = chosen->tid;
    if (layer->rate > chosen->rate) { /* too much for now: fewer frames until the group ends */
        uint64_t bps = sender->costs.bps[layer->number][chosen->rate][chosen->tid];
        tid = picture_rates_level(&sender->costs, layer->number, layer->rate, bps);
    }
    tid = wait_us > THIN_US ? 0 : tid;
    layer->tid = frame.tid == 0 || tid < layer->tid ? tid : layer->tid;
    layer->place++;
    if (frame.tid <= layer->tid) {
        send_frame(layer, &frame, now_us);
    }
}

/** What the path carries is divided among the layers. */
static void choose(struct picture_sender *sender, int64_t now_us)
{
    struct send_path *path = sender->path;
    uint64_t target = path->estimator == NULL ? UINT64_MAX : estimator_target_bps(path->estimator);
    uint64_t budget = target == UINT64_MAX ? target : target > SOUND_BPS ? target - SOUND_BPS : 0;
    sender->choose_us = now_us + CHOOSE_US;
    uint64_t used = picture_rates_choose(&sender->costs, budget, sender->rates);
    if (path->estimator == NULL) {
        return;
    }
    uint64_t next = picture_rates_next(&sender->costs, sender->rates);
    const struct estimator_demand demand = {.used_bps = used + SOUND_BPS,
                                            .next_bps = next == 0 ? 0 : next + SOUND_BPS,
                                            .ideal_bps =
                                                picture_rates_ideal(&sender->costs) + SOUND_BPS,
                                            .least_bps = sender->costs.bps[0][0][0] + SOUND_BPS};
    estimator_demand(path->estimator, &demand, now_us);
    sender->stats.estimate_bps = target == UINT64_MAX ? 0 : target;
}

/** The highest layer that is sent: what a probe repeats. */
static struct picture_layer *probe_layer(struct picture_sender *sender)
{
    for (size_t i = sender->layer_count; i > 0; i--) {
        if (sender->layers[i - 1].on) {
            return &sender->layers[i - 1];
        }
    }
    return NULL;
}

/** Repeats recent packets, in turn, as a probe. @return bytes on the wire */
static size_t send_probe(struct picture_sender *sender, const struct estimator_burst *burst,
                         int64_t now_us)
{
    struct picture_layer *layer = probe_layer(sender);
    uint64_t recent = layer == NULL ? 0 : layer->send.packets;
    size_t sent = 0;
    recent = recent < PROBE_PACKETS ? recent : PROBE_PACKETS;
    for (uint64_t i = 0; i < recent && sent < burst->bytes; i++) {
        uint16_t seq = (uint16_t)(layer->seq - 1 - layer->probed++ % recent);
        const struct picture_packet *packet = &layer->kept[seq % PICTURE_SENDER_KEPT];
        if (packet->used && !packet->waits && packet->seq == seq) {
            sent += send_again(layer, packet, burst->probe, now_us) + SEND_PATH_OVERHEAD_BYTES;
        }
    }
    return sent;
}

static void probe(struct picture_sender *sender, int64_t now_us)
{
    struct send_path *path = sender->path;
    struct estimator_burst burst;
    size_t sent = 1;
    while (sent > 0 && path->estimator != NULL && sender->stream.rtx_pt != 0 &&
           estimator_probe(path->estimator, now_us, &burst)) {
        sent = send_probe(sender, &burst, now_us);
    }
}

void picture_sender_timeout(struct picture_sender *sender, int64_t now_us)
{
    if (sender->choose_us <= now_us) {
        choose(sender, now_us);
    }
    if (now_us - sender->next_us > (int64_t)LATE_FRAMES * US_PER_S / CONTENT_FPS) {
        sender->ticks = (uint64_t)(now_us - sender->start_us) * CONTENT_FPS / US_PER_S;
        sender->next_us = tick_us(sender, sender->ticks);
    }
    while (sender->next_us <= now_us) {
        for (size_t i = 0; i < sender->layer_count; i++) {
            make_frame(&sender->layers[i], now_us);
        }
        sender->next_us = tick_us(sender, ++sender->ticks);
    }
    probe(sender, now_us);
}

int64_t picture_sender_next_deadline(const struct picture_sender *sender)
{
    return sender->next_us < sender->choose_us ? sender->next_us : sender->choose_us;
}

struct picture_layer *picture_sender_layer(struct picture_sender *sender, uint32_t ssrc)
{
    for (size_t i = 0; i < sender->layer_count; i++) {
        if (sender->stream.ssrcs[i] == ssrc) {
            return &sender->layers[i];
        }
    }
    return NULL;
}

void picture_sender_keyframe(struct picture_sender *sender, uint32_t ssrc, int64_t now_us)
{
    struct picture_layer *layer = picture_sender_layer(sender, ssrc);
    if (layer == NULL) {
        return;
    }
    sender->stats.keyframes_asked++;
    bool soon =
        layer->keyframe_us != INT64_MIN && now_us - layer->keyframe_us < PICTURE_SENDER_KEYFRAME_US;
    layer->want_keyframe = layer->want_keyframe || !soon;
}

void picture_sender_repair(struct picture_sender *sender, uint32_t ssrc, uint16_t seq,
                           int64_t now_us)
{
    struct picture_layer *layer = picture_sender_layer(sender, ssrc);
    if (layer == NULL) {
        return;
    }
    const struct picture_packet *packet = &layer->kept[seq % PICTURE_SENDER_KEPT];
    sender->stats.nacks++;
    if (!packet->used || packet->seq != seq || packet->waits) {
        sender->stats.repairs_missed++;
        return;
    }
    sender->stats.repairs++;
    (void)send_again(layer, packet, 0, now_us);
}

void picture_sender_deinit(struct picture_sender *sender)
{
    for (size_t i = 0; i < sender->layer_count; i++) {
        struct picture_layer *layer = &sender->layers[i];
        for (size_t j = 0; layer->kept != NULL && j < PICTURE_SENDER_KEPT; j++) {
            if (layer->kept[j].waits) {
                pacer_remove(&sender->path->pacer, &layer->kept[j].item);
            }
        }
        free(layer->kept);
        layer->kept = NULL;
    }
}

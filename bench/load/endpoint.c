#include "load/endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/minmax.h"
#include "load/endpoint_parts.h"

struct intake *endpoint_intake(struct endpoint_part *part)
{
    if (part->picture_receiver != NULL) {
        return &part->picture_receiver->intake;
    }
    return part->voice_receiver != NULL ? &part->voice_receiver->intake : NULL;
}

static void part_free(struct endpoint_part **part)
{
    struct endpoint_part *old = *part;
    if (old == NULL) {
        return;
    }
    if (old->voice_receiver != NULL) {
        voice_receiver_deinit(old->voice_receiver);
    }
    if (old->picture_receiver != NULL) {
        picture_receiver_deinit(old->picture_receiver);
    }
    if (old->picture_sender != NULL) {
        picture_sender_deinit(old->picture_sender);
    }
    free(old->voice_receiver);
    free(old->voice_sender);
    free(old->picture_receiver);
    free(old->picture_sender);
    free(old);
    *part = NULL;
}

static int add_voice_sender(struct endpoint *endpoint, struct endpoint_part *part, int64_t now_us)
{
    part->voice_sender = malloc(sizeof(*part->voice_sender));
    if (part->voice_sender == NULL) {
        return ERR_NO_MEMORY;
    }
    const struct voice_sender_config config = {.stream = &part->stream,
                                               .content = endpoint->content,
                                               .caller = endpoint->caller,
                                               .tone = endpoint->tone,
                                               .tap = endpoint->tapped ? &endpoint->tap : NULL};
    voice_sender_init(part->voice_sender, &config, &endpoint->path, &endpoint->rand, now_us);
    voice_sender_speak(part->voice_sender, endpoint->speaking);
    return 0;
}

static int add_picture_sender(struct endpoint *endpoint, struct endpoint_part *part, int64_t now_us)
{
    const struct agreement_stream *stream = &part->stream;
    bool twcc = stream->transport_cc && stream->exts.id[RTP_EXT_TRANSPORT_CC] != 0;
    int err = twcc || stream->remb ? send_path_adapt(&endpoint->path, twcc, now_us) : 0;
    part->picture_sender = err == 0 ? calloc(1, sizeof(*part->picture_sender)) : NULL;
    return part->picture_sender == NULL
               ? ERR_NO_MEMORY
               : picture_sender_init(part->picture_sender, stream, endpoint->content,
                                     endpoint->caller, &endpoint->path, &endpoint->rand, now_us);
}

static int add_picture_receiver(struct endpoint *endpoint, struct endpoint_part *part,
                                const struct endpoint_tap *tap, unsigned number)
{
    int err = endpoint->packets == NULL
                  ? packet_pool_new(&endpoint->packets,
                                    (size_t)AGREEMENT_MAX_STREAMS * 2 * HOLD_BACK_PACKETS)
                  : 0;
    part->picture_receiver = err == 0 ? calloc(1, sizeof(*part->picture_receiver)) : NULL;
    return part->picture_receiver == NULL
               ? ERR_NO_MEMORY
               : picture_receiver_init(part->picture_receiver, &part->stream,
                                       content_run(endpoint->content), endpoint->packets, tap,
                                       number);
}

static int add_sender(struct endpoint *endpoint, struct endpoint_part *part, int64_t now_us)
{
    return part->stream.kind == LOAD_AUDIO ? add_voice_sender(endpoint, part, now_us)
                                           : add_picture_sender(endpoint, part, now_us);
}

static int add_receiver(struct endpoint *endpoint, struct endpoint_part *part)
{
    const struct endpoint_tap *tap = endpoint->tapped ? &endpoint->tap : NULL;
    unsigned number = (unsigned)endpoint->receiver_count++;
    if (part->stream.kind == LOAD_VIDEO) {
        return add_picture_receiver(endpoint, part, tap, number);
    }
    part->voice_receiver = malloc(sizeof(*part->voice_receiver));
    return part->voice_receiver == NULL
               ? ERR_NO_MEMORY
               : voice_receiver_init(part->voice_receiver, &part->stream,
                                     content_run(endpoint->content), tap, number);
}

/** Transport-wide feedback goes out for the whole leg once it is agreed anywhere. */
static int want_feedback(struct endpoint *endpoint, const struct agreement_stream *stream)
{
    uint8_t id = stream->exts.id[RTP_EXT_TRANSPORT_CC];
    if (endpoint->twcc != NULL || !stream->transport_cc || !stream->receives || id == 0) {
        return 0;
    }
    endpoint->twcc = malloc(sizeof(*endpoint->twcc));
    if (endpoint->twcc == NULL) {
        return ERR_NO_MEMORY;
    }
    twcc_recorder_init(endpoint->twcc);
    endpoint->twcc_id = id;
    return 0;
}

static int add_part(struct endpoint *endpoint, const struct agreement_stream *stream,
                    int64_t now_us)
{
    struct endpoint_part *part = calloc(1, sizeof(*part));
    if (part == NULL) {
        return ERR_NO_MEMORY;
    }
    endpoint->parts[endpoint->part_count++] = part;
    part->stream = *stream;
    int err = stream->sends ? add_sender(endpoint, part, now_us) : 0;
    err = err != 0 || !stream->receives ? err : add_receiver(endpoint, part);
    return err != 0 ? err : want_feedback(endpoint, stream);
}

static void describe(const struct agreement_stream *stream, struct demux_section *out)
{
    *out = (struct demux_section){.sends = stream->receives, .exts = stream->exts};
    memcpy(out->mid, stream->mid, sizeof(out->mid));
    out->pts[out->pt_count++] = stream->pt;
    if (stream->red_pt != 0) {
        out->pts[out->pt_count++] = stream->red_pt;
    }
    if (stream->rtx_pt != 0) {
        out->rtx_pts[out->rtx_pt_count++] = stream->rtx_pt;
    }
    if (stream->remote_ssrc != 0) {
        out->ssrcs[0] = stream->remote_ssrc;
        out->rtx_ssrcs[0] = stream->remote_rtx_ssrc;
        out->ssrc_count = 1;
    }
}

/** Who the packets to come belong to. */
static int set_demux(struct endpoint *endpoint, const struct agreement *agreement)
{
    size_t count = agreement->stream_count;
    struct demux_section *sections = calloc(count + 1, sizeof(*sections));
    if (sections == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        describe(&agreement->streams[i], &sections[i]);
    }
    int err = endpoint->demux == NULL ? demux_new(&endpoint->demux, sections, count)
                                      : demux_update(endpoint->demux, sections, count);
    free(sections);
    return err;
}

int endpoint_grow(struct endpoint *endpoint, const struct agreement *agreement, int64_t now_us)
{
    int err = set_demux(endpoint, agreement);
    for (size_t i = endpoint->part_count; err == 0 && i < agreement->stream_count; i++) {
        err = add_part(endpoint, &agreement->streams[i], now_us);
    }
    return err;
}

static uint32_t first_ssrc(const struct agreement *agreement)
{
    for (size_t i = 0; i < agreement->stream_count; i++) {
        if (agreement->streams[i].sends) {
            return agreement->streams[i].ssrcs[0];
        }
    }
    return agreement->report_ssrc;
}

int endpoint_new(struct endpoint **out, const struct endpoint_config *config,
                 const struct endpoint_output *output, int64_t now_us)
{
    struct endpoint *endpoint = calloc(1, sizeof(*endpoint));
    if (endpoint == NULL) {
        return ERR_NO_MEMORY;
    }
    endpoint->content = config->content;
    endpoint->output = *output;
    endpoint->caller = config->caller;
    endpoint->tone = config->tone;
    send_path_init(&endpoint->path, &endpoint->output);
    endpoint->report_ssrc = first_ssrc(config->agreement);
    memcpy(endpoint->cname, config->agreement->cname, sizeof(endpoint->cname));
    if (config->tap != NULL) {
        endpoint->tap = *config->tap;
        endpoint->tapped = true;
    }
    rand_init(&endpoint->rand, config->seed);
    report_schedule_init(&endpoint->reports);
    report_schedule_hurry(&endpoint->reports, now_us);
    int err = endpoint_grow(endpoint, config->agreement, now_us);
    if (err != 0) {
        endpoint_free(&endpoint);
        return err;
    }
    *out = endpoint;
    return 0;
}

/** The part whose stream a packet is of, NULL when there is none. */
static struct endpoint_part *part_of(struct endpoint *endpoint, const uint8_t *data,
                                     const struct rtp_header *header, bool *rtx)
{
    struct demux_target target;
    for (size_t i = 0; i < endpoint->part_count && header->ssrc != 0; i++) {
        struct endpoint_part *part = endpoint->parts[i];
        *rtx = part->remote_rtx_ssrc == header->ssrc;
        if (*rtx || part->remote_ssrc == header->ssrc) {
            return part;
        }
    }
    if (demux_resolve(endpoint->demux, data, header, &target) != 0) {
        return NULL;
    }
    struct endpoint_part *part = endpoint->parts[target.section];
    struct intake *intake = endpoint_intake(part);
    if (intake == NULL) {
        return NULL;
    }
    *rtx = target.is_rtx;
    if (target.is_rtx) {
        part->remote_rtx_ssrc = header->ssrc;
    } else {
        part->remote_ssrc = header->ssrc;
        intake_other_ssrc(intake);
        report_schedule_hurry(&endpoint->reports, intake->stats.last_us);
    }
    return part;
}

/** Notes an arrival for transport-wide feedback, which goes out as browsers send it: each 50 to
 * 250 ms by its share of what comes, whether or not a frame is complete. */
static void note_arrival(struct endpoint *endpoint, const uint8_t *data, size_t len,
                         const struct rtp_header *header, int64_t arrived_us, int64_t now_us)
{
    uint8_t bytes = 0;
    const uint8_t *number = rtp_ext_find(data, header, endpoint->twcc_id, &bytes);
    if (number != NULL && bytes == 2) {
        twcc_recorder_receive(endpoint->twcc, bytes_get_u16(number), header->ssrc, (uint32_t)len,
                              false, arrived_us, now_us);
    }
}

void endpoint_receive_rtp(struct endpoint *endpoint, uint8_t *data, size_t len, int64_t arrived_us,
                          int64_t now_us)
{
    struct rtp_header header;
    bool rtx = false;
    endpoint->rtp_received++;
    if (rtp_parse(data, len, &header) != 0) {
        endpoint->malformed++;
        return;
    }
    if (endpoint->twcc != NULL) {
        note_arrival(endpoint, data, len, &header, arrived_us, now_us);
    }
    struct endpoint_part *part = part_of(endpoint, data, &header, &rtx);
    if (part == NULL) {
        endpoint->unknown_ssrc++;
        return;
    }
    bool read =
        part->picture_receiver != NULL
            ? picture_receiver_receive(part->picture_receiver, data, &header, rtx, arrived_us,
                                       now_us)
            : voice_receiver_receive(part->voice_receiver, data, &header, rtx, arrived_us, now_us);
    endpoint->malformed += !read;
}

static void part_timeout(struct endpoint_part *part, int64_t now_us)
{
    if (part->voice_sender != NULL) {
        voice_sender_timeout(part->voice_sender, now_us);
    }
    if (part->picture_sender != NULL) {
        picture_sender_timeout(part->picture_sender, now_us);
    }
    if (part->picture_receiver != NULL) {
        picture_receiver_timeout(part->picture_receiver, now_us);
    }
}

void endpoint_timeout(struct endpoint *endpoint, int64_t now_us)
{
    send_path_update(&endpoint->path, now_us);
    for (size_t i = 0; i < endpoint->part_count; i++) {
        part_timeout(endpoint->parts[i], now_us);
    }
    struct pacer_item *item = pacer_pop(&endpoint->path.pacer, now_us);
    while (item != NULL) {
        picture_sender_leave(item, now_us);
        item = pacer_pop(&endpoint->path.pacer, now_us);
    }
    endpoint_rtcp_timeout(endpoint, now_us);
}

static int64_t part_deadline(const struct endpoint_part *part)
{
    int64_t due_us = part->voice_sender != NULL ? part->voice_sender->next_us : INT64_MAX;
    if (part->picture_sender != NULL) {
        due_us = min_i64(due_us, picture_sender_next_deadline(part->picture_sender));
    }
    if (part->picture_receiver != NULL) {
        due_us = min_i64(due_us, picture_receiver_next_deadline(part->picture_receiver));
    }
    return due_us;
}

int64_t endpoint_next_deadline(const struct endpoint *endpoint)
{
    int64_t due_us =
        min_i64(endpoint_rtcp_deadline(endpoint), send_path_next_deadline(&endpoint->path));
    for (size_t i = 0; i < endpoint->part_count; i++) {
        due_us = min_i64(due_us, part_deadline(endpoint->parts[i]));
    }
    return due_us;
}

void endpoint_speak(struct endpoint *endpoint, bool on, int64_t now_us)
{
    (void)now_us;
    endpoint->speaking = on;
    for (size_t i = 0; i < endpoint->part_count; i++) {
        if (endpoint->parts[i]->voice_sender != NULL) {
            voice_sender_speak(endpoint->parts[i]->voice_sender, on);
        }
    }
}

bool endpoint_voice(const struct endpoint *endpoint, uint64_t *place, int64_t *at_us)
{
    for (size_t i = 0; i < endpoint->part_count; i++) {
        const struct voice_sender *sender = endpoint->parts[i]->voice_sender;
        if (sender != NULL) {
            *place = sender->place;
            *at_us = sender->next_us;
            return true;
        }
    }
    return false;
}

void endpoint_stats(const struct endpoint *endpoint, int64_t now_us, struct stats *out)
{
    out->received_count = 0;
    out->sent_count = 0;
    for (size_t i = 0; i < endpoint->part_count; i++) {
        const struct endpoint_part *part = endpoint->parts[i];
        if (part->voice_receiver != NULL) {
            voice_receiver_stats(part->voice_receiver, &out->received[out->received_count++]);
        }
        if (part->voice_sender != NULL) {
            out->sent[out->sent_count++] = part->voice_sender->stats;
        }
        if (part->picture_receiver != NULL) {
            picture_receiver_stats(part->picture_receiver, now_us,
                                   &out->received[out->received_count++]);
        }
        if (part->picture_sender != NULL) {
            out->sent[out->sent_count++] = part->picture_sender->stats;
        }
    }
    out->rtp_received = endpoint->rtp_received;
    out->rtp_sent = endpoint->path.packets;
    out->malformed = endpoint->malformed;
    out->unknown_ssrc = endpoint->unknown_ssrc;
}

void endpoint_free(struct endpoint **endpoint)
{
    struct endpoint *old = *endpoint;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < old->part_count; i++) {
        part_free(&old->parts[i]);
    }
    send_path_deinit(&old->path);
    pool_free(&old->packets);
    demux_free(&old->demux);
    if (old->twcc != NULL) {
        twcc_recorder_deinit(old->twcc);
        free(old->twcc);
    }
    free(old);
    *endpoint = NULL;
}

#include "participant.h"

#include <stdlib.h>
#include <string.h>

#include "audio_report.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/minmax.h"
#include "nearby.h"
#include "rtp/rtp.h"
#include "rtp/rtp_ext.h"
#include "slot_repeat.h"

enum { AUDIO_OVERHEAD_BYTES = 60 /**< of a packet: RTP, SRTP, UDP, IP */ };

static void copy_section(struct demux_section *out, const struct session_media *media)
{
    *out = (struct demux_section){.exts = media->exts};
    out->sends = !media->rejected && media->client_sends;
    static_assert(sizeof(out->mid) == sizeof(media->mid), "a mid fits");
    static_assert(sizeof(out->rids) == sizeof(media->rids), "rids fit");
    memcpy(out->mid, media->mid, sizeof(out->mid));
    memcpy(out->rids, media->rids, sizeof(out->rids));
    out->rid_count = media->rid_count;
    for (size_t i = 0; i < media->codec_count; i++) {
        out->pts[out->pt_count++] = media->codecs[i].pt;
        if (media->codecs[i].rtx_pt != 0) {
            out->rtx_pts[out->rtx_pt_count++] = media->codecs[i].rtx_pt;
        }
    }
    for (size_t i = 0; i < media->ssrc_count && i < DEMUX_MAX_SSRCS; i++) {
        out->ssrcs[i] = media->ssrcs[i];
        out->rtx_ssrcs[i] = media->rtx_ssrcs[i];
        out->ssrc_count++;
    }
}

/** Tells the demultiplexer about all m-lines, and the transport about all SSRCs to come. */
static int configure_demux(struct participant *participant, const struct session *session)
{
    struct demux_section *sections = calloc(session->media_count + 1, sizeof(*sections));
    if (sections == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < session->media_count; i++) {
        copy_section(&sections[i], &session->media[i]);
    }
    int err = participant->demux == NULL
                  ? demux_new(&participant->demux, sections, session->media_count)
                  : demux_update(participant->demux, sections, session->media_count);
    for (size_t i = 0; i < session->media_count && err == 0; i++) {
        for (size_t j = 0; j < sections[i].ssrc_count; j++) {
            transport_expect_ssrc(participant->transport, sections[i].ssrcs[j]);
            if (sections[i].rtx_ssrcs[j] != 0) {
                transport_expect_ssrc(participant->transport, sections[i].rtx_ssrcs[j]);
            }
        }
    }
    free(sections);
    return err;
}

static int make_transport(struct participant *participant, struct transport_hub *hub,
                          const struct session *session)
{
    struct transport_config config = {
        .local_ufrag = session->local_ufrag,
        .local_pwd = session->local_pwd,
        .remote_ufrag = session->remote_ufrag,
        .remote_pwd = session->remote_pwd,
        .dtls_client = session->dtls_client,
    };
    for (size_t i = 0; i < session->fingerprint_count && i < SESSION_MAX_FINGERPRINTS; i++) {
        const struct session_fingerprint *from = &session->fingerprints[i];
        struct transport_fingerprint *to = &config.fingerprints[config.fingerprint_count++];
        memcpy(to->hash, from->hash, sizeof(to->hash));
        memcpy(to->value, from->value, sizeof(to->value));
        to->bytes = from->bytes;
    }
    return transport_new(&participant->transport, hub, &config, participant,
                         participant->context->now_us);
}

static bool wants_track(const struct session_media *media)
{
    return !media->rejected && media->client_sends && media->codec_count > 0;
}

struct track *participant_ending_track(const struct participant *participant,
                                       const struct session *session, size_t index)
{
    return index < session->media_count && wants_track(&session->media[index])
               ? NULL
               : participant->streams.tracks[index];
}

/** Who turns the camera off goes on sharing the screen, which ends by a re-offer. */
static void apply_mute(const struct participant *participant, struct track *track)
{
    bool muted = participant->muted[track->media.kind] && !track_is_screen(track);
    if (track->muted != muted) {
        track->muted = muted;
        track->revision++; /* who shows it chooses a layer anew */
        track->restage = true;
    }
}

static int update_track(struct participant *participant, size_t index,
                        const struct session_media *media)
{
    struct track **track = &participant->streams.tracks[index];
    if (!wants_track(media)) {
        track_free(track);
        return 0;
    }
    int err = 0;
    if (*track != NULL) {
        track_update(*track, media);
    } else {
        err = track_new(track, participant, participant->number, participant->context,
                        &participant->egress, &participant->streams.clock, media);
    }
    if (err == 0) {
        apply_mute(participant, *track);
    }
    return err;
}

/** Does the client give an id of this m-line another meaning in another one? */
static bool has_two_meanings(const struct session *session, uint8_t id, enum rtp_ext_kind kind)
{
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        for (size_t other = 0; other < RTP_EXT_COUNT && !media->rejected; other++) {
            if (media->exts.id[other] == id && other != (size_t)kind) {
                return true;
            }
        }
    }
    return false;
}

/**
 * Takes out of a slot's agreement what its client would misread. aiortc and werift give one id two
 * meanings within a bundle (INTEROP.md, "what a relay should do" 4); aiortc reads all packets with
 * one table and ends the call over an audio level that it takes for a send time. What transports
 * need stays: it is the meaning that wins there.
 */
static void keep_plain_exts(const struct session *session, struct session_media *media)
{
    for (size_t kind = 0; kind < RTP_EXT_COUNT; kind++) {
        bool needed =
            kind == RTP_EXT_MID || kind == RTP_EXT_ABS_SEND_TIME || kind == RTP_EXT_TRANSPORT_CC;
        uint8_t *id = &media->exts.id[kind];
        if (*id != 0 && !needed && has_two_meanings(session, *id, (enum rtp_ext_kind)kind)) {
            *id = 0;
        }
    }
}

static int update_slot(struct participant *participant, size_t index,
                       const struct session_media *media, bool two_byte_exts)
{
    struct slot **slot = &participant->streams.slots[index];
    bool wanted = !media->rejected && media->client_receives && media->codec_count > 0;
    if (!wanted) {
        if (*slot != NULL) {
            slot_rest(*slot);
        }
        return 0;
    }
    if (*slot != NULL && (*slot)->ssrc == media->slot_ssrc) {
        return slot_update(*slot, media, two_byte_exts);
    }
    slot_free(slot);
    return slot_new(slot, &participant->egress, media, two_byte_exts);
}

int participant_update(struct participant *participant, const struct session *session)
{
    struct streams *streams = &participant->streams;
    memcpy(participant->name, session->name, sizeof(participant->name));
    participant->audio_policy = session->audio_policy;
    participant->video_policy = session->video_policy;
    participant->from_number = session->from_number;
    int err = configure_demux(participant, session);
    if (err == 0) {
        err = reports_configure(&participant->reports, session);
    }
    if (err == 0) {
        err = egress_configure(&participant->egress, session);
    }
    for (size_t i = 0; i < session->media_count && err == 0; i++) {
        streams->count = i + 1 > streams->count ? i + 1 : streams->count;
        err = update_track(participant, i, &session->media[i]);
        if (err == 0) {
            struct session_media media = session->media[i];
            keep_plain_exts(session, &media);
            err = update_slot(participant, i, &media, session->extmap_allow_mixed);
        }
    }
    egress_touch(&participant->egress);
    return err;
}

int participant_new(struct participant **out, struct room_context *context,
                    struct transport_hub *hub, const struct session *session)
{
    struct participant *participant = calloc(1, sizeof(*participant));
    if (participant == NULL) {
        return ERR_NO_MEMORY;
    }
    participant->context = context;
    participant->number = session->number;
    list_init(&participant->link);
    list_init(&participant->ended_link);
    wheel_timer_init(&participant->timer.timer);
    participant->timer.kind = ROOM_TIMER_PARTICIPANT;
    timeline_clock_init(&participant->streams.clock);
    allocation_init(&participant->allocation);
    mixing_init(&participant->mixing);
    thin_link_init(&participant->link_width);
    egress_init(&participant->egress, context, NULL);
    int err = make_transport(participant, hub, session);
    if (err != 0) {
        participant_free(&participant);
        return err;
    }
    participant->egress.transport = participant->transport;
    reports_init(&participant->reports, context, &participant->egress, &participant->streams,
                 &participant->feedback, session);
    err = participant_update(participant, session);
    if (err != 0) {
        participant_free(&participant);
        return err;
    }
    feedback_init(&participant->feedback, context, &participant->egress, &participant->streams,
                  participant->demux);
    *out = participant;
    return 0;
}

/**
 * Takes the original out of a RTX packet: number, payload type and SSRC of the original, two bytes
 * less payload (RFC 4588 4). Nothing is moved: header and payload are views.
 */
static enum drop_reason unwrap_rtx(const struct track *track, const struct layer *layer,
                                   const struct packet *packet, struct rtp_header *header)
{
    if (header->payload_bytes == 0) {
        return DROP_RTP_PADDING_ONLY;
    }
    const struct session_codec *codec = session_codec_by_rtx_pt(&track->media, header->pt);
    if (header->payload_bytes < 2) {
        return DROP_RTX_MALFORMED;
    }
    if (codec == NULL) {
        return DROP_RTP_PAYLOAD_TYPE;
    }
    if (layer->ssrc == 0) {
        return DROP_RTP_NO_TRACK; /* repairs of a stream that has not begun */
    }
    header->seq = bytes_get_u16(packet->data + header->payload_offset);
    header->pt = codec->pt;
    header->ssrc = layer->ssrc;
    header->payload_offset = (uint16_t)(header->payload_offset + 2);
    header->payload_bytes = (uint16_t)(header->payload_bytes - 2);
    return DROP_NONE;
}

static void note_arrival(struct participant *participant, const struct packet *packet,
                         const struct rtp_header *header, const struct rtp_exts *exts)
{
    int32_t number = -1;
    if (exts->bytes[RTP_EXT_TRANSPORT_CC] >= 2) {
        number = bytes_get_u16(exts->at[RTP_EXT_TRANSPORT_CC]);
    }
    reports_note_arrival(&participant->reports, number, header->ssrc, packet->len, header->marker,
                         packet->arrival_us);
}

/** Finds the track of a parsed packet. */
static enum drop_reason find_track(struct participant *participant, const struct packet *packet,
                                   const struct rtp_header *header, struct demux_target *target)
{
    int err = demux_resolve(participant->demux, packet->data, header, target);
    if (err != 0) {
        return err == ERR_FULL ? DROP_SSRC_LIMIT : DROP_RTP_NO_TRACK;
    }
    if (target->learned) {
        transport_expect_ssrc(participant->transport, header->ssrc);
    }
    return target->section < participant->streams.count &&
                   participant->streams.tracks[target->section] != NULL
               ? DROP_NONE
               : DROP_RTP_NO_TRACK;
}

static enum drop_reason receive_rtp(struct participant *participant, struct packet *packet)
{
    struct rtp_header header;
    struct demux_target target;
    if (rtp_parse(packet->data, packet->len, &header) != 0) {
        return DROP_RTP_MALFORMED;
    }
    enum drop_reason reason = find_track(participant, packet, &header, &target);
    if (reason != DROP_NONE) {
        return reason;
    }
    struct track *track = participant->streams.tracks[target.section];
    track_prefetch(track, target.layer);
    struct rtp_exts exts;
    (void)rtp_ext_read(packet->data, &header, &track->media.exts, &exts);
    note_arrival(participant, packet, &header, &exts);
    if (target.is_rtx) {
        size_t index = target.layer < track->layer_count ? target.layer : 0;
        reason = unwrap_rtx(track, track->layers[index], packet, &header);
        if (reason != DROP_NONE) {
            return reason;
        }
        participant->rtx_received++;
        participant->context->counters.rtx_received++;
    }
    track_receive(track, target.layer, packet, &header, &exts, target.is_rtx);
    return DROP_NONE;
}

void participant_show_anew(struct participant *participant)
{
    for (size_t i = 0; i < participant->streams.count; i++) {
        if (participant->streams.slots[i] != NULL) {
            slot_want_keyframe(participant->streams.slots[i]);
        }
    }
}

void participant_check_path(struct participant *participant)
{
    uint32_t moves = transport_path_moves(participant->transport);
    if (moves == participant->path_moves) {
        return;
    }
    participant->path_moves = moves;
    thin_link_path_moved(&participant->link_width);
    egress_path_moved(&participant->egress);
    egress_touch(&participant->egress);
    participant_show_anew(participant);
}

/** What only the estimator takes comes from every receiver all the time, and hardly ever asks for
 * anything. */
static void receive_rtcp(struct participant *participant, const struct packet *packet)
{
    struct egress *egress = &participant->egress;
    if (feedback_receive(&participant->feedback, packet->data, packet->len, packet->arrival_us) ||
        allocation_is_urgent(&participant->allocation, egress)) {
        egress_touch(egress);
    } else {
        egress_touch_lightly(egress);
    }
}

/** He himself, and all that his packets need besides. */
static void note_nearby(struct participant *participant)
{
    struct near *near = &participant->near;
    nearby_note(near, &participant->egress, &participant->streams, participant->demux);
    near_add(near, participant, offsetof(struct participant, egress));
    near_add(near, &participant->reports, sizeof(participant->reports));
    near_add(near, &participant->streams, sizeof(participant->streams));
    near_add(near, &participant->feedback,
             offsetof(struct participant, audio_policy) - offsetof(struct participant, feedback));
}

void participant_receive(struct participant *participant, struct packet *packet,
                         enum transport_verdict verdict)
{
    participant->packets_received++;
    participant->bytes_received += packet->len;
    if (verdict == TRANSPORT_RTP) {
        egress_touch_lightly(&participant->egress);
        if (participant->packets_received % NEARBY_PACKETS == 1) {
            note_nearby(participant);
        }
        enum drop_reason reason = receive_rtp(participant, packet);
        if (reason != DROP_NONE) {
            room_context_drop(participant->context, reason);
        }
        return;
    }
    if (verdict == TRANSPORT_RTCP) {
        receive_rtcp(participant, packet);
    } else {
        egress_touch(&participant->egress);
    }
}

/** Pictures that have waited too long make way. */
static void drop_stale(struct participant *participant, int64_t now_us)
{
    struct pacer_flow *flow;
    while ((flow = send_queue_stale(&participant->egress.queue, now_us)) != NULL) {
        slot_starve(LIST_ENTRY(flow, struct slot, flow));
    }
}

/** Where probes go: the slot that has sent last. */
static struct slot *find_probed(const struct participant *participant)
{
    struct slot *best = NULL;
    for (size_t i = 0; i < participant->streams.count; i++) {
        struct slot *slot = participant->streams.slots[i];
        if (slot != NULL && slot_can_probe(slot) &&
            (best == NULL || slot->stats.sent_us > best->stats.sent_us)) {
            best = slot;
        }
    }
    return best;
}

static void send_probes(struct participant *participant)
{
    const struct estimator *estimator = participant->egress.estimator;
    if (estimator == NULL || !estimator_is_probing(estimator)) {
        return; /* as a rule: no need to look at all slots */
    }
    struct slot *slot = find_probed(participant);
    struct estimator_burst burst;
    while (slot != NULL && egress_probe_due(&participant->egress, &burst) &&
           slot_probe(slot, &burst)) {
    }
}

/** Looks once a second whether the voices that are forwarded to him are too much. */
static void judge_link(struct participant *participant, int64_t now_us)
{
    if (!thin_link_is_due(&participant->link_width, now_us)) {
        return;
    }
    const struct egress *egress = &participant->egress;
    struct thin_link_input input = {.target_bps = egress_target_bps(egress),
                                    .rtt_us = egress->rtt_us,
                                    .lost = egress->told_lost,
                                    .expected = egress->told_expected};
    for (size_t i = 0; i < participant->streams.count; i++) {
        const struct slot *slot = participant->streams.slots[i];
        if (slot != NULL && slot->agreed->media.kind == MEDIA_AUDIO) {
            input.bytes += slot->stats.octets + slot->stats.packets * AUDIO_OVERHEAD_BYTES;
            input.voices += slot->feed != NULL && !layer_is_made(slot->feed) ? 1 : 0;
        }
    }
    if (thin_link_update(&participant->link_width, &input, now_us)) {
        participant->restage = true;
        egress_touch(&participant->egress);
    }
    for (size_t i = 0; i < participant->streams.count; i++) {
        if (participant->streams.slots[i] != NULL) {
            slot_tell_width(participant->streams.slots[i], participant->link_width.narrow);
        }
    }
}

void participant_timeout(struct participant *participant, int64_t now_us)
{
    transport_timeout(participant->transport, now_us);
    for (size_t i = 0; i < participant->streams.count; i++) {
        if (participant->streams.tracks[i] != NULL) {
            track_timeout(participant->streams.tracks[i], now_us);
        }
        if (participant->streams.slots[i] != NULL) {
            slot_timeout(participant->streams.slots[i], now_us);
        }
    }
    egress_timeout(&participant->egress, now_us);
    drop_stale(participant, now_us);
    send_probes(participant);
    if (participant->egress.connected) {
        allocation_timeout(&participant->allocation, &participant->streams, &participant->egress);
        reports_timeout(&participant->reports, now_us);
        judge_link(participant, now_us);
    }
}

int64_t participant_next_deadline(const struct participant *participant)
{
    int64_t deadline = transport_next_deadline(participant->transport);
    for (size_t i = 0; i < participant->streams.count; i++) {
        if (participant->streams.tracks[i] != NULL) {
            deadline = min_i64(deadline, track_next_deadline(participant->streams.tracks[i]));
        }
        if (participant->streams.slots[i] != NULL) {
            deadline = min_i64(deadline, slot_next_deadline(participant->streams.slots[i]));
        }
    }
    if (participant->egress.connected) {
        deadline = min_i64(deadline, allocation_next_deadline(&participant->allocation));
        deadline = min_i64(deadline, egress_next_deadline(&participant->egress));
        deadline = min_i64(deadline, reports_next_deadline(&participant->reports));
    }
    return deadline;
}

bool participant_take_restage(struct participant *participant)
{
    bool restage = participant->restage;
    participant->restage = false;
    for (size_t i = 0; i < participant->streams.count; i++) {
        struct track *track = participant->streams.tracks[i];
        if (track != NULL && track->restage) {
            track->restage = false;
            restage = true;
        }
    }
    return restage;
}

struct slot *participant_slot(const struct participant *participant, const char *mid)
{
    for (size_t i = 0; i < participant->streams.count; i++) {
        struct slot *slot = participant->streams.slots[i];
        if (slot != NULL && strcmp(slot->mid, mid) == 0) {
            return slot;
        }
    }
    return NULL;
}

void participant_mute(struct participant *participant, enum media_kind kind, bool on)
{
    participant->muted[kind] = on;
    for (size_t i = 0; i < participant->streams.count; i++) {
        if (participant->streams.tracks[i] != NULL) {
            apply_mute(participant, participant->streams.tracks[i]);
        }
    }
}

/** What was lost on the way to us since the last report. */
static double uplink_loss(const struct participant *participant)
{
    uint64_t expected = 0;
    uint64_t lost = 0;
    for (size_t i = 0; i < participant->streams.count; i++) {
        const struct track *track = participant->streams.tracks[i];
        for (size_t j = 0; track != NULL && j < track->layer_count; j++) {
            uint32_t layer_expected;
            uint32_t layer_lost;
            recv_stats_take_loss(&track->layers[j]->stats, &layer_expected, &layer_lost);
            expected += layer_expected;
            lost += layer_lost;
        }
    }
    return expected == 0 ? 0 : (double)lost / (double)expected;
}

/** What the client's own reports say. */
static void report_reception(const struct participant *participant, struct event_report *out)
{
    const struct egress *egress = &participant->egress;
    if (egress->told_expected > 0) {
        out->sent_lost = (double)egress->told_lost / egress->told_expected;
    }
    for (size_t i = 0; i < participant->streams.count; i++) {
        const struct slot *slot = participant->streams.slots[i];
        if (slot != NULL && slot->feed != NULL) {
            int64_t jitter_us = (int64_t)slot->stats.jitter * 1000000 / slot->stats.clock_rate;
            out->jitter_us = jitter_us > out->jitter_us ? jitter_us : out->jitter_us;
        }
    }
}

void participant_report(struct participant *participant, struct event_report *out)
{
    *out = (struct event_report){
        .packets_received = participant->packets_received,
        .bytes_received = participant->bytes_received,
        .packets_sent = participant->egress.packets_sent,
        .bytes_sent = participant->egress.bytes_sent,
        .nacks_sent = participant->reports.nacks_sent,
        .nacks_received = participant->feedback.nacks_received,
        .rtx_received = participant->rtx_received,
        .keyframes_requested = participant->reports.keyframes_requested,
        .rtt_us = participant->egress.rtt_us,
        .available_bps = egress_target_bps(&participant->egress),
        .sent_bps = participant->egress.sent_bps,
    };
    out->received_lost = uplink_loss(participant);
    audio_report_received(&participant->streams, participant->context->now_us,
                          &out->audio_received);
    audio_report_sent(&participant->streams, &out->audio_sent);
    report_reception(participant, out);
    for (size_t i = 0; i < participant->streams.count; i++) {
        const struct track *track = participant->streams.tracks[i];
        const struct slot *slot = participant->streams.slots[i];
        for (size_t j = 0; track != NULL && j < track->layer_count; j++) {
            int64_t lost = recv_stats_lost(&track->layers[j]->stats);
            out->packets_lost += lost > 0 ? (uint64_t)lost : 0;
        }
        out->rtx_sent += slot != NULL ? slot->rtx_sent : 0;
    }
}

void participant_close(struct participant *participant, const char *cause)
{
    reports_bye(&participant->reports);
    transport_close(participant->transport, cause);
}

void participant_free(struct participant **participant)
{
    struct participant *old = *participant;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < old->streams.count; i++) {
        track_free(&old->streams.tracks[i]);
        slot_free(&old->streams.slots[i]);
    }
    reports_deinit(&old->reports);
    egress_deinit(&old->egress);
    demux_free(&old->demux);
    transport_free(&old->transport);
    free(old);
    *participant = NULL;
}

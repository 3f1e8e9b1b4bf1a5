#include "reports.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/minmax.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_fb.h"

enum { DATAGRAM_BYTES = 1200, NACKS_AT_ONCE = 64, REMB_SSRCS = 16 };

/** A stream without packets for so long is left out of reports (RFC 3550 6.4: those heard since the
 * last one). */
static const int64_t silent_us = 5000000;

/** A compound under construction. */
struct compound {
    struct bytes_out out;
    uint8_t data[DATAGRAM_BYTES];
};

void reports_init(struct reports *reports, struct room_context *context, struct egress *egress,
                  struct streams *streams, const struct feedback *feedback,
                  const struct session *session)
{
    *reports = (struct reports){
        .context = context,
        .egress = egress,
        .streams = streams,
        .feedback = feedback,
        .ssrc = rand_u32(&context->rand) | 1,
        .answered_us = INT64_MIN,
    };
    memcpy(reports->cname, session->cname, sizeof(reports->cname));
    reports->cname[sizeof(reports->cname) - 1] = '\0';
}

/** What the m-lines on which the client sends have agreed to. */
static void find_estimators(const struct session *session, bool *twcc, bool *remb)
{
    *twcc = false;
    *remb = false;
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        if (media->rejected || !media->client_sends) {
            continue;
        }
        for (size_t j = 0; j < media->codec_count; j++) {
            *twcc = *twcc ||
                    (media->codecs[j].transport_cc && media->exts.id[RTP_EXT_TRANSPORT_CC] != 0);
            *remb = *remb || media->codecs[j].goog_remb;
        }
    }
}

int reports_configure(struct reports *reports, const struct session *session)
{
    bool twcc;
    bool remb;
    find_estimators(session, &twcc, &remb);
    reports->reduced_size = session->rtcp_rsize;
    if (twcc && reports->twcc == NULL) {
        reports->twcc = malloc(sizeof(*reports->twcc));
        if (reports->twcc == NULL) {
            return ERR_NO_MEMORY;
        }
        twcc_recorder_init(reports->twcc);
    }
    if (!twcc && remb && reports->remb == NULL) {
        reports->remb = malloc(sizeof(*reports->remb));
        if (reports->remb == NULL) {
            return ERR_NO_MEMORY;
        }
        remb_sender_init(reports->remb);
    }
    for (size_t i = 0; i < session->media_count; i++) {
        if (!session->media[i].rejected && session->media[i].client_receives) {
            reports->ssrc = session->media[i].slot_ssrc;
            break;
        }
    }
    return 0;
}

void reports_note_arrival(struct reports *reports, int32_t number, uint32_t ssrc, uint32_t bytes,
                          bool marker, int64_t arrival_us)
{
    if (reports->twcc != NULL && number >= 0) {
        twcc_recorder_receive(reports->twcc, (uint16_t)number, ssrc, bytes, marker, arrival_us,
                              reports->context->now_us);
    } else if (reports->remb != NULL) {
        remb_sender_receive(reports->remb, bytes, reports->context->now_us);
    }
}

static void compound_begin(struct compound *compound)
{
    compound->out = bytes_out_over(compound->data, sizeof(compound->data));
}

static void compound_send(struct reports *reports, struct compound *compound)
{
    if (bytes_out_len(&compound->out) > 0) {
        egress_send_rtcp(reports->egress, compound->data, bytes_out_len(&compound->out));
    }
    compound_begin(compound);
}

/**
 * Fraction lost that an Opus sender is told: his own, or that of listeners whose losses nothing but
 * in-band FEC repairs. The cumulative number stays true, and with it what senders make of it for
 * their bandwidth.
 */
static uint8_t fraction_for_sender(struct layer *layer, uint8_t own, int64_t now_us)
{
    struct fec_loss_worst worst = {0};
    LIST_FOR_EACH(link, &layer->slots)
    {
        const struct slot *slot = LIST_ENTRY(link, struct slot, feed_link);
        const struct session_codec *opus = session_codec_by_kind(&slot->agreed->media, CODEC_OPUS);
        if (opus != NULL && opus->inband_fec && audio_repair_is_helpless(&slot->repair)) {
            fec_loss_add(&worst, audio_repair_loss(&slot->repair));
        }
    }
    return fec_loss_tell(&layer->fec, &worst, own, now_us);
}

/** Report blocks of all streams that have come. @return count */
static size_t gather_blocks(struct reports *reports,
                            struct rtcp_report_block blocks[RTCP_MAX_BLOCKS])
{
    int64_t now_us = reports->context->now_us;
    size_t count = 0;
    uint8_t worst = 0;
    for (size_t i = 0; i < reports->streams->count; i++) {
        struct track *track = reports->streams->tracks[i];
        for (size_t j = 0; track != NULL && j < track->layer_count; j++) {
            struct layer *layer = track->layers[j];
            if (!recv_stats_active(&layer->stats) || count == RTCP_MAX_BLOCKS ||
                now_us - layer->heard_us > silent_us) {
                continue;
            }
            struct rtcp_report_block *block = &blocks[count++];
            recv_stats_report(&layer->stats, now_us, block);
            block->ssrc = layer->ssrc;
            worst = block->fraction_lost > worst ? block->fraction_lost : worst;
            if (layer->media->kind == MEDIA_AUDIO) {
                block->fraction_lost = fraction_for_sender(layer, block->fraction_lost, now_us);
            }
        }
    }
    if (reports->remb != NULL && count > 0) {
        remb_sender_loss(reports->remb, worst, reports->context->now_us);
    }
    return count;
}

/** Answer to the peer's reference time, once for each (RFC 3611 4.5). */
static void write_dlrr(struct reports *reports, struct bytes_out *out)
{
    const struct feedback *feedback = reports->feedback;
    if (feedback->rrtr_ssrc == 0 || feedback->rrtr_us == reports->answered_us) {
        return;
    }
    int64_t delay_us = reports->context->now_us - feedback->rrtr_us;
    struct rtcp_dlrr entry = {.ssrc = feedback->rrtr_ssrc,
                              .lrr = feedback->rrtr_ntp,
                              .dlrr = (uint32_t)((delay_us << 16) / 1000000)};
    if (rtcp_write_dlrr(out, reports->ssrc, &entry, 1) == 0) {
        reports->answered_us = feedback->rrtr_us;
    }
}

/** SR or RR with blocks, then SDES; both or none. @return false when they do not fit */
static bool write_report(const struct reports *reports, struct bytes_out *out,
                         const struct rtcp_report *report, const struct rtcp_report_block *blocks,
                         size_t count)
{
    struct bytes_out before = *out;
    if (rtcp_write_report(out, report, blocks, count) != 0 ||
        rtcp_write_cname(out, report->ssrc, reports->cname) != 0) {
        *out = before;
        return false;
    }
    return true;
}

/** Numbers of a slot for its sender report. @return false when it sends nothing, or has not for a
 * while */
static bool slot_tells(struct slot *slot, int64_t now_us, struct sender_report *out)
{
    bool silent =
        slot->feed == NULL && slot->stats.packets > 0 && now_us - slot->stats.sent_us > silent_us;
    return !silent && slot_report(slot, out);
}

/** Compounds with a report of every stream that we send, and of every stream that comes. */
static void send_compounds(struct reports *reports)
{
    struct compound compound;
    struct rtcp_report_block blocks[RTCP_MAX_BLOCKS];
    size_t count = gather_blocks(reports, blocks);
    compound_begin(&compound);
    for (size_t i = 0; i < reports->streams->count; i++) {
        struct slot *slot = reports->streams->slots[i];
        struct sender_report sent;
        if (slot == NULL || !slot_tells(slot, reports->context->now_us, &sent)) {
            continue;
        }
        struct rtcp_report report = {.ssrc = slot->ssrc,
                                     .is_sender = true,
                                     .ntp = sent.ntp,
                                     .timestamp = sent.timestamp,
                                     .packets = sent.packets,
                                     .octets = sent.octets};
        if (!write_report(reports, &compound.out, &report, blocks, count)) {
            compound_send(reports, &compound);
            (void)write_report(reports, &compound.out, &report, blocks, count);
        }
        count = 0; /* told once */
    }
    if (bytes_out_len(&compound.out) == 0) {
        struct rtcp_report report = {.ssrc = reports->ssrc};
        (void)write_report(reports, &compound.out, &report, blocks, count);
    }
    write_dlrr(reports, &compound.out);
    compound_send(reports, &compound);
}

/** Feedback goes alone where that is agreed, else behind an empty report. */
static void feedback_begin(const struct reports *reports, struct compound *compound)
{
    compound_begin(compound);
    if (!reports->reduced_size) {
        struct rtcp_report report = {.ssrc = reports->ssrc};
        (void)write_report(reports, &compound->out, &report, NULL, 0);
    }
}

static void feedback_send(struct reports *reports, struct compound *compound)
{
    egress_send_rtcp(reports->egress, compound->data, bytes_out_len(&compound->out));
}

static void ask_repairs(struct reports *reports, struct layer *layer, int64_t now_us)
{
    if (layer->nacks == NULL) {
        return;
    }
    if (!layer_wanted(layer)) {
        nack_generator_reset(layer->nacks);
        return;
    }
    while (nack_generator_next_deadline(layer->nacks) <= now_us) {
        int64_t missing[NACKS_AT_ONCE];
        uint16_t seqs[NACKS_AT_ONCE];
        size_t count = 0;
        if (nack_generator_poll(layer->nacks, now_us, missing, NACKS_AT_ONCE, &count) ==
            ERR_NEED_KEYFRAME) {
            layer_want_keyframe(layer);
        }
        if (count == 0) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            seqs[i] = (uint16_t)missing[i];
        }
        struct compound compound;
        feedback_begin(reports, &compound);
        size_t written = rtcp_write_nack(&compound.out, reports->ssrc, layer->ssrc, seqs, count);
        feedback_send(reports, &compound);
        reports->nacks_sent += written;
        reports->context->counters.nacks_sent += written;
        if (count < NACKS_AT_ONCE) {
            break;
        }
    }
}

/** PLI where it is agreed, else FIR (RFC 5104 4.3.1), else nothing can be done. */
static void write_keyframe_request(struct reports *reports, const struct layer *layer,
                                   struct bytes_out *out)
{
    bool pli = false;
    bool fir = false;
    for (size_t i = 0; i < layer->media->codec_count; i++) {
        pli = pli || layer->media->codecs[i].nack_pli;
        fir = fir || layer->media->codecs[i].ccm_fir;
    }
    if (pli) {
        (void)rtcp_write_pli(out, reports->ssrc, layer->ssrc);
    } else if (fir) {
        struct rtcp_fir entry = {.ssrc = layer->ssrc, .command = ++reports->fir_command};
        (void)rtcp_write_fir(out, reports->ssrc, &entry, 1);
    }
}

static void ask_keyframe(struct reports *reports, struct layer *layer, int64_t now_us)
{
    if (layer->ssrc == 0 || !keyframe_request_poll(&layer->keyframes, now_us)) {
        return;
    }
    struct compound compound;
    feedback_begin(reports, &compound);
    write_keyframe_request(reports, layer, &compound.out);
    feedback_send(reports, &compound);
    reports->keyframes_requested++;
    reports->context->counters.keyframes_requested++;
}

static void send_twcc(struct reports *reports, int64_t now_us)
{
    if (reports->twcc == NULL) {
        return;
    }
    for (;;) {
        struct compound compound;
        feedback_begin(reports, &compound);
        size_t room = (size_t)(compound.out.end - compound.out.at);
        size_t len =
            twcc_recorder_poll(reports->twcc, reports->ssrc, now_us, compound.out.at, room);
        if (len == 0) {
            return;
        }
        (void)bytes_out_take(&compound.out, len);
        feedback_send(reports, &compound);
    }
}

static void send_remb(struct reports *reports, int64_t now_us)
{
    uint64_t bps;
    if (reports->remb == NULL || !remb_sender_poll(reports->remb, now_us, &bps)) {
        return;
    }
    uint32_t ssrcs[REMB_SSRCS];
    size_t count = 0;
    for (size_t i = 0; i < reports->streams->count; i++) {
        const struct track *track = reports->streams->tracks[i];
        for (size_t j = 0; track != NULL && j < track->layer_count; j++) {
            if (track->layers[j]->ssrc != 0 && count < REMB_SSRCS) {
                ssrcs[count++] = track->layers[j]->ssrc;
            }
        }
    }
    struct compound compound;
    feedback_begin(reports, &compound);
    (void)rtcp_write_remb(&compound.out, reports->ssrc, bps, ssrcs, count);
    feedback_send(reports, &compound);
}

void reports_timeout(struct reports *reports, int64_t now_us)
{
    if (report_schedule_next_deadline(&reports->egress->reports) <= now_us) {
        send_compounds(reports);
        report_schedule_sent(&reports->egress->reports, &reports->context->rand, now_us);
    }
    for (size_t i = 0; i < reports->streams->count; i++) {
        struct track *track = reports->streams->tracks[i];
        for (size_t j = 0; track != NULL && j < track->layer_count; j++) {
            ask_repairs(reports, track->layers[j], now_us);
            ask_keyframe(reports, track->layers[j], now_us);
        }
    }
    send_twcc(reports, now_us);
    send_remb(reports, now_us);
}

int64_t reports_next_deadline(const struct reports *reports)
{
    int64_t deadline = report_schedule_next_deadline(&reports->egress->reports);
    for (size_t i = 0; i < reports->streams->count; i++) {
        const struct track *track = reports->streams->tracks[i];
        for (size_t j = 0; track != NULL && j < track->layer_count; j++) {
            const struct layer *layer = track->layers[j];
            if (layer->nacks != NULL) {
                deadline = min_i64(deadline, nack_generator_next_deadline(layer->nacks));
            }
            if (layer->ssrc != 0) {
                deadline = min_i64(deadline, keyframe_request_next_deadline(&layer->keyframes));
            }
        }
    }
    if (reports->twcc != NULL) {
        deadline = min_i64(deadline, twcc_recorder_next_deadline(reports->twcc));
    }
    if (reports->remb != NULL) {
        deadline = min_i64(deadline, remb_sender_next_deadline(reports->remb));
    }
    return deadline;
}

void reports_bye(struct reports *reports)
{
    uint32_t ssrcs[RTCP_MAX_BYE];
    size_t count = 0;
    for (size_t i = 0; i < reports->streams->count && count < RTCP_MAX_BYE; i++) {
        const struct slot *slot = reports->streams->slots[i];
        if (slot != NULL && slot->stats.packets > 0) {
            ssrcs[count++] = slot->ssrc;
        }
    }
    if (count == 0) {
        return;
    }
    struct compound compound;
    compound_begin(&compound);
    struct rtcp_report report = {.ssrc = ssrcs[0]};
    (void)write_report(reports, &compound.out, &report, NULL, 0);
    (void)rtcp_write_bye(&compound.out, ssrcs, count);
    compound_send(reports, &compound);
}

void reports_deinit(struct reports *reports)
{
    if (reports->twcc != NULL) {
        twcc_recorder_deinit(reports->twcc);
        free(reports->twcc);
    }
    free(reports->remb);
    reports->twcc = NULL;
    reports->remb = NULL;
}

#include "egress.h"

#include <string.h>

#include "base/minmax.h"

enum {
    MEASURE_US = 1000000,
    TOLD_PACKETS = 500,    /**< memory of the loss that is reported */
    SETTLING_US = 5000000, /**< a client still looks for its best path: the first picture may be yet
                              to come, or has just come */
    PROBE_SHARE = 5,       /**< probes take at most one part in so many of what else is sent, ... */
    PROBE_CREDIT_MAX = PROBE_SHARE * 256 * 1024 /**< ... apart from what was saved up */
};

void egress_init(struct egress *egress, struct room_context *context, struct transport *transport)
{
    memset(egress, 0, sizeof(*egress));
    egress->context = context;
    egress->transport = transport;
    egress->window_us = context->now_us;
    context->haste++; /* until it is connected */
    list_init(&egress->touch_link);
    send_queue_init(&egress->queue, context->waiting);
    rtx_budget_init(&egress->rtx_budget);
    egress->probe_credit = PROBE_CREDIT_MAX;
    report_schedule_init(&egress->reports);
}

void egress_touch_lightly(struct egress *egress)
{
    if (!egress->touched) {
        egress->touched = true;
        list_append(&egress->context->touched, &egress->touch_link);
    }
}

void egress_touch(struct egress *egress)
{
    egress_touch_lightly(egress);
    egress->thorough = true;
}

bool egress_is_calm(const struct egress *egress)
{
    return egress->queue.pacer.count == 0 &&
           (egress->estimator == NULL || !estimator_is_probing(egress->estimator));
}

void egress_hurry_reports(struct egress *egress)
{
    report_schedule_hurry(&egress->reports, egress->context->now_us);
    egress_touch(egress);
}

bool egress_check(struct egress *egress)
{
    bool connected = transport_can_send(egress->transport);
    egress->context->haste += (uint32_t)egress->connected - (uint32_t)connected;
    egress->connected = connected;
    egress->overhead = (uint32_t)transport_overhead(egress->transport);
    return egress->connected;
}

/** What the receiving m-lines have agreed on. @return false when nothing is received */
static bool find_feedback(const struct session *session, bool *twcc)
{
    bool receives = false;
    *twcc = false;
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        if (media->rejected || !media->client_receives) {
            continue;
        }
        receives = true;
        for (size_t j = 0; j < media->codec_count; j++) {
            *twcc = *twcc ||
                    (media->codecs[j].transport_cc && media->exts.id[RTP_EXT_TRANSPORT_CC] != 0);
        }
    }
    return receives;
}

/** The path is open, or will be. */
static void sound(struct egress *egress)
{
    if (egress->connected) {
        estimator_sound(egress->estimator, transport_rtt_us(egress->transport),
                        egress->context->now_us);
        egress_touch(egress);
    }
    egress_follow_estimate(egress);
}

/** A new estimator in place of the one that there may be. */
static int start_afresh(struct egress *egress)
{
    const struct estimator_config config = {.start_bps = ESTIMATOR_START_BPS,
                                            .min_bps = ESTIMATOR_MIN_BPS,
                                            .max_bps = ESTIMATOR_MAX_BPS,
                                            .twcc = egress->twcc};
    struct estimator *estimator = NULL;
    int err = estimator_new(&estimator, &config, egress->context->now_us);
    if (err == 0) {
        estimator_free(&egress->estimator);
        egress->estimator = estimator;
        sound(egress);
    }
    return err;
}

int egress_configure(struct egress *egress, const struct session *session)
{
    bool twcc;
    if (!find_feedback(session, &twcc) || (egress->estimator != NULL && egress->twcc == twcc)) {
        return 0;
    }
    egress->twcc = twcc;
    return start_afresh(egress);
}

void egress_reconnected(struct egress *egress)
{
    if (egress->estimator == NULL) {
        return;
    }
    egress->opened_us = egress->context->now_us;
    if (egress->packets_sent == 0) {
        sound(egress);
    } else {
        (void)start_afresh(egress);
    }
}

static void close_window(struct egress *egress, int64_t now_us)
{
    uint64_t bytes = egress->wire_bytes - egress->window_bytes;
    egress->sent_bps = bytes * 8 * 1000000 / (uint64_t)(now_us - egress->window_us);
    egress->window_bytes = egress->wire_bytes;
    egress->window_us = now_us;
}

/** Closes the measuring window when a second is over. */
static inline void measure(struct egress *egress, int64_t now_us)
{
    if (now_us - egress->window_us >= MEASURE_US) {
        close_window(egress, now_us);
    }
}

/** What probes may take: a share of what else is sent, saved up to a bound. */
static uint64_t earn_probes(struct egress *egress)
{
    uint64_t credit = egress->probe_credit + (egress->wire_bytes - egress->credited_bytes);
    egress->credited_bytes = egress->wire_bytes;
    egress->probe_credit = credit < PROBE_CREDIT_MAX ? credit : PROBE_CREDIT_MAX;
    return egress->probe_credit;
}

/** A part of a probe has left, so many of wire_bytes. */
static void spend_probe(struct egress *egress, uint32_t wire_bytes)
{
    egress->credited_bytes += wire_bytes;
    uint64_t credit = earn_probes(egress);
    uint64_t cost = (uint64_t)PROBE_SHARE * wire_bytes;
    egress->probe_credit = credit > cost ? credit - cost : 0;
}

/** A packet has left: everybody is told who keeps books. Hot path. @return bytes on the wire */
static inline uint32_t account(struct egress *egress, uint16_t number, bool numbered, size_t len,
                               enum send_kind kind, uint32_t probe)
{
    int64_t now_us = egress->context->now_us;
    uint32_t wire_bytes = (uint32_t)len + egress->overhead;
    egress->packets_sent++;
    egress->bytes_sent += len;
    egress->wire_bytes += wire_bytes;
    if (probe != 0) {
        spend_probe(egress, wire_bytes);
    }
    measure(egress, now_us);
    pacer_sent(&egress->queue.pacer, wire_bytes);
    if (numbered && egress->twcc && egress->estimator != NULL) {
        estimator_sent(egress->estimator, number, wire_bytes, kind, probe, now_us);
    }
    return wire_bytes;
}

/** Writes a sending and lets it go. Hot path: no call of its own, whatever its size. @return bytes
 * on the wire, 0 when it could not be sent */
__attribute__((always_inline)) static inline uint32_t
leave(struct egress *egress, const struct sending *sending, size_t payload_bytes, uint32_t probe)
{
    /* draft-holmer-rmcat-transport-wide-cc-extensions-01 2 */
    bool numbered = sending->exts->number != 0 && !sending->again;
    uint32_t send_time = egress->context->abs_send_time;
    uint16_t number = numbered ? ++egress->twcc_number : 0;
    sending_keep(sending, &send_time, &number);
    uint8_t *data = transport_reserve(egress->transport);
    size_t len = sending_write(sending, payload_bytes, data, send_time, number);
    if (transport_send_rtp(egress->transport, data, len) != 0) {
        return 0;
    }
    return account(egress, number, numbered, len, sending->kind, probe);
}

size_t egress_send(struct egress *egress, const struct sending *sending, struct pacer_flow *flow,
                   enum allocator_class class)
{
    size_t payload_bytes = sending_payload_bytes(sending);
    if (payload_bytes == 0) {
        return 0;
    }
    int64_t now_us = egress->context->now_us;
    if (flow == NULL || pacer_passes(&egress->queue.pacer, now_us)) {
        (void)leave(egress, sending, payload_bytes, 0);
        return payload_bytes;
    }
    uint32_t bytes =
        (uint32_t)(RTP_HEADER_BYTES + sending->exts->bytes + payload_bytes) + egress->overhead;
    egress_touch(egress);
    return send_queue_push(&egress->queue, flow, class, sending, bytes, now_us) ? payload_bytes : 0;
}

void egress_note_wait(struct egress *egress, const struct packet *packet)
{
    int64_t now_us = egress->context->now_us;
    peak_note(&egress->waits, now_us - packet->arrival_us, now_us);
}

/** Lets a sending go that has waited, and its packet. */
static void leave_late(struct egress *egress, struct sending *sending)
{
    if (sending->kind != SEND_RTX) {
        egress_note_wait(egress, sending->packet);
    }
    (void)leave(egress, sending, sending_payload_bytes(sending), 0);
    packet_unref(&sending->packet);
}

bool egress_probe_due(struct egress *egress, struct estimator_burst *out)
{
    return egress->estimator != NULL && egress->connected &&
           estimator_probe(egress->estimator, egress->context->now_us, out) &&
           earn_probes(egress) >= (uint64_t)PROBE_SHARE * out->bytes;
}

uint32_t egress_probe(struct egress *egress, const struct sending *sending, uint32_t probe)
{
    size_t payload_bytes = sending_payload_bytes(sending);
    return payload_bytes > 0 ? leave(egress, sending, payload_bytes, probe) : 0;
}

uint32_t egress_pad(struct egress *egress, const struct padding *padding, uint32_t probe)
{
    bool numbered = padding->exts->number != 0;
    uint16_t number = numbered ? ++egress->twcc_number : 0;
    uint8_t *data = transport_reserve(egress->transport);
    size_t len = padding_write(padding, data, egress->context->abs_send_time, number);
    if (transport_send_rtp(egress->transport, data, len) != 0) {
        return 0;
    }
    return account(egress, number, numbered, len, SEND_PADDING, probe);
}

void egress_flush(struct egress *egress, struct pacer_flow *flow)
{
    struct sending sending;
    while (send_queue_take(&egress->queue, flow, &sending)) {
        leave_late(egress, &sending);
    }
}

void egress_forget(struct egress *egress, struct pacer_flow *flow)
{
    send_queue_forget(&egress->queue, flow);
}

/** Without transport-wide feedback only the sum matters, and not before a report comes. */
static void tell_sum(struct egress *egress)
{
    uint64_t bytes = egress->wire_bytes - egress->told_bytes;
    egress->told_bytes = egress->wire_bytes;
    if (!egress->twcc && bytes <= UINT32_MAX) {
        estimator_sent(egress->estimator, 0, (uint32_t)bytes, SEND_VIDEO, 0,
                       egress->context->now_us);
    }
}

void egress_reported(struct egress *egress, uint32_t expected, uint32_t lost, int64_t rtt_us)
{
    if (egress->told_expected > TOLD_PACKETS) {
        egress->told_expected /= 2;
        egress->told_lost /= 2;
    }
    egress->told_expected += expected;
    egress->told_lost += lost;
    if (egress->estimator != NULL) {
        tell_sum(egress);
        estimator_report(egress->estimator, expected, lost, rtt_us, egress->context->now_us);
        egress_follow_estimate(egress);
    }
}

void egress_follow_estimate(struct egress *egress)
{
    if (egress->estimator != NULL) {
        pacer_target(&egress->queue.pacer, estimator_pace_bps(egress->estimator),
                     estimator_has_room(egress->estimator), egress->context->now_us);
    }
}

void egress_path_moved(struct egress *egress)
{
    if (egress->estimator != NULL) {
        int64_t now_us = egress->context->now_us;
        estimator_path_moved(egress->estimator, now_us);
        if (now_us - egress->opened_us < SETTLING_US) {
            sound(egress);
        } else {
            egress_follow_estimate(egress);
        }
    }
}

uint64_t egress_target_bps(const struct egress *egress)
{
    return egress->estimator != NULL ? estimator_target_bps(egress->estimator) : UINT64_MAX;
}

void egress_demand(struct egress *egress, const struct estimator_demand *demand)
{
    if (egress->estimator != NULL) {
        estimator_demand(egress->estimator, demand, egress->context->now_us);
    }
}

void egress_timeout(struct egress *egress, int64_t now_us)
{
    measure(egress, now_us);
    if (egress->estimator != NULL) {
        estimator_timeout(egress->estimator, now_us);
        egress_follow_estimate(egress);
    }
    struct sending sending;
    while (egress->connected && send_queue_pop(&egress->queue, now_us, &sending)) {
        leave_late(egress, &sending);
    }
}

int64_t egress_next_deadline(const struct egress *egress)
{
    int64_t deadline = pacer_next_deadline(&egress->queue.pacer);
    if (egress->estimator != NULL) {
        deadline = min_i64(deadline, estimator_next_deadline(egress->estimator));
    }
    return deadline;
}

void egress_send_rtcp(struct egress *egress, const uint8_t *data, size_t len)
{
    if (!transport_can_send(egress->transport)) {
        return;
    }
    uint8_t *out = transport_reserve(egress->transport);
    memcpy(out, data, len);
    (void)transport_send_rtcp(egress->transport, out, len);
}

void egress_deinit(struct egress *egress)
{
    send_queue_deinit(&egress->queue);
    estimator_free(&egress->estimator);
    list_remove(&egress->touch_link);
    egress->touched = false;
    egress->context->haste -= !egress->connected;
}

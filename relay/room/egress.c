#include "egress.h"

#include <string.h>

void egress_init(struct egress *egress, struct room_context *context, struct transport *transport)
{
    memset(egress, 0, sizeof(*egress));
    egress->context = context;
    egress->transport = transport;
    list_init(&egress->touch_link);
    rtx_budget_init(&egress->rtx_budget);
    report_schedule_init(&egress->reports);
}

void egress_touch(struct egress *egress)
{
    if (!egress->touched) {
        egress->touched = true;
        list_append(&egress->context->touched, &egress->touch_link);
    }
}

void egress_hurry_reports(struct egress *egress)
{
    report_schedule_hurry(&egress->reports, egress->context->now_us);
    egress_touch(egress);
}

bool egress_check(struct egress *egress)
{
    egress->connected = transport_can_send(egress->transport);
    return egress->connected;
}

size_t egress_send(struct egress *egress, const struct sending *sending)
{
    size_t payload_bytes = sending_payload_bytes(sending);
    if (payload_bytes == 0) {
        return 0;
    }
    uint32_t send_time = egress->context->abs_send_time;
    /* draft-holmer-rmcat-transport-wide-cc-extensions-01 2 */
    uint16_t number = sending->exts->number != 0 && !sending->again ? ++egress->twcc_number : 0;
    sending_keep(sending, &send_time, &number);
    uint8_t *data = transport_reserve(egress->transport);
    size_t len = sending_write(sending, payload_bytes, data, send_time, number);
    if (transport_send_rtp(egress->transport, data, len) == 0) {
        egress->packets_sent++;
        egress->bytes_sent += len;
    }
    return payload_bytes;
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
    list_remove(&egress->touch_link);
    egress->touched = false;
}

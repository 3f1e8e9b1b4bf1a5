/** RTCP compounds and feedback: every view is read to its end, and reports survive being written
 * again. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_fb.h"

static void take_report(const struct rtcp_packet *packet)
{
    struct rtcp_report report;
    struct rtcp_report again;
    struct rtcp_report_block blocks[RTCP_MAX_BLOCKS];
    if (rtcp_report_parse(packet, &report) != 0) {
        return;
    }
    FUZZ_CHECK(report.block_count <= RTCP_MAX_BLOCKS);
    for (size_t i = 0; i < report.block_count; i++) {
        rtcp_report_block_at(&report, i, &blocks[i]);
    }
    uint8_t data[1500];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_reader reader;
    struct rtcp_packet written;
    FUZZ_CHECK(rtcp_write_report(&out, &report, blocks, report.block_count) == 0);
    rtcp_reader_init(&reader, data, bytes_out_len(&out));
    FUZZ_CHECK(rtcp_reader_next(&reader, &written) == 1);
    FUZZ_CHECK(rtcp_report_parse(&written, &again) == 0);
    FUZZ_CHECK(again.ssrc == report.ssrc && again.block_count == report.block_count);
    FUZZ_CHECK(memcmp(again.blocks, report.blocks, report.block_count * RTCP_BLOCK_BYTES) == 0);
}

static void take_feedback(const struct rtcp_packet *packet)
{
    struct rtcp_fb fb;
    size_t cursor = 0;
    uint16_t seq = 0;
    struct rtcp_fir fir;
    struct rtcp_remb remb;
    if (rtcp_fb_parse(packet, &fb) != 0) {
        return;
    }
    switch (fb.kind) {
    case RTCP_FB_NACK:
        FUZZ_CHECK(rtcp_fb_nack_next(&fb, &cursor, &seq));
        while (rtcp_fb_nack_next(&fb, &cursor, &seq)) {
        }
        break;
    case RTCP_FB_FIR:
        while (rtcp_fb_fir_next(&fb, &cursor, &fir)) {
        }
        break;
    case RTCP_FB_REMB:
        rtcp_fb_remb(&fb, &remb);
        for (size_t i = 0; i < remb.ssrc_count; i++) {
            (void)rtcp_remb_ssrc_at(&remb, i);
        }
        break;
    case RTCP_FB_TWCC:
    case RTCP_FB_PLI:
    case RTCP_FB_UNKNOWN:
        break;
    }
}

static void take_rest(const struct rtcp_packet *packet)
{
    const char *text = NULL;
    size_t len = 0;
    uint32_t ssrcs[RTCP_MAX_BYE];
    struct rtcp_xr xr;
    struct rtcp_dlrr dlrr;
    uint32_t ssrc = packet->body_bytes >= 4 ? bytes_get_u32(packet->body) : 0;
    if (rtcp_sdes_find(packet, ssrc, RTCP_SDES_CNAME, &text, &len) == 0) {
        FUZZ_CHECK((const uint8_t *)text >= packet->body &&
                   (const uint8_t *)text + len <= packet->body + packet->body_bytes);
    }
    (void)rtcp_bye_parse(packet, ssrcs);
    if (rtcp_xr_parse(packet, &xr) == 0) {
        for (size_t i = 0; i < xr.dlrr_count; i++) {
            rtcp_dlrr_at(&xr, i, &dlrr);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, len);
    int more = 0;
    while ((more = rtcp_reader_next(&reader, &packet)) > 0) {
        FUZZ_CHECK(packet.body >= data && packet.body + packet.body_bytes <= data + len);
        take_report(&packet);
        take_feedback(&packet);
        take_rest(&packet);
    }
    FUZZ_CHECK(len == 0 || rtcp_check(data, len) == more);
    return 0;
}

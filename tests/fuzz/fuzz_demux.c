/**
 * Bundle demultiplexer: packets of any content against sections of a browser, of werift, and of a
 * client without labels. The input is a row of packets, each with its length in front (2 bytes);
 * the last byte chooses the sections.
 */
#include <stdio.h>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "rtp/demux.h"

enum { SECTIONS = 4 };

static struct demux_section section(const char *mid, uint8_t pt, uint8_t rtx_pt)
{
    struct demux_section section = {.sends = true,
                                    .pts = {pt, 111},
                                    .pt_count = 2,
                                    .rtx_pts = {rtx_pt},
                                    .rtx_pt_count = rtx_pt != 0};
    (void)snprintf(section.mid, sizeof(section.mid), "%s", mid);
    return section;
}

/** Four sections whose labels and SSRCs depend on the bits of choice. */
static void choose_sections(uint8_t choice, struct demux_section sections[SECTIONS])
{
    sections[0] = section("0", 111, 0);
    sections[1] = section((choice & 1) != 0 ? "1" : "", 96, 97);
    sections[2] = section("2", 98, 99);
    sections[3] = section("3", 96, 97);
    sections[3].sends = (choice & 2) != 0;
    for (size_t i = 0; i < SECTIONS; i++) {
        sections[i].exts.id[RTP_EXT_MID] = (uint8_t)((choice & 4) != 0 ? i + 1 : 4);
        sections[i].exts.id[RTP_EXT_RID] = (choice & 8) != 0 ? 10 : 0;
        sections[i].exts.id[RTP_EXT_RRID] = (choice & 8) != 0 ? 11 : 0;
    }
    if ((choice & 16) != 0) {
        sections[2].rid_count = 3;
        (void)snprintf(sections[2].rids[0], DEMUX_RID_BYTES, "q");
        (void)snprintf(sections[2].rids[1], DEMUX_RID_BYTES, "h");
        (void)snprintf(sections[2].rids[2], DEMUX_RID_BYTES, "f");
    }
    if ((choice & 32) != 0) {
        sections[2].ssrc_count = 2;
        sections[2].ssrcs[0] = 0x01010101;
        sections[2].rtx_ssrcs[0] = 0x02020202;
        sections[2].ssrcs[1] = 0x05c38ee5;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0) {
        return 0;
    }
    struct demux_section sections[SECTIONS];
    struct demux *demux = NULL;
    choose_sections(data[len - 1], sections);
    FUZZ_CHECK(demux_new(&demux, sections, SECTIONS) == 0);
    struct bytes in = bytes_over(data, len - 1);
    size_t turn = 0;
    while (bytes_left(&in) > 2) {
        size_t bytes = bytes_u16(&in) & 0x7ff;
        const uint8_t *packet = bytes_take(&in, bytes < bytes_left(&in) ? bytes : bytes_left(&in));
        size_t packet_bytes = (size_t)(in.at - packet);
        struct rtp_header header;
        struct demux_target target;
        struct demux_target again;
        if (packet_bytes == 0 || rtp_parse(packet, packet_bytes, &header) != 0) {
            continue;
        }
        if (demux_resolve(demux, packet, &header, &target) == 0) {
            FUZZ_CHECK(target.section < SECTIONS && sections[target.section].sends);
            size_t layers = sections[target.section].rid_count;
            FUZZ_CHECK(target.layer < (layers > 0 ? layers : DEMUX_MAX_LAYERS));
            FUZZ_CHECK(demux_find_ssrc(demux, header.ssrc, &again) == 0);
            FUZZ_CHECK(again.section == target.section && again.layer == target.layer);
        }
        if (++turn % 16 == 0) {
            choose_sections((uint8_t)(data[len - 1] + turn), sections);
            FUZZ_CHECK(demux_update(demux, sections, SECTIONS) == 0);
        } else if (turn % 7 == 0) {
            demux_forget(demux, header.ssrc);
        }
    }
    demux_free(&demux);
    return 0;
}

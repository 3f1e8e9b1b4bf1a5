#include "rtp/rtcp_fb.h"

#include "base/err.h"

enum {
    NACK_ENTRY_BYTES = 4,
    NACK_ENTRY_NUMBERS = 17, /* PID and 16 bits of BLP */
    FIR_ENTRY_BYTES = 8,
    REMB_HEAD_BYTES = 8, /* name, SSRC count, exponent and mantissa */
    REMB_NAME = 0x52454d42,
    REMB_MANTISSA_BITS = 18,
    MAX_FCI_BYTES = 65535 * 4 - 8
};

static enum rtcp_fb_kind kind_of(const struct rtcp_packet *packet, const uint8_t *fci,
                                 size_t fci_bytes)
{
    if (packet->type == RTCP_RTPFB) {
        switch (packet->count) {
        case RTCP_FB_FORMAT_NACK:
            return RTCP_FB_NACK;
        case RTCP_FB_FORMAT_TWCC:
            return RTCP_FB_TWCC;
        default:
            return RTCP_FB_UNKNOWN;
        }
    }
    switch (packet->count) {
    case RTCP_FB_FORMAT_PLI:
        return RTCP_FB_PLI;
    case RTCP_FB_FORMAT_FIR:
        return RTCP_FB_FIR;
    case RTCP_FB_FORMAT_AFB:
        return fci_bytes >= REMB_HEAD_BYTES && bytes_get_u32(fci) == REMB_NAME ? RTCP_FB_REMB
                                                                               : RTCP_FB_UNKNOWN;
    default:
        return RTCP_FB_UNKNOWN;
    }
}

/** True when the FCI has the form that its kind demands. */
static bool well_formed(enum rtcp_fb_kind kind, const uint8_t *fci, size_t fci_bytes)
{
    switch (kind) {
    case RTCP_FB_NACK:
        return fci_bytes >= NACK_ENTRY_BYTES && fci_bytes % NACK_ENTRY_BYTES == 0;
    case RTCP_FB_FIR:
        return fci_bytes >= FIR_ENTRY_BYTES && fci_bytes % FIR_ENTRY_BYTES == 0;
    case RTCP_FB_REMB:
        return fci_bytes >= REMB_HEAD_BYTES + (size_t)fci[4] * 4;
    case RTCP_FB_TWCC:
    case RTCP_FB_PLI:
    case RTCP_FB_UNKNOWN:
        return true;
    }
    return false;
}

int rtcp_fb_parse(const struct rtcp_packet *packet, struct rtcp_fb *out)
{
    if (packet->type != RTCP_RTPFB && packet->type != RTCP_PSFB) {
        return ERR_INVALID;
    }
    struct bytes in = bytes_over(packet->body, packet->body_bytes);
    struct rtcp_fb fb = {.sender_ssrc = bytes_u32(&in), .media_ssrc = bytes_u32(&in)};
    if (in.failed) {
        return ERR_MALFORMED;
    }
    fb.fci_bytes = bytes_left(&in);
    fb.fci = in.at;
    fb.kind = kind_of(packet, fb.fci, fb.fci_bytes);
    if (!well_formed(fb.kind, fb.fci, fb.fci_bytes)) {
        return ERR_MALFORMED;
    }
    *out = fb;
    return 0;
}

bool rtcp_fb_nack_next(const struct rtcp_fb *fb, size_t *cursor, uint16_t *seq)
{
    for (;;) {
        size_t offset = *cursor / NACK_ENTRY_NUMBERS * NACK_ENTRY_BYTES;
        size_t number = *cursor % NACK_ENTRY_NUMBERS;
        if (offset + NACK_ENTRY_BYTES > fb->fci_bytes) {
            return false;
        }
        (*cursor)++;
        uint16_t pid = bytes_get_u16(fb->fci + offset);
        uint16_t blp = bytes_get_u16(fb->fci + offset + 2);
        if (number == 0 || (blp >> (number - 1) & 1) != 0) {
            *seq = (uint16_t)(pid + number);
            return true;
        }
    }
}

bool rtcp_fb_fir_next(const struct rtcp_fb *fb, size_t *cursor, struct rtcp_fir *out)
{
    size_t offset = *cursor * FIR_ENTRY_BYTES;
    if (offset + FIR_ENTRY_BYTES > fb->fci_bytes) {
        return false;
    }
    (*cursor)++;
    *out =
        (struct rtcp_fir){.ssrc = bytes_get_u32(fb->fci + offset), .command = fb->fci[offset + 4]};
    return true;
}

void rtcp_fb_remb(const struct rtcp_fb *fb, struct rtcp_remb *out)
{
    uint32_t rate = bytes_get_u24(fb->fci + 5);
    uint32_t exponent = rate >> REMB_MANTISSA_BITS;
    uint64_t mantissa = rate & ((1U << REMB_MANTISSA_BITS) - 1);
    uint64_t bps = mantissa << exponent;
    if (bps >> exponent != mantissa) {
        bps = UINT64_MAX;
    }
    *out = (struct rtcp_remb){
        .bps = bps, .ssrc_count = fb->fci[4], .ssrcs = fb->fci + REMB_HEAD_BYTES};
}

uint32_t rtcp_remb_ssrc_at(const struct rtcp_remb *remb, size_t index)
{
    return bytes_get_u32(remb->ssrcs + 4 * index);
}

/** Header and SSRCs of a feedback message with room for its FCI, in one piece or not at all. */
static int begin_feedback(struct bytes_out *out, enum rtcp_type type, uint8_t format,
                          uint32_t sender_ssrc, uint32_t media_ssrc, size_t fci_bytes,
                          struct bytes_out *fci)
{
    size_t bytes = RTCP_FB_HEADER_BYTES + fci_bytes;
    if (out->failed || (size_t)(out->end - out->at) < bytes) {
        return ERR_FULL;
    }
    uint8_t *at = bytes_out_take(out, bytes);
    at[0] = 0x80 | format;
    at[1] = (uint8_t)type;
    bytes_put_u16(at + 2, (uint16_t)(bytes / 4 - 1));
    bytes_put_u32(at + 4, sender_ssrc);
    bytes_put_u32(at + 8, media_ssrc);
    *fci = bytes_out_over(at + RTCP_FB_HEADER_BYTES, fci_bytes);
    return 0;
}

/** Packs as many of the first numbers as one entry takes. @return how many */
static size_t pack_entry(const uint16_t *seqs, size_t count, uint16_t *blp)
{
    *blp = 0;
    size_t packed = 1;
    while (packed < count) {
        uint16_t distance = (uint16_t)(seqs[packed] - seqs[0]);
        if (distance == 0 || distance > 16) {
            break;
        }
        *blp |= (uint16_t)(1U << (distance - 1));
        packed++;
    }
    return packed;
}

size_t rtcp_write_nack(struct bytes_out *out, uint32_t sender_ssrc, uint32_t media_ssrc,
                       const uint16_t *seqs, size_t count)
{
    size_t room = (size_t)(out->end - out->at);
    if (out->failed || count == 0 || room < RTCP_FB_HEADER_BYTES + NACK_ENTRY_BYTES) {
        return 0;
    }
    size_t max_bytes = room - RTCP_FB_HEADER_BYTES;
    if (max_bytes > MAX_FCI_BYTES) {
        max_bytes = MAX_FCI_BYTES;
    }
    uint16_t blp = 0;
    size_t fci_bytes = 0;
    size_t fitting = 0;
    while (fitting < count && fci_bytes + NACK_ENTRY_BYTES <= max_bytes) {
        fitting += pack_entry(seqs + fitting, count - fitting, &blp);
        fci_bytes += NACK_ENTRY_BYTES;
    }
    struct bytes_out fci;
    if (begin_feedback(out, RTCP_RTPFB, RTCP_FB_FORMAT_NACK, sender_ssrc, media_ssrc, fci_bytes,
                       &fci) != 0) {
        return 0;
    }
    for (size_t i = 0; i < fitting;) {
        size_t packed = pack_entry(seqs + i, fitting - i, &blp);
        bytes_out_u16(&fci, seqs[i]);
        bytes_out_u16(&fci, blp);
        i += packed;
    }
    return fitting;
}

int rtcp_write_pli(struct bytes_out *out, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    struct bytes_out fci;
    return begin_feedback(out, RTCP_PSFB, RTCP_FB_FORMAT_PLI, sender_ssrc, media_ssrc, 0, &fci);
}

int rtcp_write_fir(struct bytes_out *out, uint32_t sender_ssrc, const struct rtcp_fir *entries,
                   size_t count)
{
    if (count == 0 || count > MAX_FCI_BYTES / FIR_ENTRY_BYTES) {
        return ERR_INVALID;
    }
    struct bytes_out fci;
    int err = begin_feedback(out, RTCP_PSFB, RTCP_FB_FORMAT_FIR, sender_ssrc, 0,
                             count * FIR_ENTRY_BYTES, &fci);
    if (err != 0) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        bytes_out_u32(&fci, entries[i].ssrc);
        bytes_out_u8(&fci, entries[i].command);
        bytes_out_u24(&fci, 0);
    }
    return 0;
}

int rtcp_write_remb(struct bytes_out *out, uint32_t sender_ssrc, uint64_t bps,
                    const uint32_t *ssrcs, size_t count)
{
    if (count > RTCP_REMB_MAX_SSRCS) {
        return ERR_INVALID;
    }
    struct bytes_out fci;
    int err = begin_feedback(out, RTCP_PSFB, RTCP_FB_FORMAT_AFB, sender_ssrc, 0,
                             REMB_HEAD_BYTES + count * 4, &fci);
    if (err != 0) {
        return err;
    }
    uint32_t exponent = 0;
    while (bps >> exponent >= 1U << REMB_MANTISSA_BITS) {
        exponent++;
    }
    bytes_out_u32(&fci, REMB_NAME);
    bytes_out_u8(&fci, (uint8_t)count);
    bytes_out_u24(&fci, exponent << REMB_MANTISSA_BITS | (uint32_t)(bps >> exponent));
    for (size_t i = 0; i < count; i++) {
        bytes_out_u32(&fci, ssrcs[i]);
    }
    return 0;
}

#include "support/leg_pair.h"

#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/red.h"
#include "rtp/rtp.h"

enum {
    START_US = 1000000,
    DELAY_US = 20000,
    TWCC_ID = 3,
    MID_ID = 4,
    LEVEL_ID = 1,
    RED_PT = 63,
    SOUND_STEP = 960
};

static void send(struct leg_end *end, const uint8_t *data, size_t len)
{
    static const struct addr nowhere;
    network_send(end->pair->network, end->link, &nowhere, &nowhere, data, len, end->pair->now_us);
}

static bool is_original(const struct leg_end *end, uint32_t ssrc)
{
    for (size_t i = 0; i < end->agreement.stream_count; i++) {
        const struct agreement_stream *stream = &end->agreement.streams[i];
        for (size_t j = 0; stream->sends && j < stream->layer_count; j++) {
            if (stream->ssrcs[j] == ssrc) {
                return true;
            }
        }
    }
    return false;
}

/** Makes a packet one with a copy of the one before. @return its length */
static size_t wrap(struct leg_pair *pair, const uint8_t *data, size_t len, uint8_t *out)
{
    struct rtp_header header;
    if (rtp_parse(data, len, &header) != 0) {
        return 0;
    }
    struct red_part parts[2];
    size_t count = 0;
    const uint8_t *payload = data + header.payload_offset;
    if (pair->before_len > 0) {
        parts[count++] = (struct red_part){.at = pair->before,
                                           .timestamp_offset = SOUND_STEP,
                                           .bytes = (uint16_t)pair->before_len};
    }
    parts[count++] = (struct red_part){.at = payload, .bytes = header.payload_bytes};
    memcpy(out, data, header.payload_offset);
    out[1] = RED_PT;
    red_write(out + header.payload_offset, header.pt, parts, count);
    size_t bytes = header.payload_offset + red_bytes(parts, count);
    memcpy(pair->before, payload, header.payload_bytes);
    pair->before_len = header.payload_bytes;
    return bytes;
}

static void take_rtp(void *owner, uint8_t *data, size_t len)
{
    struct leg_end *end = owner;
    struct leg_pair *pair = end->pair;
    uint8_t wrapped[NETWORK_MAX_DATAGRAM];
    end->rtp++;
    if (pair->red && end == &pair->ends[LEG_SENDER]) {
        len = wrap(pair, data, len, wrapped);
        data = wrapped;
    }
    if (end == &pair->ends[LEG_SENDER] && is_original(end, bytes_get_u32(data + 8))) {
        pair->originals++;
        if (pair->drop_each != 0 && pair->originals % pair->drop_each == 0) {
            pair->dropped++;
            return;
        }
    }
    send(end, data, len);
}

static void take_rtcp(void *owner, uint8_t *data, size_t len)
{
    struct leg_end *end = owner;
    end->rtcp++;
    send(end, data, len);
}

/** One more m-line at both ends. */
static void add_stream(struct leg_pair *pair, const struct agreement_stream *common, uint32_t ssrc)
{
    for (size_t i = 0; i < LEG_ENDS; i++) {
        struct agreement *agreement = &pair->ends[i].agreement;
        struct agreement_stream *stream = &agreement->streams[agreement->stream_count];
        *stream = *common;
        stream->sends = i == LEG_SENDER;
        stream->receives = i == LEG_RECEIVER;
        stream->mid[0] = (char)('0' + agreement->stream_count++);
        stream->nack = true;
        stream->transport_cc = true;
        stream->exts.id[RTP_EXT_TRANSPORT_CC] = TWCC_ID;
        stream->exts.id[RTP_EXT_MID] = MID_ID;
        if (i == LEG_SENDER) {
            stream->ssrcs[0] = ssrc;
            stream->rtx_ssrcs[0] = ssrc + 1;
            stream->layer_count = 1;
        }
        agreement->report_ssrc = 0x100 + (uint32_t)i;
        memcpy(agreement->cname, "pair", 5);
    }
}

void leg_pair_sound(struct leg_pair *pair)
{
    struct agreement_stream stream = {
        .kind = LOAD_AUDIO, .pt = 111, .rtx_pt = 112, .red_pt = RED_PT};
    stream.exts.id[RTP_EXT_AUDIO_LEVEL] = LEVEL_ID;
    add_stream(pair, &stream, 0x1000);
}

void leg_pair_pictures(struct leg_pair *pair)
{
    const struct agreement_stream stream = {
        .kind = LOAD_VIDEO, .pt = 96, .rtx_pt = 97, .pli = true, .remb = true};
    add_stream(pair, &stream, 0x2000);
}

int leg_pair_start(struct leg_pair *pair, const struct content *content,
                   const struct link_config *link, const struct endpoint_tap *tap)
{
    static const struct link_config good = {.delay_us = DELAY_US};
    pair->now_us = START_US;
    int err = network_new(&pair->network, 7);
    for (size_t i = 0; err == 0 && i < LEG_ENDS; i++) {
        struct leg_end *end = &pair->ends[i];
        const struct endpoint_output output = {take_rtp, take_rtcp, end};
        const struct endpoint_config config = {.agreement = &end->agreement,
                                               .content = content,
                                               .caller = (uint32_t)i + 1,
                                               .tone = (unsigned)i,
                                               .tap = i == LEG_RECEIVER ? tap : NULL,
                                               .seed = i + 1};
        end->pair = pair;
        err = network_add_link(pair->network, link == NULL ? &good : link, &end->link);
        err = err != 0 ? err : endpoint_new(&end->endpoint, &config, &output, pair->now_us);
    }
    return err;
}

static void deliver(struct leg_pair *pair, struct network_datagram *datagram)
{
    struct leg_end *to =
        &pair->ends[datagram->link == pair->ends[LEG_SENDER].link ? LEG_RECEIVER : LEG_SENDER];
    if (rtp_is_rtcp(datagram->data, datagram->len)) {
        endpoint_receive_rtcp(to->endpoint, datagram->data, datagram->len, datagram->arrival_us,
                              pair->now_us);
    } else {
        endpoint_receive_rtp(to->endpoint, datagram->data, datagram->len, datagram->arrival_us,
                             pair->now_us);
    }
    network_give_back(pair->network, datagram);
}

static int64_t next_us(const struct leg_pair *pair)
{
    int64_t due_us = network_next_arrival(pair->network);
    for (size_t i = 0; i < LEG_ENDS; i++) {
        int64_t end_us = endpoint_next_deadline(pair->ends[i].endpoint);
        due_us = end_us < due_us ? end_us : due_us;
    }
    return due_us;
}

void leg_pair_run(struct leg_pair *pair, int64_t for_us)
{
    int64_t end_us = pair->now_us + for_us;
    for (int64_t due_us = next_us(pair); due_us <= end_us; due_us = next_us(pair)) {
        struct network_datagram *datagram;
        pair->now_us = due_us > pair->now_us ? due_us : pair->now_us;
        while ((datagram = network_take(pair->network, pair->now_us)) != NULL) {
            deliver(pair, datagram);
        }
        for (size_t i = 0; i < LEG_ENDS; i++) {
            if (endpoint_next_deadline(pair->ends[i].endpoint) <= pair->now_us) {
                endpoint_timeout(pair->ends[i].endpoint, pair->now_us);
            }
        }
    }
    pair->now_us = end_us;
}

void leg_pair_deinit(struct leg_pair *pair)
{
    for (size_t i = 0; i < LEG_ENDS; i++) {
        endpoint_free(&pair->ends[i].endpoint);
    }
    network_free(&pair->network);
}

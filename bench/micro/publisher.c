#include "publisher.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/rand.h"
#include "relay/transport/srtp_session.h"
#include "rtp/rtp.h"

enum {
    VP8_DESCRIPTOR_BYTES = 6,
    VP8_HEADER_BYTES = 10, /**< of a keyframe (RFC 6386 9.1) */
    COUNTER_AT = VP8_DESCRIPTOR_BYTES + VP8_HEADER_BYTES,
    NOISE_AT = COUNTER_AT + 8,
    VIDEO_INTERVAL_US = 33333,
    AUDIO_INTERVAL_US = 20000,
    VIDEO_CLOCK_HZ = 90000,
    AUDIO_CLOCK_HZ = 48000,
    REPORT_BYTES = 28,
    WIDTH = 1280,
    HEIGHT = 720
};

struct publisher {
    struct publisher_config config;
    struct srtp_session *session;
    uint8_t key[SRTP_SESSION_MAX_KEY];
    uint64_t counter; /**< packets so far */
    uint64_t frame;   /**< bursts so far */
    uint64_t bytes;   /**< of payload */
    uint8_t noise[DATAGRAM_BYTES];
};

const struct rtp_ext_map publisher_exts = {.id = {
                                               [RTP_EXT_MID] = PUBLISHER_MID_ID,
                                               [RTP_EXT_ABS_SEND_TIME] = PUBLISHER_SEND_TIME_ID,
                                               [RTP_EXT_TRANSPORT_CC] = PUBLISHER_NUMBER_ID,
                                               [RTP_EXT_AUDIO_LEVEL] = PUBLISHER_LEVEL_ID,
                                           }};

int publisher_new(struct publisher **out, const struct publisher_config *config)
{
    if (config->packet_bytes > DATAGRAM_BYTES - SRTP_SESSION_MAX_TRAILER ||
        config->packet_bytes < 80) {
        return ERR_INVALID;
    }
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    if (publisher == NULL) {
        return ERR_NO_MEMORY;
    }
    publisher->config = *config;
    memcpy(publisher->key, config->key, srtp_session_key_bytes(config->profile));
    struct rand rand;
    rand_init(&rand, 1);
    rand_fill(&rand, publisher->noise, sizeof(publisher->noise));
    /* nothing is ever received here: the other direction's key does not matter */
    int err =
        srtp_session_new(&publisher->session, config->profile, publisher->key, publisher->key);
    if (err != 0) {
        publisher_free(&publisher);
        return err;
    }
    *out = publisher;
    return 0;
}

int64_t publisher_interval_us(const struct publisher *publisher)
{
    return publisher->config.video ? VIDEO_INTERVAL_US : AUDIO_INTERVAL_US;
}

int64_t publisher_count(const struct publisher *publisher)
{
    return (int64_t)publisher->counter;
}

static uint32_t timestamp_of(const struct publisher *publisher, uint64_t frame)
{
    uint64_t clock = publisher->config.video ? VIDEO_CLOCK_HZ : AUDIO_CLOCK_HZ;
    return (uint32_t)(frame * (uint64_t)publisher_interval_us(publisher) * clock / 1000000);
}

static size_t write_exts(const struct publisher *publisher, uint8_t *out, int64_t now_us)
{
    uint8_t send_time[3];
    uint8_t number[2];
    uint8_t level = 0x80 | 30; /* voice, -30 dBov */
    bytes_put_u24(send_time, (uint32_t)(((uint64_t)now_us << 18) / 1000000) & 0xFFFFFF);
    bytes_put_u16(number, (uint16_t)publisher->counter);
    const struct rtp_ext_element elements[] = {
        {.id = PUBLISHER_MID_ID, .bytes = 1, .at = (const uint8_t *)"0"},
        {.id = PUBLISHER_SEND_TIME_ID, .bytes = sizeof(send_time), .at = send_time},
        {.id = PUBLISHER_NUMBER_ID, .bytes = sizeof(number), .at = number},
        {.id = PUBLISHER_LEVEL_ID, .bytes = 1, .at = &level},
    };
    return rtp_ext_write(out, 32, elements, publisher->config.video ? 3 : 4, false);
}

/** VP8 descriptor and frame header; audio has neither and the same bytes are Opus to nobody. */
static void write_vp8(const struct publisher *publisher, uint8_t *out, bool start)
{
    bool keyframe = publisher->frame == 0;
    out[0] = start ? 0x90 : 0x80; /* X, S */
    out[1] = 0xF0;                /* I, L, T, K */
    bytes_put_u16(out + 2, (uint16_t)(0x8000 | (publisher->frame & 0x7FFF)));
    out[4] = (uint8_t)publisher->frame;
    out[5] = 0;
    uint8_t *header = out + VP8_DESCRIPTOR_BYTES;
    memset(header, 0, VP8_HEADER_BYTES);
    header[0] = keyframe ? 0x10 : 0x11;
    if (keyframe && start) {
        const uint8_t start_code[3] = {0x9D, 0x01, 0x2A};
        memcpy(header + 3, start_code, sizeof(start_code));
        header[6] = WIDTH & 0xFF;
        header[7] = WIDTH >> 8;
        header[8] = HEIGHT & 0xFF;
        header[9] = HEIGHT >> 8;
    }
}

static int write_packet(struct publisher *publisher, int64_t now_us, size_t index,
                        struct datagram *out)
{
    const struct publisher_config *config = &publisher->config;
    uint8_t *data = out->data;
    bool last = index + 1 == config->burst;
    size_t at = RTP_HEADER_BYTES;
    at += write_exts(publisher, data + at, now_us);
    data[0] = 0x90; /* version 2, extensions */
    data[1] = config->video ? PUBLISHER_VIDEO_PT | (last ? 0x80 : 0) : PUBLISHER_AUDIO_PT;
    bytes_put_u16(data + 2, (uint16_t)(1000 + publisher->counter));
    bytes_put_u32(data + 4, timestamp_of(publisher, publisher->frame));
    bytes_put_u32(data + 8, publisher->config.ssrc);
    uint8_t *payload = data + at;
    size_t bytes = config->packet_bytes - (index < config->shorter ? 1 : 0);
    size_t payload_bytes = bytes - at;
    write_vp8(publisher, payload, index == 0);
    bytes_put_u64(payload + COUNTER_AT, publisher->counter);
    memcpy(payload + NOISE_AT, publisher->noise, payload_bytes - NOISE_AT);
    publisher->counter++;
    publisher->bytes += payload_bytes;
    out->len = bytes;
    return srtp_session_protect_rtp(publisher->session, data, &out->len);
}

int publisher_burst(struct publisher *publisher, int64_t now_us, struct datagram *out)
{
    int err = 0;
    for (size_t i = 0; i < publisher->config.burst && err == 0; i++) {
        err = write_packet(publisher, now_us, i, &out[i]);
    }
    publisher->frame++;
    return err;
}

int publisher_report(struct publisher *publisher, int64_t now_us, struct datagram *out)
{
    uint8_t *data = out->data;
    uint64_t ntp =
        ((uint64_t)(now_us / 1000000) << 32) | ((((uint64_t)now_us % 1000000) << 32) / 1000000);
    data[0] = 0x80;
    data[1] = 200; /* SR without blocks, alone: reduced-size (RFC 5506) */
    bytes_put_u16(data + 2, REPORT_BYTES / 4 - 1);
    bytes_put_u32(data + 4, publisher->config.ssrc);
    bytes_put_u64(data + 8, ntp);
    bytes_put_u32(data + 16, timestamp_of(publisher, publisher->frame));
    bytes_put_u32(data + 20, (uint32_t)publisher->counter);
    bytes_put_u32(data + 24, (uint32_t)publisher->bytes);
    out->len = REPORT_BYTES;
    return srtp_session_protect_rtcp(publisher->session, data, &out->len);
}

int64_t publisher_recognise(const struct publisher *publisher, const uint8_t *data, size_t len)
{
    struct rtp_header header;
    if (rtp_parse(data, len, &header) != 0 || header.payload_bytes < NOISE_AT) {
        return -1;
    }
    const uint8_t *payload = data + header.payload_offset;
    if (memcmp(payload + NOISE_AT, publisher->noise, header.payload_bytes - NOISE_AT) != 0) {
        return -1;
    }
    uint64_t counter = bytes_get_u64(payload + COUNTER_AT);
    bool start = !publisher->config.video || counter % publisher->config.burst == 0;
    if (counter >= publisher->counter || ((payload[0] & 0x10) != 0) != start) {
        return -1;
    }
    return (int64_t)counter;
}

void publisher_free(struct publisher **publisher)
{
    if (*publisher != NULL) {
        srtp_session_free(&(*publisher)->session);
        free(*publisher);
        *publisher = NULL;
    }
}

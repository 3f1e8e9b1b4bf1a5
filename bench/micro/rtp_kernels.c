#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "cpu_clock.h"
#include "kernels.h"
#include "media/stream_rewrite.h"
#include "media/vp8_rewrite.h"
#include "publisher.h"
#include "rtp/rtp.h"
#include "rtp/vp8_payload.h"

enum { STEPS = 20000, PACKETS = 64, PACKET_BYTES = 1200 };

struct rtp_bench {
    struct datagram packets[PACKETS]; /**< plain */
    struct stream_rewrite *rewrite;
    struct vp8_rewrite vp8;
    int64_t seq;
    uint32_t sink; /**< takes results, so that nothing is optimised away */
};

static void rtp_close(void *state)
{
    struct rtp_bench *bench = state;
    if (bench != NULL) {
        stream_rewrite_free(&bench->rewrite);
        free(bench);
    }
}

static int rtp_open(void **state, const void *argument)
{
    static const uint8_t no_key[1];
    (void)argument;
    struct rtp_bench *bench = aligned_alloc(64, (sizeof(*bench) + 63) / 64 * 64);
    if (bench == NULL) {
        return ERR_NO_MEMORY;
    }
    memset(bench, 0, sizeof(*bench));
    struct rand rand;
    rand_init(&rand, 1);
    struct publisher *publisher = NULL;
    const struct publisher_config config = {.video = true,
                                            .burst = PACKETS,
                                            .packet_bytes = PACKET_BYTES,
                                            .profile = SRTP_PROFILE_NULL,
                                            .key = no_key};
    const struct stream_rewrite_config rewrite = {
        .clock_rate = 90000, .window = STREAM_REWRITE_VIDEO_WINDOW, .min_step = 1};
    int err = publisher_new(&publisher, &config);
    if (err == 0) {
        err = publisher_burst(publisher, 0, bench->packets);
    }
    publisher_free(&publisher);
    if (err == 0) {
        err = stream_rewrite_new(&bench->rewrite, &rewrite, &rand);
    }
    if (err != 0) {
        rtp_close(bench);
        return err;
    }
    stream_rewrite_switch(bench->rewrite, 1, 0, 0, 0, INT64_MIN);
    vp8_rewrite_init(&bench->vp8, &rand);
    *state = bench;
    return 0;
}

static double parse_round(void *state)
{
    struct rtp_bench *bench = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < STEPS; i++) {
        const struct datagram *packet = &bench->packets[i % PACKETS];
        struct rtp_header header;
        struct rtp_exts exts;
        if (rtp_parse(packet->data, packet->len, &header) != 0) {
            return -1;
        }
        (void)rtp_ext_read(packet->data, &header, &publisher_exts, &exts);
        bench->sink += bytes_get_u16(exts.at[RTP_EXT_TRANSPORT_CC]);
    }
    return (double)(cpu_clock_ns() - start) / STEPS;
}

/** What any forwarder must do at least: number, timestamp, SSRC. */
static double plain_rewrite_round(void *state)
{
    struct rtp_bench *bench = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < STEPS; i++) {
        uint8_t *data = bench->packets[i % PACKETS].data;
        bytes_put_u16(data + 2, (uint16_t)(bytes_get_u16(data + 2) + 1));
        bytes_put_u32(data + 4, bytes_get_u32(data + 4) + 3000);
        bytes_put_u32(data + 8, (uint32_t)i);
    }
    return (double)(cpu_clock_ns() - start) / STEPS;
}

/** What a slot does: numbers that stay continuous over changes of feed, VP8 descriptor too. */
static double slot_rewrite_round(void *state)
{
    struct rtp_bench *bench = state;
    struct vp8_payload vp8;
    struct rtp_header header;
    if (rtp_parse(bench->packets[0].data, bench->packets[0].len, &header) != 0 ||
        vp8_payload_parse(bench->packets[0].data + header.payload_offset, header.payload_bytes,
                          &vp8) != 0) {
        return -1;
    }
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < STEPS; i++) {
        uint8_t *data = bench->packets[i % PACKETS].data;
        struct stream_rewrite_out out;
        struct vp8_numbers numbers;
        uint32_t frame = (uint32_t)(bench->seq / 10);
        vp8.picture_id = (uint16_t)(frame & 0x7FFF);
        vp8.tl0picidx = (uint8_t)frame;
        if (!stream_rewrite_forward(bench->rewrite, bench->seq, frame * 3000, bench->seq % 10 == 9,
                                    frame * 33333, &out) ||
            !vp8_rewrite_forward(&bench->vp8, out.change, out.late, frame * 3000, &vp8, &numbers)) {
            return -1;
        }
        bench->seq++;
        bytes_put_u16(data + 2, (uint16_t)out.ext_seq);
        bytes_put_u32(data + 4, out.timestamp);
        vp8_payload_rewrite(data + header.payload_offset, &vp8, numbers.picture_id,
                            numbers.tl0picidx, numbers.keyidx);
    }
    return (double)(cpu_clock_ns() - start) / STEPS;
}

const struct kernel *rtp_kernels(size_t *count)
{
    static const struct kernel kernels[] = {
        {"rtp/parse+exts", "packet", NULL, rtp_open, parse_round, rtp_close},
        {"rtp/rewrite/12-bytes", "packet", NULL, rtp_open, plain_rewrite_round, rtp_close},
        {"rtp/rewrite/slot-vp8", "packet", NULL, rtp_open, slot_rewrite_round, rtp_close},
    };
    *count = sizeof(kernels) / sizeof(kernels[0]);
    return kernels;
}

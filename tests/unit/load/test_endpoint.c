#include <stdlib.h>

#include "base/err.h"
#include "load/content.h"
#include "load/endpoint.h"
#include "support/leg_pair.h"
#include "unit/runner.h"

enum { SECOND_US = 1000000 };

struct bench {
    struct leg_pair pair;
    struct content *content;
    struct stats *sent; /* of the sender, and ... */
    struct stats *got;  /* ... of the receiver */
};

static int make(struct bench *bench, bool video)
{
    const struct content_config config = {.tones = 2,
                                          .seed = 1,
                                          .video = video,
                                          .simulcast = video,
                                          .width = 320,
                                          .height = 192,
                                          .video_bps = 900000};
    const char *reason = "";
    *bench = (struct bench){0};
    bench->sent = calloc(1, sizeof(*bench->sent));
    bench->got = calloc(1, sizeof(*bench->got));
    if (bench->sent == NULL || bench->got == NULL) {
        return ERR_NO_MEMORY;
    }
    if (video) {
        leg_pair_pictures(&bench->pair);
    } else {
        leg_pair_sound(&bench->pair);
    }
    return content_new(&bench->content, &config, &reason);
}

static int begin(struct bench *bench, const struct link_config *link)
{
    int err = make(bench, false);
    return err != 0 ? err : leg_pair_start(&bench->pair, bench->content, link, NULL);
}

static int begin_pictures(struct bench *bench, const struct link_config *link)
{
    int err = make(bench, true);
    return err != 0 ? err : leg_pair_start(&bench->pair, bench->content, link, NULL);
}

static void run(struct bench *bench, int64_t for_us)
{
    leg_pair_run(&bench->pair, for_us);
    endpoint_stats(bench->pair.ends[LEG_SENDER].endpoint, bench->pair.now_us, bench->sent);
    endpoint_stats(bench->pair.ends[LEG_RECEIVER].endpoint, bench->pair.now_us, bench->got);
}

static void end(struct bench *bench)
{
    leg_pair_deinit(&bench->pair);
    content_free(&bench->content);
    free(bench->sent);
    free(bench->got);
}

TEST_NO_OOM(sound_comes_whole_over_a_good_path)
{
    struct bench bench;
    REQUIRE_OK(begin(&bench, NULL));
    endpoint_speak(bench.pair.ends[LEG_SENDER].endpoint, true, bench.pair.now_us);
    run(&bench, 10 * SECOND_US);
    const struct stats_received *got = &bench.got->received[0];
    CHECK_INT(bench.got->received_count, 1);
    CHECK_INT(bench.sent->sent_count, 1);
    CHECK_INT(bench.sent->sent[0].packets, 500);
    CHECK_INT(bench.sent->sent[0].spoke_us, 10 * SECOND_US);
    CHECK(got->packets >= 498);
    CHECK_INT(got->lost_before, 0);
    CHECK_INT(got->lost_after, 0);
    CHECK_INT(got->concealed_us, 0);
    CHECK(got->due_us >= 9900000);
    CHECK_INT(got->heard_count, 1);
    CHECK_INT(got->heard[0].caller, 1);
    CHECK_INT(got->mixed, 0);
    CHECK_INT(bench.got->malformed + bench.got->unknown_ssrc, 0);
    CHECK_INT(hist_count(&got->delay_us), got->packets);
    CHECK(hist_permille(&got->delay_us, 500) >= 20000 &&
          hist_permille(&got->delay_us, 999) < 22500);
    CHECK(bench.sent->sent[0].rtt_us >= 39000 && bench.sent->sent[0].rtt_us < 45000);
    CHECK(bench.pair.ends[LEG_RECEIVER].rtcp > 50); /* feedback */
out:
    end(&bench);
}

TEST_NO_OOM(silence_is_left_out_where_the_server_asks_so)
{
    struct bench bench;
    REQUIRE_OK(make(&bench, false));
    bench.pair.ends[LEG_SENDER].agreement.streams[0].dtx = true;
    REQUIRE_OK(leg_pair_start(&bench.pair, bench.content, NULL, NULL));
    run(&bench, 30 * SECOND_US);
    CHECK(bench.sent->sent[0].packets <= 30 * 1000 / 420 * 2 + 14);
    CHECK_INT(bench.sent->sent[0].packets + bench.sent->sent[0].left_out, 1500);
    CHECK(bench.got->received[0].packets >= 30 * 1000 / 420 * 2);
    CHECK_INT(bench.got->received[0].mixed, 0);
    uint64_t before = bench.sent->sent[0].packets;
    endpoint_speak(bench.pair.ends[LEG_SENDER].endpoint, true, bench.pair.now_us);
    run(&bench, 2 * SECOND_US);
    CHECK_INT(bench.sent->sent[0].packets, before + 100);
    endpoint_speak(bench.pair.ends[LEG_SENDER].endpoint, false, bench.pair.now_us);
    run(&bench, 30 * SECOND_US);
    CHECK(bench.sent->sent[0].packets - before <= 100 + 30 * 1000 / 420 * 2 + 14);
    const struct stats_received *got = &bench.got->received[0];
    CHECK_INT(got->lost_before, 0);
    CHECK_INT(got->lost_after, 0);
    CHECK_INT(got->concealed_us, 0);
    CHECK(got->jitter_us < 1000); /* timestamps go on with time */
    CHECK(hist_permille(&got->delay_us, 999) < 22500);
out:
    end(&bench);
}

TEST_NO_OOM(dropped_packets_are_counted_and_repaired)
{
    struct bench bench;
    REQUIRE_OK(begin(&bench, NULL));
    bench.pair.drop_each = 50;
    run(&bench, 60 * SECOND_US);
    const struct stats_received *got = &bench.got->received[0];
    CHECK_INT(bench.pair.dropped, 60);
    CHECK(got->lost_before >= 58 && got->lost_before <= 60);
    CHECK(got->repaired >= 58 && got->repaired <= 60);
    CHECK_INT(got->lost_after, 0);
    CHECK_INT(got->reordered, 0);
    CHECK_INT(bench.sent->sent[0].repairs, got->repaired);
    CHECK(got->nacks_sent >= got->repaired);
    CHECK(got->concealed_us < got->due_us / 50);
out:
    end(&bench);
}

TEST_NO_OOM(repairs_without_rtx_come_under_their_own_number)
{
    struct bench bench;
    struct bench *b = &bench;
    REQUIRE_OK(make(b, false));
    for (size_t i = 0; i < LEG_ENDS; i++) {
        b->pair.ends[i].agreement.streams[0].rtx_pt = 0;
        b->pair.ends[i].agreement.streams[0].rtx_ssrcs[0] = 0;
    }
    REQUIRE_OK(leg_pair_start(&b->pair, b->content, NULL, NULL));
    b->pair.drop_each = 50;
    run(b, 20 * SECOND_US);
    const struct stats_received *got = &b->got->received[0];
    CHECK_INT(b->pair.dropped, 20);
    CHECK(got->lost_before >= 17 && got->lost_before <= 20);
    CHECK_INT(got->repaired, got->lost_before);
    CHECK(got->reordered <= 1); /* the first comes sooner than expected, before the way is known */
    CHECK_INT(got->lost_after, 0);
out:
    end(b);
}

TEST_NO_OOM(what_is_not_repaired_is_lost_and_concealed)
{
    struct bench bench;
    struct bench *b = &bench;
    REQUIRE_OK(make(b, false));
    for (size_t i = 0; i < LEG_ENDS; i++) {
        b->pair.ends[i].agreement.streams[0].nack = false;
    }
    REQUIRE_OK(leg_pair_start(&b->pair, b->content, NULL, NULL));
    b->pair.drop_each = 50;
    run(b, 60 * SECOND_US);
    const struct stats_received *got = &b->got->received[0];
    CHECK(got->lost_before >= 58 && got->lost_before <= 60);
    CHECK(got->lost_after >= 58 && got->lost_after <= 60);
    CHECK_INT(got->runs, got->lost_after);
    CHECK_INT(got->repaired + got->nacks_sent, 0);
    CHECK(got->concealed_us >= 58 * 20000 && got->concealed_us <= 60 * 20000);
    CHECK(b->sent->sent[0].reported_lost >= 57 && b->sent->sent[0].reported_lost <= 60);
out:
    end(b);
}

TEST_NO_OOM(copies_in_red_fill_holes)
{
    struct bench bench;
    REQUIRE_OK(make(&bench, false));
    for (size_t i = 0; i < LEG_ENDS; i++) {
        bench.pair.ends[i].agreement.streams[0].nack = false;
    }
    REQUIRE_OK(leg_pair_start(&bench.pair, bench.content, NULL, NULL));
    bench.pair.drop_each = 50;
    bench.pair.red = true;
    run(&bench, 20 * SECOND_US);
    const struct stats_received *got = &bench.got->received[0];
    CHECK_INT(bench.pair.dropped, 20);
    CHECK(got->lost_before >= 18 && got->lost_before <= 20);
    CHECK_INT(got->repaired, got->lost_before);
    CHECK_INT(got->lost_after + got->mixed + got->duplicates, 0);
    CHECK_INT(bench.got->malformed, 0);
    CHECK_INT(got->concealed_us, 0);
out:
    end(&bench);
}

TEST_NO_OOM(jitter_enlarges_the_buffer_and_is_no_loss)
{
    struct bench bench;
    const struct link_config link = {.delay_us = 20000, .jitter_us = 60000};
    REQUIRE_OK(begin(&bench, &link));
    run(&bench, 30 * SECOND_US);
    const struct stats_received *got = &bench.got->received[0];
    CHECK_INT(got->lost_before, 0);
    CHECK(got->jitter_us > 2000);
    CHECK(got->buffer_us > 10000);
    CHECK(got->concealed_us < got->due_us / 50);
out:
    end(&bench);
}

/** Harmonic frame rate. */
static double fps_of(const struct stats_received *got)
{
    return got->interval2_s2 > 0 ? got->interval_s / got->interval2_s2 : 0;
}

TEST_NO_OOM(pictures_come_whole_over_a_good_path)
{
    struct bench bench;
    REQUIRE_OK(begin_pictures(&bench, NULL));
    run(&bench, 10 * SECOND_US);
    const struct stats_received *got = &bench.got->received[0];
    CHECK(got->frames >= 290);
    CHECK(fps_of(got) > 28.5);
    CHECK_INT(got->freezes + got->frames_broken + got->frames_backward, 0);
    CHECK_INT(got->lost_before + got->lost_after, 0);
    CHECK_INT(got->plis_sent, 0);
    CHECK(got->keyframes >= 9 && got->keyframes <= 11);
    CHECK_INT(got->heard_count, 1);
    CHECK_INT(got->heard[0].caller, 1);
    CHECK(got->height_s / ((double)got->shown_us / 1e6) > 191);
    CHECK(hist_permille(&got->delay_us, 500) >= 20000 &&
          hist_permille(&got->delay_us, 990) < 50000);
    CHECK(bench.sent->sent[0].estimate_bps > 900000);
out:
    end(&bench);
}

TEST_NO_OOM(lost_pictures_are_repaired)
{
    struct bench bench;
    REQUIRE_OK(begin_pictures(&bench, NULL));
    bench.pair.drop_each = 50;
    run(&bench, 20 * SECOND_US);
    const struct stats_received *got = &bench.got->received[0];
    CHECK(bench.pair.dropped > 15);
    CHECK(got->repaired >= bench.pair.dropped - 2);
    CHECK(got->lost_before >= bench.pair.dropped - 2 && got->lost_before <= bench.pair.dropped);
    CHECK_INT(got->lost_after + got->frames_broken + got->frames_backward, 0);
    CHECK(got->frames >= 580);
out:
    end(&bench);
}

TEST_NO_OOM(what_cannot_be_repaired_is_asked_for_anew)
{
    struct bench bench;
    REQUIRE_OK(make(&bench, true));
    for (size_t i = 0; i < LEG_ENDS; i++) {
        bench.pair.ends[i].agreement.streams[0].nack = false;
    }
    REQUIRE_OK(leg_pair_start(&bench.pair, bench.content, NULL, NULL));
    bench.pair.drop_each = 211;
    run(&bench, 20 * SECOND_US);
    const struct stats_received *got = &bench.got->received[0];
    CHECK(bench.pair.dropped >= 4);
    CHECK_INT(got->lost_after, bench.pair.dropped);
    CHECK(got->frames_broken > 0);
    CHECK(got->plis_sent > 0);
    CHECK(bench.sent->sent[0].keyframes_asked == got->plis_sent);
    CHECK(got->keyframes >= 18);
    CHECK(got->frames > 540);
    CHECK_INT(got->frames_backward, 0);
out:
    end(&bench);
}

TEST_NO_OOM(a_thin_path_gets_what_it_carries)
{
    struct bench bench;
    const struct link_config link = {.delay_us = 20000, .rate_bps = 300000, .queue_us = 300000};
    REQUIRE_OK(begin_pictures(&bench, &link));
    run(&bench, 20 * SECOND_US);
    struct stats_received before = bench.got->received[0];
    run(&bench, 20 * SECOND_US);
    const struct stats_received *got = &bench.got->received[0];
    uint64_t lost = got->lost_before - before.lost_before;
    uint64_t packets = got->packets - before.packets;
    double bps = (double)(got->bytes - before.bytes) * 8 / 20;
    CHECK(bench.sent->sent[0].estimate_bps < 400000);
    CHECK(bps > 100000 && bps < 300000);
    CHECK(lost * 50 < packets);
    CHECK(got->frames - before.frames > 150);
    CHECK(got->frozen_us - before.frozen_us < 2000000);
out:
    end(&bench);
}

TEST_NO_OOM(three_layers_go_out_when_they_fit)
{
    struct bench bench;
    static const char *const rids[] = {"q", "h", "f"};
    REQUIRE_OK(make(&bench, true));
    struct agreement_stream *stream = &bench.pair.ends[LEG_SENDER].agreement.streams[0];
    stream->layer_count = 3;
    for (uint32_t i = 0; i < 3; i++) {
        stream->ssrcs[i] = 0x2000 + 2 * i;
        stream->rtx_ssrcs[i] = 0x2001 + 2 * i;
        memcpy(stream->rids[i], rids[i], 2);
    }
    stream->exts.id[RTP_EXT_RID] = 5;
    stream->exts.id[RTP_EXT_RRID] = 6;
    REQUIRE_OK(leg_pair_start(&bench.pair, bench.content, NULL, NULL));
    run(&bench, 10 * SECOND_US);
    CHECK(bench.sent->sent[0].packets > 900); /* at least one for each frame of each layer */
out:
    end(&bench);
}

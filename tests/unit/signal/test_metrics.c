#include "relay/signal/metrics.h"
#include "unit/runner.h"

TEST(writes_every_drop_reason_and_each_worker)
{
    struct metrics_control control = {
        .rooms = 2, .participants = 5, .requests = {0, 0, 7}, .codecs = {.broken = 9, .open = 1}};
    struct event_counters workers[2] = {{.datagrams_received = 11}, {.datagrams_received = 22}};
    struct str text;
    hist_add(&workers[0].forward_us, 100);
    hist_add(&workers[1].forward_us, 1000);
    workers[0].drops.n[DROP_SRTP_AUTH] = 3;
    workers[1].drops.n[DROP_SRTP_AUTH] = 4;
    str_init(&text, 65536);
    metrics_write(&control, workers, 2, &text);
    REQUIRE_OK(text.err);
    CHECK(strstr(text.at, "\ntandem_participants 5\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_forward_delay_seconds_bucket{le=\"0.000128\"} 1\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_forward_delay_seconds_count 2\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_http_responses_total{class=\"2xx\"} 7\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_datagrams_received_total{worker=\"1\"} 22\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_drops_total{reason=\"srtp_auth\"} 7\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_codec_broken_frames_total 9\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_codec_compositions 1\n") != NULL);
    for (int reason = DROP_NONE + 1; reason < DROP_REASON_COUNT; reason++) {
        char want[96] = "{reason=\"";
        (void)strcat(strcat(want, drop_name((enum drop_reason)reason)), "\"} ");
        CHECK(strstr(text.at, want) != NULL);
    }
out:
    str_deinit(&text);
}

TEST(writes_what_is_mixed_and_how_late)
{
    struct metrics_control control = {.rooms = 1};
    struct event_counters workers[2] = {
        {.mix = {.encoders = 4, .decoded = 9, .delay = {{0, 2, 1}, 25000}}},
        {.mix = {.encoders = 1,
                 .delay = {.steps = {[1] = 3, [EVENT_MIX_DELAYS] = 1}},
                 .added = {{1}, 2000}}}};
    struct str text;
    str_init(&text, 65536);
    metrics_write(&control, workers, 2, &text);
    REQUIRE_OK(text.err);
    CHECK(strstr(text.at, "# TYPE tandem_mix_encoders gauge\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_encoders{worker=\"0\"} 4\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_decoded_frames_total{worker=\"0\"} 9\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_delay_seconds_bucket{le=\"0.005\"} 0\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_delay_seconds_bucket{le=\"0.010\"} 5\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_delay_seconds_bucket{le=\"0.080\"} 6\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_delay_seconds_bucket{le=\"+Inf\"} 7\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_delay_seconds_sum 0.025000\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_delay_seconds_count 7\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_added_delay_seconds_sum 0.002000\n") != NULL);
    CHECK(strstr(text.at, "\ntandem_mix_added_delay_seconds_count 1\n") != NULL);
out:
    str_deinit(&text);
}

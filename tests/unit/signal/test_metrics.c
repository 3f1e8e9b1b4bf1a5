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

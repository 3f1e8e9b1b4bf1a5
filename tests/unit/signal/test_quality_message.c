#include <math.h>
#include <stdlib.h>

#include "media/quality.h"
#include "relay/signal/quality_message.h"
#include "unit/runner.h"

static const int64_t now_us = 100000000;

static bool read_stats(struct client_stats *stats, const char *text)
{
    json_t *message = json_loads(text, 0, NULL);
    bool good = client_stats_read(stats, message, now_us);
    json_decref(message);
    return good;
}

static double number(const json_t *message, const char *leg, const char *field)
{
    const json_t *value = json_object_get(json_object_get(message, leg), field);
    return value == NULL ? -1 : json_number_value(value);
}

TEST(message_has_a_score_for_each_way)
{
    struct client_stats stats = {.told = false};
    struct event_report report = {.rtt_us = 40000,
                                  .available_bps = 2500000,
                                  .sent_lost = 0.03,
                                  .received_lost = 0.011111,
                                  .jitter_us = 7000,
                                  .audio_received = {.expected = 250, .burst = 1},
                                  .audio_sent = {.expected = 250, .lost = 0.01, .burst = 1}};
    json_t *message = quality_message(&report, &stats, now_us);
    CHECK_STR(json_string_value(json_object_get(message, "type")), "quality");
    CHECK_STR(json_string_value(json_object_get(message, "version")), QUALITY_VERSION);
    CHECK_INT(json_integer_value(json_object_get(message, "rtt_ms")), 40);
    CHECK(fabs(number(message, "receive", "mos") - 3.93) < 0.02);
    CHECK(fabs(number(message, "receive", "residual") - 0.01) < 1e-9);
    CHECK(fabs(number(message, "receive", "loss") - 0.03) < 1e-9);
    CHECK(number(message, "receive", "available_bps") == 2500000);
    CHECK(number(message, "receive", "freezes") == -1);
    CHECK(fabs(number(message, "send", "mos") - 4.41) < 0.01);
    CHECK(fabs(number(message, "send", "loss") - 0.0111) < 1e-9);
    CHECK(number(message, "send", "available_bps") == -1);
    json_decref(message);
}

TEST(what_is_not_known_is_left_out)
{
    struct client_stats stats = {.told = false};
    struct event_report report = {.available_bps = UINT64_MAX};
    json_t *message = quality_message(&report, &stats, now_us);
    CHECK(number(message, "receive", "mos") == -1);
    CHECK(number(message, "receive", "available_bps") == -1);
    CHECK(number(message, "send", "r") == -1);
    CHECK(json_object_get(message, "rtt_ms") == NULL);
    json_decref(message);
}

TEST(the_client_knows_better_what_it_heard)
{
    struct client_stats stats = {.told = false};
    struct event_report report = {.rtt_us = 40000,
                                  .audio_sent = {.expected = 250, .lost = 0, .burst = 1}};
    CHECK(read_stats(&stats, "{\"jitter_buffer_ms\":80,\"concealed_samples\":4800,"
                             "\"total_samples\":240000,\"freezes\":2,\"freeze_ms\":900}"));
    json_t *message = quality_message(&report, &stats, now_us + 1000000);
    CHECK(fabs(number(message, "receive", "residual") - 0.02) < 1e-9);
    CHECK(number(message, "receive", "mos") < 3.5);
    CHECK(number(message, "receive", "freezes") == 2);
    CHECK(number(message, "receive", "freeze_ms") == 900);
    json_decref(message);
    /* but not for ever */
    message = quality_message(&report, &stats, now_us + CLIENT_STATS_FRESH_US);
    CHECK(number(message, "receive", "mos") > 4.3);
    json_decref(message);
    /* nothing was played: nothing to judge by */
    CHECK(read_stats(&stats, "{\"total_samples\":0}"));
    message = quality_message(&report, &stats, now_us);
    CHECK(fabs(number(message, "receive", "residual")) < 1e-9);
    json_decref(message);
}

TEST(stats_out_of_bounds_are_refused)
{
    static const char *const bad[] = {
        "{\"jitter_buffer_ms\":-1}",
        "{\"jitter_buffer_ms\":1e300}",
        "{\"jitter_buffer_ms\":\"80\"}",
        "{\"concealed_samples\":2,\"total_samples\":1}",
        "{\"concealed_samples\":2}",
        "{\"total_samples\":1e13}",
        "{\"freezes\":1e6}",
        "{\"freeze_ms\":null}",
        "{\"freeze_ms\":[1]}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct client_stats stats = {.told = false};
        CHECK(!read_stats(&stats, bad[i]));
        CHECK(!stats.told);
    }
    struct client_stats stats = {.told = false};
    CHECK(read_stats(&stats, "{}"));
}

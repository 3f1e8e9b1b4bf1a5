#include "media/keyframe_request.h"
#include "unit/runner.h"

TEST(first_need_is_asked_at_once_and_others_join)
{
    struct keyframe_request request;
    keyframe_request_init(&request);
    CHECK_INT(keyframe_request_next_deadline(&request), INT64_MAX);
    CHECK(!keyframe_request_poll(&request, 0));
    keyframe_request_want(&request, 1000);
    CHECK_STR(keyframe_state_name(request.state), "wanted");
    CHECK(keyframe_request_poll(&request, 1000));
    CHECK_STR(keyframe_state_name(request.state), "asked");
    for (int i = 0; i < 100; i++) {
        keyframe_request_want(&request, 1000 + i);
        CHECK(!keyframe_request_poll(&request, 1000 + i));
    }
    keyframe_request_received(&request);
    CHECK_STR(keyframe_state_name(request.state), "idle");
    CHECK_INT(keyframe_request_next_deadline(&request), INT64_MAX);
}

TEST(two_requests_are_half_a_second_apart)
{
    struct keyframe_request request;
    keyframe_request_init(&request);
    keyframe_request_want(&request, 1000);
    CHECK(keyframe_request_poll(&request, 1000));
    keyframe_request_received(&request);
    keyframe_request_want(&request, 200000);
    CHECK(!keyframe_request_poll(&request, 200000));
    CHECK_INT(keyframe_request_next_deadline(&request), 1000 + KEYFRAME_SPACING_US);
    CHECK(keyframe_request_poll(&request, 1000 + KEYFRAME_SPACING_US));
}

TEST(unanswered_request_is_repeated_with_back_off)
{
    struct keyframe_request request;
    keyframe_request_init(&request);
    keyframe_request_rtt(&request, 100000);
    keyframe_request_want(&request, 0);
    int64_t last_us = 0;
    int64_t longest_us = 0;
    int sent = 0;
    for (int64_t now_us = 0; now_us <= 60000000;) {
        if (keyframe_request_poll(&request, now_us)) {
            int64_t gap_us = now_us - last_us;
            CHECK(sent == 0 || gap_us >= KEYFRAME_SPACING_US);
            longest_us = gap_us > longest_us ? gap_us : longest_us;
            last_us = now_us;
            sent++;
        }
        now_us = keyframe_request_next_deadline(&request);
    }
    CHECK_INT(longest_us, KEYFRAME_BACK_OFF_MAX_US);
    CHECK(sent >= 15 && sent <= 19);
    keyframe_request_cancel(&request);
    CHECK_INT(keyframe_request_next_deadline(&request), INT64_MAX);
}

TEST(lost_requests_are_soon_repeated)
{
    struct keyframe_request request;
    static const int64_t at_ms[] = {0, 500, 1000, 1500, 2500, 5000}; /* the last: 4 per 10 s */
    keyframe_request_init(&request);
    keyframe_request_want(&request, 0);
    for (size_t i = 0; i < 6; i++) {
        int64_t now_us = keyframe_request_next_deadline(&request);
        while (!keyframe_request_poll(&request, now_us)) {
            now_us = keyframe_request_next_deadline(&request);
        }
        CHECK_INT(now_us, at_ms[i] * 1000);
    }
}

TEST(long_round_trip_waits_longer)
{
    struct keyframe_request request;
    keyframe_request_init(&request);
    keyframe_request_rtt(&request, 900000);
    keyframe_request_want(&request, 0);
    CHECK(keyframe_request_poll(&request, 0));
    CHECK_INT(keyframe_request_next_deadline(&request), 1800000);
}

TEST(layer_gives_four_keyframes_in_ten_seconds)
{
    struct keyframe_request request;
    keyframe_request_init(&request);
    int sent = 0;
    for (int64_t now_us = 0; now_us < 30000000; now_us += 10000) {
        keyframe_request_want(&request, now_us);
        if (keyframe_request_poll(&request, now_us)) {
            sent++;
            keyframe_request_received(&request);
        }
    }
    CHECK(sent >= 15 && sent <= 16); /* 4 at once, then 4 per 10 s */
}

TEST(receiver_causes_three_in_ten_seconds)
{
    struct keyframe_limit limit;
    keyframe_limit_init(&limit);
    int taken = 0;
    for (int64_t now_us = 0; now_us < 10000000; now_us += 50000) {
        taken += keyframe_limit_take(&limit, now_us) ? 1 : 0;
    }
    CHECK(taken >= 5 && taken <= 6); /* a burst of 3, then 3 per 10 s */
}

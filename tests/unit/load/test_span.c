#include <stdlib.h>

#include "load/span.h"
#include "unit/runner.h"

TEST(counts_of_a_span_are_what_came_since_the_mark)
{
    struct span_mark *mark = NULL;
    struct stats *stats = calloc(1, sizeof(*stats));
    struct stats *copy = calloc(1, sizeof(*copy));
    REQUIRE(stats != NULL && copy != NULL);
    stats->received_count = 1;
    stats->sent_count = 1;
    struct stats_received *received = &stats->received[0];
    received->packets = 10;
    received->jitter_us = 5;
    received->heard_count = 2;
    received->heard[0] = (struct stats_heard){.caller = 1, .packets = 4, .bytes = 40};
    received->heard[1] = (struct stats_heard){.caller = 2, .packets = 6, .bytes = 60};
    hist_add(&received->delay_us, 100);
    stats->sent[0].packets = 100;
    REQUIRE_OK(span_set(&mark, stats));
    received->packets = 25;
    received->jitter_us = 7;
    received->heard[1].packets = 21;
    received->heard[1].bytes = 210;
    hist_add(&received->delay_us, 3000);
    stats->sent[0].packets = 130;
    stats->received_count = 2; /* a stream that came later */
    stats->received[1].packets = 9;
    span_copy(copy, stats);
    span_since(copy, mark);
    CHECK_INT(copy->received_count, 2);
    CHECK_INT(copy->received[0].packets, 15);
    CHECK_INT(copy->received[0].jitter_us, 7);
    CHECK_INT(copy->received[0].heard_count, 1); /* the other was not heard any more */
    CHECK_INT(copy->received[0].heard[0].caller, 2);
    CHECK_INT(copy->received[0].heard[0].packets, 15);
    CHECK_INT(hist_count(&copy->received[0].delay_us), 1);
    CHECK(hist_permille(&copy->received[0].delay_us, 500) >= 3000);
    CHECK_INT(copy->received[1].packets, 9);
    CHECK_INT(copy->sent[0].packets, 30);
    REQUIRE_OK(span_set(&mark, stats));
    span_since(stats, mark);
    CHECK_INT(stats->received[1].packets, 0);
out:
    span_free(&mark);
    free(stats);
    free(copy);
}

TEST(losses_that_turn_out_to_be_late_are_none)
{
    struct span_mark *mark = NULL;
    struct stats *stats = calloc(1, sizeof(*stats));
    REQUIRE(stats != NULL);
    stats->received_count = 1;
    stats->received[0].lost_before = 4; /* overtaken: they come after the mark */
    REQUIRE_OK(span_set(&mark, stats));
    stats->received[0].lost_before = 1;
    span_since(stats, mark);
    CHECK_INT(stats->received[0].lost_before, 0);
out:
    span_free(&mark);
    free(stats);
}

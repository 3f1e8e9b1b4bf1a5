#include "relay/cc/send_history.h"
#include "unit/runner.h"

static struct send_history history;

static void add(uint16_t number, int64_t sent_us)
{
    send_history_add(&history, number, (struct sent_packet){.sent_us = sent_us, .bytes = 100});
}

TEST(history_finds_across_the_wrap)
{
    send_history_init(&history);
    CHECK(send_history_find(&history, 65534) == NULL);
    add(65534, 1);
    add(65535, 2);
    add(0, 3);
    add(1, 4);
    const struct sent_packet *packet = send_history_find(&history, 65535);
    REQUIRE(packet != NULL);
    CHECK_INT(packet->sent_us, 2);
    CHECK_INT(packet->state, SEND_UNKNOWN);
    packet = send_history_find(&history, 1);
    REQUIRE(packet != NULL);
    CHECK_INT(packet->sent_us, 4);
    CHECK(send_history_find(&history, 2) == NULL);
    CHECK(send_history_find(&history, 65533) == NULL);
out:
    send_history_deinit(&history);
}

TEST(history_forgets_what_the_ring_cannot_hold)
{
    send_history_init(&history);
    for (uint32_t i = 0; i < 70000; i++) {
        add((uint16_t)i, i);
    }
    uint16_t last = (uint16_t)69999;
    const struct sent_packet *packet =
        send_history_find(&history, (uint16_t)(last - SEND_HISTORY_SIZE + 1));
    REQUIRE(packet != NULL);
    CHECK_INT(packet->sent_us, 69999 - SEND_HISTORY_SIZE + 1);
    CHECK(send_history_find(&history, (uint16_t)(last - SEND_HISTORY_SIZE)) == NULL);
out:
    send_history_deinit(&history);
}

TEST(history_knows_numbers_that_were_passed_over)
{
    send_history_init(&history);
    add(10, 1);
    add(11, 2);
    add(10, 9); /* not newer */
    add(20, 3);
    CHECK(send_history_find(&history, 15) == NULL);
    const struct sent_packet *packet = send_history_find(&history, 10);
    REQUIRE(packet != NULL);
    CHECK_INT(packet->sent_us, 1);
    add(30000, 4); /* further than the ring is long */
    CHECK(send_history_find(&history, 20) == NULL);
    CHECK(send_history_find(&history, 29999) == NULL);
    CHECK(send_history_find(&history, 30000) != NULL);
out:
    send_history_deinit(&history);
}

TEST(history_need_not_hold_what_was_told)
{
    send_history_init(&history);
    for (uint32_t i = 0; i < 3000; i++) { /* 1000 a second, told after 40 ms */
        add((uint16_t)i, i * INT64_C(1000));
        struct sent_packet *told = i < 40 ? NULL : send_history_find(&history, (uint16_t)(i - 40));
        REQUIRE(i < 40 || told != NULL);
        if (told != NULL) {
            told->state = SEND_RECEIVED;
        }
    }
    CHECK_INT(history.size, SEND_HISTORY_FIRST_SIZE);
    for (uint32_t i = 3000; i < 5000; i++) { /* what is lost may still be told received */
        add((uint16_t)i, i * INT64_C(1000));
        struct sent_packet *told = send_history_find(&history, (uint16_t)(i - 40));
        REQUIRE(told != NULL);
        told->state = SEND_LOST;
    }
    CHECK_INT(history.size, 512);
out:
    send_history_deinit(&history);
}

TEST(history_is_as_long_as_feedback_may_take)
{
    send_history_init(&history);
    for (uint32_t i = 0; i < 1000; i++) {
        add((uint16_t)i, i * INT64_C(20000)); /* 50 a second */
    }
    CHECK_INT(history.size, 128);
    CHECK(send_history_find(&history, 900) != NULL);
    for (uint32_t i = 1000; i < 3000; i++) {
        add((uint16_t)i, 20000000 + i * INT64_C(1000));
    }
    CHECK_INT(history.size, 2048);
    const struct sent_packet *packet = send_history_find(&history, 1000);
    REQUIRE(packet != NULL);
    CHECK_INT(packet->sent_us, 21000000);
out:
    send_history_deinit(&history);
}

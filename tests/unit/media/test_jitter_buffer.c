#include "base/err.h"
#include "media/delay_tracker.h"
#include "media/jitter_buffer.h"
#include "unit/runner.h"

enum { FRAME = JITTER_BUFFER_FRAME, FRAME_US = 20000, SEQ = 70000 };

struct fixture {
    struct pool *pool;
    struct jitter_buffer *buffer;
    struct jitter_step step; /**< the last one */
    int64_t tick;            /**< number of the next */
    size_t pending;          /**< samples got and not played */
};

/** A packet besides its place; zeros are a packet of 20 ms in its time. */
struct look {
    uint16_t samples;
    int64_t late_us;
    bool fec;
    bool dtx;
    bool repair;
};

static int set_up(struct fixture *f)
{
    int err = packet_pool_new(&f->pool, 512);
    return err != 0 ? err : jitter_buffer_new(&f->buffer, DELAY_TRACKER_MAX_US);
}

static void tear_down(struct fixture *f)
{
    jitter_buffer_free(&f->buffer);
    if (f->pool != NULL) {
        CHECK_INT(pool_in_use(f->pool), 0);
        pool_free(&f->pool);
    }
}

/** The packet `index`, at a time of its own; ticks are 7 ms after packets come. @return verdict, or
 * an error */
static int put_at(struct fixture *f, int64_t index, uint32_t timestamp, struct look look)
{
    struct packet *packet = packet_take(f->pool);
    if (packet == NULL) {
        return ERR_NO_MEMORY;
    }
    uint16_t samples = look.samples > 0 ? look.samples : FRAME;
    struct jitter_packet arrived = {.ext_seq = SEQ + index,
                                    .timestamp = timestamp,
                                    .samples = samples,
                                    .fec = look.fec,
                                    .dtx = look.dtx,
                                    .repair = look.repair,
                                    .arrival_us =
                                        (int64_t)timestamp * 125 / 6 + FRAME_US + look.late_us,
                                    .packet = packet};
    int verdict = (int)jitter_buffer_receive(f->buffer, &arrived);
    packet_unref(&packet);
    return verdict;
}

static int put(struct fixture *f, int64_t index)
{
    return put_at(f, index, (uint32_t)index * FRAME, (struct look){0});
}

static int64_t now_us(const struct fixture *f)
{
    return f->tick * FRAME_US + 7000;
}

static enum jitter_action pull(struct fixture *f)
{
    jitter_buffer_pull(f->buffer, FRAME - f->pending, f->pending, now_us(f), &f->step);
    f->pending += f->step.samples;
    return f->step.action;
}

/** The tick ends. */
static void play(struct fixture *f)
{
    jitter_buffer_played(f->buffer, FRAME, 0);
    f->pending -= f->pending < FRAME ? f->pending : FRAME;
    f->tick++;
}

/** One tick that takes one step. */
static enum jitter_action tick(struct fixture *f)
{
    enum jitter_action action = pull(f);
    play(f);
    return action;
}

/** Packets from..to - 1 come and are played, each in its time. */
static bool run(struct fixture *f, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        f->tick = i + 1;
        if (put(f, i) != JITTER_KEPT) {
            return false;
        }
        (void)tick(f);
    }
    return f->step.action == JITTER_DECODE && f->step.packet.ext_seq == SEQ + to - 1;
}

TEST(jitter_buffer_refuses_bounds_that_make_no_sense)
{
    struct jitter_buffer *buffer = NULL;
    CHECK_INT(jitter_buffer_new(&buffer, 0), ERR_INVALID);
    CHECK_INT(jitter_buffer_new(&buffer, DELAY_TRACKER_MOST_US + 1), ERR_INVALID);
    CHECK(buffer == NULL);
    goto out;
out:
    jitter_buffer_free(&buffer);
}

TEST(jitter_buffer_learns_from_one_before)
{
    struct jitter_buffer *buffer = NULL;
    struct delay_tracker known;
    delay_tracker_init(&known, DELAY_TRACKER_MOST_US);
    for (int64_t i = 0; i < 1000; i++) {
        delay_tracker_receive(&known, i % 10 == 0 ? 90000 : 10000, i * 20000, 1);
    }
    REQUIRE(jitter_buffer_new(&buffer, DELAY_TRACKER_MAX_US) == 0);
    jitter_buffer_learn(buffer, &known);
    CHECK(jitter_buffer_required_us(buffer) >= 80000);
    CHECK_INT(jitter_buffer_known(buffer)->max_us, DELAY_TRACKER_MAX_US);
    CHECK_INT(delay_tracker_base_us(jitter_buffer_known(buffer)), INT64_MAX);
    goto out;
out:
    jitter_buffer_free(&buffer);
}

TEST(jitter_buffer_gives_packets_in_order)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    CHECK_INT(tick(&f), JITTER_WAIT);
    REQUIRE(run(&f, 0, 5));
    f.tick = 7;
    REQUIRE_INT(put(&f, 6), JITTER_KEPT);
    REQUIRE_INT(put(&f, 5), JITTER_KEPT);
    CHECK_INT(put(&f, 5), JITTER_DUPLICATE);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 5);
    CHECK_INT(put(&f, 5), JITTER_DUPLICATE);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 6);
    const struct jitter_stats *stats = jitter_buffer_stats(f.buffer);
    CHECK_INT(stats->packets, 7);
    CHECK_INT(stats->duplicates, 2);
    CHECK_INT(stats->emitted_samples, 7 * FRAME);
    CHECK_INT(stats->concealed_samples, 0);
out:
    tear_down(&f);
}

/** What is late is still played, and nothing is skipped. */
TEST(jitter_buffer_stalls_for_a_late_packet)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    CHECK_INT(tick(&f), JITTER_CONCEAL);
    CHECK_INT(tick(&f), JITTER_CONCEAL);
    REQUIRE_INT(put_at(&f, 5, 5 * FRAME, (struct look){.late_us = 30000}), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 5);
    CHECK_INT(jitter_buffer_stats(f.buffer)->concealed_samples, 2 * FRAME);
    CHECK_INT(jitter_buffer_stats(f.buffer)->concealment_events, 1);
    REQUIRE_INT(put(&f, 6), JITTER_KEPT);
    REQUIRE_INT(put(&f, 7), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 6);
    CHECK_INT(jitter_buffer_delay_us(f.buffer, 0, now_us(&f)), 7000 + 2 * FRAME_US);
out:
    tear_down(&f);
}

/** What was concealed while nothing was there counts for what turns out to be lost. */
TEST(jitter_buffer_does_not_conceal_a_loss_twice)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    CHECK_INT(tick(&f), JITTER_CONCEAL);
    REQUIRE_INT(put(&f, 6), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 6);
    CHECK_INT(put(&f, 5), JITTER_LATE);
    CHECK_INT(jitter_buffer_stats(f.buffer)->late, 1);
    CHECK_INT(jitter_buffer_stats(f.buffer)->concealed_samples, FRAME);
out:
    tear_down(&f);
}

TEST(jitter_buffer_fills_a_hole_from_the_next_packet)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    REQUIRE_INT(put_at(&f, 7, 7 * FRAME, (struct look){.fec = true}), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_CONCEAL);
    CHECK_INT(f.step.samples, FRAME);
    CHECK_INT(tick(&f), JITTER_RECOVER);
    CHECK_INT(f.step.samples, FRAME);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 7);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 7);
    CHECK_INT(jitter_buffer_stats(f.buffer)->recovered_samples, FRAME);
out:
    tear_down(&f);
}

/** A step of the timestamp without a missing number is a pause of the sender. */
TEST(jitter_buffer_knows_pauses_from_loss)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    REQUIRE_INT(put_at(&f, 5, 5 * FRAME, (struct look){.dtx = true}), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_DECODE);
    for (int i = 6; i < 25; i++) {
        CHECK_INT(tick(&f), JITTER_PAUSE);
        CHECK_INT(f.step.samples, FRAME);
    }
    REQUIRE_INT(put_at(&f, 6, 25 * FRAME, (struct look){0}), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 6);
    CHECK_INT(jitter_buffer_stats(f.buffer)->concealed_samples, 0);
    CHECK_INT(jitter_buffer_stats(f.buffer)->pause_samples, 19 * FRAME);
out:
    tear_down(&f);
}

/** The first packet after a pause is lost: what it said is played from the copy in the next. */
TEST(jitter_buffer_recovers_how_a_word_begins)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    REQUIRE_INT(put_at(&f, 5, 5 * FRAME, (struct look){.dtx = true}), JITTER_KEPT);
    for (int i = 5; i < 26; i++) {
        (void)tick(&f);
    }
    REQUIRE_INT(put_at(&f, 7, 26 * FRAME, (struct look){.fec = true}), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_RECOVER);
    CHECK_INT(f.step.samples, FRAME);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 7);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 7);
    const struct jitter_stats *stats = jitter_buffer_stats(f.buffer);
    CHECK_INT(stats->recovered_samples, FRAME);
    CHECK_INT(stats->concealed_samples, 0);
    CHECK_INT(stats->pause_samples, 20 * FRAME);
    CHECK_INT(put_at(&f, 6, 25 * FRAME, (struct look){.repair = true}), JITTER_LATE);
out:
    tear_down(&f);
}

/** The same where play-out begins with it. */
TEST(jitter_buffer_begins_with_the_copy_of_a_lost_packet)
{
    for (int before = 0; before <= 1; before++) {
        struct fixture f = {0};
        struct jitter_packet packet;
        REQUIRE_INT(set_up(&f), 0);
        if (before != 0) { /* an empty packet, long ago */
            REQUIRE_INT(put_at(&f, 5, 5 * FRAME, (struct look){.dtx = true}), JITTER_KEPT);
        }
        REQUIRE_INT(put_at(&f, 7, 26 * FRAME, (struct look){.fec = true}), JITTER_KEPT);
        f.tick = 27;
        jitter_buffer_begin(f.buffer, 26 * FRAME - 48, false);
        while (jitter_buffer_prime(f.buffer, now_us(&f), &packet)) {
        }
        CHECK_INT(tick(&f), JITTER_RECOVER);
        CHECK_INT(f.step.samples, FRAME);
        CHECK_INT(tick(&f), JITTER_DECODE);
        CHECK_INT(f.step.packet.ext_seq, SEQ + 7);
        CHECK_INT(jitter_buffer_stats(f.buffer)->concealed_samples, 0);
    out:
        tear_down(&f);
    }
}

/** A sender that stops without a word is concealed for 100 ms; then it is quiet. */
TEST(jitter_buffer_gives_up_on_a_silent_sender)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    for (int i = 0; i < 5; i++) {
        CHECK_INT(tick(&f), JITTER_CONCEAL);
    }
    for (int i = 0; i < 50; i++) {
        CHECK_INT(tick(&f), JITTER_PAUSE);
    }
    const struct jitter_stats *stats = jitter_buffer_stats(f.buffer);
    CHECK_INT(stats->pause_samples, 0);
    REQUIRE_INT(put_at(&f, 5, 60 * FRAME, (struct look){0}), JITTER_KEPT);
    CHECK_INT(stats->concealed_samples, 5 * FRAME);
    f.tick = 60;
    CHECK_INT(tick(&f), JITTER_PAUSE);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(stats->pause_samples, 51 * FRAME);
    CHECK_INT(stats->silent_concealed_samples, 0);
out:
    tear_down(&f);
}

TEST(jitter_buffer_counts_a_long_loss_as_concealed)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    for (int i = 0; i < 50; i++) {
        (void)tick(&f);
    }
    REQUIRE_INT(put(&f, 55), JITTER_KEPT);
    CHECK_INT(f.tick, 56);
    CHECK_INT(tick(&f), JITTER_DECODE);
    const struct jitter_stats *stats = jitter_buffer_stats(f.buffer);
    CHECK_INT(stats->concealed_samples, 50 * FRAME);
    CHECK_INT(stats->silent_concealed_samples, 45 * FRAME);
    CHECK_INT(stats->pause_samples, 0);
out:
    tear_down(&f);
}

TEST(jitter_buffer_begins_where_it_is_told)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    for (int i = 0; i < 9; i++) {
        REQUIRE_INT(put(&f, i), JITTER_KEPT);
    }
    f.tick = 10;
    jitter_buffer_begin(f.buffer, 7 * FRAME + 100, true);
    struct jitter_position position;
    CHECK(!jitter_buffer_position(f.buffer, 0, &position));
    for (int i = 2; i < 7; i++) {
        struct jitter_packet packet;
        CHECK(jitter_buffer_prime(f.buffer, now_us(&f), &packet));
        CHECK_INT(packet.ext_seq, SEQ + i);
    }
    struct jitter_packet packet;
    CHECK(!jitter_buffer_prime(f.buffer, now_us(&f), &packet));
    CHECK_INT(pull(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 7);
    CHECK_INT(f.step.skip, 100);
    CHECK_INT(f.step.samples, FRAME - 100);
    CHECK(!jitter_buffer_prime(f.buffer, now_us(&f), &packet));
    REQUIRE(jitter_buffer_position(f.buffer, f.pending, &position));
    CHECK_INT(position.ext_seq, SEQ + 7);
    CHECK_INT(position.timestamp, 7 * FRAME + 100);
    CHECK_INT(pull(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 8);
    CHECK_INT(f.step.skip, 0);
    play(&f);
    REQUIRE(jitter_buffer_position(f.buffer, f.pending, &position));
    CHECK_INT(position.ext_seq, SEQ + 8);
    CHECK_INT(position.timestamp, 8 * FRAME + 100);
out:
    tear_down(&f);
}

/** Rather than to be late by more than what is late anyway, what comes first is left out; and all
 * that comes before is for the decoder to warm up with. */
TEST(jitter_buffer_begins_later_to_be_less_late)
{
    for (int first = 3; first <= 8; first++) {
        int64_t whole_us = 0;
        for (int whole = 1; whole >= 0; whole--) {
            struct fixture f = {0};
            struct jitter_packet packet;
            int primed = 0;
            REQUIRE_INT(set_up(&f), 0);
            for (int i = 0; i < 9; i++) {
                REQUIRE_INT(put(&f, i), JITTER_KEPT);
            }
            f.tick = 10;
            jitter_buffer_stand(f.buffer, 48);
            jitter_buffer_begin(f.buffer, (uint32_t)first * FRAME - 48, whole == 1);
            while (jitter_buffer_prime(f.buffer, now_us(&f), &packet)) {
                primed = (int)(packet.ext_seq - SEQ);
            }
            CHECK_INT(pull(&f), JITTER_DECODE);
            CHECK_INT(f.step.packet.ext_seq, SEQ + primed + 1);
            int64_t most_us = jitter_buffer_required_us(f.buffer) + JITTER_BUFFER_BEGIN_US;
            int64_t delay_us = jitter_buffer_delay_us(f.buffer, f.pending, now_us(&f));
            whole_us = whole == 1 ? delay_us : whole_us;
            CHECK(whole == 1 ? primed == first - 2 : delay_us <= most_us);
            CHECK(whole_us <= most_us ? delay_us == whole_us : delay_us > most_us - 2500 || whole);
            CHECK_INT((whole_us - delay_us) % 2500, 0);
        out:
            tear_down(&f);
        }
    }
}

/** A place whose packet has not come yet is waited for, as any packet is. */
TEST(jitter_buffer_begins_with_what_is_to_come)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE_INT(put(&f, 0), JITTER_KEPT);
    jitter_buffer_begin(f.buffer, 2 * FRAME, true);
    struct jitter_packet packet;
    CHECK(jitter_buffer_prime(f.buffer, now_us(&f), &packet));
    CHECK(!jitter_buffer_prime(f.buffer, now_us(&f), &packet));
    f.tick = 1;
    CHECK_INT(tick(&f), JITTER_WAIT);
    REQUIRE_INT(put(&f, 1), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_WAIT);
    REQUIRE_INT(put(&f, 2), JITTER_KEPT);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 2);
out:
    tear_down(&f);
}

TEST(jitter_buffer_tells_where_play_out_is)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    for (int i = 0; i < 4; i++) {
        REQUIRE_INT(
            put_at(&f, i, 0xFFFFFFFF - 3000 + (uint32_t)i * 2880, (struct look){.samples = 2880}),
            JITTER_KEPT);
    }
    f.tick = ((int64_t)0xFFFFFFFF - 3000) / FRAME + 20;
    uint32_t timestamp = 0xFFFFFFFF - 3000;
    struct jitter_position position;
    for (int i = 0; i < 12; i++) {
        if (f.pending < FRAME) {
            CHECK_INT(pull(&f), JITTER_DECODE);
        }
        REQUIRE(jitter_buffer_position(f.buffer, f.pending, &position));
        CHECK_INT(position.ext_seq, SEQ + i / 3);
        CHECK_INT(position.timestamp, timestamp);
        play(&f);
        timestamp += FRAME;
    }
    REQUIRE(jitter_buffer_position(f.buffer, 0, &position));
    CHECK_INT(position.ext_seq, SEQ + 4);
    CHECK_INT(position.timestamp, timestamp);
out:
    tear_down(&f);
}

/** The clock of the sender jumps: a new life. */
TEST(jitter_buffer_starts_again_after_a_jump)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    REQUIRE_INT(put(&f, 5), JITTER_KEPT);
    struct look look = {.late_us = -(int64_t)1000000 * FRAME * 125 / 6};
    CHECK_INT(put_at(&f, 6, 1000006 * FRAME, look), JITTER_RESTART);
    CHECK_INT(jitter_buffer_stats(f.buffer)->restarts, 1);
    CHECK_INT(jitter_buffer_stats(f.buffer)->discarded, 1);
    struct jitter_position position;
    CHECK(!jitter_buffer_position(f.buffer, 0, &position));
    f.tick = 6;
    CHECK_INT(tick(&f), JITTER_WAIT);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ + 6);
out:
    tear_down(&f);
}

TEST(jitter_buffer_starts_again_when_numbers_went_back)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 1000, 1005));
    int restarts = 0;
    for (int i = 0; i < 20; i++) {
        int verdict = put_at(&f, i, (uint32_t)(1005 + i) * FRAME, (struct look){0});
        CHECK(verdict == JITTER_LATE || verdict == JITTER_KEPT || verdict == JITTER_RESTART);
        restarts += verdict == JITTER_RESTART;
    }
    CHECK_INT(restarts, 1);
out:
    tear_down(&f);
}

TEST(jitter_buffer_is_bounded)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 5));
    for (int i = 5; i < 400; i++) {
        REQUIRE_INT(put(&f, i), JITTER_KEPT);
    }
    CHECK(pool_in_use(f.pool) <= JITTER_BUFFER_PACKETS + 1);
    f.tick = 401;
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK(f.step.packet.ext_seq > SEQ + 350);
    CHECK(jitter_buffer_stats(f.buffer)->discarded > 300);
out:
    tear_down(&f);
}

/** Advice: the delay grows when jitter calls for it, and goes when packets come too early. */
TEST(jitter_buffer_advises_on_its_delay)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    REQUIRE(run(&f, 0, 50));
    CHECK_INT(jitter_buffer_adjustment(f.buffer, 0, now_us(&f)), 0);
    for (int i = 50; i < 100; i++) {
        REQUIRE_INT(
            put_at(&f, i, (uint32_t)i * FRAME, (struct look){.late_us = i % 2 == 0 ? 0 : 14000}),
            JITTER_KEPT);
        (void)tick(&f);
    }
    CHECK_INT(jitter_buffer_adjustment(f.buffer, 0, now_us(&f)), -FRAME);
out:
    tear_down(&f);
}

/** Play-out that began late: all but what is required can go, and what does not cost lead at all.
 */
TEST(jitter_buffer_advises_to_catch_up)
{
    struct fixture f = {0};
    REQUIRE_INT(set_up(&f), 0);
    for (int i = 0; i < 5; i++) {
        REQUIRE_INT(put(&f, i), JITTER_KEPT);
    }
    f.tick = 5;
    CHECK_INT(jitter_buffer_adjustment(f.buffer, 0, now_us(&f)), 0);
    CHECK_INT(tick(&f), JITTER_DECODE);
    CHECK_INT(f.step.packet.ext_seq, SEQ);
    REQUIRE_INT(put(&f, 5), JITTER_KEPT);
    CHECK_INT(jitter_buffer_adjustment(f.buffer, 0, now_us(&f)), 4 * FRAME);
    CHECK_INT(jitter_buffer_adjustment(f.buffer, 100, now_us(&f)), 4 * FRAME + 100);
    CHECK(jitter_buffer_ready(f.buffer));
out:
    tear_down(&f);
}

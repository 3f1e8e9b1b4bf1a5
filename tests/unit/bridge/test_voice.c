#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rand.h"
#include "relay/bridge/voice.h"
#include "rtp/red.h"
#include "support/opus_source.h"
#include "unit/runner.h"

enum {
    FRAME_US = 20000,
    FIRST_SEQ = 65536 + 65000,
    SECOND = 50,
    PT = 111,
    SOURCE = 10 * SECOND /**< packets; then they come again */
};

/** A link with what is wrong with it. */
struct link {
    int64_t delay_us;
    uint32_t jitter_us;   /**< even, 0..this */
    uint32_t tail_us;     /**< mean of more jitter, exponential */
    uint32_t loss_permil; /**< by chance */
    size_t burst;         /**< packets that go together */
    size_t step_at;       /**< from this packet on */
    size_t step_end;      /**< to this */
    int64_t step_us;      /**< the way is longer */
    int64_t drift_ppm;    /**< sender's clock is slower */
    bool red;             /**< with one redundant block */
    bool fec;             /**< Opus' own */
    bool dtx;             /**< sender sends nothing in silence but the first packet of it */
};

struct arrival {
    size_t index;  /**< of the frame in the source */
    size_t number; /**< of the packet */
    int64_t at_us;
};

struct listener {
    struct pool *pool;
    struct voice *voice;
    struct opus_source source;
    struct arrival *arrivals;
    size_t arrival_count;
    float *out;
    size_t count;              /**< packets sent */
    size_t frames;             /**< pulled */
    struct jitter_stats stats; /**< when the last packet was about to come */
    int64_t first_tick_us;
    int64_t most_delay_us;
    int64_t last_delay_us;
    int64_t delay_sum_us;
};

static int set_up(struct listener *l, unsigned seed, size_t count, bool fec, bool dtx)
{
    l->count = count;
    struct voice_config config = {0};
    int err = packet_pool_new(&l->pool, 300);
    err = err == 0 ? voice_new(&l->voice, &config) : err;
    err = err == 0 ? opus_source_init(&l->source, seed, SOURCE, fec, dtx) : err;
    l->arrivals = calloc(count, sizeof(*l->arrivals));
    l->out = calloc((count + SECOND) * PCM_FRAME, sizeof(float));
    return err != 0 || l->arrivals == NULL || l->out == NULL ? -1 : 0;
}

static void tear_down(struct listener *l)
{
    voice_free(&l->voice);
    opus_source_deinit(&l->source);
    free(l->arrivals);
    free(l->out);
    if (l->pool != NULL) {
        CHECK_INT(pool_in_use(l->pool), 0);
        pool_free(&l->pool);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct arrival *x = a;
    const struct arrival *y = b;
    return (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

/** When each packet comes, if it does. */
static void travel(struct listener *l, const struct link *link, uint64_t seed)
{
    struct rand rand;
    rand_init(&rand, seed);
    size_t burst = 0;
    bool silent = false;
    size_t number = 0;
    l->arrival_count = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (link->loss_permil > 0 && rand_below(&rand, 1000) < link->loss_permil) {
            burst = link->burst > 0 ? link->burst : 1;
        }
        int64_t sent_us = (int64_t)(i + 1) * FRAME_US;
        int64_t at_us = sent_us + sent_us * link->drift_ppm / 1000000 + link->delay_us;
        at_us += link->jitter_us > 0 ? rand_below(&rand, link->jitter_us) : 0;
        double even = (rand_below(&rand, 1000000) + 1) / 1e6;
        at_us += (int64_t)(-log(even) * link->tail_us);
        at_us += i >= link->step_at && i < link->step_end ? link->step_us : 0;
        bool was_silent = silent;
        silent = link->dtx && l->source.packets[i % SOURCE].bytes <= 2;
        bool unsent = silent && was_silent;
        number += !unsent;
        if (burst > 0) {
            burst--;
        } else if (!unsent) {
            l->arrivals[l->arrival_count++] =
                (struct arrival){.index = i, .number = number - 1, .at_us = at_us};
        }
    }
    qsort(l->arrivals, l->arrival_count, sizeof(l->arrivals[0]), by_time);
}

static uint32_t timestamp_of(size_t index)
{
    return 0xFFFFF000 + (uint32_t)index * PCM_FRAME;
}

static bool give_numbered(struct listener *l, size_t index, size_t number, int64_t at_us, bool red)
{
    struct packet *packet = packet_take(l->pool);
    if (packet == NULL) {
        return false;
    }
    const struct opus_source_packet *opus = &l->source.packets[index % SOURCE];
    packet->arrival_us = at_us;
    if (red) {
        struct red_part parts[2];
        size_t count = 0;
        if (index > 0) {
            const struct opus_source_packet *before = &l->source.packets[(index - 1) % SOURCE];
            parts[count++] = (struct red_part){
                .at = before->payload, .timestamp_offset = PCM_FRAME, .bytes = before->bytes};
        }
        parts[count++] = (struct red_part){.at = opus->payload, .bytes = opus->bytes};
        red_write(packet->data, PT, parts, count);
        packet->len = (uint32_t)red_bytes(parts, count);
    } else {
        memcpy(packet->data, opus->payload, opus->bytes);
        packet->len = opus->bytes;
    }
    struct voice_packet arrived = {.ext_seq = FIRST_SEQ + (int64_t)number,
                                   .timestamp = timestamp_of(index),
                                   .arrival_us = at_us,
                                   .packet = packet,
                                   .payload = packet->data,
                                   .bytes = packet->len,
                                   .red = red,
                                   .block_pt = PT};
    voice_receive(l->voice, &arrived);
    packet_unref(&packet);
    return true;
}

static bool give(struct listener *l, size_t index, int64_t at_us, bool red)
{
    return give_numbered(l, index, index, at_us, red);
}

/** Ticks from the first packet's sending on, each so long after the sender's. */
static bool listen(struct listener *l, const struct link *link, int64_t phase_us)
{
    size_t next = 0;
    l->first_tick_us = FRAME_US + phase_us;
    for (size_t i = 0; i < l->count + SECOND; i++) {
        int64_t now_us = l->first_tick_us + (int64_t)i * FRAME_US;
        for (; next < l->arrival_count && l->arrivals[next].at_us <= now_us; next++) {
            const struct arrival *arrival = &l->arrivals[next];
            if (!give_numbered(l, arrival->index, arrival->number, arrival->at_us, link->red)) {
                return false;
            }
        }
        (void)voice_pull(l->voice, now_us, &l->out[i * PCM_FRAME]);
        if (i + 10 < l->count) {
            l->last_delay_us = voice_delay_us(l->voice, now_us + FRAME_US);
            l->delay_sum_us += l->last_delay_us;
            l->most_delay_us =
                l->last_delay_us > l->most_delay_us ? l->last_delay_us : l->most_delay_us;
            struct voice_stats stats;
            voice_stats(l->voice, &stats);
            l->stats = stats.jitter;
        }
        l->frames++;
    }
    return true;
}

static bool same(const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

static float roughness(const float *pcm, size_t count)
{
    float most = 0;
    for (size_t i = 2; i < count; i++) {
        most = fmaxf(most, fabsf(pcm[i] - 2 * pcm[i - 1] + pcm[i - 2]));
    }
    return most;
}

static double concealed_percent(const struct listener *l)
{
    struct jitter_stats stats = l->stats;
    return 100.0 * (double)stats.concealed_samples / (double)stats.total_samples;
}

/** What was concealed, put in and taken out adds up with what came out as packets. */
static void check_sums(const struct listener *l)
{
    struct jitter_stats stats = l->stats;
    uint64_t made = stats.emitted_samples + stats.concealed_samples + stats.recovered_samples +
                    stats.pause_samples + stats.inserted_samples - stats.removed_samples;
    CHECK(stats.silent_concealed_samples <= stats.concealed_samples);
    CHECK(made + PCM_MAX_SAMPLES >= stats.total_samples);
    CHECK(made <= stats.total_samples + PCM_MAX_SAMPLES);
}

static void say(const char *what, const struct listener *l)
{
    struct jitter_stats s = l->stats;
    if (getenv("VOICE_FIGURES") == NULL) {
        return;
    }
    printf("%-28s concealed %5.2f%% (silent %5.2f%%) recovered %5.2f%% in %5.2f%% out %5.2f%% "
           "delay mean %5.1f most %5.1f last %5.1f ms, buffer %5.1f ms\n",
           what, concealed_percent(l),
           100.0 * (double)s.silent_concealed_samples / (double)s.total_samples,
           100.0 * (double)s.recovered_samples / (double)s.total_samples,
           100.0 * (double)s.inserted_samples / (double)s.total_samples,
           100.0 * (double)s.removed_samples / (double)s.total_samples,
           (double)l->delay_sum_us / 1000 / (double)l->count, (double)l->most_delay_us / 1000,
           (double)l->last_delay_us / 1000,
           (double)s.delay_us_samples / 1000 / (double)(s.emitted_samples + 1));
}

/** On a clean link a voice is what its packets hold, sample by sample, at any phase of the ticks,
 * and not late. */
TEST_NO_OOM(voice_is_exact_on_a_clean_link)
{
    struct listener l = {0};
    for (int phase_ms = 0; phase_ms < 20; phase_ms += 3) {
        struct link link = {.delay_us = 30000};
        l = (struct listener){0};
        REQUIRE_INT(set_up(&l, 1, SOURCE, false, false), 0);
        travel(&l, &link, 1);
        REQUIRE(listen(&l, &link, INT64_C(1000) * phase_ms));
        say("clean", &l);
        CHECK(l.most_delay_us <= 27000);
        struct jitter_stats stats = l.stats;
        CHECK_INT(stats.removed_samples + stats.inserted_samples, 0);
        size_t late = 0;
        while (late < 10 && l.out[late * PCM_FRAME + PCM_FRAME / 2] == 0) {
            late++;
        }
        CHECK(same(&l.out[(late + 1) * PCM_FRAME], &l.source.decoded[PCM_FRAME],
                   (l.count - 11) * PCM_FRAME));
        tear_down(&l);
        l = (struct listener){0};
    }
out:
    tear_down(&l);
}

struct case_of_link {
    const char *name;
    struct link link;
    double most_concealed_percent;
    int64_t most_last_delay_us;
    size_t seconds;
};

static const struct case_of_link cases[] = {
    {"jitter 10 ms", {.jitter_us = 10000}, 1, 45000, 30},
    {"jitter 40 ms", {.jitter_us = 40000}, 2, 75000, 30},
    {"jitter 100 ms", {.jitter_us = 100000}, 3, 140000, 30},
    {"loss 5 %", {.loss_permil = 50}, 6, 45000, 30},
    {"loss 5 %, jitter 20 ms", {.jitter_us = 20000, .loss_permil = 50}, 7, 60000, 30},
    {"loss 5 %, RED", {.loss_permil = 50, .red = true}, 2, 65000, 30},
    {"loss 10 %, RED", {.loss_permil = 100, .red = true}, 3, 65000, 30},
    {"exponential jitter 10 ms", {.tail_us = 10000}, 2, 75000, 30},
    {"exponential jitter 30 ms", {.tail_us = 30000}, 3, 220000, 30},
    {"loss 5 %, in-band FEC", {.loss_permil = 50, .fec = true}, 4, 65000, 30},
    {"loss 15 %, in-band FEC", {.loss_permil = 150, .fec = true}, 10, 65000, 30},
    {"pauses", {.dtx = true}, 0, 35000, 30},
    {"pauses, jitter 40 ms", {.dtx = true, .jitter_us = 40000}, 2, 75000, 30},
    {"bursts of 3, 2 %", {.loss_permil = 20, .burst = 3}, 9, 45000, 30},
    {"bursts of 60", {.loss_permil = 2, .burst = 60}, 20, 45000, 60},
    {"100 ppm slow", {.drift_ppm = 100}, 0.2, 35000, 600},
    {"100 ppm fast", {.drift_ppm = -100}, 0.2, 35000, 600},
    {"80 ms later for 5 s", {.step_at = 500, .step_end = 750, .step_us = 80000}, 1, 45000, 50},
    {"80 ms later for a minute",
     {.step_at = 500, .step_end = 3500, .step_us = 80000},
     1,
     45000,
     100},
};

TEST_NO_OOM(voice_goes_on_over_bad_links)
{
    struct listener l = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        l = (struct listener){0};
        REQUIRE_INT(set_up(&l, 2, cases[i].seconds * SECOND, cases[i].link.fec, cases[i].link.dtx),
                    0);
        travel(&l, &cases[i].link, 7);
        REQUIRE(listen(&l, &cases[i].link, 7000));
        say(cases[i].name, &l);
        bool good = concealed_percent(&l) <= cases[i].most_concealed_percent;
        good &= l.last_delay_us <= cases[i].most_last_delay_us;
        good &= roughness(l.out, l.frames * PCM_FRAME) <=
                3 * roughness(l.source.decoded, (size_t)SOURCE * PCM_FRAME);
        if (!CHECK(good)) {
            printf("  %s\n", cases[i].name);
        }
        check_sums(&l);
        tear_down(&l);
        l = (struct listener){0};
    }
out:
    tear_down(&l);
}

static double level_db(const float *pcm, size_t count)
{
    double sum = 1e-12;
    for (size_t i = 0; i < count; i++) {
        sum += (double)pcm[i] * (double)pcm[i];
    }
    return 10 * log10(sum / (double)count);
}

/** Chosen in the middle of speech: the packets of the last 100 ms are there, sound begins with the
 * last 80 of them, whole, and catches up. */
TEST_NO_OOM(voice_plays_an_onset_whole_and_catches_up)
{
    struct listener l = {0};
    enum { CHOSEN = 105, PREROLL = 6, ONSET = CHOSEN - 4 };
    REQUIRE_INT(set_up(&l, 3, 200, false, false), 0);
    for (size_t i = CHOSEN - PREROLL; i < CHOSEN; i++) {
        REQUIRE(give(&l, i, (int64_t)(i + 1) * FRAME_US, false));
    }
    voice_begin(l.voice, timestamp_of(ONSET), true);
    float *out = l.out;
    for (size_t i = CHOSEN; i < 200; i++) {
        int64_t now_us = (int64_t)(i + 1) * FRAME_US + 5000;
        REQUIRE(give(&l, i, (int64_t)(i + 1) * FRAME_US, false));
        CHECK(voice_pull(l.voice, now_us, out));
        if (i == CHOSEN) {
            CHECK_INT(voice_delay_us(l.voice, now_us + FRAME_US), 85000);
        }
        if (i == CHOSEN + 3) {
            double got_db = level_db(l.out, (size_t)60 * PCM_MS);
            double said_db =
                level_db(&l.source.decoded[(size_t)ONSET * PCM_FRAME], (size_t)60 * PCM_MS);
            if (getenv("VOICE_FIGURES") != NULL) {
                printf("onset %f of %f dB\n", got_db, said_db);
            }
            CHECK(fabs(got_db - said_db) < 0.5);
        }
        if (i == CHOSEN + 50 && getenv("VOICE_FIGURES") != NULL) {
            printf("a second later %f ms\n", (double)voice_delay_us(l.voice, now_us) / 1000);
        }
        out += PCM_FRAME;
    }
    CHECK(voice_delay_us(l.voice, 200 * FRAME_US + 5000) <= 26000);
    CHECK(roughness(l.out, (size_t)(out - l.out)) <=
          1.5F * roughness(l.source.decoded, (size_t)SOURCE * PCM_FRAME));
    struct voice_stats stats;
    voice_stats(l.voice, &stats);
    CHECK_INT(stats.jitter.concealed_samples, 0);
out:
    tear_down(&l);
}

/** One packet with any payload, between ticks. */
static bool give_bytes(struct listener *l, size_t number, uint32_t timestamp, int64_t at_us,
                       const uint8_t *payload, size_t bytes)
{
    struct packet *packet = packet_take(l->pool);
    if (packet == NULL) {
        return false;
    }
    memcpy(packet->data, payload, bytes);
    packet->len = (uint32_t)bytes;
    struct voice_packet arrived = {.ext_seq = FIRST_SEQ + (int64_t)number,
                                   .timestamp = timestamp,
                                   .arrival_us = at_us,
                                   .packet = packet,
                                   .payload = packet->data,
                                   .bytes = bytes};
    voice_receive(l->voice, &arrived);
    packet_unref(&packet);
    return true;
}

/** Long packets: as exact as short ones, and as soon as they are there. */
TEST_NO_OOM(voice_plays_packets_of_40_to_120_ms)
{
    struct listener l = {0};
    for (size_t frames = 2; frames <= 6; frames++) {
        l = (struct listener){0};
        REQUIRE_INT(set_up(&l, 4, 180, false, false), 0);
        size_t sent = 0;
        for (size_t i = 0; i < 180; i++) {
            int64_t now_us = (int64_t)(i + 1) * FRAME_US + 8000;
            if ((i + 1) % frames == 0) {
                uint8_t payload[6 * OPUS_SOURCE_BYTES];
                size_t bytes = opus_source_join(&l.source, sent * frames, frames, payload);
                REQUIRE(give_bytes(&l, sent, timestamp_of(sent * frames), now_us - 8000, payload,
                                   bytes));
                sent++;
            }
            (void)voice_pull(l.voice, now_us, &l.out[i * PCM_FRAME]);
        }
        size_t late = frames - 1;
        CHECK(same(&l.out[(late + 1) * PCM_FRAME], &l.source.decoded[PCM_FRAME],
                   (170 - late) * PCM_FRAME));
        struct voice_stats stats;
        voice_stats(l.voice, &stats);
        CHECK_INT(stats.jitter.concealed_samples, 0);
        tear_down(&l);
        l = (struct listener){0};
    }
out:
    tear_down(&l);
}

/** What cannot be decoded costs its own place. */
TEST_NO_OOM(voice_conceals_what_is_no_opus)
{
    struct listener l = {0};
    static const uint8_t junk[] = {0x7B, 0xBF, 0xFF, 0xFF, 0xFF};
    REQUIRE_INT(set_up(&l, 4, 200, false, false), 0);
    for (size_t i = 0; i < 200; i++) {
        int64_t now_us = (int64_t)(i + 1) * FRAME_US + 8000;
        if (i % 20 == 10) {
            REQUIRE(give_bytes(&l, i, timestamp_of(i), now_us - 8000, junk,
                               i % 40 == 10 ? 0 : sizeof(junk)));
        } else {
            REQUIRE(give(&l, i, now_us - 8000, false));
        }
        (void)voice_pull(l.voice, now_us, &l.out[i * PCM_FRAME]);
    }
    struct voice_stats stats;
    voice_stats(l.voice, &stats);
    CHECK_INT(stats.undecodable, 10);
    CHECK_INT(stats.jitter.concealed_samples, 10 * PCM_FRAME);
    CHECK(same(&l.out[(size_t)109 * PCM_FRAME], &l.source.decoded[(size_t)109 * PCM_FRAME],
               PCM_FRAME / 4));
    CHECK(roughness(l.out, (size_t)200 * PCM_FRAME) <=
          3 * roughness(l.source.decoded, (size_t)SOURCE * PCM_FRAME));
out:
    tear_down(&l);
}

/** A clock at 16 kHz, a jump of the clock, and new lives: a short silence each, and it goes on. */
TEST_NO_OOM(voice_survives_clocks_that_are_wrong)
{
    struct listener l = {0};
    REQUIRE_INT(set_up(&l, 4, 400, false, false), 0);
    size_t silent = 0;
    for (size_t i = 0; i < 400; i++) {
        int64_t now_us = (int64_t)(i + 1) * FRAME_US + 8000;
        uint32_t timestamp = i < 200 ? (uint32_t)i * 320 : 900000000 + timestamp_of(i);
        const struct opus_source_packet *packet = &l.source.packets[i];
        if (i == 300) {
            voice_restart(l.voice);
        }
        REQUIRE(give_bytes(&l, i, timestamp, now_us - 8000, packet->payload, packet->bytes));
        silent += !voice_pull(l.voice, now_us, &l.out[i * PCM_FRAME]);
    }
    CHECK(silent <= 12);
    CHECK(voice_delay_us(l.voice, (int64_t)401 * FRAME_US + 8000) <= 30000);
    struct voice_stats stats;
    voice_stats(l.voice, &stats);
    CHECK_INT(stats.jitter.restarts, 4);
    CHECK(roughness(l.out, (size_t)400 * PCM_FRAME) <=
          3 * roughness(l.source.decoded, (size_t)SOURCE * PCM_FRAME));
out:
    tear_down(&l);
}

/** Positions go on sample by sample: each frame begins where the one before ended. */
TEST_NO_OOM(voice_tells_its_place_exactly)
{
    struct listener l = {0};
    REQUIRE_INT(set_up(&l, 4, 100, false, false), 0);
    REQUIRE(give(&l, 0, FRAME_US, false));
    voice_begin(l.voice, timestamp_of(0) + 333, true);
    struct jitter_position position;
    CHECK(!voice_position(l.voice, &position));
    for (size_t i = 0; i < 100; i++) {
        int64_t now_us = (int64_t)(i + 2) * FRAME_US + 8000;
        REQUIRE(give(&l, i + 1, now_us - 8000, false));
        (void)voice_pull(l.voice, now_us, &l.out[i * PCM_FRAME]);
        REQUIRE(voice_position(l.voice, &position));
        if (i < 4) {
            CHECK_INT(position.timestamp, timestamp_of(i + 1) + 333);
            CHECK_INT(position.ext_seq, FIRST_SEQ + (int64_t)i + 1);
        }
    }
    CHECK(same(&l.out[(size_t)2 * PCM_FRAME], &l.source.decoded[(size_t)2 * PCM_FRAME + 333],
               (size_t)2 * PCM_FRAME));
    struct voice_stats stats;
    voice_stats(l.voice, &stats);
    CHECK_INT(position.timestamp, timestamp_of(100) + 333 + (uint32_t)stats.jitter.removed_samples);
out:
    tear_down(&l);
}

TEST(voice_needs_memory_only_to_begin)
{
    struct listener l = {0};
    REQUIRE_INT(set_up(&l, 4, 10, false, false), 0);
    uint64_t before = runner_allocations();
    for (size_t i = 0; i < 10; i++) {
        REQUIRE(give(&l, i, (int64_t)(i + 1) * FRAME_US, false));
        (void)voice_pull(l.voice, (int64_t)(i + 1) * FRAME_US + 8000, l.out);
    }
    CHECK(runner_out_of_memory() || runner_allocations() <= before + 10);
out:
    tear_down(&l);
}

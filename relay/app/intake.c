#include "intake.h"

#include "base/minmax.h"
#include "base/mono.h"

enum {
    MEDIA_BATCHES = 4, /**< per socket and loop turn, so that neither side starves */
    FEEDBACK_BATCHES = 8
};

void intake_init(struct intake *intake, const struct intake_config *config)
{
    int64_t now_us = mono_now_us();
    *intake = (struct intake){.config = *config};
    gather_init(&intake->gather, config->gather_us, now_us);
    patience_init(&intake->patience, now_us);
    patience_init(&intake->leisure, now_us);
}

/** Its delay is measured at the end of the loop turn, where anybody waits for it. */
static void note_arrival(struct intake *intake, const struct packet *packet)
{
    gather_arrival(&intake->gather, packet->arrival_us);
    if (intake->arrival_count < INTAKE_ARRIVALS && !intake->leisurely) {
        intake->arrivals_us[intake->arrival_count++] = packet->arrival_us;
    }
}

static void read_media(void *owner, int descriptor, bool readable, bool writable)
{
    struct intake *intake = owner;
    struct packet *batch[UDP_BATCH];
    size_t count = UDP_BATCH;
    (void)readable;
    (void)writable;
    for (int round = 0; round < MEDIA_BATCHES && count == UDP_BATCH; round++) {
        count = udp_receive(intake->udp, descriptor, intake->config.packets,
                            intake->config.large_packets, mono_now_us(), batch);
        int64_t now_us = mono_now_us();
        for (size_t i = 0; i < count; i++) {
            note_arrival(intake, batch[i]);
            packet_shrink(&batch[i], intake->config.small_packets);
        }
        patience_read(&intake->leisure, count);
        exchange_receive(intake->config.exchange, batch, count, now_us);
    }
}

/** What feedback says bears times of its own, so nobody waits for it. */
static void read_feedback(void *owner, int descriptor, bool readable, bool writable)
{
    struct intake *intake = owner;
    struct packet *batch[UDP_BATCH];
    size_t count = UDP_BATCH;
    (void)readable;
    (void)writable;
    for (int round = 0; round < FEEDBACK_BATCHES && count == UDP_BATCH; round++) {
        count = udp_receive(intake->udp, descriptor, intake->config.packets,
                            intake->config.large_packets, mono_now_us(), batch);
        patience_read(&intake->patience, count);
        exchange_receive(intake->config.exchange, batch, count, mono_now_us());
    }
}

int intake_watch(struct intake *intake, struct udp *udp)
{
    int err = 0;
    intake->udp = udp;
    intake->media_count = udp_descriptors(udp, intake->media);
    for (size_t i = 0; i < intake->media_count && err == 0; i++) {
        err = loop_watch(intake->config.loop, intake->media[i], false, read_media, intake);
    }
    intake->feedback_count = udp_patient_descriptors(udp, intake->feedback);
    for (size_t i = 0; i < intake->feedback_count && err == 0; i++) {
        err = loop_watch(intake->config.loop, intake->feedback[i], false, read_feedback, intake);
    }
    return err;
}

static void watch_all(const struct intake *intake, const int *descriptors, size_t count, bool read)
{
    for (size_t i = 0; i < count; i++) {
        loop_watch_read(intake->config.loop, descriptors[i], read);
    }
}

/** Whether it is to be read before anything else wakes the worker. */
static void choose_pace(struct intake *intake)
{
    bool leisurely =
        patience_waits(&intake->leisure) && exchange_is_patient(intake->config.exchange);
    if (leisurely != intake->leisurely) {
        intake->leisurely = leisurely;
        watch_all(intake, intake->media, intake->media_count, !leisurely);
    }
}

/** Lets datagrams come, where they do so often. Whatever has a deadline can wait as long, but for
 * what is strict. */
static void gather(const struct intake *intake, int64_t strict_us)
{
    struct event_counters *counters = exchange_counters(intake->config.exchange);
    int64_t now_us = mono_now_us();
    int64_t until_us = min_i64(gather_until(&intake->gather), strict_us);
    if (until_us > now_us) {
        loop_sleep(until_us);
        counters->gathered_turns++;
        counters->gathered_us += (uint64_t)(until_us - now_us);
    }
}

/** Looks for what the sockets do not tell of. */
static void look(struct intake *intake, int64_t now_us)
{
    for (size_t i = 0; i < intake->media_count && intake->leisurely; i++) {
        read_media(intake, intake->media[i], true, false);
    }
    (void)patience_turn(&intake->leisure, now_us);
    if (now_us >= patience_deadline(&intake->patience)) {
        for (size_t i = 0; i < intake->feedback_count; i++) {
            read_feedback(intake, intake->feedback[i], true, false);
        }
    }
    if (patience_turn(&intake->patience, now_us)) {
        watch_all(intake, intake->feedback, intake->feedback_count,
                  !patience_waits(&intake->patience));
    }
}

int64_t intake_wait(struct intake *intake, int64_t strict_us, int64_t deadline_us)
{
    choose_pace(intake);
    exchange_counters(intake->config.exchange)->turns++;
    deadline_us = min_i64(deadline_us, patience_deadline(&intake->patience));
    if (intake->leisurely) {
        deadline_us = min_i64(deadline_us, patience_deadline(&intake->leisure));
    } else {
        gather(intake, strict_us);
    }
    loop_wait(intake->config.loop, mono_now_us(), min_i64(deadline_us, strict_us));
    look(intake, mono_now_us());
    int64_t now_us = mono_now_us();
    gather_turn(&intake->gather, now_us);
    return now_us;
}

void intake_measure(struct intake *intake)
{
    if (intake->arrival_count > 0) {
        struct hist *delays = &exchange_counters(intake->config.exchange)->forward_us;
        int64_t now_us = mono_now_us();
        for (size_t i = 0; i < intake->arrival_count; i++) {
            hist_add(delays, now_us - intake->arrivals_us[i]);
        }
        intake->arrival_count = 0;
    }
}

#include "intake.h"

#include "base/grid.h"
#include "base/minmax.h"
#include "base/mono.h"
#include "bridge/audio_bridge_config.h"

enum {
    MEDIA_BATCHES = 4, /**< per socket and loop turn, so that neither side starves */
    FEEDBACK_BATCHES = 8
};

void intake_init(struct intake *intake, const struct intake_config *config)
{
    *intake = (struct intake){
        .config = *config, .due_us = INT64_MAX, .media_us = INT64_MAX, .soon_us = INT64_MAX};
    gather_init(&intake->gather, config->gather_us, mono_now_us());
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
    struct intake_socket *socket = owner;
    struct intake *intake = socket->intake;
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
        patience_read(&socket->patience, count);
        exchange_receive(intake->config.exchange, batch, count, now_us);
    }
}

/** What feedback says bears times of its own, so nobody waits for it. */
static void read_feedback(void *owner, int descriptor, bool readable, bool writable)
{
    struct intake_socket *socket = owner;
    struct intake *intake = socket->intake;
    struct packet *batch[UDP_BATCH];
    size_t count = UDP_BATCH;
    (void)readable;
    (void)writable;
    for (int round = 0; round < FEEDBACK_BATCHES && count == UDP_BATCH; round++) {
        count = udp_receive(intake->udp, descriptor, intake->config.packets,
                            intake->config.large_packets, mono_now_us(), batch);
        patience_read(&socket->patience, count);
        exchange_receive(intake->config.exchange, batch, count, mono_now_us());
    }
}

/** @return 0, ERR_NO_MEMORY or ERR_IO */
static int watch(struct intake *intake, struct intake_socket *sockets, size_t count,
                 const int *descriptors, loop_ready *ready)
{
    int err = 0;
    for (size_t i = 0; i < count && err == 0; i++) {
        sockets[i] = (struct intake_socket){.intake = intake, .descriptor = descriptors[i]};
        patience_init(&sockets[i].patience, mono_now_us());
        err = loop_watch(intake->config.loop, descriptors[i], false, ready, &sockets[i]);
    }
    return err;
}

int intake_watch(struct intake *intake, struct udp *udp)
{
    int descriptors[UDP_MAX_SOCKETS];
    intake->udp = udp;
    intake->media_count = udp_descriptors(udp, descriptors);
    int err = watch(intake, intake->media, intake->media_count, descriptors, read_media);
    if (err == 0) {
        intake->feedback_count = udp_patient_descriptors(udp, descriptors);
        err = watch(intake, intake->feedback, intake->feedback_count, descriptors, read_feedback);
    }
    return err;
}

static void leave_alone(struct intake_socket *socket, bool alone)
{
    if (socket->left_alone != alone) {
        socket->left_alone = alone;
        loop_watch_read(socket->intake->config.loop, socket->descriptor, !alone);
    }
}

/** What comes is read before anything else wakes the worker, or not. */
static void choose_pace(struct intake *intake, int64_t strict_us)
{
    bool patient = exchange_is_patient(intake->config.exchange);
    bool leisurely = intake->unhurried && patient;
    intake->mixing = patient && strict_us <= mono_now_us() + AUDIO_BRIDGE_FRAME_US;
    if (leisurely != intake->leisurely) {
        intake->leisurely = leisurely;
        for (size_t i = 0; i < intake->media_count; i++) {
            leave_alone(&intake->media[i], leisurely && patience_waits(&intake->media[i].patience));
        }
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

/** @return when to look at a socket, INT64_MAX when that tells itself */
static int64_t see_socket(struct intake *intake, struct intake_socket *socket, int64_t now_us)
{
    struct patience *patience = &socket->patience;
    (void)patience_turn(patience, intake->mixing ? PATIENCE_BEGIN_MIXED : PATIENCE_BEGIN, now_us);
    int64_t due_us = patience_deadline(patience);
    if (patience->wait_us < GRID_US) {
        intake->soon_us = min_i64(intake->soon_us, due_us);
    }
    return due_us;
}

/** How much comes to each socket, and when those are looked at that are left alone. */
static void see_pace(struct intake *intake, int64_t now_us)
{
    intake->pace_us = grid_up(now_us + 1);
    intake->due_us = INT64_MAX;
    intake->media_us = INT64_MAX;
    intake->soon_us = INT64_MAX;
    intake->unhurried = false;
    for (size_t i = 0; i < intake->feedback_count; i++) {
        struct intake_socket *socket = &intake->feedback[i];
        intake->due_us = min_i64(intake->due_us, see_socket(intake, socket, now_us));
        leave_alone(socket, patience_waits(&socket->patience));
    }
    for (size_t i = 0; i < intake->media_count; i++) {
        struct intake_socket *socket = &intake->media[i];
        intake->media_us = min_i64(intake->media_us, see_socket(intake, socket, now_us));
        leave_alone(socket, intake->leisurely && patience_waits(&socket->patience));
        intake->unhurried = intake->unhurried || patience_waits(&socket->patience);
    }
}

/** Looks for what the sockets do not tell of. */
static void look(struct intake *intake, int64_t now_us)
{
    for (size_t i = 0; i < intake->media_count && intake->leisurely; i++) {
        if (intake->media[i].left_alone) {
            read_media(&intake->media[i], intake->media[i].descriptor, true, false);
        }
    }
    for (size_t i = 0; i < intake->feedback_count && now_us >= intake->due_us; i++) {
        struct intake_socket *socket = &intake->feedback[i];
        if (now_us >= patience_deadline(&socket->patience)) {
            read_feedback(socket, socket->descriptor, true, false);
        }
    }
    int64_t media_us = intake->leisurely ? intake->media_us : INT64_MAX;
    if (now_us >= min_i64(intake->pace_us, min_i64(intake->due_us, media_us))) {
        see_pace(intake, now_us);
    }
}

int64_t intake_wait(struct intake *intake, int64_t strict_us, int64_t deadline_us)
{
    choose_pace(intake, strict_us);
    exchange_counters(intake->config.exchange)->turns++;
    deadline_us = min_i64(deadline_us, intake->due_us);
    if (intake->leisurely) {
        deadline_us = grid_join(min_i64(deadline_us, intake->media_us), strict_us);
        deadline_us = min_i64(deadline_us, intake->soon_us);
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

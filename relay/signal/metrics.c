#include "metrics.h"

#include "base/drop.h"

static void family(struct str *out, const char *name, const char *type, const char *help)
{
    str_printf(out, "# HELP tandem_%s %s\n# TYPE tandem_%s %s\n", name, help, name, type);
}

static void write_control(const struct metrics_control *control, struct str *out)
{
    family(out, "rooms", "gauge", "Rooms, also those in their grace period.");
    str_printf(out, "tandem_rooms %zu\n", control->rooms);
    family(out, "participants", "gauge", "Participants in all rooms.");
    str_printf(out, "tandem_participants %zu\n", control->participants);
    family(out, "draining", "gauge", "1 while no new calls are taken.");
    str_printf(out, "tandem_draining %d\n", control->draining ? 1 : 0);
    family(out, "http_responses_total", "counter", "HTTP answers by class of status.");
    for (size_t class = 1; class < 6; class ++) {
        str_printf(out, "tandem_http_responses_total{class=\"%zuxx\"} %llu\n", class,
                   (unsigned long long)control->requests[class]);
    }
}

static void write_codecs(const struct compose_desk_counters *codecs, struct str *out)
{
    const struct {
        const char *name;
        const char *type;
        const char *help;
        uint64_t value;
    } numbers[] = {
        {"codec_compositions", "gauge", "Composed pictures that are being made.", codecs->open},
        {"codec_slowed_compositions", "gauge",
         "Of them, those at less than the full rate for want of time.", codecs->slowed},
        {"codec_refused_compositions_total", "counter",
         "Composed pictures for which there was no room.", codecs->refused},
        {"codec_composed_pictures_total", "counter", "Pictures that were drawn.", codecs->composed},
        {"codec_skipped_pictures_total", "counter",
         "Pictures that were left out because a thread was behind.", codecs->skipped},
        {"codec_encoded_frames_total", "counter", "Frames that were encoded, of all renditions.",
         codecs->encoded},
        {"codec_decoded_frames_total", "counter",
         "Frames of cameras and screens that were decoded.", codecs->decoded},
        {"codec_broken_frames_total", "counter", "Frames that could not be decoded.",
         codecs->broken},
        {"codec_left_out_frames_total", "counter",
         "Frames that were not decoded: too old, too many, or without a keyframe.",
         codecs->left_out},
        {"codec_untaken_results_total", "counter", "Results that a worker did not take in time.",
         codecs->untaken},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        family(out, numbers[i].name, numbers[i].type, numbers[i].help);
        str_printf(out, "tandem_%s %llu\n", numbers[i].name, (unsigned long long)numbers[i].value);
    }
}

/** One number of each worker. */
struct metric {
    const char *name;
    const char *type;
    const char *help;
    size_t offset; /**< of a uint64_t in struct event_counters */
};

#define METRIC(field, name, help)                                                                  \
    {                                                                                              \
        name, "counter", help, offsetof(struct event_counters, field)                              \
    }
#define GAUGE(field, name, help)                                                                   \
    {                                                                                              \
        name, "gauge", help, offsetof(struct event_counters, field)                                \
    }

static const struct metric metrics[] = {
    METRIC(datagrams_received, "datagrams_received_total", "Datagrams from the media sockets."),
    METRIC(bytes_received, "received_bytes_total", "Bytes from the media sockets."),
    METRIC(datagrams_sent, "datagrams_sent_total", "Datagrams given to the media sockets."),
    METRIC(messages_sent, "messages_sent_total",
           "Messages that carried them: those to one receiver of one size share one."),
    METRIC(bytes_sent, "sent_bytes_total", "Bytes given to the media sockets."),
    METRIC(cpu_us, "cpu_microseconds_total", "CPU time that a worker's thread has used."),
    METRIC(turns, "turns_total", "Times that a worker looked for something to do."),
    METRIC(gathered_turns, "gathered_turns_total",
           "Of them, those before which it waited, so that more datagrams could come."),
    METRIC(gathered_us, "gathered_microseconds_total", "How long it waited so."),
    METRIC(packets_forwarded, "packets_forwarded_total",
           "RTP packets forwarded, once per receiver."),
    METRIC(nacks_sent, "nacks_sent_total", "Packets asked for again from publishers."),
    METRIC(nacks_received, "nacks_received_total", "Packets that receivers asked for again."),
    METRIC(rtx_sent, "rtx_sent_total", "Packets sent again."),
    METRIC(rtx_received, "rtx_received_total", "Packets received again."),
    METRIC(keyframes_requested, "keyframes_requested_total", "PLI and FIR sent to publishers."),
    METRIC(feed_changes, "feed_changes_total", "Times that a slot got another feed."),
    METRIC(path_moves, "path_moves_total", "Participants followed to a new address."),
    GAUGE(mix.rooms, "mix_rooms", "Rooms whose sound is mixed for somebody."),
    GAUGE(mix.decoders, "mix_decoders", "Voices that are decoded for mixes."),
    GAUGE(mix.encoders, "mix_encoders", "Mixes that are encoded, shared ones and those for one."),
    METRIC(mix.frames, "mix_frames_total", "Mixed frames of 20 ms, of all rooms."),
    METRIC(mix.late, "mix_late_frames_total", "Frames made later than the next was due."),
    METRIC(mix.decoded, "mix_decoded_frames_total", "Frames of voices that were decoded."),
    METRIC(mix.encoded, "mix_encoded_packets_total", "Packets of mixes that were encoded."),
    METRIC(mix.copies, "mix_encoder_copies_total", "Encoders that began as a copy of another."),
    METRIC(mix.rejoins, "mix_rejoins_total", "Listeners who went back to a shared mix."),
    METRIC(mix.entered, "mix_entered_total", "Slots that went over to a mix."),
    METRIC(mix.left, "mix_left_total", "Slots that went from a mix to a track."),
    METRIC(mix.liars, "mix_liars_total", "Times that a source told of sound and had none."),
    METRIC(mix.total_samples, "mix_samples_total", "Samples that voices played."),
    METRIC(mix.concealed_samples, "mix_concealed_samples_total", "Of them, made up for loss."),
    GAUGE(pictures.compositions, "picture_rooms", "Rooms with a composed picture."),
    METRIC(pictures.frames_in, "picture_tile_frames_total", "Frames given to be composed."),
    METRIC(pictures.frames_lost, "picture_lost_tile_frames_total",
           "Frames of tiles that came with holes, or were not taken."),
    METRIC(pictures.frames_out, "picture_frames_total", "Composed pictures sent, all renditions."),
    METRIC(pictures.refused, "picture_refusals_total", "Times that there was no room for one."),
};

static void write_workers(const struct event_counters *workers, size_t count, struct str *out)
{
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        family(out, metrics[i].name, metrics[i].type, metrics[i].help);
        for (size_t w = 0; w < count; w++) {
            const void *at = (const char *)&workers[w] + metrics[i].offset;
            const uint64_t *value = at;
            str_printf(out, "tandem_%s{worker=\"%zu\"} %llu\n", metrics[i].name, w,
                       (unsigned long long)*value);
        }
    }
}

/** How long sound is under way inside the relay, of all workers. @param offset of the delay in
 * struct event_counters */
static void write_mix_delay(const char *name, const char *help, size_t offset,
                            const struct event_counters *workers, size_t count, struct str *out)
{
    struct event_mix_delay sum = {.sum_us = 0};
    uint64_t below = 0;
    for (size_t w = 0; w < count; w++) {
        const void *at = (const char *)&workers[w] + offset;
        const struct event_mix_delay *delay = at;
        sum.sum_us += delay->sum_us;
        for (size_t i = 0; i <= EVENT_MIX_DELAYS; i++) {
            sum.steps[i] += delay->steps[i];
        }
    }
    family(out, name, "histogram", help);
    for (size_t i = 0; i < EVENT_MIX_DELAYS; i++) {
        below += sum.steps[i];
        str_printf(out, "tandem_%s_bucket{le=\"%.3f\"} %llu\n", name,
                   (double)(i + 1) * EVENT_MIX_DELAY_US / 1e6, (unsigned long long)below);
    }
    below += sum.steps[EVENT_MIX_DELAYS];
    str_printf(out,
               "tandem_%s_bucket{le=\"+Inf\"} %llu\n"
               "tandem_%s_sum %.6f\ntandem_%s_count %llu\n",
               name, (unsigned long long)below, name, (double)sum.sum_us / 1e6, name,
               (unsigned long long)below);
}

/** How long datagrams are under way inside the relay, of all workers. */
static void write_forward_delay(const struct event_counters *workers, size_t count, struct str *out)
{
    static const int64_t bounds_us[] = {31,   63,   127,  255,   511,   1023,
                                        2047, 4095, 8191, 16383, 32767, 65535};
    uint64_t all = 0;
    double sum_us = 0;
    family(out, "forward_delay_seconds", "histogram",
           "From the kernel's receive time of a datagram until what it caused was handed back.");
    for (size_t i = 0; i < sizeof(bounds_us) / sizeof(bounds_us[0]); i++) {
        uint64_t below = 0;
        for (size_t w = 0; w < count; w++) {
            below += hist_count_to(&workers[w].forward_us, bounds_us[i]);
        }
        str_printf(out, "tandem_forward_delay_seconds_bucket{le=\"%.6f\"} %llu\n",
                   (double)(bounds_us[i] + 1) / 1e6, (unsigned long long)below);
    }
    for (size_t w = 0; w < count; w++) {
        all += hist_count(&workers[w].forward_us);
        sum_us += (double)workers[w].forward_us.sum;
    }
    str_printf(out,
               "tandem_forward_delay_seconds_bucket{le=\"+Inf\"} %llu\n"
               "tandem_forward_delay_seconds_sum %.6f\ntandem_forward_delay_seconds_count %llu\n",
               (unsigned long long)all, sum_us / 1e6, (unsigned long long)all);
}

static void write_drops(const struct event_counters *workers, size_t count, struct str *out)
{
    family(out, "drops_total", "counter", "What was dropped, by cause.");
    for (int reason = DROP_NONE + 1; reason < DROP_REASON_COUNT; reason++) {
        uint64_t sum = 0;
        for (size_t w = 0; w < count; w++) {
            sum += workers[w].drops.n[reason];
        }
        str_printf(out, "# %s: %s\ntandem_drops_total{reason=\"%s\"} %llu\n",
                   drop_name((enum drop_reason)reason), drop_help((enum drop_reason)reason),
                   drop_name((enum drop_reason)reason), (unsigned long long)sum);
    }
}

void metrics_write(const struct metrics_control *control, const struct event_counters *workers,
                   size_t worker_count, struct str *out)
{
    write_control(control, out);
    write_codecs(&control->codecs, out);
    write_workers(workers, worker_count, out);
    write_forward_delay(workers, worker_count, out);
    write_mix_delay("mix_delay_seconds",
                    "From the arrival of a voice's packet to the departure of its sound in a mix.",
                    offsetof(struct event_counters, mix.delay), workers, worker_count, out);
    write_mix_delay("mix_added_delay_seconds",
                    "Of that, what is beyond the present target of the voice's jitter buffer.",
                    offsetof(struct event_counters, mix.added), workers, worker_count, out);
    write_drops(workers, worker_count, out);
}

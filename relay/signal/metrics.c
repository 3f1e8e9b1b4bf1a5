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

/** One number of each worker. */
struct metric {
    const char *name;
    const char *help;
    size_t offset; /**< of a uint64_t in struct event_counters */
};

#define METRIC(field, name, help)                                                                  \
    {                                                                                              \
        name, help, offsetof(struct event_counters, field)                                         \
    }

static const struct metric metrics[] = {
    METRIC(datagrams_received, "datagrams_received_total", "Datagrams from the media sockets."),
    METRIC(bytes_received, "received_bytes_total", "Bytes from the media sockets."),
    METRIC(datagrams_sent, "datagrams_sent_total", "Datagrams given to the media sockets."),
    METRIC(bytes_sent, "sent_bytes_total", "Bytes given to the media sockets."),
    METRIC(packets_forwarded, "packets_forwarded_total",
           "RTP packets forwarded, once per receiver."),
    METRIC(nacks_sent, "nacks_sent_total", "Packets asked for again from publishers."),
    METRIC(nacks_received, "nacks_received_total", "Packets that receivers asked for again."),
    METRIC(rtx_sent, "rtx_sent_total", "Packets sent again."),
    METRIC(rtx_received, "rtx_received_total", "Packets received again."),
    METRIC(keyframes_requested, "keyframes_requested_total", "PLI and FIR sent to publishers."),
    METRIC(feed_changes, "feed_changes_total", "Times that a slot got another feed."),
    METRIC(path_moves, "path_moves_total", "Participants followed to a new address."),
};

static void write_workers(const struct event_counters *workers, size_t count, struct str *out)
{
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        family(out, metrics[i].name, "counter", metrics[i].help);
        for (size_t w = 0; w < count; w++) {
            const void *at = (const char *)&workers[w] + metrics[i].offset;
            const uint64_t *value = at;
            str_printf(out, "tandem_%s{worker=\"%zu\"} %llu\n", metrics[i].name, w,
                       (unsigned long long)*value);
        }
    }
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
    write_workers(workers, worker_count, out);
    write_drops(workers, worker_count, out);
}

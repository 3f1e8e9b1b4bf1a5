/** The report as a page in one file, without scripts: legible from telephones to walls, light and
 * dark. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/hist.h"
#include "load/html_plot.h"
#include "load/html_tables.h"
#include "load/html_text.h"
#include "load/report.h"
#include "load/scenario.h"
#include "load/words.h"

static const double us_per_s = 1e6;

static const char style[] =
    ":root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1c2128;--soft:#5d6773;"
    "--edge:#dde1e6;--good:#127a52;--bad:#c0362c;--c0:#2b73c9;--c1:#d9730d;--c2:#1a8f6f;"
    "--c3:#b4478a;--c4:#7a58c9}"
    "@media(prefers-color-scheme:dark){:root{--page:#14171b;--card:#1d2127;--ink:#e6e9ed;"
    "--soft:#9aa4b0;--edge:#333a43;--good:#4cc38a;--bad:#ff7a6e;--c0:#6aa9f4;--c1:#f2a152;"
    "--c2:#4fc7a3;--c3:#e58cc0;--c4:#ad92f0}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--page);color:var(--ink);"
    "font:clamp(14px,.35vw + 12px,22px)/1.5 system-ui,sans-serif}"
    "main{max-width:130em;margin:0 auto;padding:clamp(.8em,2vw,2.5em)}"
    "h1{font-size:1.5em;line-height:1.25;margin:0 0 .2em;overflow-wrap:anywhere}"
    "h2{font-size:1.1em;margin:2em 0 .6em}"
    "header p{margin:.15em 0;color:var(--soft);overflow-wrap:anywhere}"
    ".badge{display:inline-block;margin:.5em 0 0;padding:.1em .8em;border-radius:1em;"
    "font-weight:600;border:1.5px solid currentColor}"
    ".good{color:var(--good)}.bad{color:var(--bad)}"
    ".tiles{display:grid;gap:.8em;margin:1.4em 0;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,11.5em),1fr))}"
    ".tile,figure{background:var(--card);border:1px solid var(--edge);border-radius:.6em;margin:0;"
    "padding:.8em 1em;min-width:0}"
    ".tile h3{margin:0;font-size:.85em;font-weight:500;color:var(--soft)}"
    ".tile p{margin:.1em 0 0;font-size:.85em;color:var(--soft);"
    "font-variant-numeric:tabular-nums}.tile small{font-size:.55em;font-weight:500}.tile "
    "p.big{font-size:1.7em;line-height:1.25;"
    "color:var(--ink);font-weight:600}"
    ".plots{display:grid;gap:.8em;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,24em),1fr))}"
    "figcaption{font-weight:600}figcaption small{color:var(--soft);font-weight:400}"
    "svg{display:block;width:100%;height:auto}"
    "svg text{font-size:11px;fill:var(--soft);font-variant-numeric:tabular-nums}"
    ".grid{stroke:var(--edge);fill:none}.line{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    ".bar{fill:var(--c0)}"
    ".line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}"
    ".line.cbad{stroke:var(--bad)}i.cbad{background:var(--bad)}"
    ".line.c3{stroke:var(--c3)}.line.c4{stroke:var(--c4)}"
    "i.c0{background:var(--c0)}i.c1{background:var(--c1)}i.c2{background:var(--c2)}"
    "i.c3{background:var(--c3)}i.c4{background:var(--c4)}"
    ".legend{margin:.2em 0 0;font-size:.85em;color:var(--soft)}"
    ".legend span{margin-right:1em;white-space:nowrap}"
    ".legend i{display:inline-block;width:.9em;height:.9em;border-radius:.2em;margin-right:.4em;"
    "vertical-align:-.1em}"
    ".split{display:flex;height:1.6em;border-radius:.3em;overflow:hidden;background:var(--edge)}"
    ".split i{display:block}"
    ".scroll{overflow-x:auto;background:var(--card);border:1px solid var(--edge);"
    "border-radius:.6em}"
    "table{border-collapse:collapse;width:100%;font-size:.9em}"
    "th,td{padding:.35em .8em;text-align:left;vertical-align:top;border-bottom:1px solid "
    "var(--edge);white-space:nowrap}tr:last-child td{border-bottom:0}"
    "th{color:var(--soft);font-weight:500}"
    ".n{text-align:right;font-variant-numeric:tabular-nums}"
    ".quote{white-space:normal;overflow-wrap:anywhere;min-width:14em}.wide{min-width:7em}"
    ".share{height:.8em;margin-top:.35em;border-radius:.2em;background:var(--edge)}"
    ".share i{display:block;height:100%;border-radius:.2em;background:var(--bad)}"
    ".note,footer{color:var(--soft);font-size:.85em}footer{margin-top:2.5em}"
    "@media print{body{background:#fff}figure,.tile,tr{break-inside:avoid}}";

static void write_head(FILE *out, const struct report *report)
{
    char scenario[512];
    const struct tally *tally = report->tally;
    (void)fputs("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
                "style-src 'unsafe-inline'\"><title>tandem-load: ",
                out);
    html_text(out, tally->target);
    (void)fprintf(out, "</title><style>%s</style></head>\n<body><main>\n<header><h1>", style);
    html_text(out, tally->target);
    (void)fprintf(out, "</h1><p>%s", report->capacity != NULL ? "A search that began with " : "");
    html_text(out, scenario_describe(report->config->scenario, scenario, sizeof(scenario)));
    (void)fputs("</p><p>", out);
    html_text(out, report->began);
    (void)fprintf(out, ", %s agents, %s", tally->agent,
                  tally->length_us > 0 ? "measured for " : "nothing was measured");
    if (tally->length_us > 0) {
        html_number(out, "measured_s", (double)tally->length_us / us_per_s,
                    words_us((double)tally->length_us).text);
    }
    bool good = report_good(report);
    (void)fprintf(out, "%s</p><span class=\"badge %s\">%s</span></header>\n",
                  report->interrupted ? ", interrupted" : "", good ? "good" : "bad",
                  good ? "as expected" : "not as expected");
}

static void open_tile(FILE *out, const char *title)
{
    (void)fprintf(out, "<div class=\"tile\"><h3>%s</h3><p class=\"big\">", title);
}

static void next_line(FILE *out)
{
    (void)fputs("</p><p>", out);
}

static void close_tile(FILE *out)
{
    (void)fputs("</p></div>\n", out);
}

static void count(FILE *out, const char *path, uint64_t value)
{
    char shown[24];
    (void)snprintf(shown, sizeof(shown), "%" PRIu64, value);
    html_number(out, path, (double)value, shown);
}

static void decimal(FILE *out, const char *path, double value, int places)
{
    char shown[32];
    (void)snprintf(shown, sizeof(shown), "%.*f", places, value);
    html_number(out, path, value, shown);
}

static void share(FILE *out, const char *path, double value)
{
    html_number(out, path, value, words_share(value).text);
}

static void permille(FILE *out, const char *path, const struct hist *hist, unsigned which)
{
    double us = (double)hist_permille(hist, which);
    html_number(out, path, us, words_us(us).text);
}

static void tile_callers(FILE *out, const struct tally_sum *sum)
{
    open_tile(out, "Callers up");
    count(out, "sum.up", sum->up);
    (void)fputs(" of ", out);
    count(out, "sum.callers", sum->callers);
    next_line(out);
    (void)fprintf(out, "<span%s>", sum->failed > 0 ? " class=\"bad\"" : "");
    count(out, "sum.failed", sum->failed);
    (void)fputs(" failed</span>", out);
    close_tile(out);
}

static void tile_mos(FILE *out, const struct tally_sum *sum)
{
    if (sum->judged == 0) {
        return;
    }
    open_tile(out, "MOS (G.107.2)");
    decimal(out, "sum.mos.mean", sum->mos_mean, 2);
    next_line(out);
    (void)fputs("worst ", out);
    decimal(out, "sum.mos.worst", sum->mos_worst, 2);
    (void)fputs(", 5 % below ", out);
    decimal(out, "sum.mos.p5", sum->mos_p5, 2);
    close_tile(out);
}

static void tile_path(FILE *out, const struct tally_sum *sum)
{
    open_tile(out, "Lost after repair");
    share(out, "sum.loss_after", sum->loss_after);
    next_line(out);
    (void)fputs("before ", out);
    share(out, "sum.loss_before", sum->loss_before);
    (void)fputs(", of ", out);
    count(out, "sum.packets", sum->forwarded);
    (void)fputs(" packets", out);
    close_tile(out);
    if (sum->strangers > 0) {
        open_tile(out, "Not ours");
        (void)fputs("<span class=\"bad\">", out);
        count(out, "sum.strangers", sum->strangers);
        (void)fputs("</span>", out);
        next_line(out);
        (void)fputs("packets are " REPORT_STRANGERS, out);
        close_tile(out);
    }
    if (hist_count(&sum->delay_us) > 0) {
        open_tile(out, "One-way delay, p99");
        permille(out, "sum.delay.p99_us", &sum->delay_us, 990);
        next_line(out);
        (void)fputs("median ", out);
        permille(out, "sum.delay.p50_us", &sum->delay_us, 500);
        (void)fputs(", p99.9 ", out);
        permille(out, "sum.delay.p99_9_us", &sum->delay_us, 999);
        close_tile(out);
    }
    if (hist_count(&sum->join_us) > 0) {
        open_tile(out, "Join to first media, p95");
        permille(out, "sum.join.all.p95_us", &sum->join_us, 950);
        next_line(out);
        (void)fputs("median ", out);
        permille(out, "sum.join.all.p50_us", &sum->join_us, 500);
        close_tile(out);
    }
}

static void tile_heard(FILE *out, const struct tally_sum *sum)
{
    if (sum->scored > 0) {
        open_tile(out, "Heard (ESTOI)");
        decimal(out, "sum.sound.estoi", sum->estoi_mean, 3);
        next_line(out);
        if (sum->compared > 0) {
            (void)fputs("LSD ", out);
            decimal(out, "sum.sound.lsd_db", sum->lsd_db_mean, 1);
            (void)fputs(" dB, mouth to ear ", out);
            decimal(out, "sum.sound.mouth_to_ear_ms", sum->mouth_to_ear_ms, 0);
            (void)fputs(" ms, ", out);
        }
        (void)fputs("clipped ", out);
        share(out, "sum.sound.clipped", sum->clipped_share);
        close_tile(out);
    }
    if (sum->sampled > 0) {
        open_tile(out, "Heard somebody wrongly");
        (void)fprintf(out, "<span%s>", sum->heard_wrong > 0 ? " class=\"bad\"" : "");
        count(out, "sum.heard_wrong", sum->heard_wrong);
        (void)fputs("</span> of ", out);
        count(out, "sum.sampled", sum->sampled);
        next_line(out);
        (void)fputs("who were listened with", out);
        close_tile(out);
    }
}

static void tile_pictures(FILE *out, const struct tally_sum *sum)
{
    if (sum->watching > 0) {
        open_tile(out, "Pictures a second");
        decimal(out, "sum.pictures.fps", sum->fps, 1);
        next_line(out);
        decimal(out, "sum.pictures.freezes_per_min", sum->freezes_per_min, 2);
        (void)fputs(" freezes a minute, ", out);
        share(out, "sum.pictures.frozen", sum->frozen);
        (void)fputs(" frozen", out);
        close_tile(out);
    }
    if (sum->seen > 0) {
        open_tile(out, "Seen (PSNR)");
        decimal(out, "sum.seen.psnr_db", sum->psnr_db_mean, 1);
        (void)fputs(" <small>dB</small>", out);
        next_line(out);
        (void)fputs("SSIM ", out);
        decimal(out, "sum.seen.ssim", sum->ssim_mean, 3);
        (void)fputs(", undecodable ", out);
        count(out, "sum.seen.undecodable", sum->undecodable);
        close_tile(out);
    }
}

static void tile_costs(FILE *out, const struct report *report)
{
    const struct tally *tally = report->tally;
    double seconds = (double)tally->length_us / us_per_s;
    if (tally->server_cpu_s >= 0 && seconds > 0) {
        open_tile(out, "Server");
        decimal(out, "cost.server_cores", tally->server_cpu_s / seconds, 2);
        (void)fputs(" <small>cores</small>", out);
        next_line(out);
        decimal(out, "sum.server_us_per_packet", report->sum->server_us_per_packet, 2);
        (void)fputs(" &micro;s a packet, ", out);
        html_number(out, "sum.server_bytes_per_caller", report->sum->server_bytes_per_caller,
                    words_bytes(report->sum->server_bytes_per_caller).text);
        (void)fputs(" a caller", out);
        close_tile(out);
    }
    open_tile(out, "tandem-load itself");
    decimal(out, "cost.own_cores", seconds > 0 ? tally->own_cpu_s / seconds : 0, 2);
    (void)fputs(" <small>cores</small>", out);
    next_line(out);
    if (hist_count(&tally->lag_us) > 0) {
        (void)fputs("late by ", out);
        permille(out, "cost.own_lag.p99_us", &tally->lag_us, 990);
        (void)fputs(" at p99, ", out);
        permille(out, "cost.own_lag.p99_9_us", &tally->lag_us, 999);
        (void)fputs(" at p99.9", out);
    }
    if (tally_tool_late(tally)) {
        next_line(out);
        (void)fputs("<span class=\"bad\">too late: this machine is too busy, and what was measured "
                    "may be its own fault</span>",
                    out);
    }
    if (tally_tool_wants_core(tally)) {
        next_line(out);
        (void)fputs(REPORT_WANTS_CORE, out);
    }
    close_tile(out);
}

/** What a perfect call (R 148) lost, as one bar. */
static void write_split(FILE *out, const struct tally_sum *sum)
{
    if (sum->judged == 0) {
        return;
    }
    const struct {
        const char *name;
        const char *path;
        double value;
    } parts[] = {{"kept (R)", "sum.mos.r", sum->r_mean},
                 {"codec", "sum.mos.by_codec", sum->by_codec},
                 {"loss", "sum.mos.by_loss", sum->by_loss},
                 {"burst", "sum.mos.by_burst", sum->by_burst},
                 {"delay", "sum.mos.by_delay", sum->by_delay}};
    static const char *const classes[] = {"c2", "c0", "c1", "c3", "c4"};
    (void)fputs("<section><h2>What a perfect call lost, of R 148</h2><div class=\"split\">", out);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        (void)fprintf(out, "<i class=\"%s\" style=\"width:%.2f%%\"></i>", classes[i],
                      100 * parts[i].value / MOS_PERFECT_R);
    }
    (void)fputs("</div><p class=\"legend\">", out);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        (void)fprintf(out, "<span><i class=\"%s\"></i>%s ", classes[i], parts[i].name);
        decimal(out, parts[i].path, parts[i].value, 1);
        (void)fputs("</span> ", out);
    }
    (void)fputs("</p></section>\n", out);
}

static const struct tally_moment *moment(const void *data, size_t i)
{
    return &((const struct tally *)data)->moments[i];
}

static double m_at(const void *data, size_t i)
{
    return (double)moment(data, i)->at_us / us_per_s;
}

#define MOMENT(name, expression)                                                                   \
    static double m_##name(const void *data, size_t i)                                             \
    {                                                                                              \
        const struct tally_moment *m = moment(data, i);                                            \
        return (expression);                                                                       \
    }

MOMENT(up, m->up)
MOMENT(joining, m->joining)
MOMENT(failed, m->failed)
MOMENT(mos_mean, m->mos_mean > 0 ? m->mos_mean : NAN)
MOMENT(mos_worst, m->mos_worst > 0 ? m->mos_worst : NAN)
MOMENT(loss, m->loss * 100)
MOMENT(p50, m->delay_p50_us > 0 ? (double)m->delay_p50_us / 1000 : NAN)
MOMENT(p99, m->delay_p99_us > 0 ? (double)m->delay_p99_us / 1000 : NAN)
MOMENT(sent, m->sent_bps / 1e6)
MOMENT(received, m->received_bps / 1e6)
MOMENT(own_cpu, m->own_cpu)
MOMENT(server_cpu, m->server_cpu >= 0 ? m->server_cpu : NAN)
MOMENT(memory, m->server_cpu >= 0 ? (double)m->server_bytes / 1e6 : NAN)
MOMENT(lag, (double)m->lag_p99_us / 1000)

static void write_time_plots(FILE *out, const struct tally *tally)
{
    bool server = tally->server_cpu_s >= 0;
    const struct html_plot plots[] = {
        {.title = "Load",
         .unit = "callers",
         .whole = true,
         .series = {{"up", m_up, "c2", true},
                    {"joining", m_joining, NULL, false},
                    {"failed", m_failed, "cbad", false}},
         .series_count = 3},
        {.title = "MOS",
         .unit = "",
         .least = 1,
         .most = 5,
         .series = {{"mean", m_mos_mean, NULL, true}, {"worst caller", m_mos_worst, NULL, true}},
         .series_count = 2},
        {.title = "Lost after repair",
         .unit = "%",
         .series = {{"lost", m_loss, "cbad", false}},
         .series_count = 1},
        {.title = "One-way delay",
         .unit = "ms",
         .series = {{"median", m_p50, NULL, false}, {"p99", m_p99, NULL, false}},
         .series_count = 2},
        {.title = "Rate",
         .unit = "Mbit/s",
         .series = {{"sent by callers", m_sent, NULL, false},
                    {"received", m_received, NULL, false}},
         .series_count = 2},
        {.title = "CPU",
         .unit = "cores",
         .series = {{"tandem-load", m_own_cpu, NULL, false}, {"server", m_server_cpu, NULL, false}},
         .series_count = server ? 2 : 1},
        {.title = "How late tandem-load was",
         .unit = "ms, p99",
         .series = {{"lag", m_lag, NULL, false}},
         .series_count = 1},
        {.title = "Server's memory",
         .unit = "MB",
         .series = {{"resident", m_memory, NULL, false}},
         .series_count = server ? 1 : 0},
    };
    for (size_t i = 0; i < sizeof(plots) / sizeof(plots[0]); i++) {
        struct html_plot plot = plots[i];
        plot.data = tally;
        plot.count = tally->moment_count;
        plot.at_s = m_at;
        if (plot.series_count > 0) {
            html_plot_lines(out, &plot);
        }
    }
}

/** How many callers have which MOS, in tenths from 1 to 4.5. */
static void write_distribution(FILE *out, const struct report *report)
{
    enum { BARS = 36 };
    struct html_bar bars[BARS];
    char names[BARS][8];
    if (report->sum->judged == 0) {
        return;
    }
    for (size_t i = 0; i < BARS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%.1f", 1 + (double)i / 10);
        bars[i] = (struct html_bar){.name = names[i]};
    }
    for (size_t i = 0; i < report->tally->caller_count; i++) {
        double score = report->tally->callers[i].mos.score;
        if (score > 0) {
            double place = floor((score - 1) * 10 + 1e-9);
            bars[place < 0 ? 0 : place >= BARS ? BARS - 1 : (size_t)place].value++;
        }
    }
    html_plot_bars(out, "MOS of callers", "callers with a MOS from", bars, BARS, 5);
}

int report_html(const struct report *report, FILE *out)
{
    const struct tally_sum *sum = report->sum;
    write_head(out, report);
    (void)fputs("<div class=\"tiles\">\n", out);
    tile_callers(out, sum);
    tile_mos(out, sum);
    tile_path(out, sum);
    tile_heard(out, sum);
    tile_pictures(out, sum);
    tile_costs(out, report);
    (void)fputs("</div>\n", out);
    html_table_verdicts(out, report);
    html_table_capacity(out, report);
    html_table_causes(out, report);
    html_table_wrong(out, report);
    write_split(out, sum);
    (void)fputs("<section><h2>Course</h2><div class=\"plots\">\n", out);
    write_time_plots(out, report->tally);
    write_distribution(out, report);
    (void)fputs("</div></section>\n", out);
    int err = html_table_rooms(out, report);
    if (err == 0) {
        err = html_table_callers(out, report);
    }
    (void)fprintf(out, "<footer>tandem-load %s, %s</footer>\n</main></body></html>\n",
                  report->version, QUALITY_VERSION);
    return err != 0 ? err : fflush(out) == 0 && ferror(out) == 0 ? 0 : ERR_IO;
}

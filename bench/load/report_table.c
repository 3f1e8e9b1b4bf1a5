/** The report at the end, on a terminal. */
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/hist.h"
#include "load/report.h"
#include "load/scenario.h"
#include "load/words.h"

static const double us_per_s = 1e6;

/** Words of others may hold what moves cursors: those are blanks here. */
static void write_text(const char *text, FILE *out)
{
    for (; *text != 0; text++) {
        (void)fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
    }
}

static void write_head(const struct report *report, FILE *out)
{
    char scenario[256];
    const struct tally *tally = report->tally;
    (void)fputc('\n', out);
    write_text(tally->target, out);
    (void)fprintf(out, "\n  %s%s; %s agents; %s%s%s\n",
                  report->capacity != NULL ? "a search that began with " : "",
                  scenario_describe(report->config->scenario, scenario, sizeof(scenario)),
                  tally->agent, tally->length_us > 0 ? "measured for " : "nothing was measured",
                  tally->length_us > 0 ? words_us((double)tally->length_us).text : "",
                  report->interrupted ? " (interrupted)" : "");
}

static void write_callers(const struct tally *tally, const struct tally_sum *sum, FILE *out)
{
    char coming[48] = "";
    uint32_t not_yet = sum->callers - sum->up;
    for (size_t i = 0; i < tally->caller_count; i++) { /* came up, and failed later */
        not_yet -= tally->callers[i].state == CALLER_FAILED && tally->callers[i].times.keys_us == 0;
    }
    if (not_yet > 0) {
        (void)snprintf(coming, sizeof(coming), ", %u still to come", not_yet);
    }
    (void)fprintf(out, "\n  %-14s %u of %u came up, %u failed%s\n", "callers", sum->up,
                  sum->callers, sum->failed, coming);
    for (unsigned i = 1; i < LOAD_CAUSE_COUNT; i++) {
        if (sum->causes[i] == 0) {
            continue;
        }
        const char *message = sum->first_message[i];
        (void)fprintf(out, "  %-14s %u %s: %s\n", "", sum->causes[i],
                      load_cause_name((enum load_cause)i), load_cause_text((enum load_cause)i));
        if (message != NULL && *message != 0) {
            bool quotes = load_cause_quotes_server((enum load_cause)i);
            (void)fprintf(out, "  %-14s   %s: ", "", quotes ? "the server said" : "in detail");
            write_text(message, out);
            (void)fputc('\n', out);
        }
    }
}

static void write_hist(const char *name, const struct hist *hist, FILE *out)
{
    if (hist_count(hist) == 0) {
        return;
    }
    (void)fprintf(out, "  %-14s p50 %-10s p95 %-10s p99 %-10s p99.9 %s\n", name,
                  words_us((double)hist_permille(hist, 500)).text,
                  words_us((double)hist_permille(hist, 950)).text,
                  words_us((double)hist_permille(hist, 990)).text,
                  words_us((double)hist_permille(hist, 999)).text);
}

static void write_joining(const struct tally_sum *sum, FILE *out)
{
    static const char *const names[TALLY_STAGES] = {"  HTTP", "  ICE", "  DTLS", "  first sound",
                                                    "  first frame"};
    write_hist("join", &sum->join_us, out);
    for (unsigned i = 0; i < TALLY_STAGES; i++) {
        write_hist(names[i], &sum->stage_us[i], out);
    }
}

static void write_sound(const struct tally_sum *sum, FILE *out)
{
    if (sum->judged > 0) {
        (void)fprintf(out, "  %-14s mean %.2f, 5 %% below %.2f, worst %.2f (%u callers, %s)\n",
                      "MOS", sum->mos_mean, sum->mos_p5, sum->mos_worst, sum->judged,
                      QUALITY_VERSION);
        (void)fprintf(out,
                      "  %-14s R %.1f = 148 - codec %.1f - loss %.1f - burst %.1f - delay %.1f\n",
                      "", sum->r_mean, sum->by_codec, sum->by_loss, sum->by_burst, sum->by_delay);
        if (sum->delay_unknown > 0) {
            (void)fprintf(out, "  %-14s without delay of server and network: %u callers\n", "",
                          sum->delay_unknown);
        }
        (void)fprintf(out, "  %-14s %s\n", "concealed", words_share(sum->concealed).text);
    }
    if (sum->scored > 0) {
        (void)fprintf(out, "  %-14s ESTOI %.3f (worst %.3f), ", "heard", sum->estoi_mean,
                      sum->estoi_worst);
        if (sum->compared > 0) {
            (void)fprintf(out, "LSD %.1f dB, mouth to ear %.0f ms, ", sum->lsd_db_mean,
                          sum->mouth_to_ear_ms);
        }
        (void)fprintf(out, "clipped %s (%u listened with)\n", words_share(sum->clipped_share).text,
                      sum->scored);
    }
}

static void write_pictures(const struct tally_sum *sum, FILE *out)
{
    if (sum->watching > 0) {
        (void)fprintf(
            out, "  %-14s %.1f/s harmonic, %.2f freezes/min, %s frozen, %" PRIu64 " out of order\n",
            "pictures", sum->fps, sum->freezes_per_min, words_share(sum->frozen).text,
            sum->frames_backward);
    }
    if (sum->seen > 0) {
        (void)fprintf(out,
                      "  %-14s PSNR %.1f dB, SSIM %.3f, %" PRIu64 " undecodable (%u sampled)\n",
                      "seen", sum->psnr_db_mean, sum->ssim_mean, sum->undecodable, sum->seen);
    }
}

enum { MOST_WRONG = 12 };

static void write_numbers(const char *what, const struct tally *tally, const uint32_t *numbers,
                          size_t count, uint32_t self, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct caller_result *who = tally_caller(tally, numbers[i]);
        (void)fprintf(out, "%s ", i == 0 ? what : ",");
        write_text(numbers[i] == self ? "itself"
                   : who != NULL      ? who->config.name
                                      : "a stranger",
                   out);
    }
}

/** Who heard whom wrongly. */
static void write_wrong(const struct report *report, FILE *out)
{
    const struct tally_sum *sum = report->sum;
    if (sum->sampled == 0) {
        return;
    }
    (void)fprintf(out, "  %-14s %u of %u sampled heard exactly whom they should\n", "who is heard",
                  sum->sampled - sum->heard_wrong, sum->sampled);
    unsigned told = 0;
    for (size_t i = 0; i < report->tally->caller_count && told < MOST_WRONG; i++) {
        const struct caller_result *result = &report->tally->callers[i];
        const struct heard_score *score = &result->score;
        if (!result->scored || (score->wrong_count == 0 && score->missing_count == 0)) {
            continue;
        }
        told++;
        (void)fprintf(out, "  %-14s ", "");
        write_text(result->config.name, out);
        (void)fputs(" in ", out);
        write_text(result->config.room_name, out);
        write_numbers(" hears", report->tally, score->wrong, score->wrong_count,
                      result->config.number, out);
        write_numbers(score->wrong_count > 0 ? ", misses" : " misses", report->tally,
                      score->missing, score->missing_count, 0, out);
        (void)fputc('\n', out);
    }
}

static void write_sent(const struct tally_sum *sum, FILE *out)
{
    (void)fprintf(out, "  %-14s %" PRIu64 " packets", "sent", sum->sent);
    if (sum->left_out > 0) {
        (void)fprintf(out, "; %" PRIu64 " of silence left out, as the server asked (DTX)",
                      sum->left_out);
    }
    (void)fputc('\n', out);
}

static void write_path(const struct tally_sum *sum, FILE *out)
{
    write_hist("one-way delay", &sum->delay_us, out);
    write_hist("jitter", &sum->jitter_us, out);
    write_sent(sum, out);
    if (sum->forwarded == 0) {
        (void)fprintf(out, "  %-14s no packet of sound or pictures\n", "came");
        return;
    }
    (void)fprintf(out, "  %-14s %s before repair, %s after; %" PRIu64 " packets came\n", "lost",
                  words_share(sum->loss_before).text, words_share(sum->loss_after).text,
                  sum->forwarded);
    if (sum->strangers > 0) {
        (void)fprintf(out, "  %-14s %" PRIu64 " packets are " REPORT_STRANGERS "\n", "not ours",
                      sum->strangers);
    }
}

static void write_costs(const struct report *report, FILE *out)
{
    const struct tally *tally = report->tally;
    double seconds = (double)tally->length_us / us_per_s;
    if (!(seconds > 0)) {
        return;
    }
    if (tally->server_cpu_s >= 0) {
        char packet[32] = "";
        if (report->sum->forwarded > 0) {
            (void)snprintf(packet, sizeof(packet), " %.2f us a packet,",
                           report->sum->server_us_per_packet);
        }
        (void)fprintf(out, "  %-14s %.2f cores,%s %s a caller\n", "server",
                      tally->server_cpu_s / seconds, packet,
                      words_bytes(report->sum->server_bytes_per_caller).text);
    }
    (void)fprintf(out, "  %-14s %.2f cores, late by %s at p99, %s at p99.9%s\n", "tandem-load",
                  tally->own_cpu_s / seconds,
                  words_us((double)hist_permille(&tally->lag_us, 990)).text,
                  words_us((double)hist_permille(&tally->lag_us, 999)).text,
                  tally->real_time ? ", in real time" : "");
    if (tally_tool_late(tally)) {
        (void)fprintf(out,
                      "  %-14s it was late by %s at worst: this machine is too busy, and what was "
                      "measured may be\n  %-14s the fault of tandem-load\n",
                      "", words_us((double)hist_permille(&tally->lag_us, 1000)).text, "");
    }
    if (tally_tool_wants_core(tally)) {
        (void)fprintf(out, "  %-14s %s\n", "", REPORT_WANTS_CORE);
    }
}

static void write_capacity(const struct report *report, FILE *out)
{
    const struct capacity *capacity = report->capacity;
    if (capacity == NULL) {
        return;
    }
    (void)fprintf(out, "\n  %-8s %8s %6s %6s %10s %10s  %s\n", "load", "callers", "failed", "MOS",
                  "loss", "p99", "");
    for (size_t i = 0; i < capacity->count; i++) {
        const struct capacity_step *step = &capacity->steps[i];
        char mos[16] = "-";
        char verdict[CAPACITY_TEXT_BYTES];
        bool delay = hist_count(&step->sum.delay_us) > 0;
        if (step->sum.judged > 0) {
            (void)snprintf(mos, sizeof(mos), "%.2f", step->sum.mos_mean);
        }
        (void)fprintf(out, "  %-8u %8" PRIu64 " %6u %6s %10s %10s  %s\n", step->load, step->people,
                      step->sum.failed, mos, words_share(step->sum.loss_after).text,
                      delay ? words_us((double)hist_permille(&step->sum.delay_us, 990)).text : "-",
                      capacity_verdict(step, verdict, sizeof(verdict)));
    }
    char sentence[CAPACITY_TEXT_BYTES];
    (void)fprintf(out, "\n  %s\n", capacity_tell(capacity, sentence, sizeof(sentence)));
}

static void write_verdicts(const struct report *report, FILE *out)
{
    for (size_t i = 0; i < report->expect->count; i++) {
        struct expect_verdict verdict;
        expect_judge(&report->expect->rules[i], report->tally, report->sum, &verdict);
        (void)fprintf(out, "%s  %s %-24s %s\n", i == 0 ? "\n" : "",
                      verdict.holds ? "kept  " : "BROKEN", report->expect->rules[i].text,
                      verdict.found_text);
    }
}

int report_table(const struct report *report, FILE *out)
{
    write_head(report, out);
    write_callers(report->tally, report->sum, out);
    write_joining(report->sum, out);
    write_path(report->sum, out);
    write_sound(report->sum, out);
    write_pictures(report->sum, out);
    write_wrong(report, out);
    write_costs(report, out);
    write_capacity(report, out);
    write_verdicts(report, out);
    return fflush(out) == 0 && ferror(out) == 0 ? 0 : ERR_IO;
}

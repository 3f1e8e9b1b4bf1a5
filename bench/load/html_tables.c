#include "load/html_tables.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/hist.h"
#include "load/html_text.h"
#include "load/stream_sums.h"
#include "load/words.h"

enum { PATH_BYTES = 64 };

static void open_table(FILE *out, const char *title, const char *head)
{
    (void)fprintf(out,
                  "<section><h2>%s</h2><div class=\"scroll\"><table><thead><tr>%s</tr></thead>"
                  "<tbody>\n",
                  title, head);
}

static void close_table(FILE *out)
{
    (void)fputs("</tbody></table></div></section>\n", out);
}

static void cell(FILE *out, const char *text)
{
    (void)fputs("<td>", out);
    html_text(out, text);
    (void)fputs("</td>", out);
}

static void number_cell(FILE *out, const char *path, double value, const char *shown)
{
    (void)fputs("<td class=\"n\">", out);
    html_number(out, path, value, shown);
    (void)fputs("</td>", out);
}

static void empty_cell(FILE *out)
{
    (void)fputs("<td class=\"n\">&ndash;</td>", out);
}

void html_table_verdicts(FILE *out, const struct report *report)
{
    if (report->expect->count == 0) {
        return;
    }
    open_table(out, "Expected", "<th>rule</th><th>found</th><th></th>");
    for (size_t i = 0; i < report->expect->count; i++) {
        struct expect_verdict verdict;
        expect_judge(&report->expect->rules[i], report->tally, report->sum, &verdict);
        (void)fputs("<tr>", out);
        cell(out, report->expect->rules[i].text);
        cell(out, verdict.found_text);
        (void)fprintf(out, "<td class=\"%s\">%s</td></tr>\n", verdict.holds ? "good" : "bad",
                      verdict.holds ? "kept" : "broken");
    }
    close_table(out);
}

static void capacity_row(FILE *out, const struct capacity_step *step, size_t i)
{
    char path[PATH_BYTES];
    char shown[24];
    (void)fputs("<tr>", out);
    (void)snprintf(path, sizeof(path), "capacity.steps.%zu.load", i);
    (void)snprintf(shown, sizeof(shown), "%" PRIu32, step->load);
    number_cell(out, path, step->load, shown);
    (void)snprintf(path, sizeof(path), "capacity.steps.%zu.people", i);
    (void)snprintf(shown, sizeof(shown), "%" PRIu64, step->people);
    number_cell(out, path, (double)step->people, shown);
    if (step->sum.judged > 0) {
        (void)snprintf(path, sizeof(path), "capacity.steps.%zu.mos.mean", i);
        (void)snprintf(shown, sizeof(shown), "%.2f", step->sum.mos_mean);
        number_cell(out, path, step->sum.mos_mean, shown);
    } else {
        empty_cell(out);
    }
    (void)snprintf(path, sizeof(path), "capacity.steps.%zu.loss_after", i);
    number_cell(out, path, step->sum.loss_after, words_share(step->sum.loss_after).text);
    if (hist_count(&step->sum.delay_us) > 0) {
        double p99 = (double)hist_permille(&step->sum.delay_us, 990);
        (void)snprintf(path, sizeof(path), "capacity.steps.%zu.delay.p99_us", i);
        number_cell(out, path, p99, words_us(p99).text);
    } else {
        empty_cell(out);
    }
    char verdict[CAPACITY_TEXT_BYTES];
    (void)fprintf(out, "<td class=\"%s\">", step->holds ? "good" : "bad");
    html_text(out, capacity_verdict(step, verdict, sizeof(verdict)));
    (void)fputs("</td></tr>\n", out);
}

void html_table_capacity(FILE *out, const struct report *report)
{
    const struct capacity *capacity = report->capacity;
    if (capacity == NULL) {
        return;
    }
    char title[CAPACITY_TEXT_BYTES];
    (void)capacity_tell(capacity, title, sizeof(title));
    title[0] = (char)toupper((unsigned char)title[0]);
    open_table(out, title,
               "<th class=\"n\">load</th><th class=\"n\">callers</th><th class=\"n\">MOS</th>"
               "<th class=\"n\">lost</th><th class=\"n\">p99 delay</th><th></th>");
    for (size_t i = 0; i < capacity->count; i++) {
        capacity_row(out, &capacity->steps[i], i);
    }
    close_table(out);
}

void html_table_causes(FILE *out, const struct report *report)
{
    const struct tally_sum *sum = report->sum;
    if (sum->failed == 0) {
        return;
    }
    open_table(out, "Why callers failed",
               "<th>cause</th><th class=\"n\">callers</th><th class=\"wide\"></th>"
               "<th>the server's first words</th>");
    size_t row = 0;
    for (unsigned i = 1; i < LOAD_CAUSE_COUNT; i++) {
        if (sum->causes[i] == 0) {
            continue;
        }
        char path[PATH_BYTES];
        char shown[24];
        (void)fputs("<tr><td><b>", out);
        html_text(out, load_cause_name((enum load_cause)i));
        (void)fputs("</b><br><small>", out);
        html_text(out, load_cause_text((enum load_cause)i));
        (void)fputs("</small></td>", out);
        (void)snprintf(path, sizeof(path), "sum.causes.%zu.count", row);
        (void)snprintf(shown, sizeof(shown), "%" PRIu32, sum->causes[i]);
        number_cell(out, path, sum->causes[i], shown);
        (void)fprintf(out, "<td><div class=\"share\"><i style=\"width:%.1f%%\"></i></div></td>",
                      100.0 * sum->causes[i] / sum->failed);
        (void)fputs("<td class=\"quote\">", out);
        html_text(out, sum->first_message[i] == NULL ? "" : sum->first_message[i]);
        (void)fputs("</td></tr>\n", out);
        row++;
    }
    close_table(out);
}

static void write_numbers(FILE *out, const struct tally *tally, const uint32_t *numbers,
                          size_t count, uint32_t self)
{
    (void)fputs("<td>", out);
    for (size_t i = 0; i < count; i++) {
        const struct caller_result *who = tally_caller(tally, numbers[i]);
        (void)fputs(i == 0 ? "" : ", ", out);
        if (numbers[i] == self) {
            (void)fputs("<b>itself</b>", out);
        } else {
            html_text(out, who != NULL ? who->config.name : "a stranger");
        }
    }
    (void)fputs("</td>", out);
}

void html_table_wrong(FILE *out, const struct report *report)
{
    const struct tally *tally = report->tally;
    if (report->sum->heard_wrong == 0) {
        return;
    }
    open_table(out, "Who hears whom wrongly",
               "<th>caller</th><th>room</th><th>hears and should not</th><th>misses</th>");
    size_t told = 0;
    for (size_t i = 0; i < tally->caller_count && told < HTML_MOST_WRONG; i++) {
        const struct caller_result *result = &tally->callers[i];
        const struct heard_score *score = &result->score;
        if (!result->scored || (score->wrong_count == 0 && score->missing_count == 0)) {
            continue;
        }
        told++;
        (void)fputs("<tr>", out);
        cell(out, result->config.name);
        cell(out, result->config.room_name);
        write_numbers(out, tally, score->wrong, score->wrong_count, result->config.number);
        write_numbers(out, tally, score->missing, score->missing_count, 0);
        (void)fputs("</tr>\n", out);
    }
    close_table(out);
}

/** A row of a table before it is sorted: the worst first. */
struct ranked {
    size_t index;
    bool failed;
    double mos; /* 0 = none: after those who have one */
};

static int compare(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    if (a->failed != b->failed) {
        return a->failed ? -1 : 1;
    }
    double x = a->mos > 0 ? a->mos : 9;
    double y = b->mos > 0 ? b->mos : 9;
    if (x != y) {
        return x < y ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static void write_rest(FILE *out, size_t count, size_t most, const char *what)
{
    if (count > most) {
        (void)fprintf(out, "<p class=\"note\">The worst %zu of %zu %s; all are in the JSON.</p>\n",
                      most, count, what);
    }
}

static void room_row(FILE *out, const struct tally *tally, size_t room)
{
    struct tally_sum sum;
    char path[PATH_BYTES];
    char shown[40];
    const char *name = "";
    tally_sum_room(tally, (uint32_t)room, &sum);
    for (size_t i = 0; i < tally->caller_count && *name == 0; i++) {
        name = tally->callers[i].config.room == room ? tally->callers[i].config.room_name : "";
    }
    (void)fputs("<tr>", out);
    cell(out, name);
    (void)snprintf(path, sizeof(path), "room_sums.%zu.up", room);
    (void)snprintf(shown, sizeof(shown), "%" PRIu32, sum.up);
    number_cell(out, path, sum.up, shown);
    (void)snprintf(path, sizeof(path), "room_sums.%zu.failed", room);
    (void)snprintf(shown, sizeof(shown), "%" PRIu32, sum.failed);
    number_cell(out, path, sum.failed, shown);
    if (sum.judged > 0) {
        (void)snprintf(path, sizeof(path), "room_sums.%zu.mos.mean", room);
        (void)snprintf(shown, sizeof(shown), "%.2f", sum.mos_mean);
        number_cell(out, path, sum.mos_mean, shown);
    } else {
        empty_cell(out);
    }
    (void)snprintf(path, sizeof(path), "room_sums.%zu.loss_after", room);
    number_cell(out, path, sum.loss_after, words_share(sum.loss_after).text);
    if (hist_count(&sum.delay_us) > 0) {
        double p99 = (double)hist_permille(&sum.delay_us, 990);
        (void)snprintf(path, sizeof(path), "room_sums.%zu.delay.p99_us", room);
        number_cell(out, path, p99, words_us(p99).text);
    } else {
        empty_cell(out);
    }
    (void)fputs("</tr>\n", out);
}

int html_table_rooms(FILE *out, const struct report *report)
{
    const struct tally *tally = report->tally;
    size_t count = tally->rooms;
    struct ranked *ranked = calloc(count > 0 ? count : 1, sizeof(*ranked));
    if (ranked == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct tally_sum sum;
        tally_sum_room(tally, (uint32_t)i, &sum);
        ranked[i] = (struct ranked){.index = i, .failed = sum.failed > 0, .mos = sum.mos_mean};
    }
    qsort(ranked, count, sizeof(*ranked), compare);
    if (count > 1) {
        open_table(out, "Rooms",
                   "<th>room</th><th class=\"n\">up</th><th class=\"n\">failed</th>"
                   "<th class=\"n\">MOS</th><th class=\"n\">lost</th><th class=\"n\">p99 "
                   "delay</th>");
        for (size_t i = 0; i < count && i < HTML_MOST_ROOMS; i++) {
            room_row(out, tally, ranked[i].index);
        }
        close_table(out);
        write_rest(out, count, HTML_MOST_ROOMS, "rooms");
    }
    free(ranked);
    return 0;
}

static void span_cell(FILE *out, size_t caller, const char *name, int64_t from_us, int64_t to_us)
{
    char path[PATH_BYTES];
    if (from_us == 0 || to_us == 0) {
        empty_cell(out);
        return;
    }
    (void)snprintf(path, sizeof(path), "callers.%zu.%s", caller, name);
    double us = (double)(to_us - from_us);
    number_cell(out, path, us / 1000, words_us(us).text);
}

static void loss_cell(FILE *out, size_t caller, const struct stats *stats)
{
    struct stream_sums sums;
    char path[PATH_BYTES];
    stream_sums(stats, &sums);
    if (sums.packets + sums.lost_after == 0) {
        empty_cell(out);
        return;
    }
    (void)snprintf(path, sizeof(path), "callers.%zu.loss_after", caller);
    number_cell(out, path, sums.loss_after, words_share(sums.loss_after).text);
}

static void mos_cells(FILE *out, size_t caller, const struct mos *mos)
{
    const struct {
        const char *name;
        double value;
    } cells[] = {{"mos", mos->score},
                 {"by_codec", mos->by_codec},
                 {"by_loss", mos->by_loss},
                 {"by_burst", mos->by_burst},
                 {"by_delay", mos->by_delay}};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        char path[PATH_BYTES];
        char shown[24];
        if (mos->score <= 0) {
            empty_cell(out);
            continue;
        }
        (void)snprintf(path, sizeof(path), "callers.%zu.%s", caller, cells[i].name);
        (void)snprintf(shown, sizeof(shown), i == 0 ? "%.2f" : "%.1f", cells[i].value);
        number_cell(out, path, cells[i].value, shown);
    }
}

static void caller_row(FILE *out, const struct caller_result *result, size_t i)
{
    const struct caller_times *times = &result->times;
    (void)fputs("<tr>", out);
    cell(out, result->config.name);
    cell(out, result->config.room_name);
    if (result->state == CALLER_FAILED) {
        (void)fputs("<td class=\"bad\">", out);
        html_text(out, load_cause_name(result->cause));
        (void)fputs("</td>", out);
    } else {
        (void)fputs("<td class=\"good\">up</td>", out);
    }
    cell(out, result->config.profile == NULL ? "" : result->config.profile);
    span_cell(out, i, "http_ms", times->begin_us, times->answer_us);
    span_cell(out, i, "ice_ms", times->answer_us, times->path_us);
    span_cell(out, i, "dtls_ms", times->path_us, times->keys_us);
    span_cell(out, i, "first_sound_ms", times->keys_us, times->sound_us);
    span_cell(out, i, "first_frame_ms", times->keys_us, times->frame_us);
    loss_cell(out, i, &result->stats);
    mos_cells(out, i, &result->mos);
    if (result->scored && result->score.sound) {
        char path[PATH_BYTES];
        char shown[24];
        (void)snprintf(path, sizeof(path), "callers.%zu.heard.estoi", i);
        (void)snprintf(shown, sizeof(shown), "%.3f", result->score.estoi);
        number_cell(out, path, result->score.estoi, shown);
    } else {
        empty_cell(out);
    }
    (void)fputs("</tr>\n", out);
}

int html_table_callers(FILE *out, const struct report *report)
{
    const struct tally *tally = report->tally;
    size_t count = tally->caller_count;
    struct ranked *ranked = calloc(count > 0 ? count : 1, sizeof(*ranked));
    if (ranked == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const struct caller_result *result = &tally->callers[i];
        ranked[i] = (struct ranked){
            .index = i, .failed = result->state == CALLER_FAILED, .mos = result->mos.score};
    }
    qsort(ranked, count, sizeof(*ranked), compare);
    if (count > 0) {
        open_table(out, "Callers",
                   "<th>caller</th><th>room</th><th>state</th><th>line</th>"
                   "<th class=\"n\">HTTP</th><th class=\"n\">ICE</th><th class=\"n\">DTLS</th>"
                   "<th class=\"n\">first sound</th><th class=\"n\">first frame</th>"
                   "<th class=\"n\">lost</th><th class=\"n\">MOS</th>"
                   "<th class=\"n\">R by codec</th><th class=\"n\">by loss</th>"
                   "<th class=\"n\">by burst</th><th class=\"n\">by delay</th>"
                   "<th class=\"n\">ESTOI</th>");
        for (size_t i = 0; i < count && i < HTML_MOST_CALLERS; i++) {
            caller_row(out, &tally->callers[ranked[i].index], ranked[i].index);
        }
        close_table(out);
        write_rest(out, count, HTML_MOST_CALLERS, "callers");
    }
    free(ranked);
    return 0;
}

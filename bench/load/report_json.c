#include "load/report_json.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/hist.h"
#include "load/scenario.h"
#include "load/stream_sums.h"

static const double us_per_s = 1e6;

/** Digits that are more than what was measured are left out. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(round(value * 1e6) / 1e6) : json_null();
}

/** Sets a member; a failure to allocate shows in the tree being NULL at the end. */
struct tree {
    json_t *object;
    bool *failed;
};

static void put(const struct tree *tree, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(tree->object, name, value) != 0) {
        *tree->failed = true;
    }
}

static void put_number(const struct tree *tree, const char *name, double value)
{
    put(tree, name, number(value));
}

static void put_count(const struct tree *tree, const char *name, uint64_t value)
{
    put(tree, name, json_integer((json_int_t)value));
}

/** What a server says need not be UTF-8. */
static void put_text(const struct tree *tree, const char *name, const char *text)
{
    json_t *value = json_string(text);
    if (value == NULL) {
        char plain[DIAL_MESSAGE_BYTES];
        size_t len = 0;
        for (; text[len] != 0 && len + 1 < sizeof(plain); len++) {
            plain[len] = text[len];
            if ((unsigned char)text[len] >= 0x80) {
                plain[len] = '?';
            }
        }
        plain[len] = 0;
        value = json_string(plain);
    }
    put(tree, name, value);
}

static struct tree put_object(const struct tree *tree, const char *name)
{
    struct tree out = {.object = json_object(), .failed = tree->failed};
    put(tree, name, out.object);
    return out;
}

/** Adds an object to an array. */
static struct tree add_object(const struct tree *tree, json_t *array)
{
    struct tree out = {.object = json_object(), .failed = tree->failed};
    if (json_array_append_new(array, out.object) != 0) {
        *tree->failed = true;
    }
    return out;
}

static json_t *put_array(const struct tree *tree, const char *name)
{
    json_t *array = json_array();
    put(tree, name, array);
    return array;
}

static void put_hist(const struct tree *tree, const char *name, const struct hist *hist)
{
    uint64_t count = hist_count(hist);
    if (count == 0) {
        return;
    }
    struct tree out = put_object(tree, name);
    put_count(&out, "count", count);
    put_number(&out, "mean_us", (double)hist->sum / (double)count);
    put_count(&out, "p50_us", (uint64_t)hist_permille(hist, 500));
    put_count(&out, "p95_us", (uint64_t)hist_permille(hist, 950));
    put_count(&out, "p99_us", (uint64_t)hist_permille(hist, 990));
    put_count(&out, "p99_9_us", (uint64_t)hist_permille(hist, 999));
}

static void put_causes(const struct tree *tree, const struct tally_sum *sum)
{
    json_t *causes = put_array(tree, "causes");
    for (unsigned i = 1; i < LOAD_CAUSE_COUNT; i++) {
        if (sum->causes[i] == 0) {
            continue;
        }
        struct tree out = add_object(tree, causes);
        const char *message = sum->first_message[i];
        put_text(&out, "cause", load_cause_name((enum load_cause)i));
        put_text(&out, "text", load_cause_text((enum load_cause)i));
        put_count(&out, "count", sum->causes[i]);
        put_text(&out, "first_message", message == NULL ? "" : message);
    }
}

static void put_sound(const struct tree *tree, const struct tally_sum *sum)
{
    if (sum->judged > 0) {
        struct tree mos = put_object(tree, "mos");
        put_count(&mos, "callers", sum->judged);
        put_number(&mos, "mean", sum->mos_mean);
        put_number(&mos, "p5", sum->mos_p5);
        put_number(&mos, "worst", sum->mos_worst);
        put_number(&mos, "r", sum->r_mean);
        put_number(&mos, "by_codec", sum->by_codec);
        put_number(&mos, "by_loss", sum->by_loss);
        put_number(&mos, "by_burst", sum->by_burst);
        put_number(&mos, "by_delay", sum->by_delay);
        put_count(&mos, "delay_unknown", sum->delay_unknown);
    }
    put_number(tree, "concealed", sum->concealed);
    if (sum->scored > 0) {
        struct tree heard = put_object(tree, "sound");
        put_count(&heard, "callers", sum->scored);
        put_number(&heard, "estoi", sum->estoi_mean);
        put_number(&heard, "estoi_worst", sum->estoi_worst);
        if (sum->compared > 0) {
            put_number(&heard, "lsd_db", sum->lsd_db_mean);
            put_number(&heard, "mouth_to_ear_ms", sum->mouth_to_ear_ms);
        }
        put_number(&heard, "clipped", sum->clipped_share);
    }
}

static void put_pictures(const struct tree *tree, const struct tally_sum *sum)
{
    if (sum->watching > 0) {
        struct tree pictures = put_object(tree, "pictures");
        put_count(&pictures, "callers", sum->watching);
        put_number(&pictures, "fps", sum->fps);
        put_number(&pictures, "freezes_per_min", sum->freezes_per_min);
        put_number(&pictures, "frozen", sum->frozen);
        put_count(&pictures, "backward", sum->frames_backward);
    }
    if (sum->seen > 0) {
        struct tree seen = put_object(tree, "seen");
        put_count(&seen, "callers", sum->seen);
        put_number(&seen, "psnr_db", sum->psnr_db_mean);
        put_number(&seen, "ssim", sum->ssim_mean);
        put_count(&seen, "undecodable", sum->undecodable);
    }
}

static void put_joining(const struct tree *tree, const struct tally_sum *sum)
{
    static const char *const names[TALLY_STAGES] = {"http", "ice", "dtls", "first_sound",
                                                    "first_frame"};
    struct tree join = put_object(tree, "join");
    put_hist(&join, "all", &sum->join_us);
    for (unsigned i = 0; i < TALLY_STAGES; i++) {
        put_hist(&join, names[i], &sum->stage_us[i]);
    }
}

static void put_sum(const struct tree *tree, const struct tally_sum *sum)
{
    put_count(tree, "callers", sum->callers);
    put_count(tree, "up", sum->up);
    put_count(tree, "failed", sum->failed);
    put_causes(tree, sum);
    put_joining(tree, sum);
    put_hist(tree, "delay", &sum->delay_us);
    put_hist(tree, "jitter", &sum->jitter_us);
    put_number(tree, "loss_before", sum->loss_before);
    put_number(tree, "loss_after", sum->loss_after);
    put_count(tree, "packets", sum->forwarded);
    if (sum->strangers > 0) {
        put_count(tree, "strangers", sum->strangers);
    }
    put_count(tree, "sent", sum->sent);
    put_count(tree, "left_out", sum->left_out);
    put_sound(tree, sum);
    put_pictures(tree, sum);
    put_count(tree, "sampled", sum->sampled);
    put_count(tree, "heard_wrong", sum->heard_wrong);
    if (sum->server_us_per_packet >= 0) {
        put_number(tree, "server_us_per_packet", sum->server_us_per_packet);
        put_number(tree, "server_bytes_per_caller", sum->server_bytes_per_caller);
    }
}

static void put_numbers(const struct tree *tree, const char *name, const uint32_t *numbers,
                        size_t count)
{
    json_t *array = put_array(tree, name);
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(array, json_integer(numbers[i])) != 0) {
            *tree->failed = true;
        }
    }
}

static void put_heard(const struct tree *tree, const struct heard_score *score)
{
    struct tree heard = put_object(tree, "heard");
    if (score->sound) {
        put_number(&heard, "estoi", score->estoi);
        put_number(&heard, "clipped", score->clipped_share);
    }
    if (score->compared) {
        put_number(&heard, "lsd_db", score->lsd_db);
        put_number(&heard, "mouth_to_ear_ms", score->mouth_to_ear_ms);
    }
    put_numbers(&heard, "wrong", score->wrong, score->wrong_count);
    put_numbers(&heard, "missing", score->missing, score->missing_count);
    if (score->pictures) {
        put_number(&heard, "psnr_db", score->psnr_db);
        put_number(&heard, "ssim", score->ssim);
        put_count(&heard, "undecodable", score->undecodable);
    }
}

static void put_streams(const struct tree *tree, const struct stats *stats)
{
    json_t *streams = put_array(tree, "received");
    for (size_t i = 0; i < stats->received_count; i++) {
        const struct stats_received *received = &stats->received[i];
        struct tree out = add_object(tree, streams);
        put_text(&out, "kind", received->kind == LOAD_AUDIO ? "audio" : "video");
        put_count(&out, "packets", received->packets);
        put_count(&out, "lost_before", received->lost_before);
        put_count(&out, "lost_after", received->lost_after);
        put_count(&out, "repaired", received->repaired);
        put_hist(&out, "delay", &received->delay_us);
        if (received->kind == LOAD_AUDIO) {
            put_count(&out, "due_us", received->due_us);
            put_count(&out, "concealed_us", received->concealed_us);
            put_count(&out, "buffer_us", (uint64_t)received->buffer_us);
            put_count(&out, "mixed", received->mixed);
            put_count(&out, "jitter_us", (uint64_t)received->jitter_us);
        } else {
            put_count(&out, "frames", received->frames);
            put_count(&out, "keyframes", received->keyframes);
            put_count(&out, "freezes", received->freezes);
            put_count(&out, "frozen_us", received->frozen_us);
            put_count(&out, "layer_switches", received->layer_switches);
        }
    }
}

/** The same sums as in the CSV. */
static void put_sums(const struct tree *tree, const struct stats *stats)
{
    struct stream_sums sums;
    stream_sums(stats, &sums);
    put_count(tree, "packets", sums.packets);
    put_count(tree, "lost_before", sums.lost_before);
    put_count(tree, "lost_after", sums.lost_after);
    put_count(tree, "repaired", sums.repaired);
    put_number(tree, "loss_before", sums.loss_before);
    put_number(tree, "loss_after", sums.loss_after);
    put_number(tree, "concealed", sums.concealed);
    put_number(tree, "delay_p50_ms", (double)hist_permille(&sums.delay_us, 500) / 1000);
    put_number(tree, "delay_p99_ms", (double)hist_permille(&sums.delay_us, 990) / 1000);
    put_number(tree, "jitter_ms", (double)sums.jitter_us / 1000);
    put_count(tree, "frames", sums.frames);
    put_count(tree, "freezes", sums.freezes);
    put_number(tree, "frozen_s", (double)sums.frozen_us / us_per_s);
    put_number(tree, "fps", sums.fps);
    put_count(tree, "out_of_order", sums.frames_backward);
}

static void put_span(const struct tree *tree, const char *name, int64_t from_us, int64_t to_us)
{
    if (from_us != 0 && to_us != 0) {
        put_number(tree, name, (double)(to_us - from_us) / 1000);
    }
}

static void put_caller(const struct tree *tree, const struct caller_result *result)
{
    const struct caller_config *config = &result->config;
    const struct caller_times *times = &result->times;
    put_count(tree, "number", config->number);
    put_text(tree, "name", config->name);
    put_text(tree, "room", config->room_name);
    put_text(tree, "cause", load_cause_name(result->cause));
    put_text(tree, "message", result->message);
    if (config->profile != NULL) {
        put_text(tree, "line", config->profile);
    }
    put_span(tree, "http_ms", times->begin_us, times->answer_us);
    put_span(tree, "ice_ms", times->answer_us, times->path_us);
    put_span(tree, "dtls_ms", times->path_us, times->keys_us);
    put_span(tree, "first_sound_ms", times->keys_us, times->sound_us);
    put_span(tree, "first_frame_ms", times->keys_us, times->frame_us);
    if (result->mos.score > 0) {
        put_number(tree, "mos", result->mos.score);
        put_number(tree, "r", result->mos.r);
        put_number(tree, "by_codec", result->mos.by_codec);
        put_number(tree, "by_loss", result->mos.by_loss);
        put_number(tree, "by_burst", result->mos.by_burst);
        put_number(tree, "by_delay", result->mos.by_delay);
    }
    put_sums(tree, &result->stats);
    put_streams(tree, &result->stats);
    if (result->scored) {
        put_heard(tree, &result->score);
    }
}

static void put_moments(const struct tree *tree, const struct tally *tally)
{
    json_t *moments = put_array(tree, "moments");
    for (size_t i = 0; i < tally->moment_count; i++) {
        const struct tally_moment *moment = &tally->moments[i];
        struct tree out = add_object(tree, moments);
        put_number(&out, "at_s", (double)moment->at_us / us_per_s);
        put_count(&out, "up", moment->up);
        put_count(&out, "joining", moment->joining);
        put_count(&out, "failed", moment->failed);
        put_number(&out, "joins_per_s", moment->joins_per_s);
        put_number(&out, "mos_worst", moment->mos_worst);
        put_number(&out, "mos_mean", moment->mos_mean);
        put_number(&out, "loss", moment->loss);
        put_count(&out, "delay_p50_us", (uint64_t)moment->delay_p50_us);
        put_count(&out, "delay_p99_us", (uint64_t)moment->delay_p99_us);
        put_number(&out, "sent_bps", moment->sent_bps);
        put_number(&out, "received_bps", moment->received_bps);
        put_number(&out, "own_cpu", moment->own_cpu);
        if (moment->server_cpu >= 0) {
            put_number(&out, "server_cpu", moment->server_cpu);
            put_count(&out, "server_bytes", moment->server_bytes);
        }
        put_count(&out, "lag_p99_us", (uint64_t)moment->lag_p99_us);
    }
}

static void put_verdicts(const struct tree *tree, const struct report *report)
{
    json_t *verdicts = put_array(tree, "expect");
    for (size_t i = 0; i < report->expect->count; i++) {
        struct expect_verdict verdict;
        expect_judge(&report->expect->rules[i], report->tally, report->sum, &verdict);
        struct tree out = add_object(tree, verdicts);
        put_text(&out, "rule", report->expect->rules[i].text);
        put(&out, "holds", json_boolean(verdict.holds));
        put_text(&out, "found", verdict.found_text);
    }
}

static void put_capacity(const struct tree *tree, const struct capacity *capacity)
{
    struct tree out = put_object(tree, "capacity");
    char sentence[CAPACITY_TEXT_BYTES];
    put_text(&out, "axis", capacity_axis_name(capacity->axis, 0));
    put_text(&out, "verdict", capacity_tell(capacity, sentence, sizeof(sentence)));
    put_count(&out, "load", capacity->best == NULL ? 0 : capacity->best->load);
    put_count(&out, "callers", capacity->best == NULL ? 0 : capacity->best->people);
    put(&out, "tool_gave_out", json_boolean(capacity->gave_out != NULL));
    json_t *steps = put_array(&out, "steps");
    for (size_t i = 0; i < capacity->count; i++) {
        const struct capacity_step *step = &capacity->steps[i];
        struct tree one = add_object(&out, steps);
        put_count(&one, "load", step->load);
        put_count(&one, "people", step->people);
        put(&one, "holds", json_boolean(step->holds));
        put(&one, "tool_late", json_boolean(step->tool_late));
        put(&one, "tool_short", json_boolean(step->tool_short));
        if (step->broken != NULL) {
            put_text(&one, "broke", step->broken->text);
            put_text(&one, "found", step->verdict.found_text);
        }
        put_sum(&one, &step->sum);
    }
}

static void put_room_sums(const struct tree *tree, const struct tally *tally)
{
    json_t *rooms = put_array(tree, "room_sums");
    for (uint32_t room = 0; room < tally->rooms; room++) {
        struct tally_sum sum;
        tally_sum_room(tally, room, &sum);
        struct tree out = add_object(tree, rooms);
        put_count(&out, "room", room);
        for (size_t i = 0; i < tally->caller_count; i++) {
            if (tally->callers[i].config.room == room) {
                put_text(&out, "name", tally->callers[i].config.room_name);
                break;
            }
        }
        put_sum(&out, &sum);
    }
}

static void put_report(const struct tree *tree, const struct report *report)
{
    char scenario[512];
    const struct tally *tally = report->tally;
    double seconds = (double)tally->length_us / us_per_s;
    put_text(tree, "program", "tandem-load");
    put_text(tree, "version", report->version);
    put_text(tree, "tables", QUALITY_VERSION);
    put_text(tree, "began", report->began);
    put_text(tree, "target", tally->target);
    put_text(tree, "agent", tally->agent);
    put_text(tree, "scenario",
             scenario_describe(report->config->scenario, scenario, sizeof(scenario)));
    put_number(tree, "measured_s", seconds);
    put_count(tree, "rooms", tally->rooms);
    put(tree, "interrupted", json_boolean(report->interrupted));
    put(tree, "good", json_boolean(report_good(report)));
    struct tree sum = put_object(tree, "sum");
    put_sum(&sum, report->sum);
    struct tree cost = put_object(tree, "cost");
    put_number(&cost, "own_cores", seconds > 0 ? tally->own_cpu_s / seconds : 0);
    put_hist(&cost, "own_lag", &tally->lag_us);
    put(&cost, "own_late", json_boolean(tally_tool_late(tally)));
    put(&cost, "own_real_time", json_boolean(tally->real_time));
    if (tally->server_cpu_s >= 0 && seconds > 0) {
        put_number(&cost, "server_cores", tally->server_cpu_s / seconds);
        put_count(&cost, "server_bytes_before", tally->server_bytes_before);
        put_count(&cost, "server_bytes_peak", tally->server_bytes_peak);
    }
    put_verdicts(tree, report);
    if (report->capacity != NULL) {
        put_capacity(tree, report->capacity);
    }
    put_moments(tree, tally);
    put_room_sums(tree, tally);
    json_t *callers = put_array(tree, "callers");
    for (size_t i = 0; i < tally->caller_count; i++) {
        struct tree caller = add_object(tree, callers);
        put_caller(&caller, &tally->callers[i]);
    }
}

json_t *report_tree(const struct report *report)
{
    bool failed = false;
    struct tree tree = {.object = json_object(), .failed = &failed};
    if (tree.object == NULL) {
        return NULL;
    }
    put_report(&tree, report);
    if (failed) {
        json_decref(tree.object);
        return NULL;
    }
    return tree.object;
}

int report_json(const struct report *report, FILE *out)
{
    json_t *tree = report_tree(report);
    if (tree == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = json_dumpf(tree, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(tree);
    (void)fputc('\n', out);
    return err == 0 && fflush(out) == 0 ? 0 : ERR_IO;
}

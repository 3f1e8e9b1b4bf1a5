/** A row for each caller. */
#include <inttypes.h>

#include "base/err.h"
#include "base/hist.h"
#include "load/report.h"
#include "load/stream_sums.h"

/** Text in quotes; a quote in it is doubled (RFC 4180). What a spreadsheet would take for a formula
 * gets a blank before it. */
static void put_text(FILE *out, const char *text)
{
    (void)fputc('"', out);
    if (*text == '=' || *text == '+' || *text == '-' || *text == '@') {
        (void)fputc(' ', out);
    }
    for (; *text != 0; text++) {
        if (*text == '"') {
            (void)fputc('"', out);
        }
        (void)fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    (void)fputc('"', out);
}

static const char *state_name(enum caller_state state)
{
    switch (state) {
    case CALLER_JOINING:
        return "joining";
    case CALLER_UP:
        return "up";
    case CALLER_FAILED:
        return "failed";
    case CALLER_LEFT:
        return "left";
    }
    return "unknown";
}

/** Milliseconds from one time to another, empty when one of them was never reached. */
static void put_span(FILE *out, int64_t from_us, int64_t to_us)
{
    if (from_us != 0 && to_us != 0) {
        (void)fprintf(out, ",%.3f", (double)(to_us - from_us) / 1000);
    } else {
        (void)fputc(',', out);
    }
}

static void put_streams(FILE *out, const struct caller_result *result)
{
    struct stream_sums sums;
    stream_sums(&result->stats, &sums);
    (void)fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, sums.packets,
                  sums.lost_before, sums.lost_after, sums.repaired);
    (void)fprintf(out, ",%.5f,%.3f,%.3f", sums.concealed,
                  (double)hist_permille(&sums.delay_us, 500) / 1000,
                  (double)hist_permille(&sums.delay_us, 990) / 1000);
    (void)fprintf(out, ",%.3f,%" PRIu64 ",%" PRIu64 ",%.3f", (double)sums.jitter_us / 1000,
                  sums.frames, sums.freezes, (double)sums.frozen_us / 1e6);
    (void)fprintf(out, ",%.2f,%" PRIu64, sums.fps, sums.frames_backward);
}

static void put_mos(FILE *out, const struct mos *mos)
{
    if (mos->score > 0) {
        (void)fprintf(out, ",%.3f,%.2f,%.2f,%.2f,%.2f,%.2f", mos->score, mos->r, mos->by_codec,
                      mos->by_loss, mos->by_burst, mos->by_delay);
    } else {
        (void)fputs(",,,,,,", out);
    }
}

static void put_numbers(FILE *out, const uint32_t *numbers, size_t count)
{
    (void)fputc(',', out);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "%s%" PRIu32, i == 0 ? "" : " ", numbers[i]);
    }
}

static void put_score(FILE *out, const struct caller_result *result)
{
    const struct heard_score *score = &result->score;
    if (result->scored && score->sound) {
        (void)fprintf(out, ",%.4f", score->estoi);
        if (score->compared) {
            (void)fprintf(out, ",%.2f,%.1f", score->lsd_db, score->mouth_to_ear_ms);
        } else {
            (void)fputs(",,", out);
        }
        (void)fprintf(out, ",%.6f", score->clipped_share);
    } else {
        (void)fputs(",,,,", out);
    }
    put_numbers(out, score->wrong, result->scored ? score->wrong_count : 0);
    put_numbers(out, score->missing, result->scored ? score->missing_count : 0);
    if (result->scored && score->pictures) {
        (void)fprintf(out, ",%.2f,%.4f,%" PRIu64, score->psnr_db, score->ssim, score->undecodable);
    } else {
        (void)fputs(",,,", out);
    }
}

static void put_caller(FILE *out, const struct caller_result *result)
{
    const struct caller_times *times = &result->times;
    (void)fprintf(out, "%" PRIu32 ",", result->config.number);
    put_text(out, result->config.name);
    (void)fputc(',', out);
    put_text(out, result->config.room_name);
    (void)fprintf(out, ",%s,%s,", state_name(result->state), load_cause_name(result->cause));
    put_text(out, result->message);
    (void)fprintf(out, ",%s", result->config.profile == NULL ? "" : result->config.profile);
    put_span(out, times->begin_us, times->answer_us);
    put_span(out, times->answer_us, times->path_us);
    put_span(out, times->path_us, times->keys_us);
    put_span(out, times->keys_us, times->sound_us);
    put_span(out, times->keys_us, times->frame_us);
    put_streams(out, result);
    put_mos(out, &result->mos);
    put_score(out, result);
    (void)fputs("\r\n", out);
}

int report_csv(const struct report *report, FILE *out)
{
    (void)fputs("caller,name,room,state,cause,message,line,http_ms,ice_ms,dtls_ms,first_sound_ms,"
                "first_frame_ms,packets,lost_before,lost_after,repaired,concealed,delay_p50_ms,"
                "delay_p99_ms,jitter_ms,frames,freezes,frozen_s,fps,out_of_order,mos,r,by_codec,by_"
                "loss,by_burst,by_delay,"
                "estoi,lsd_db,mouth_to_ear_ms,clipped,heard_wrongly,missing,psnr_db,ssim,"
                "undecodable\r\n",
                out);
    for (size_t i = 0; i < report->tally->caller_count; i++) {
        put_caller(out, &report->tally->callers[i]);
    }
    return fflush(out) == 0 && ferror(out) == 0 ? 0 : ERR_IO;
}

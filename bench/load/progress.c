#include "load/progress.h"

#include <inttypes.h>

#include "load/words.h"

enum { PLAIN_EVERY_US = 5000000 };

void progress_init(struct progress *progress, FILE *out, bool terminal, uint64_t people)
{
    *progress = (struct progress){.out = out, .terminal = terminal, .people = people};
}

void progress_restart(struct progress *progress, uint64_t people)
{
    progress_end(progress);
    progress->people = people;
    progress->next_us = 0;
}

static void write_moment(FILE *out, const struct progress *progress,
                         const struct tally_moment *moment)
{
    (void)fprintf(out, "%4.0f s  %u/%" PRIu64 " up", (double)moment->at_us / 1e6, moment->up,
                  progress->people);
    if (moment->joining > 0) {
        (void)fprintf(out, ", %.0f joins/s", moment->joins_per_s);
    }
    if (moment->failed > 0) {
        (void)fprintf(out, ", %u failed", moment->failed);
    }
    if (moment->mos_worst > 0) {
        (void)fprintf(out, ", MOS %.2f worst %.2f", moment->mos_mean, moment->mos_worst);
    }
    (void)fprintf(out, ", lost %s", words_share(moment->loss).text);
    if (moment->delay_p99_us > 0) {
        (void)fprintf(out, ", p99 %s", words_us((double)moment->delay_p99_us).text);
    }
    if (moment->server_cpu >= 0) {
        (void)fprintf(out, ", server %.2f cores", moment->server_cpu);
    }
}

void progress_show(struct progress *progress, const struct tally_moment *moment)
{
    if (progress->out == NULL) {
        return;
    }
    if (progress->terminal) {
        /* one that is wider than the terminal is cut there: it could not be rewritten */
        (void)fputs("\r\x1b[?7l", progress->out);
        write_moment(progress->out, progress, moment);
        (void)fputs("\x1b[K\x1b[?7h", progress->out); /* what was longer before is wiped */
        progress->line_is_open = true;
    } else if (moment->at_us >= progress->next_us) {
        write_moment(progress->out, progress, moment);
        (void)fputs("\n", progress->out);
        progress->next_us = moment->at_us + PLAIN_EVERY_US;
    }
    (void)fflush(progress->out);
}

void progress_coding(struct progress *progress, double share)
{
    if (progress->out == NULL) {
        return;
    }
    if (progress->terminal) {
        (void)fprintf(progress->out, "\rcoding what callers say and show: %.0f %%\x1b[K",
                      share * 100);
        progress->line_is_open = true;
    } else if (!progress->told_coding) {
        (void)fputs("coding what callers say and show\n", progress->out);
        progress->told_coding = true;
    }
    (void)fflush(progress->out);
}

void progress_end(struct progress *progress)
{
    if (progress->line_is_open) {
        (void)fputs("\r\x1b[K", progress->out);
        (void)fflush(progress->out);
        progress->line_is_open = false;
    }
}

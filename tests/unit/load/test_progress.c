#include <string.h>

#include "load/progress.h"
#include "unit/runner.h"

/** What is shown of a moment. */
static const char *shown(const struct tally_moment *moment, bool terminal)
{
    static char text[400];
    struct progress progress;
    memset(text, 0, sizeof(text));
    FILE *out = fmemopen(text, sizeof(text) - 1, "w");
    if (out != NULL) {
        progress_init(&progress, out, terminal, 6);
        progress_show(&progress, moment);
        (void)fclose(out);
    }
    return text;
}

TEST(progress_tells_what_there_is)
{
    struct tally_moment moment = {.at_us = 5000000,
                                  .up = 6,
                                  .mos_mean = 4.4,
                                  .mos_worst = 4.3,
                                  .delay_p99_us = 1500,
                                  .server_cpu = -1};
    CHECK_STR(shown(&moment, false),
              "   5 s  6/6 up, MOS 4.40 worst 4.30, lost 0 %, p99 1.50 ms\n");
    moment.delay_p99_us = 0; /* all hear mixes, which have no marks */
    moment.failed = 1;
    CHECK_STR(shown(&moment, false), "   5 s  6/6 up, 1 failed, MOS 4.40 worst 4.30, lost 0 %\n");
    goto out;
out:;
}

TEST(a_line_on_a_terminal_does_not_wrap)
{
    const struct tally_moment moment = {.up = 6, .server_cpu = -1};
    const char *text = shown(&moment, true);
    CHECK(strncmp(text, "\r\x1b[?7l", 6) == 0 && strstr(text, "\x1b[K\x1b[?7h") != NULL);
    CHECK(strchr(text, '\n') == NULL);
    goto out;
out:;
}

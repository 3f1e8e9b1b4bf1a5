#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

enum { LOG_LINE_BYTES = 512 };

static void (*log_sink)(enum log_level level, const char *topic, const char *line);
static enum log_level log_level_now = LOG_INFO;
static const char *const log_names[] = {"error", "warn", "info", "debug"};

void log_set_sink(void (*sink)(enum log_level level, const char *topic, const char *line))
{
    log_sink = sink;
}

void log_set_level(enum log_level level)
{
    log_level_now = level;
}

bool log_enabled(enum log_level level)
{
    return log_sink != NULL && level <= log_level_now;
}

const char *log_level_name(enum log_level level)
{
    return log_names[level];
}

int log_level_parse(const char *name, enum log_level *out)
{
    for (size_t i = 0; i < sizeof(log_names) / sizeof(log_names[0]); i++) {
        if (strcmp(name, log_names[i]) == 0) {
            *out = (enum log_level)i;
            return 0;
        }
    }
    return ERR_INVALID;
}

void log_write(enum log_level level, const char *topic, const char *format, ...)
{
    if (!log_enabled(level)) {
        return;
    }
    char line[LOG_LINE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    log_sink(level, topic, line);
}

/**
 * Log lines: level, topic, text with key=value pairs.
 *
 * No user data, keys, tokens or addresses above debug. Per-packet causes are counters (drop.h), not
 * lines. The sink is set once by the program before threads start; without one, lines are discarded
 * (tests).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/** Called from any thread with a finished line without newline. */
void log_set_sink(void (*sink)(enum log_level level, const char *topic, const char *line));
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/** "error", "warn", "info", "debug". */
const char *log_level_name(enum log_level level);

/** Inverse of log_level_name. @return 0 or ERR_INVALID */
int log_level_parse(const char *name, enum log_level *out);

void log_write(enum log_level level, const char *topic, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(topic, ...) log_write(LOG_ERROR, topic, __VA_ARGS__)
#define log_warn(topic, ...)  log_write(LOG_WARN, topic, __VA_ARGS__)
#define log_info(topic, ...)  log_write(LOG_INFO, topic, __VA_ARGS__)
#define log_debug(topic, ...)                                                                      \
    do {                                                                                           \
        if (log_enabled(LOG_DEBUG)) {                                                              \
            log_write(LOG_DEBUG, topic, __VA_ARGS__);                                              \
        }                                                                                          \
    } while (0)

#endif

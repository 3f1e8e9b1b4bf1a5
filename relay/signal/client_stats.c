#include "client_stats.h"

enum {
    MAX_BUFFER_MS = 60000,
    MAX_FREEZES = 100000,
    MAX_FREEZE_MS = 60000000 /* many slots, and a page that slept */
};

static const double max_samples = 1e12;

/** A number of 0 to most; false when it is something else. */
static bool read_number(const json_t *message, const char *field, double most, double *out)
{
    const json_t *value = json_object_get(message, field);
    *out = json_is_number(value) ? json_number_value(value) : 0;
    return (value == NULL || json_is_number(value)) && *out >= 0 && *out <= most;
}

bool client_stats_read(struct client_stats *stats, const json_t *message, int64_t now_us)
{
    double buffer_ms;
    double concealed;
    double total;
    double freezes;
    double freeze_ms;
    if (!read_number(message, "jitter_buffer_ms", MAX_BUFFER_MS, &buffer_ms) ||
        !read_number(message, "total_samples", max_samples, &total) ||
        !read_number(message, "concealed_samples", total, &concealed) ||
        !read_number(message, "freezes", MAX_FREEZES, &freezes) ||
        !read_number(message, "freeze_ms", MAX_FREEZE_MS, &freeze_ms)) {
        return false;
    }
    *stats = (struct client_stats){
        .told = true,
        .told_us = now_us,
        .jitter_buffer_ms = (uint32_t)buffer_ms,
        .concealed = total > 0 ? concealed / total : -1,
        .freezes = (uint32_t)freezes,
        .freeze_ms = (uint32_t)freeze_ms,
    };
    return true;
}

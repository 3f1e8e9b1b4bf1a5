#include "quality/trace.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void trace_init(struct trace *trace)
{
    memset(trace, 0, sizeof(*trace));
}

static struct trace_series *find(struct trace *trace, const char *name)
{
    for (size_t i = 0; i < trace->count; i++) {
        if (strcmp(trace->series[i].name, name) == 0) {
            return &trace->series[i];
        }
    }
    if (trace->count == TRACE_MAX_SERIES) {
        return NULL;
    }
    struct trace_series *series = &trace->series[trace->count++];
    *series = (struct trace_series){.kind = TRACE_LINE};
    (void)snprintf(series->name, sizeof(series->name), "%s", name);
    return series;
}

const struct trace_series *trace_find(const struct trace *trace, const char *name)
{
    for (size_t i = 0; i < trace->count; i++) {
        if (strcmp(trace->series[i].name, name) == 0) {
            return &trace->series[i];
        }
    }
    return NULL;
}

static void add(struct trace_series *series, int64_t at_us, double value)
{
    if (series->count == series->capacity) {
        size_t capacity = series->capacity == 0 ? 256 : 2 * series->capacity;
        struct trace_point *points = realloc(series->points, capacity * sizeof(*points));
        if (points == NULL) {
            return;
        }
        series->points = points;
        series->capacity = capacity;
    }
    series->points[series->count++] = (struct trace_point){.at_us = at_us, .value = value};
}

void trace_append(struct trace *trace, const char *name, int64_t at_us, double value)
{
    struct trace_series *series = find(trace, name);
    if (series != NULL) {
        add(series, at_us, value);
    }
}

void trace_span(struct trace *trace, const char *name, int64_t from_us, int64_t to_us)
{
    struct trace_series *series = find(trace, name);
    if (series != NULL) {
        series->kind = TRACE_SPANS;
        add(series, from_us, (double)to_us);
    }
}

void trace_set_kind(struct trace *trace, const char *name, enum trace_kind kind)
{
    struct trace_series *series = find(trace, name);
    if (series != NULL) {
        series->kind = kind;
    }
}

double trace_mean(const struct trace *trace, const char *name, int64_t from_us, int64_t to_us)
{
    const struct trace_series *series = trace_find(trace, name);
    double sum = 0;
    double weight = 0;
    for (size_t i = 0; series != NULL && i < series->count; i++) {
        int64_t begin_us = series->points[i].at_us;
        int64_t end_us = i + 1 < series->count ? series->points[i + 1].at_us : to_us;
        begin_us = begin_us < from_us ? from_us : begin_us;
        end_us = end_us > to_us ? to_us : end_us;
        if (end_us > begin_us) {
            sum += series->points[i].value * (double)(end_us - begin_us);
            weight += (double)(end_us - begin_us);
        }
    }
    return weight > 0 ? sum / weight : 0;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

double trace_percentile(const struct trace *trace, const char *name, double share, int64_t from_us,
                        int64_t to_us)
{
    const struct trace_series *series = trace_find(trace, name);
    double *values =
        series == NULL || series->count == 0 ? NULL : malloc(series->count * sizeof(*values));
    if (values == NULL) {
        return 0;
    }
    size_t count = 0;
    for (size_t i = 0; i < series->count; i++) {
        if (series->points[i].at_us >= from_us && series->points[i].at_us < to_us) {
            values[count++] = series->points[i].value;
        }
    }
    qsort(values, count, sizeof(*values), by_value);
    size_t at = (size_t)(share * (double)count);
    double value = count == 0 ? 0 : values[at < count ? at : count - 1];
    free(values);
    return value;
}

static int64_t first(const struct trace *trace, const char *name, double bound, bool above,
                     int64_t from_us)
{
    const struct trace_series *series = trace_find(trace, name);
    for (size_t i = 0; series != NULL && i < series->count; i++) {
        const struct trace_point *point = &series->points[i];
        if (point->at_us >= from_us && (point->value >= bound) == above) {
            return point->at_us;
        }
    }
    return INT64_MAX;
}

int64_t trace_first_above(const struct trace *trace, const char *name, double bound,
                          int64_t from_us)
{
    return first(trace, name, bound, true, from_us);
}

int64_t trace_first_below(const struct trace *trace, const char *name, double bound,
                          int64_t from_us)
{
    return first(trace, name, bound, false, from_us);
}

void trace_deinit(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        free(trace->series[i].points);
    }
    trace_init(trace);
}

void trace_meter_init(struct trace_meter *meter, const char *name, int64_t interval_us,
                      int64_t now_us)
{
    *meter = (struct trace_meter){.interval_us = interval_us, .from_us = now_us};
    (void)snprintf(meter->name, sizeof(meter->name), "%s", name);
}

void trace_meter_add(struct trace_meter *meter, struct trace *trace, uint64_t bytes, int64_t now_us)
{
    while (now_us >= meter->from_us + meter->interval_us) {
        double kbps = (double)meter->bytes * 8000 / (double)meter->interval_us;
        trace_append(trace, meter->name, meter->from_us, kbps);
        meter->bytes = 0;
        meter->from_us += meter->interval_us;
    }
    meter->bytes += bytes;
}

/**
 * What was measured over time: series of points, by name. A name is "panel/label": series of one
 * panel are drawn over each other in one diagram (plot.h), in the order in which they came.
 */
#ifndef TESTS_QUALITY_TRACE_H
#define TESTS_QUALITY_TRACE_H

#include <stddef.h>
#include <stdint.h>

enum { TRACE_MAX_SERIES = 64, TRACE_NAME_BYTES = 48 };

/** How a series is drawn. */
enum trace_kind {
    TRACE_LINE, /**< from point to point */
    TRACE_STEP, /**< a value holds until the next */
    TRACE_AREA, /**< as STEP, filled down to 0: the bound that others are seen against */
    TRACE_DOTS,
    TRACE_SPANS /**< bars from a time to another, see trace_span */
};

struct trace_point {
    int64_t at_us;
    double value; /**< of spans: their end in microseconds */
};

struct trace_series {
    char name[TRACE_NAME_BYTES];
    enum trace_kind kind;
    struct trace_point *points; /**< owned, in order of time */
    size_t count;
    size_t capacity;
};

struct trace {
    struct trace_series series[TRACE_MAX_SERIES];
    size_t count;
};

/** Zeroed memory is an empty trace as well. */
void trace_init(struct trace *trace);

/** Adds a point; the series is made when it is the first (as LINE). Points beyond memory or the
 * most series are left out. */
void trace_append(struct trace *trace, const char *name, int64_t at_us, double value);

/** A bar of a series, which becomes SPANS. */
void trace_span(struct trace *trace, const char *name, int64_t from_us, int64_t to_us);

/** How it is drawn; also makes it, to fix the order. */
void trace_set_kind(struct trace *trace, const char *name, enum trace_kind kind);

/** NULL when there is none of the name. */
const struct trace_series *trace_find(const struct trace *trace, const char *name);

/** Mean of a series from a time to another, each value holding until the next; 0 without points
 * before to_us. */
double trace_mean(const struct trace *trace, const char *name, int64_t from_us, int64_t to_us);

/** Value below which a share (0..1) of the points from a time to another lies; 0 without points. */
double trace_percentile(const struct trace *trace, const char *name, double share, int64_t from_us,
                        int64_t to_us);

/** First time at or after from_us at which the value is at least (or, below: less than) a bound;
 * INT64_MAX when never. */
int64_t trace_first_above(const struct trace *trace, const char *name, double bound,
                          int64_t from_us);
int64_t trace_first_below(const struct trace *trace, const char *name, double bound,
                          int64_t from_us);

void trace_deinit(struct trace *trace);

/** Bytes in, one point of kbit/s each interval out. */
struct trace_meter {
    char name[TRACE_NAME_BYTES];
    int64_t interval_us;
    int64_t from_us;
    uint64_t bytes;
};

void trace_meter_init(struct trace_meter *meter, const char *name, int64_t interval_us,
                      int64_t now_us);

/** bytes = 0 only lets time pass. */
void trace_meter_add(struct trace_meter *meter, struct trace *trace, uint64_t bytes,
                     int64_t now_us);

#endif

/**
 * A trace as a self-contained SVG picture: one diagram for each panel, one above the other over a
 * common time axis. Legible on light and on dark pages.
 *
 * Panels whose names are known have titles and units: "rate" (kbit/s), "queue" (ms), "picture"
 * (lines shown), "latency" (ms), "level" (dB above -80 dBFS), "distance" (dB), "delay" (ms); spans
 * are bars at the foot of their panel.
 */
#ifndef TESTS_QUALITY_PLOT_H
#define TESTS_QUALITY_PLOT_H

#include <stdint.h>
#include <stdio.h>

#include "quality/trace.h"

struct plot {
    const char *title;
    const char *subtitle; /**< may be NULL */
    int64_t from_us;      /**< is second 0 of the axis */
    int64_t to_us;
    double rate_limit; /**< most of the "rate" panel in kbit/s; 0 = what the series need */
};

/** @return 0, or -1 when writing fails */
int plot_write(FILE *out, const struct plot *plot, const struct trace *trace);

#endif

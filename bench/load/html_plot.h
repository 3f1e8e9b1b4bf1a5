/**
 * Plots of the HTML report as SVG, coloured by the page's style sheet (classes c0 to c4), so that
 * they are legible on light and on dark.
 */
#ifndef LOAD_HTML_PLOT_H
#define LOAD_HTML_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { HTML_PLOT_MAX_SERIES = 5, HTML_PLOT_POINTS = 360 /**< more are drawn as their worst */ };

struct html_series {
    const char *name;
    /** Value of point i; NAN = there is none, the line breaks. */
    double (*value)(const void *data, size_t i);
    const char *colour; /**< class of the style sheet, NULL = by its place: c0 to c4 */
    bool low_is_bad;    /**< of points that share a place the least is drawn, else the most */
};

struct html_plot {
    const char *title;
    const char *unit; /**< behind the numbers of the axis, may be "" */
    const void *data;
    size_t count;
    double (*at_s)(const void *data, size_t i); /**< ascending */
    double least;                               /**< of the axis */
    double most;                                /**< of the axis, 0 = by the values */
    bool whole;                                 /**< what is counted has no halves */
    struct html_series series[HTML_PLOT_MAX_SERIES];
    size_t series_count;
};

/** Lines over time. */
void html_plot_lines(FILE *out, const struct html_plot *plot);

struct html_bar {
    const char *name;
    double value;
};

/** Upright bars, of things that are counted; @param every name below each so manieth bar. */
void html_plot_bars(FILE *out, const char *title, const char *unit, const struct html_bar *bars,
                    size_t count, size_t every);

#endif

#include "load/html_plot.h"

#include <math.h>

#include "load/html_text.h"

enum {
    WIDTH = 400,
    HEIGHT = 210,
    LEFT = 46,
    RIGHT = 18, /* half of the last second's number stands there */
    TOP = 12,
    BOTTOM = 26,
    COLUMNS = WIDTH - LEFT - RIGHT,
    ROWS = HEIGHT - TOP - BOTTOM
};

/** 1, 2 or 5 times a power of ten, so that about `parts` of them are the span. */
static double nice_step(double span, int parts)
{
    double step = pow(10, floor(log10(span / parts)));
    double rest = span / parts / step;
    return step * (rest > 5 ? 10 : rest > 2 ? 5 : rest > 1 ? 2 : 1);
}

struct axis {
    double least;
    double most;
    double step;
};

static struct axis make_axis(double least, double most, bool whole)
{
    if (!(most > least)) {
        most = least + 1;
    }
    double step = nice_step(most - least, 4);
    step = whole && step < 1 ? 1 : step;
    return (struct axis){
        .least = least, .most = least + ceil((most - least) / step - 1e-9) * step, .step = step};
}

static double share_of(const struct axis *axis, double value)
{
    double share = (value - axis->least) / (axis->most - axis->least);
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

static double x_of(const struct axis *axis, double value)
{
    return LEFT + share_of(axis, value) * COLUMNS;
}

static double y_of(const struct axis *axis, double value)
{
    return TOP + (1 - share_of(axis, value)) * ROWS;
}

static void open_figure(FILE *out, const char *title, const char *unit)
{
    (void)fputs("<figure><figcaption>", out);
    html_text(out, title);
    if (*unit != 0) {
        (void)fputs(" <small>", out);
        html_text(out, unit);
        (void)fputs("</small>", out);
    }
    (void)fprintf(out, "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH,
                  HEIGHT);
    html_text(out, title);
    (void)fputs("\">", out);
}

static void draw_rows(FILE *out, const struct axis *axis)
{
    int places = axis->step >= 1 ? 0 : axis->step >= 0.1 ? 1 : axis->step >= 0.01 ? 2 : 3;
    int steps = (int)((axis->most - axis->least) / axis->step + 0.5);
    for (int i = 0; i <= steps; i++) {
        double value = axis->least + i * axis->step;
        double y = y_of(axis, value);
        (void)fprintf(out,
                      "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                      "text-anchor=\"end\">%.*f</text>",
                      LEFT, y, WIDTH - RIGHT, LEFT - 6, y + 3.5, places, value);
    }
}

static void draw_times(FILE *out, const struct axis *axis)
{
    int steps = (int)(axis->most / axis->step);
    for (int i = 0; i <= steps; i++) {
        double value = i * axis->step;
        (void)fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g s</text>",
                      x_of(axis, value), HEIGHT - 8, value);
    }
}

static const char *colour_of(const struct html_plot *plot, size_t i)
{
    static const char *const colours[HTML_PLOT_MAX_SERIES] = {"c0", "c1", "c2", "c3", "c4"};
    return plot->series[i].colour != NULL ? plot->series[i].colour : colours[i];
}

/** The value that is drawn for points from..to-1: the worst, NAN when none is there. */
static double worst(const struct html_plot *plot, const struct html_series *series, size_t from,
                    size_t to)
{
    double out = NAN;
    for (size_t i = from; i < to; i++) {
        double value = series->value(plot->data, i);
        if (isfinite(value) && (isnan(out) || (series->low_is_bad ? value < out : value > out))) {
            out = value;
        }
    }
    return out;
}

static size_t points_of(const struct html_plot *plot)
{
    return plot->count < HTML_PLOT_POINTS ? plot->count : HTML_PLOT_POINTS;
}

static double most_of(const struct html_plot *plot)
{
    double most = plot->least;
    for (size_t i = 0; i < plot->series_count; i++) {
        for (size_t j = 0; j < plot->count; j++) {
            double value = plot->series[i].value(plot->data, j);
            most = isfinite(value) && value > most ? value : most;
        }
    }
    return most;
}

static void draw_line(FILE *out, const struct html_plot *plot, size_t which,
                      const struct axis *times, const struct axis *rows)
{
    size_t points = points_of(plot);
    bool down = false;
    (void)fprintf(out, "<path class=\"line %s\" d=\"", colour_of(plot, which));
    for (size_t i = 0; i < points; i++) {
        size_t from = i * plot->count / points;
        size_t to = (i + 1) * plot->count / points;
        double value = worst(plot, &plot->series[which], from, to);
        if (isnan(value)) {
            down = false;
            continue;
        }
        double x = x_of(times, plot->at_s(plot->data, from));
        (void)fprintf(out, "%s%.1f %.1f", down ? "L" : "M", x, y_of(rows, value));
        if (!down && points == 1) {
            (void)fputs("h2", out); /* one point alone is seen, too */
        }
        down = true;
    }
    (void)fputs("\"/>", out);
}

static void draw_legend(FILE *out, const struct html_plot *plot)
{
    (void)fputs("<p class=\"legend\">", out);
    for (size_t i = 0; i < plot->series_count; i++) {
        (void)fprintf(out, "<span><i class=\"%s\"></i>", colour_of(plot, i));
        html_text(out, plot->series[i].name);
        (void)fputs("</span> ", out);
    }
    (void)fputs("</p>", out);
}

void html_plot_lines(FILE *out, const struct html_plot *plot)
{
    if (plot->count == 0) {
        return;
    }
    double last = plot->at_s(plot->data, plot->count - 1);
    struct axis times = {.least = 0, .most = last > 0 ? last : 1};
    times.step = nice_step(times.most, 5);
    struct axis rows =
        make_axis(plot->least, plot->most > 0 ? plot->most : most_of(plot), plot->whole);
    open_figure(out, plot->title, plot->unit);
    draw_rows(out, &rows);
    draw_times(out, &times);
    for (size_t i = 0; i < plot->series_count; i++) {
        draw_line(out, plot, i, &times, &rows);
    }
    (void)fputs("</svg>", out);
    draw_legend(out, plot);
    (void)fputs("</figure>\n", out);
}

void html_plot_bars(FILE *out, const char *title, const char *unit, const struct html_bar *bars,
                    size_t count, size_t every)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        most = bars[i].value > most ? bars[i].value : most;
    }
    struct axis rows = make_axis(0, most, true);
    double width = (double)COLUMNS / (double)count;
    open_figure(out, title, unit);
    draw_rows(out, &rows);
    for (size_t i = 0; i < count; i++) {
        double x = LEFT + (double)i * width;
        double y = y_of(&rows, bars[i].value);
        if (bars[i].value > 0) {
            (void)fprintf(out,
                          "<rect class=\"bar\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
                          "height=\"%.2f\"><title>%s: %g</title></rect>",
                          x + width * 0.08, y, width * 0.84, TOP + ROWS - y, bars[i].name,
                          bars[i].value);
        }
        if (i % every == 0) {
            (void)fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                          x + width / 2, HEIGHT - 8, bars[i].name);
        }
    }
    (void)fputs("</svg></figure>\n", out);
}

#include "quality/plot.h"

#include <stdbool.h>
#include <string.h>

#include "load/html_text.h"

enum {
    WIDTH = 1100,
    LEFT = 70,
    RIGHT = 20,
    TOP = 62,
    PANEL_HEIGHT = 170,
    PANEL_GAP = 46,
    BOTTOM = 34,
    COLUMNS = WIDTH - LEFT - RIGHT,
    MAX_PANELS = 8,
    COLOURS = 8,
    SPAN_HEIGHT = 9
};

/** Legible on white and on near-black. */
static const char *const colours[COLOURS] = {"#2b83d1", "#e08214", "#1a9e77", "#c2528f",
                                             "#8a63d2", "#b8860b", "#d6453d", "#5a9bb0"};

/** Series that mean the same everywhere look the same everywhere. */
static const struct {
    const char *label;
    const char *colour;
} known_labels[] = {{"capacity", "#8a8f98"},   {"target", "#2b83d1"}, {"sent", "#e08214"},
                    {"acked", "#1a9e77"},      {"delay", "#c2528f"},  {"lost", "#d6453d"},
                    {"freezes", "#d6453d"},    {"pauses", "#8a8f98"}, {"loss-based", "#8a63d2"},
                    {"delay-based", "#b8860b"}};

static const struct {
    const char *panel;
    const char *title;
} known_panels[] = {{"rate", "Rate, kbit/s"},
                    {"queue", "Waiting before the bottleneck, ms"},
                    {"picture", "Picture shown, lines"},
                    {"latency", "From capture to picture, ms"},
                    {"level", "Level, dB above -80 dBFS"},
                    {"distance", "Log-spectral distance, dB"},
                    {"delay", "From mouth to ear, ms"},
                    {"loss", "Lost, %"}};

struct panel {
    char name[TRACE_NAME_BYTES];
    double top; /* y of its upper edge */
    double most;
};

struct canvas {
    FILE *out;
    const struct plot *plot;
    const struct trace *trace;
    struct panel panels[MAX_PANELS];
    size_t panel_count;
};

static const char *label_of(const struct trace_series *series)
{
    const char *slash = strchr(series->name, '/');
    return slash == NULL ? series->name : slash + 1;
}

static bool is_of(const struct trace_series *series, const struct panel *panel)
{
    size_t len = strlen(panel->name);
    return strncmp(series->name, panel->name, len) == 0 && series->name[len] == '/';
}

static const char *title_of(const struct panel *panel)
{
    for (size_t i = 0; i < sizeof(known_panels) / sizeof(known_panels[0]); i++) {
        if (strcmp(known_panels[i].panel, panel->name) == 0) {
            return known_panels[i].title;
        }
    }
    return panel->name;
}

/** Colour of the n-th series of its panel. */
static const char *colour_of(const struct trace_series *series, size_t n)
{
    for (size_t i = 0; i < sizeof(known_labels) / sizeof(known_labels[0]); i++) {
        if (strcmp(known_labels[i].label, label_of(series)) == 0) {
            return known_labels[i].colour;
        }
    }
    return colours[n % COLOURS];
}

/** 1, 2 or 5 times a power of ten, at least value / parts. */
static double nice_step(double value, int parts)
{
    double step = 1;
    while (step * parts < value) {
        double next = step * 2;
        if (next * parts >= value) {
            return next;
        }
        next = step * 5;
        if (next * parts >= value) {
            return next;
        }
        step *= 10;
    }
    return step;
}

static double most_of(const struct canvas *canvas, const struct panel *panel)
{
    double most = 0;
    for (size_t i = 0; i < canvas->trace->count; i++) {
        const struct trace_series *series = &canvas->trace->series[i];
        if (!is_of(series, panel) || series->kind == TRACE_SPANS) {
            continue;
        }
        for (size_t j = 0; j < series->count; j++) {
            most = series->points[j].value > most ? series->points[j].value : most;
        }
    }
    if (canvas->plot->rate_limit > 0 && strcmp(panel->name, "rate") == 0) {
        most = most < canvas->plot->rate_limit ? most : canvas->plot->rate_limit;
    }
    double step = nice_step(most, 4);
    double rounded = step;
    while (rounded < most) {
        rounded += step;
    }
    return rounded;
}

static void find_panels(struct canvas *canvas)
{
    for (size_t i = 0; i < canvas->trace->count; i++) {
        const char *name = canvas->trace->series[i].name;
        const char *slash = strchr(name, '/');
        bool known = slash == NULL;
        for (size_t j = 0; j < canvas->panel_count && !known; j++) {
            known = is_of(&canvas->trace->series[i], &canvas->panels[j]);
        }
        if (!known && canvas->panel_count < MAX_PANELS) {
            struct panel *panel = &canvas->panels[canvas->panel_count];
            (void)snprintf(panel->name, sizeof(panel->name), "%.*s", (int)(slash - name), name);
            panel->top = TOP + (double)canvas->panel_count * (PANEL_HEIGHT + PANEL_GAP) + 22;
            canvas->panel_count++;
        }
    }
    for (size_t i = 0; i < canvas->panel_count; i++) {
        canvas->panels[i].most = most_of(canvas, &canvas->panels[i]);
    }
}

static double x_of(const struct canvas *canvas, double at_us)
{
    const struct plot *plot = canvas->plot;
    double span_us = plot->to_us > plot->from_us ? (double)(plot->to_us - plot->from_us) : 1;
    double share = (at_us - (double)plot->from_us) / span_us;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return LEFT + share * COLUMNS;
}

static double y_of(const struct panel *panel, double value)
{
    double share = value / panel->most;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return panel->top + PANEL_HEIGHT * (1 - share);
}

static void draw_grid(const struct canvas *canvas, const struct panel *panel)
{
    FILE *out = canvas->out;
    double step = nice_step(panel->most, 4);
    for (double value = 0; value <= panel->most * 1.0001; value += step) {
        double y = y_of(panel, value);
        (void)fprintf(out,
                      "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                      "text-anchor=\"end\">%g</text>\n",
                      LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, value);
    }
    double seconds = (double)(canvas->plot->to_us - canvas->plot->from_us) / 1e6;
    double tick = nice_step(seconds, 12);
    for (double at = 0; at <= seconds * 1.0001; at += tick) {
        double x = x_of(canvas, (double)canvas->plot->from_us + at * 1e6);
        (void)fprintf(out,
                      "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
                      "text-anchor=\"middle\">%g%s</text>\n",
                      x, panel->top, panel->top + PANEL_HEIGHT, x, panel->top + PANEL_HEIGHT + 15,
                      at, at == 0 ? " s" : "");
    }
}

/** What the points of one pixel column come to. */
struct column {
    int x;
    double first;
    double last;
    double least;
    double most;
};

/** Takes the points of the next column. @return false at the end */
static bool next_column(const struct canvas *canvas, const struct trace_series *series, size_t *at,
                        struct column *out)
{
    if (*at == series->count) {
        return false;
    }
    double value = series->points[*at].value;
    *out = (struct column){.x = (int)x_of(canvas, (double)series->points[*at].at_us),
                           .first = value,
                           .least = value,
                           .most = value};
    while (*at < series->count && (int)x_of(canvas, (double)series->points[*at].at_us) == out->x) {
        value = series->points[(*at)++].value;
        out->least = value < out->least ? value : out->least;
        out->most = value > out->most ? value : out->most;
        out->last = value;
    }
    return true;
}

/** Many points of one column are one stroke from the least to the most. */
static void draw_line(const struct canvas *canvas, const struct panel *panel,
                      const struct trace_series *series, const char *colour)
{
    FILE *out = canvas->out;
    bool area = series->kind == TRACE_AREA;
    bool step = series->kind != TRACE_LINE;
    struct column column;
    size_t at = 0;
    bool begun = false;
    (void)fprintf(out, "<path fill=\"%s\" fill-opacity=\"0.13\" stroke=\"%s\" d=\"",
                  area ? colour : "none", colour);
    while (next_column(canvas, series, &at, &column)) {
        double y = y_of(panel, column.first);
        if (!begun) {
            (void)fprintf(out, "M%d %.1f", column.x, area ? y_of(panel, 0) : y);
        }
        (void)fprintf(out, step ? "H%dV%.1f" : "L%d %.1f", column.x, y);
        if (column.most > column.least) {
            (void)fprintf(out, "V%.1fV%.1fV%.1f", y_of(panel, column.least),
                          y_of(panel, column.most), y_of(panel, column.last));
        }
        begun = true;
    }
    if (begun && step) {
        (void)fprintf(out, "H%d", WIDTH - RIGHT);
    }
    if (begun && area) {
        (void)fprintf(out, "V%.1fZ", y_of(panel, 0));
    }
    (void)fputs("\"/>\n", out);
}

static void draw_dots(const struct canvas *canvas, const struct panel *panel,
                      const struct trace_series *series, const char *colour)
{
    struct column column;
    size_t at = 0;
    (void)fprintf(canvas->out, "<g fill=\"%s\">", colour);
    while (next_column(canvas, series, &at, &column)) {
        (void)fprintf(canvas->out, "<circle cx=\"%d\" cy=\"%.1f\" r=\"2\"/>", column.x,
                      y_of(panel, column.most));
    }
    (void)fputs("</g>\n", canvas->out);
}

/** Bars stand at the foot of the panel, each series a row higher. */
static void draw_spans(const struct canvas *canvas, const struct panel *panel,
                       const struct trace_series *series, const char *colour, int row)
{
    double y = panel->top + PANEL_HEIGHT - (row + 1) * (SPAN_HEIGHT + 2);
    (void)fprintf(canvas->out, "<g fill=\"%s\" fill-opacity=\"0.85\">", colour);
    for (size_t i = 0; i < series->count; i++) {
        double x = x_of(canvas, (double)series->points[i].at_us);
        double width = x_of(canvas, series->points[i].value) - x;
        (void)fprintf(canvas->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>", x,
                      y, width < 2 ? 2 : width, SPAN_HEIGHT);
    }
    (void)fputs("</g>\n", canvas->out);
}

static void draw_series(const struct canvas *canvas, const struct panel *panel,
                        const struct trace_series *series, const char *colour, int *spans)
{
    switch (series->kind) {
    case TRACE_LINE:
    case TRACE_STEP:
    case TRACE_AREA:
        draw_line(canvas, panel, series, colour);
        break;
    case TRACE_DOTS:
        draw_dots(canvas, panel, series, colour);
        break;
    case TRACE_SPANS:
        draw_spans(canvas, panel, series, colour, (*spans)++);
        break;
    }
}

/** Its entry above the panel. @return where the next begins */
static double draw_label(const struct canvas *canvas, const struct panel *panel, const char *label,
                         const char *colour, double x)
{
    (void)fprintf(canvas->out,
                  "<rect x=\"%.0f\" y=\"%.1f\" width=\"14\" height=\"4\" fill=\"%s\"/>"
                  "<text x=\"%.0f\" y=\"%.1f\">",
                  x, panel->top - 13, colour, x + 19, panel->top - 7);
    html_text(canvas->out, label);
    (void)fputs("</text>\n", canvas->out);
    return x + 34 + 7.2 * (double)strlen(label);
}

static void draw_panel(const struct canvas *canvas, const struct panel *panel)
{
    const char *title = title_of(panel);
    (void)fprintf(canvas->out, "<text class=\"panel\" x=\"%d\" y=\"%.1f\">", LEFT, panel->top - 7);
    html_text(canvas->out, title);
    (void)fputs("</text>\n", canvas->out);
    draw_grid(canvas, panel);
    double x = LEFT + 40 + 8.0 * (double)strlen(title);
    size_t n = 0;
    int spans = 0;
    for (size_t i = 0; i < canvas->trace->count; i++) {
        const struct trace_series *series = &canvas->trace->series[i];
        if (is_of(series, panel)) {
            const char *colour = colour_of(series, n++);
            draw_series(canvas, panel, series, colour, &spans);
            x = draw_label(canvas, panel, label_of(series), colour, x);
        }
    }
}

int plot_write(FILE *out, const struct plot *plot, const struct trace *trace)
{
    struct canvas canvas = {.out = out, .plot = plot, .trace = trace};
    find_panels(&canvas);
    int height = TOP + (int)canvas.panel_count * (PANEL_HEIGHT + PANEL_GAP) + BOTTOM;
    (void)fprintf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                  "height=\"%d\">\n<style>\n"
                  "svg{background:#fcfcfb}text{font:12px system-ui,sans-serif;fill:#4c5058}\n"
                  ".title{font-size:19px;font-weight:600;fill:#1c1e22}"
                  ".panel{font-size:13px;font-weight:600;fill:#1c1e22}\n"
                  ".grid{stroke:#8a8f98;stroke-opacity:.25;fill:none}path{stroke-width:1.5}\n"
                  "@media(prefers-color-scheme:dark){svg{background:#17191d}text{fill:#b4b8c0}"
                  ".title,.panel{fill:#eceef1}}\n</style>\n"
                  "<text class=\"title\" x=\"%d\" y=\"28\">",
                  WIDTH, height, WIDTH, height, LEFT);
    html_text(out, plot->title);
    (void)fprintf(out, "</text>\n<text x=\"%d\" y=\"47\">", LEFT);
    html_text(out, plot->subtitle == NULL ? "" : plot->subtitle);
    (void)fputs("</text>\n", out);
    for (size_t i = 0; i < canvas.panel_count; i++) {
        draw_panel(&canvas, &canvas.panels[i]);
    }
    (void)fputs("</svg>\n", out);
    return ferror(out) ? -1 : 0;
}

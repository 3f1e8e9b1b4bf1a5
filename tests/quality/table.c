#include "quality/table.h"

#include <stdbool.h>
#include <string.h>

enum { CELL_BYTES = 32, NAME_WIDTH = 16 };

static bool has_column(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_columns(struct table *table, const struct report *report)
{
    for (size_t i = 0; i < report->number_count; i++) {
        const char *name = report->numbers[i].name;
        if (!has_column(table, name) && table->column_count < TABLE_MAX_COLUMNS) {
            table->columns[table->column_count++] = name;
        }
    }
}

void table_init(struct table *table, const struct table_row *rows, size_t row_count)
{
    *table = (struct table){.rows = rows, .row_count = row_count};
    for (size_t i = 0; i < row_count; i++) {
        for (size_t j = 0; j < rows[i].count; j++) {
            add_columns(table, &rows[i].reports[j]);
        }
    }
}

/** Mean of a column over a row's runs, "" when none reported it, "never" when one was negative. */
static void cell(const struct table_row *row, const char *column, char out[CELL_BYTES])
{
    double sum = 0;
    size_t count = 0;
    int decimals = 0;
    bool never = false;
    for (size_t i = 0; i < row->count; i++) {
        const struct report_number *number = report_find(&row->reports[i], column);
        if (number != NULL) {
            never = never || number->value < 0;
            sum += number->value;
            decimals = number->decimals;
            count++;
        }
    }
    out[0] = 0;
    if (never) {
        (void)snprintf(out, CELL_BYTES, "never");
    } else if (count > 0) {
        (void)snprintf(out, CELL_BYTES, "%.*f", decimals, sum / (double)count);
    }
}

static size_t missed(const struct table_row *row)
{
    size_t sum = 0;
    for (size_t i = 0; i < row->count; i++) {
        sum += report_missed(&row->reports[i]);
    }
    return sum;
}

static size_t bars(const struct table_row *row)
{
    size_t sum = 0;
    for (size_t i = 0; i < row->count; i++) {
        sum += row->reports[i].bar_count;
    }
    return sum;
}

static void verdict(const struct table_row *row, char out[CELL_BYTES])
{
    size_t of = bars(row);
    out[0] = 0;
    if (of > 0) {
        (void)snprintf(out, CELL_BYTES, "%zu of %zu", of - missed(row), of);
    }
}

size_t table_missed(const struct table *table)
{
    size_t sum = 0;
    for (size_t i = 0; i < table->row_count; i++) {
        sum += missed(&table->rows[i]);
    }
    return sum;
}

/** Widest of a heading and its cells. */
static int width_of(const struct table *table, const char *column)
{
    size_t width = strlen(column);
    for (size_t i = 0; i < table->row_count; i++) {
        char text[CELL_BYTES];
        cell(&table->rows[i], column, text);
        width = strlen(text) > width ? strlen(text) : width;
    }
    return (int)width;
}

void table_text(const struct table *table, FILE *out)
{
    (void)fprintf(out, "%-*s", NAME_WIDTH, "case");
    for (size_t i = 0; i < table->column_count; i++) {
        (void)fprintf(out, "  %s", table->columns[i]);
    }
    (void)fprintf(out, "  bars met\n");
    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_row *row = &table->rows[i];
        char text[CELL_BYTES];
        (void)fprintf(out, "%-*s", NAME_WIDTH, row->name);
        for (size_t j = 0; j < table->column_count; j++) {
            cell(row, table->columns[j], text);
            (void)fprintf(out, "  %*s", width_of(table, table->columns[j]), text);
        }
        verdict(row, text);
        (void)fprintf(out, "  %8s\n", text);
    }
}

void table_markdown(const struct table *table, FILE *out)
{
    (void)fprintf(out, "| case |");
    for (size_t i = 0; i < table->column_count; i++) {
        (void)fprintf(out, " %s |", table->columns[i]);
    }
    (void)fprintf(out, " bars met |\n|---|");
    for (size_t i = 0; i <= table->column_count; i++) {
        (void)fprintf(out, "---:|");
    }
    (void)fprintf(out, "\n");
    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_row *row = &table->rows[i];
        char text[CELL_BYTES];
        (void)fprintf(out, "| %s |", row->name);
        for (size_t j = 0; j < table->column_count; j++) {
            cell(row, table->columns[j], text);
            (void)fprintf(out, " %s |", text);
        }
        verdict(row, text);
        (void)fprintf(out, " %s |\n", text);
    }
}

void table_csv(const struct table *table, FILE *out)
{
    (void)fprintf(out, "case,run");
    for (size_t i = 0; i < table->column_count; i++) {
        (void)fprintf(out, ",%s", table->columns[i]);
    }
    (void)fprintf(out, ",bars missed\n");
    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_row *row = &table->rows[i];
        for (size_t j = 0; j < row->count; j++) {
            const struct table_row one = {
                .name = row->name, .reports = &row->reports[j], .count = 1};
            (void)fprintf(out, "%s,%zu", row->name, j + 1);
            for (size_t k = 0; k < table->column_count; k++) {
                char text[CELL_BYTES];
                cell(&one, table->columns[k], text);
                (void)fprintf(out, ",%s", text);
            }
            (void)fprintf(out, ",%zu\n", missed(&one));
        }
    }
}

void table_html(const struct table *table, FILE *out)
{
    (void)fprintf(out, "<table><thead><tr><th>case</th><th>bars met</th>");
    for (size_t i = 0; i < table->column_count; i++) {
        (void)fprintf(out, "<th>%s</th>", table->columns[i]);
    }
    (void)fprintf(out, "</tr></thead>\n");
    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_row *row = &table->rows[i];
        char text[CELL_BYTES];
        (void)fprintf(out, "<tr><td title=\"%s\"><a href=\"#%s\">%s</a></td>", row->about,
                      row->name, row->name);
        verdict(row, text);
        (void)fprintf(out, "<td class=\"%s\">%s</td>", missed(row) > 0 ? "missed" : "met", text);
        for (size_t j = 0; j < table->column_count; j++) {
            cell(row, table->columns[j], text);
            (void)fprintf(out, "<td>%s</td>", text);
        }
        (void)fprintf(out, "</tr>\n");
    }
    (void)fprintf(out, "</table>\n");
}

/** One bar over all runs of a row. */
struct summed_bar {
    size_t met;
    size_t count;
    const char *found; /* of the first that missed it, else of the last */
};

static struct summed_bar sum_bar(const struct table_row *row, const char *what)
{
    struct summed_bar sum = {.found = ""};
    for (size_t i = 0; i < row->count; i++) {
        const struct report *report = &row->reports[i];
        for (size_t j = 0; j < report->bar_count; j++) {
            const struct report_bar *bar = &report->bars[j];
            if (strcmp(bar->what, what) == 0) {
                if (sum.met == sum.count) {
                    sum.found = bar->found;
                }
                sum.count++;
                sum.met += bar->met;
            }
        }
    }
    return sum;
}

void table_bars_text(const struct table *table, FILE *out)
{
    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_row *row = &table->rows[i];
        for (size_t j = 0; row->count > 0 && j < row->reports[0].bar_count; j++) {
            const char *what = row->reports[0].bars[j].what;
            struct summed_bar sum = sum_bar(row, what);
            (void)fprintf(out, "%-6s %-*s %s: %s (%zu of %zu runs)\n",
                          sum.met == sum.count ? "met" : "MISSED", NAME_WIDTH, row->name, what,
                          sum.found, sum.met, sum.count);
        }
    }
}

void table_bars_html(const struct table *table, bool missed_ones, FILE *out)
{
    (void)fprintf(out, "<table><thead><tr><th>case</th><th class=\"text\">bar</th><th>found</th>"
                       "<th>runs</th></tr></thead>\n");
    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_row *row = &table->rows[i];
        for (size_t j = 0; row->count > 0 && j < row->reports[0].bar_count; j++) {
            const char *what = row->reports[0].bars[j].what;
            struct summed_bar sum = sum_bar(row, what);
            if ((sum.met < sum.count) == missed_ones) {
                (void)fprintf(out,
                              "<tr><td>%s</td><td class=\"text\">%s</td><td>%s</td>"
                              "<td class=\"%s\">%zu of %zu</td></tr>\n",
                              row->name, what, sum.found, missed_ones ? "missed" : "met", sum.met,
                              sum.count);
            }
        }
    }
    (void)fprintf(out, "</table>\n");
}

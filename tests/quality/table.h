/**
 * Reports of many cases as one table, in four forms: aligned text, Markdown, CSV (one line for each
 * run), HTML. A cell is the mean over the seeds.
 */
#ifndef TESTS_QUALITY_TABLE_H
#define TESTS_QUALITY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "quality/report.h"

enum { TABLE_MAX_COLUMNS = 40 };

/** One case: borrowed. */
struct table_row {
    const char *name;
    const char *about;
    struct report *reports; /**< one for each seed */
    size_t count;
};

/** The columns are the names of the numbers, in the order in which they come up. */
struct table {
    const struct table_row *rows;
    size_t row_count;
    const char *columns[TABLE_MAX_COLUMNS];
    size_t column_count;
};

void table_init(struct table *table, const struct table_row *rows, size_t row_count);

void table_text(const struct table *table, FILE *out);
void table_markdown(const struct table *table, FILE *out);
void table_csv(const struct table *table, FILE *out);
void table_html(const struct table *table, FILE *out);

/** Each bar of each case: how many seeds met it, and what the first that missed it found. */
void table_bars_text(const struct table *table, FILE *out);

/** The same, of those that some seed missed or of those that all met. */
void table_bars_html(const struct table *table, bool missed_ones, FILE *out);

/** Bars missed by any run. */
size_t table_missed(const struct table *table);

#endif

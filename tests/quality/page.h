/**
 * What `make quality` leaves: index.html with all tables and plots, and the tables as Markdown and
 * CSV.
 */
#ifndef TESTS_QUALITY_PAGE_H
#define TESTS_QUALITY_PAGE_H

#include <stddef.h>

#include "quality/table.h"

enum { PAGE_MAX_GROUPS = 8, PAGE_MAX_ROWS = 48 };

struct page_group {
    const char *name;
    struct table_row rows[PAGE_MAX_ROWS];
    size_t row_count;
};

/**
 * Writes index.html, <group>.md and <group>.csv into a folder. Plots are <case>-<seed>.svg beside
 * them, seeds from 1.
 * @return 0, or -1 when a file cannot be written
 */
int page_write(const char *folder, const struct page_group *groups, size_t count, unsigned seeds);

#endif

/**
 * The report as a tree of JSON values: what --json writes, and what the page of --html shows, so
 * that both have the same numbers.
 */
#ifndef LOAD_REPORT_JSON_H
#define LOAD_REPORT_JSON_H

#include <jansson.h>

#include "load/report.h"

/** @return a new tree, or NULL without memory */
json_t *report_tree(const struct report *report);

#endif

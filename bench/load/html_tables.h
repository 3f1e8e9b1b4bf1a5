/**
 * Tables of the HTML report. They are bounded: the worst come first, the rest is in the JSON.
 */
#ifndef LOAD_HTML_TABLES_H
#define LOAD_HTML_TABLES_H

#include <stdio.h>

#include "load/report.h"

enum { HTML_MOST_ROOMS = 60, HTML_MOST_CALLERS = 120, HTML_MOST_WRONG = 60 };

/** Each writes a section, or nothing when there is nothing to tell. @return 0 or ERR_NO_MEMORY */
void html_table_verdicts(FILE *out, const struct report *report);
void html_table_capacity(FILE *out, const struct report *report);
void html_table_causes(FILE *out, const struct report *report);
void html_table_wrong(FILE *out, const struct report *report);
int html_table_rooms(FILE *out, const struct report *report);
int html_table_callers(FILE *out, const struct report *report);

#endif

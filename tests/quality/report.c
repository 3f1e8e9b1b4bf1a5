#include "quality/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void report_number(struct report *report, const char *name, int decimals, double value)
{
    if (report->number_count == REPORT_MAX) {
        return;
    }
    struct report_number *number = &report->numbers[report->number_count++];
    *number = (struct report_number){.value = value, .decimals = decimals};
    (void)snprintf(number->name, sizeof(number->name), "%s", name);
}

void report_bar(struct report *report, bool met, const char *what, const char *format, ...)
{
    if (report->bar_count == REPORT_MAX) {
        return;
    }
    struct report_bar *bar = &report->bars[report->bar_count++];
    va_list args;
    bar->met = met;
    (void)snprintf(bar->what, sizeof(bar->what), "%s", what);
    va_start(args, format);
    (void)vsnprintf(bar->found, sizeof(bar->found), format, args);
    va_end(args);
}

const struct report_number *report_find(const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->number_count; i++) {
        if (strcmp(report->numbers[i].name, name) == 0) {
            return &report->numbers[i];
        }
    }
    return NULL;
}

size_t report_missed(const struct report *report)
{
    size_t missed = 0;
    for (size_t i = 0; i < report->bar_count; i++) {
        missed += !report->bars[i].met;
    }
    return missed;
}

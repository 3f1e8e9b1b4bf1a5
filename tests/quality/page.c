#include "quality/page.h"

#include <stdio.h>

enum { PATH_BYTES = 512 };

static FILE *open_in(const char *folder, const char *name, const char *suffix)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
    }
    return file;
}

static const char head[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tandem: call quality</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width\"><style>\n"
    ":root{color-scheme:light dark;--line:#8a8f9855;--good:#1a9e77;--bad:#d6453d}\n"
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1500px;padding:0 1em}\n"
    "table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;display:block;"
    "overflow-x:auto}\n"
    "th,td{padding:.25em .5em;border-bottom:1px solid var(--line);text-align:right;"
    "vertical-align:bottom}td{white-space:nowrap}\n"
    "th{font-weight:600;max-width:6em}td:first-child,th:first-child,.text{text-align:left}\n"
    ".met{color:var(--good)}.missed{color:var(--bad);font-weight:600}\n"
    "img{max-width:100%;display:block;margin:1em 0}summary{cursor:pointer;margin:.4em "
    "0}a{color:inherit}\n"
    "</style>\n<h1>Call quality</h1>\n";

static void write_plots(FILE *out, const struct table_row *row, unsigned seeds)
{
    (void)fprintf(out, "<section id=\"%s\"><img src=\"%s-1.svg\" alt=\"%s\">\n", row->name,
                  row->name, row->about);
    if (seeds > 1) {
        (void)fprintf(out, "<details><summary>%s with other seeds</summary>\n", row->name);
        for (unsigned i = 2; i <= seeds; i++) {
            (void)fprintf(out, "<img src=\"%s-%u.svg\" alt=\"%s, seed %u\" loading=\"lazy\">\n",
                          row->name, i, row->about, i);
        }
        (void)fprintf(out, "</details>\n");
    }
    (void)fprintf(out, "</section>\n");
}

static int write_index(const char *folder, const struct page_group *groups, size_t count,
                       unsigned seeds)
{
    FILE *out = open_in(folder, "index", ".html");
    if (out == NULL) {
        return -1;
    }
    (void)fputs(head, out);
    for (size_t i = 0; i < count; i++) {
        struct table table;
        table_init(&table, groups[i].rows, groups[i].row_count);
        (void)fprintf(out, "<h2>%s, mean of %u</h2>\n", groups[i].name, seeds);
        table_html(&table, out);
        (void)fprintf(out, "<h3>Bars missed: %zu</h3>\n", table_missed(&table));
        table_bars_html(&table, true, out);
        (void)fprintf(out, "<details><summary>Bars met</summary>\n");
        table_bars_html(&table, false, out);
        (void)fprintf(out, "</details>\n");
        for (size_t j = 0; j < groups[i].row_count; j++) {
            write_plots(out, &groups[i].rows[j], seeds);
        }
    }
    return fclose(out) == 0 ? 0 : -1;
}

static int write_tables(const char *folder, const struct page_group *group)
{
    struct table table;
    table_init(&table, group->rows, group->row_count);
    FILE *markdown = open_in(folder, group->name, ".md");
    FILE *csv = markdown == NULL ? NULL : open_in(folder, group->name, ".csv");
    if (csv == NULL) {
        if (markdown != NULL) {
            (void)fclose(markdown);
        }
        return -1;
    }
    table_markdown(&table, markdown);
    table_csv(&table, csv);
    int err = fclose(markdown);
    return fclose(csv) == 0 && err == 0 ? 0 : -1;
}

int page_write(const char *folder, const struct page_group *groups, size_t count, unsigned seeds)
{
    int err = write_index(folder, groups, count, seeds);
    for (size_t i = 0; i < count && err == 0; i++) {
        err = write_tables(folder, &groups[i]);
    }
    return err;
}

#include "load/html_text.h"

#include <math.h>

void html_text(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        switch (*text) {
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        case '\'':
            (void)fputs("&#39;", out);
            break;
        default:
            (void)fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
        }
    }
}

void html_number(FILE *out, const char *path, double value, const char *shown)
{
    (void)fprintf(out, "<data data-json=\"%s\" value=\"%.12g\">", path, round(value * 1e6) / 1e6);
    html_text(out, shown);
    (void)fputs("</data>", out);
}

/**
 * Pieces of an HTML page: text that cannot break out of its place, and numbers that say which
 * member of the JSON report they are.
 */
#ifndef LOAD_HTML_TEXT_H
#define LOAD_HTML_TEXT_H

#include <stdio.h>

/** Writes text with what means something in HTML escaped, control characters as blanks. */
void html_text(FILE *out, const char *text);

/**
 * Writes a number: `shown` for people, its value and its path in the JSON report ("sum.mos.mean")
 * as attributes, by which a test compares both.
 */
void html_number(FILE *out, const char *path, double value, const char *shown);

#endif

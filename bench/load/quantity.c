#include "load/quantity.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct unit {
    const char *name;
    double factor;
};

enum { MOST_UNITS = 6 };

static const struct unit units[QUANTITY_KINDS][MOST_UNITS] = {
    [QUANTITY_PLAIN] = {{"", 1}},
    [QUANTITY_SECONDS] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"m", 60}, {"min", 60}},
    [QUANTITY_SHARE] = {{"", 1}, {"%", 0.01}},
    [QUANTITY_RATE] = {{"", 1}, {"/s", 1}, {"/min", 1.0 / 60}},
    [QUANTITY_BITS] = {{"", 1}, {"k", 1e3}, {"M", 1e6}},
    [QUANTITY_BYTES] = {{"", 1}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}},
};

int quantity_read(const char *text, enum quantity_kind kind, double *out)
{
    if (!isdigit((unsigned char)*text) && *text != '.') {
        return ERR_MALFORMED; /* strtod would take signs, blanks, "inf" and "nan" */
    }
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value)) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < MOST_UNITS && units[kind][i].name != NULL; i++) {
        if (strcmp(units[kind][i].name, end) == 0) {
            *out = value * units[kind][i].factor;
            return 0;
        }
    }
    return ERR_MALFORMED;
}

int quantity_count(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    double value = 0;
    int err = quantity_read(text, QUANTITY_PLAIN, &value);
    if (err != 0 || value != floor(value)) {
        return ERR_MALFORMED;
    }
    if (value < least || value > most) {
        return ERR_INVALID;
    }
    *out = (uint32_t)value;
    return 0;
}

const char *quantity_units(enum quantity_kind kind)
{
    switch (kind) {
    case QUANTITY_SECONDS:
        return "us, ms, s or min";
    case QUANTITY_SHARE:
        return "%";
    case QUANTITY_RATE:
        return "/s or /min";
    case QUANTITY_BITS:
        return "k or M";
    case QUANTITY_BYTES:
        return "k, M or G";
    case QUANTITY_PLAIN:
    case QUANTITY_KINDS:
        break;
    }
    return "none";
}

/**
 * Reads the values of options into what they stand for.
 */
#ifndef LOAD_OPTION_VALUES_H
#define LOAD_OPTION_VALUES_H

#include "load/option_table.h"
#include "load/options.h"

/** A value while it is read, and where to complain. */
struct option_parser {
    struct options *options;
    const char *name;  /**< of the option at hand */
    const char *value; /**< its value, or NULL */
    char *reason;
};

/** Notes what is wrong with the option at hand. @return ERR_INVALID */
int option_complain(const struct option_parser *parser, const char *text);

/** Reads an option about the group of rooms. @return 0, ERR_INVALID, or ERR_NOT_FOUND when it is
 * about something else */
int option_read_group(struct option_parser *parser, enum option_id id);

/** Reads any other but --scenario. */
int option_read(struct option_parser *parser, enum option_id id);

#endif

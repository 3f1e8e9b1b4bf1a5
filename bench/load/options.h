/**
 * The command line.
 */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "load/capacity.h"
#include "load/expect.h"
#include "load/run.h"
#include "load/scenario.h"

enum {
    OPTIONS_REASON_BYTES = 768,
    OPTIONS_FULL_AGENTS = 300 /**< more callers than these, and searches, have light agents,
                                  unless told */
};

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_LIST_PROFILES };

struct options {
    enum options_action action;
    struct run_config run; /**< its scenario is the next field */
    struct scenario scenario;
    struct scenario_group group; /**< of the command line */
    struct scenario_file *file;  /**< owned; NULL = none */
    struct expect expect;        /**< rules of --expect */
    struct expect capacity;      /**< rules of --find-capacity; none = one run */
    enum capacity_axis raise;
    const char *json; /**< paths, "-" = standard output; NULL = not asked for */
    const char *csv;
    const char *html;
    bool quiet;
    bool janus;
    bool agent_given;
    bool audio_only;
    bool raise_given;
    const char *of_pictures; /**< an option about what cameras show that was given, or NULL */
};

/**
 * @param argv   borrowed for the life of the options; its order may change
 * @param reason out, on failure: the option, what is wrong with it, and how it is right
 * @return 0, ERR_INVALID or ERR_NO_MEMORY; options_deinit in every case
 */
int options_parse(struct options *out, int argc, char **argv,
                  char reason[static OPTIONS_REASON_BYTES]);

void options_deinit(struct options *options);

void options_help(FILE *out);
void options_list_profiles(FILE *out);

#endif

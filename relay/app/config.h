/**
 * Options of the program: one table gives the flags, the environment (TANDEM_*), the file, --help
 * and --print-config.
 *
 * A flag beats the environment, the environment beats the file, the file beats the default.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "auth/ice_servers.h"
#include "base/addr.h"
#include "base/log.h"

enum { CONFIG_TEXT_BYTES = 512, CONFIG_MAX_ANNOUNCE = 16, CONFIG_WHY_BYTES = 512 };

/** The options' values. */
struct config {
    struct addr http;
    unsigned media_port;
    unsigned workers;       /**< 0 = one for each core; config_finish puts the number in */
    unsigned codec_threads; /**< likewise */
    unsigned compositions;  /**< of each of them */
    struct addr announce[CONFIG_MAX_ANNOUNCE];
    size_t announce_count;
    bool udp;
    bool tcp;
    unsigned gather_us;
    char secret[CONFIG_TEXT_BYTES];
    bool open;
    struct ice_servers ice_servers;
    char turn_secret[CONFIG_TEXT_BYTES];
    char tls_cert[CONFIG_TEXT_BYTES];
    char tls_key[CONFIG_TEXT_BYTES];
    unsigned max_participants;
    unsigned grace_s;
    unsigned drain_s;
    unsigned joins_per_minute;
    unsigned mix_speakers;
    unsigned mix_bitrate; /**< bit/s */
    unsigned mix_complexity;
    bool mix_dtx;
    enum log_level log_level;
    char file[CONFIG_TEXT_BYTES];
};

/** What the command line asks for besides. */
enum config_wish { CONFIG_RUN, CONFIG_HELP, CONFIG_VERSION, CONFIG_PRINT };

void config_defaults(struct config *config);

/**
 * Reads file, environment and flags, in this order of rising weight.
 *
 * @param argv   flags only, without the program's name
 * @param lookup getenv, or a test's double
 * @param why    out: one sentence about what is wrong
 * @return 0, ERR_INVALID (a flag, a variable, a value) or ERR_IO (the file)
 */
int config_load(struct config *config, int argc, char *const *argv,
                char *(*lookup)(const char *name), enum config_wish *wish,
                char why[CONFIG_WHY_BYTES]);

/**
 * Checks what options demand of each other and counts the workers.
 *
 * @param cores processors of the machine
 * @return 0 or ERR_INVALID with *why filled
 */
int config_finish(struct config *config, unsigned cores, char why[CONFIG_WHY_BYTES]);

void config_help(FILE *to);

/** The effective values in the form of the file; secrets are not shown. */
void config_print(const struct config *config, FILE *to);

#endif

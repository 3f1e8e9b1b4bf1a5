/**
 * `tandem token`: prints an access token (API.md 3).
 */
#ifndef APP_TOKEN_COMMAND_H
#define APP_TOKEN_COMMAND_H

#include <stdint.h>

/** Duration like "90", "90s", "15m", "6h" or "30d" in seconds. @return 0 or ERR_INVALID */
int token_command_duration(const char *text, int64_t *seconds);

/** Runs the command with the arguments behind "token". @return the program's exit status */
int token_command_run(int argc, char *const *argv);

#endif

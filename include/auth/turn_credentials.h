/**
 * Credentials for a TURN server that end by themselves: the server shares a secret with us and can
 * check them without asking (draft-uberti-behave-turn-rest-00; coturn: use-auth-secret).
 */
#ifndef AUTH_TURN_CREDENTIALS_H
#define AUTH_TURN_CREDENTIALS_H

#include <stdint.h>

enum {
    TURN_CREDENTIALS_LIFE_S = 12 * 3600,
    TURN_CREDENTIALS_USERNAME_BYTES = 40, /**< with terminator */
    TURN_CREDENTIALS_PASSWORD_BYTES = 29  /**< base64 of a SHA-1, with terminator */
};

struct turn_credentials {
    char
        username[TURN_CREDENTIALS_USERNAME_BYTES]; /**< "<end, seconds since 1970>:<participant>" */
    char password[TURN_CREDENTIALS_PASSWORD_BYTES]; /**< base64(HMAC-SHA1(secret, username)) */
};

/**
 * Makes credentials that are good for TURN_CREDENTIALS_LIFE_S from now on.
 *
 * @param secret      shared with the TURN server
 * @param participant its number, as in the log. Not its id: a user name crosses the network in the
 *                    clear, and the id is in the session's URL
 * @param wall_s      seconds since 1970 UTC
 * @return 0 or ERR_CRYPTO
 */
int turn_credentials_make(const char *secret, uint32_t participant, int64_t wall_s,
                          struct turn_credentials *out);

#endif

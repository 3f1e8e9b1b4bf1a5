#include "auth/turn_credentials.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/err.h"

int turn_credentials_make(const char *secret, uint32_t participant, int64_t wall_s,
                          struct turn_credentials *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    int username_len = snprintf(out->username, sizeof(out->username), "%" PRId64 ":%" PRIu32,
                                wall_s + TURN_CREDENTIALS_LIFE_S, participant);
    if (HMAC(EVP_sha1(), secret, (int)strlen(secret), (const unsigned char *)out->username,
             (size_t)username_len, digest, &len) == NULL) {
        return ERR_CRYPTO;
    }
    (void)EVP_EncodeBlock((unsigned char *)out->password, digest, (int)len);
    return 0;
}

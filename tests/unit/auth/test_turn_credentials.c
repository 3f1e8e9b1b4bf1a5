#include <string.h>

#include "auth/turn_credentials.h"
#include "unit/runner.h"

/* Passwords computed with Python's hmac, hashlib and base64. */
TEST(computes_what_coturn_computes)
{
    static const char long_secret[] =
        "a secret that is longer than the 64 bytes of a block of SHA-1, so that it is hashed first";
    struct turn_credentials out;
    REQUIRE_OK(turn_credentials_make("north-sea-turn-secret", 7, 1700000000, &out));
    CHECK_STR(out.username, "1700043200:7");
    CHECK_STR(out.password, "Bdt/fb/X/EmJyHZItAfQqv3Bc9I=");
    REQUIRE_OK(turn_credentials_make(long_secret, 4294967295U, 1700000000, &out));
    CHECK_STR(out.username, "1700043200:4294967295");
    CHECK_STR(out.password, "Ry/imJQTZEcDwz5aROumHzg/ZPs=");
out:;
}

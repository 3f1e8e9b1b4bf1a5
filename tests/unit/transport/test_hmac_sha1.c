#include "relay/transport/hmac_sha1.h"
#include "support/vectors.h"
#include "unit/runner.h"

static void case_of(const uint8_t *secret, size_t secret_len, const char *data, const char *hex)
{
    struct hmac_sha1_key key;
    struct hmac_sha1 hmac;
    uint8_t want[HMAC_SHA1_BYTES];
    uint8_t got[HMAC_SHA1_BYTES];
    vectors_hex(hex, want, sizeof(want));
    hmac_sha1_key_init(&key, secret, secret_len);
    for (int again = 0; again < 2; again++) { /* a key serves many messages */
        hmac_sha1_start(&hmac, &key);
        hmac_sha1_update(&hmac, (const uint8_t *)data, strlen(data));
        hmac_sha1_finish(&hmac, &key, got);
        CHECK_MEM(got, want, sizeof(want));
        CHECK(hmac_sha1_equal(got, want));
    }
    want[19] ^= 1;
    CHECK(!hmac_sha1_equal(got, want));
}

TEST(hmac_gives_the_digests_of_rfc_2202)
{
    uint8_t secret[80];
    memset(secret, 0x0b, 20);
    case_of(secret, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00");
    case_of((const uint8_t *)"Jefe", 4, "what do ya want for nothing?",
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    memset(secret, 0xaa, 80);
    case_of(secret, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

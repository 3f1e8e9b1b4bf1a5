#include "transport/srtp_ciphers.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/log.h"
#include "srtp_cipher_types.h"

/* What libsrtp was built with: exported by the library, and declared in none of its installed
 * headers. */
extern const srtp_cipher_type_t srtp_aes_icm_128;
extern const srtp_cipher_type_t srtp_aes_icm_256;
extern const srtp_cipher_type_t srtp_aes_gcm_128;
extern const srtp_cipher_type_t srtp_aes_gcm_256;
extern const srtp_auth_type_t srtp_hmac;

static _Atomic(enum srtp_ciphers) ciphers_now = SRTP_CIPHERS_AUTO;
static atomic_flag ciphers_busy = ATOMIC_FLAG_INIT; /**< workers may start together */
static bool ciphers_started;

const char *srtp_ciphers_name(enum srtp_ciphers which)
{
    switch (which) {
    case SRTP_CIPHERS_AUTO:
        return "auto";
    case SRTP_CIPHERS_PACKAGED:
        return "packaged";
    case SRTP_CIPHERS_OPENSSL:
        return "openssl";
    case SRTP_CIPHERS_IPSEC_MB:
        return "ipsec-mb";
    }
    return "?";
}

static int ciphers_put(const struct srtp_cipher_set *set)
{
    bool ok = srtp_replace_cipher_type(set->icm_128, SRTP_AES_ICM_128) == srtp_err_status_ok &&
              srtp_replace_cipher_type(set->icm_256, SRTP_AES_ICM_256) == srtp_err_status_ok &&
              srtp_replace_cipher_type(set->gcm_128, SRTP_AES_GCM_128) == srtp_err_status_ok &&
              srtp_replace_cipher_type(set->gcm_256, SRTP_AES_GCM_256) == srtp_err_status_ok &&
              srtp_replace_auth_type(set->hmac_sha1, SRTP_HMAC_SHA1) == srtp_err_status_ok;
    return ok ? 0 : ERR_CRYPTO;
}

static bool ciphers_find(enum srtp_ciphers which, struct srtp_cipher_set *out)
{
    switch (which) {
    case SRTP_CIPHERS_PACKAGED:
        *out = (struct srtp_cipher_set){
            .icm_128 = &srtp_aes_icm_128,
            .icm_256 = &srtp_aes_icm_256,
            .gcm_128 = &srtp_aes_gcm_128,
            .gcm_256 = &srtp_aes_gcm_256,
            .hmac_sha1 = &srtp_hmac,
        };
        return true;
    case SRTP_CIPHERS_OPENSSL:
        return srtp_cipher_evp_set(out);
    case SRTP_CIPHERS_IPSEC_MB:
        return srtp_cipher_mb_set(out);
    case SRTP_CIPHERS_AUTO:
        break;
    }
    return false;
}

bool srtp_cipher_set_installed(struct srtp_cipher_set *out)
{
    return ciphers_find(ciphers_now, out);
}

static int ciphers_install_one(enum srtp_ciphers which)
{
    struct srtp_cipher_set set;
    if (!ciphers_find(which, &set)) {
        return ERR_UNSUPPORTED;
    }
    int err = ciphers_put(&set);
    if (err == 0) {
        ciphers_now = which;
        log_info("transport", "srtp ciphers=%s", srtp_ciphers_name(which));
    }
    return err;
}

/** One thread at a time. */
static int ciphers_install(enum srtp_ciphers which)
{
    if (!ciphers_started && srtp_init() != srtp_err_status_ok) {
        return ERR_CRYPTO;
    }
    ciphers_started = true;
    if (which != SRTP_CIPHERS_AUTO) {
        return ciphers_install_one(which);
    }
    int err = ciphers_install_one(SRTP_CIPHERS_IPSEC_MB);
    return err == 0 ? 0 : ciphers_install_one(SRTP_CIPHERS_OPENSSL);
}

/** Waits for a thread that is installing: milliseconds, once in the life of the process. */
static void ciphers_enter(void)
{
    while (atomic_flag_test_and_set(&ciphers_busy)) {
    }
}

int srtp_ciphers_install(enum srtp_ciphers which)
{
    ciphers_enter();
    int err = ciphers_install(which);
    atomic_flag_clear(&ciphers_busy);
    return err;
}

int srtp_ciphers_ensure(void)
{
    if (ciphers_now != SRTP_CIPHERS_AUTO) {
        return 0;
    }
    ciphers_enter();
    int err = ciphers_now == SRTP_CIPHERS_AUTO ? ciphers_install(SRTP_CIPHERS_AUTO) : 0;
    atomic_flag_clear(&ciphers_busy);
    return err;
}

enum srtp_ciphers srtp_ciphers_installed(void)
{
    return ciphers_now;
}

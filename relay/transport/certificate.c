#include "transport/certificate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "certificate_key.h"

enum {
    CERTIFICATE_SERIAL_BYTES = 8,
    CERTIFICATE_AHEAD_SECONDS = 24 * 3600, /**< valid from yesterday: peers' clocks are off */
    CERTIFICATE_LIFE_SECONDS = 30 * 24 * 3600
};

_Static_assert(sizeof(((struct certificate *)NULL)->fingerprint) == CERTIFICATE_FINGERPRINT_TEXT,
               "room for the fingerprint");

static bool certificate_set_serial(X509 *x509)
{
    uint8_t serial[CERTIFICATE_SERIAL_BYTES];
    if (RAND_bytes(serial, sizeof(serial)) != 1) {
        return false;
    }
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and of full length */
    BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
    bool ok = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
    BN_free(number);
    return ok;
}

/** Subject and issuer carry nothing that tells servers apart. */
static bool certificate_set_names(X509 *x509)
{
    X509_NAME *name = X509_get_subject_name(x509);
    static const unsigned char common_name[] = "tandem";
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(x509, name) == 1;
}

static bool certificate_set_dates(X509 *x509, int64_t wall_us)
{
    time_t now = (time_t)(wall_us / 1000000);
    return ASN1_TIME_adj(X509_getm_notBefore(x509), now, 0, -CERTIFICATE_AHEAD_SECONDS) != NULL &&
           ASN1_TIME_adj(X509_getm_notAfter(x509), now, 0,
                         CERTIFICATE_LIFE_SECONDS - CERTIFICATE_AHEAD_SECONDS) != NULL;
}

static bool certificate_write_fingerprint(struct certificate *certificate)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    if (X509_digest(certificate->x509, EVP_sha256(), digest, &len) != 1 ||
        len != CERTIFICATE_FINGERPRINT_BYTES) {
        return false;
    }
    char *at = certificate->fingerprint;
    for (unsigned int i = 0; i < len; i++) {
        *at++ = digits[digest[i] >> 4];
        *at++ = digits[digest[i] & 15];
        *at++ = ':';
    }
    at[-1] = '\0';
    return true;
}

int certificate_new(struct certificate **out, int64_t wall_us)
{
    struct certificate *certificate = calloc(1, sizeof(*certificate));
    if (certificate == NULL) {
        return ERR_NO_MEMORY;
    }
    certificate->key = EVP_EC_gen("P-256");
    certificate->x509 = X509_new();
    bool ok = certificate->key != NULL && certificate->x509 != NULL &&
              X509_set_version(certificate->x509, X509_VERSION_3) == 1 &&
              certificate_set_serial(certificate->x509) &&
              certificate_set_names(certificate->x509) &&
              certificate_set_dates(certificate->x509, wall_us) &&
              X509_set_pubkey(certificate->x509, certificate->key) == 1 &&
              X509_sign(certificate->x509, certificate->key, EVP_sha256()) > 0 &&
              certificate_write_fingerprint(certificate);
    if (!ok) {
        certificate_free(&certificate);
        return ERR_CRYPTO;
    }
    *out = certificate;
    return 0;
}

const char *certificate_fingerprint(const struct certificate *certificate)
{
    return certificate->fingerprint;
}

void certificate_free(struct certificate **certificate)
{
    struct certificate *gone = *certificate;
    if (gone == NULL) {
        return;
    }
    X509_free(gone->x509);
    EVP_PKEY_free(gone->key);
    free(gone);
    *certificate = NULL;
}

#include <stdio.h>

#include <openssl/x509.h>

#include "relay/transport/certificate_key.h"
#include "transport/certificate.h"
#include "unit/runner.h"

/** 2026-01-02 03:04:05 UTC. */
static const int64_t wall_us = INT64_C(1767323045) * 1000000;

TEST(certificate_is_p256_self_signed_for_thirty_days)
{
    struct certificate *certificate = NULL;
    REQUIRE_OK(certificate_new(&certificate, wall_us));
    CHECK_INT(EVP_PKEY_get_base_id(certificate->key), EVP_PKEY_EC);
    CHECK_INT(EVP_PKEY_get_bits(certificate->key), 256);
    CHECK_INT(X509_verify(certificate->x509, certificate->key), 1);
    int days = 0;
    int seconds = 0;
    CHECK_INT(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate->x509),
                             X509_get0_notAfter(certificate->x509)),
              1);
    CHECK_INT(days, 30);
    CHECK_INT(ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate->x509), wall_us / 1000000), -1);
    CHECK_INT(ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate->x509), wall_us / 1000000), 1);
out:
    certificate_free(&certificate);
}

TEST(fingerprint_is_the_sha256_of_the_der_form)
{
    struct certificate *certificate = NULL;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    REQUIRE_OK(certificate_new(&certificate, wall_us));
    const char *text = certificate_fingerprint(certificate);
    REQUIRE_INT(strlen(text), 95);
    CHECK_INT(X509_digest(certificate->x509, EVP_sha256(), digest, &len), 1);
    for (unsigned int i = 0; i < 32; i++) {
        unsigned int byte = 0;
        CHECK_INT(sscanf(text + 3 * (size_t)i, "%2X", &byte), 1);
        CHECK_INT(byte, digest[i]);
    }
out:
    certificate_free(&certificate);
}

TEST(every_certificate_has_its_own_key)
{
    struct certificate *a = NULL;
    struct certificate *b = NULL;
    REQUIRE_OK(certificate_new(&a, wall_us));
    REQUIRE_OK(certificate_new(&b, wall_us));
    CHECK(strcmp(certificate_fingerprint(a), certificate_fingerprint(b)) != 0);
out:
    certificate_free(&a);
    certificate_free(&b);
}

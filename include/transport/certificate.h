/**
 * The relay's DTLS certificate: ECDSA P-256, self-signed, made at start, valid 30 days (RFC
 * 8827 6.5).
 */
#ifndef TRANSPORT_CERTIFICATE_H
#define TRANSPORT_CERTIFICATE_H

#include <stdint.h>

enum { CERTIFICATE_FINGERPRINT_BYTES = 32, CERTIFICATE_FINGERPRINT_TEXT = 96 };

/** Shared read-only by all workers after it is made. */
struct certificate;

/** @param wall_us wall clock, for the validity dates. @return 0, ERR_NO_MEMORY or ERR_CRYPTO */
int certificate_new(struct certificate **out, int64_t wall_us);

/** SHA-256 of the DER form, as "AB:CD:...", for a=fingerprint:sha-256; valid as long as the
 * certificate. */
const char *certificate_fingerprint(const struct certificate *certificate);

void certificate_free(struct certificate **certificate);

#endif

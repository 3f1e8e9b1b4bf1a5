/**
 * DTLS record and handshake headers, read only as far as the relay must know them before OpenSSL
 * does (RFC 6347 4.1, 4.2.2).
 *
 *     record:    type(1) version(2) epoch(2) sequence(6) length(2)
 *     handshake: type(1) length(3) message_seq(2) fragment_offset(3) fragment_length(3)
 */
#ifndef RELAY_TRANSPORT_DTLS_RECORD_H
#define RELAY_TRANSPORT_DTLS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    DTLS_RECORD_HEADER_BYTES = 13,
    DTLS_RECORD_CCS = 20,
    DTLS_RECORD_ALERT = 21,
    DTLS_RECORD_HANDSHAKE = 22,
    DTLS_RECORD_DATA = 23,
    DTLS_RECORD_UNIFIED = 0x20, /**< DTLS 1.3 ciphertext: first byte 0x20 to 0x3f (RFC 9147 4) */
    DTLS_MESSAGE_CLIENT_HELLO = 1,
    DTLS_RANDOM_BYTES = 32
};

struct dtls_record {
    uint8_t type; /**< DTLS_RECORD_UNIFIED for all DTLS 1.3 ciphertext, which then reaches to the
                     datagram's end */
    uint16_t epoch;
    const uint8_t *at; /**< first byte of the record */
    size_t bytes;      /**< with header */
    const uint8_t *body;
    size_t body_bytes;
};

/** Reads the next record of a datagram. False at its end or (then bytes->failed) when what is left
 * is no record. */
bool dtls_record_read(struct bytes *bytes, struct dtls_record *out);

/** True for a plaintext handshake record whose first message is a fragment of a ClientHello. */
bool dtls_record_is_client_hello(const struct dtls_record *record);

/** The client random when the record holds the beginning of a ClientHello, else NULL. */
const uint8_t *dtls_record_client_random(const struct dtls_record *record);

#endif

#include "dtls_record.h"

enum {
    HANDSHAKE_HEADER_BYTES = 12,
    HANDSHAKE_OFFSET_AT = 6, /**< fragment_offset */
    HANDSHAKE_LENGTH_AT = 9, /**< fragment_length */
    HELLO_RANDOM_AT = HANDSHAKE_HEADER_BYTES + 2
};

bool dtls_record_read(struct bytes *bytes, struct dtls_record *out)
{
    if (bytes->failed || bytes_left(bytes) == 0) {
        return false;
    }
    const uint8_t *start = bytes->at;
    size_t left = bytes_left(bytes);
    uint8_t type = bytes_u8(bytes);
    if ((type & 0xe0) == DTLS_RECORD_UNIFIED) {
        bytes_skip(bytes, left - 1);
        *out = (struct dtls_record){.type = DTLS_RECORD_UNIFIED,
                                    .epoch = type & 3,
                                    .at = start,
                                    .bytes = left,
                                    .body = start + 1,
                                    .body_bytes = left - 1};
        return true;
    }
    uint8_t major = bytes_u8(bytes);
    bytes_skip(bytes, 1);
    uint16_t epoch = bytes_u16(bytes);
    bytes_skip(bytes, 6);
    size_t body_bytes = bytes_u16(bytes);
    const uint8_t *body = bytes_take(bytes, body_bytes);
    if (body == NULL || major != 0xfe || type < DTLS_RECORD_CCS || type > DTLS_RECORD_DATA) {
        bytes->failed = true;
        return false;
    }
    *out = (struct dtls_record){.type = type,
                                .epoch = epoch,
                                .at = start,
                                .bytes = DTLS_RECORD_HEADER_BYTES + body_bytes,
                                .body = body,
                                .body_bytes = body_bytes};
    return true;
}

bool dtls_record_is_client_hello(const struct dtls_record *record)
{
    return record->type == DTLS_RECORD_HANDSHAKE && record->epoch == 0 &&
           record->body_bytes >= HANDSHAKE_HEADER_BYTES &&
           record->body[0] == DTLS_MESSAGE_CLIENT_HELLO;
}

const uint8_t *dtls_record_client_random(const struct dtls_record *record)
{
    if (!dtls_record_is_client_hello(record) ||
        record->body_bytes < HELLO_RANDOM_AT + DTLS_RANDOM_BYTES ||
        bytes_get_u24(record->body + HANDSHAKE_OFFSET_AT) != 0 ||
        bytes_get_u24(record->body + HANDSHAKE_LENGTH_AT) < 2 + DTLS_RANDOM_BYTES) {
        return NULL;
    }
    return record->body + HELLO_RANDOM_AT;
}

#include "stun_check.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/bytes.h"

enum {
    BINDING_REQUEST = 0x0001,
    COOKIE = 0x2112A442,
    ATTRIBUTE_USERNAME = 0x0006,
    ATTRIBUTE_INTEGRITY = 0x0008,
    ATTRIBUTE_PRIORITY = 0x0024,
    ATTRIBUTE_USE_CANDIDATE = 0x0025,
    ATTRIBUTE_FINGERPRINT = 0x8028,
    ATTRIBUTE_CONTROLLING = 0x802A,
    HEADER_BYTES = 20,
    INTEGRITY_BYTES = 20,
    HOST_PRIORITY = 0x6E7F1EFF
};

static uint8_t *put_attribute(uint8_t *at, uint16_t type, const void *value, size_t bytes)
{
    bytes_put_u16(at, type);
    bytes_put_u16(at + 2, (uint16_t)bytes);
    memset(at + 4, 0, (bytes + 3) / 4 * 4);
    if (bytes > 0) {
        memcpy(at + 4, value, bytes);
    }
    return at + 4 + (bytes + 3) / 4 * 4;
}

/** The length field counts up to the end of the attribute that is computed next (RFC 8489 14.5). */
static void put_length(uint8_t *out, const uint8_t *end, size_t more)
{
    bytes_put_u16(out + 2, (uint16_t)((size_t)(end - out) + more - HEADER_BYTES));
}

/** CRC-32 of ISO 3309, xor "STUN" (RFC 8489 14.7). */
static uint32_t fingerprint(const uint8_t *data, size_t len)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
        }
    }
    return ~crc ^ 0x5354554E;
}

size_t stun_check_write(uint8_t out[static STUN_CHECK_MAX_BYTES], const char *username,
                        const char *password, uint64_t number)
{
    uint8_t word[8];
    bytes_put_u16(out, BINDING_REQUEST);
    bytes_put_u32(out + 4, COOKIE);
    bytes_put_u32(out + 8, 0);
    bytes_put_u64(out + 12, number);
    uint8_t *at = put_attribute(out + HEADER_BYTES, ATTRIBUTE_USERNAME, username, strlen(username));
    bytes_put_u32(word, HOST_PRIORITY);
    at = put_attribute(at, ATTRIBUTE_PRIORITY, word, 4);
    bytes_put_u64(word, 1);
    at = put_attribute(at, ATTRIBUTE_CONTROLLING, word, 8);
    at = put_attribute(at, ATTRIBUTE_USE_CANDIDATE, NULL, 0);
    put_length(out, at, 4 + INTEGRITY_BYTES);
    uint8_t mac[INTEGRITY_BYTES];
    (void)HMAC(EVP_sha1(), password, (int)strlen(password), out, (size_t)(at - out), mac, NULL);
    at = put_attribute(at, ATTRIBUTE_INTEGRITY, mac, sizeof(mac));
    put_length(out, at, 4 + 4);
    bytes_put_u32(word, fingerprint(out, (size_t)(at - out)));
    at = put_attribute(at, ATTRIBUTE_FINGERPRINT, word, 4);
    return (size_t)(at - out);
}

#include "support/stun_peer.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/bytes.h"

enum { COOKIE = 0x2112a442 };

static uint32_t crc_32(const uint8_t *data, size_t len)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xedb88320U & (0U - (crc & 1)));
        }
    }
    return ~crc;
}

static void attribute(struct bytes_out *out, uint16_t type, const void *value, size_t len)
{
    static const uint8_t zeros[4];
    bytes_out_u16(out, type);
    bytes_out_u16(out, (uint16_t)len);
    bytes_out_copy(out, value, len);
    bytes_out_copy(out, zeros, (4 - len % 4) % 4);
}

/** The header's length as if the message ended `more` bytes from here. */
static void set_length(struct bytes_out *out, size_t more)
{
    bytes_put_u16(out->start + 2, (uint16_t)(bytes_out_len(out) + more - 20));
}

static void write_mapped(struct bytes_out *out, const struct addr *addr,
                         const uint8_t transaction[12])
{
    uint8_t value[20] = {0, addr->family == ADDR_IPV6 ? 2 : 1};
    uint8_t mask[16];
    bytes_put_u32(mask, COOKIE);
    memcpy(mask + 4, transaction, 12);
    bytes_put_u16(value + 2, (uint16_t)(addr->port ^ (COOKIE >> 16)));
    size_t len = addr->family == ADDR_IPV6 ? 16 : 4;
    for (size_t i = 0; i < len; i++) {
        value[4 + i] = addr->ip[i] ^ mask[i];
    }
    attribute(out, 0x0020, value, 4 + len);
}

size_t stun_peer_write(const struct stun_peer_request *request, uint8_t *out)
{
    struct bytes_out bytes = bytes_out_over(out, STUN_PEER_BYTES);
    uint8_t number[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t header[20] = {0};
    bytes_put_u16(header, request->type == 0 ? 0x0001 : request->type);
    bytes_put_u32(header + 4, COOKIE);
    memcpy(header + 8, request->transaction, 12);
    bytes_out_copy(&bytes, header, sizeof(header));
    if (request->username != NULL) {
        attribute(&bytes, 0x0006, request->username, strlen(request->username));
    }
    if (request->unknown != 0) {
        attribute(&bytes, request->unknown, number, 4);
    }
    if (request->mapped != NULL) {
        write_mapped(&bytes, request->mapped, request->transaction);
    } else {
        attribute(&bytes, request->controlled ? 0x8029 : 0x802a, number, 8);
        if (request->use_candidate) {
            attribute(&bytes, 0x0025, NULL, 0);
        }
        bytes_put_u32(number, request->priority);
        attribute(&bytes, 0x0024, number, 4);
    }
    if (request->password != NULL) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        set_length(&bytes, 24);
        (void)HMAC(EVP_sha1(), request->password, (int)strlen(request->password), out,
                   bytes_out_len(&bytes), digest, NULL);
        attribute(&bytes, 0x0008, digest, 20);
    }
    if (!request->no_fingerprint) {
        set_length(&bytes, 8);
        uint32_t crc = crc_32(out, bytes_out_len(&bytes)) ^ 0x5354554e;
        bytes_put_u32(number, request->bad_fingerprint ? crc + 1 : crc);
        attribute(&bytes, 0x8028, number, 4);
    }
    set_length(&bytes, 0);
    return bytes_out_len(&bytes);
}

const uint8_t *stun_peer_find(const uint8_t *data, size_t size, uint16_t type, size_t *len)
{
    struct bytes bytes = bytes_over(data, size);
    bytes_skip(&bytes, 20);
    while (!bytes.failed && bytes_left(&bytes) >= 4) {
        uint16_t here = bytes_u16(&bytes);
        *len = bytes_u16(&bytes);
        const uint8_t *value = bytes_take(&bytes, *len);
        bytes_skip(&bytes, (4 - *len % 4) % 4);
        if (value != NULL && here == type) {
            return value;
        }
    }
    return NULL;
}

bool stun_peer_verify(const uint8_t *data, size_t size, const char *password)
{
    uint8_t copy[STUN_PEER_BYTES];
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t len = 0;
    const uint8_t *integrity = stun_peer_find(data, size, 0x0008, &len);
    const uint8_t *fingerprint = stun_peer_find(data, size, 0x8028, &len);
    if (integrity == NULL || fingerprint == NULL || size > sizeof(copy)) {
        return false;
    }
    size_t at = (size_t)(integrity - data) - 4;
    memcpy(copy, data, at);
    bytes_put_u16(copy + 2, (uint16_t)(at + 24 - 20));
    (void)HMAC(EVP_sha1(), password, (int)strlen(password), copy, at, digest, NULL);
    uint32_t crc = crc_32(data, (size_t)(fingerprint - data) - 4) ^ 0x5354554e;
    return memcmp(digest, integrity, 20) == 0 && bytes_get_u32(fingerprint) == crc;
}

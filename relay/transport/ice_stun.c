#include "ice_stun.h"

#include <stdlib.h>
#include <string.h>

#include <stun/stunagent.h>

#include "base/bytes.h"
#include "base/err.h"

enum {
    STUN_METHOD_BINDING = 1,
    ATTRIBUTE_HEADER_BYTES = 4,
    ATTRIBUTE_INTEGRITY_SHA256 = 0x001c, /**< RFC 8489 14.6; we use the SHA-1 form beside it */
    FINGERPRINT_XOR = 0x5354554e,
    CRC_TABLES = 4,
    ERROR_UNKNOWN_ATTRIBUTE = 420,
    ERROR_ROLE_CONFLICT = 487,
    /** Of a peer-reflexive candidate with the highest local preference (RFC 8445 5.1.2): what a
       check must claim. */
    CHECK_PRIORITY = (110 << 24) | (65535 << 8) | 255,
    FIRST_OPTIONAL_ATTRIBUTE = 0x8000
};

struct ice_stun_codec {
    StunAgent agent;
    uint32_t crc[CRC_TABLES][256];
};

static const uint32_t crc_polynomial = 0xedb88320;

/** Reading is our own, so libnice's agent need not know any attribute. */
static const uint16_t no_attributes[] = {0};

/** CRC-32 of IEEE 802.3 (RFC 8489 14.7), four bytes a step. */
static void crc_make_tables(struct ice_stun_codec *codec)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc_polynomial & (0U - (crc & 1U)));
        }
        codec->crc[0][i] = crc;
    }
    for (size_t table = 1; table < CRC_TABLES; table++) {
        for (size_t i = 0; i < 256; i++) {
            uint32_t before = codec->crc[table - 1][i];
            codec->crc[table][i] = (before >> 8) ^ codec->crc[0][before & 255];
        }
    }
}

/** @param len a multiple of 4, as every length in STUN is */
static uint32_t crc_32(const struct ice_stun_codec *codec, const uint8_t *data, size_t len)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i + 4 <= len; i += 4) {
        crc = codec->crc[3][(crc ^ data[i]) & 255] ^
              codec->crc[2][((crc >> 8) ^ data[i + 1]) & 255] ^
              codec->crc[1][((crc >> 16) ^ data[i + 2]) & 255] ^
              codec->crc[0][(crc >> 24) ^ data[i + 3]];
    }
    return crc ^ 0xffffffff;
}

int ice_stun_codec_new(struct ice_stun_codec **out)
{
    struct ice_stun_codec *codec = calloc(1, sizeof(*codec));
    if (codec == NULL) {
        return ERR_NO_MEMORY;
    }
    stun_agent_init(&codec->agent, no_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS);
    crc_make_tables(codec);
    *out = codec;
    return 0;
}

void ice_stun_codec_free(struct ice_stun_codec **codec)
{
    free(*codec);
    *codec = NULL;
}

/* ---- reading ---- */

static void username_read(struct ice_stun *out, const uint8_t *value, size_t len)
{
    out->username = str_view_of((const char *)value, len);
    struct str_view rest = out->username;
    out->local_ufrag = str_view_cut(&rest, ':');
}

static bool attribute_read(struct ice_stun *out, uint16_t type, const uint8_t *value, size_t len)
{
    switch (type) {
    case STUN_ATTRIBUTE_USERNAME:
        username_read(out, value, len);
        return true;
    case STUN_ATTRIBUTE_PRIORITY:
        out->priority = len == 4 ? bytes_get_u32(value) : 0;
        return len == 4;
    case STUN_ATTRIBUTE_USE_CANDIDATE:
        out->use_candidate = true;
        return true;
    case STUN_ATTRIBUTE_ICE_CONTROLLED:
        out->controlled = true;
        return len == 8;
    case STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS:
    case STUN_ATTRIBUTE_MAPPED_ADDRESS:
    case STUN_ATTRIBUTE_ERROR_CODE:
    case STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES:
    case STUN_ATTRIBUTE_REALM:
    case STUN_ATTRIBUTE_NONCE:
    case ATTRIBUTE_INTEGRITY_SHA256:
        return true;
    default:
        if (type < FIRST_OPTIONAL_ATTRIBUTE && out->unknown_count < ICE_STUN_MAX_UNKNOWN) {
            out->unknown[out->unknown_count++] = type;
        }
        return true;
    }
}

/** FINGERPRINT must be last and right. */
static bool fingerprint_is_right(const struct ice_stun_codec *codec, const struct ice_stun *message,
                                 size_t at, size_t len)
{
    return len == 4 && at + ATTRIBUTE_HEADER_BYTES + 4 == message->len &&
           bytes_get_u32(message->data + at + ATTRIBUTE_HEADER_BYTES) ==
               (crc_32(codec, message->data, at) ^ FINGERPRINT_XOR);
}

static bool attributes_read(const struct ice_stun_codec *codec, struct ice_stun *out,
                            struct bytes *bytes)
{
    for (size_t count = 0; bytes_left(bytes) > 0; count++) {
        size_t at = (size_t)(bytes->at - out->data);
        uint16_t type = bytes_u16(bytes);
        size_t len = bytes_u16(bytes);
        const uint8_t *value = bytes_take(bytes, len);
        bytes_skip(bytes, (4 - len % 4) % 4);
        if (bytes->failed || count == ICE_STUN_MAX_ATTRIBUTES) {
            return false;
        }
        if (type == STUN_ATTRIBUTE_FINGERPRINT) {
            if (!fingerprint_is_right(codec, out, at, len)) {
                return false;
            }
        } else if (out->integrity_at != 0) {
            continue;
        } else if (type == STUN_ATTRIBUTE_MESSAGE_INTEGRITY) {
            if (len != HMAC_SHA1_BYTES) {
                return false;
            }
            out->integrity_at = at;
        } else if (!attribute_read(out, type, value, len)) {
            return false;
        }
    }
    return true;
}

int ice_stun_read(const struct ice_stun_codec *codec, const uint8_t *data, size_t len,
                  struct ice_stun *out)
{
    if (len < ICE_STUN_HEADER_BYTES || len > ICE_STUN_MAX_BYTES || len % 4 != 0) {
        return ERR_MALFORMED;
    }
    struct bytes bytes = bytes_over(data, len);
    uint16_t type = bytes_u16(&bytes);
    size_t body = bytes_u16(&bytes);
    uint32_t cookie = bytes_u32(&bytes);
    const uint8_t *transaction = bytes_take(&bytes, ICE_STUN_TRANSACTION_BYTES);
    if ((type & 0xc000) != 0 || body + ICE_STUN_HEADER_BYTES != len ||
        cookie != STUN_MAGIC_COOKIE) {
        return ERR_MALFORMED;
    }
    if ((type & 0x3eef) != STUN_METHOD_BINDING) {
        return ERR_UNSUPPORTED;
    }
    struct ice_stun message = {.data = data, .len = len, .transaction = transaction};
    message.class = (enum ice_stun_class)(((type >> 7) & 2) | ((type >> 4) & 1));
    if (!attributes_read(codec, &message, &bytes)) {
        return ERR_MALFORMED;
    }
    *out = message;
    return 0;
}

/** HMAC over the message before the attribute at `at`, with the length that a message ending in
 * that attribute has. */
static void integrity_compute(const uint8_t *data, size_t at, const struct hmac_sha1_key *key,
                              uint8_t out[static HMAC_SHA1_BYTES])
{
    uint8_t header[4];
    memcpy(header, data, 2);
    bytes_put_u16(header + 2, (uint16_t)(at + ATTRIBUTE_HEADER_BYTES + HMAC_SHA1_BYTES -
                                         ICE_STUN_HEADER_BYTES));
    struct hmac_sha1 hmac;
    hmac_sha1_start(&hmac, key);
    hmac_sha1_update(&hmac, header, sizeof(header));
    hmac_sha1_update(&hmac, data + sizeof(header), at - sizeof(header));
    hmac_sha1_finish(&hmac, key, out);
}

bool ice_stun_verify(const struct ice_stun *message, const struct hmac_sha1_key *key)
{
    if (message->integrity_at == 0) {
        return false;
    }
    uint8_t want[HMAC_SHA1_BYTES];
    integrity_compute(message->data, message->integrity_at, key, want);
    return hmac_sha1_equal(want, message->data + message->integrity_at + ATTRIBUTE_HEADER_BYTES);
}

/* ---- writing ---- */

/** Adds MESSAGE-INTEGRITY and FINGERPRINT; every message of ours has room for both. */
static size_t message_finish(const struct ice_stun_codec *codec, StunMessage *message,
                             const struct hmac_sha1_key *key)
{
    size_t integrity_at = stun_message_length(message);
    uint8_t *integrity =
        stun_message_append(message, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, HMAC_SHA1_BYTES);
    if (integrity == NULL) {
        return 0;
    }
    integrity_compute(message->buffer, integrity_at, key, integrity);
    size_t fingerprint_at = stun_message_length(message);
    uint8_t *fingerprint = stun_message_append(message, STUN_ATTRIBUTE_FINGERPRINT, 4);
    if (fingerprint == NULL) {
        return 0;
    }
    bytes_put_u32(fingerprint, crc_32(codec, message->buffer, fingerprint_at) ^ FINGERPRINT_XOR);
    return stun_message_length(message);
}

/** As much of a request as libnice needs to begin an answer: method and transaction. Its buffer is
 * not const. */
struct request_head {
    StunMessage message;
    uint8_t bytes[ICE_STUN_HEADER_BYTES];
};

static void request_head(struct ice_stun_codec *codec, const struct ice_stun *request,
                         struct request_head *out)
{
    memset(&out->message, 0, sizeof(out->message));
    memcpy(out->bytes, request->data, sizeof(out->bytes));
    out->message.agent = &codec->agent;
    out->message.buffer = out->bytes;
    out->message.buffer_len = sizeof(out->bytes);
}

static bool append_address(StunMessage *message, const struct addr *addr)
{
    struct sockaddr_storage storage;
    memset(&storage, 0, sizeof(storage));
    if (addr->family == ADDR_IPV4) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
        memcpy(&in.sin_addr, addr->ip, 4);
        memcpy(&storage, &in, sizeof(in));
    } else {
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
        memcpy(&in6.sin6_addr, addr->ip, 16);
        memcpy(&storage, &in6, sizeof(in6));
    }
    return stun_message_append_xor_addr(message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &storage,
                                        sizeof(storage)) == STUN_MESSAGE_RETURN_SUCCESS;
}

size_t ice_stun_write_success(struct ice_stun_codec *codec, const struct ice_stun *request,
                              const struct hmac_sha1_key *key, const struct addr *to,
                              uint8_t out[static ICE_STUN_MAX_BYTES])
{
    struct request_head asked;
    StunMessage message;
    request_head(codec, request, &asked);
    if (!stun_agent_init_response(&codec->agent, &message, out, ICE_STUN_MAX_BYTES,
                                  &asked.message) ||
        !append_address(&message, to)) {
        return 0;
    }
    return message_finish(codec, &message, key);
}

size_t ice_stun_write_error(struct ice_stun_codec *codec, const struct ice_stun *request,
                            const struct hmac_sha1_key *key, int code,
                            uint8_t out[static ICE_STUN_MAX_BYTES])
{
    struct request_head asked;
    StunMessage message;
    request_head(codec, request, &asked);
    if (!stun_agent_init_error(&codec->agent, &message, out, ICE_STUN_MAX_BYTES, &asked.message,
                               code == ERROR_UNKNOWN_ATTRIBUTE ? STUN_ERROR_UNKNOWN_ATTRIBUTE
                                                               : STUN_ERROR_ROLE_CONFLICT)) {
        return 0;
    }
    if (code == ERROR_UNKNOWN_ATTRIBUTE) {
        uint8_t *list = stun_message_append(&message, STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES,
                                            2 * request->unknown_count);
        for (size_t i = 0; list != NULL && i < request->unknown_count; i++) {
            bytes_put_u16(list + 2 * i, request->unknown[i]);
        }
    }
    return message_finish(codec, &message, key);
}

size_t ice_stun_write_check(struct ice_stun_codec *codec,
                            const uint8_t transaction[static ICE_STUN_TRANSACTION_BYTES],
                            struct str_view username, const struct hmac_sha1_key *key,
                            uint64_t tie_breaker, uint8_t out[static ICE_STUN_MAX_BYTES])
{
    StunMessage message;
    if (username.len > 255 ||
        !stun_agent_init_request(&codec->agent, &message, out, ICE_STUN_MAX_BYTES, STUN_BINDING)) {
        return 0;
    }
    memcpy(out + 8, transaction, ICE_STUN_TRANSACTION_BYTES); /* ours can be replayed from a seed */
    if (stun_message_append_bytes(&message, STUN_ATTRIBUTE_USERNAME, username.at, username.len) !=
            STUN_MESSAGE_RETURN_SUCCESS ||
        stun_message_append64(&message, STUN_ATTRIBUTE_ICE_CONTROLLED, tie_breaker) !=
            STUN_MESSAGE_RETURN_SUCCESS ||
        stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, CHECK_PRIORITY) !=
            STUN_MESSAGE_RETURN_SUCCESS) {
        return 0;
    }
    return message_finish(codec, &message, key);
}

#include "dtls_rest.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/srtp.h>

#include "base/err.h"

enum {
    TAG_BYTES = 16,
    NONCE_BYTES = 12,
    GCM_SALT_BYTES = 4,
    GCM_EXPLICIT_BYTES = 8,
    MASTER_BYTES = 48,
    RANDOM_BYTES = 32,
    NUMBER_AT = 3, /**< epoch and sequence number in a record's header, 8 bytes */
    NUMBER_BYTES = 8,
    AAD_BYTES = 13,
    BLOCK_BYTES = 2 * (DTLS_REST_KEY_BYTES + DTLS_REST_IV_BYTES),
    PLAIN_ROOM = 64,
    ALERT_BYTES = 2,
    ALERT_FATAL = 2,
    ALERT_CLOSE_NOTIFY = 0,
    MESSAGE_FINISHED = 20,
    EXPORTER_MAX = 2 * SRTP_SESSION_MAX_KEY
};

static const char exporter_label[] = "EXTRACTOR-dtls_srtp"; /* RFC 5764 4.2 */

static const EVP_CIPHER *cipher_of(int nid)
{
    switch (nid) {
    case NID_aes_128_gcm:
        return EVP_aes_128_gcm();
    case NID_aes_256_gcm:
        return EVP_aes_256_gcm();
    case NID_chacha20_poly1305:
        return EVP_chacha20_poly1305();
    default:
        return NULL;
    }
}

/** RFC 5246 6.3: the key block from the master secret. */
static bool expand(const SSL *ssl, const EVP_MD *hash, uint8_t *block, size_t len)
{
    uint8_t master[MASTER_BYTES];
    uint8_t randoms[2 * RANDOM_BYTES];
    char label[] = "key expansion";
    char digest[32];
    (void)OPENSSL_strlcpy(digest, hash == NULL ? "" : EVP_MD_get0_name(hash), sizeof(digest));
    bool ok = SSL_SESSION_get_master_key(SSL_get0_session(ssl), master, sizeof(master)) ==
                  sizeof(master) &&
              SSL_get_server_random(ssl, randoms, RANDOM_BYTES) == RANDOM_BYTES &&
              SSL_get_client_random(ssl, randoms + RANDOM_BYTES, RANDOM_BYTES) == RANDOM_BYTES;
    EVP_KDF *kdf = ok ? EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL) : NULL;
    EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, sizeof(master)),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof(label) - 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, randoms, sizeof(randoms)),
        OSSL_PARAM_construct_end()};
    ok = context != NULL && EVP_KDF_derive(context, block, len, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    OPENSSL_cleanse(master, sizeof(master));
    return ok;
}

static bool record_key_take(struct dtls_rest *rest, const SSL *ssl, bool client)
{
    const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);
    int nid = suite == NULL ? NID_undef : SSL_CIPHER_get_cipher_nid(suite);
    rest->cipher = cipher_of(nid);
    rest->chacha = nid == NID_chacha20_poly1305;
    if (rest->cipher == NULL || SSL_version(ssl) != DTLS1_2_VERSION) {
        return false;
    }
    size_t key_bytes = (size_t)EVP_CIPHER_get_key_length(rest->cipher);
    size_t iv_bytes = rest->chacha ? NONCE_BYTES : GCM_SALT_BYTES;
    uint8_t block[BLOCK_BYTES];
    bool ok =
        expand(ssl, SSL_CIPHER_get_handshake_digest(suite), block, 2 * (key_bytes + iv_bytes));
    if (ok) { /* keys of client and server, then their IVs; ours to open is the peer's */
        memcpy(rest->key, block + (client ? key_bytes : 0), key_bytes);
        memcpy(rest->iv, block + 2 * key_bytes + (client ? iv_bytes : 0), iv_bytes);
    }
    OPENSSL_cleanse(block, sizeof(block));
    return ok;
}

static enum srtp_profile profile_of(SSL *ssl)
{
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(ssl);
    switch (profile == NULL ? 0 : profile->id) {
    case SRTP_AES128_CM_SHA1_80:
        return SRTP_PROFILE_CM_128_SHA1_80;
    case SRTP_AEAD_AES_128_GCM:
        return SRTP_PROFILE_GCM_128;
    case SRTP_AEAD_AES_256_GCM:
        return SRTP_PROFILE_GCM_256;
    default:
        return SRTP_PROFILE_NONE;
    }
}

static bool media_keys_take(struct dtls_rest *rest, SSL *ssl, bool client)
{
    enum srtp_profile profile = profile_of(ssl);
    uint8_t exported[EXPORTER_MAX];
    size_t len = srtp_session_exporter_bytes(profile);
    if (len == 0 || SSL_export_keying_material(ssl, exported, len, exporter_label,
                                               sizeof(exporter_label) - 1, NULL, 0, 0) != 1) {
        return false;
    }
    rest->profile = profile;
    srtp_session_split_exporter(profile, exported, client, rest->send_key, rest->receive_key);
    OPENSSL_cleanse(exported, sizeof(exported));
    return true;
}

int dtls_rest_take(struct dtls_rest *rest, SSL *ssl, bool client)
{
    dtls_rest_forget(rest);
    if (!media_keys_take(rest, ssl, client) || !record_key_take(rest, ssl, client)) {
        dtls_rest_forget(rest);
        return ERR_CRYPTO;
    }
    return 0;
}

size_t dtls_rest_overhead_bytes(const struct dtls_rest *rest)
{
    return rest->chacha ? TAG_BYTES : GCM_EXPLICIT_BYTES + TAG_BYTES;
}

/** RFC 5288 3: salt and the record's explicit nonce; RFC 7905 2: IV and the record's number. */
static void nonce_make(const struct dtls_rest *rest, const struct dtls_record *record,
                       uint8_t nonce[static NONCE_BYTES])
{
    memcpy(nonce, rest->iv, NONCE_BYTES);
    for (size_t i = 0; i < NUMBER_BYTES; i++) {
        uint8_t *at = &nonce[NONCE_BYTES - NUMBER_BYTES + i];
        *at = rest->chacha ? (uint8_t)(*at ^ record->at[NUMBER_AT + i]) : record->body[i];
    }
}

/** @return bytes of plaintext, 0 when it is forged, or longer than anything that is wanted */
static size_t record_decrypt(const struct dtls_rest *rest, const struct dtls_record *record,
                             uint8_t plain[static PLAIN_ROOM])
{
    size_t overhead = dtls_rest_overhead_bytes(rest);
    if (rest->cipher == NULL || record->body_bytes <= overhead ||
        record->body_bytes - overhead > PLAIN_ROOM) {
        return 0;
    }
    size_t len = record->body_bytes - overhead;
    const uint8_t *sealed = record->body + (overhead - TAG_BYTES);
    uint8_t nonce[NONCE_BYTES];
    uint8_t tag[TAG_BYTES];
    uint8_t aad[AAD_BYTES]; /* number, type, version, length of the plaintext (RFC 5246 6.2.3.3) */
    nonce_make(rest, record, nonce);
    memcpy(tag, sealed + len, TAG_BYTES);
    memcpy(aad, record->at + NUMBER_AT, NUMBER_BYTES);
    memcpy(aad + NUMBER_BYTES, record->at, 3);
    aad[AAD_BYTES - 2] = 0;
    aad[AAD_BYTES - 1] = (uint8_t)len;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int out = 0;
    int end = 0;
    bool ok = context != NULL &&
              EVP_DecryptInit_ex(context, rest->cipher, NULL, rest->key, nonce) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1 &&
              EVP_DecryptUpdate(context, NULL, &out, aad, AAD_BYTES) == 1 &&
              EVP_DecryptUpdate(context, plain, &out, sealed, (int)len) == 1 &&
              EVP_DecryptFinal_ex(context, plain + out, &end) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok ? len : 0;
}

static int64_t number_of(const struct dtls_record *record)
{
    int64_t number = 0;
    for (size_t i = 2; i < NUMBER_BYTES; i++) {
        number = number << 8 | record->at[NUMBER_AT + i];
    }
    return number;
}

enum dtls_rest_news dtls_rest_open(struct dtls_rest *rest, const struct dtls_record *record)
{
    uint8_t plain[PLAIN_ROOM];
    size_t len = record->epoch == 1 ? record_decrypt(rest, record, plain) : 0;
    if (record->type == DTLS_RECORD_ALERT && len == ALERT_BYTES &&
        (plain[0] == ALERT_FATAL || plain[1] == ALERT_CLOSE_NOTIFY)) {
        return DTLS_REST_CLOSED;
    }
    if (record->type == DTLS_RECORD_HANDSHAKE && len > 0 && plain[0] == MESSAGE_FINISHED &&
        number_of(record) > rest->newest) {
        rest->newest = number_of(record);
        return DTLS_REST_REPEATED;
    }
    return DTLS_REST_NOTHING;
}

void dtls_rest_keep(struct dtls_rest_bytes *kept, const uint8_t *data, size_t len)
{
    if (len <= sizeof(kept->data) - kept->len) {
        memcpy(kept->data + kept->len, data, len);
        kept->len += len;
    }
}

void dtls_rest_forget(struct dtls_rest *rest)
{
    OPENSSL_cleanse(rest, sizeof(*rest));
}

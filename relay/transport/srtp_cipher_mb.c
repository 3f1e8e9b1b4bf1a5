#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include "srtp_cipher_types.h"

enum {
    MB_ALIGNMENT = 64,
    MB_IV_BYTES = 12,
    MB_BLOCK_BYTES = 16,
    MB_SALT_BYTES = 14,
    MB_TAG_BYTES = 16,
    /** SRTCP gives its associated data in two pieces: 8 bytes of header and 4 of index (RFC
       7714 9.2). */
    MB_JOINED_AAD_BYTES = 64
};

struct mb_gcm_functions {
    aes_gcm_pre_t pre;
    aes_gcm_enc_dec_t encrypt;
    aes_gcm_enc_dec_t decrypt;
};

/** Plain functions without state: safe from every thread. Filled once by srtp_cipher_mb_set. */
static struct mb_gcm_functions mb_gcm_128;
static struct mb_gcm_functions mb_gcm_256;
static keyexp_t mb_expand_128;
static keyexp_t mb_expand_256;
static submit_cipher_burst_t mb_submit;

/**
 * The burst call takes a manager and uses nothing of it but a place for its error number (seen by
 * giving it read-only memory, libipsec-mb 1.3), so each thread lends it one that was never set up.
 * Untouched pages cost nothing.
 */
static _Thread_local IMB_MGR mb_error_place;

struct mb_gcm {
    srtp_cipher_t cipher;
    void *base; /**< of the memory that this struct lies in */
    const struct mb_gcm_functions *functions;
    const uint8_t *aad; /**< the packet's own header, which stays put until the cipher has run */
    uint32_t aad_len;
    uint32_t tag_len;
    uint8_t iv[MB_IV_BYTES];
    uint8_t tag[MB_TAG_BYTES];
    uint8_t joined[MB_JOINED_AAD_BYTES];
    _Alignas(MB_ALIGNMENT) struct gcm_key_data
        key; /**< the library aligns it only where LINUX is defined */
};

struct mb_icm {
    _Alignas(MB_BLOCK_BYTES) uint8_t encrypt_keys[15 * MB_BLOCK_BYTES];
    _Alignas(MB_BLOCK_BYTES) uint8_t decrypt_keys[15 * MB_BLOCK_BYTES]; /**< a by-product, unused */
    _Alignas(MB_BLOCK_BYTES) uint8_t counter[MB_BLOCK_BYTES];
    uint8_t salt[MB_BLOCK_BYTES]; /**< k_s * 2^16 (RFC 3711 4.1.1) */
    IMB_KEY_SIZE_BYTES key_size;
    bool used; /**< the keystream after the last set_iv has been started */
    srtp_cipher_t cipher;
    void *base; /**< of the memory that this struct lies in */
};

static const srtp_cipher_type_t mb_icm_128_type;
static const srtp_cipher_type_t mb_icm_256_type;
static const srtp_cipher_type_t mb_gcm_128_type;
static const srtp_cipher_type_t mb_gcm_256_type;

/**
 * Zeroed memory on a cache line; *base is what OPENSSL_clear_free takes. From OpenSSL's allocator,
 * because the object is libsrtp's to free, and srtp_create of 2.5.0 forgets ciphers when a later
 * step fails: the out-of-memory tests would count that as our leak.
 */
static void *mb_memory(size_t bytes, void **base)
{
    uint8_t *memory = OPENSSL_zalloc(bytes + MB_ALIGNMENT);
    if (memory == NULL) {
        return NULL;
    }
    *base = memory;
    size_t past = (uintptr_t)memory % MB_ALIGNMENT;
    return memory + (past == 0 ? 0 : MB_ALIGNMENT - past);
}

static srtp_err_status_t mb_gcm_alloc(srtp_cipher_pointer_t *out, const srtp_cipher_type_t *type,
                                      const struct mb_gcm_functions *functions, int key_len,
                                      int tag_len)
{
    if (tag_len != MB_TAG_BYTES && tag_len != 8) {
        return srtp_err_status_bad_param;
    }
    void *base = NULL;
    struct mb_gcm *gcm = mb_memory(sizeof(*gcm), &base);
    if (gcm == NULL) {
        return srtp_err_status_alloc_fail;
    }
    gcm->base = base;
    gcm->functions = functions;
    gcm->tag_len = (uint32_t)tag_len;
    gcm->cipher.type = type;
    gcm->cipher.state = gcm;
    gcm->cipher.key_len = key_len;
    gcm->cipher.algorithm = (int)type->id;
    *out = &gcm->cipher;
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_gcm_128_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    return key_len == SRTP_AES_GCM_128_KEY_LEN_WSALT
               ? mb_gcm_alloc(out, &mb_gcm_128_type, &mb_gcm_128, key_len, tag_len)
               : srtp_err_status_bad_param;
}

static srtp_err_status_t mb_gcm_256_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    return key_len == SRTP_AES_GCM_256_KEY_LEN_WSALT
               ? mb_gcm_alloc(out, &mb_gcm_256_type, &mb_gcm_256, key_len, tag_len)
               : srtp_err_status_bad_param;
}

static srtp_err_status_t mb_gcm_dealloc(srtp_cipher_pointer_t cipher)
{
    struct mb_gcm *gcm = cipher->state;
    OPENSSL_clear_free(gcm->base, sizeof(*gcm) + MB_ALIGNMENT);
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_gcm_init(void *opaque, const uint8_t *key)
{
    struct mb_gcm *gcm = opaque;
    gcm->functions->pre(key, &gcm->key);
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_gcm_set_iv(void *opaque, uint8_t *iv, srtp_cipher_direction_t direction)
{
    (void)direction;
    struct mb_gcm *gcm = opaque;
    memcpy(gcm->iv, iv, sizeof(gcm->iv));
    gcm->aad = NULL;
    gcm->aad_len = 0;
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_gcm_set_aad(void *opaque, const uint8_t *aad, uint32_t len)
{
    struct mb_gcm *gcm = opaque;
    if (gcm->aad_len == 0) {
        gcm->aad = aad;
        gcm->aad_len = len;
        return srtp_err_status_ok;
    }
    if (len > sizeof(gcm->joined) || gcm->aad_len > sizeof(gcm->joined) - len) {
        return srtp_err_status_bad_param;
    }
    memmove(gcm->joined, gcm->aad, gcm->aad_len);
    memcpy(gcm->joined + gcm->aad_len, aad, len);
    gcm->aad = gcm->joined;
    gcm->aad_len += len;
    return srtp_err_status_ok;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libsrtp's */
static srtp_err_status_t mb_gcm_encrypt(void *opaque, uint8_t *buffer, unsigned int *len)
{
    struct mb_gcm *gcm = opaque;
    struct gcm_context_data context;
    gcm->functions->encrypt(&gcm->key, &context, buffer, buffer, *len, gcm->iv, gcm->aad,
                            gcm->aad_len, gcm->tag, MB_TAG_BYTES);
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_gcm_get_tag(void *opaque, uint8_t *tag, uint32_t *len)
{
    struct mb_gcm *gcm = opaque;
    memcpy(tag, gcm->tag, gcm->tag_len);
    *len = gcm->tag_len;
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_gcm_decrypt(void *opaque, uint8_t *buffer, unsigned int *len)
{
    struct mb_gcm *gcm = opaque;
    if (*len < gcm->tag_len) {
        return srtp_err_status_bad_param;
    }
    uint32_t text_len = *len - gcm->tag_len;
    struct gcm_context_data context;
    gcm->functions->decrypt(&gcm->key, &context, buffer, buffer, text_len, gcm->iv, gcm->aad,
                            gcm->aad_len, gcm->tag, MB_TAG_BYTES);
    if (CRYPTO_memcmp(gcm->tag, buffer + text_len, gcm->tag_len) != 0) {
        return srtp_err_status_auth_fail;
    }
    *len = text_len;
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_icm_alloc(srtp_cipher_pointer_t *out, const srtp_cipher_type_t *type,
                                      IMB_KEY_SIZE_BYTES key_size, int key_len)
{
    if (key_len != (int)key_size + MB_SALT_BYTES) {
        return srtp_err_status_bad_param;
    }
    void *base = NULL;
    struct mb_icm *icm = mb_memory(sizeof(*icm), &base);
    if (icm == NULL) {
        return srtp_err_status_alloc_fail;
    }
    icm->base = base;
    icm->key_size = key_size;
    icm->cipher.type = type;
    icm->cipher.state = icm;
    icm->cipher.key_len = key_len;
    icm->cipher.algorithm = (int)type->id;
    *out = &icm->cipher;
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_icm_128_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    (void)tag_len;
    return mb_icm_alloc(out, &mb_icm_128_type, IMB_KEY_128_BYTES, key_len);
}

static srtp_err_status_t mb_icm_256_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
    (void)tag_len;
    return mb_icm_alloc(out, &mb_icm_256_type, IMB_KEY_256_BYTES, key_len);
}

static srtp_err_status_t mb_icm_dealloc(srtp_cipher_pointer_t cipher)
{
    struct mb_icm *icm = cipher->state;
    OPENSSL_clear_free(icm->base, sizeof(*icm) + MB_ALIGNMENT);
    return srtp_err_status_ok;
}

static srtp_err_status_t mb_icm_init(void *opaque, const uint8_t *key)
{
    struct mb_icm *icm = opaque;
    keyexp_t expand = icm->key_size == IMB_KEY_128_BYTES ? mb_expand_128 : mb_expand_256;
    expand(key, icm->encrypt_keys, icm->decrypt_keys);
    memcpy(icm->salt, key + icm->key_size, MB_SALT_BYTES);
    return srtp_err_status_ok;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libsrtp's */
static srtp_err_status_t mb_icm_set_iv(void *opaque, uint8_t *iv, srtp_cipher_direction_t direction)
{
    (void)direction;
    struct mb_icm *icm = opaque;
    for (size_t i = 0; i < MB_BLOCK_BYTES; i++) {
        icm->counter[i] = icm->salt[i] ^ iv[i];
    }
    icm->used = false;
    return srtp_err_status_ok;
}

/** libsrtp sets the IV before each call; going on with a keystream is not offered. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libsrtp's */
static srtp_err_status_t mb_icm_crypt(void *opaque, uint8_t *buffer, unsigned int *len)
{
    struct mb_icm *icm = opaque;
    if (icm->used) {
        return srtp_err_status_cipher_fail;
    }
    if (*len == 0) {
        return srtp_err_status_ok; /* a keystream prefix of length 0, for SRTCP */
    }
    icm->used = true;
    IMB_JOB job;
    job.enc_keys = icm->encrypt_keys;
    job.dec_keys = icm->encrypt_keys;
    job.key_len_in_bytes = (uint64_t)icm->key_size;
    job.src = buffer;
    job.dst = buffer;
    job.cipher_start_src_offset_in_bytes = 0;
    job.msg_len_to_cipher_in_bytes = *len;
    job.iv = icm->counter;
    job.iv_len_in_bytes = MB_BLOCK_BYTES;
    return mb_submit(&mb_error_place, &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, icm->key_size) == 1
               ? srtp_err_status_ok
               : srtp_err_status_cipher_fail;
}

static const srtp_cipher_type_t mb_icm_128_type = {
    .alloc = mb_icm_128_alloc,
    .dealloc = mb_icm_dealloc,
    .init = mb_icm_init,
    .encrypt = mb_icm_crypt,
    .decrypt = mb_icm_crypt,
    .set_iv = mb_icm_set_iv,
    .description = "AES-128 counter mode, libipsec-mb",
    .test_data = &srtp_vector_icm_128,
    .id = SRTP_AES_ICM_128,
};

static const srtp_cipher_type_t mb_icm_256_type = {
    .alloc = mb_icm_256_alloc,
    .dealloc = mb_icm_dealloc,
    .init = mb_icm_init,
    .encrypt = mb_icm_crypt,
    .decrypt = mb_icm_crypt,
    .set_iv = mb_icm_set_iv,
    .description = "AES-256 counter mode, libipsec-mb",
    .test_data = &srtp_vector_icm_256,
    .id = SRTP_AES_ICM_256,
};

static const srtp_cipher_type_t mb_gcm_128_type = {
    .alloc = mb_gcm_128_alloc,
    .dealloc = mb_gcm_dealloc,
    .init = mb_gcm_init,
    .set_aad = mb_gcm_set_aad,
    .encrypt = mb_gcm_encrypt,
    .decrypt = mb_gcm_decrypt,
    .set_iv = mb_gcm_set_iv,
    .get_tag = mb_gcm_get_tag,
    .description = "AES-128 GCM, libipsec-mb",
    .test_data = &srtp_vector_gcm_128,
    .id = SRTP_AES_GCM_128,
};

static const srtp_cipher_type_t mb_gcm_256_type = {
    .alloc = mb_gcm_256_alloc,
    .dealloc = mb_gcm_dealloc,
    .init = mb_gcm_init,
    .set_aad = mb_gcm_set_aad,
    .encrypt = mb_gcm_encrypt,
    .decrypt = mb_gcm_decrypt,
    .set_iv = mb_gcm_set_iv,
    .get_tag = mb_gcm_get_tag,
    .description = "AES-256 GCM, libipsec-mb",
    .test_data = &srtp_vector_gcm_256,
    .id = SRTP_AES_GCM_256,
};

static bool mb_pick_functions(void)
{
    IMB_MGR *manager = alloc_mb_mgr(0);
    if (manager == NULL) {
        return false;
    }
    init_mb_mgr_auto(manager, NULL);
    const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    bool ok = imb_get_errno(manager) == 0 && (manager->features & needed) == needed &&
              manager->submit_cipher_burst_nocheck != NULL;
    if (ok) {
        mb_gcm_128 = (struct mb_gcm_functions){
            .pre = manager->gcm128_pre,
            .encrypt = manager->gcm128_enc,
            .decrypt = manager->gcm128_dec,
        };
        mb_gcm_256 = (struct mb_gcm_functions){
            .pre = manager->gcm256_pre,
            .encrypt = manager->gcm256_enc,
            .decrypt = manager->gcm256_dec,
        };
        mb_expand_128 = manager->keyexp_128;
        mb_expand_256 = manager->keyexp_256;
        mb_submit = manager->submit_cipher_burst_nocheck;
    }
    free_mb_mgr(manager);
    return ok;
}

bool srtp_cipher_mb_set(struct srtp_cipher_set *out)
{
    if (mb_submit == NULL && !mb_pick_functions()) {
        return false;
    }
    *out = (struct srtp_cipher_set){
        .icm_128 = &mb_icm_128_type,
        .icm_256 = &mb_icm_256_type,
        .gcm_128 = &mb_gcm_128_type,
        .gcm_256 = &mb_gcm_256_type,
        .hmac_sha1 = &srtp_hmac_sha1_type,
    };
    return true;
}

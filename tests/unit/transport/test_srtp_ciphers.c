#include <stdlib.h>

#include "base/bytes.h"
#include "base/rand.h"
#include "relay/transport/srtp_cipher_types.h"
#include "relay/transport/srtp_session.h"
#include "support/vectors.h"
#include "transport/srtp_ciphers.h"
#include "unit/runner.h"

enum { PACKET_ROOM = 1600 };

static const enum srtp_ciphers every_kind[] = {SRTP_CIPHERS_PACKAGED, SRTP_CIPHERS_OPENSSL,
                                               SRTP_CIPHERS_IPSEC_MB};
static const enum srtp_profile every_profile[] = {SRTP_PROFILE_CM_128_SHA1_80, SRTP_PROFILE_GCM_128,
                                                  SRTP_PROFILE_GCM_256};

/** libipsec-mb is not there on every processor. */
static bool kind_works(enum srtp_ciphers kind)
{
    struct srtp_cipher_set set;
    return kind != SRTP_CIPHERS_IPSEC_MB || srtp_cipher_mb_set(&set);
}

static size_t make_rtp(struct rand *rand, uint8_t *packet, uint16_t seq, size_t payload)
{
    rand_fill(rand, packet, 12 + payload);
    packet[0] = 0x80;
    packet[1] = 96;
    bytes_put_u16(packet + 2, seq);
    bytes_put_u32(packet + 8, 0x11223344);
    return 12 + payload;
}

TEST(every_implementation_passes_the_self_tests)
{
    for (size_t i = 0; i < 3; i++) {
        if (kind_works(every_kind[i])) {
            REQUIRE_OK(srtp_ciphers_install(every_kind[i]));
            CHECK(srtp_ciphers_installed() == every_kind[i]);
        }
    }
    REQUIRE_OK(srtp_ciphers_install(SRTP_CIPHERS_AUTO));
    CHECK(srtp_ciphers_installed() != SRTP_CIPHERS_AUTO);
    CHECK(srtp_ciphers_installed() != SRTP_CIPHERS_PACKAGED);
out:
    return;
}

/* RFC 7714 16.1.1 and 16.2.1: session keys, so the cipher is tried without libsrtp's key
 * derivation. */
static void rfc_7714_on(const struct srtp_cipher_set *set)
{
    static const char *const keys[2] = {
        "000102030405060708090a0b0c0d0e0f000000000000000000000000",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f000000000000000000000000"};
    static const char *const sealed_hex[2] = {
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
        "899d7f27beb16a9152cf765ee4390cce",
        "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
        "7aa3db36dfffd6b0f9bb7878d7a76c13"};
    for (int i = 0; i < 2; i++) {
        uint8_t key[44];
        uint8_t iv[12];
        uint8_t aad[12];
        uint8_t text[64];
        uint8_t sealed[64];
        vectors_hex(keys[i], key, sizeof(key));
        vectors_hex("51753c6580c2726f20718414", iv, sizeof(iv));
        vectors_hex("8040f17b8041f8d35501a0b2", aad, sizeof(aad));
        size_t len =
            vectors_hex("47616c6c6961206573 74206f6d6e697320646976697361 20696e207061727465"
                        "7320747265 73",
                        text, sizeof(text));
        size_t sealed_len = vectors_hex(sealed_hex[i], sealed, sizeof(sealed));
        srtp_cipher_t *cipher = NULL;
        const srtp_cipher_type_t *type = i == 0 ? set->gcm_128 : set->gcm_256;
        REQUIRE_INT(srtp_cipher_type_alloc(type, &cipher, i == 0 ? 28 : 44, 16),
                    srtp_err_status_ok);
        unsigned int n = (unsigned int)len;
        uint32_t tag = 0;
        CHECK_INT(srtp_cipher_init(cipher, key), srtp_err_status_ok);
        CHECK_INT(srtp_cipher_set_iv(cipher, iv, srtp_direction_encrypt), srtp_err_status_ok);
        CHECK_INT(srtp_cipher_set_aad(cipher, aad, sizeof(aad)), srtp_err_status_ok);
        CHECK_INT(srtp_cipher_encrypt(cipher, text, &n), srtp_err_status_ok);
        CHECK_INT(srtp_cipher_get_tag(cipher, text + n, &tag), srtp_err_status_ok);
        CHECK_INT(n + tag, sealed_len);
        CHECK_MEM(text, sealed, sealed_len);
        (void)srtp_cipher_dealloc(cipher);
    }
out:
    return;
}

TEST(gcm_gives_the_packets_of_rfc_7714)
{
    struct srtp_cipher_set set;
    REQUIRE(srtp_cipher_evp_set(&set));
    rfc_7714_on(&set);
    if (srtp_cipher_mb_set(&set)) {
        rfc_7714_on(&set);
    }
out:
    return;
}

/** Whole packets from master keys: those of libsrtp's own test program (test/srtp_driver.c,
 * libsrtp 2.5.0). */
static void reference_packet(enum srtp_profile profile, const char *key_hex, const char *sealed_hex)
{
    uint8_t key[SRTP_SESSION_MAX_KEY] = {0};
    uint8_t packet[64];
    uint8_t sealed[64];
    struct srtp_session *session = NULL;
    vectors_hex(key_hex, key, sizeof(key));
    size_t len = vectors_hex("800f1234decafbadcafebabeabababababababababababababababab", packet,
                             sizeof(packet));
    size_t sealed_len = vectors_hex(sealed_hex, sealed, sizeof(sealed));
    REQUIRE_OK(srtp_session_new(&session, profile, key, key));
    REQUIRE_OK(srtp_session_protect_rtp(session, packet, &len));
    REQUIRE_INT(len, sealed_len);
    CHECK_MEM(packet, sealed, len);
    CHECK_INT(srtp_session_unprotect_rtp(session, sealed, &sealed_len), DROP_NONE);
    CHECK_INT(sealed_len, 28);
    CHECK_INT(sealed[27], 0xab);
out:
    srtp_session_free(&session);
}

TEST(reference_packets_come_out_of_every_implementation)
{
    for (size_t i = 0; i < 3; i++) {
        if (!kind_works(every_kind[i])) {
            continue;
        }
        REQUIRE_OK(srtp_ciphers_install(every_kind[i]));
        reference_packet(SRTP_PROFILE_CM_128_SHA1_80,
                         "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6",
                         "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402"
                         "b78d6acc99ea179b8dbb");
        reference_packet(SRTP_PROFILE_GCM_128,
                         "000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab",
                         "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06e"
                         "d2976826f796b201df3131a127e8a392");
    }
out:
    (void)srtp_ciphers_install(SRTP_CIPHERS_AUTO);
}

/** What `from` protects `to` must read, whatever the length; and nothing forged. */
static void cross(struct rand *rand, enum srtp_profile profile, enum srtp_ciphers from,
                  enum srtp_ciphers to)
{
    uint8_t key[SRTP_SESSION_MAX_KEY];
    _Alignas(16) uint8_t packet[PACKET_ROOM];
    uint8_t plain[PACKET_ROOM];
    struct srtp_session *sender = NULL;
    struct srtp_session *receiver = NULL;
    rand_fill(rand, key, sizeof(key));
    REQUIRE_OK(srtp_ciphers_install(from));
    REQUIRE_OK(srtp_session_new(&sender, profile, key, key));
    REQUIRE_OK(srtp_ciphers_install(to));
    REQUIRE_OK(srtp_session_new(&receiver, profile, key, key));
    for (uint16_t seq = 1; seq < 90; seq++) {
        size_t payload = seq < 40 ? seq : rand_below(rand, 1400);
        size_t len = make_rtp(rand, packet, seq, payload);
        memcpy(plain, packet, len);
        bool rtcp = seq % 5 == 0 && len % 4 == 0;
        if (rtcp) {
            plain[1] = packet[1] = 200;
        }
        REQUIRE_OK(rtcp ? srtp_session_protect_rtcp(sender, packet, &len)
                        : srtp_session_protect_rtp(sender, packet, &len));
        bool forged = seq % 7 == 0;
        if (forged) {
            packet[12 + rand_below(rand, (uint32_t)(len - 12 - 4))] ^= 0x10;
        }
        enum drop_reason drop = rtcp ? srtp_session_unprotect_rtcp(receiver, packet, &len)
                                     : srtp_session_unprotect_rtp(receiver, packet, &len);
        CHECK_INT(drop, forged ? DROP_SRTP_AUTH : DROP_NONE);
        if (!forged) {
            CHECK_INT(len, 12 + payload);
            CHECK_MEM(packet, plain, len);
        }
    }
out:
    srtp_session_free(&sender);
    srtp_session_free(&receiver);
}

TEST_NO_OOM(each_implementation_reads_what_the_others_write)
{
    struct rand rand;
    rand_init(&rand, 7);
    for (size_t from = 0; from < 3; from++) {
        for (size_t to = 0; to < 3; to++) {
            for (size_t profile = 0; profile < 3; profile++) {
                if (kind_works(every_kind[from]) && kind_works(every_kind[to])) {
                    cross(&rand, every_profile[profile], every_kind[from], every_kind[to]);
                }
            }
        }
    }
    CHECK_INT(srtp_ciphers_install(SRTP_CIPHERS_AUTO), 0);
}

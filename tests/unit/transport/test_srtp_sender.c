#include <srtp2/srtp.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/rand.h"
#include "relay/transport/srtp_sender.h"
#include "support/srtp_reference.h"
#include "transport/srtp_ciphers.h"
#include "unit/runner.h"

enum { ROOM = 2048, PACKETS = 400, SSRCS = 9, PAYLOAD = 1300 };

/** libsrtp with the same key. */
static int reference_new(srtp_t *out, enum srtp_profile profile, uint8_t *master)
{
    srtp_policy_t policy = {.ssrc = {.type = ssrc_any_outbound},
                            .key = master,
                            .window_size = TRANSPORT_REPEAT_WINDOW,
                            .allow_repeat_tx = 1};
    return srtp_reference_new(out, profile, &policy);
}

/** Both say the same, byte for byte. @return whether the packet was taken */
static bool same(struct srtp_sender *sender, srtp_t reference, const uint8_t *packet, size_t len)
{
    _Alignas(16) uint8_t ours[ROOM];
    _Alignas(16) uint8_t theirs[ROOM];
    size_t our_len = len;
    int their_len = (int)len;
    memcpy(ours, packet, len);
    memcpy(theirs, packet, len);
    int err = srtp_sender_protect(sender, ours, &our_len);
    bool taken = srtp_protect(reference, theirs, &their_len) == srtp_err_status_ok;
    if (err == ERR_NO_MEMORY) {
        return taken; /* injected */
    }
    CHECK_INT(err == 0, taken);
    if (taken && err == 0) {
        CHECK_INT(our_len, (size_t)their_len);
        CHECK(memcmp(ours, theirs, our_len) == 0);
    }
    return taken;
}

static void compare(enum srtp_profile profile, uint64_t seed)
{
    struct rand rand;
    uint8_t master[SRTP_REFERENCE_MASTER_BYTES];
    uint16_t seqs[SSRCS];
    struct srtp_sender *sender = NULL;
    srtp_t reference = NULL;
    rand_init(&rand, seed);
    srtp_reference_fill(&rand, master, sizeof(master));
    REQUIRE_OK(srtp_sender_new(&sender, profile, master));
    REQUIRE_OK(reference_new(&reference, profile, master));
    for (size_t i = 0; i < SSRCS; i++) {
        seqs[i] = (uint16_t)rand_u32(&rand);
    }
    for (int i = 0; i < PACKETS; i++) {
        _Alignas(16) uint8_t packet[ROOM];
        uint32_t which = rand_below(&rand, SSRCS);
        /* mostly on by some, now and then far: rounds end, and some are repeated, or too old */
        seqs[which] = (uint16_t)(seqs[which] + rand_below(&rand, 3000));
        uint16_t back = (uint16_t)(rand_below(&rand, 4) == 0 ? rand_below(&rand, 600) : 0);
        size_t len = srtp_reference_packet(&rand, packet, 1000 + which,
                                           (uint16_t)(seqs[which] - back), PAYLOAD);
        (void)same(sender, reference, packet, len);
    }
out:
    srtp_sender_free(&sender);
    if (reference != NULL) {
        (void)srtp_dealloc(reference);
    }
}

TEST(packets_are_those_of_libsrtp)
{
    static const enum srtp_ciphers ciphers[] = {SRTP_CIPHERS_PACKAGED, SRTP_CIPHERS_OPENSSL,
                                                SRTP_CIPHERS_IPSEC_MB};
    for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
        int err = srtp_ciphers_install(ciphers[i]);
        for (size_t j = 0; err == 0 && j < SRTP_REFERENCE_PROFILES; j++) {
            compare(srtp_reference_profiles[j], 100 * i + j);
        }
    }
    (void)srtp_ciphers_install(SRTP_CIPHERS_AUTO);
}

TEST(packets_that_are_cut_short_are_refused)
{
    static const uint8_t master[SRTP_REFERENCE_MASTER_BYTES] = {1, 2, 3};
    _Alignas(16) uint8_t packet[64] = {0x80};
    struct srtp_sender *sender = NULL;
    REQUIRE_OK(srtp_ciphers_ensure());
    REQUIRE_OK(srtp_sender_new(&sender, SRTP_PROFILE_GCM_128, master));
    size_t len = 11;
    CHECK_INT(srtp_sender_protect(sender, packet, &len), ERR_CRYPTO);
    packet[0] = 0x8f; /* 15 sources */
    len = 40;
    CHECK_INT(srtp_sender_protect(sender, packet, &len), ERR_CRYPTO);
    packet[0] = 0x90; /* an extension, ... */
    len = 14;
    CHECK_INT(srtp_sender_protect(sender, packet, &len), ERR_CRYPTO);
    packet[15] = 20; /* ... longer than the packet */
    len = 40;
    CHECK_INT(srtp_sender_protect(sender, packet, &len), ERR_CRYPTO);
out:
    srtp_sender_free(&sender);
}

/** Whoever draws new SSRCs for ever is not served for ever: 1024 are far more than slots. */
TEST(streams_of_one_sender_are_bounded)
{
    enum { MOST = 1024 };
    static const uint8_t master[SRTP_REFERENCE_MASTER_BYTES] = {1, 2, 3};
    struct srtp_sender *sender = NULL;
    REQUIRE_OK(srtp_ciphers_ensure());
    REQUIRE_OK(srtp_sender_new(&sender, SRTP_PROFILE_GCM_128, master));
    for (uint32_t i = 0; i <= MOST; i++) {
        _Alignas(16) uint8_t packet[64] = {0x80};
        size_t len = 40;
        bytes_put_u32(packet + 8, 1000 + i);
        int err = srtp_sender_protect(sender, packet, &len);
        REQUIRE(err != ERR_NO_MEMORY || i == MOST);
        CHECK_INT(err, i < MOST ? 0 : ERR_NO_MEMORY);
    }
    for (uint32_t i = 0; i < MOST; i += 100) { /* those that were there go on, each in its round */
        _Alignas(16) uint8_t packet[64] = {0x80, 0, 0, 1};
        size_t len = 40;
        bytes_put_u32(packet + 8, 1000 + i);
        CHECK_INT(srtp_sender_protect(sender, packet, &len), 0);
    }
out:
    srtp_sender_free(&sender);
}

TEST(unknown_profiles_have_no_sender)
{
    static const uint8_t master[SRTP_REFERENCE_MASTER_BYTES] = {0};
    struct srtp_sender *sender = NULL;
    REQUIRE_OK(srtp_ciphers_ensure());
    CHECK_INT(srtp_sender_new(&sender, SRTP_PROFILE_NULL, master), ERR_UNSUPPORTED);
    CHECK_INT(srtp_sender_new(&sender, SRTP_PROFILE_NONE, master), ERR_UNSUPPORTED);
out:
    srtp_sender_free(&sender);
}

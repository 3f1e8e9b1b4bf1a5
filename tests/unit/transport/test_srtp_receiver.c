#include <srtp2/srtp.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/rand.h"
#include "relay/transport/srtp_receiver.h"
#include "relay/transport/srtp_sender.h"
#include "support/srtp_reference.h"
#include "transport/srtp_ciphers.h"
#include "unit/runner.h"

enum { ROOM = 2048, PACKETS = 1500, SSRCS = 9, KEPT = 64, PAYLOAD = 300 };

/** libsrtp with the same key. */
static int reference_new(srtp_t *out, enum srtp_profile profile, uint8_t *master)
{
    srtp_policy_t policy = {.ssrc = {.type = ssrc_any_inbound}, .key = master, .window_size = 1024};
    return srtp_reference_new(out, profile, &policy);
}

static enum drop_reason reason_of(srtp_err_status_t status)
{
    switch ((int)status) {
    case srtp_err_status_ok:
        return DROP_NONE;
    case srtp_err_status_auth_fail:
        return DROP_SRTP_AUTH;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
        return DROP_SRTP_REPLAY;
    case srtp_err_status_cipher_fail:
        return DROP_SRTP_AUTH;
    default:
        return DROP_RTP_MALFORMED;
    }
}

/** A packet on its way, protected. */
struct kept {
    size_t len;
    uint32_t which; /**< of the SSRCs */
    uint8_t data[ROOM];
};

/** What the two make of the same packets. */
struct pair {
    struct srtp_receiver *ours;
    srtp_t theirs;
    bool known[SSRCS];
    size_t taken;
    size_t replays;
    size_t forgeries;
};

/** Both say the same, byte for byte. */
static void deliver(struct pair *pair, uint32_t which, const uint8_t *packet, size_t len)
{
    _Alignas(16) uint8_t ours[ROOM];
    _Alignas(16) uint8_t theirs[ROOM];
    size_t our_len = len;
    int their_len = (int)len;
    memcpy(ours, packet, len);
    memcpy(theirs, packet, len);
    enum drop_reason expected = reason_of(srtp_unprotect(pair->theirs, theirs, &their_len));
    enum drop_reason drop =
        srtp_receiver_unprotect(pair->ours, which, !pair->known[which], ours, &our_len);
    if (drop == DROP_RTP_MALFORMED) { /* which libsrtp finds out later than that it is a replay */
        CHECK(expected != DROP_NONE);
    } else {
        CHECK_INT(drop, expected);
    }
    if (drop == DROP_NONE && expected == DROP_NONE) {
        CHECK_INT(our_len, (size_t)their_len);
        CHECK(memcmp(ours, theirs, our_len) == 0);
    }
    pair->known[which] = pair->known[which] || drop == DROP_NONE;
    pair->taken += drop == DROP_NONE ? 1 : 0;
    pair->replays += drop == DROP_SRTP_REPLAY ? 1 : 0;
    pair->forgeries += drop == DROP_SRTP_AUTH ? 1 : 0;
}

/** Now and then a bit is another, or the end is missing. */
static void damage(struct rand *rand, struct kept *kept)
{
    uint32_t at = rand_below(rand, (uint32_t)kept->len - 12);
    if (rand_below(rand, 10) == 0) {
        kept->data[12 + at] ^= (uint8_t)(1U << rand_below(rand, 8));
    } else if (rand_below(rand, 10) == 0) {
        kept->len -= at;
    }
}

/** Packets of some SSRCs: late, lost, repeated, damaged; rounds end, and some are jumped over. */
static void run(struct pair *pair, struct srtp_sender *sender, struct rand *rand)
{
    static struct kept kept[KEPT];
    uint16_t seqs[SSRCS];
    for (size_t i = 0; i < SSRCS; i++) {
        seqs[i] = (uint16_t)rand_u32(rand);
    }
    memset(kept, 0, sizeof(kept));
    for (int i = 0; i < PACKETS; i++) {
        struct kept *slot = &kept[rand_below(rand, KEPT)];
        uint32_t step = rand_below(rand, 40) == 0 ? 40000 : rand_below(rand, 10) == 0 ? 3000 : 5;
        slot->which = rand_below(rand, SSRCS);
        seqs[slot->which] = (uint16_t)(seqs[slot->which] + 1 + rand_below(rand, step));
        slot->len =
            srtp_reference_packet(rand, slot->data, 1000 + slot->which, seqs[slot->which], PAYLOAD);
        if (srtp_sender_protect(sender, slot->data, &slot->len) != 0) {
            slot->len = 0;
            continue;
        }
        if (rand_below(rand, 3) != 0) { /* the others come later, or never */
            deliver(pair, slot->which, slot->data, slot->len);
        }
        slot = &kept[rand_below(rand, KEPT)];
        if (slot->len > 12) {
            struct kept other = *slot;
            damage(rand, &other);
            deliver(pair, other.which, other.data, other.len);
        }
    }
}

static void compare(enum srtp_profile profile, uint64_t seed)
{
    struct rand rand;
    uint8_t master[SRTP_REFERENCE_MASTER_BYTES];
    struct srtp_sender *sender = NULL;
    struct pair pair = {.ours = NULL};
    rand_init(&rand, seed);
    srtp_reference_fill(&rand, master, sizeof(master));
    REQUIRE_OK(srtp_sender_new(&sender, profile, master));
    REQUIRE_OK(srtp_receiver_new(&pair.ours, profile, master));
    REQUIRE_OK(reference_new(&pair.theirs, profile, master));
    run(&pair, sender, &rand);
    CHECK(pair.taken > PACKETS / 4);
    CHECK(pair.replays > PACKETS / 10);
    CHECK(pair.forgeries > PACKETS / 50);
out:
    srtp_sender_free(&sender);
    srtp_receiver_free(&pair.ours);
    if (pair.theirs != NULL) {
        (void)srtp_dealloc(pair.theirs);
    }
}

TEST_NO_OOM(packets_are_taken_as_libsrtp_takes_them)
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

static const uint8_t some_master[SRTP_REFERENCE_MASTER_BYTES] = {1, 2, 3};

/** What becomes of one packet. */
static enum drop_reason send(struct srtp_sender *sender, struct srtp_receiver *receiver,
                             size_t stream, bool fresh, uint32_t ssrc, uint16_t seq)
{
    _Alignas(16) uint8_t packet[64] = {0x80, 96};
    size_t len = 32;
    bytes_put_u16(packet + 2, seq);
    bytes_put_u32(packet + 8, ssrc);
    return srtp_sender_protect(sender, packet, &len) != 0
               ? DROP_EMPTY
               : srtp_receiver_unprotect(receiver, stream, fresh, packet, &len);
}

TEST(who_missed_a_round_cannot_read_on)
{
    struct srtp_sender *sender = NULL;
    struct srtp_receiver *receiver = NULL;
    REQUIRE_OK(srtp_ciphers_ensure());
    for (size_t i = 0; i < SRTP_REFERENCE_PROFILES; i++) {
        REQUIRE_OK(srtp_sender_new(&sender, srtp_reference_profiles[i], some_master));
        REQUIRE_OK(srtp_receiver_new(&receiver, srtp_reference_profiles[i], some_master));
        CHECK_INT(send(sender, receiver, 0, true, 7, 65000), DROP_NONE);
        REQUIRE_OK(send(sender, receiver, 0, false, 7, 10));
        _Alignas(16) uint8_t unseen[64] = {0x80, 96, 0x60};
        bytes_put_u32(unseen + 8, 7);
        size_t len = 32;
        REQUIRE_OK(srtp_sender_protect(sender, unseen, &len));
        bytes_put_u16(unseen + 2, 0xc000);
        len = 32;
        REQUIRE_OK(srtp_sender_protect(sender, unseen, &len));
        /* the sender is in its third round, the receiver takes it for the end of the first */
        CHECK_INT(send(sender, receiver, 0, false, 7, 0x0100), DROP_SRTP_AUTH);
        srtp_sender_free(&sender);
        srtp_receiver_free(&receiver);
    }
out:
    srtp_sender_free(&sender);
    srtp_receiver_free(&receiver);
}

TEST(a_stream_goes_to_another_ssrc_only_with_an_authentic_packet)
{
    struct srtp_sender *sender = NULL;
    struct srtp_sender *stranger = NULL;
    struct srtp_receiver *receiver = NULL;
    uint8_t other_master[SRTP_REFERENCE_MASTER_BYTES] = {3, 2, 1};
    REQUIRE_OK(srtp_ciphers_ensure());
    REQUIRE_OK(srtp_sender_new(&sender, SRTP_PROFILE_GCM_128, some_master));
    REQUIRE_OK(srtp_sender_new(&stranger, SRTP_PROFILE_GCM_128, other_master));
    REQUIRE_OK(srtp_receiver_new(&receiver, SRTP_PROFILE_GCM_128, some_master));
    REQUIRE_INT(send(sender, receiver, 5, true, 1, 100), DROP_NONE);
    CHECK_INT(send(stranger, receiver, 5, true, 2, 100), DROP_SRTP_AUTH);
    CHECK_INT(send(sender, receiver, 5, false, 1, 100), DROP_SRTP_REPLAY);
    CHECK_INT(send(sender, receiver, 5, true, 2, 100), DROP_NONE);
    CHECK_INT(send(sender, receiver, 5, false, 2, 100), DROP_SRTP_REPLAY);
    CHECK_INT(send(sender, receiver, 5, false, 2, 99), DROP_NONE);
    CHECK_INT(send(sender, receiver, 15, true, 3, 1), DROP_NONE);
    CHECK_INT(send(sender, receiver, 5, false, 2, 99), DROP_SRTP_REPLAY); /* moved whole */
out:
    srtp_sender_free(&sender);
    srtp_sender_free(&stranger);
    srtp_receiver_free(&receiver);
}

TEST(packets_that_are_cut_short_are_malformed)
{
    _Alignas(16) uint8_t packet[64] = {0x80};
    struct srtp_receiver *receiver = NULL;
    REQUIRE_OK(srtp_ciphers_ensure());
    for (size_t i = 0; i < SRTP_REFERENCE_PROFILES; i++) {
        size_t tag = srtp_reference_profiles[i] == SRTP_PROFILE_CM_128_SHA1_80 ? 10 : 16;
        REQUIRE_OK(srtp_receiver_new(&receiver, srtp_reference_profiles[i], some_master));
        packet[0] = 0x80;
        size_t len = 11 + tag;
        CHECK_INT(srtp_receiver_unprotect(receiver, 0, true, packet, &len), DROP_RTP_MALFORMED);
        packet[0] = 0x83; /* three sources, the last of them in the tag */
        len = 12 + 8 + tag;
        CHECK_INT(srtp_receiver_unprotect(receiver, 0, true, packet, &len), DROP_RTP_MALFORMED);
        packet[0] = 0x90; /* an extension of 20 words */
        packet[15] = 20;
        len = 40 + tag;
        CHECK_INT(srtp_receiver_unprotect(receiver, 0, true, packet, &len), DROP_RTP_MALFORMED);
        packet[15] = 0;
        len = 40 + tag;
        CHECK_INT(srtp_receiver_unprotect(receiver, 0, true, packet, &len), DROP_SRTP_AUTH);
        srtp_receiver_free(&receiver);
    }
    CHECK_INT(srtp_receiver_new(&receiver, SRTP_PROFILE_NULL, some_master), ERR_UNSUPPORTED);
out:
    srtp_receiver_free(&receiver);
}

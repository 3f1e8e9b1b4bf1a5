/**
 * srtp_receiver beside libsrtp with the same keys: packets of some SSRCs under any numbers,
 * damaged, repeated, or made of the input's bytes. Both take the same ones and read the same.
 * First byte: the cipher. Each step: what to do and whose packet, two bytes of number, one or two
 * more.
 */
#include <string.h>

#include <srtp2/srtp.h>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "relay/transport/srtp_receiver.h"
#include "relay/transport/srtp_sender.h"
#include "transport/srtp_ciphers.h"

enum { ROOM = 512, STEPS = 200, STEP_BYTES = 6, MASTER_BYTES = 46 };

static uint8_t master[MASTER_BYTES] = {7, 1, 9};

static srtp_t reference_new(enum srtp_profile profile)
{
    srtp_t session = NULL;
    srtp_policy_t policy = {.ssrc = {.type = ssrc_any_inbound}, .key = master};
    if (profile == SRTP_PROFILE_GCM_128) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    }
    policy.window_size = 1024;
    FUZZ_CHECK(srtp_create(&session, &policy) == srtp_err_status_ok);
    return session;
}

struct pair {
    struct srtp_receiver *ours;
    srtp_t theirs;
    bool known[SRTP_RECEIVER_STREAMS];
};

static void deliver(struct pair *pair, const uint8_t *packet, size_t len)
{
    _Alignas(16) uint8_t ours[ROOM];
    _Alignas(16) uint8_t theirs[ROOM];
    size_t our_len = len;
    int their_len = (int)len;
    memcpy(ours, packet, len);
    memcpy(theirs, packet, len);
    size_t stream = len < 12 ? 0 : bytes_get_u32(packet + 8);
    if (stream >= SRTP_RECEIVER_STREAMS) {
        return; /* nobody's */
    }
    enum drop_reason drop =
        srtp_receiver_unprotect(pair->ours, stream, !pair->known[stream], ours, &our_len);
    bool taken = srtp_unprotect(pair->theirs, theirs, &their_len) == srtp_err_status_ok;
    FUZZ_CHECK(taken == (drop == DROP_NONE));
    if (taken) {
        FUZZ_CHECK(our_len == (size_t)their_len);
        FUZZ_CHECK(memcmp(ours, theirs, our_len) == 0);
        pair->known[stream] = true;
    }
}

/** A sender's packet, which is damaged where the step says so. */
static void step_sent(struct pair *pair, struct srtp_sender *sender, const uint8_t *step)
{
    _Alignas(16) uint8_t packet[ROOM] = {(uint8_t)(0x80 | (step[3] & 0x13)), 96};
    size_t len = 40 + step[3] / 4;
    bytes_put_u16(packet + 2, bytes_get_u16(step + 1));
    bytes_put_u32(packet + 8, step[0] & 15);
    if (srtp_sender_protect(sender, packet, &len) != 0) {
        return;
    }
    if ((step[0] & 0x40) != 0) {
        packet[step[4] % len] ^= step[5];
    }
    if ((step[0] & 0x20) != 0) {
        len -= step[4] % len;
    }
    deliver(pair, packet, len);
}

/** Bytes of the input, whatever they are. */
static void step_raw(struct pair *pair, const uint8_t *step, size_t left)
{
    size_t len = step[1] < left ? step[1] : left;
    _Alignas(16) uint8_t packet[ROOM] = {0};
    memcpy(packet, step, len);
    bytes_put_u32(packet + 8, step[0] & 15);
    deliver(pair, packet, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0) {
        return 0;
    }
    struct srtp_sender *sender = NULL;
    struct pair pair = {.ours = NULL};
    enum srtp_profile profile =
        (data[0] & 1) != 0 ? SRTP_PROFILE_GCM_128 : SRTP_PROFILE_CM_128_SHA1_80;
    FUZZ_CHECK(srtp_ciphers_ensure() == 0);
    FUZZ_CHECK(srtp_sender_new(&sender, profile, master) == 0);
    FUZZ_CHECK(srtp_receiver_new(&pair.ours, profile, master) == 0);
    pair.theirs = reference_new(profile);
    size_t at = 1;
    for (int i = 0; i < STEPS && len - at >= STEP_BYTES; i++, at += STEP_BYTES) {
        if ((data[at] & 0x80) != 0) {
            step_raw(&pair, data + at, len - at);
        } else {
            step_sent(&pair, sender, data + at);
        }
    }
    srtp_sender_free(&sender);
    srtp_receiver_free(&pair.ours);
    (void)srtp_dealloc(pair.theirs);
    return 0;
}

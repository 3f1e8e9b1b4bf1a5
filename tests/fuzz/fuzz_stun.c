/** STUN: what is read stays inside the datagram, and whatever is answered can be read again. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "relay/transport/ice_stun.h"

static void answer(struct ice_stun_codec *codec, const struct ice_stun *request,
                   const struct hmac_sha1_key *key)
{
    static const struct addr to = {.ip = {192, 0, 2, 1}, .port = 5, .family = ADDR_IPV4};
    uint8_t out[ICE_STUN_MAX_BYTES];
    struct ice_stun again;
    size_t len = ice_stun_write_success(codec, request, key, &to, out);
    FUZZ_CHECK(len == 64 && ice_stun_read(codec, out, len, &again) == 0 &&
               ice_stun_verify(&again, key));
    len = ice_stun_write_error(codec, request, key, request->unknown_count > 0 ? 420 : 487, out);
    FUZZ_CHECK(len > 0 && ice_stun_read(codec, out, len, &again) == 0 &&
               ice_stun_verify(&again, key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct ice_stun_codec *codec;
    struct hmac_sha1_key key;
    struct ice_stun message;
    if (codec == NULL) {
        FUZZ_CHECK(ice_stun_codec_new(&codec) == 0);
    }
    if (ice_stun_read(codec, data, len, &message) != 0) {
        return 0;
    }
    hmac_sha1_key_init(&key, (const uint8_t *)"password", 8);
    FUZZ_CHECK(message.unknown_count <= ICE_STUN_MAX_UNKNOWN);
    FUZZ_CHECK(message.integrity_at + 24 <= len || message.integrity_at == 0);
    if (message.username.at != NULL) {
        const uint8_t *at = (const uint8_t *)message.username.at;
        FUZZ_CHECK(at >= data && at + message.username.len <= data + len);
        FUZZ_CHECK(message.local_ufrag.len <= message.username.len);
    }
    (void)ice_stun_verify(&message, &key);
    if (message.class == ICE_STUN_REQUEST) {
        answer(codec, &message, &key);
    }
    return 0;
}

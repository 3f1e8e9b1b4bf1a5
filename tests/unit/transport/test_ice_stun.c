#include <stdio.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/rand.h"
#include "relay/transport/ice_stun.h"
#include "support/stun_peer.h"
#include "support/vectors.h"
#include "unit/runner.h"

/* RFC 5769 2.1: user "evtj:h6vY", password "VOkJxbRl1RmTxUk/WvJxBt". */
static const char rfc_5769_request[] =
    "000100582112a442b7e7a701bc34d686fa87dfae 802200105354554e207465737420636c69656e74"
    "002400046e0001ff 80290008932ff9b151263b36 0006000965 76746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf";
/* RFC 5769 2.2. */
static const char rfc_5769_response[] =
    "0101003c2112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220"
    "002000080001a147e112a643 000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004c07d4c96";
static const char rfc_5769_password[] = "VOkJxbRl1RmTxUk/WvJxBt";

static struct hmac_sha1_key key_of(const char *password)
{
    struct hmac_sha1_key key;
    hmac_sha1_key_init(&key, (const uint8_t *)password, strlen(password));
    return key;
}

TEST(sample_messages_of_rfc_5769_verify)
{
    struct ice_stun_codec *codec = NULL;
    uint8_t data[200];
    struct ice_stun message;
    struct hmac_sha1_key key = key_of(rfc_5769_password);
    struct hmac_sha1_key wrong = key_of("another password");
    size_t len = vectors_hex(rfc_5769_request, data, sizeof(data));
    REQUIRE_OK(ice_stun_codec_new(&codec));
    REQUIRE_INT(len, 108);
    REQUIRE_OK(ice_stun_read(codec, data, len, &message));
    CHECK_INT(message.class, ICE_STUN_REQUEST);
    CHECK(str_view_equal(message.username, "evtj:h6vY"));
    CHECK(str_view_equal(message.local_ufrag, "evtj"));
    CHECK_INT(message.priority, 0x6e0001ff);
    CHECK(message.controlled);
    CHECK(!message.use_candidate);
    CHECK_INT(message.unknown_count, 0);
    CHECK(ice_stun_verify(&message, &key));
    CHECK(!ice_stun_verify(&message, &wrong));

    len = vectors_hex(rfc_5769_response, data, sizeof(data));
    REQUIRE_OK(ice_stun_read(codec, data, len, &message));
    CHECK_INT(message.class, ICE_STUN_SUCCESS);
    CHECK(ice_stun_verify(&message, &key));
out:
    ice_stun_codec_free(&codec);
}

TEST(every_single_bit_counts)
{
    struct ice_stun_codec *codec = NULL;
    uint8_t data[200];
    struct ice_stun message;
    struct hmac_sha1_key key = key_of(rfc_5769_password);
    size_t len = vectors_hex(rfc_5769_request, data, sizeof(data));
    REQUIRE_OK(ice_stun_codec_new(&codec));
    for (size_t bit = 0; bit < len * 8; bit++) {
        if (bit / 8 == len - 8 || bit / 8 == len - 7) {
            continue; /* FINGERPRINT under another type is just not there, which is allowed */
        }
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(ice_stun_read(codec, data, len, &message) != 0 || !ice_stun_verify(&message, &key));
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++) {
        CHECK_INT(ice_stun_read(codec, data, cut, &message), ERR_MALFORMED);
    }
out:
    ice_stun_codec_free(&codec);
}

TEST(recorded_checks_of_clients_are_read)
{
    struct ice_stun_codec *codec = NULL;
    static const char *const files[] = {"chromium156", "firefox153", "aiortc14", "openssl30"};
    size_t requests = 0;
    size_t nominating = 0;
    REQUIRE_OK(ice_stun_codec_new(&codec));
    for (size_t file = 0; file < 4; file++) {
        struct vectors vectors = {0};
        char name[64];
        (void)snprintf(name, sizeof(name), "corpus/%s.stun.hex", files[file]);
        REQUIRE_OK(vectors_load_hex(name, &vectors));
        for (size_t i = 0; i < vectors.count; i++) {
            struct ice_stun message;
            if (!CHECK_INT(ice_stun_read(codec, vectors.at[i], vectors.len[i], &message), 0)) {
                continue;
            }
            CHECK(message.integrity_at != 0);
            CHECK_INT(message.unknown_count, 0);
            if (message.class == ICE_STUN_REQUEST) {
                requests++;
                nominating += message.use_candidate;
                CHECK(message.local_ufrag.len > 0 &&
                      message.local_ufrag.len < message.username.len);
                CHECK(message.priority > 0);
            }
        }
        vectors_free(&vectors);
    }
    CHECK(requests > 10);
    CHECK(nominating > 3);
out:
    ice_stun_codec_free(&codec);
}

TEST(a_missing_fingerprint_is_allowed_and_a_wrong_one_is_not)
{
    struct ice_stun_codec *codec = NULL;
    uint8_t data[STUN_PEER_BYTES];
    struct ice_stun message;
    struct stun_peer_request request = {
        .username = "a:b", .password = "secret", .no_fingerprint = true};
    struct hmac_sha1_key key = key_of("secret");
    size_t len = stun_peer_write(&request, data);
    REQUIRE_OK(ice_stun_codec_new(&codec));
    REQUIRE_OK(ice_stun_read(codec, data, len, &message));
    CHECK(ice_stun_verify(&message, &key));
    request.no_fingerprint = false;
    request.bad_fingerprint = true;
    len = stun_peer_write(&request, data);
    CHECK_INT(ice_stun_read(codec, data, len, &message), ERR_MALFORMED);
    request.bad_fingerprint = false;
    request.password = NULL;
    len = stun_peer_write(&request, data);
    REQUIRE_OK(ice_stun_read(codec, data, len, &message));
    CHECK_INT(message.integrity_at, 0);
    CHECK(!ice_stun_verify(&message, &key));
out:
    ice_stun_codec_free(&codec);
}

TEST(bounds_of_bytes_and_attributes_hold)
{
    struct ice_stun_codec *codec = NULL;
    uint8_t data[700] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
    struct ice_stun message;
    REQUIRE_OK(ice_stun_codec_new(&codec));
    for (size_t attributes = 0; attributes < 40; attributes++) {
        bytes_put_u16(data + 2, (uint16_t)(4 * attributes));
        memset(data + 20, 0, 4 * attributes);
        for (size_t i = 0; i < attributes; i++) {
            bytes_put_u16(data + 20 + 4 * i, 0x8022);
        }
        CHECK_INT(ice_stun_read(codec, data, 20 + 4 * attributes, &message),
                  attributes <= ICE_STUN_MAX_ATTRIBUTES ? 0 : ERR_MALFORMED);
    }
    bytes_put_u16(data + 2, 532); /* one username that fills it */
    bytes_put_u16(data + 20, 6);
    bytes_put_u16(data + 22, 528);
    CHECK_INT(ice_stun_read(codec, data, 552, &message), ERR_MALFORMED);
    bytes_put_u16(data + 2, 528);
    bytes_put_u16(data + 22, 524);
    CHECK_INT(ice_stun_read(codec, data, 548, &message), 0);
    CHECK_INT(message.username.len, 524);
    bytes_put_u16(data, 0x0003); /* Allocate */
    CHECK_INT(ice_stun_read(codec, data, 548, &message), ERR_UNSUPPORTED);
    bytes_put_u16(data, 0x0011);
    CHECK_INT(ice_stun_read(codec, data, 548, &message), 0);
    CHECK_INT(message.class, ICE_STUN_INDICATION);
    data[4] ^= 1;
    CHECK_INT(ice_stun_read(codec, data, 548, &message), ERR_MALFORMED);
out:
    ice_stun_codec_free(&codec);
}

TEST(answers_verify_and_are_smaller_than_browsers_requests)
{
    uint8_t data[200];
    uint8_t out[ICE_STUN_MAX_BYTES];
    struct ice_stun request;
    struct ice_stun_codec *codec = NULL;
    struct hmac_sha1_key key = key_of("pwd");
    size_t len = 0;
    struct addr v4;
    struct addr v6;
    REQUIRE_OK(ice_stun_codec_new(&codec));
    REQUIRE_OK(addr_parse("192.0.2.1:32853", &v4));
    REQUIRE_OK(addr_parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853", &v6));
    size_t request_len = vectors_hex(rfc_5769_request, data, sizeof(data));
    REQUIRE_OK(ice_stun_read(codec, data, request_len, &request));
    size_t size = ice_stun_write_success(codec, &request, &key, &v4, out);
    CHECK_INT(size, 64);
    CHECK_INT(bytes_get_u16(out), 0x0101);
    CHECK_MEM(out + 8, data + 8, 12);
    CHECK(stun_peer_verify(out, size, "pwd"));
    const uint8_t *mapped = stun_peer_find(out, size, 0x0020, &len);
    REQUIRE(mapped != NULL && len == 8);
    CHECK_MEM(mapped, "\x00\x01\xa1\x47\xe1\x12\xa6\x43", 8); /* that of RFC 5769 2.2 */
    size = ice_stun_write_success(codec, &request, &key, &v6, out);
    mapped = stun_peer_find(out, size, 0x0020, &len);
    REQUIRE(mapped != NULL && len == 20); /* RFC 5769 2.3 */
    CHECK_MEM(mapped,
              "\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9",
              20);
    CHECK(stun_peer_verify(out, size, "pwd"));
out:
    ice_stun_codec_free(&codec);
}

TEST(errors_name_what_was_wrong)
{
    uint8_t data[STUN_PEER_BYTES];
    uint8_t out[ICE_STUN_MAX_BYTES];
    struct ice_stun request;
    struct ice_stun_codec *codec = NULL;
    struct hmac_sha1_key key = key_of("pwd");
    size_t len = 0;
    struct stun_peer_request peer = {.username = "a:b", .password = "pwd", .unknown = 0x7abc};
    REQUIRE_OK(ice_stun_codec_new(&codec));
    size_t size = stun_peer_write(&peer, data);
    REQUIRE_OK(ice_stun_read(codec, data, size, &request));
    CHECK_INT(request.unknown_count, 1);
    size = ice_stun_write_error(codec, &request, &key, 420, out);
    CHECK(stun_peer_verify(out, size, "pwd"));
    CHECK_INT(bytes_get_u16(out), 0x0111);
    const uint8_t *code = stun_peer_find(out, size, 0x0009, &len);
    REQUIRE(code != NULL && len >= 4);
    CHECK_INT(code[2] * 100 + code[3], 420);
    const uint8_t *unknown = stun_peer_find(out, size, 0x000a, &len);
    REQUIRE(unknown != NULL && len == 2);
    CHECK_INT(bytes_get_u16(unknown), 0x7abc);
    size = ice_stun_write_error(codec, &request, &key, 487, out);
    CHECK(stun_peer_verify(out, size, "pwd"));
    code = stun_peer_find(out, size, 0x0009, &len);
    REQUIRE(code != NULL && len >= 4);
    CHECK_INT(code[2] * 100 + code[3], 487);
out:
    ice_stun_codec_free(&codec);
}

TEST(checks_of_ours_can_be_read_by_others)
{
    uint8_t out[ICE_STUN_MAX_BYTES];
    uint8_t transaction[12] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    char long_name[300];
    struct ice_stun_codec *codec = NULL;
    struct hmac_sha1_key key = key_of("theirs");
    size_t len = 0;
    REQUIRE_OK(ice_stun_codec_new(&codec));
    size_t size = ice_stun_write_check(codec, transaction, str_view_text("them:us"), &key, 77, out);
    CHECK_INT(bytes_get_u16(out), 0x0001);
    CHECK_MEM(out + 8, transaction, 12);
    CHECK(stun_peer_verify(out, size, "theirs"));
    const uint8_t *name = stun_peer_find(out, size, 0x0006, &len);
    REQUIRE(name != NULL && len == 7);
    CHECK_MEM(name, "them:us", 7);
    CHECK(stun_peer_find(out, size, 0x8029, &len) != NULL); /* ICE-CONTROLLED */
    CHECK(stun_peer_find(out, size, 0x0024, &len) != NULL); /* PRIORITY */
    CHECK(stun_peer_find(out, size, 0x0025, &len) == NULL);
    memset(long_name, 'x', sizeof(long_name));
    CHECK_INT(ice_stun_write_check(codec, transaction, str_view_of(long_name, 256), &key, 1, out),
              0);
    CHECK(ice_stun_write_check(codec, transaction, str_view_of(long_name, 255), &key, 1, out) > 0);
out:
    ice_stun_codec_free(&codec);
}

TEST(random_bytes_behind_a_header_do_no_harm)
{
    struct ice_stun_codec *codec = NULL;
    uint8_t data[ICE_STUN_MAX_BYTES] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
    struct rand rand;
    struct ice_stun message;
    REQUIRE_OK(ice_stun_codec_new(&codec));
    rand_init(&rand, 5);
    for (int i = 0; i < 20000; i++) {
        size_t body = 4 * rand_below(&rand, 60);
        rand_fill(&rand, data + 20, body);
        for (size_t at = 20; at + 4 <= 20 + body && i % 2 == 0; at += 8) {
            bytes_put_u16(data + at, (uint16_t)rand_below(&rand, 0x30));
            bytes_put_u16(data + at + 2, (uint16_t)rand_below(&rand, 9));
        }
        bytes_put_u16(data + 2, (uint16_t)body);
        if (ice_stun_read(codec, data, 20 + body, &message) == 0) {
            CHECK(message.username.at == NULL ||
                  (const uint8_t *)message.username.at + message.username.len <= data + 20 + body);
        }
    }
out:
    ice_stun_codec_free(&codec);
}

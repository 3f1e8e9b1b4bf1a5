#include <string.h>

#include "load/ice_caller.h"
#include "unit/runner.h"

static const struct ice_caller_credentials ours = {.own_ufrag = "ours",
                                                   .own_pwd = "ours/ours/ours/ours/ours",
                                                   .remote_ufrag = "theirs",
                                                   .remote_pwd = "theirs/theirs/theirs/the"};
static const struct ice_caller_credentials theirs = {.own_ufrag = "theirs",
                                                     .own_pwd = "theirs/theirs/theirs/the",
                                                     .remote_ufrag = "ours",
                                                     .remote_pwd = "ours/ours/ours/ours/ours"};
static const struct addr from4 = {.ip = {192, 0, 2, 1}, .port = 1000, .family = ADDR_IPV4};
static const struct addr from6 = {.ip = {0x20, 1, 0xd, 0xb8}, .port = 1000, .family = ADDR_IPV6};

TEST(check_is_answered_and_its_round_trip_measured)
{
    struct rand rand;
    struct ice_caller *a = NULL;
    struct ice_caller *b = NULL;
    uint8_t check[ICE_CALLER_MAX_BYTES];
    uint8_t reply[ICE_CALLER_MAX_BYTES];
    size_t reply_len = 0;
    struct ice_caller_answer answer = {0};
    rand_init(&rand, 1);
    REQUIRE_OK(ice_caller_new(&a, &ours, &rand));
    REQUIRE_OK(ice_caller_new(&b, &theirs, &rand));
    for (int i = 0; i < 2; i++) {
        size_t len = ice_caller_check(a, i == 1, 1000, check);
        REQUIRE(len > 0);
        REQUIRE_INT(ice_caller_receive(b, check, len, i == 0 ? &from4 : &from6, 1500, reply,
                                       &reply_len, &answer),
                    ICE_CALLER_REQUEST);
        REQUIRE_INT(ice_caller_receive(a, reply, reply_len, &from4, 3000, check, &len, &answer),
                    ICE_CALLER_ANSWER);
        CHECK_INT(answer.rtt_us, 2000);
        CHECK_INT(answer.nominated, i == 1);
        /* an answer counts once */
        CHECK_INT(ice_caller_receive(a, reply, reply_len, &from4, 3000, check, &len, &answer),
                  ICE_CALLER_NOTHING);
    }
out:
    ice_caller_free(&a);
    ice_caller_free(&b);
}

TEST(check_with_another_password_is_nothing)
{
    struct rand rand;
    struct ice_caller *a = NULL;
    struct ice_caller *b = NULL;
    struct ice_caller_credentials wrong = ours;
    uint8_t check[ICE_CALLER_MAX_BYTES];
    uint8_t reply[ICE_CALLER_MAX_BYTES];
    size_t reply_len = 0;
    struct ice_caller_answer answer = {0};
    wrong.remote_pwd = "something/else/something";
    rand_init(&rand, 1);
    REQUIRE_OK(ice_caller_new(&a, &wrong, &rand));
    REQUIRE_OK(ice_caller_new(&b, &theirs, &rand));
    size_t len = ice_caller_check(a, true, 1000, check);
    CHECK_INT(ice_caller_receive(b, check, len, &from4, 1500, reply, &reply_len, &answer),
              ICE_CALLER_NOTHING);
    CHECK_INT(ice_caller_receive(b, check, 10, &from4, 1500, reply, &reply_len, &answer),
              ICE_CALLER_NOTHING);
out:
    ice_caller_free(&a);
    ice_caller_free(&b);
}

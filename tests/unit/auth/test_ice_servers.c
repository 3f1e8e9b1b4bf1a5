#include <stdio.h>
#include <string.h>

#include "auth/ice_servers.h"
#include "base/err.h"
#include "unit/runner.h"

TEST(takes_urls_of_rfc_7064_and_7065)
{
    static const char *const good[] = {
        "stun:stun.example.org",     "stun:192.0.2.1:3478",
        "turn:turn.example.org",     "turn:turn.example.org:3478?transport=udp",
        "turn:[2001:db8::1]",        "turns:[2001:db8::1]:5349?transport=tcp",
        "turns:t.example.org:65535",
    };
    struct ice_servers servers = {0};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CHECK_INT(ice_servers_add(&servers, good[i]), 0);
        CHECK_STR(servers.urls[i], good[i]);
        CHECK(ice_servers_is_turn(good[i]) == (i > 1));
        CHECK(ice_servers_have_turn(&servers) == (i > 1));
    }
    REQUIRE_OK(ice_servers_add(&servers, good[0]));
    CHECK_INT(ice_servers_add(&servers, good[0]), ERR_FULL);
out:;
}

TEST(refuses_what_is_no_url_of_a_server)
{
    static const char *const bad[] = {
        "",
        "turn",
        "turn:",
        "http://example.org",
        "turn://example.org",
        "TURN:example.org",
        "turn:a:0",
        "turn:a:65536",
        "turn:a:",
        "turn:a:b",
        "turn:a?transport=sctp",
        "turn:a?",
        "stun:a?transport=udp",
        "turn:[",
        "turn:[]",
        "turn:[::1",
        "turn:[::1]3478",
        "turn:[::1]:",
        "turn:[g::1]",
        "turn:a>",
        "turn:a b",
        "turn:a\r\nX: y",
        "turn:user@a",
    };
    struct ice_servers servers = {0};
    char text[ICE_SERVERS_URL_BYTES + 1] = "stun:";
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (ice_servers_add(&servers, bad[i]) != ERR_INVALID) {
            runner_fail(bad[i], __LINE__, "taken");
        }
    }
    memset(text + 5, 'a', ICE_SERVERS_URL_BYTES - 5);
    CHECK_INT(ice_servers_add(&servers, text), ERR_INVALID);
    text[ICE_SERVERS_URL_BYTES - 1] = '\0';
    CHECK_INT(ice_servers_add(&servers, text), 0);
    CHECK_INT(servers.count, 1);
    goto out;
out:;
}

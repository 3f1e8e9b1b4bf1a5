#include <stdlib.h>

#include "base/err.h"
#include "signal/negotiate.h"
#include "support/negotiate_kit.h"
#include "support/offers.h"
#include "unit/runner.h"

static int parse(const char *text, struct negotiate_fragment *out,
                 struct negotiate_problem *problem)
{
    *problem = (struct negotiate_problem){0};
    return negotiate_fragment_parse(text, strlen(text), out, problem);
}

/* RFC 9725 figure of section 4.3.3, and the tagged m-line only of RFC 8840 4.4 (rules 103, 105). */
TEST(rule_103_a_fragment_with_credentials_is_a_restart)
{
    struct negotiate_fragment fragment;
    struct negotiate_problem problem;
    REQUIRE_OK(parse("a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
                     "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
                     "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation "
                     "0 ufrag EsAw network-id 1\r\n"
                     "a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host\r\n"
                     "a=end-of-candidates\r\n",
                     &fragment, &problem));
    CHECK_STR(fragment.ufrag, "ysXw");
    CHECK_STR(fragment.pwd, "vw5LmwG4y/e6dPP/zAP9Gp5k");
    CHECK_STR(fragment.mid, "0");
    CHECK_INT(fragment.candidates, 2);
out:
    return;
}

TEST(fragment_may_have_its_credentials_at_the_top_or_none)
{
    struct negotiate_fragment fragment;
    struct negotiate_problem problem;
    REQUIRE_OK(parse("a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\na=ice-ufrag:ysXw\r\n"
                     "m=audio 9 RTP/AVP 0\r\na=mid:audio0\r\na=candidate:1 1 UDP 1 192.0.2.1 5 typ "
                     "host\r\n",
                     &fragment, &problem));
    CHECK_STR(fragment.ufrag, "ysXw");
    CHECK_STR(fragment.mid, "audio0");
    CHECK_INT(fragment.candidates, 1);
    REQUIRE_OK(parse("a=candidate:1 1 UDP 1 192.0.2.1 5 typ host\r\n", &fragment, &problem));
    CHECK_STR(fragment.ufrag, "");
    CHECK_STR(fragment.pwd, "");
    CHECK_INT(fragment.candidates, 1);
    REQUIRE_OK(parse("", &fragment, &problem));
    CHECK_INT(fragment.candidates, 0);
out:
    return;
}

/* "unresolvable candidates are skipped silently" */
TEST(rule_102_candidates_that_cannot_be_read_are_passed_over)
{
    struct negotiate_fragment fragment;
    struct negotiate_problem problem;
    REQUIRE_OK(parse("m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:\r\na=candidate:nonsense\r\n"
                     "a=candidate:1 1 UDP 1 4d3c5b4e.local 5 typ host\r\n",
                     &fragment, &problem));
    CHECK_INT(fragment.candidates, 1);
out:
    return;
}

TEST(rule_104_a_bad_fragment_is_refused_with_its_line)
{
    static const struct {
        const char *text;
        unsigned line;
    } all[] = {
        {"v=0\r\n", 1},
        {"nonsense", 1},
        {"a=ice-ufrag:abc\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n", 1},
        {"a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n", 2},
        {"a=ice-ufrag:abcd\r\n", 0},
        {"m=audio 9 RTP/AVP 0\r\na=mid:a b\r\n", 2},
        {"m=audio 9 RTP/AVP 0\r\na=mid:a23456789012345678901234567890123\r\n", 2},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct negotiate_fragment fragment = {.mid = "kept"};
        struct negotiate_problem problem;
        int err = parse(all[i].text, &fragment, &problem);
        REQUIRE(err != ERR_NO_MEMORY);
        CHECK_INT(err, ERR_MALFORMED);
        CHECK_INT(problem.status, 400);
        CHECK_INT(problem.line, all[i].line);
        CHECK_STR(fragment.mid, "kept");
    }
out:
    return;
}

TEST(our_fragment_names_group_tag_credentials_and_candidates)
{
    struct kit kit = {0};
    char *text = NULL;
    REQUIRE_OK(kit_load(&kit, "gstreamer-1.22.0-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    memcpy(kit.session->local_ufrag, "UFRAG", 6);
    memcpy(kit.session->local_pwd, "PASSWORD", 9);
    REQUIRE_OK(negotiate_fragment_write(kit.session, offers_config(), &text));
    CHECK_STR(text, "a=group:BUNDLE audio0 video1\r\n"
                    "a=ice-lite\r\n"
                    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
                    "a=mid:audio0\r\n"
                    "a=ice-ufrag:UFRAG\r\n"
                    "a=ice-pwd:PASSWORD\r\n"
                    "a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host\r\n"
                    "a=candidate:2 1 udp 2130706175 2001:db8::1 7000 typ host\r\n"
                    "a=candidate:101 1 tcp 1520435199 192.0.2.1 7000 typ host tcptype passive\r\n"
                    "a=candidate:102 1 tcp 1520434943 2001:db8::1 7000 typ host tcptype passive\r\n"
                    "a=end-of-candidates\r\n");
out:
    free(text);
    kit_free(&kit);
}

TEST(our_fragment_without_bundle_has_no_group_and_no_mid)
{
    struct kit kit = {0};
    char *text = NULL;
    REQUIRE_OK(kit_load(&kit, "baresip-1.0.0-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    REQUIRE_OK(negotiate_fragment_write(kit.session, offers_config(), &text));
    CHECK(strncmp(text, "a=ice-lite\r\nm=audio ", 20) == 0);
    CHECK(strstr(text, "a=mid:") == NULL);
out:
    free(text);
    kit_free(&kit);
}

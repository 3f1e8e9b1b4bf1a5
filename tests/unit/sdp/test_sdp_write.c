#include <stdlib.h>

#include "base/err.h"
#include "sdp/sdp_write.h"
#include "unit/runner.h"

TEST(writes_lines_with_crlf)
{
    struct addr v4 = {.ip = {192, 0, 2, 1}, .port = 7000, .family = ADDR_IPV4};
    struct addr v6 = {.ip = {0xfd}, .port = 7000, .family = ADDR_IPV6};
    struct str out;
    char *text = NULL;
    str_init(&out, 1000);
    sdp_write_line(&out, 's', "-");
    sdp_write_attr(&out, "mid:%d", 3);
    sdp_write_connection(&out, &v4);
    sdp_write_connection(&out, &v6);
    REQUIRE_OK(str_take(&out, &text));
    CHECK_STR(text, "s=-\r\na=mid:3\r\nc=IN IP4 192.0.2.1\r\nc=IN IP6 fd00::\r\n");
out:
    str_deinit(&out);
    free(text);
}

/* RFC 8445 5.1.2.1: 2^24 x 126 + 2^8 x 65535 + 255; RFC 6544 4.2 for TCP. */
TEST(candidate_priorities_fall_with_the_index_and_tcp_comes_last)
{
    struct addr v4 = {.ip = {192, 0, 2, 1}, .port = 7000, .family = ADDR_IPV4};
    struct str out;
    char *text = NULL;
    str_init(&out, 1000);
    sdp_write_candidate_udp(&out, &v4, 0);
    sdp_write_candidate_udp(&out, &v4, 1);
    sdp_write_candidate_tcp(&out, &v4, 0);
    REQUIRE_OK(str_take(&out, &text));
    CHECK_STR(text, "a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host\r\n"
                    "a=candidate:2 1 udp 2130706175 192.0.2.1 7000 typ host\r\n"
                    "a=candidate:101 1 tcp 1520435199 192.0.2.1 7000 typ host tcptype passive\r\n");
out:
    str_deinit(&out);
    free(text);
}

TEST(stays_within_the_bound)
{
    struct str out;
    char *text = NULL;
    str_init(&out, 16);
    sdp_write_attr(&out, "a-long-attribute:%d", 1);
    CHECK_INT(str_take(&out, &text), ERR_FULL);
    str_deinit(&out);
    free(text);
}

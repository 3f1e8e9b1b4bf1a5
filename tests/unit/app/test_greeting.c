#include <string.h>

#include "relay/app/greeting.h"
#include "unit/runner.h"

/** What is said with --http `http`, and with a secret and a certificate or without. */
static const char *said(const char *http, bool secret, bool tls)
{
    static char text[1024];
    struct config config;
    config_defaults(&config);
    memset(text, 0, sizeof(text));
    FILE *to = fmemopen(text, sizeof(text) - 1, "w");
    if (to == NULL || addr_parse(http, &config.http) != 0) {
        return "";
    }
    (void)strcpy(config.secret, secret ? "0123456789abcdef0123456789abcdef" : "");
    (void)strcpy(config.tls_cert, tls ? "cert.pem" : "");
    greeting_write(&config, 8081, to);
    (void)fclose(to);
    return text;
}

TEST(greeting_names_the_page)
{
    CHECK_STR(said("127.0.0.1:0", false, false),
              "Open http://localhost:8081/ in two browser tabs\n");
    CHECK_STR(said("[::1]:0", false, false), "Open http://localhost:8081/ in two browser tabs\n");
    CHECK_STR(said("203.0.113.7:443", false, true),
              "Open https://203.0.113.7:8081/ in two browser tabs\n");
    goto out;
out:;
}

TEST(greeting_says_what_a_closed_relay_asks_for)
{
    const char *text = said("127.0.0.1:8080", true, false);
    CHECK(strstr(text, "http://localhost:8081/r/ROOM#token=TOKEN") != NULL);
    CHECK(strstr(text, "tandem token --room ROOM --name NAME") != NULL);
    CHECK(strstr(text, "two browser tabs") == NULL);
    CHECK(strstr(text, "0123456789") == NULL);
    goto out;
out:;
}

TEST(greeting_warns_where_browsers_will_refuse_the_camera)
{
    CHECK(strstr(said("0.0.0.0:80", true, false), "--tls-cert") != NULL);
    CHECK(strstr(said("0.0.0.0:443", true, true), "--tls-cert") == NULL);
    CHECK(strstr(said("127.0.0.1:80", true, false), "--tls-cert") == NULL);
    goto out;
out:;
}

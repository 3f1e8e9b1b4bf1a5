#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "relay/app/config.h"
#include "unit/runner.h"

static const char *const (*environment)[2];

static char *look_up(const char *name)
{
    for (size_t i = 0; environment != NULL && environment[i][0] != NULL; i++) {
        if (strcmp(environment[i][0], name) == 0) {
            static char value[256];
            (void)snprintf(value, sizeof(value), "%s", environment[i][1]);
            return value;
        }
    }
    return NULL;
}

static char why[CONFIG_WHY_BYTES];

static int load(struct config *config, const char *flags)
{
    char text[512];
    char *argv[16];
    int argc = 0;
    enum config_wish wish;
    (void)snprintf(text, sizeof(text), "%s", flags);
    for (char *part = strtok(text, " "); part != NULL; part = strtok(NULL, " ")) {
        argv[argc++] = part;
    }
    return config_load(config, argc, argv, look_up, &wish, why);
}

TEST(has_defaults_that_are_safe)
{
    struct config config;
    environment = NULL;
    REQUIRE_OK(load(&config, ""));
    CHECK(addr_is_loopback(&config.http));
    CHECK_INT(config.http.port, 8080);
    CHECK_INT(config.media_port, 50000);
    CHECK(config.udp && config.tcp && !config.open);
    CHECK_INT(config.grace_s, 10);
    CHECK_INT(config.drain_s, 10);
    CHECK_INT(config.log_level, LOG_INFO);
    REQUIRE_OK(config_finish(&config, 4, why));
    CHECK_INT(config.workers, 4);
out:;
}

TEST(takes_flags_in_both_forms)
{
    struct config config;
    environment = NULL;
    REQUIRE_OK(load(&config,
                    "--http [::1]:9000 --workers=2 --announce 192.0.2.1 --announce=2001:db8::1 "
                    "--udp off --open --log-level debug"));
    CHECK_INT(config.http.family, ADDR_IPV6);
    CHECK_INT(config.http.port, 9000);
    CHECK_INT(config.workers, 2);
    CHECK_INT(config.announce_count, 2);
    CHECK(!config.udp);
    CHECK(config.open);
    CHECK_INT(config.log_level, LOG_DEBUG);
out:;
}

TEST(flags_beat_the_environment)
{
    static const char *const variables[][2] = {{"TANDEM_MEDIA_PORT", "40000"},
                                               {"TANDEM_WORKERS", "3"},
                                               {"TANDEM_ANNOUNCE", "192.0.2.1, 192.0.2.2"},
                                               {NULL, NULL}};
    struct config config;
    environment = variables;
    REQUIRE_OK(load(&config, "--workers 5"));
    CHECK_INT(config.media_port, 40000);
    CHECK_INT(config.workers, 5);
    CHECK_INT(config.announce_count, 2);
    REQUIRE_OK(load(&config, "--announce 198.51.100.1"));
    CHECK_INT(config.announce_count, 1);
out:;
}

TEST(ice_servers_are_a_list_in_every_source)
{
    static const char *const variables[][2] = {
        {"TANDEM_ICE_SERVER", "stun:a.example, turn:[2001:db8::1]:3478?transport=udp"},
        {"TANDEM_TURN_SECRET", "s"},
        {NULL, NULL}};
    struct config config;
    environment = variables;
    REQUIRE_OK(load(&config, ""));
    CHECK_INT(config.ice_servers.count, 2);
    CHECK_STR(config.ice_servers.urls[1], "turn:[2001:db8::1]:3478?transport=udp");
    REQUIRE_OK(config_finish(&config, 1, why));
    REQUIRE_OK(load(&config, "--ice-server turns:b.example"));
    CHECK_INT(config.ice_servers.count, 1);
    CHECK_STR(config.ice_servers.urls[0], "turns:b.example");
out:;
}

TEST(says_what_is_wrong)
{
    static const struct {
        const char *flags;
        const char *why;
    } cases[] = {
        {"--media-port 0", "--media-port must be a number from 1 to 65535"},
        {"--media-port 70000", "--media-port must be a number from 1 to 65535"},
        {"--media-port x", "--media-port must be a number from 1 to 65535"},
        {"--udp maybe", "--udp must be on or off"},
        {"--http 8080", "--http must be an address with port, like 127.0.0.1:8080 or [::1]:8080"},
        {"--announce example.org",
         "--announce must be an IP address, like 192.0.2.1 or 2001:db8::1"},
        {"--announce 0.0.0.0", "--announce must be an IP address, like 192.0.2.1 or 2001:db8::1"},
        {"--ice-server http://a",
         "--ice-server must be a URL like stun:stun.example.org, turn:turn.example.org:3478 or "
         "turns:turn.example.org?transport=tcp"},
        {"--colour red", "there is no option --colour"},
        {"--workers", "--workers needs a value"},
        {"serve", "what is \"serve\"? Options begin with --"},
        {"--log-level loud", "--log-level must be error, warn, info or debug"},
    };
    environment = NULL;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct config config;
        CHECK_INT(load(&config, cases[i].flags), ERR_INVALID);
        CHECK_STR(why, cases[i].why);
    }
    goto out;
out:;
}

TEST(nobody_runs_an_open_relay_by_accident)
{
    struct config config;
    environment = NULL;
    REQUIRE_OK(load(&config, "--http 0.0.0.0:8080"));
    CHECK_INT(config_finish(&config, 1, why), ERR_INVALID);
    CHECK(strstr(why, "--secret") != NULL && strstr(why, "--open") != NULL);
    REQUIRE_OK(load(&config, "--http 0.0.0.0:8080 --open"));
    CHECK_INT(config_finish(&config, 1, why), 0);
    REQUIRE_OK(load(&config, "--http 0.0.0.0:8080 --secret short"));
    CHECK_INT(config_finish(&config, 1, why), ERR_INVALID);
    REQUIRE_OK(load(&config, "--http 0.0.0.0:8080 --secret 0123456789abcdef0123456789abcdef"));
    CHECK_INT(config_finish(&config, 1, why), 0);
out:;
}

TEST(options_that_contradict_each_other_are_refused)
{
    static const char *const cases[] = {"--udp off --tcp off",
                                        "--tls-cert a",
                                        "--tls-key a",
                                        "--media-port 65530 --workers 8",
                                        "--turn-secret s",
                                        "--ice-server turn:a",
                                        "--ice-server stun:a --turn-secret s"};
    environment = NULL;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct config config;
        REQUIRE_OK(load(&config, cases[i]));
        CHECK_INT(config_finish(&config, 1, why), ERR_INVALID);
    }
out:;
}

/** Writes text to a temporary file; path has room for 64 bytes. */
static bool write_file(const char *text, char *path)
{
    memcpy(path, "/tmp/tandem-config-XXXXXX", 26);
    int fd = mkstemp(path);
    size_t len = strlen(text);
    bool good = fd >= 0 && write(fd, text, len) == (ssize_t)len;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good;
}

TEST(reads_a_file_that_the_others_beat)
{
    static const char *const variables[][2] = {{"TANDEM_WORKERS", "3"}, {NULL, NULL}};
    char path[64] = "";
    char flags[128];
    struct config config;
    environment = variables;
    REQUIRE(write_file("media-port = 41000;\nworkers = 2;\nudp = true;\nopen = true;\n"
                       "announce = [\"192.0.2.1\", \"192.0.2.2\"];\nhttp = \"127.0.0.1:1\";\n",
                       path));
    (void)snprintf(flags, sizeof(flags), "--config %s --http 127.0.0.1:2", path);
    REQUIRE_OK(load(&config, flags));
    CHECK_INT(config.media_port, 41000);
    CHECK_INT(config.workers, 3);
    CHECK_INT(config.announce_count, 2);
    CHECK(config.open);
    CHECK_INT(config.http.port, 2);
out:
    (void)unlink(path);
}

TEST(says_where_a_file_is_wrong)
{
    char path[64] = "";
    char flags[128];
    struct config config;
    environment = NULL;
    REQUIRE(write_file("workers = 2;\ncolour = \"red\";\n", path));
    (void)snprintf(flags, sizeof(flags), "--config=%s", path);
    CHECK_INT(load(&config, flags), ERR_INVALID);
    CHECK(strstr(why, "line 2: there is no option colour") != NULL);
    (void)unlink(path);
    REQUIRE(write_file("workers = 2;\nhttp = 127.0.0.1:80;\n", path));
    (void)snprintf(flags, sizeof(flags), "--config=%s", path);
    CHECK_INT(load(&config, flags), ERR_IO);
    CHECK(strstr(why, "line 2: syntax error; a line is name = value; and text is quoted") != NULL);
    CHECK_INT(load(&config, "--config /nowhere/tandem.conf"), ERR_IO);
    CHECK(strstr(why, "/nowhere/tandem.conf: No such file") != NULL);
out:
    (void)unlink(path);
}

TEST(prints_what_it_reads_back)
{
    char path[64] = "";
    char flags[128];
    struct config config;
    struct config back;
    FILE *file = NULL;
    environment = NULL;
    REQUIRE(write_file("", path));
    file = fopen(path, "w");
    REQUIRE(file != NULL);
    REQUIRE_OK(load(&config,
                    "--announce 192.0.2.1 --workers 7 --secret 0123456789abcdef0123456789abcdef "
                    "--ice-server stun:a --ice-server turn:b --turn-secret hidden"));
    config_print(&config, file);
    (void)fclose(file);
    (void)snprintf(flags, sizeof(flags), "--config %s", path);
    REQUIRE_OK(load(&back, flags));
    CHECK_INT(back.workers, 7);
    CHECK_INT(back.announce_count, 1);
    CHECK_STR(back.secret, "");
    CHECK_STR(back.turn_secret, "");
    CHECK_INT(back.ice_servers.count, 2);
    CHECK_STR(back.ice_servers.urls[1], "turn:b");
out:
    (void)unlink(path);
}

#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "base/err.h"
#include "base/str.h"
#include "bridge/audio_bridge.h"
#include "net/gather.h"

enum option_type {
    OPTION_COUNT,   /**< unsigned, least..most */
    OPTION_SWITCH,  /**< bool: on or off */
    OPTION_TEXT,    /**< char[CONFIG_TEXT_BYTES] */
    OPTION_SECRET,  /**< text that is not printed */
    OPTION_ADDRESS, /**< struct addr with port */
    OPTION_HOSTS,   /**< config->announce, repeatable */
    OPTION_SERVERS, /**< config->ice_servers, repeatable */
    OPTION_LEVEL    /**< enum log_level */
};

struct option {
    const char *name;
    enum option_type type;
    size_t offset;
    unsigned least;
    unsigned most;
    const char *initial; /**< as text; NULL for none */
    const char *argument;
    const char *help;
};

#define AT(field) offsetof(struct config, field)

static const struct option options[] = {
    {"http", OPTION_ADDRESS, AT(http), 0, 0, "127.0.0.1:8080", "ADDR:PORT",
     "where HTTP and WebSocket are served; other than loopback needs --secret or --open"},
    {"media-port", OPTION_COUNT, AT(media_port), 1, 65535, "50000", "PORT",
     "UDP and TCP port of the first worker; worker i has PORT + i"},
    {"workers", OPTION_COUNT, AT(workers), 0, 64, "0", "N", "media threads; 0 = one for each core"},
    {"codec-threads", OPTION_COUNT, AT(codec_threads), 0, 64, "0", "N",
     "threads that compose pictures; 0 = one for each core"},
    {"compositions", OPTION_COUNT, AT(compositions), 0, 64, "4", "N",
     "rooms with a composed picture on each of these threads; others stay forwarded; 0 = none"},
    {"announce", OPTION_HOSTS, 0, 0, 0, NULL, "ADDR",
     "address that clients shall send media to, instead of all of this machine's (repeatable)"},
    {"udp", OPTION_SWITCH, AT(udp), 0, 0, "on", "on|off", "offer media over UDP"},
    {"tcp", OPTION_SWITCH, AT(tcp), 0, 0, "on", "on|off", "offer media over TCP on the same ports"},
    {"gather-us", OPTION_COUNT, AT(gather_us), 0, GATHER_MOST_US, "1000", "US",
     "where datagrams come by the thousand, wait so long to take many at once; 0 = never"},
    {"secret", OPTION_SECRET, AT(secret), 0, 0, NULL, "TEXT",
     "key that tokens are signed with (HS256), 32 characters or more; better in TANDEM_SECRET or "
     "the file"},
    {"open", OPTION_SWITCH, AT(open), 0, 0, "off", "on|off",
     "serve without a secret on an address that others can reach"},
    {"ice-server", OPTION_SERVERS, 0, 0, 0, NULL, "URL",
     "STUN or TURN server that clients are told of, like turn:turn.example.org?transport=udp "
     "(repeatable)"},
    {"turn-secret", OPTION_SECRET, AT(turn_secret), 0, 0, NULL, "TEXT",
     "key shared with the TURN servers (coturn: static-auth-secret); better in TANDEM_TURN_SECRET "
     "or the file"},
    {"tls-cert", OPTION_TEXT, AT(tls_cert), 0, 0, NULL, "FILE",
     "certificate chain (PEM) for HTTPS"},
    {"tls-key", OPTION_TEXT, AT(tls_key), 0, 0, NULL, "FILE", "its private key (PEM)"},
    {"max-participants", OPTION_COUNT, AT(max_participants), 2, 100000, "1000", "N",
     "participants that a room may have"},
    {"grace", OPTION_COUNT, AT(grace_s), 0, 3600, "10", "SECONDS",
     "life of a room after its last participant"},
    {"drain-seconds", OPTION_COUNT, AT(drain_s), 0, 604800, "10", "SECONDS",
     "how long calls may go on after SIGTERM"},
    {"joins-per-minute", OPTION_COUNT, AT(joins_per_minute), 0, 1000000, "600", "N",
     "joins taken from one address that is not this machine; 0 = no limit"},
    {"mix-speakers", OPTION_COUNT, AT(mix_speakers), 1, AUDIO_BRIDGE_MAX_SPEAKERS, "3", "N",
     "voices that are heard at a time where sound is mixed"},
    {"mix-bitrate", OPTION_COUNT, AT(mix_bitrate), AUDIO_BRIDGE_MIN_BPS, AUDIO_BRIDGE_MAX_BPS,
     "128000", "BPS", "bits a second of a mix, unless its listener or his link wants less"},
    {"mix-complexity", OPTION_COUNT, AT(mix_complexity), 0, AUDIO_BRIDGE_MAX_COMPLEXITY, "5", "N",
     "effort that the mixes' Opus encoders make, 0 to 10"},
    {"mix-dtx", OPTION_SWITCH, AT(mix_dtx), 0, 0, "on", "on|off",
     "ask whoever hears a mix to send next to nothing while silent (Opus DTX)"},
    {"log-level", OPTION_LEVEL, AT(log_level), 0, 0, "info", "LEVEL", "error, warn, info or debug"},
    {"config", OPTION_TEXT, AT(file), 0, 0, NULL, "FILE",
     "read options from this file (name = value;)"},
};

enum { OPTION_TOTAL = sizeof(options) / sizeof(options[0]) };

static const struct option *find_option(const char *name)
{
    for (size_t i = 0; i < OPTION_TOTAL; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

static int wrong(char why[CONFIG_WHY_BYTES], const struct option *option, const char *wanted)
{
    (void)snprintf(why, CONFIG_WHY_BYTES, "%s must be %s", option->name, wanted);
    return ERR_INVALID;
}

static int set_count(unsigned *out, const struct option *option, const char *text,
                     char why[CONFIG_WHY_BYTES])
{
    uint64_t value = 0;
    if (str_view_u64(str_view_text(text), option->most, &value) != 0 || value < option->least) {
        char wanted[64];
        (void)snprintf(wanted, sizeof(wanted), "a number from %u to %u", option->least,
                       option->most);
        return wrong(why, option, wanted);
    }
    *out = (unsigned)value;
    return 0;
}

static int set_switch(bool *out, const struct option *option, const char *text,
                      char why[CONFIG_WHY_BYTES])
{
    bool on = strcmp(text, "on") == 0 || strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    bool off = strcmp(text, "off") == 0 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
    if (!on && !off) {
        return wrong(why, option, "on or off");
    }
    *out = on;
    return 0;
}

static int set_text(char *out, const struct option *option, const char *text,
                    char why[CONFIG_WHY_BYTES])
{
    size_t len = strlen(text);
    if (len >= CONFIG_TEXT_BYTES) {
        return wrong(why, option, "shorter than 512 bytes");
    }
    memcpy(out, text, len + 1);
    return 0;
}

static int add_host(struct config *config, const struct option *option, const char *text,
                    char why[CONFIG_WHY_BYTES])
{
    if (config->announce_count == CONFIG_MAX_ANNOUNCE) {
        return wrong(why, option, "given 16 times at most");
    }
    struct addr *host = &config->announce[config->announce_count];
    if (addr_parse_ip(text, 0, host) != 0 || addr_is_any(host)) {
        return wrong(why, option, "an IP address, like 192.0.2.1 or 2001:db8::1");
    }
    config->announce_count++;
    return 0;
}

static int add_server(struct config *config, const struct option *option, const char *text,
                      char why[CONFIG_WHY_BYTES])
{
    int err = ice_servers_add(&config->ice_servers, text);
    if (err == ERR_FULL) {
        return wrong(why, option, "given 8 times at most");
    }
    return err == 0 ? 0
                    : wrong(why, option,
                            "a URL like stun:stun.example.org, turn:turn.example.org:3478 or "
                            "turns:turn.example.org?transport=tcp");
}

static bool is_list(const struct option *option)
{
    return option->type == OPTION_HOSTS || option->type == OPTION_SERVERS;
}

/** A source that says something about a list replaces what the weaker ones said. */
static void clear_list(struct config *config, const struct option *option)
{
    if (option->type == OPTION_HOSTS) {
        config->announce_count = 0;
    } else if (option->type == OPTION_SERVERS) {
        config->ice_servers.count = 0;
    }
}

static int set_option(struct config *config, const struct option *option, const char *text,
                      char why[CONFIG_WHY_BYTES])
{
    void *at = (char *)config + option->offset;
    switch (option->type) {
    case OPTION_COUNT:
        return set_count(at, option, text, why);
    case OPTION_SWITCH:
        return set_switch(at, option, text, why);
    case OPTION_TEXT:
    case OPTION_SECRET:
        return set_text(at, option, text, why);
    case OPTION_ADDRESS:
        return addr_parse(text, at) == 0
                   ? 0
                   : wrong(why, option, "an address with port, like 127.0.0.1:8080 or [::1]:8080");
    case OPTION_HOSTS:
        return add_host(config, option, text, why);
    case OPTION_SERVERS:
        return add_server(config, option, text, why);
    case OPTION_LEVEL:
    default:
        return log_level_parse(text, at) == 0 ? 0
                                              : wrong(why, option, "error, warn, info or debug");
    }
}

void config_defaults(struct config *config)
{
    char why[CONFIG_WHY_BYTES];
    memset(config, 0, sizeof(*config));
    for (size_t i = 0; i < OPTION_TOTAL; i++) {
        if (options[i].initial != NULL) {
            (void)set_option(config, &options[i], options[i].initial, why);
        }
    }
}

/* ---- the file ---- */

/** One value of the file as text, so that all sources take the same way. */
static int set_scalar(struct config *config, const struct option *option,
                      const config_setting_t *setting, char why[CONFIG_WHY_BYTES])
{
    char number[32];
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
        (void)snprintf(number, sizeof(number), "%d", config_setting_get_int(setting));
        return set_option(config, option, number, why);
    case CONFIG_TYPE_BOOL:
        return set_option(config, option, config_setting_get_bool(setting) ? "on" : "off", why);
    case CONFIG_TYPE_STRING:
        return set_option(config, option, config_setting_get_string(setting), why);
    default:
        return wrong(why, option, "a number, a text in quotes, true or false");
    }
}

static int set_from_file(struct config *config, const config_setting_t *setting,
                         char why[CONFIG_WHY_BYTES])
{
    const char *name = config_setting_name(setting);
    const struct option *option = find_option(name);
    if (option == NULL) {
        (void)snprintf(why, CONFIG_WHY_BYTES, "there is no option %.100s", name);
        return ERR_INVALID;
    }
    if (!is_list(option) || config_setting_is_scalar(setting)) {
        return set_scalar(config, option, setting, why);
    }
    for (int i = 0; i < config_setting_length(setting); i++) {
        int err = set_scalar(config, option, config_setting_get_elem(setting, (unsigned)i), why);
        if (err != 0) {
            return err;
        }
    }
    return 0;
}

static int load_file(struct config *config, const char *path, char why[CONFIG_WHY_BYTES])
{
    config_t file;
    config_init(&file);
    int err = 0;
    errno = 0;
    if (config_read_file(&file, path) != CONFIG_TRUE) {
        if (config_error_type(&file) == CONFIG_ERR_FILE_IO) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "%.200s: %.100s", path,
                           errno == 0 ? "cannot be read" : strerror(errno));
        } else {
            (void)snprintf(why, CONFIG_WHY_BYTES,
                           "%.200s, line %d: %.100s; a line is name = value; and text is quoted",
                           path, config_error_line(&file), config_error_text(&file));
        }
        err = ERR_IO;
    }
    const config_setting_t *root = config_root_setting(&file);
    for (int i = 0; err == 0 && i < config_setting_length(root); i++) {
        char what[CONFIG_WHY_BYTES];
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        err = set_from_file(config, setting, what);
        if (err != 0) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "%.200s, line %d: %.200s", path,
                           config_setting_source_line(setting), what);
        }
    }
    config_destroy(&file);
    return err;
}

/* ---- the environment ---- */

static void variable_name(const struct option *option, char out[64])
{
    int len = snprintf(out, 64, "TANDEM_%s", option->name);
    for (int i = 0; i < len; i++) {
        int upper = toupper((unsigned char)out[i]);
        out[i] = (char)(upper == '-' ? '_' : upper);
    }
}

/** Every item of a list that is separated by commas. */
static int set_list(struct config *config, const struct option *option, const char *text,
                    char why[CONFIG_WHY_BYTES])
{
    struct str_view rest = str_view_text(text);
    while (rest.at != NULL) {
        char item[CONFIG_TEXT_BYTES];
        struct str_view part = str_view_trim(str_view_cut(&rest, ','));
        int err = str_view_copy(part, item, sizeof(item));
        err = err != 0 ? wrong(why, option, "a list of shorter items")
                       : set_option(config, option, item, why);
        if (err != 0) {
            return err;
        }
    }
    return 0;
}

static int load_environment(struct config *config, char *(*lookup)(const char *name),
                            char why[CONFIG_WHY_BYTES])
{
    for (size_t i = 0; i < OPTION_TOTAL; i++) {
        char name[64];
        char what[CONFIG_WHY_BYTES];
        variable_name(&options[i], name);
        const char *text = lookup(name);
        if (text == NULL) {
            continue;
        }
        clear_list(config, &options[i]);
        int err = is_list(&options[i]) ? set_list(config, &options[i], text, what)
                                       : set_option(config, &options[i], text, what);
        if (err != 0) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "environment %s: %.400s", name, what);
            return err;
        }
    }
    return 0;
}

/* ---- the command line ---- */

/** Splits "--name=value", or takes the value from the next argument. */
struct flag {
    char name[64];
    const char *value; /**< NULL when there is none */
    int taken;         /**< arguments */
};

static void read_flag(int left, char *const *argv, struct flag *out)
{
    const char *text = argv[0] + 2;
    const char *equals = strchr(text, '=');
    size_t len = equals == NULL ? strlen(text) : (size_t)(equals - text);
    len = len < sizeof(out->name) - 1 ? len : sizeof(out->name) - 1;
    memcpy(out->name, text, len);
    out->name[len] = '\0';
    out->value = equals == NULL ? NULL : equals + 1;
    out->taken = 1;
    if (out->value == NULL && left > 1 && strncmp(argv[1], "--", 2) != 0) {
        out->value = argv[1];
        out->taken = 2;
    }
}

static bool read_wish(const char *name, enum config_wish *wish)
{
    static const struct {
        const char *name;
        enum config_wish wish;
    } wishes[] = {
        {"help", CONFIG_HELP}, {"version", CONFIG_VERSION}, {"print-config", CONFIG_PRINT}};
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        if (strcmp(name, wishes[i].name) == 0) {
            *wish = wishes[i].wish;
            return true;
        }
    }
    return false;
}

static int load_flags(struct config *config, int argc, char *const *argv, enum config_wish *wish,
                      char why[CONFIG_WHY_BYTES])
{
    bool listed[OPTION_TOTAL] = {false};
    for (int i = 0; i < argc;) {
        if (strncmp(argv[i], "--", 2) != 0) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "what is \"%.100s\"? Options begin with --",
                           argv[i]);
            return ERR_INVALID;
        }
        struct flag flag;
        read_flag(argc - i, argv + i, &flag);
        if (read_wish(flag.name, wish)) {
            i++;
            continue;
        }
        const struct option *option = find_option(flag.name);
        if (option == NULL) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "there is no option --%s", flag.name);
            return ERR_INVALID;
        }
        if (flag.value == NULL && option->type != OPTION_SWITCH) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "--%s needs a value", flag.name);
            return ERR_INVALID;
        }
        if (!listed[option - options]) {
            clear_list(config, option);
            listed[option - options] = true;
        }
        char what[CONFIG_WHY_BYTES];
        int err = set_option(config, option, flag.value == NULL ? "on" : flag.value, what);
        if (err != 0) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "--%.400s", what);
            return err;
        }
        i += flag.taken;
    }
    return 0;
}

/** The file's name has to be known before anything else is read. */
static const char *find_file(int argc, char *const *argv, char *(*lookup)(const char *name))
{
    const char *path = lookup("TANDEM_CONFIG");
    for (int i = 0; i < argc; i++) {
        struct flag flag;
        if (strncmp(argv[i], "--config", 8) == 0) {
            read_flag(argc - i, argv + i, &flag);
            path = strcmp(flag.name, "config") == 0 && flag.value != NULL ? flag.value : path;
        }
    }
    return path;
}

int config_load(struct config *config, int argc, char *const *argv,
                char *(*lookup)(const char *name), enum config_wish *wish,
                char why[CONFIG_WHY_BYTES])
{
    *wish = CONFIG_RUN;
    config_defaults(config);
    const char *path = find_file(argc, argv, lookup);
    int err = path == NULL || path[0] == '\0' ? 0 : load_file(config, path, why);
    if (err == 0) {
        err = load_environment(config, lookup, why);
    }
    return err != 0 ? err : load_flags(config, argc, argv, wish, why);
}

int config_finish(struct config *config, unsigned cores, char why[CONFIG_WHY_BYTES])
{
    const char *fault = NULL;
    if (config->workers == 0) {
        config->workers = cores < 1 ? 1 : cores > 64 ? 64 : cores;
    }
    if (config->codec_threads == 0) {
        config->codec_threads = cores < 1 ? 1 : cores > 64 ? 64 : cores;
    }
    size_t secret = strlen(config->secret);
    if (secret == 0 && !config->open && !addr_is_loopback(&config->http)) {
        fault = "without --secret the relay is open to everybody who reaches it, so HTTP is only "
                "served on loopback "
                "(127.0.0.1 or [::1]); give --secret, or --open if that is meant";
    } else if (secret > 0 && secret < 32) {
        fault = "secret must have 32 characters or more, for example from: openssl rand -base64 33";
    } else if ((config->tls_cert[0] == '\0') != (config->tls_key[0] == '\0')) {
        fault = "tls-cert and tls-key are only of use together";
    } else if (ice_servers_have_turn(&config->ice_servers) != (config->turn_secret[0] != '\0')) {
        fault = "turn-secret and an ice-server that is a TURN server are only of use together";
    } else if (!config->udp && !config->tcp) {
        fault = "udp and tcp cannot both be off";
    } else if (config->media_port + config->workers - 1 > 65535) {
        fault = "media-port + workers goes beyond port 65535";
    }
    if (fault != NULL) {
        (void)snprintf(why, CONFIG_WHY_BYTES, "%s", fault);
        return ERR_INVALID;
    }
    return 0;
}

void config_help(FILE *to)
{
    (void)fputs(
        "tandem: a relay for voice and video calls\n\n"
        "  tandem [options]                  serve calls\n"
        "  tandem token --room R --name N [--identity I] [--moderator] [--ttl 6h] [--secret TEXT]\n"
        "                                    print an access token\n\n"
        "Options, also as TANDEM_NAME in the environment and as name = value; in the file:\n",
        to);
    for (size_t i = 0; i < OPTION_TOTAL; i++) {
        char flag[64];
        (void)snprintf(flag, sizeof(flag), "--%s %s", options[i].name, options[i].argument);
        (void)fprintf(to, "  %-28s %s", flag, options[i].help);
        (void)fprintf(to, options[i].initial == NULL ? "\n" : " [%s]\n", options[i].initial);
    }
    (void)fputs("  --print-config               print what is in force, as a file, and exit\n"
                "  --version, --help\n",
                to);
}

static void print_announce(const struct config *config, FILE *to)
{
    (void)fputs("[", to);
    for (size_t i = 0; i < config->announce_count; i++) {
        char text[ADDR_TEXT_MAX];
        (void)fprintf(to, "%s\"%s\"", i == 0 ? "" : ", ",
                      addr_format_ip(&config->announce[i], text));
    }
    (void)fputs("]", to);
}

static void print_servers(const struct config *config, FILE *to)
{
    (void)fputs("[", to);
    for (size_t i = 0; i < config->ice_servers.count; i++) {
        (void)fprintf(to, "%s\"%s\"", i == 0 ? "" : ", ", config->ice_servers.urls[i]);
    }
    (void)fputs("]", to);
}

static void print_value(const struct config *config, const struct option *option, FILE *to)
{
    const void *at = (const char *)config + option->offset;
    char text[ADDR_TEXT_MAX];
    switch (option->type) {
    case OPTION_COUNT:
        (void)fprintf(to, "%u", *(const unsigned *)at);
        break;
    case OPTION_SWITCH:
        (void)fputs(*(const bool *)at ? "true" : "false", to);
        break;
    case OPTION_ADDRESS:
        (void)fprintf(to, "\"%s\"", addr_format(at, text));
        break;
    case OPTION_HOSTS:
        print_announce(config, to);
        break;
    case OPTION_SERVERS:
        print_servers(config, to);
        break;
    case OPTION_LEVEL:
        (void)fprintf(to, "\"%s\"", log_level_name(*(const enum log_level *)at));
        break;
    case OPTION_TEXT:
    case OPTION_SECRET:
    default:
        (void)fprintf(to, "\"%s\"", (const char *)at);
        break;
    }
}

void config_print(const struct config *config, FILE *to)
{
    for (size_t i = 0; i < OPTION_TOTAL; i++) {
        const struct option *option = &options[i];
        if (option->type == OPTION_SECRET) {
            const char *secret = (const char *)config + option->offset;
            (void)fprintf(to, "# %s is %s\n", option->name, secret[0] == '\0' ? "not set" : "set");
            continue;
        }
        if (strcmp(option->name, "config") == 0) {
            continue;
        }
        (void)fprintf(to, "%s = ", option->name);
        print_value(config, option, to);
        (void)fputs(";\n", to);
    }
}

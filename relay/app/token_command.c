#include "token_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token.h"
#include "base/err.h"
#include "base/mono.h"
#include "base/str.h"
#include "config.h"

enum { DAY_S = 86400, MAX_DAYS = 3650, MAX_ARGUMENTS = 64 };

struct wanted {
    struct grants grants;
    int64_t ttl_s;
};

int token_command_duration(const char *text, int64_t *seconds)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY_S}};
    size_t len = strlen(text);
    int64_t unit = 1;
    for (size_t i = 0; len > 0 && i < sizeof(units) / sizeof(units[0]); i++) {
        if (text[len - 1] == units[i].letter) {
            unit = units[i].seconds;
            len--;
            break;
        }
    }
    uint64_t value = 0;
    if (str_view_u64(str_view_of(text, len), (uint64_t)MAX_DAYS * DAY_S / (uint64_t)unit, &value) !=
            0 ||
        value == 0) {
        return ERR_INVALID;
    }
    *seconds = (int64_t)value * unit;
    return 0;
}

static const char usage[] =
    "tandem token: prints an access token, to append to the page's URL as #token=...\n"
    "\n"
    "  --room R         the room that it opens\n"
    "  --name N         what its bearer is called there\n"
    "  --identity I     who that is: publishing again by WHIP replaces what the same one published "
    "[N]\n"
    "  --moderator      may mute and remove others\n"
    "  --ttl TIME       how long it may be used to join, like 90s, 15m, 6h or 30d [6h]\n"
    "  --secret TEXT    key of the relay; better in TANDEM_SECRET or the file\n"
    "  --config FILE    file to read it from\n";

static int complain(const char *what)
{
    (void)fprintf(stderr, "tandem token: %s\n", what);
    return 2;
}

static int complain_of(const char *flag, const char *what)
{
    (void)fprintf(stderr, "tandem token: %s %s\n", flag, what);
    return 2;
}

/** Takes the arguments that are ours; the others (--secret, --config) go to the options. @return 0,
 * or an exit status */
static int read_arguments(int argc, char *const *argv, struct wanted *wanted, char **rest,
                          int *rest_count)
{
    for (int i = 0; i < argc; i++) {
        const struct {
            const char *flag;
            char *to;
            size_t bytes;
        } texts[] = {
            {"--room", wanted->grants.room, sizeof(wanted->grants.room)},
            {"--name", wanted->grants.name, sizeof(wanted->grants.name)},
            {"--identity", wanted->grants.identity, sizeof(wanted->grants.identity)},
        };
        bool taken = false;
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            if (strcmp(argv[i], texts[k].flag) == 0) {
                if (i + 1 == argc) {
                    return complain_of(texts[k].flag, "needs a value");
                }
                if (str_view_copy(str_view_text(argv[i + 1]), texts[k].to, texts[k].bytes) != 0) {
                    return complain_of(texts[k].flag, "has a value that is too long");
                }
                i++;
                taken = true;
                break;
            }
        }
        if (taken) {
            continue;
        }
        if (strcmp(argv[i], "--moderator") == 0) {
            wanted->grants.room_admin = true;
        } else if (strcmp(argv[i], "--ttl") == 0) {
            i++;
            if (i == argc || token_command_duration(argv[i], &wanted->ttl_s) != 0) {
                return complain("--ttl must be like 90s, 15m, 6h or 30d, ten years at most");
            }
        } else if (*rest_count < MAX_ARGUMENTS) {
            rest[(*rest_count)++] = argv[i];
        }
    }
    return 0;
}

static char *look_up(const char *name)
{
    return getenv(name);
}

int token_command_run(int argc, char *const *argv)
{
    struct wanted wanted = {.ttl_s = (int64_t)6 * 3600};
    struct config config;
    enum config_wish wish = CONFIG_RUN;
    char why[CONFIG_WHY_BYTES];
    char *rest[MAX_ARGUMENTS];
    int rest_count = 0;
    grants_open(&wanted.grants);
    int status = read_arguments(argc, argv, &wanted, rest, &rest_count);
    if (status != 0) {
        return status;
    }
    if (config_load(&config, rest_count, rest, look_up, &wish, why) != 0) {
        return complain(why);
    }
    if (wish == CONFIG_HELP) {
        (void)fputs(usage, stdout);
        return 0;
    }
    if (wish != CONFIG_RUN || wanted.grants.room[0] == '\0') {
        return complain("give --room R and --name N, and the secret in TANDEM_SECRET or the file");
    }
    if (!str_is_name(wanted.grants.room)) {
        return complain("there can be no such room: its name is 1 to 64 of A-Z a-z 0-9 . _ ~ -");
    }
    if (config.secret[0] == '\0') {
        return complain("no secret was given: put the relay's own into TANDEM_SECRET, or name the "
                        "relay's file by --config");
    }
    if (strlen(config.secret) < TOKEN_MIN_SECRET_BYTES) {
        return complain("the secret must have 32 characters or more, the same as the relay has");
    }
    if (wanted.grants.identity[0] == '\0') {
        memcpy(wanted.grants.identity, wanted.grants.name, sizeof(wanted.grants.identity) - 1);
    }
    char *token = NULL;
    if (token_make(&wanted.grants, config.secret, mono_wall_us() / 1000000, wanted.ttl_s, &token) !=
        0) {
        return complain("these values cannot go into a token");
    }
    (void)puts(token);
    free(token);
    return 0;
}

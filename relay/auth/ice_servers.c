#include "auth/ice_servers.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";

static bool is_made_of(struct str_view text, const char *allowed)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\0' || strchr(allowed, text.at[i]) == NULL) {
            return false;
        }
    }
    return text.len > 0;
}

/** "host", "host:port", "[v6]" or "[v6]:port". */
static bool is_authority(struct str_view text)
{
    bool bracket = str_view_starts(text, "[");
    struct str_view rest = text;
    struct str_view host = str_view_cut(&rest, bracket ? ']' : ':');
    if (bracket) {
        host = str_view_of(host.at + 1, host.len - 1);
        if (rest.at == NULL || !is_made_of(host, "0123456789abcdefABCDEF:.")) {
            return false;
        }
        if (rest.len == 0) {
            return true;
        }
        if (!str_view_starts(rest, ":")) {
            return false;
        }
        rest = str_view_of(rest.at + 1, rest.len - 1);
    } else if (!is_made_of(host, letters)) {
        return false;
    }
    uint64_t port = 0;
    return rest.at == NULL || (str_view_u64(rest, 65535, &port) == 0 && port > 0);
}

static bool is_url(const char *url)
{
    struct str_view rest = str_view_text(url);
    struct str_view scheme = str_view_cut(&rest, ':');
    bool stun = str_view_equal(scheme, "stun");
    if (rest.at == NULL || (!stun && !ice_servers_is_turn(url))) {
        return false;
    }
    struct str_view authority = str_view_cut(&rest, '?');
    bool known =
        rest.at == NULL ||
        (!stun && (str_view_equal(rest, "transport=udp") || str_view_equal(rest, "transport=tcp")));
    return known && is_authority(authority);
}

int ice_servers_add(struct ice_servers *servers, const char *url)
{
    size_t len = strlen(url);
    if (len >= ICE_SERVERS_URL_BYTES || !is_url(url)) {
        return ERR_INVALID;
    }
    if (servers->count == ICE_SERVERS_MAX) {
        return ERR_FULL;
    }
    memcpy(servers->urls[servers->count++], url, len + 1);
    return 0;
}

bool ice_servers_is_turn(const char *url)
{
    return strncmp(url, "turn:", 5) == 0 || strncmp(url, "turns:", 6) == 0;
}

bool ice_servers_have_turn(const struct ice_servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        if (ice_servers_is_turn(servers->urls[i])) {
            return true;
        }
    }
    return false;
}

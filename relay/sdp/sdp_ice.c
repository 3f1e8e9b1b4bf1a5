#include "sdp/sdp_ice.h"

#include "base/err.h"
#include "sdp/sdp_stream.h"

static int parse_number(struct str_view *rest, uint64_t max, uint64_t *out)
{
    struct str_view word = {0};
    return sdp_next_word(rest, &word) ? str_view_u64(word, max, out) : ERR_MALFORMED;
}

/** The pairs behind the type: what we know is kept, what we do not is passed over (RFC 8839 5.1).
 */
static void parse_extensions(struct str_view rest, struct sdp_candidate *out)
{
    struct str_view name = {0};
    struct str_view value = {0};
    while (sdp_next_word(&rest, &name) && sdp_next_word(&rest, &value)) {
        if (str_view_equal(name, "tcptype")) {
            out->tcp_type = value;
        } else if (str_view_equal(name, "ufrag")) {
            out->ufrag = value;
        }
    }
}

int sdp_candidate_parse(struct str_view value, struct sdp_candidate *out)
{
    struct sdp_candidate candidate = {0};
    struct str_view rest = value;
    struct str_view typ = {0};
    uint64_t component = 0;
    uint64_t priority = 0;
    uint64_t port = 0;
    if (!sdp_next_word(&rest, &candidate.foundation) ||
        parse_number(&rest, UINT8_MAX, &component) != 0 ||
        !sdp_next_word(&rest, &candidate.transport) ||
        parse_number(&rest, UINT32_MAX, &priority) != 0 ||
        !sdp_next_word(&rest, &candidate.address) || parse_number(&rest, UINT16_MAX, &port) != 0) {
        return ERR_MALFORMED;
    }
    if (!sdp_next_word(&rest, &typ) || !str_view_equal(typ, "typ") ||
        !sdp_next_word(&rest, &candidate.type)) {
        return ERR_MALFORMED;
    }
    candidate.component = (uint32_t)component;
    candidate.priority = (uint32_t)priority;
    candidate.port = (uint16_t)port;
    parse_extensions(rest, &candidate);
    *out = candidate;
    return 0;
}

bool sdp_is_ice_text(struct str_view text, size_t min)
{
    if (text.len < min || text.len > SDP_ICE_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              c == '+' || c == '/')) {
            return false;
        }
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int sdp_fingerprint_parse(struct str_view value, struct sdp_fingerprint *out)
{
    struct sdp_fingerprint print = {0};
    struct str_view rest = value;
    struct str_view hash = {0};
    struct str_view hex = {0};
    if (!sdp_next_word(&rest, &hash) || !sdp_next_word(&rest, &hex) || !sdp_is_token(hash)) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < hash.len && i + 1 < sizeof(print.hash); i++) {
        char c = hash.at[i];
        print.hash[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    while (hex.len > 0) {
        struct str_view pair = str_view_cut(&hex, ':');
        int high = pair.len == 2 ? hex_digit(pair.at[0]) : -1;
        int low = pair.len == 2 ? hex_digit(pair.at[1]) : -1;
        if (high < 0 || low < 0 || print.bytes == SDP_MAX_HASH_BYTES) {
            return ERR_MALFORMED;
        }
        print.value[print.bytes++] = (uint8_t)(high * 16 + low);
    }
    *out = print;
    return 0;
}

int sdp_setup_parse(struct str_view value, enum sdp_setup *out)
{
    static const char *const names[] = {
        [SDP_SETUP_ACTPASS] = "actpass",
        [SDP_SETUP_ACTIVE] = "active",
        [SDP_SETUP_PASSIVE] = "passive",
        [SDP_SETUP_HOLDCONN] = "holdconn",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (str_view_equal(value, names[i])) {
            *out = (enum sdp_setup)i;
            return 0;
        }
    }
    return ERR_MALFORMED;
}

#include "sdp/sdp_stream.h"

#include <string.h>

#include "base/err.h"

static const char *const direction_names[] = {
    [SDP_SENDRECV] = "sendrecv",
    [SDP_SENDONLY] = "sendonly",
    [SDP_RECVONLY] = "recvonly",
    [SDP_INACTIVE] = "inactive",
};

const char *sdp_direction_name(enum sdp_direction direction)
{
    return direction_names[direction];
}

bool sdp_direction_sends(enum sdp_direction direction)
{
    return direction == SDP_SENDRECV || direction == SDP_SENDONLY;
}

bool sdp_direction_receives(enum sdp_direction direction)
{
    return direction == SDP_SENDRECV || direction == SDP_RECVONLY;
}

enum sdp_direction sdp_direction_of(bool sends, bool receives)
{
    if (sends) {
        return receives ? SDP_SENDRECV : SDP_SENDONLY;
    }
    return receives ? SDP_RECVONLY : SDP_INACTIVE;
}

enum sdp_direction sdp_direction_mirror(enum sdp_direction direction)
{
    return sdp_direction_of(sdp_direction_receives(direction), sdp_direction_sends(direction));
}

int sdp_direction_parse(struct str_view name, enum sdp_direction *out)
{
    for (size_t i = 0; i < sizeof(direction_names) / sizeof(direction_names[0]); i++) {
        if (str_view_equal(name, direction_names[i])) {
            *out = (enum sdp_direction)i;
            return 0;
        }
    }
    return ERR_MALFORMED;
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool consists_of(struct str_view text, const char *punctuation)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (!is_alphanumeric(c) && (c == '\0' || strchr(punctuation, c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

bool sdp_is_token(struct str_view text)
{
    return consists_of(text, "!#$%&'*+-.^_`{|}~");
}

bool sdp_is_rid(struct str_view text)
{
    return consists_of(text, "-_");
}

bool sdp_next_word(struct str_view *rest, struct str_view *word)
{
    *rest = str_view_trim(*rest);
    if (rest->len == 0) {
        return false;
    }
    *word = str_view_cut(rest, ' ');
    return true;
}

static int parse_u32(struct str_view text, uint32_t *out)
{
    uint64_t value = 0;
    if (str_view_u64(text, UINT32_MAX, &value) != 0) {
        return ERR_MALFORMED;
    }
    *out = (uint32_t)value;
    return 0;
}

int sdp_ssrc_parse(struct str_view value, struct sdp_ssrc *out)
{
    struct sdp_ssrc ssrc = {0};
    struct str_view rest = value;
    if (parse_u32(str_view_cut(&rest, ' '), &ssrc.ssrc) != 0) {
        return ERR_MALFORMED;
    }
    ssrc.name = str_view_cut(&rest, ':');
    ssrc.value = rest;
    *out = ssrc;
    return 0;
}

int sdp_ssrc_group_parse(struct str_view value, struct sdp_ssrc_group *out)
{
    struct sdp_ssrc_group group = {0};
    struct str_view rest = value;
    struct str_view word = {0};
    if (!sdp_next_word(&rest, &group.semantics)) {
        return ERR_MALFORMED;
    }
    while (group.count < SDP_MAX_GROUP_SSRCS && sdp_next_word(&rest, &word)) {
        if (parse_u32(word, &group.ssrcs[group.count]) != 0) {
            return ERR_MALFORMED;
        }
        group.count++;
    }
    *out = group;
    return 0;
}

int sdp_rid_parse(struct str_view value, struct sdp_rid *out)
{
    struct sdp_rid rid = {0};
    struct str_view rest = value;
    struct str_view direction = {0};
    if (!sdp_next_word(&rest, &rid.id) || !sdp_is_rid(rid.id) ||
        !sdp_next_word(&rest, &direction)) {
        return ERR_MALFORMED;
    }
    rid.send = str_view_equal(direction, "send");
    if (!rid.send && !str_view_equal(direction, "recv")) {
        return ERR_MALFORMED;
    }
    rid.restrictions = str_view_trim(rest);
    *out = rid;
    return 0;
}

/** `l;~m;h,x`: streams separated by ';', alternatives by ',' with the preferred one first. */
static int parse_streams(struct str_view list, struct sdp_simulcast *out)
{
    struct str_view rest = list;
    while (rest.len > 0) {
        struct str_view alternatives = str_view_cut(&rest, ';');
        struct str_view rid = str_view_cut(&alternatives, ',');
        bool paused = str_view_starts(rid, "~");
        if (paused) {
            rid = str_view_of(rid.at + 1, rid.len - 1);
        }
        if (!sdp_is_rid(rid)) {
            return ERR_MALFORMED;
        }
        if (out->send_count < SDP_MAX_SIMULCAST) {
            out->send[out->send_count++] =
                (struct sdp_simulcast_stream){.rid = rid, .paused = paused};
        }
    }
    return 0;
}

int sdp_simulcast_parse(struct str_view value, struct sdp_simulcast *out)
{
    struct sdp_simulcast simulcast = {0};
    struct str_view rest = value;
    struct str_view direction = {0};
    struct str_view streams = {0};
    while (sdp_next_word(&rest, &direction)) {
        if (!sdp_next_word(&rest, &streams)) {
            return ERR_MALFORMED;
        }
        if (str_view_equal(direction, "send")) {
            int err = parse_streams(streams, &simulcast);
            if (err != 0) {
                return err;
            }
        } else if (!str_view_equal(direction, "recv")) {
            return ERR_MALFORMED;
        }
    }
    *out = simulcast;
    return 0;
}

int sdp_extmap_parse(struct str_view value, struct sdp_extmap *out)
{
    struct sdp_extmap map = {.direction = SDP_SENDRECV};
    struct str_view rest = value;
    struct str_view first = {0};
    if (!sdp_next_word(&rest, &first) || !sdp_next_word(&rest, &map.uri)) {
        return ERR_MALFORMED;
    }
    if (parse_u32(str_view_cut(&first, '/'), &map.id) != 0) {
        return ERR_MALFORMED;
    }
    if (first.len > 0 && sdp_direction_parse(first, &map.direction) != 0) {
        return ERR_MALFORMED;
    }
    *out = map;
    return 0;
}

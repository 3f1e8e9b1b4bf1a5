#include "support/answer_check.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_LINES = 9000, MAX_PARTS = 70 };

/** A description cut into lines; part 0 is the session, part n the n-th m-line. */
struct doc {
    char *copy;
    char **lines;
    size_t line_count;
    size_t first[MAX_PARTS + 1];
    size_t parts;
    bool crlf; /**< every line ended in CRLF */
};

struct check {
    struct doc offer;
    struct doc answer;
    char *report;
    size_t used;
    size_t count;
};

static void complain(struct check *check, size_t part, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(struct check *check, size_t part, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    check->count++;
    if (check->used < ANSWER_CHECK_TEXT - 1) {
        int n = snprintf(check->report + check->used, ANSWER_CHECK_TEXT - check->used,
                         "m-line %zu: %s\n", part, text);
        check->used += n > 0 ? (size_t)n : 0;
    }
}

static bool doc_read(struct doc *doc, const char *text)
{
    *doc = (struct doc){.crlf = true};
    doc->copy = strdup(text);
    doc->lines = calloc(MAX_LINES, sizeof(char *));
    if (doc->copy == NULL || doc->lines == NULL) {
        return false;
    }
    doc->parts = 1;
    char *at = doc->copy;
    while (*at != '\0' && doc->line_count < MAX_LINES) {
        char *end = strchr(at, '\n');
        char *next = end == NULL ? at + strlen(at) : end + 1;
        if (end == NULL || end == at || end[-1] != '\r') {
            doc->crlf = false;
        } else {
            end[-1] = '\0';
        }
        if (end != NULL) {
            *end = '\0';
        }
        if (strncmp(at, "m=", 2) == 0 && doc->parts < MAX_PARTS) {
            doc->first[doc->parts++] = doc->line_count;
        }
        doc->lines[doc->line_count++] = at;
        at = next;
    }
    doc->first[doc->parts] = doc->line_count;
    return true;
}

static void doc_free(struct doc *doc)
{
    free(doc->copy);
    free(doc->lines);
}

/** The rest of the n-th line of a part that begins with the prefix, or NULL. */
static const char *get(const struct doc *doc, size_t part, const char *prefix, size_t n)
{
    size_t len = strlen(prefix);
    for (size_t i = doc->first[part]; i < doc->first[part + 1]; i++) {
        if (strncmp(doc->lines[i], prefix, len) == 0 && n-- == 0) {
            return doc->lines[i] + len;
        }
    }
    return NULL;
}

static size_t count_of(const struct doc *doc, size_t part, const char *line)
{
    size_t count = 0;
    for (size_t i = doc->first[part]; i < doc->first[part + 1]; i++) {
        count += strcmp(doc->lines[i], line) == 0;
    }
    return count;
}

static bool has(const struct doc *doc, size_t part, const char *line)
{
    return count_of(doc, part, line) > 0;
}

/** Copies the n-th blank-separated word; false when there are fewer. */
static bool word(const char *text, size_t n, char out[static 256])
{
    out[0] = '\0';
    while (text != NULL) {
        while (*text == ' ') {
            text++;
        }
        size_t len = strcspn(text, " ");
        if (len == 0) {
            return false;
        }
        if (n-- == 0) {
            (void)snprintf(out, 256, "%.*s", (int)(len > 255 ? 255 : len), text);
            return true;
        }
        text += len;
    }
    return false;
}

static bool list_has(const char *list, size_t from, const char *wanted)
{
    char item[256];
    for (size_t n = from; word(list, n, item); n++) {
        if (strcmp(item, wanted) == 0) {
            return true;
        }
    }
    return false;
}

static long m_port(const struct doc *doc, size_t part)
{
    char text[256];
    return word(get(doc, part, "m=", 0), 1, text) ? strtol(text, NULL, 10) : -1;
}

static bool taken(const struct check *check, size_t part)
{
    return m_port(&check->answer, part) != 0;
}

static const char *direction(const struct doc *doc, size_t part)
{
    static const char *const all[] = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"};
    for (size_t i = 0; i < 4; i++) {
        if (has(doc, part, all[i])) {
            return all[i] + 2;
        }
    }
    return part == 0 ? "sendrecv" : direction(doc, 0);
}

static void check_frame(struct check *check)
{
    const struct doc *answer = &check->answer;
    static const char *const order[] = {"v=0", "o=", "s=", "t="};
    for (size_t i = 0; i < 4; i++) {
        if (answer->line_count < 5 || strncmp(answer->lines[i], order[i], strlen(order[i])) != 0) {
            complain(check, 0, "RFC 8866: line %zu is not %s", i + 1, order[i]);
        }
    }
    if (!answer->crlf) {
        complain(check, 0, "RFC 8866: a line does not end in CRLF");
    }
    for (size_t i = 0; i < answer->line_count; i++) {
        if (strlen(answer->lines[i]) < 3 || answer->lines[i][1] != '=') {
            complain(check, 0, "RFC 8866: line %zu is '%s'", i + 1, answer->lines[i]);
        }
    }
    for (size_t part = 0; part < answer->parts; part++) {
        for (size_t i = answer->first[part]; i < answer->first[part + 1]; i++) {
            if (count_of(answer, part, answer->lines[i]) != 1) {
                complain(check, part, "doubled line '%s'", answer->lines[i]);
            }
        }
    }
    if (!has(answer, 0, "a=ice-lite")) {
        complain(check, 0, "RFC 8839 5.3: no ice-lite");
    }
}

static void check_session_flags(struct check *check)
{
    bool offered = has(&check->offer, 0, "a=extmap-allow-mixed");
    if (offered != has(&check->answer, 0, "a=extmap-allow-mixed")) {
        complain(check, 0, "rule 1: extmap-allow-mixed of the session is not echoed");
    }
}

static void check_m_line(struct check *check, size_t part)
{
    const char *offer = get(&check->offer, part, "m=", 0);
    const char *answer = get(&check->answer, part, "m=", 0);
    char a[256];
    char b[256];
    for (size_t n = 0; n < 3; n += 2) {
        if (!word(offer, n, a) || !word(answer, n, b) || strcmp(a, b) != 0) {
            complain(check, part, "rule 2: '%s' became '%s'", a, b);
        }
    }
    for (size_t n = 3; word(answer, n, b); n++) {
        if (!list_has(offer, 3, b)) {
            complain(check, part, "rule 11: format %s was not offered", b);
        }
        int pt = atoi(b);
        if (taken(check, part) && pt >= 64 && pt <= 95) {
            complain(check, part, "rule 9: payload type %d collides with RTCP", pt);
        }
    }
    const char *offer_mid = get(&check->offer, part, "a=mid:", 0);
    const char *answer_mid = get(&check->answer, part, "a=mid:", 0);
    if ((offer_mid == NULL) != (answer_mid == NULL) ||
        (offer_mid != NULL && strcmp(offer_mid, answer_mid) != 0)) {
        complain(check, part, "rule 3: mid differs");
    }
}

static void check_rejected(struct check *check, size_t part)
{
    char a[256];
    char b[256];
    for (size_t n = 3; word(get(&check->offer, part, "m=", 0), n, a); n++) {
        if (!word(get(&check->answer, part, "m=", 0), n, b) || strcmp(a, b) != 0) {
            complain(check, part, "rule 2: a rejected m-line lost format %s", a);
        }
    }
    if (get(&check->answer, part, "c=", 0) == NULL) {
        complain(check, part, "RFC 8866: no c=");
    }
    if (get(&check->answer, part, "a=ice-ufrag:", 0) == NULL ||
        get(&check->answer, part, "a=ice-pwd:", 0) == NULL ||
        get(&check->answer, part, "a=setup:", 0) == NULL) {
        complain(check, part, "aiortc: a rejected m-line without transport");
    }
}

static void check_direction(struct check *check, size_t part)
{
    const char *offer = direction(&check->offer, part);
    const char *answer = direction(&check->answer, part);
    bool offer_sends = strcmp(offer, "sendrecv") == 0 || strcmp(offer, "sendonly") == 0;
    bool offer_takes = strcmp(offer, "sendrecv") == 0 || strcmp(offer, "recvonly") == 0;
    bool answer_sends = strcmp(answer, "sendrecv") == 0 || strcmp(answer, "sendonly") == 0;
    bool answer_takes = strcmp(answer, "sendrecv") == 0 || strcmp(answer, "recvonly") == 0;
    if ((answer_sends && !offer_takes) || (answer_takes && !offer_sends)) {
        complain(check, part, "rule 14: %s answers %s", answer, offer);
    }
    size_t lines = 0;
    static const char *const all[] = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"};
    for (size_t i = 0; i < 4; i++) {
        lines += count_of(&check->answer, part, all[i]);
    }
    if (lines != 1) {
        complain(check, part, "%zu direction lines", lines);
    }
}

/** rtpmap of a payload type, or "". */
static const char *rtpmap(const struct doc *doc, size_t part, const char *pt)
{
    char prefix[300];
    (void)snprintf(prefix, sizeof(prefix), "a=rtpmap:%s ", pt);
    const char *map = get(doc, part, prefix, 0);
    return map == NULL ? "" : map;
}

static void check_codecs(struct check *check, size_t part)
{
    const char *answer = get(&check->answer, part, "m=", 0);
    char pt[256];
    char prefix[300];
    for (size_t n = 3; word(answer, n, pt); n++) {
        const char *map = rtpmap(&check->answer, part, pt);
        if (map[0] == '\0' || strcasecmp(map, rtpmap(&check->offer, part, pt)) != 0) {
            complain(check, part, "rule 11: payload type %s is '%s' here", pt, map);
        }
        (void)snprintf(prefix, sizeof(prefix), "a=fmtp:%s ", pt);
        const char *params = get(&check->answer, part, prefix, 0);
        if (strncasecmp(map, "rtx/", 4) == 0) {
            char apt[256];
            if (params == NULL || strncmp(params, "apt=", 4) != 0 || !word(params + 4, 0, apt) ||
                !list_has(answer, 3, apt) || atoi(apt) == atoi(pt)) {
                complain(check, part, "rule 11: RTX %s has no partner on this m-line", pt);
            }
        }
        if (strncasecmp(map, "opus/", 5) == 0 &&
            (params == NULL || strstr(params, "useinbandfec=1") == NULL)) {
            complain(check, part, "rule 87: no useinbandfec=1");
        }
    }
    for (size_t n = 0; get(&check->answer, part, "a=rtpmap:", n) != NULL; n++) {
        word(get(&check->answer, part, "a=rtpmap:", n), 0, pt);
        if (!list_has(answer, 3, pt)) {
            complain(check, part, "rtpmap of %s, which is not on the m-line", pt);
        }
    }
}

/** `96 nack pli ` and `96  nack pli` are the same. */
static void normalize(const char *text, char out[static 256])
{
    char part[256];
    size_t used = 0;
    out[0] = '\0';
    for (size_t n = 0; word(text, n, part) && used < 200; n++) {
        used += (size_t)snprintf(out + used, 256 - used, "%s%s", n > 0 ? " " : "", part);
    }
}

static bool feedback_offered(const struct doc *offer, size_t part, const char *wanted)
{
    char line[256];
    const char *rest = strchr(wanted, ' ');
    const char *value = NULL;
    for (size_t n = 0; (value = get(offer, part, "a=rtcp-fb:", n)) != NULL; n++) {
        normalize(value, line);
        if (strcmp(line, wanted) == 0 ||
            (line[0] == '*' && rest != NULL && strcmp(line + 1, rest) == 0)) {
            return true;
        }
    }
    return false;
}

static void check_feedback(struct check *check, size_t part)
{
    char line[256];
    bool transport_cc = false;
    const char *value = NULL;
    for (size_t n = 0; (value = get(&check->answer, part, "a=rtcp-fb:", n)) != NULL; n++) {
        normalize(value, line);
        if (!feedback_offered(&check->offer, part, line)) {
            complain(check, part, "RFC 4585 4.2: feedback '%s' was not offered", line);
        }
        transport_cc = transport_cc || strstr(line, " transport-cc") != NULL;
        if (strstr(line, "ccfb") != NULL) {
            complain(check, part, "rule 17: ccfb");
        }
    }
    bool ext = false;
    for (size_t n = 0; (value = get(&check->answer, part, "a=extmap:", n)) != NULL; n++) {
        ext = ext || strstr(value, "transport-wide-cc") != NULL;
    }
    if (ext != transport_cc) {
        complain(check, part,
                 "relay rule 8: transport-cc feedback without its extension, or alone");
    }
}

static void check_exts(struct check *check, size_t part)
{
    const char *value = NULL;
    bool mixed = has(&check->offer, 0, "a=extmap-allow-mixed") ||
                 has(&check->offer, part, "a=extmap-allow-mixed");
    for (size_t n = 0; (value = get(&check->answer, part, "a=extmap:", n)) != NULL; n++) {
        char id[256];
        char uri[256];
        word(value, 0, id);
        word(value, 1, uri);
        const char *way = strchr(id, '/');
        int number = atoi(id);
        bool found = false;
        const char *offered = NULL;
        for (size_t k = 0; (offered = get(&check->offer, part, "a=extmap:", k)) != NULL; k++) {
            char offered_id[256];
            char offered_uri[256];
            word(offered, 0, offered_id);
            word(offered, 1, offered_uri);
            const char *offered_way = strchr(offered_id, '/');
            if (atoi(offered_id) != number || strcmp(uri, offered_uri) != 0) {
                continue;
            }
            found = true;
            bool legal =
                offered_way == NULL ||
                (way != NULL &&
                 ((strcmp(offered_way, "/sendonly") == 0 && strcmp(way, "/recvonly") == 0) ||
                  (strcmp(offered_way, "/recvonly") == 0 && strcmp(way, "/sendonly") == 0)));
            if (!legal) {
                complain(check, part, "RFC 8285 6: extension %s answers %s", id, offered_id);
            }
        }
        if (!found) {
            complain(check, part, "rule 10: extension %s %s was not offered", id, uri);
        }
        if (number < 1 || number == 15 || (number > 14 && !mixed)) {
            complain(check, part, "rule 10: extension id %d", number);
        }
        for (size_t k = 0; k < n; k++) {
            const char *other = get(&check->answer, part, "a=extmap:", k);
            if (atoi(other) == number || strstr(other, uri) != NULL) {
                complain(check, part, "rule 10: extension %s twice", id);
            }
        }
    }
}

static void check_layers(struct check *check, size_t part)
{
    const char *simulcast = get(&check->answer, part, "a=simulcast:", 0);
    const char *offered = get(&check->offer, part, "a=simulcast:send ", 0);
    size_t rids = 0;
    const char *value = NULL;
    for (; (value = get(&check->answer, part, "a=rid:", rids)) != NULL; rids++) {
        char id[256];
        char way[256];
        char line[300];
        word(value, 0, id);
        word(value, 1, way);
        (void)snprintf(line, sizeof(line), "a=rid:%s send", id);
        if (strcmp(way, "recv") != 0 || get(&check->offer, part, line, 0) == NULL) {
            complain(check, part, "rule 22: rid '%s'", value);
        }
        for (size_t k = 0; k < rids; k++) {
            char other[256];
            word(get(&check->answer, part, "a=rid:", k), 0, other);
            if (strcmp(id, other) == 0) {
                complain(check, part, "rule 22: rid %s twice", id);
            }
        }
    }
    if (simulcast == NULL) {
        return;
    }
    if (offered == NULL || strncmp(simulcast, "recv ", 5) != 0) {
        complain(check, part, "rule 22: simulcast '%s'", simulcast);
        return;
    }
    char list[256];
    word(simulcast, 1, list);
    size_t listed = 0;
    char *save = NULL;
    for (char *id = strtok_r(list, ";,", &save); id != NULL; id = strtok_r(NULL, ";,", &save)) {
        char line[300];
        listed++;
        (void)snprintf(line, sizeof(line), "a=rid:%s recv", id[0] == '~' ? id + 1 : id);
        if (get(&check->answer, part, line, 0) == NULL) {
            complain(check, part, "rule 22: simulcast names %s, which has no rid line", id);
        }
        if (strstr(offered, id[0] == '~' ? id + 1 : id) == NULL ||
            (id[0] == '~' && strstr(offered, id) == NULL)) {
            complain(check, part, "rule 23: %s was not offered so", id);
        }
    }
    if (listed != rids) {
        complain(check, part, "rule 22: %zu rids, %zu of them in simulcast", rids, listed);
    }
}

static void check_slot(struct check *check, size_t part)
{
    const char *answer = direction(&check->answer, part);
    bool sends = strcmp(answer, "sendrecv") == 0 || strcmp(answer, "sendonly") == 0;
    const char *value = NULL;
    size_t ssrcs = 0;
    for (; (value = get(&check->answer, part, "a=ssrc:", ssrcs)) != NULL; ssrcs++) {
        char prefix[300];
        (void)snprintf(prefix, sizeof(prefix), "a=ssrc:%u", (unsigned)strtoul(value, NULL, 10));
        for (size_t other = 1; other < check->answer.parts; other++) {
            if ((other != part && get(&check->answer, other, prefix, 0) != NULL) ||
                get(&check->offer, other, prefix, 0) != NULL) {
                complain(check, part, "rule 64: SSRC of %zu again (%s)", other, prefix);
            }
        }
        if (strstr(value, "cname:") == NULL && strstr(value, "msid:") == NULL) {
            complain(check, part, "RFC 5576: ssrc '%s'", value);
        }
    }
    bool msid = get(&check->answer, part, "a=msid:", 0) != NULL;
    if (sends != (ssrcs > 0) || sends != msid) {
        complain(check, part, "slot: %s with %zu ssrc lines, msid %d", answer, ssrcs, msid);
    }
    value = get(&check->answer, part, "a=ssrc-group:FID ", 0);
    bool rtx = false;
    for (size_t n = 0; get(&check->answer, part, "a=rtpmap:", n) != NULL; n++) {
        rtx = rtx || strstr(get(&check->answer, part, "a=rtpmap:", n), "rtx/") != NULL;
    }
    if ((value != NULL) != (sends && rtx)) {
        complain(check, part, "slot: FID group %d, RTX %d", value != NULL, rtx);
    }
}

static void check_transport(struct check *check, size_t part)
{
    const struct doc *answer = &check->answer;
    const char *ufrag = get(answer, part, "a=ice-ufrag:", 0);
    const char *pwd = get(answer, part, "a=ice-pwd:", 0);
    const char *print = get(answer, part, "a=fingerprint:sha-256 ", 0);
    const char *setup = get(answer, part, "a=setup:", 0);
    if (ufrag == NULL || strlen(ufrag) < 4 || pwd == NULL || strlen(pwd) < 22) {
        complain(check, part, "rule 20: credentials");
    }
    if (print == NULL || strlen(print) != 95) {
        complain(check, part, "rule 50: fingerprint");
    }
    const char *offered = get(&check->offer, part, "a=setup:", 0);
    offered = offered == NULL ? get(&check->offer, 0, "a=setup:", 0) : offered;
    bool active = setup != NULL && strcmp(setup, "active") == 0;
    bool passive = setup != NULL && strcmp(setup, "passive") == 0;
    if ((!active && !passive) ||
        (offered != NULL && strcmp(offered, active ? "active" : "passive") == 0)) {
        complain(check, part, "rule 48: setup");
    }
    if (!has(answer, part, "a=rtcp-mux") || has(answer, part, "a=rtcp-mux-only")) {
        complain(check, part, "rule 16: rtcp-mux");
    }
    if (has(answer, part, "a=rtcp-rsize") && !has(&check->offer, part, "a=rtcp-rsize")) {
        complain(check, part, "rule 8: rtcp-rsize was not offered");
    }
    if (get(answer, part, "a=rtcp-xr", 0) != NULL || has(answer, part, "a=bundle-only")) {
        complain(check, part, "rule 8: rtcp-xr or bundle-only");
    }
    const char *address = get(answer, part, "c=IN IP", 0);
    if (m_port(answer, part) == 9 || address == NULL || strstr(address, "0.0.0.0") != NULL) {
        complain(check, part, "relay rule 3: no real default address");
    }
}

static void check_candidates(struct check *check, size_t part)
{
    const char *value = NULL;
    size_t count = 0;
    unsigned long last_udp = 0xFFFFFFFF;
    for (; (value = get(&check->answer, part, "a=candidate:", count)) != NULL; count++) {
        char transport[256];
        char priority[256];
        char type[256];
        word(value, 2, transport);
        word(value, 3, priority);
        word(value, 7, type);
        unsigned long number = strtoul(priority, NULL, 10);
        bool tcp = strcmp(transport, "tcp") == 0;
        if (strcmp(type, "host") != 0 || (tcp && strstr(value, "tcptype passive") == NULL)) {
            complain(check, part, "rule 42: candidate '%s'", value);
        }
        if (number >= last_udp) {
            complain(check, part, "RFC 8445 5.1.2: priority of '%s'", value);
        }
        last_udp = number;
        for (size_t k = 0; k < count; k++) {
            char mine[256];
            char other[256];
            word(value, 0, mine);
            word(get(&check->answer, part, "a=candidate:", k), 0, other);
            if (strcmp(mine, other) == 0) {
                complain(check, part, "RFC 8445 5.1.1.3: foundation %s twice", mine);
            }
        }
    }
    if (count == 0 || !has(&check->answer, part, "a=end-of-candidates")) {
        complain(check, part, "rule 101: all candidates and their end");
    }
}

/** Part with this mid in a document, or 0. */
static size_t part_of_mid(const struct doc *doc, const char *mid)
{
    for (size_t part = 1; part < doc->parts; part++) {
        const char *has_mid = get(doc, part, "a=mid:", 0);
        if (has_mid != NULL && strcmp(has_mid, mid) == 0) {
            return part;
        }
    }
    return 0;
}

/** Checks the group and returns the tagged part (RFC 9143 7.3). */
static size_t check_bundle(struct check *check)
{
    const char *offered = get(&check->offer, 0, "a=group:BUNDLE", 0);
    const char *answer = get(&check->answer, 0, "a=group:BUNDLE", 0);
    size_t tag = 0;
    char mid[256];
    for (size_t n = 0; answer != NULL && word(answer, n, mid); n++) {
        size_t part = part_of_mid(&check->answer, mid);
        if (part == 0 || !taken(check, part) || offered == NULL || !list_has(offered, 0, mid)) {
            complain(check, part, "rule 5: group names %s", mid);
        }
        tag = tag == 0 ? part : tag;
    }
    for (size_t part = 1; part < check->answer.parts; part++) {
        const char *has_mid = get(&check->answer, part, "a=mid:", 0);
        if (answer != NULL && taken(check, part) &&
            (has_mid == NULL || !list_has(answer, 0, has_mid))) {
            complain(check, part, "rule 5: accepted outside the group");
        }
        tag = tag == 0 && taken(check, part) ? part : tag;
    }
    return tag;
}

static void check_all(struct check *check)
{
    check_frame(check);
    check_session_flags(check);
    if (check->offer.parts != check->answer.parts) {
        complain(check, 0, "rule 2: %zu m-lines answer %zu", check->answer.parts - 1,
                 check->offer.parts - 1);
        return;
    }
    size_t tag = check_bundle(check);
    for (size_t part = 1; part < check->answer.parts; part++) {
        check_m_line(check, part);
        if (!taken(check, part)) {
            check_rejected(check, part);
            continue;
        }
        if (m_port(&check->offer, part) == 0 && !has(&check->offer, part, "a=bundle-only")) {
            complain(check, part, "rule 2: an m-line with port 0 came to life");
        }
        check_direction(check, part);
        check_codecs(check, part);
        check_feedback(check, part);
        check_exts(check, part);
        check_layers(check, part);
        check_slot(check, part);
        check_transport(check, part);
        if (part == tag) {
            check_candidates(check, part);
        }
    }
}

size_t answer_check(const char *offer, const char *answer, char report[static ANSWER_CHECK_TEXT])
{
    struct check check = {.report = report};
    report[0] = '\0';
    if (doc_read(&check.offer, offer) && doc_read(&check.answer, answer)) {
        check_all(&check);
    } else {
        complain(&check, 0, "out of memory");
    }
    doc_free(&check.offer);
    doc_free(&check.answer);
    return check.count;
}

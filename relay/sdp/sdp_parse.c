#include "sdp/sdp_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/** One reading of a text: where it stands, and what it has seen. */
struct reading {
    struct sdp *sdp;
    struct sdp_error *error;
    struct sdp_section *section;
    size_t attr_count;
    size_t attr_cap;
    unsigned line;
    unsigned blank_line; /**< first empty line, good only when nothing follows; 0 = none */
    bool fragment;
    bool has_time;
};

void sdp_error_set(struct sdp_error *error, unsigned line, const char *format, ...)
{
    size_t used = 0;
    error->line = line;
    if (line > 0) {
        used = (size_t)snprintf(error->text, sizeof(error->text), "line %u: ", line);
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->text + used, sizeof(error->text) - used, format, args);
    va_end(args);
}

static int refuse(struct reading *r, int err, const char *what)
{
    sdp_error_set(r->error, r->line, "%s", what);
    return err;
}

/** Attributes live in one array that may move while it grows: sections get their pointers at the
 * end. */
static int add_attr(struct reading *r, struct str_view value)
{
    if (r->attr_count == r->attr_cap) {
        size_t cap = r->attr_cap == 0 ? 128 : r->attr_cap * 2;
        struct sdp_attr *grown = reallocarray(r->sdp->attrs, cap, sizeof(*grown));
        if (grown == NULL) {
            return refuse(r, ERR_NO_MEMORY, "out of memory");
        }
        r->sdp->attrs = grown;
        r->attr_cap = cap;
    }
    struct str_view rest = value;
    struct str_view name = str_view_cut(&rest, ':');
    if (name.len == 0) {
        return refuse(r, ERR_MALFORMED, "expected the name of an attribute after a=");
    }
    r->sdp->attrs[r->attr_count] = (struct sdp_attr){.name = name, .value = rest, .line = r->line};
    r->attr_count++;
    r->section->attr_count++;
    return 0;
}

/** m=<media> <port>[/<count>] <proto> <fmt> ... (RFC 8866 5.14) */
static int open_section(struct reading *r, struct str_view value)
{
    struct sdp *sdp = r->sdp;
    if (!r->fragment && !r->has_time) {
        return refuse(r, ERR_MALFORMED, "expected a t= line before the first m=");
    }
    if (sdp->media_count == SDP_MAX_SECTIONS) {
        return refuse(r, ERR_FULL, "more than 64 m-lines");
    }
    struct str_view rest = value;
    struct str_view media = str_view_cut(&rest, ' ');
    struct str_view ports = str_view_cut(&rest, ' ');
    struct str_view proto = str_view_cut(&rest, ' ');
    struct str_view formats = str_view_trim(rest);
    struct str_view port_text = str_view_cut(&ports, '/');
    uint64_t port = 0;
    if (media.len == 0 || str_view_u64(port_text, UINT16_MAX, &port) != 0) {
        return refuse(r, ERR_MALFORMED, "expected m=<media> <port> with a port of 0 to 65535");
    }
    if (proto.len == 0 || formats.len == 0) {
        return refuse(r, ERR_MALFORMED, "expected m=<media> <port> <protocol> <formats>");
    }
    r->section = &sdp->media[sdp->media_count++];
    *r->section = (struct sdp_section){.line = r->line,
                                       .media = media,
                                       .port = (uint16_t)port,
                                       .proto = proto,
                                       .formats = formats};
    return 0;
}

/** The first three lines of a description are v=0, o= and s=. */
static int check_opening(struct reading *r, char type, struct str_view value)
{
    static const char order[] = {'v', 'o', 's'};
    if (type != order[r->line - 1]) {
        char text[32];
        (void)snprintf(text, sizeof(text), "expected a line %c=...", order[r->line - 1]);
        return refuse(r, ERR_MALFORMED, text);
    }
    if (type == 'v' && !str_view_equal(value, "0")) {
        return refuse(r, ERR_MALFORMED, "expected v=0");
    }
    if (type == 'o') {
        size_t fields = 0;
        for (struct str_view rest = value; rest.at != NULL;) {
            fields += str_view_cut(&rest, ' ').len > 0;
        }
        if (fields != 6) {
            return refuse(r, ERR_MALFORMED, "expected six fields after o=");
        }
    }
    return 0;
}

static int take_line(struct reading *r, char type, struct str_view value)
{
    if (!r->fragment && r->line <= 3) {
        return check_opening(r, type, value);
    }
    if (type == 'a') {
        return add_attr(r, value);
    }
    if (type == 'm') {
        return open_section(r, value);
    }
    bool in_media = r->sdp->media_count > 0;
    const char *others = r->fragment ? "c" : in_media ? "icbk" : "iuepcbtrzk";
    if (strchr(others, type) == NULL) {
        return refuse(r, ERR_MALFORMED,
                      r->fragment ? "expected a=, c= or m= in a trickle-ice-sdpfrag"
                      : in_media  ? "expected a=, b=, c=, i=, k= or m= below an m-line"
                                  : "expected a=, b=, c=, m=, t= or another line of a session");
    }
    r->has_time = r->has_time || type == 't';
    return 0;
}

static int take_text_line(struct reading *r, struct str_view line)
{
    if (line.len > 0 && line.at[line.len - 1] == '\r') {
        line.len--;
    }
    if (line.len == 0) {
        r->blank_line = r->blank_line == 0 ? r->line : r->blank_line;
        return 0;
    }
    if (r->blank_line != 0) {
        r->line = r->blank_line;
        return refuse(r, ERR_MALFORMED, "expected a letter and '=', found an empty line");
    }
    if (line.len > SDP_MAX_LINE_BYTES) {
        return refuse(r, ERR_FULL, "longer than 4096 bytes");
    }
    if (memchr(line.at, '\0', line.len) != NULL || memchr(line.at, '\r', line.len) != NULL) {
        return refuse(r, ERR_MALFORMED, "expected text, found a NUL or a lone carriage return");
    }
    if (line.len < 2 || line.at[1] != '=') {
        return refuse(r, ERR_MALFORMED, "expected a letter and '='");
    }
    return take_line(r, line.at[0], str_view_of(line.at + 2, line.len - 2));
}

static int read_lines(struct reading *r, struct str_view text)
{
    while (text.len > 0) {
        if (r->line == SDP_MAX_LINES) {
            return refuse(r, ERR_FULL, "more than 8192 lines");
        }
        r->line++;
        int err = take_text_line(r, str_view_cut(&text, '\n'));
        if (err != 0) {
            return err;
        }
    }
    if (!r->fragment && (r->line < 3 || !r->has_time)) {
        r->line = 0;
        return refuse(r, ERR_MALFORMED, "expected v=, o=, s= and t= lines, the text ends before");
    }
    return 0;
}

/** Gives every section its window of the one array. */
static void bind_attrs(struct sdp *sdp)
{
    const struct sdp_attr *at = sdp->attrs;
    if (at == NULL) {
        return; /* no attribute anywhere: all counts are 0 */
    }
    sdp->session.attrs = at;
    at += sdp->session.attr_count;
    for (size_t i = 0; i < sdp->media_count; i++) {
        sdp->media[i].attrs = at;
        at += sdp->media[i].attr_count;
    }
}

static int parse(const char *text, size_t len, bool fragment, struct sdp **out,
                 struct sdp_error *error)
{
    if (len > SDP_MAX_BYTES) {
        sdp_error_set(error, 0, "longer than 256 KiB");
        return ERR_FULL;
    }
    struct sdp *sdp = calloc(1, sizeof(*sdp));
    if (sdp == NULL) {
        sdp_error_set(error, 0, "out of memory");
        return ERR_NO_MEMORY;
    }
    sdp->session.line = 1;
    struct reading r = {.sdp = sdp, .error = error, .section = &sdp->session, .fragment = fragment};
    int err = read_lines(&r, str_view_of(text, len));
    if (err != 0) {
        sdp_free(&sdp);
        return err;
    }
    bind_attrs(sdp);
    *out = sdp;
    return 0;
}

int sdp_parse(const char *text, size_t len, struct sdp **out, struct sdp_error *error)
{
    return parse(text, len, false, out, error);
}

int sdp_parse_fragment(const char *text, size_t len, struct sdp **out, struct sdp_error *error)
{
    return parse(text, len, true, out, error);
}

static const struct sdp_attr *find_from(const struct sdp_section *section, size_t first,
                                        const char *name)
{
    for (size_t i = first; i < section->attr_count; i++) {
        if (str_view_equal(section->attrs[i].name, name)) {
            return &section->attrs[i];
        }
    }
    return NULL;
}

const struct sdp_attr *sdp_section_find(const struct sdp_section *section, const char *name)
{
    return find_from(section, 0, name);
}

const struct sdp_attr *sdp_section_next(const struct sdp_section *section,
                                        const struct sdp_attr *after, const char *name)
{
    return find_from(section, (size_t)(after - section->attrs) + 1, name);
}

bool sdp_section_has(const struct sdp_section *section, const char *name)
{
    return sdp_section_find(section, name) != NULL;
}

const struct sdp_attr *sdp_find(const struct sdp *sdp, const struct sdp_section *section,
                                const char *name)
{
    const struct sdp_attr *found = sdp_section_find(section, name);
    return found != NULL ? found : sdp_section_find(&sdp->session, name);
}

void sdp_free(struct sdp **sdp)
{
    if (*sdp != NULL) {
        free((*sdp)->attrs);
        free(*sdp);
        *sdp = NULL;
    }
}

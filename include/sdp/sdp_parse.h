/**
 * Session descriptions (RFC 8866) read into a model of views.
 *
 * Strict about structure and bounded, for bytes from strangers: one pass, no recursion, limits
 * below. The meaning of attribute values is left to sdp_fmtp.h, sdp_stream.h and sdp_ice.h. The
 * model borrows the text.
 */
#ifndef SDP_SDP_PARSE_H
#define SDP_SDP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
    SDP_MAX_BYTES = 256 * 1024,
    SDP_MAX_SECTIONS = 64,
    SDP_MAX_LINES = 8192,
    SDP_MAX_LINE_BYTES = 4096
};

/** What is wrong and where. */
struct sdp_error {
    unsigned line;  /**< 1-based; 0 when it is about the whole */
    char text[160]; /**< "line 17: expected ..." */
};

/** `a=name` or `a=name:value`. */
struct sdp_attr {
    struct str_view name;
    struct str_view value; /**< empty, at == NULL, without a colon */
    unsigned line;
};

/** The part before the first m= (media and the rest of the m-line are empty there), or one m-line
 * with what follows. */
struct sdp_section {
    unsigned line;         /**< of its m=, 1 for the session part */
    struct str_view media; /**< "audio" */
    uint16_t port;
    struct str_view proto;   /**< "UDP/TLS/RTP/SAVPF" */
    struct str_view formats; /**< "111 63", not empty, blanks as sent */
    const struct sdp_attr *attrs;
    size_t attr_count;
};

struct sdp {
    struct sdp_section session;
    struct sdp_section media[SDP_MAX_SECTIONS];
    size_t media_count;
    struct sdp_attr *attrs; /**< all of them, in order; owned */
};

/**
 * Reads a whole description: v=0, o=, s= first and in order, a t=, then attributes and m-lines.
 * Lines end in LF or CRLF, the last one in neither if it likes. The text must outlive the model.
 * @param out: owned, sdp_free
 * @param error out: filled for every failure
 * @return 0, ERR_MALFORMED, ERR_FULL above a limit, ERR_NO_MEMORY
 */
int sdp_parse(const char *text, size_t len, struct sdp **out, struct sdp_error *error);

/** Reads a trickle-ice-sdpfrag (RFC 8840 9): only a=, c= and m= lines, none of which must be there.
 * Else as sdp_parse. */
int sdp_parse_fragment(const char *text, size_t len, struct sdp **out, struct sdp_error *error);

/** Fills error with "line N: ..." (or without the line when it is 0). */
void sdp_error_set(struct sdp_error *error, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** First attribute of that name in a section, or NULL. Names are case-sensitive (RFC 8866 6). */
const struct sdp_attr *sdp_section_find(const struct sdp_section *section, const char *name);

/** Next one of that name after `after`, which came from the same section, or NULL. */
const struct sdp_attr *sdp_section_next(const struct sdp_section *section,
                                        const struct sdp_attr *after, const char *name);

/** True when the section has the attribute, with a value or without. */
bool sdp_section_has(const struct sdp_section *section, const char *name);

/** The section's attribute, else the session's (RFC 8866 5.13: media level overrides), else NULL.
 */
const struct sdp_attr *sdp_find(const struct sdp *sdp, const struct sdp_section *section,
                                const char *name);

void sdp_free(struct sdp **sdp);

#endif

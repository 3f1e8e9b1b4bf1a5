/**
 * Bounded string building and views of text that is not terminated.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Borrowed text; may hold any byte. */
struct str_view {
    const char *at;
    size_t len;
};

static inline struct str_view str_view_of(const char *at, size_t len)
{
    return (struct str_view){.at = at, .len = len};
}

/** View of a terminated string. */
struct str_view str_view_text(const char *text);
bool str_view_equal(struct str_view a, const char *b);
/** ASCII case-insensitive. */
bool str_view_equal_nocase(struct str_view a, const char *b);
bool str_view_starts(struct str_view a, const char *prefix);
/** Without blanks and tabs at both ends. */
struct str_view str_view_trim(struct str_view a);
/**
 * Cuts the part before the first `separator` off *rest and returns it; the whole rest (and *rest
 * becomes empty with at == NULL) when there is none.
 */
struct str_view str_view_cut(struct str_view *rest, char separator);
/** Decimal digits only, no sign, no blanks. @return 0, ERR_MALFORMED, or ERR_INVALID above max */
int str_view_u64(struct str_view a, uint64_t max, uint64_t *out);
/** Copies into out with terminator. @return 0 or ERR_FULL */
int str_view_copy(struct str_view a, char *out, size_t out_bytes);

/**
 * Is it one or more of A-Z a-z 0-9 - . _ ~ and nothing else (unreserved, RFC 3986 2.3)? Names of
 * rooms are.
 */
bool str_is_name(const char *text);

/** Growing text with a bound; after a failure it stays failed and keeps what it had. */
struct str {
    char *at; /**< terminated, or NULL while empty */
    size_t len;
    size_t cap;
    size_t max;
    int err; /**< 0, ERR_NO_MEMORY or ERR_FULL */
};

void str_init(struct str *str, size_t max);
void str_append(struct str *str, const char *text);
void str_append_view(struct str *str, struct str_view text);
void str_printf(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Hands the text over to the caller (free()), or "" allocated when empty. @return 0 or the str's
 * error */
int str_take(struct str *str, char **out);
void str_deinit(struct str *str);

#endif

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"

struct str_view str_view_text(const char *text)
{
    return str_view_of(text, strlen(text));
}

bool str_view_equal(struct str_view a, const char *b)
{
    return a.len == strlen(b) && memcmp(a.at, b, a.len) == 0;
}

bool str_view_equal_nocase(struct str_view a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.at, b, a.len) == 0;
}

bool str_view_starts(struct str_view a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.len >= len && memcmp(a.at, prefix, len) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct str_view str_view_trim(struct str_view a)
{
    while (a.len > 0 && is_blank(a.at[0])) {
        a.at++;
        a.len--;
    }
    while (a.len > 0 && is_blank(a.at[a.len - 1])) {
        a.len--;
    }
    return a;
}

struct str_view str_view_cut(struct str_view *rest, char separator)
{
    struct str_view part = *rest;
    const char *found = rest->len == 0 ? NULL : memchr(rest->at, separator, rest->len);
    if (found == NULL) {
        *rest = str_view_of(NULL, 0);
        return part;
    }
    part.len = (size_t)(found - part.at);
    *rest = str_view_of(found + 1, rest->len - part.len - 1);
    return part;
}

int str_view_u64(struct str_view a, uint64_t max, uint64_t *out)
{
    if (a.len == 0) {
        return ERR_MALFORMED;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < a.len; i++) {
        if (a.at[i] < '0' || a.at[i] > '9') {
            return ERR_MALFORMED;
        }
        uint64_t digit = (uint64_t)(a.at[i] - '0');
        if (digit > max || value > (max - digit) / 10) {
            return ERR_INVALID;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return 0;
}

int str_view_copy(struct str_view a, char *out, size_t out_bytes)
{
    if (a.len >= out_bytes) {
        return ERR_FULL;
    }
    if (a.len > 0) {
        memcpy(out, a.at, a.len);
    }
    out[a.len] = '\0';
    return 0;
}

bool str_is_name(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._~";
    return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

void str_init(struct str *str, size_t max)
{
    *str = (struct str){.max = max};
}

/** Makes room for `more` characters and the terminator. */
static bool str_grow(struct str *str, size_t more)
{
    if (str->err != 0) {
        return false;
    }
    if (more > str->max - str->len) {
        str->err = ERR_FULL;
        return false;
    }
    size_t wanted = str->len + more + 1;
    if (wanted <= str->cap) {
        return true;
    }
    size_t cap = str->cap == 0 ? 256 : str->cap * 2;
    cap = cap < wanted ? wanted : cap;
    char *at = realloc(str->at, cap);
    if (at == NULL) {
        str->err = ERR_NO_MEMORY;
        return false;
    }
    str->at = at;
    str->cap = cap;
    return true;
}

void str_append_view(struct str *str, struct str_view text)
{
    if (str_grow(str, text.len)) {
        if (text.len > 0) {
            memcpy(str->at + str->len, text.at, text.len);
        }
        str->len += text.len;
        str->at[str->len] = '\0';
    }
}

void str_append(struct str *str, const char *text)
{
    str_append_view(str, str_view_text(text));
}

void str_printf(struct str *str, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len >= 0 && str_grow(str, (size_t)len)) {
        (void)vsnprintf(str->at + str->len, (size_t)len + 1, format, again);
        str->len += (size_t)len;
    }
    va_end(again);
}

int str_take(struct str *str, char **out)
{
    if (!str_grow(str, 0)) {
        return str->err;
    }
    str->at[str->len] = '\0';
    *out = str->at;
    str_init(str, str->max);
    return 0;
}

void str_deinit(struct str *str)
{
    free(str->at);
    str_init(str, str->max);
}

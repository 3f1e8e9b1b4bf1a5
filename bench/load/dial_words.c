#include "load/dial_words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

enum load_cause dial_words_cause(long status)
{
    switch (status) {
    case 401:
    case 403:
        return LOAD_REFUSED;
    case 404:
    case 405:
    case 410:
        return LOAD_NOT_FOUND;
    case 406: /* what WHIP servers say to an offer that they cannot serve */
    case 488:
        return LOAD_NO_CODEC;
    case 409: /* Tandem: the room is full */
    case 429:
    case 503:
        return LOAD_SERVER_BUSY;
    default:
        return LOAD_HTTP_ERROR;
    }
}

enum { STATUS_BYTES = 24 };

/** U+0080 to U+009F, which move cursors as those below U+0020 do. */
static bool is_c1(const char *text, size_t left)
{
    return left > 1 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0;
}

/** Copies one line, without control characters and blanks around. @return false when empty */
static bool copy_line(const char *text, size_t len, bool tags, char out[static DIAL_MESSAGE_BYTES])
{
    size_t used = 0;
    bool in_tag = false;
    for (size_t i = 0; i < len && used + 1 < DIAL_MESSAGE_BYTES; i++) {
        char c = text[i];
        if (is_c1(text + i, len - i)) {
            i++;
            c = ' ';
        }
        if ((unsigned char)c < ' ' || c == 127) {
            c = ' ';
        }
        if (tags && (c == '<' || in_tag)) {
            in_tag = c != '>';
            c = ' ';
        }
        bool blank = c == ' ' && (used == 0 || out[used - 1] == ' ');
        if (!blank) {
            out[used++] = c;
        }
    }
    while (used > 0 && out[used - 1] == ' ') {
        used--;
    }
    out[used] = '\0';
    return used > 0;
}

static bool read_json(const char *body, size_t len, char out[static DIAL_MESSAGE_BYTES])
{
    static const char *const keys[] = {"detail", "title", "error", "message", "reason"};
    json_t *json = json_loadb(body, len, 0, NULL);
    bool found = false;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !found; i++) {
        const char *text = json_string_value(json_object_get(json, keys[i]));
        found = text != NULL && copy_line(text, strlen(text), false, out);
    }
    json_decref(json);
    return found;
}

void dial_words_read(long status, const char *body, size_t len, char out[static DIAL_MESSAGE_BYTES])
{
    bool found = read_json(body, len, out);
    for (size_t at = 0; at < len && !found;) {
        const char *end = memchr(body + at, '\n', len - at);
        size_t line = end != NULL ? (size_t)(end - body) - at : len - at;
        found = copy_line(body + at, line, true, out);
        at += line + 1;
    }
    if (!found) {
        (void)snprintf(out, DIAL_MESSAGE_BYTES, "HTTP status %ld", status);
        return;
    }
    size_t used = strlen(out);
    if ((status < 200 || status > 299) && used + STATUS_BYTES <= DIAL_MESSAGE_BYTES) {
        (void)snprintf(out + used, STATUS_BYTES, " (HTTP %ld)", status);
    }
}

#include "load/dial_url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"

enum { URL_MAX_BYTES = 8192 };

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

void dial_url_append(struct str *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (is_unreserved(*at)) {
            str_append_view(out, str_view_of(at, 1));
        } else {
            str_printf(out, "%%%02X", (unsigned)(unsigned char)*at);
        }
    }
}

int dial_url_fill(const char *url, const struct dial_wish *wish, char **out)
{
    struct str text;
    str_init(&text, URL_MAX_BYTES);
    for (const char *at = url; *at != '\0';) {
        if (strncmp(at, "{room}", 6) == 0) {
            dial_url_append(&text, wish->room);
            at += 6;
        } else if (strncmp(at, "{name}", 6) == 0) {
            dial_url_append(&text, wish->name);
            at += 6;
        } else if (strncmp(at, "{caller}", 8) == 0) {
            str_printf(&text, "%u", (unsigned)wish->caller);
            at += 8;
        } else {
            str_append_view(&text, str_view_of(at, 1));
            at++;
        }
    }
    int err = str_take(&text, out);
    str_deinit(&text);
    return err == 0 ? 0 : ERR_NO_MEMORY;
}

/** @return 0, ERR_NO_MEMORY or ERR_INVALID; *normal is curl_free()d */
static int parse(const char *base, const char *url, char **normal)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL;
    if (parsed == NULL) {
        return ERR_NO_MEMORY;
    }
    bool good = (base == NULL || curl_url_set(parsed, CURLUPART_URL, base, 0) == CURLUE_OK) &&
                curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
                curl_url_get(parsed, CURLUPART_URL, normal, 0) == CURLUE_OK;
    curl_free(scheme);
    curl_url_cleanup(parsed);
    return good ? 0 : ERR_INVALID;
}

int dial_url_check(const char *url, const char **reason)
{
    static const struct dial_wish sample = {.room = "room", .name = "name", .caller = 1};
    char *filled = NULL;
    char *normal = NULL;
    int err = dial_url_fill(url, &sample, &filled);
    if (err == 0 && strpbrk(filled, "{} \t\r\n") != NULL) {
        *reason = "the URL holds blanks, or braces other than {room}, {caller} and {name}";
        err = ERR_INVALID;
    } else if (err == 0) {
        err = parse(NULL, filled, &normal);
        *reason = err == ERR_INVALID
                      ? "a URL is http://HOST:PORT/PATH or https://..., and its port at most 65535"
                      : *reason;
    }
    curl_free(normal);
    free(filled);
    return err;
}

int dial_url_resolve(const char *base, const char *reference, char **out)
{
    char *normal = NULL;
    int err = parse(base, reference, &normal);
    if (err == 0) {
        char *copy = strdup(normal);
        err = copy == NULL ? ERR_NO_MEMORY : 0;
        *out = err == 0 ? copy : *out;
    }
    curl_free(normal);
    return err;
}

/** A part of both is the same. */
static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *of_a = NULL;
    char *of_b = NULL;
    bool same = curl_url_get(a, part, &of_a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                curl_url_get(b, part, &of_b, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                strcasecmp(of_a, of_b) == 0;
    curl_free(of_a);
    curl_free(of_b);
    return same;
}

bool dial_url_same_origin(const char *a, const char *b)
{
    CURLU *one = curl_url();
    CURLU *other = curl_url();
    bool same = one != NULL && other != NULL &&
                curl_url_set(one, CURLUPART_URL, a, 0) == CURLUE_OK &&
                curl_url_set(other, CURLUPART_URL, b, 0) == CURLUE_OK &&
                same_part(one, other, CURLUPART_SCHEME) && same_part(one, other, CURLUPART_HOST) &&
                same_part(one, other, CURLUPART_PORT);
    curl_url_cleanup(one);
    curl_url_cleanup(other);
    return same;
}

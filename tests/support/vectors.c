#include "support/vectors.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/** Tests run from the top of the source tree, or name it. */
static FILE *vectors_open(const char *name)
{
    const char *top = getenv("TANDEM_TOP");
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/vectors/%s", top == NULL ? "." : top, name);
    return fopen(path, "rb");
}

static int hex_digit(int c)
{
    if (isdigit(c)) {
        return c - '0';
    }
    c = tolower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t vectors_hex(const char *hex, uint8_t *out, size_t cap)
{
    size_t n = 0;
    int high = -1;
    for (; *hex != '\0'; hex++) {
        int digit = hex_digit((unsigned char)*hex);
        if (digit < 0) {
            continue;
        }
        if (high < 0) {
            high = digit;
        } else if (n < cap) {
            out[n++] = (uint8_t)(high << 4 | digit);
            high = -1;
        }
    }
    return n;
}

int vectors_load_text(const char *name, char **out, size_t *len)
{
    FILE *file = vectors_open(name);
    if (file == NULL) {
        return ERR_NOT_FOUND;
    }
    int err = ERR_IO;
    char *text = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        text = size < 0 ? NULL : malloc((size_t)size + 1);
        err = ERR_NO_MEMORY;
        if (text != NULL && fread(text, 1, (size_t)size, file) == (size_t)size) {
            text[size] = '\0';
            *out = text;
            *len = (size_t)size;
            text = NULL;
            err = 0;
        }
    }
    free(text);
    (void)fclose(file);
    return err;
}

static int vectors_add(struct vectors *vectors, const char *line)
{
    size_t cap = strlen(line) / 2;
    uint8_t **at = realloc(vectors->at, (vectors->count + 1) * sizeof(*at));
    if (at == NULL) {
        return ERR_NO_MEMORY;
    }
    vectors->at = at;
    size_t *len = realloc(vectors->len, (vectors->count + 1) * sizeof(*len));
    if (len == NULL) {
        return ERR_NO_MEMORY;
    }
    vectors->len = len;
    uint8_t *bytes = malloc(cap + 1);
    if (bytes == NULL) {
        return ERR_NO_MEMORY;
    }
    vectors->at[vectors->count] = bytes;
    vectors->len[vectors->count] = vectors_hex(line, bytes, cap);
    vectors->count++;
    return 0;
}

int vectors_load_hex(const char *name, struct vectors *out)
{
    struct vectors vectors = {0};
    char *text = NULL;
    size_t len = 0;
    int err = vectors_load_text(name, &text, &len);
    char *save = NULL;
    for (char *line = err == 0 ? strtok_r(text, "\r\n", &save) : NULL; line != NULL && err == 0;
         line = strtok_r(NULL, "\r\n", &save)) {
        err = vectors_add(&vectors, line);
    }
    free(text);
    if (err != 0) {
        vectors_free(&vectors);
        return err;
    }
    *out = vectors;
    return 0;
}

void vectors_free(struct vectors *vectors)
{
    for (size_t i = 0; i < vectors->count; i++) {
        free(vectors->at[i]);
    }
    free(vectors->at);
    free(vectors->len);
    *vectors = (struct vectors){0};
}

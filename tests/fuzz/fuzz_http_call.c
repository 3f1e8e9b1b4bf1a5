/**
 * The HTTP life of participants: each line of the input up to an empty one is a request "METHOD
 * target", "=Name: value" a header of it; what follows is the body of all of them. Every request
 * gets an answer, and the directory stays in order.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "support/switchboard.h"

enum { MOST_REQUESTS = 16, TARGET_BYTES = 600, FIELDS_BYTES = 1200 };

static enum http_method method_of(struct str_view text)
{
    static const char letters[] = "GHPADOU";
    const char *found = text.len == 0 || text.at[0] == '\0' ? NULL : strchr(letters, text.at[0]);
    return found == NULL ? HTTP_OTHER : (enum http_method)(found - letters);
}

/** "@" in a target stands for the path of the newest participant. */
static void write_target(struct switchboard *board, struct str_view from, char out[TARGET_BYTES])
{
    const struct command *last = switchboard_last(board);
    const struct directory_participant *p =
        last == NULL ? NULL : directory_by_number(board->directory, last->number);
    size_t len = 0;
    for (size_t i = 0; i < from.len && len < TARGET_BYTES - 100; i++) {
        if (from.at[i] == '@' && p != NULL) {
            struct str text;
            str_init(&text, 100);
            str_printf(&text, "/%s/%.32s/%s", route_endpoint_name(p->kind), p->room->name, p->id);
            memcpy(out + len, text.at, text.len);
            len += text.len;
            str_deinit(&text);
        } else if (from.at[i] != '\0') {
            out[len++] = from.at[i];
        }
    }
    out[len] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct switchboard *board = NULL;
    struct str_view rest = str_view_of((const char *)data, len);
    const char *split = len < 2 ? NULL : memmem(data, len, "\n\n", 2);
    struct str_view body = str_view_of("", 0);
    if (split != NULL) {
        body = str_view_of(split + 2, len - (size_t)(split + 2 - rest.at));
        rest.len = (size_t)(split - rest.at);
    }
    if (switchboard_new(&board, 2, 4) != 0) {
        return 0;
    }
    for (int i = 0; i < MOST_REQUESTS && rest.len > 0; i++) {
        char target[TARGET_BYTES];
        char fields[FIELDS_BYTES] = "Content-Type: application/sdp\n";
        struct str_view line = str_view_cut(&rest, '\n');
        enum http_method method = method_of(str_view_cut(&line, ' '));
        write_target(board, line, target);
        size_t at = 0;
        while (rest.len > 0 && rest.at[0] == '=') {
            struct str_view field = str_view_cut(&rest, '\n');
            if (at + field.len + 2 < sizeof(fields)) {
                memcpy(fields + at, field.at + 1, field.len - 1);
                at += field.len - 1;
                fields[at++] = '\n';
                fields[at] = '\0';
            }
        }
        struct http_response response;
        switchboard_ask(board, method, target, fields, body.at, body.len, &response);
        FUZZ_CHECK(response.status >= 200 && response.status < 600);
        FUZZ_CHECK(response.body_len == 0 || response.body != NULL);
        FUZZ_CHECK(response.headers.err == 0);
        http_response_deinit(&response);
        if (board->command_count > 32) {
            switchboard_clear(board);
        }
    }
    switchboard_free(&board);
    return 0;
}

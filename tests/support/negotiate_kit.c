#include "support/negotiate_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/answer_check.h"
#include "support/offers.h"
#include "support/vectors.h"
#include "unit/runner.h"

int kit_load(struct kit *kit, const char *name)
{
    char path[128];
    char *text = NULL;
    size_t len = 0;
    (void)snprintf(path, sizeof(path), "%s%s.sdp", strchr(name, '/') == NULL ? "offers/" : "",
                   name);
    int err = vectors_load_text(path, &text, &len);
    if (err == 0) {
        free(kit->offer);
        kit->offer = text;
    }
    return err;
}

int kit_replace(struct kit *kit, const char *from, const char *to)
{
    int count = 0;
    size_t from_len = strlen(from);
    size_t to_len = strlen(to);
    for (const char *at = kit->offer; (at = strstr(at, from)) != NULL; at += from_len) {
        count++;
    }
    char *out = malloc(strlen(kit->offer) + (size_t)count * to_len + 1);
    if (out == NULL) {
        return -1;
    }
    size_t used = 0;
    for (const char *at = kit->offer; *at != '\0';) {
        if (strncmp(at, from, from_len) == 0) {
            memcpy(out + used, to, to_len);
            used += to_len;
            at += from_len;
        } else {
            out[used++] = *at++;
        }
    }
    out[used] = '\0';
    free(kit->offer);
    kit->offer = out;
    return count;
}

int kit_remove(struct kit *kit, const char *prefix)
{
    int count = 0;
    char *out = malloc(strlen(kit->offer) + 1);
    if (out == NULL) {
        return -1;
    }
    size_t used = 0;
    for (const char *at = kit->offer; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        len += at[len] == '\n';
        if (strncmp(at, prefix, strlen(prefix)) == 0) {
            count++;
        } else {
            memcpy(out + used, at, len);
            used += len;
        }
        at += len;
    }
    out[used] = '\0';
    free(kit->offer);
    kit->offer = out;
    return count;
}

int kit_append(struct kit *kit, const char *text)
{
    size_t len = strlen(kit->offer);
    char *out = realloc(kit->offer, len + strlen(text) + 1);
    if (out == NULL) {
        return ERR_NO_MEMORY;
    }
    memcpy(out + len, text, strlen(text) + 1);
    kit->offer = out;
    return 0;
}

static int answer(struct kit *kit, enum negotiate_kind kind, bool again)
{
    struct rand rand;
    struct session *session = NULL;
    char *text = NULL;
    size_t len = strlen(kit->offer);
    struct negotiate_config config = *offers_config();
    config.mix_dtx = kit->mix_dtx;
    config.audio = kit->audio;
    config.voices = kit->voices;
    rand_init(&rand, kit->seed++);
    kit->problem = (struct negotiate_problem){0};
    int err = again ? negotiate_reoffer(kind, kit->session, kit->offer, len, &config, &rand,
                                        &session, &text, &kit->problem)
                    : negotiate_offer(kind, kit->offer, len, &config, &rand, &session, &text,
                                      &kit->problem);
    if (err != 0) {
        return err;
    }
    free(kit->session);
    free(kit->answer);
    kit->session = session;
    kit->answer = text;
    char report[ANSWER_CHECK_TEXT];
    if (answer_check(kit->offer, text, report) > 0) {
        if (!runner_out_of_memory()) {
            fprintf(stderr, "%s", report);
        }
        return 1;
    }
    return 0;
}

int kit_answer(struct kit *kit, enum negotiate_kind kind)
{
    return answer(kit, kind, false);
}

int kit_answer_again(struct kit *kit, enum negotiate_kind kind)
{
    return answer(kit, kind, true);
}

bool kit_refuses(struct kit *kit, enum negotiate_kind kind, int status, const char *detail)
{
    int err = kit_answer(kit, kind);
    bool good = err < 0 && kit->problem.status == status && kit->problem.title[0] != '\0' &&
                strstr(kit->problem.detail, detail) != NULL;
    if (!good && err != ERR_NO_MEMORY) {
        fprintf(stderr, "err %d, status %d, line %u: %s: %s\n", err, kit->problem.status,
                kit->problem.line, kit->problem.title, kit->problem.detail);
    }
    return good;
}

size_t kit_count(const struct kit *kit, size_t part, const char *prefix)
{
    size_t count = 0;
    size_t here = 0;
    for (const char *at = kit->answer; *at != '\0';) {
        here += strncmp(at, "m=", 2) == 0;
        count += here == part && strncmp(at, prefix, strlen(prefix)) == 0;
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return count;
}

void kit_free(struct kit *kit)
{
    free(kit->offer);
    free(kit->session);
    free(kit->answer);
    *kit = (struct kit){0};
}

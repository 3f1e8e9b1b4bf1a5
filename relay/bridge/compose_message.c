#include "bridge/compose_message.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static bool tile_equal(const struct compose_tile *a, const struct compose_tile *b)
{
    return a->source == b->source && a->participant == b->participant &&
           a->speaking == b->speaking && a->screen == b->screen && strcmp(a->name, b->name) == 0;
}

bool compose_scene_equal(const struct compose_scene *a, const struct compose_scene *b)
{
    bool equal = a->layout == b->layout && a->count == b->count;
    for (size_t i = 0; i < a->count && equal; i++) {
        equal = tile_equal(&a->tiles[i], &b->tiles[i]);
    }
    return equal;
}

int compose_request_new(struct compose_request **out, enum compose_request_kind kind,
                        uint64_t composition)
{
    struct compose_request *request = calloc(1, sizeof(*request));
    if (request == NULL) {
        return ERR_NO_MEMORY;
    }
    request->kind = kind;
    request->composition = composition;
    *out = request;
    return 0;
}

void compose_request_free(struct compose_request **request)
{
    struct compose_request *old = *request;
    if (old == NULL) {
        return;
    }
    free(old->scene);
    free(old->bytes);
    free(old);
    *request = NULL;
}

int compose_result_new(struct compose_result **out, enum compose_result_kind kind,
                       uint64_t composition)
{
    struct compose_result *result = calloc(1, sizeof(*result));
    if (result == NULL) {
        return ERR_NO_MEMORY;
    }
    result->kind = kind;
    result->composition = composition;
    *out = result;
    return 0;
}

void compose_result_free(struct compose_result **result)
{
    struct compose_result *old = *result;
    if (old == NULL) {
        return;
    }
    free(old->bytes);
    free(old);
    *result = NULL;
}

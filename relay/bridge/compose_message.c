#include "bridge/compose_message.h"

#include <stdlib.h>

#include "base/err.h"

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

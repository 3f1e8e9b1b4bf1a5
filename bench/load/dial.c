#include "load/dial.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "load/dial_way.h"

enum {
    DEFAULT_TIMEOUT_US = 10000000,
    HANG_UP_TIMEOUT_US = 3000000, /**< of all hang-ups together, at the end */
    STEP_US = 5000
};

static const struct dial_way *way_of(enum dial_kind kind)
{
    switch (kind) {
    case DIAL_HTTP:
        return &dial_http;
    case DIAL_JANUS_ECHO:
    case DIAL_JANUS_VIDEOROOM:
    case DIAL_JANUS_AUDIOBRIDGE:
        return &dial_janus;
    }
    return &dial_http;
}

int dialer_new(struct dialer **out, struct turn *turn, const struct dial_target *target,
               const char **reason)
{
    struct dialer *dialer = calloc(1, sizeof(*dialer));
    *reason = "out of memory";
    if (dialer == NULL) {
        return ERR_NO_MEMORY;
    }
    dialer->way = way_of(target->kind);
    dialer->turn = turn;
    dialer->target = *target;
    if (target->timeout_us <= 0) {
        dialer->target.timeout_us = DEFAULT_TIMEOUT_US;
    }
    rand_init_secure(&dialer->rand);
    int err = fetcher_new(&dialer->fetcher, turn);
    if (err == 0) {
        err = dialer->way->open(dialer, reason);
    }
    if (err != 0) {
        fetcher_free(&dialer->fetcher);
        free(dialer);
        return err;
    }
    *reason = "";
    *out = dialer;
    return 0;
}

size_t dialer_legs(const struct dialer *dialer, const struct dial_wish *whole,
                   struct dial_wish legs[static DIAL_MAX_LEGS])
{
    return dialer->way->legs(dialer, whole, legs);
}

int dial_new(struct dial **out, struct dialer *dialer, const struct dial_wish *wish,
             const struct agreement_local *local, const struct dial_handler *handler)
{
    struct dial base = {.dialer = dialer, .handler = *handler, .local = *local};
    return dialer->way->make(out, &base, wish);
}

void dial_hang_up(struct dial **dial)
{
    if (*dial != NULL) {
        (*dial)->dialer->way->hang_up(dial);
    }
}

void dialer_free(struct dialer **dialer)
{
    struct dialer *old = *dialer;
    if (old == NULL) {
        return;
    }
    if (old->way->finish != NULL) {
        old->way->finish(old);
    }
    int64_t deadline_us = turn_clock_us() + HANG_UP_TIMEOUT_US;
    while (fetcher_pending(old->fetcher) > 0 && turn_clock_us() < deadline_us) {
        turn_run(old->turn, turn_clock_us() + STEP_US);
    }
    fetcher_free(&old->fetcher);
    if (old->way->close != NULL) {
        old->way->close(old);
    }
    free(old);
    *dialer = NULL;
}

struct fetch_request dial_request(const struct dialer *dialer, const char *method, const char *url,
                                  char bearer[static DIAL_BEARER_BYTES])
{
    const struct dial_target *target = &dialer->target;
    struct fetch_request request = {.method = method,
                                    .url = url,
                                    .timeout_us = target->timeout_us,
                                    .insecure = target->insecure};
    bearer[0] = '\0';
    if (target->bearer != NULL) {
        (void)snprintf(bearer, DIAL_BEARER_BYTES, "Authorization: Bearer %s", target->bearer);
        request.headers[request.header_count++] = bearer;
    }
    for (size_t i = 0; i < target->header_count && i < DIAL_MAX_HEADERS; i++) {
        request.headers[request.header_count++] = target->headers[i];
    }
    return request;
}

void dial_agree(struct dial *dial, const struct agreement *agreement)
{
    dial->handler.agreed(dial->handler.owner, agreement);
}

void dial_fail(const struct dial *dial, enum load_cause cause, const char *message)
{
    dial->handler.failed(dial->handler.owner, cause, message);
}

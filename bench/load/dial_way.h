/**
 * What is under a dial: one table of verbs for each kind of server.
 */
#ifndef LOAD_DIAL_WAY_H
#define LOAD_DIAL_WAY_H

#include "base/rand.h"
#include "load/dial.h"
#include "load/fetch.h"

struct dial_way;

struct dialer {
    const struct dial_way *way;
    struct turn *turn;
    struct dial_target target;
    struct fetcher *fetcher;
    struct rand rand;
    void *shared; /**< the way's, for all dials */
};

/** First member of what a way makes. */
struct dial {
    struct dialer *dialer;
    struct dial_handler handler;
    struct agreement_local local;
};

struct dial_way {
    /** Checks the target, makes what is shared (may stay NULL). @return as dialer_new */
    int (*open)(struct dialer *dialer, const char **reason);

    /** As dialer_legs. */
    size_t (*legs)(const struct dialer *dialer, const struct dial_wish *whole,
                   struct dial_wish legs[static DIAL_MAX_LEGS]);

    /** Begins. @param base what the dial is to begin with. @return as dial_new */
    int (*make)(struct dial **out, const struct dial *base, const struct dial_wish *wish);

    /** Nothing is told any more; what must still go out goes out by itself. */
    void (*hang_up)(struct dial **dial);

    /** All dials are hung up: ends what is shared at the server too. May be NULL. */
    void (*finish)(struct dialer *dialer);

    /** Frees what is shared. May be NULL. */
    void (*close)(struct dialer *dialer);
};

extern const struct dial_way dial_http;
extern const struct dial_way dial_janus;

/** Method, URL, time-out, verification, and the target's own headers; the way adds its own.
 * @param bearer out: holds the header while the request is used; "" without a token
 * @return the request, valid while url and bearer are */
enum { DIAL_BEARER_BYTES = 4096 };
struct fetch_request dial_request(const struct dialer *dialer, const char *method, const char *url,
                                  char bearer[static DIAL_BEARER_BYTES]);

/** Notes the time of the answer and tells who is concerned; the dial may be gone afterwards. */
void dial_agree(struct dial *dial, const struct agreement *agreement);
void dial_fail(const struct dial *dial, enum load_cause cause, const char *message);

#endif

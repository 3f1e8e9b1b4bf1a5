/* One POST with an offer, an answer, a DELETE: Tandem's /call, WHIP (RFC 9725), WHEP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/answer.h"
#include "load/dial_url.h"
#include "load/dial_way.h"
#include "load/dial_words.h"
#include "load/offer.h"

struct http_dial {
    struct dial base;
    struct agreement plan;
    struct fetch *fetch; /**< the POST while it is under way */
    char *session;       /**< URL to be deleted, or NULL */
    bool trusted;        /**< it is of the origin that answered: it may have token and headers */
    bool hung_up;
};

static int open_way(struct dialer *dialer, const char **reason)
{
    const struct dial_target *target = &dialer->target;
    const char *urls[] = {target->url, target->whip, target->whep};
    size_t given = 0;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        int err = urls[i] != NULL ? dial_url_check(urls[i], reason) : 0;
        if (err != 0) {
            return err;
        }
        given += urls[i] != NULL;
    }
    if (given == 0 || (target->url != NULL && given > 1)) {
        *reason = "a target is one URL for both ways, or one to send and one to receive";
        return ERR_INVALID;
    }
    return 0;
}

static bool sends(const struct dial_wish *wish)
{
    return wish->send_audio || wish->send_video;
}

/** WHEP has one m-line of a kind at most, unless a server says more. */
static unsigned at_most_one(unsigned lines)
{
    return lines > 0 ? 1 : 0;
}

static size_t legs_of(const struct dialer *dialer, const struct dial_wish *whole,
                      struct dial_wish legs[static DIAL_MAX_LEGS])
{
    size_t count = 0;
    if (dialer->target.url != NULL) {
        legs[0] = *whole;
        return 1;
    }
    if (sends(whole) && dialer->target.whip != NULL) {
        legs[count] = *whole;
        legs[count].receive_audio = 0;
        legs[count].receive_video = 0;
        count++;
    }
    if ((whole->receive_audio > 0 || whole->receive_video > 0) && dialer->target.whep != NULL) {
        legs[count] = *whole;
        legs[count].send_audio = false;
        legs[count].send_video = false;
        legs[count].simulcast = false;
        legs[count].receive_audio = at_most_one(whole->receive_audio);
        legs[count].receive_video = at_most_one(whole->receive_video);
        count++;
    }
    return count;
}

static void free_dial(struct http_dial *dial)
{
    free(dial->session);
    free(dial);
}

/** Sends the DELETE; nobody waits for its answer. */
static void delete_session(struct http_dial *dial)
{
    char bearer[DIAL_BEARER_BYTES];
    struct fetch *fetch = NULL;
    if (dial->session != NULL) {
        struct fetch_request request =
            dial_request(dial->base.dialer, "DELETE", dial->session, bearer);
        request.header_count = dial->trusted ? request.header_count : 0;
        (void)fetch_new(&fetch, dial->base.dialer->fetcher, &request, NULL, NULL);
    }
}

static void read_answer(struct http_dial *dial, const struct fetch_result *result)
{
    char message[DIAL_MESSAGE_BYTES];
    enum load_cause cause = LOAD_FINE;
    if (result->status < 200 || result->status > 299) {
        cause = dial_words_cause(result->status);
        dial_words_read(result->status, result->body, result->body_len, message);
    } else {
        cause = answer_read(&dial->plan, result->body, result->body_len, message);
    }
    if (cause == LOAD_FINE) {
        dial_agree(&dial->base, &dial->plan);
    } else {
        dial_fail(&dial->base, cause, message);
    }
}

/** A failure whose words are too long, or do not end, is that failure all the same. */
static void on_answer(void *owner, const struct fetch_result *result)
{
    struct http_dial *dial = owner;
    dial->fetch = NULL;
    bool made = result->cause == LOAD_FINE && result->status >= 200 && result->status <= 299;
    if (made && result->location != NULL) {
        (void)dial_url_resolve(result->url, result->location, &dial->session);
        dial->trusted = dial->session != NULL && dial_url_same_origin(result->url, dial->session);
    }
    if (dial->hung_up) {
        delete_session(dial);
        free_dial(dial);
    } else if (result->cause != LOAD_FINE && result->status < 400) {
        dial_fail(&dial->base, result->cause, result->message);
    } else {
        read_answer(dial, result);
    }
}

static int post(struct http_dial *dial, const char *url, const char *offer)
{
    char bearer[DIAL_BEARER_BYTES];
    struct fetch_request request = dial_request(dial->base.dialer, "POST", url, bearer);
    request.headers[request.header_count++] = "Content-Type: application/sdp";
    request.headers[request.header_count++] = "Accept: application/sdp";
    request.body = offer;
    request.body_len = strlen(offer);
    return fetch_new(&dial->fetch, dial->base.dialer->fetcher, &request, on_answer, dial);
}

static int make(struct dial **out, const struct dial *base, const struct dial_wish *wish)
{
    const struct dial_target *target = &base->dialer->target;
    const char *template = sends(wish) ? target->whip : target->whep;
    char *url = NULL;
    char *offer = NULL;
    struct http_dial *dial = calloc(1, sizeof(*dial));
    if (dial == NULL) {
        return ERR_NO_MEMORY;
    }
    dial->base = *base;
    if (target->url != NULL) {
        template = target->url;
    }
    int err = template == NULL ? ERR_INVALID : dial_url_fill(template, wish, &url);
    if (err == 0) {
        err = offer_write(wish, &base->local, &base->dialer->rand, &dial->plan, &offer);
    }
    if (err == 0) {
        err = post(dial, url, offer);
    }
    free(url);
    free(offer);
    if (err != 0) {
        free_dial(dial);
        return err;
    }
    *out = &dial->base;
    return 0;
}

/** A POST under way is left to end, so that its session can be deleted. */
static void hang_up(struct dial **out)
{
    struct http_dial *dial = (struct http_dial *)*out;
    *out = NULL;
    if (dial->fetch != NULL) {
        dial->hung_up = true;
        return;
    }
    delete_session(dial);
    free_dial(dial);
}

const struct dial_way dial_http = {
    .open = open_way,
    .legs = legs_of,
    .make = make,
    .hang_up = hang_up,
};

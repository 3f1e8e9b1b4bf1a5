#include "media/keyframe_request.h"

/** 4 per 10 s per layer, 3 per 10 s per receiver (QUALITY.md 1.11). */
static const int64_t layer_cost_us = 2500000;
static const uint32_t layer_burst = 4;
static const int64_t receiver_cost_us = 3333333;
static const uint32_t receiver_burst = 3;

/** Requests get lost: at 20 % loss so many, one after the other, once in 125 times. Who answers
 * none is asked less and less often. */
enum { SURE_TRIES = 3 };

const char *keyframe_state_name(enum keyframe_state state)
{
    switch (state) {
    case KEYFRAME_IDLE:
        return "idle";
    case KEYFRAME_WANTED:
        return "wanted";
    case KEYFRAME_ASKED:
        return "asked";
    }
    return "?";
}

void keyframe_request_init(struct keyframe_request *request)
{
    *request = (struct keyframe_request){
        .state = KEYFRAME_IDLE, .due_us = INT64_MAX, .asked_us = INT64_MIN};
    token_bucket_init(&request->bucket, layer_cost_us, layer_burst);
}

void keyframe_request_rtt(struct keyframe_request *request, int64_t rtt_us)
{
    request->rtt_us = rtt_us;
}

static void enter(struct keyframe_request *request, enum keyframe_state state, int64_t due_us)
{
    request->state = state;
    request->due_us = due_us;
}

void keyframe_request_want(struct keyframe_request *request, int64_t now_us)
{
    if (request->state != KEYFRAME_IDLE) {
        return;
    }
    int64_t due_us = token_bucket_next(&request->bucket, now_us);
    if (request->asked_us != INT64_MIN && due_us < request->asked_us + KEYFRAME_SPACING_US) {
        due_us = request->asked_us + KEYFRAME_SPACING_US;
    }
    request->tries = 0;
    /* An answer needs a round trip and the encoder's next frame. */
    request->wait_us =
        2 * request->rtt_us > KEYFRAME_SPACING_US ? 2 * request->rtt_us : KEYFRAME_SPACING_US;
    enter(request, KEYFRAME_WANTED, due_us);
}

void keyframe_request_received(struct keyframe_request *request)
{
    enter(request, KEYFRAME_IDLE, INT64_MAX);
}

void keyframe_request_cancel(struct keyframe_request *request)
{
    enter(request, KEYFRAME_IDLE, INT64_MAX);
}

bool keyframe_request_poll(struct keyframe_request *request, int64_t now_us)
{
    if (now_us < request->due_us) {
        return false;
    }
    if (!token_bucket_take(&request->bucket, now_us)) {
        request->due_us = token_bucket_next(&request->bucket, now_us);
        return false;
    }
    if (request->wait_us > KEYFRAME_BACK_OFF_MAX_US) {
        request->wait_us = KEYFRAME_BACK_OFF_MAX_US;
    }
    request->asked_us = now_us;
    enter(request, KEYFRAME_ASKED, now_us + request->wait_us);
    request->tries++;
    if (request->tries >= SURE_TRIES) {
        request->wait_us *= 2;
    }
    return true;
}

int64_t keyframe_request_next_deadline(const struct keyframe_request *request)
{
    return request->due_us;
}

void keyframe_limit_init(struct keyframe_limit *limit)
{
    token_bucket_init(&limit->bucket, receiver_cost_us, receiver_burst);
}

bool keyframe_limit_take(struct keyframe_limit *limit, int64_t now_us)
{
    return token_bucket_take(&limit->bucket, now_us);
}

int64_t keyframe_limit_next(const struct keyframe_limit *limit, int64_t now_us)
{
    return token_bucket_next(&limit->bucket, now_us);
}

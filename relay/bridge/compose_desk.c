#include "bridge/compose_desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "composer.h"

enum {
    SPACING_US = 7000,     /**< from one composition's phase to the next one's */
    PATIENCE_US = 3000000, /**< in time for so long: a faster rate is tried */
    LATE_PICTURES = 3      /**< that late in a row: a slower rate is taken */
};

/** Pictures a second, from the full rate down. */
static const unsigned rates[] = {COMPOSE_MAX_FPS, 20, 15, 10, 5};

enum { RATES = sizeof(rates) / sizeof(rates[0]) };

struct composition {
    struct list link;
    uint64_t number;
    struct composer *composer;
    int64_t due_us; /**< INT64_MAX while nobody wants it */
    size_t rate;    /**< index into rates */
    unsigned late;  /**< pictures in a row */
    int64_t in_time_since_us;
};

struct compose_desk {
    struct compose_desk_config config;
    struct list compositions;
    struct compose_desk_counters counters;
};

int compose_desk_new(struct compose_desk **out, const struct compose_desk_config *config)
{
    struct compose_desk *desk = calloc(1, sizeof(*desk));
    if (desk == NULL) {
        return ERR_NO_MEMORY;
    }
    desk->config = *config;
    list_init(&desk->compositions);
    *out = desk;
    return 0;
}

static struct composition *composition_of(struct list *link)
{
    return LIST_ENTRY(link, struct composition, link);
}

/** Few: bounded by max_compositions. */
static struct composition *find(const struct compose_desk *desk, uint64_t number)
{
    LIST_FOR_EACH(link, &desk->compositions)
    {
        if (composition_of(link)->number == number) {
            return composition_of(link);
        }
    }
    return NULL;
}

/** @return false when the worker does not get it */
static bool hand_over(struct compose_desk *desk, struct compose_result *result)
{
    bool taken = desk->config.result(desk->config.owner, result) == 0;
    desk->counters.untaken += taken ? 0 : 1;
    return taken;
}

/** What gets lost here is asked for again. */
static void tell(struct compose_desk *desk, enum compose_result_kind kind, uint64_t composition,
                 uint32_t source)
{
    struct compose_result *result = NULL;
    if (compose_result_new(&result, kind, composition) == 0) {
        result->source = source;
        (void)hand_over(desk, result);
    }
}

static int open_composition(struct compose_desk *desk, uint64_t number)
{
    if (desk->counters.open >= desk->config.max_compositions) {
        return ERR_FULL;
    }
    struct composition *composition = calloc(1, sizeof(*composition));
    if (composition == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = composer_new(&composition->composer);
    if (err != 0) {
        free(composition);
        return err;
    }
    composition->number = number;
    composition->due_us = INT64_MAX;
    list_append(&desk->compositions, &composition->link);
    desk->counters.open++;
    return 0;
}

static void answer_open(struct compose_desk *desk, uint64_t number, int err)
{
    desk->counters.refused += err == 0 ? 0 : 1;
    tell(desk, err == 0 ? COMPOSE_OPENED : COMPOSE_REFUSED, number, 0);
}

static void close_composition(struct compose_desk *desk, struct composition *composition)
{
    list_remove(&composition->link);
    composer_free(&composition->composer);
    desk->counters.slowed -= composition->rate > 0 ? 1 : 0;
    desk->counters.open--;
    free(composition);
}

static void take_frame(struct compose_desk *desk, struct composition *composition,
                       const struct compose_request *request, int64_t now_us)
{
    int err = composer_frame(composition->composer, request, now_us);
    if (err == 0) {
        desk->counters.decoded++;
    } else if (err == ERR_FULL || err == ERR_NEED_KEYFRAME) {
        desk->counters.left_out++;
    } else if (err != ERR_INVALID) {
        desk->counters.broken++;
    }
    if (composer_asks_for_keyframe(composition->composer, request->source, now_us)) {
        tell(desk, COMPOSE_NEEDS_KEYFRAME, composition->number, request->source);
    }
}

/** Somebody wants the first rendition, or nobody wants any. */
static void follow_wishes(struct composition *composition, int64_t now_us)
{
    bool wanted = composer_is_wanted(composition->composer);
    if (!wanted) {
        composition->due_us = INT64_MAX;
    } else if (composition->due_us == INT64_MAX) {
        composition->due_us = now_us + (int64_t)(composition->number % 5) * SPACING_US;
        composition->in_time_since_us = now_us;
    }
}

static void take(struct compose_desk *desk, struct composition *composition,
                 struct compose_request *request, int64_t now_us)
{
    switch (request->kind) {
    case COMPOSE_SET_SCENE:
        composer_set_scene(composition->composer, request->scene);
        break;
    case COMPOSE_FRAME:
        take_frame(desk, composition, request, now_us);
        break;
    case COMPOSE_RENDITION:
        composer_want(composition->composer, request->rendition, request->wanted, request->bps);
        follow_wishes(composition, now_us);
        break;
    case COMPOSE_KEYFRAME:
        composer_keyframe(composition->composer, request->rendition);
        break;
    case COMPOSE_CLOSE:
        close_composition(desk, composition);
        break;
    case COMPOSE_OPEN:
        break;
    }
}

void compose_desk_receive(struct compose_desk *desk, struct compose_request *request,
                          int64_t now_us)
{
    if (request->kind == COMPOSE_OPEN) {
        answer_open(desk, request->composition, open_composition(desk, request->composition));
    } else {
        struct composition *composition = find(desk, request->composition);
        if (composition != NULL) {
            take(desk, composition, request, now_us);
        }
    }
    compose_request_free(&request);
}

static void set_rate(struct compose_desk *desk, struct composition *composition, size_t rate)
{
    desk->counters.slowed -= composition->rate > 0 ? 1 : 0;
    desk->counters.slowed += rate > 0 ? 1 : 0;
    composition->rate = rate;
    composition->late = 0;
}

/** Fewer pictures when they come late, more when they have been in time for a while. */
static void follow_lateness(struct compose_desk *desk, struct composition *composition,
                            int64_t late_us, int64_t now_us)
{
    int64_t interval_us = 1000000 / rates[composition->rate];
    if (late_us > interval_us / 2) {
        composition->late++;
        composition->in_time_since_us = now_us;
        if (composition->late >= LATE_PICTURES && composition->rate + 1 < RATES) {
            set_rate(desk, composition, composition->rate + 1);
        }
    } else {
        composition->late = 0;
        if (composition->rate > 0 && now_us - composition->in_time_since_us >= PATIENCE_US) {
            set_rate(desk, composition, composition->rate - 1);
            composition->in_time_since_us = now_us;
        }
    }
}

static void send_rendition(struct compose_desk *desk, struct composition *composition,
                           size_t rendition, int64_t now_us)
{
    struct composed composed;
    struct compose_result *result = NULL;
    if (!composer_encode(composition->composer, rendition, &composed) || composed.len == 0) {
        return;
    }
    desk->counters.encoded++;
    if (compose_result_new(&result, COMPOSE_PICTURE, composition->number) != 0) {
        composer_keyframe(composition->composer, rendition);
        return;
    }
    result->bytes = malloc(composed.len);
    if (result->bytes == NULL) {
        compose_result_free(&result);
        composer_keyframe(composition->composer, rendition);
        return;
    }
    memcpy(result->bytes, composed.bytes, composed.len);
    result->len = composed.len;
    result->rendition = rendition;
    result->keyframe = composed.keyframe;
    result->layer_sync = composed.layer_sync;
    result->tid = composed.tid;
    result->width = composed.width;
    result->height = composed.height;
    result->at_us = now_us;
    result->captured_us = composer_captured_us(composition->composer);
    if (!hand_over(desk, result)) {
        composer_keyframe(composition->composer, rendition);
    }
}

static struct composition *next_due(const struct compose_desk *desk)
{
    struct composition *next = NULL;
    LIST_FOR_EACH(link, &desk->compositions)
    {
        struct composition *composition = composition_of(link);
        if (next == NULL || composition->due_us < next->due_us) {
            next = composition;
        }
    }
    return next;
}

void compose_desk_timeout(struct compose_desk *desk, int64_t now_us)
{
    struct composition *composition = next_due(desk);
    if (composition == NULL || composition->due_us > now_us) {
        return;
    }
    follow_lateness(desk, composition, now_us - composition->due_us, now_us);
    unsigned fps = rates[composition->rate];
    int64_t interval_us = 1000000 / fps;
    int64_t skipped = (now_us - composition->due_us) / interval_us;
    desk->counters.skipped += (uint64_t)skipped;
    composition->due_us += (skipped + 1) * interval_us;
    composer_compose(composition->composer, now_us, fps);
    desk->counters.composed++;
    for (size_t i = 0; i < COMPOSE_MAX_RENDITIONS; i++) {
        send_rendition(desk, composition, i, now_us);
    }
}

int64_t compose_desk_next_deadline(const struct compose_desk *desk)
{
    const struct composition *next = next_due(desk);
    return next == NULL ? INT64_MAX : next->due_us;
}

const struct compose_desk_counters *compose_desk_counters(const struct compose_desk *desk)
{
    return &desk->counters;
}

void compose_desk_free(struct compose_desk **desk)
{
    struct compose_desk *old = *desk;
    if (old == NULL) {
        return;
    }
    LIST_FOR_EACH_SAFE(link, after, &old->compositions)
    {
        close_composition(old, composition_of(link));
    }
    free(old);
    *desk = NULL;
}

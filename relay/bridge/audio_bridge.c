#include "bridge/audio_bridge.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/wheel.h"
#include "mix_room.h"
#include "room/bridging.h"

enum {
    LOOK_US = 5000,        /**< between looks for rooms that want a mix, where something is new */
    ENCODERS_AT_ONCE = 16, /**< of rooms that share a turn, 50 us each: others wait meanwhile */
    MAX_BEHIND = 5,        /**< frames that are made later than they were due; more are left out */
    FRAME_MS = AUDIO_BRIDGE_FRAME_US / 1000
};

/** Milliseconds of a frame in which rooms have their turns, far from each other: the first of them
 * where timers are due anyway (base/grid.h), so that few rooms cost few wake-ups. */
static const uint8_t phases_ms[FRAME_MS] = {0, 10, 5, 15, 2, 12, 7, 17, 3, 13,
                                            8, 18, 1, 11, 6, 16, 4, 14, 9, 19};

struct audio_bridge {
    struct audio_bridge_config config;
    struct wheel *wheel;      /**< mix_room.timer */
    struct list rooms;        /**< mix_room.link */
    uint32_t turns[FRAME_MS]; /**< rooms at each of phases_ms */
    int64_t looked_us;
    uint32_t sinks_seen; /**< exchange_sinks_come */
};

struct audio_bridge_options audio_bridge_defaults(void)
{
    return (struct audio_bridge_options){
        .speakers = 3, .bitrate_bps = AUDIO_BRIDGE_BPS, .complexity = AUDIO_ENCODER_COMPLEXITY};
}

int audio_bridge_new(struct audio_bridge **out, const struct audio_bridge_config *config,
                     int64_t now_us)
{
    struct audio_bridge *bridge = calloc(1, sizeof(*bridge));
    if (bridge == NULL) {
        return ERR_NO_MEMORY;
    }
    bridge->config = *config;
    bridge->looked_us = now_us - LOOK_US;
    bridge->sinks_seen = UINT32_MAX; /* anything else than what there is */
    list_init(&bridge->rooms);
    int err = wheel_new(&bridge->wheel, now_us);
    if (err != 0) {
        free(bridge);
        return err;
    }
    *out = bridge;
    return 0;
}

/** The first phase at which there is room, or the one that fewest rooms have; by its place in
 * phases_ms. In a turn the codec's code and tables come to the cache for one room (some 70 us of
 * 350), and the others find them there. */
static size_t choose_phase(const struct audio_bridge *bridge)
{
    uint32_t together = ENCODERS_AT_ONCE / (bridge->config.options.speakers + 1);
    size_t best = 0;
    for (size_t i = 0; i < FRAME_MS && bridge->turns[best] >= together; i++) {
        best = bridge->turns[i] < bridge->turns[best] ? i : best;
    }
    return best;
}

/** The next time at which a room of this phase has its turn. */
static int64_t first_turn_us(size_t phase, int64_t now_us)
{
    int64_t phase_us = (int64_t)phases_ms[phase] * 1000;
    return now_us - (now_us - phase_us) % AUDIO_BRIDGE_FRAME_US + AUDIO_BRIDGE_FRAME_US;
}

/** Rooms of which slots want a mix are mixed from now on. */
static void look(struct audio_bridge *bridge, struct exchange *exchange, int64_t now_us)
{
    uint32_t come = exchange_sinks_come(exchange);
    bridge->looked_us = now_us;
    bridge->sinks_seen = come;
    LIST_FOR_EACH(link, exchange_bridgings(exchange))
    {
        struct bridging *bridging = LIST_ENTRY(link, struct bridging, link);
        struct mix_room *room = NULL;
        if (bridging->audio != NULL || list_empty(&bridging->sinks[MEDIA_AUDIO])) {
            continue;
        }
        size_t phase = choose_phase(bridge);
        if (mix_room_new(&room, bridging, &bridge->config, first_turn_us(phase, now_us)) != 0) {
            bridge->sinks_seen = come - 1; /* to be tried again */
        } else {
            room->phase = phase;
            bridge->turns[phase]++;
            list_append(&bridge->rooms, &room->link);
            wheel_set(bridge->wheel, &room->timer, room->due_us);
            bridge->config.counters->rooms++;
        }
    }
}

/** @param by 1, or -1 for a room that does not count any more, or may have changed */
static void count_codecs(struct audio_bridge *bridge, const struct mix_room *room, int by)
{
    struct event_mix *counters = bridge->config.counters;
    counters->encoders += (uint64_t)by * mix_room_encoders(room);
    counters->decoders += (uint64_t)by * mix_room_decoders(room);
}

static void drop(struct audio_bridge *bridge, struct mix_room *room)
{
    count_codecs(bridge, room, -1);
    wheel_cancel(bridge->wheel, &room->timer);
    list_remove(&room->link);
    bridge->turns[room->phase]--;
    mix_room_free(&room);
    bridge->config.counters->rooms--;
}

/** Makes the frames that are due. */
static void turn(struct audio_bridge *bridge, struct mix_room *room, int64_t now_us)
{
    struct event_mix *counters = bridge->config.counters;
    int64_t behind = (now_us - room->due_us) / AUDIO_BRIDGE_FRAME_US;
    bool wanted = true;
    if (behind > MAX_BEHIND) {
        mix_room_skip(room, (uint32_t)(behind - MAX_BEHIND));
    }
    counters->late += behind > 0 ? (uint64_t)behind : 0;
    count_codecs(bridge, room, -1);
    while (wanted && room->due_us <= now_us) {
        wanted = mix_room_tick(room, now_us);
    }
    count_codecs(bridge, room, 1);
    if (wanted) {
        wheel_set(bridge->wheel, &room->timer, room->due_us);
    } else {
        drop(bridge, room);
        bridge->sinks_seen--; /* a listener may have found no memory */
    }
}

static bool has_news(const struct audio_bridge *bridge, struct exchange *exchange)
{
    return bridge->sinks_seen != exchange_sinks_come(exchange) &&
           !list_empty(exchange_bridgings(exchange));
}

void audio_bridge_timeout(struct audio_bridge *bridge, struct exchange *exchange, int64_t now_us)
{
    struct wheel_timer *timer;
    if (has_news(bridge, exchange) && now_us - bridge->looked_us >= LOOK_US) {
        look(bridge, exchange, now_us);
    }
    while ((timer = wheel_pop(bridge->wheel, now_us)) != NULL) {
        turn(bridge, LIST_ENTRY(timer, struct mix_room, timer), now_us);
    }
}

int64_t audio_bridge_next_deadline(const struct audio_bridge *bridge, struct exchange *exchange)
{
    int64_t next_us = wheel_next_deadline(bridge->wheel);
    int64_t look_us = bridge->looked_us + LOOK_US;
    return has_news(bridge, exchange) && look_us < next_us ? look_us : next_us;
}

void audio_bridge_free(struct audio_bridge **bridge)
{
    struct audio_bridge *old = *bridge;
    if (old == NULL) {
        return;
    }
    LIST_FOR_EACH_SAFE(link, after, &old->rooms)
    {
        drop(old, LIST_ENTRY(link, struct mix_room, link));
    }
    wheel_free(&old->wheel);
    free(old);
    *bridge = NULL;
}

/**
 * What tandem-load's packets say about themselves is still there behind the relay (load/mark.h).
 */
#include <string.h>

#include "base/err.h"
#include "load/content.h"
#include "load/mark.h"
#include "sim/scenario.h"
#include "unit/runner.h"

enum { SECONDS = 8, MARKED_BYTES = 65536 };

/** Speaks and films out of content, marked. */
struct marker {
    struct content *content;
    uint32_t sounds;
    uint32_t frames;
    uint64_t place;
    uint8_t frame[MARKED_BYTES];
};

/** Counts what comes. */
struct reader {
    uint32_t sounds;
    uint32_t frames;
    uint32_t unmarked;
    uint32_t wrong; /**< a mark that was not the next one */
    struct mark sound;
    struct mark picture;
};

static size_t next_sound(void *owner, int64_t capture_us, uint8_t *out, uint8_t *level)
{
    struct marker *marker = owner;
    struct content_sound sound;
    const struct mark mark = {.caller = 5, .number = ++marker->sounds, .sent_us = capture_us};
    content_sound(marker->content, 0, true, marker->sounds, &sound);
    *level = sound.level;
    return mark_opus(sound.data, sound.len, &mark, out, SOURCE_MAX_PAYLOAD);
}

static size_t next_frame(void *owner, int64_t capture_us, bool keyframe, const uint8_t **out)
{
    struct marker *marker = owner;
    struct content_frame frame;
    const struct mark mark = {.caller = 5, .number = ++marker->frames, .sent_us = capture_us};
    if (keyframe) {
        marker->place = content_next_keyframe(marker->content, marker->place);
    }
    content_frame(marker->content, CONTENT_LAYERS - 1, 0, marker->place++, &frame);
    if (frame.len + MARK_BYTES > MARKED_BYTES) {
        return 0;
    }
    memcpy(marker->frame, frame.data, frame.len);
    mark_write(marker->frame + frame.len, &mark);
    *out = marker->frame;
    return frame.len + MARK_BYTES;
}

static void check(struct reader *reader, const struct mark *mark, struct mark *last)
{
    reader->wrong += mark->caller != 5 || mark->number <= last->number;
    *last = *mark;
}

static void take_sound(void *owner, const struct sink_sound *sound)
{
    struct reader *reader = owner;
    struct mark mark;
    if (!mark_read(sound->payload, sound->bytes, &mark)) {
        reader->unmarked++;
        return;
    }
    reader->sounds++;
    check(reader, &mark, &reader->sound);
}

static bool take_picture(void *owner, const struct sink_sight *sight)
{
    struct reader *reader = owner;
    struct mark mark;
    if (!sight->marker) {
        return true;
    }
    if (!mark_read(sight->payload, sight->bytes, &mark)) {
        reader->unmarked++;
        return true;
    }
    reader->frames++;
    check(reader, &mark, &reader->picture);
    return true;
}

TEST_NO_OOM(marks_are_forwarded_unread)
{
    static struct marker marker;
    const struct content_config config = {
        .tones = 1, .video = true, .width = 320, .height = 192, .video_bps = 600000};
    const char *reason = "";
    struct world *world = NULL;
    struct peer *peers[2] = {NULL};
    struct reader reader = {0};
    marker = (struct marker){0};
    REQUIRE_OK(content_new(&marker.content, &config, &reason));
    REQUIRE_OK(world_new(&world, 11));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &peers[0]));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &peers[1]));
    source_set_voice(peer_source(peers[0], MEDIA_AUDIO),
                     &(struct source_voice){.next = next_sound, .owner = &marker});
    source_set_camera(peer_source(peers[0], MEDIA_VIDEO),
                      &(struct source_camera){.next = next_frame, .owner = &marker});
    sink_set_listener(peer_sink(peers[1], MEDIA_AUDIO, 0),
                      &(struct sink_listener){.take = take_sound, .owner = &reader});
    sink_set_watcher(peer_sink(peers[1], MEDIA_VIDEO, 0),
                     &(struct sink_watcher){.take = take_picture, .owner = &reader});
    world_run(world, SECONDS * SECOND_US);
    CHECK(reader.sounds > 45 * SECONDS);
    CHECK(reader.frames > 26 * SECONDS);
    CHECK(reader.unmarked <=
          6); /* this source cuts about one long frame in fifty within its mark */
    CHECK_INT(reader.wrong, 0);
out:
    world_free(&world);
    content_free(&marker.content);
}

#include "picture_tiles.h"

#include <stdio.h>
#include <string.h>

enum {
    LARGE_WIDTH = 1280,
    LARGE_HEIGHT = 720,
    MAX_GRID = 16, /**< more people than that: one is large, the others a strip */
    STRIP = 5      /**< tiles beside a large one are so many times smaller than the picture */
};

static struct bridge_source *source_of(struct list *link)
{
    return LIST_ENTRY(link, struct bridge_source, link);
}

/** Is there still such a stream among the sources? Those that ended may not be touched. */
static bool stream_lives(const struct picture_room *room, const struct tile_stream *stream)
{
    LIST_FOR_EACH(link, &room->bridging->sources[MEDIA_VIDEO])
    {
        if (source_of(link)->bridge == stream) {
            return true;
        }
    }
    return false;
}

/** Listens no more; its source may have ended. */
static void tile_close(const struct picture_room *room, struct picture_tile *tile)
{
    if (tile->stream != NULL) {
        if (stream_lives(room, tile->stream)) {
            tile->stream->source->bridge = NULL;
        }
        tile_stream_free(&tile->stream);
        tile->source = 0;
    }
}

void picture_tiles_clear(struct picture_room *room)
{
    for (size_t i = 0; i < room->tile_count; i++) {
        tile_close(room, &room->tiles[i]);
    }
    room->tile_count = 0;
}

static struct picture_tile *find_video(struct picture_room *room,
                                       const struct bridge_source *source)
{
    for (size_t i = 0; i < room->tile_count; i++) {
        if (source->bridge != NULL && room->tiles[i].stream == source->bridge) {
            return &room->tiles[i];
        }
    }
    return NULL;
}

/** The participant's place without video, or NULL. */
static struct picture_tile *find_bare(struct picture_room *room, uint32_t participant)
{
    for (size_t i = 0; i < room->tile_count; i++) {
        if (room->tiles[i].stream == NULL && room->tiles[i].participant == participant) {
            return &room->tiles[i];
        }
    }
    return NULL;
}

static struct picture_tile *add(struct picture_room *room, uint32_t participant)
{
    if (room->tile_count == COMPOSE_MAX_TILES) {
        return NULL;
    }
    struct picture_tile *tile = &room->tiles[room->tile_count++];
    *tile = (struct picture_tile){.participant = participant, .kept = true};
    return tile;
}

/** A place for somebody's camera or screen; a camera takes the place that he had without. */
static void keep_video(struct picture_room *room, struct bridge_source *source)
{
    struct picture_tile *tile = find_video(room, source);
    if (tile != NULL) {
        tile->kept = true;
        return;
    }
    tile = source->screen ? NULL : find_bare(room, source->participant);
    if (tile == NULL) {
        tile = add(room, source->participant);
    }
    if (tile != NULL && tile_stream_new(&tile->stream, source) == 0) {
        source->bridge = tile->stream;
        tile->source = ++room->context->sources;
        tile->kept = true;
    }
}

static void keep_bare(struct picture_room *room, uint32_t participant)
{
    for (size_t i = 0; i < room->tile_count; i++) {
        const struct picture_tile *tile = &room->tiles[i];
        if (tile->kept && tile->participant == participant && tile->stream != NULL &&
            !tile->stream->source->screen) {
            return; /* seen already */
        }
    }
    struct picture_tile *tile = find_bare(room, participant);
    if (tile == NULL) {
        tile = add(room, participant);
    }
    if (tile != NULL) {
        tile->kept = true;
    }
}

/** Streams of sources that are not shown any more are closed, but the people behind them may keep
 * their places. */
static void release_streams(struct picture_room *room, struct bridge_source **faces, size_t count)
{
    for (size_t i = 0; i < room->tile_count; i++) {
        struct picture_tile *tile = &room->tiles[i];
        bool shown = false;
        tile->kept = false;
        if (tile->stream == NULL) {
            continue;
        }
        for (size_t j = 0; j < count && !shown; j++) {
            shown = faces[j]->bridge == tile->stream && faces[j]->live && !faces[j]->muted;
        }
        if (!shown) {
            tile_close(room, tile);
        }
    }
}

static void close_ranks(struct picture_room *room)
{
    size_t count = 0;
    for (size_t i = 0; i < room->tile_count; i++) {
        if (room->tiles[i].kept) {
            room->tiles[count++] = room->tiles[i];
        } else {
            tile_close(room, &room->tiles[i]);
        }
    }
    room->tile_count = count;
}

static enum compose_layout layout_of(const struct picture_room *room)
{
    for (size_t i = 0; i < room->tile_count; i++) {
        if (room->tiles[i].stream != NULL && room->tiles[i].stream->source->screen) {
            return COMPOSE_SCREEN;
        }
    }
    return room->tile_count > MAX_GRID ? COMPOSE_SPEAKER : COMPOSE_GRID;
}

/** The tile that is shown large, or tile_count. */
static size_t large_of(const struct picture_room *room, enum compose_layout layout)
{
    uint32_t dominant = bridging_dominant(room->bridging);
    for (size_t i = 0; i < room->tile_count && layout != COMPOSE_GRID; i++) {
        const struct picture_tile *tile = &room->tiles[i];
        bool screen = tile->stream != NULL && tile->stream->source->screen;
        if (layout == COMPOSE_SCREEN ? screen : tile->participant == dominant) {
            return i;
        }
    }
    return layout == COMPOSE_GRID ? room->tile_count : 0;
}

/** Layers that are just large enough for their places in the largest rendition that is wanted. */
static void fit_streams(struct picture_room *room)
{
    enum compose_layout layout = layout_of(room);
    size_t large = large_of(room, layout);
    uint32_t part = 1;
    while ((size_t)part * part < room->tile_count) {
        part++;
    }
    bool small_only = room->feed != NULL && !feed_is_wanted(room->feed, COMPOSE_LARGE);
    uint32_t width = small_only ? LARGE_WIDTH / 2 : LARGE_WIDTH;
    uint32_t height = small_only ? LARGE_HEIGHT / 2 : LARGE_HEIGHT;
    for (size_t i = 0; i < room->tile_count; i++) {
        uint32_t times = layout == COMPOSE_GRID ? part : i == large ? 1 : STRIP;
        if (room->tiles[i].stream != NULL) {
            /* Without memory it stays as it is, and the next turn tries again. */
            (void)tile_stream_fit(room->tiles[i].stream, width / times, height / times);
        }
    }
}

void picture_tiles_follow(struct picture_room *room)
{
    struct bridge_source *faces[COMPOSE_MAX_TILES];
    size_t count = bridging_faces(room->bridging, faces, COMPOSE_MAX_TILES);
    release_streams(room, faces, count);
    for (size_t i = 0; i < count; i++) {
        if (faces[i]->live && !faces[i]->muted) {
            keep_video(room, faces[i]);
        }
    }
    for (int kind = MEDIA_VIDEO; kind >= MEDIA_AUDIO; kind--) {
        LIST_FOR_EACH(link, &room->bridging->sources[kind])
        {
            keep_bare(room, source_of(link)->participant);
        }
    }
    close_ranks(room);
    fit_streams(room);
}

/** What is told of a participant, by whichever of his sources has it. */
static void describe(const struct picture_room *room, struct compose_tile *tile)
{
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) {
        LIST_FOR_EACH(link, &room->bridging->sources[kind])
        {
            const struct bridge_source *source = source_of(link);
            if (source->participant == tile->participant) {
                (void)snprintf(tile->name, sizeof(tile->name), "%s", source->name);
                tile->speaking = tile->speaking || (source->speaking && !tile->screen);
            }
        }
    }
}

void picture_tiles_scene(const struct picture_room *room, struct compose_scene *out)
{
    memset(out, 0, sizeof(*out));
    out->layout = layout_of(room);
    size_t large = large_of(room, out->layout);
    for (size_t i = 0; i < room->tile_count; i++) {
        /* the large one first, the others in their order */
        size_t place = large == room->tile_count ? i : i == large ? 0 : i < large ? i + 1 : i;
        struct compose_tile *tile = &out->tiles[place];
        tile->source = room->tiles[i].source;
        tile->participant = room->tiles[i].participant;
        tile->screen = room->tiles[i].stream != NULL && room->tiles[i].stream->source->screen;
        describe(room, tile);
    }
    out->count = room->tile_count;
}
